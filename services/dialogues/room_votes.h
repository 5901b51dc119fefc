// One dialogue's votes in memory, as its log has them.
#ifndef COLLOQUY_SERVICES_DIALOGUES_ROOM_VOTES_H_
#define COLLOQUY_SERVICES_DIALOGUES_ROOM_VOTES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/ids.h"
#include "services/dialogues/rules/opinion/votes.h"
#include "services/dialogues/store/votes.h"

namespace colloquy::dialogues {

// Thread-safe. Starts empty and follows the log: whoever reads or writes votes brings it up to
// date.
class RoomVotes {
 public:
  // Reads what the log has after `sequence()`. In a Read only: a writing transaction may see what
  // is never committed.
  absl::Status CatchUp(db::Transaction& tx, const resource::Uid& dialogue);
  // Takes committed votes. Those that it has are skipped, and so is everything behind a gap.
  void Apply(absl::Span<const store::VoteRow> rows);

  // The newest vote that it has.
  int64_t sequence() const;
  // What counts; unspecified if there is none.
  v1::VoteValue Find(int64_t participant, int64_t statement) const;
  v1::StatementTally TallyOf(int64_t statement) const;
  // Of the statements that were voted on after `sequence`.
  std::vector<v1::StatementTally> TalliesAfter(int64_t sequence) const;
  // A copy to be analysed, and the newest vote in it.
  rules::opinion::Snapshot Copy(rules::opinion::Snapshot::Order order, int64_t& sequence) const;

 private:
  // By the index of a statement in the matrix.
  struct Column {
    v1::StatementTally tally;
    int64_t changed = 0;  // the newest vote on it
  };
  void ApplyOne(const store::VoteRow& row) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  int64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  rules::opinion::VoteMatrix matrix_ ABSL_GUARDED_BY(mutex_);
  std::vector<Column> columns_ ABSL_GUARDED_BY(mutex_);
};

// Puts a vote into a matrix whose keys are numbers in decimal, or takes it out. What was said
// before.
v1::VoteValue SetVote(const store::VoteRow& row, rules::opinion::VoteMatrix& matrix);

// The votes of a dialogue up to `through` as they counted then.
absl::StatusOr<rules::opinion::VoteMatrix> ReadMatrix(db::Transaction& tx,
                                                      const resource::Uid& dialogue,
                                                      int64_t through);

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_ROOM_VOTES_H_
