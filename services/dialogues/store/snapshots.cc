#include "services/dialogues/store/snapshots.h"

#include "services/common/errors/errors.h"
#include "services/dialogues/store/rows.h"

namespace colloquy::dialogues::store {

absl::Status SaveSnapshot(db::Transaction& tx, const resource::Uid& dialogue,
                          const v1::Opinion& opinion) {
  v1::Opinion kept = opinion;
  kept.clear_positions();
  return tx.UpsertRows(
      "opinion_snapshots", {"dialogue_uid", "vote_sequence"},
      {"dialogue_uid", "vote_sequence", "opinion"},
      {{{Key(dialogue), kept.vote_sequence(), db::Value::Blob(kept.SerializeAsString())}}});
}

absl::StatusOr<std::vector<v1::Opinion>> ListSnapshots(db::Transaction& tx,
                                                       const resource::Uid& dialogue, int64_t after,
                                                       int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT opinion FROM opinion_snapshots WHERE dialogue_uid = ? AND vote_sequence > ? "
               "ORDER BY vote_sequence LIMIT ?",
               {Key(dialogue), after, limit}));
  std::vector<v1::Opinion> opinions;
  for (const db::Row row : rows) opinions.push_back(ParseMessage<v1::Opinion>(row, 0));
  return opinions;
}

absl::StatusOr<int64_t> NewestSnapshot(db::Transaction& tx, const resource::Uid& dialogue) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows, tx.Query("SELECT COALESCE(MAX(vote_sequence), 0) FROM opinion_snapshots "
                                    "WHERE dialogue_uid = ?",
                                    {Key(dialogue)}));
  return rows[0].Int64(0);
}

absl::Status SaveHistory(db::Transaction& tx, const resource::Uid& dialogue,
                         const HistoryRow& row) {
  return tx.UpsertRows("opinion_histories", {"dialogue_uid"},
                       {"dialogue_uid", "vote_sequence", "history"},
                       {{{Key(dialogue), row.vote_sequence, db::Value::Blob(row.history)}}});
}

absl::StatusOr<std::optional<HistoryRow>> ReadHistory(db::Transaction& tx,
                                                      const resource::Uid& dialogue) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT vote_sequence, history FROM opinion_histories WHERE dialogue_uid = ?",
               {Key(dialogue)}));
  if (rows.empty()) return std::nullopt;
  return HistoryRow{rows[0].Int64(0), std::string(rows[0].Blob(1))};
}

absl::Status DeleteSnapshots(db::Transaction& tx, const resource::Uid& dialogue) {
  COLLOQUY_RETURN_IF_ERROR(
      tx.Execute("DELETE FROM opinion_snapshots WHERE dialogue_uid = ?", {Key(dialogue)}).status());
  return tx.Execute("DELETE FROM opinion_histories WHERE dialogue_uid = ?", {Key(dialogue)})
      .status();
}

}  // namespace colloquy::dialogues::store
