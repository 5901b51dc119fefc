// A conversation in the files that compdemocracy/openData publishes: votes.csv, comments.csv,
// participants-votes.csv, summary.csv. Reading knows nothing of servers and trusts no byte.
#ifndef COLLOQUY_CLIENTS_CLI_POLIS_CONVERSATION_H_
#define COLLOQUY_CLIENTS_CLI_POLIS_CONVERSATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "colloquy/dialogues/v1/statements.pb.h"

namespace colloquy::cli::polis {

// The contents of a folder's files; the optional ones are empty where they are missing.
struct Files {
  std::string votes;
  std::string comments;
  std::string participants_votes;  // optional
  std::string summary;             // optional
};

// Something about a row that whoever brought the files should know.
struct Finding {
  std::string file;
  int64_t line = 0;  // where the row begins, from 1
  std::string words;
  bool left_out = false;  // the row is not in the conversation
};

struct Conversation {
  std::string topic;
  std::string description;
  // Ascending by number: whoever voted, wrote or is listed.
  std::vector<dialogues::v1::ImportedParticipant> participants;
  // Ascending by number.
  std::vector<dialogues::v1::ImportedStatement> statements;
  // By time; among equal times in the order of the file. `sequence` is empty.
  std::vector<dialogues::v1::Vote> votes;
  std::vector<Finding> findings;
};

// Columns are found by their titles, in any order; the ones that are read are comment-id, voter-id,
// vote, timestamp (milliseconds, or seconds where the number is too small for that); comment-id,
// comment-body, author-id, moderated, is-meta, is-seed, timestamp; participant; topic and
// conversation-description. INVALID_ARGUMENT where a file lacks a column without which it means
// nothing. Rows that are broken are left out, each with a finding; a text that occurs twice (case
// and white space folded) is kept, with a finding. O(rows · log rows).
absl::StatusOr<Conversation> ReadConversation(const Files& files);

// Requests that bring the conversation into a dialogue, in their order, each within the limits of a
// run: at most `most` records and about 1 MiB. The same conversation gives the same runs.
std::vector<dialogues::v1::ImportConversationRequest> RunsOf(const Conversation& conversation,
                                                             const std::string& dialogue,
                                                             int most = 10000);

}  // namespace colloquy::cli::polis

#endif  // COLLOQUY_CLIENTS_CLI_POLIS_CONVERSATION_H_
