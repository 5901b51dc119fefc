#include "services/registrations/store/imports.h"

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/registrations/store/rows.h"

namespace colloquy::registrations::store {
namespace {

using resource::Uid;

constexpr absl::string_view kSelect =
    "SELECT operation_uid, event_uid, fingerprint, done, resume_time, resume_count, held, request "
    "FROM invitation_imports";

absl::StatusOr<std::optional<ImportRow>> OneImport(const absl::StatusOr<db::Rows>& rows) {
  COLLOQUY_RETURN_IF_ERROR(rows.status());
  if (rows->empty()) return std::nullopt;
  const db::Row row = (*rows)[0];
  return ImportRow{.operation = UidOf(row, 0),
                   .event = UidOf(row, 1),
                   .fingerprint = std::string(row.Blob(2)),
                   .done = row.Bool(3),
                   .resume_time = row.Time(4),
                   .resume_count = row.Int64(5),
                   .held = row.Int64(6),
                   .request = ParseMessage<v1::StartInvitationImportRequest>(row, 7)};
}

}  // namespace

absl::Status InsertImport(db::Transaction& tx, const ImportRow& row) {
  return tx.InsertRows("invitation_imports",
                       {"operation_uid", "event_uid", "fingerprint", "done", "resume_time",
                        "resume_count", "held", "request"},
                       {{Key(row.operation), Key(row.event), db::Value::Blob(row.fingerprint),
                         row.done, row.resume_time, row.resume_count, row.held,
                         db::Value::Blob(row.request.SerializeAsString())}});
}

absl::Status UpdateImport(db::Transaction& tx, const ImportRow& row) {
  return tx
      .Execute(
          "UPDATE invitation_imports SET done = ?, resume_time = ?, resume_count = ?, held = ? "
          "WHERE operation_uid = ?",
          {row.done, row.resume_time, row.resume_count, row.held, Key(row.operation)})
      .status();
}

absl::StatusOr<std::optional<ImportRow>> FindImport(db::Transaction& tx, const Uid& operation) {
  return OneImport(tx.Query(absl::StrCat(kSelect, " WHERE operation_uid = ?"), {Key(operation)}));
}

absl::StatusOr<std::optional<ImportRow>> FindUnfinishedImport(db::Transaction& tx, const Uid& event,
                                                              absl::string_view fingerprint) {
  return OneImport(tx.Query(
      absl::StrCat(kSelect, " WHERE event_uid = ? AND fingerprint = ? AND done = 0 LIMIT 1"),
      {Key(event), db::Value::Blob(fingerprint)}));
}

absl::Status DeleteImport(db::Transaction& tx, const Uid& operation) {
  for (const absl::string_view sql :
       {"DELETE FROM invitation_import_runs WHERE operation_uid = ?",
        "DELETE FROM invitation_import_addresses WHERE operation_uid = ?",
        "DELETE FROM invitation_imports WHERE operation_uid = ?"}) {
    COLLOQUY_RETURN_IF_ERROR(tx.Execute(sql, {Key(operation)}).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<ImportRun>> FindRun(db::Transaction& tx, const Uid& operation,
                                                 int64_t first_record) {
  COLLOQUY_ASSIGN_OR_RETURN(const db::Rows rows,
                            tx.Query("SELECT fingerprint, response FROM invitation_import_runs "
                                     "WHERE operation_uid = ? AND first_record = ?",
                                     {Key(operation), first_record}));
  if (rows.empty()) return std::nullopt;
  return ImportRun{.fingerprint = std::string(rows[0].Blob(0)),
                   .response = ParseMessage<v1::ImportInvitationsResponse>(rows[0], 1)};
}

absl::Status InsertRun(db::Transaction& tx, const Uid& operation, int64_t first_record,
                       const ImportRun& run) {
  return tx.InsertRows("invitation_import_runs",
                       {"operation_uid", "first_record", "fingerprint", "response"},
                       {{Key(operation), first_record, db::Value::Blob(run.fingerprint),
                         db::Value::Blob(run.response.SerializeAsString())}});
}

absl::StatusOr<AddressRecords> FindImportAddresses(db::Transaction& tx, const Uid& operation,
                                                   absl::Span<const std::string> email_keys) {
  AddressRecords records;
  COLLOQUY_RETURN_IF_ERROR(QueryIn(
      tx,
      "SELECT email_key, record FROM invitation_import_addresses WHERE operation_uid = ? AND "
      "email_key",
      {Key(operation)}, email_keys, [](const std::string& key) { return db::Value(key); },
      [&](const db::Row& row) { records.emplace(std::string(row.Text(0)), row.Int64(1)); }));
  return records;
}

absl::Status InsertImportAddresses(db::Transaction& tx, const Uid& operation,
                                   const AddressRecords& addresses) {
  std::vector<std::vector<db::Value>> rows;
  rows.reserve(addresses.size());
  for (const auto& [key, record] : addresses) rows.push_back({Key(operation), key, record});
  return tx.InsertRows("invitation_import_addresses", {"operation_uid", "email_key", "record"},
                       rows);
}

}  // namespace colloquy::registrations::store
