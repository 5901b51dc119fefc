// Resource names (AIP-122): one NamePattern a resource type, made once and used for every call.
// Everything here is immutable after construction and thread-safe.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_NAMES_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_NAMES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/common/resource/ids.h"

namespace colloquy::resource {

// Whether `-` may stand for any one id (AIP-159), as in "organizers/-/events".
enum class Wildcards { kRefuse, kAllow };

inline constexpr absl::string_view kWildcard = "-";

// True for `^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`: 1 to 63 characters. The ids that ids.h makes match.
bool IsValidId(absl::string_view id);

// OK, or FIELD_INVALID for `field` ("event_id").
absl::Status ValidateId(absl::string_view id, absl::string_view field);

// The id that the caller asks for (AIP-133), checked as above, or `uid` as one where it asks for
// none.
absl::StatusOr<std::string> IdFor(const std::string& wanted, absl::string_view field,
                                  const Uid& uid, char letter);

// A pattern such as "organizers/{organizer}/events/{event}". Braced segments are ids, the others
// literals. At most kMaxVariables braces.
class NamePattern {
 public:
  static constexpr size_t kMaxVariables = 6;

  // `pattern` comes from the code, never from a request; a malformed one ends the process.
  explicit NamePattern(absl::string_view pattern);

  // The number of braces.
  size_t size() const { return size_; }
  absl::string_view pattern() const { return pattern_; }

  // Without allocating: true if `name` follows the pattern; the first size() elements of `ids`
  // (which must have that many) then point into `name`.
  bool Match(absl::string_view name, absl::Span<absl::string_view> ids,
             Wildcards wildcards = Wildcards::kRefuse) const;

  // The ids in `name`, in the pattern's order. Otherwise RESOURCE_NAME_INVALID for `field`, naming
  // the expected pattern; FIELD_REQUIRED if `name` is empty.
  absl::StatusOr<std::vector<std::string>> Parse(absl::string_view name, absl::string_view field,
                                                 Wildcards wildcards = Wildcards::kRefuse) const;

  // OK if Parse would be; copies nothing.
  absl::Status Validate(absl::string_view name, absl::string_view field,
                        Wildcards wildcards = Wildcards::kRefuse) const;

  // The name of these ids. Needs exactly size() of them, each valid (or `-`); it does not check.
  std::string Format(absl::Span<const absl::string_view> ids) const;
  std::string Format(std::initializer_list<absl::string_view> ids) const {
    return Format(absl::MakeConstSpan(ids.begin(), ids.size()));
  }

 private:
  absl::Status Invalid(absl::string_view name, absl::string_view field, Wildcards wildcards) const;

  std::string pattern_;
  // What stands between the ids: literals_[i] before the i-th, the last one after all.
  std::vector<std::string> literals_;
  size_t size_ = 0;
};

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_NAMES_H_
