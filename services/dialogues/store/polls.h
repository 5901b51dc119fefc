// Polls and their ballots (children.h reads and writes the polls themselves). Every function works
// inside the caller's transaction; errors are the transaction's. Whoever changes rows has locked
// the room.
#ifndef COLLOQUY_SERVICES_DIALOGUES_STORE_POLLS_H_
#define COLLOQUY_SERVICES_DIALOGUES_STORE_POLLS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "colloquy/dialogues/v1/polls.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/ids.h"

namespace colloquy::dialogues::store {

using resource::Uid;

const resource::FilterSchema& PollFilters();

// Which ballots: those of polls that are anonymous lie elsewhere.
struct BallotsOf {
  Uid dialogue;
  int64_t poll = 0;
  bool anonymous = false;
};

// Puts a participant's ballot into the box and counts it in the poll's `ballot_count`. False, and
// nothing is changed, for the second one in an anonymous poll; in others it replaces the first.
absl::StatusOr<bool> PutBallot(db::Transaction& tx, const BallotsOf& of, int64_t participant,
                               const v1::Ballot& ballot);

// `limit` ballots after the first `offset`, without participants where they are anonymous. By
// participant, or else by lot.
using CastBallot = v1::ListBallotsResponse::CastBallot;
absl::StatusOr<std::vector<CastBallot>> ListBallots(db::Transaction& tx, const BallotsOf& of,
                                                    int64_t offset, int limit);
// Writes the ballots of an anonymous poll anew, so that where they lie in the file says nothing of
// the order in which they were cast.
absl::Status ShuffleBallots(db::Transaction& tx, const BallotsOf& of);
// All of them.
absl::StatusOr<std::vector<v1::Ballot>> AllBallots(db::Transaction& tx, const BallotsOf& of);

// The polls that a participant cast a ballot in, by number; without the ballot where the poll is
// anonymous.
absl::StatusOr<std::map<int64_t, std::optional<v1::Ballot>>> VotedPolls(db::Transaction& tx,
                                                                        const Uid& dialogue,
                                                                        int64_t participant);

}  // namespace colloquy::dialogues::store

#endif  // COLLOQUY_SERVICES_DIALOGUES_STORE_POLLS_H_
