// All that is wrong with a request, gathered so that one answer names everything.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_VIOLATIONS_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_VIOLATIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/common/errors/errors.h"

namespace colloquy::resource {

// Not thread-safe. Field paths are those of the request: "event.categories[2].quota".
class Violations {
 public:
  void Add(absl::string_view field, absl::string_view description);
  void Missing(absl::string_view field);
  // Adds the field violations of a status that the resource room's validators made.
  void Collect(const absl::Status& status);

  // More than `limit` characters (code points).
  void CheckLength(absl::string_view field, absl::string_view text, int limit);
  // A name that people read: at most `limit` characters, none of them a control character.
  void CheckLine(absl::string_view field, absl::string_view text, int limit);
  // An absolute http or https URI of at most 2,000 characters without white space.
  void CheckUri(absl::string_view field, absl::string_view uri);

  bool empty() const { return violations_.empty(); }
  const std::vector<errors::FieldViolation>& all() const { return violations_; }
  // INVALID_ARGUMENT with everything: FIELD_REQUIRED if something is missing and nothing else is
  // wrong, otherwise FIELD_INVALID. OK if there is nothing.
  absl::Status ToStatus() const;

 private:
  std::vector<errors::FieldViolation> violations_;
  bool only_missing_ = true;
};

// Characters (code points) of valid UTF-8.
int CharacterCount(absl::string_view text);

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_VIOLATIONS_H_
