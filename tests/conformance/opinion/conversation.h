// A published conversation: its votes and what the published engine made of them.
//
// Formats as in the data's README: votes.csv, comments.csv, expected_math.json. Where there is a
// votes_for_expected_math.csv (or comments_…), it is read instead.
#ifndef COLLOQUY_TESTS_CONFORMANCE_OPINION_CONVERSATION_H_
#define COLLOQUY_TESTS_CONFORMANCE_OPINION_CONVERSATION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "services/dialogues/rules/opinion/analysis.h"

namespace colloquy::opinion_conformance {

struct Conversation {
  dialogues::rules::opinion::VoteMatrix votes;  // rows and columns as they first appear in the file
  std::vector<std::string> rejected;            // by comments.csv
};

// INVALID_ARGUMENT with file and line of what cannot be read; NOT_FOUND without votes.
absl::StatusOr<Conversation> ReadConversation(const std::string& folder);

absl::StatusOr<nlohmann::json> ReadExpectedMath(const std::string& folder);

}  // namespace colloquy::opinion_conformance

#endif  // COLLOQUY_TESTS_CONFORMANCE_OPINION_CONVERSATION_H_
