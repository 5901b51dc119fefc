#include "services/dialogues/rules/field_checks.h"

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/dialogues/rules/names.h"
#include "services/dialogues/rules/texts.h"

namespace colloquy::dialogues::rules {

using resource::Violations;

std::string Path(absl::string_view path, absl::string_view field) {
  return path.empty() ? std::string(field) : absl::StrCat(path, ".", field);
}

void NormalizeTextIn(absl::string_view field, int limit, std::string* text, Violations& out) {
  if (text->empty()) return out.Missing(field);
  absl::StatusOr<std::string> normal = NormalizeText(*text, field, limit);
  if (normal.ok()) {
    *text = *std::move(normal);
  } else {
    out.Collect(normal.status());
  }
}

void NormalizeOptionalTextIn(absl::string_view field, int limit, std::string* text,
                             Violations& out) {
  if (!text->empty()) NormalizeTextIn(field, limit, text, out);
}

void NormalizeOptionalLineIn(absl::string_view field, int limit, std::string* text,
                             Violations& out) {
  if (!text->empty()) NormalizeLineIn(field, limit, text, out);
}

void NormalizeLineIn(absl::string_view field, int limit, std::string* text, Violations& out) {
  NormalizeTextIn(field, limit, text, out);
  if (text->find('\n') != std::string::npos) out.Add(field, "must be one line");
}

void CheckChildName(absl::string_view field, absl::string_view name, absl::string_view dialogue,
                    absl::string_view collection, Violations& out) {
  if (name.empty()) return;
  const std::optional<int64_t> number = NumberOf(name);
  if (!number.has_value() || name != ChildName(dialogue, collection, *number))
    out.Add(field, absl::StrCat("must be one of ", dialogue, "/", collection));
}

void CheckRange(absl::string_view field, int64_t number, int64_t low, int64_t high,
                Violations& out) {
  if (number < low || number > high) out.Add(field, absl::StrCat("must be ", low, " to ", high));
}

}  // namespace colloquy::dialogues::rules
