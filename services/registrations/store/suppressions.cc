#include "services/registrations/store/suppressions.h"

#include "services/registrations/store/rows.h"

namespace colloquy::registrations::store {

absl::StatusOr<absl::flat_hash_set<std::string>> SuppressedAddresses(
    db::Transaction& tx, absl::string_view organizer, absl::Span<const std::string> email_keys) {
  absl::flat_hash_set<std::string> suppressed;
  COLLOQUY_RETURN_IF_ERROR(QueryIn(
      tx, "SELECT email_key FROM suppressions WHERE organizer = ? AND email_key", {organizer},
      email_keys, [](const std::string& key) { return db::Value(key); },
      [&](const db::Row& row) { suppressed.insert(std::string(row.Text(0))); }));
  return suppressed;
}

absl::StatusOr<bool> AddSuppression(db::Transaction& tx, const SuppressionRow& row) {
  const std::vector<std::vector<db::Value>> rows = {
      {row.organizer, row.email_key, Key(row.uid), row.source, row.create_time, row.email}};
  COLLOQUY_ASSIGN_OR_RETURN(
      const int64_t added,
      tx.InsertNewRows("suppressions",
                       {"organizer", "email_key", "uid", "source", "create_time", "email"}, rows));
  return added > 0;
}

}  // namespace colloquy::registrations::store
