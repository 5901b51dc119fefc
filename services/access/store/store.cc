#include "services/access/store/store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/folding.h"

namespace colloquy::access::store {
namespace {

using db::Row;
using db::Rows;
using db::Value;

constexpr absl::string_view kColumns =
    "uid, organizer, id, display_name, create_time, revision, message";
constexpr size_t kColumnCount = 7;
constexpr absl::string_view kKeyColumns =
    "role, partner, expire_time, revoke_time, secret_hash, previous_hash, previous_expire_time";

Value Key(const Uid& uid) { return Value::Blob(uid.bytes()); }

Value Optional(const std::optional<absl::Time>& time) {
  return time.has_value() ? Value(*time) : Value::Null();
}

Value OptionalHash(const std::string& hash) {
  return hash.empty() ? Value::Null() : Value::Blob(hash);
}

std::optional<absl::Time> OptionalTime(const Row& row, size_t column) {
  if (row.IsNull(column)) return std::nullopt;
  return row.Time(column);
}

Stored ToStored(const Row& row) {
  return {.uid = Uid::FromBytes(row.Blob(0)).value_or(Uid()),
          .organizer = std::string(row.Text(1)),
          .id = std::string(row.Text(2)),
          .display_name = std::string(row.Text(3)),
          .create_time = row.Time(4),
          .revision = row.Int64(5),
          .message = std::string(row.Blob(6))};
}

StoredKey ToKey(const Row& row) {
  return {
      .row = ToStored(row),
      .secrets = {
          .role = static_cast<v1::ApiKey::Role>(row.Int64(kColumnCount)),
          .partner = std::string(row.Text(kColumnCount + 1)),
          .expire_time = OptionalTime(row, kColumnCount + 2),
          .revoke_time = OptionalTime(row, kColumnCount + 3),
          .secret_hash = std::string(row.Blob(kColumnCount + 4)),
          .previous_hash =
              row.IsNull(kColumnCount + 5) ? "" : std::string(row.Blob(kColumnCount + 5)),
          .previous_expire_time = OptionalTime(row, kColumnCount + 6).value_or(absl::UnixEpoch())}};
}

std::vector<Value> Values(const Stored& row) {
  return {Key(row.uid),
          row.organizer,
          row.id,
          resource::FoldText(row.display_name),
          row.create_time,
          row.revision,
          Value::Blob(row.message)};
}

std::vector<Value> Values(const Secrets& secrets) {
  return {secrets.role,
          secrets.partner,
          Optional(secrets.expire_time),
          Optional(secrets.revoke_time),
          Value::Blob(secrets.secret_hash),
          OptionalHash(secrets.previous_hash),
          secrets.previous_expire_time};
}

// The id in a resource name, for filters on names.
absl::StatusOr<std::string> LastSegment(absl::string_view name) {
  return std::string(name.substr(name.rfind('/') + 1));
}

std::vector<resource::FilterField> CommonFields() {
  using resource::FieldType;
  return {{.name = "name", .column = "id", .normalize = LastSegment},
          {.name = "display_name", .column = "display_name", .fold = true},
          {.name = "create_time", .column = "create_time", .type = FieldType::kTime},
          {.name = "", .column = "display_name", .type = FieldType::kTextSearch}};
}

std::vector<resource::FilterField> KeyFields() {
  using resource::FieldType;
  std::vector<resource::FilterField> fields = CommonFields();
  fields.push_back({.name = "role",
                    .column = "role",
                    .type = FieldType::kEnum,
                    .enumeration = v1::ApiKey::Role_descriptor()});
  fields.push_back({.name = "partner", .column = "NULLIF(partner, '')", .normalize = LastSegment});
  fields.push_back({.name = "expire_time", .column = "expire_time", .type = FieldType::kTime});
  fields.push_back({.name = "revoke_time", .column = "revoke_time", .type = FieldType::kTime});
  return fields;
}

absl::StatusOr<std::optional<StoredKey>> QueryKey(db::Transaction& tx, absl::string_view where,
                                                  absl::Span<const Value> parameters) {
  COLLOQUY_ASSIGN_OR_RETURN(const Rows rows,
                            tx.Query(absl::StrCat("SELECT ", kColumns, ", ", kKeyColumns,
                                                  " FROM api_keys WHERE ", where, tx.for_update()),
                                     parameters));
  if (rows.empty()) return std::nullopt;
  return ToKey(rows[0]);
}

}  // namespace

const Table& Organizers() {
  static const Table table{"organizers", new resource::FilterSchema(CommonFields())};
  return table;
}

const Table& Partners() {
  static const Table table{"partners", new resource::FilterSchema(CommonFields())};
  return table;
}

const Table& ApiKeys() {
  static const Table table{"api_keys", new resource::FilterSchema(KeyFields())};
  return table;
}

const resource::SortSchema& Orders() {
  using resource::SortType;
  static const auto* const schema =
      new resource::SortSchema{.fields = {{.name = "name", .column = "id", .type = SortType::kText},
                                          {.name = "create_time", .column = "create_time"}},
                               .unique = {{.name = "", .column = "uid", .type = SortType::kBytes}},
                               .default_order = "name"};
  return *schema;
}

absl::Status Insert(db::Transaction& tx, const Table& table, const Stored& row) {
  return tx.InsertRows(
      table.name, {"uid", "organizer", "id", "display_name", "create_time", "revision", "message"},
      {Values(row)});
}

absl::StatusOr<std::optional<Stored>> Find(db::Transaction& tx, const Table& table,
                                           absl::string_view organizer, absl::string_view id,
                                           Lock lock) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(
          absl::StrCat("SELECT ", kColumns, " FROM ", table.name, " WHERE organizer = ? AND id = ?",
                       lock == Lock::kForUpdate ? tx.for_update() : absl::string_view()),
          {organizer, id}));
  if (rows.empty()) return std::nullopt;
  return ToStored(rows[0]);
}

