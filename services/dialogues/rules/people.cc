#include "services/dialogues/rules/people.h"

#include "absl/strings/str_cat.h"
#include "services/dialogues/rules/names.h"

namespace colloquy::dialogues::rules {

std::string PseudonymOf(bool names_shown, int64_t number, const v1::Participant& participant) {
  if (names_shown && !participant.display_name().empty()) return participant.display_name();
  return absl::StrCat("Participant ", number);
}

void ShowParticipant(const v1::Dialogue& dialogue, v1::Participant& participant) {
  participant.set_pseudonym(
      PseudonymOf(dialogue.names_shown(), NumberOf(participant.name()).value_or(0), participant));
}

}  // namespace colloquy::dialogues::rules
