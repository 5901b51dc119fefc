// Checks of fields that the rules of this room have in common. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_FIELD_CHECKS_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_FIELD_CHECKS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "services/common/resource/violations.h"

namespace colloquy::dialogues::rules {

// "poll" and "question": "poll.question"; a field of the request itself where `path` is empty.
std::string Path(absl::string_view path, absl::string_view field);

// Brings the text to the form of NormalizeText (rules/texts.h), or adds what is wrong with it.
void NormalizeTextIn(absl::string_view field, int limit, std::string* text,
                     resource::Violations& out);
// As above, but may be empty.
void NormalizeOptionalTextIn(absl::string_view field, int limit, std::string* text,
                             resource::Violations& out);
// As above, in one line.
void NormalizeOptionalLineIn(absl::string_view field, int limit, std::string* text,
                             resource::Violations& out);
// As above, and not empty.
void NormalizeLineIn(absl::string_view field, int limit, std::string* text,
                     resource::Violations& out);

// A name in `dialogue`'s `collection` ("agendaItems"), or empty. Whether there is such a thing is
// not looked at.
void CheckChildName(absl::string_view field, absl::string_view name, absl::string_view dialogue,
                    absl::string_view collection, resource::Violations& out);

// Adds `field` unless low <= number <= high.
void CheckRange(absl::string_view field, int64_t number, int64_t low, int64_t high,
                resource::Violations& out);

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_FIELD_CHECKS_H_
