// What organisers and participants may say of a dialogue, of themselves and with a statement: the
// checks of fields, and their canonical form. Pure and thread-safe.
//
// `path` is the message's in its request, such as "dialogue" or "requests[3].participant". Every
// function answers all violations at once.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_FIELDS_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_FIELDS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "colloquy/dialogues/v1/resources.pb.h"

namespace colloquy::dialogues::rules {

// Fills defaults (language, stakeholder types, enums). `organizer` is the id that the event must
// be below.
absl::Status NormalizeDialogue(absl::string_view path, absl::string_view organizer,
                               v1::Dialogue* dialogue);

absl::Status NormalizeParticipant(absl::string_view path, const v1::Dialogue& dialogue,
                                  v1::Participant* participant);

// Fills the language. The agenda item must be named as one of this dialogue; whether there is one
// is not looked at.
absl::Status NormalizeStatement(absl::string_view path, const v1::Dialogue& dialogue,
                                v1::Statement* statement);

// At most 1,000 characters of text that NormalizeText takes; empty stays empty.
absl::Status NormalizeReason(std::string* reason);

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_FIELDS_H_
