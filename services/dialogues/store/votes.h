// The log of a dialogue's votes. Every function works inside the caller's transaction; errors are
// the transaction's.
#ifndef COLLOQUY_SERVICES_DIALOGUES_STORE_VOTES_H_
#define COLLOQUY_SERVICES_DIALOGUES_STORE_VOTES_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/ids.h"
#include "services/dialogues/store/rooms.h"

namespace colloquy::dialogues::store {

inline constexpr int64_t kNewestVote = std::numeric_limits<int64_t>::max();

struct VoteRow {
  int64_t sequence = 0;  // given by AppendVotes
  int64_t participant = 0;
  int64_t statement = 0;
  v1::VoteValue value = v1::VOTE_VALUE_UNSPECIFIED;  // unspecified: taken back
  absl::Time vote_time;
};

v1::Vote ToVote(const VoteRow& row);

// Appends in order and gives each row its sequence: those after `room.vote_sequence`, which it
// raises. The caller has locked the room and saves it afterwards.
absl::Status AppendVotes(db::Transaction& tx, Room& room, absl::Span<VoteRow> rows);

// Up to `limit` votes after `after`, none after `through`, by sequence.
absl::StatusOr<std::vector<VoteRow>> ListVotes(db::Transaction& tx, const resource::Uid& dialogue,
                                               int64_t after, int64_t through, int limit);

// What counts of a participant's votes, by statement: the last one on each, none that was taken
// back.
absl::StatusOr<std::vector<VoteRow>> VotesOf(db::Transaction& tx, const resource::Uid& dialogue,
                                             int64_t participant);

// The last vote of a participant on a statement, taken back or not.
absl::StatusOr<std::optional<VoteRow>> LastVote(db::Transaction& tx, const resource::Uid& dialogue,
                                                int64_t participant, int64_t statement);

// The votes up to `through` counted, by statement; those without a vote are absent. Reads the whole
// log: RoomVotes (../room_votes.h) has the newest counts at hand.
using Tallies = absl::flat_hash_map<int64_t, v1::StatementTally>;
absl::StatusOr<Tallies> CountVotes(db::Transaction& tx, const resource::Uid& dialogue,
                                   int64_t through = kNewestVote);

// Sequence of the newest vote of each of these dialogues that exist.
absl::StatusOr<absl::flat_hash_map<resource::Uid, int64_t>> NewestVotes(
    db::Transaction& tx, const std::vector<resource::Uid>& dialogues);

// Of a dialogue that is deleted.
absl::Status DeleteVotes(db::Transaction& tx, const resource::Uid& dialogue);

}  // namespace colloquy::dialogues::store

#endif  // COLLOQUY_SERVICES_DIALOGUES_STORE_VOTES_H_
