// A dialogue as the files that ReadConversation reads, for other people's tools.
#ifndef COLLOQUY_CLIENTS_CLI_POLIS_EXPORT_H_
#define COLLOQUY_CLIENTS_CLI_POLIS_EXPORT_H_

#include <cstdint>
#include <vector>

#include "clients/cli/polis/conversation.h"
#include "colloquy/dialogues/v1/live.pb.h"
#include "colloquy/dialogues/v1/resources.pb.h"

namespace colloquy::cli::polis {

struct Exported {
  Files files;
  // Votes that were taken back, and those before them on the same statement: the format has no way
  // to say so, and what counts is the same without them.
  int64_t votes_left_out = 0;
};

// `votes` is the log in its order, `statements` have their tallies. Rows are ordered as published
// ones are: by number, votes by statement and voter. Participants are numbers; who they are is not
// in it. A merged statement is `-1` (moderated out), as its votes count for nothing.
Exported ExportConversation(const dialogues::v1::Dialogue& dialogue,
                            const std::vector<dialogues::v1::Statement>& statements,
                            const std::vector<dialogues::v1::Vote>& votes,
                            const dialogues::v1::Opinion& opinion);

}  // namespace colloquy::cli::polis

#endif  // COLLOQUY_CLIENTS_CLI_POLIS_EXPORT_H_
