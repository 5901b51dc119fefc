#include "services/registrations/store/suppressions.h"

#include "absl/strings/str_cat.h"
#include "services/common/resource/folding.h"
#include "services/registrations/store/rows.h"

namespace colloquy::registrations::store {
namespace {

using resource::Uid;

constexpr absl::string_view kSelect =
    "SELECT uid, organizer, email_key, email, source, create_time FROM suppressions WHERE "
    "organizer = ?";

SuppressionRow ToRow(const db::Row& row) {
  return {.uid = UidOf(row, 0),
          .organizer = std::string(row.Text(1)),
          .email_key = std::string(row.Text(2)),
          .email = std::string(row.Text(3)),
          .source = static_cast<v1::Suppression::Source>(row.Int64(4)),
          .create_time = row.Time(5)};
}

absl::StatusOr<std::optional<SuppressionRow>> FindOne(db::Transaction& tx, absl::string_view where,
                                                      absl::string_view organizer,
                                                      const db::Value& value) {
  COLLOQUY_ASSIGN_OR_RETURN(const db::Rows rows,
                            tx.Query(absl::StrCat(kSelect, where), {organizer, value}));
  if (rows.empty()) return std::nullopt;
  return ToRow(rows[0]);
}

}  // namespace

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

absl::StatusOr<std::optional<SuppressionRow>> FindSuppression(db::Transaction& tx,
                                                              absl::string_view organizer,
                                                              absl::string_view email_key) {
  return FindOne(tx, " AND email_key = ?", organizer, email_key);
}

absl::StatusOr<std::optional<SuppressionRow>> FindSuppressionByUid(db::Transaction& tx,
                                                                   absl::string_view organizer,
                                                                   const Uid& uid) {
  return FindOne(tx, " AND uid = ?", organizer, Key(uid));
}

absl::StatusOr<std::vector<SuppressionRow>> ListSuppressions(db::Transaction& tx,
                                                             absl::string_view organizer,
                                                             const resource::SqlFragment& filter,
                                                             const Uid& after, int limit) {
  std::vector<db::Value> parameters = {organizer, Key(after)};
  parameters.insert(parameters.end(), filter.params.begin(), filter.params.end());
  parameters.push_back(limit);
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query(absl::StrCat(kSelect, " AND uid > ? AND ", filter.sql, " ORDER BY uid LIMIT ?"),
               parameters));
  std::vector<SuppressionRow> list;
  for (const db::Row row : rows) list.push_back(ToRow(row));
  return list;
}

const resource::FilterSchema& SuppressionFilters() {
  using resource::FieldType;
  static const auto* const schema = new resource::FilterSchema({
      {.name = "email",
       .column = "email_key",
       .normalize = [](absl::string_view email) -> absl::StatusOr<std::string> {
         return resource::FoldEmail(email);
       }},
      {.name = "source",
       .column = "source",
       .type = FieldType::kEnum,
       .enumeration = v1::Suppression::Source_descriptor()},
      {.name = "create_time", .column = "create_time", .type = FieldType::kTime},
  });
  return *schema;
}

absl::Status DeleteSuppression(db::Transaction& tx, const SuppressionRow& row) {
  return tx
      .Execute("DELETE FROM suppressions WHERE organizer = ? AND email_key = ?",
               {row.organizer, row.email_key})
      .status();
}

v1::Suppression ToSuppression(const SuppressionRow& row) {
  v1::Suppression suppression;
  suppression.set_name(
      absl::StrCat("organizers/", row.organizer, "/suppressions/", row.uid.ToId('s')));
  suppression.set_email(row.email);
  suppression.set_source(row.source);
  const int64_t micros = absl::ToUnixMicros(row.create_time);
  suppression.mutable_create_time()->set_seconds(micros / 1'000'000);
  suppression.mutable_create_time()->set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1000));
  return suppression;
}

}  // namespace colloquy::registrations::store
