#include "services/dialogues/store/moderation.h"

#include "services/common/errors/errors.h"
#include "services/dialogues/store/rows.h"

namespace colloquy::dialogues::store {

absl::Status AddModerationEntry(db::Transaction& tx, const Uid& uid,
                                const v1::ModerationEntry& entry) {
  return tx
      .Execute("INSERT INTO moderation_entries (dialogue_uid, sequence, message) VALUES (?, ?, ?)",
               {Key(uid), entry.sequence(), db::Value::Blob(entry.SerializeAsString())})
      .status();
}

absl::StatusOr<std::vector<v1::ModerationEntry>> ListModerationEntries(db::Transaction& tx,
                                                                       const Uid& uid,
                                                                       int64_t after, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT message FROM moderation_entries WHERE dialogue_uid = ? AND sequence > ? "
               "ORDER BY sequence LIMIT ?",
               {Key(uid), after, limit}));
  std::vector<v1::ModerationEntry> entries;
  entries.reserve(rows.size());
  for (const db::Row row : rows) entries.push_back(ParseMessage<v1::ModerationEntry>(row, 0));
  return entries;
}

}  // namespace colloquy::dialogues::store
