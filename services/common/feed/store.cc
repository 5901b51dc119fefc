#include "services/common/feed/store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/names.h"

namespace colloquy::feed {
namespace {

constexpr absl::string_view kColumns[] = {"change_time",   "organizer", "partner",   "resource",
                                          "resource_type", "kind",      "new_state", "actor",
                                          "cause",         "record"};

// Changes of the installation itself, such as the root key's, have no organizer.
std::string OrganizerName(absl::string_view id) {
  return id.empty() ? std::string() : absl::StrCat("organizers/", id);
}

// "acme" of "organizers/acme".
absl::string_view OrganizerId(absl::string_view name) { return name.substr(name.rfind('/') + 1); }

db::Value NullIfEmpty(const std::string& text) {
  return text.empty() ? db::Value::Null() : db::Value(text);
}

absl::StatusOr<Entry> EntryOf(const db::Row& row) {
  Entry entry;
  const absl::string_view record = row.Blob(10);
  if (!entry.change.ParseFromArray(record.data(), static_cast<int>(record.size()))) {
    return absl::InternalError("a change record does not parse");
  }
  Change& change = entry.change;
  entry.organizer = std::string(row.Text(2));
  entry.partner = std::string(row.Text(3));
  change.set_sequence(row.Int64(0));
  const int64_t micros = row.Int64(1);
  change.mutable_change_time()->set_seconds(micros / 1'000'000);
  change.mutable_change_time()->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
  change.set_organizer(OrganizerName(entry.organizer));
  change.set_resource(std::string(row.Text(4)));
  change.set_resource_type(std::string(row.Text(5)));
  change.set_kind(static_cast<Change::Kind>(row.Int64(6)));
  if (!row.IsNull(7)) change.set_new_state(std::string(row.Text(7)));
  change.set_actor(std::string(row.Text(8)));
  change.set_cause(std::string(row.Text(9)));
  entry.bytes = sizeof(Entry) + 2 * record.size() + 400;
  return entry;
}

// Gives `count` records, whose ids follow each other from `id`, the sequences from `sequence` on.
// By a list of ids: of a range MySQL would lock the end as well, where others append. Lists come in
// few lengths, filled up by repeating the last id, so that few statements have to be kept prepared.
absl::Status StampNeighbours(db::Transaction& tx, int64_t id, size_t count, int64_t sequence) {
  size_t length = 1;
  while (length < count) length *= 4;
  std::vector<db::Value> parameters = {sequence - id};
  for (size_t i = 0; i < length; ++i) {
    parameters.push_back(id + static_cast<int64_t>(std::min(i, count - 1)));
  }
  COLLOQUY_ASSIGN_OR_RETURN(
      const int64_t stamped,
      tx.Execute(absl::StrCat("UPDATE changes FORCE INDEX (PRIMARY) SET sequence = id + ? "
                              "WHERE id IN (",
                              absl::StrJoin(std::vector<absl::string_view>(length, "?"), ","), ")"),
                 parameters));
  if (stamped == static_cast<int64_t>(count)) return absl::OkStatus();
  return absl::InternalError("change records went away while they were stamped");
}

}  // namespace

RecordRow RowOf(const Record& record) {
  const Change& change = record.change;
  // What has a column is not stored twice.
  Change rest;
  rest.set_old_state(change.old_state());
  if (change.has_payload()) *rest.mutable_payload() = change.payload();
  const absl::Time time = absl::FromUnixSeconds(change.change_time().seconds()) +
                          absl::Nanoseconds(change.change_time().nanos());
  return {time,
          OrganizerId(change.organizer()),
          record.partner,
          change.resource(),
          change.resource_type(),
          static_cast<int64_t>(change.kind()),
          NullIfEmpty(change.new_state()),
          change.actor(),
          change.cause(),
          db::Value::Blob(rest.SerializeAsString())};
}

absl::StatusOr<std::string> OrganizerOfParent(absl::string_view parent) {
  static const auto* const pattern = new resource::NamePattern("organizers/{organizer}");
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<std::string> ids,
                            pattern->Parse(parent, "parent", resource::Wildcards::kAllow));
  return ids[0] == resource::kWildcard ? std::string() : std::move(ids[0]);
}

absl::string_view SequenceColumn(db::Engine engine) {
  return engine == db::Engine::kSqlite ? "id" : "sequence";
}

absl::Status InsertRecords(db::Transaction& tx, absl::Span<const RecordRow> rows) {
  return tx.InsertRows("changes", kColumns, rows);
}