absl::Status Update(db::Transaction& tx, const Table& table, const Stored& row) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const int64_t matched,
      tx.Execute(
          absl::StrCat(
              "UPDATE ", table.name,
              " SET display_name = ?, revision = ?, message = ? WHERE uid = ? AND revision = ?"),
          {resource::FoldText(row.display_name), row.revision, Value::Blob(row.message),
           Key(row.uid), row.revision - 1}));
  // Somebody else changed it since it was read in this transaction.
  return matched == 1 ? absl::OkStatus() : db::RunAgain();
}

absl::Status Delete(db::Transaction& tx, const Table& table, const Uid& uid) {
  return tx.Execute(absl::StrCat("DELETE FROM ", table.name, " WHERE uid = ?"), {Key(uid)})
      .status();
}

absl::StatusOr<Page> List(db::Transaction& tx, const Table& table, absl::string_view organizer,
                          const resource::SqlFragment& filter, const resource::OrderBy& order,
                          const resource::PagePosition& after, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment start, order.After(after));
  // The root key belongs to no organizer and is in no list.
  std::vector<Value> parameters = {organizer};
  parameters.insert(parameters.end(), filter.params.begin(), filter.params.end());
  parameters.insert(parameters.end(), start.params.begin(), start.params.end());
  parameters.push_back(limit + 1);
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(
          absl::StrCat("SELECT ", kColumns, ", ", order.Columns(), " FROM ", table.name, " WHERE ",
                       organizer.empty() ? "organizer <> ?" : "organizer = ?", " AND ", filter.sql,
                       " AND ", start.sql, " ORDER BY ", order.Clause(), " LIMIT ?"),
          parameters));
  Page page;
  const size_t count = std::min<size_t>(rows.size(), static_cast<size_t>(limit));
  for (size_t i = 0; i < count; ++i) page.rows.push_back(ToStored(rows[i]));
  if (rows.size() > count) page.next = order.PositionOf(rows[count - 1], kColumnCount);
  return page;
}

absl::Status InsertKey(db::Transaction& tx, const StoredKey& key) {
  std::vector<Value> values = Values(key.row);
  for (Value& value : Values(key.secrets)) values.push_back(std::move(value));
  return tx.InsertRows("api_keys",
                       {"uid", "organizer", "id", "display_name", "create_time", "revision",
                        "message", "role", "partner", "expire_time", "revoke_time", "secret_hash",
                        "previous_hash", "previous_expire_time"},
                       {values});
}

absl::Status UpdateKey(db::Transaction& tx, const StoredKey& key) {
  return tx
      .Execute(
          "UPDATE api_keys SET revision = ?, message = ?, revoke_time = ?, secret_hash = ?, "
          "previous_hash = ?, "
          "previous_expire_time = ? WHERE uid = ?",
          {key.row.revision, Value::Blob(key.row.message), Optional(key.secrets.revoke_time),
           Value::Blob(key.secrets.secret_hash), OptionalHash(key.secrets.previous_hash),
           key.secrets.previous_expire_time, Key(key.row.uid)})
      .status();
}

absl::StatusOr<std::optional<StoredKey>> FindKey(db::Transaction& tx, absl::string_view organizer,
                                                 absl::string_view id) {
  return QueryKey(tx, "organizer = ? AND id = ?", {organizer, id});
}

absl::StatusOr<std::optional<StoredKey>> FindKey(db::Transaction& tx, const Uid& uid) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(absl::StrCat("SELECT ", kColumns, ", ", kKeyColumns, " FROM api_keys WHERE uid = ?"),
               {Key(uid)}));
  if (rows.empty()) return std::nullopt;
  return ToKey(rows[0]);
}

absl::StatusOr<std::vector<StoredKey>> LiveKeys(db::Transaction& tx, absl::string_view organizer,
                                                absl::string_view partner) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(
          absl::StrCat("SELECT ", kColumns, ", ", kKeyColumns,
                       " FROM api_keys WHERE organizer = ? AND partner = ? AND revoke_time IS NULL",
                       tx.for_update()),
          {organizer, partner}));
  std::vector<StoredKey> keys;
  for (const Row row : rows) keys.push_back(ToKey(row));
  return keys;
}

}  // namespace colloquy::access::store
