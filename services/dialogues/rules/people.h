// What participants see of each other. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_PEOPLE_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_PEOPLE_H_

#include <cstdint>
#include <string>

#include "colloquy/dialogues/v1/resources.pb.h"

namespace colloquy::dialogues::rules {

// `Participant 12`, or the name where the dialogue shows names and there is one.
std::string PseudonymOf(bool names_shown, int64_t number, const v1::Participant& participant);

// Fills `pseudonym`.
void ShowParticipant(const v1::Dialogue& dialogue, v1::Participant& participant);

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_PEOPLE_H_
