// How a dialogue's opinion moved. Every function works inside the caller's transaction; errors are
// the transaction's.
#ifndef COLLOQUY_SERVICES_DIALOGUES_STORE_SNAPSHOTS_H_
#define COLLOQUY_SERVICES_DIALOGUES_STORE_SNAPSHOTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "colloquy/dialogues/v1/live.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/ids.h"

namespace colloquy::dialogues::store {

// Under `opinion.vote_sequence`, in place of one that is there. Positions are left out: they are
// most of it, and are computed again from the votes.
absl::Status SaveSnapshot(db::Transaction& tx, const resource::Uid& dialogue,
                          const v1::Opinion& opinion);

// Up to `limit` after the vote `after`, by votes.
absl::StatusOr<std::vector<v1::Opinion>> ListSnapshots(db::Transaction& tx,
                                                       const resource::Uid& dialogue, int64_t after,
                                                       int limit);

// Votes of the newest one; 0 if there is none.
absl::StatusOr<int64_t> NewestSnapshot(db::Transaction& tx, const resource::Uid& dialogue);

// What the published method remembers (rules/opinion/history.h), as of a vote. Only the newest is
// kept.
struct HistoryRow {
  int64_t vote_sequence = 0;
  std::string history;
};
absl::Status SaveHistory(db::Transaction& tx, const resource::Uid& dialogue, const HistoryRow& row);
absl::StatusOr<std::optional<HistoryRow>> ReadHistory(db::Transaction& tx,
                                                      const resource::Uid& dialogue);

// Of a dialogue that is deleted.
absl::Status DeleteSnapshots(db::Transaction& tx, const resource::Uid& dialogue);

}  // namespace colloquy::dialogues::store

#endif  // COLLOQUY_SERVICES_DIALOGUES_STORE_SNAPSHOTS_H_
