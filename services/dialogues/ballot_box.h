// Ballots: how they are cast, and counted when a poll is closed. Inside a RoomChange.
#ifndef COLLOQUY_SERVICES_DIALOGUES_BALLOT_BOX_H_
#define COLLOQUY_SERVICES_DIALOGUES_BALLOT_BOX_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "services/dialogues/room_book.h"
#include "services/dialogues/store/polls.h"

namespace colloquy::dialogues {

// Which ballots are a poll's.
store::BallotsOf BallotsOf(const Uid& dialogue, const v1::Poll& poll);

// Casts a participant's ballot in an OPEN poll; the poll, with its result where the participant may
// see it already. NOT_FOUND for a DRAFT, which participants do not see; STATE_INVALID; BALLOT_CAST
// for the second one in an anonymous poll. There is no feed record: it would tell who voted when.
absl::StatusOr<v1::Poll> CastBallot(RoomChange& change, int64_t participant, int64_t poll,
                                    v1::Ballot ballot);

// Closes an OPEN poll and counts it.
absl::Status ClosePoll(RoomChange& change, v1::Poll& poll);
// Closes all that are OPEN: the dialogue is over.
absl::Status ClosePolls(RoomChange& change);

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_BALLOT_BOX_H_
