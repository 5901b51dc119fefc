// An analysis of opinions, for people.
#ifndef COLLOQUY_CLIENTS_CLI_COMMANDS_DIALOGUES_OPINION_TEXT_H_
#define COLLOQUY_CLIENTS_CLI_COMMANDS_DIALOGUES_OPINION_TEXT_H_

#include <string>

#include "absl/status/status.h"
#include "clients/cli/session.h"
#include "colloquy/dialogues/v1/live.pb.h"

namespace colloquy::cli {

// "Group A".
std::string GroupWord(int group);

// A row for each statement that stands for a group or for nearly everyone, in a table or CSV; the
// whole message in JSON and YAML. How certain it is goes to stderr. Reads the statements' words.
absl::Status ShowOpinion(Session& session, const std::string& dialogue,
                         const dialogues::v1::Opinion& opinion);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_COMMANDS_DIALOGUES_OPINION_TEXT_H_
