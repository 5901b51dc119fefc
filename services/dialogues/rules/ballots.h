// Polls: what may be asked, what may be answered, and how it is counted. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_BALLOTS_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_BALLOTS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "colloquy/dialogues/v1/resources.pb.h"

namespace colloquy::dialogues::rules {

// Numbers the options and fills defaults. `dialogue` is the name that what the poll refers to must
// be below; whether it exists is not looked at. Everything that is wrong at once.
absl::Status NormalizePoll(absl::string_view path, absl::string_view dialogue, v1::Poll* poll);

// A ballot for such a poll, whose fields are in `ballot`. A CHOICE gets the value 1.
absl::Status NormalizeBallot(const v1::Poll& poll, v1::Ballot* ballot);

// Counts ballots that NormalizeBallot took; their order does not matter.
v1::PollResult CountBallots(const v1::Poll& poll, absl::Span<const v1::Ballot> ballots);

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_BALLOTS_H_