absl::StatusOr<std::vector<Entry>> ReadEntries(db::Transaction& tx, const EntryQuery& query) {
  const absl::string_view sequence = SequenceColumn(tx.engine());
  std::string sql = absl::StrCat("SELECT ", sequence, ", ", absl::StrJoin(kColumns, ", "),
                                 " FROM changes WHERE ", sequence, " > ? AND ", sequence, " <= ?");
  std::vector<db::Value> parameters = {query.after, query.through};
  if (!query.organizer.empty()) {
    absl::StrAppend(&sql, " AND organizer = ?");
    // Always so there, and lets SQLite read the index by organizer in the order of the ids.
    if (tx.engine() == db::Engine::kSqlite) absl::StrAppend(&sql, " AND sequence IS NULL");
    parameters.push_back(query.organizer);
  }
  if (query.partner) {
    absl::StrAppend(&sql, " AND partner = ?");
    parameters.push_back(*query.partner);
  }
  if (!query.filter.sql.empty()) {
    absl::StrAppend(&sql, " AND ", query.filter.sql);
    for (const resource::SqlValue& value : query.filter.params) {
      parameters.push_back(value);
    }
  }
  absl::StrAppend(&sql, " ORDER BY ", sequence, " LIMIT ?");
  parameters.push_back(query.limit);

  COLLOQUY_ASSIGN_OR_RETURN(const db::Rows rows, tx.Query(sql, parameters));
  std::vector<Entry> entries;
  entries.reserve(rows.size());
  for (const db::Row row : rows) {
    COLLOQUY_ASSIGN_OR_RETURN(Entry entry, EntryOf(row));
    entries.push_back(std::move(entry));
  }
  return entries;
}

absl::StatusOr<Bounds> ReadBounds(db::Transaction& tx) {
  const absl::string_view sequence = SequenceColumn(tx.engine());
  // One query, so that both are of one moment.
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query(absl::StrCat("SELECT (SELECT MAX(", sequence, ") FROM changes), purged_through",
                            " FROM feed_state WHERE id = 1")));
  if (rows.empty()) return absl::InternalError("feed_state has no row");
  Bounds bounds;
  bounds.purged_through = rows[0].Int64(1);
  bounds.newest = rows[0].IsNull(0) ? bounds.purged_through : rows[0].Int64(0);
  return bounds;
}

absl::StatusOr<int64_t> PurgeRecords(db::Transaction& tx, absl::Time before, int limit) {
  const absl::string_view sequence = SequenceColumn(tx.engine());
  COLLOQUY_ASSIGN_OR_RETURN(const Bounds bounds, ReadBounds(tx));
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query(absl::StrCat("SELECT ", sequence, ", change_time FROM changes WHERE ", sequence,
                            " < ? ORDER BY ", sequence, " LIMIT ?"),
               {bounds.newest, limit}));
  int64_t through = 0;
  for (const db::Row row : rows) {
    if (row.Time(1) >= before) break;
    through = row.Int64(0);
  }
  if (through == 0) return 0;
  COLLOQUY_ASSIGN_OR_RETURN(
      const int64_t removed,
      tx.Execute(absl::StrCat("DELETE FROM changes WHERE ", sequence, " <= ?"), {through}));
  COLLOQUY_RETURN_IF_ERROR(tx.Execute("UPDATE feed_state SET purged_through = ? WHERE id = 1 AND "
                                      "purged_through < ?",
                                      {through, through})
                               .status());
  return removed;
}

absl::StatusOr<bool> AnyUnstamped(db::Transaction& tx) {
  COLLOQUY_ASSIGN_OR_RETURN(const db::Rows rows,
                            tx.Query("SELECT 1 FROM changes WHERE sequence IS NULL LIMIT 1"));
  return !rows.empty();
}

absl::StatusOr<int64_t> StampRecords(db::Transaction& tx, int limit) {
  // Who holds this row stamps; the next one sees what was stamped before, and committed.
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows state,
      tx.Query(absl::StrCat("SELECT next_sequence FROM feed_state WHERE id = 1", tx.for_update())));
  if (state.empty()) return absl::InternalError("feed_state has no row");
  const int64_t next = state[0].Int64(0);
  // Read without locks: rows of transactions that are still open are not seen, and not waited for.
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT id FROM changes WHERE sequence IS NULL ORDER BY id LIMIT ?", {limit}));
  if (rows.empty()) return 0;

  const auto id = [&rows](size_t i) { return rows[i].Int64(0); };
  const auto count = static_cast<int64_t>(rows.size());
  size_t begin = 0;
  for (size_t end = 1; end <= rows.size(); ++end) {
    if (end < rows.size() && id(end) == id(end - 1) + 1) continue;
    COLLOQUY_RETURN_IF_ERROR(
        StampNeighbours(tx, id(begin), end - begin, next + static_cast<int64_t>(begin)));
    begin = end;
  }
  COLLOQUY_RETURN_IF_ERROR(
      tx.Execute("UPDATE feed_state SET next_sequence = ? WHERE id = 1", {next + count}).status());
  return count;
}

absl::StatusOr<int64_t> ReadPosition(db::Transaction& tx, absl::string_view feed, bool lock) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows, tx.Query(absl::StrCat("SELECT position FROM feed_cursors WHERE feed = ?",
                                                 lock ? tx.for_update() : absl::string_view()),
                                    {feed}));
  return rows.empty() ? 0 : rows[0].Int64(0);
}

absl::Status EnsurePosition(db::Transaction& tx, absl::string_view feed) {
  return tx
      .InsertNewRows("feed_cursors", {"feed", "position"},
                     std::vector<std::vector<db::Value>>{{feed, int64_t{0}}})
      .status();
}

absl::Status WritePosition(db::Transaction& tx, absl::string_view feed, int64_t position) {
  return tx.Execute("UPDATE feed_cursors SET position = ? WHERE feed = ?", {position, feed})
      .status();
}

}  // namespace colloquy::feed
