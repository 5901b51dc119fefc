#include "services/registrations/store/operations.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "colloquy/registrations/v1/invitations.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "services/common/errors/errors.h"
#include "services/registrations/store/rows.h"

namespace colloquy::registrations::store {
namespace {

using google::longrunning::Operation;
using resource::Uid;

constexpr absl::string_view kPrefix = "operations/";
constexpr absl::string_view kSelect =
    "SELECT uid, organizer, kind, done, cancel_requested, resume_after, create_time, metadata, "
    "operation FROM operations";

OperationRow ToOperation(const db::Row& row) {
  return {.uid = UidOf(row, 0),
          .organizer = std::string(row.Text(1)),
          .kind = static_cast<OperationRow::Kind>(row.Int64(2)),
          .done = row.Bool(3),
          .cancel_requested = row.Bool(4),
          .resume_after = UidOf(row, 5),
          .create_time = row.Time(6),
          .metadata = std::string(row.Blob(7)),
          .operation = ParseMessage<Operation>(row, 8)};
}

absl::string_view MetadataType(OperationRow::Kind kind) {
  switch (kind) {
    case OperationRow::kVerifyAllSeats:
      return v1::VerifyAllSeatsMetadata::descriptor()->full_name();
    case OperationRow::kInvitationImport:
      return v1::InvitationImportMetadata::descriptor()->full_name();
  }
  return {};
}

}  // namespace

std::string OperationName(const Uid& uid) { return absl::StrCat(kPrefix, uid.ToId('o')); }

std::optional<Uid> OperationUid(absl::string_view name) {
  if (!absl::StartsWith(name, kPrefix)) return std::nullopt;
  return Uid::FromId(name.substr(kPrefix.size()), 'o');
}

Operation ShowOperation(const OperationRow& row) {
  Operation operation = row.operation;
  operation.set_done(row.done);
  if (!row.done) operation.clear_result();
  operation.mutable_metadata()->set_type_url(
      absl::StrCat("type.googleapis.com/", MetadataType(row.kind)));
  operation.mutable_metadata()->set_value(row.metadata);
  return operation;
}

absl::Status InsertOperation(db::Transaction& tx, const OperationRow& row) {
  return tx.InsertRows("operations",
                       {"uid", "organizer", "kind", "done", "cancel_requested", "lease_until",
                        "resume_after", "create_time", "metadata", "operation"},
                       {{Key(row.uid), row.organizer, row.kind, row.done, row.cancel_requested, 0,
                         Key(row.resume_after), row.create_time, db::Value::Blob(row.metadata),
                         db::Value::Blob(row.operation.SerializeAsString())}});
}

absl::Status UpdateOperation(db::Transaction& tx, const OperationRow& row, absl::Time lease_until) {
  return tx
      .Execute(
          "UPDATE operations SET done = ?, lease_until = ?, resume_after = ?, metadata = ?, "
          "operation = ? WHERE uid = ?",
          {row.done, lease_until, Key(row.resume_after), db::Value::Blob(row.metadata),
           db::Value::Blob(row.operation.SerializeAsString()), Key(row.uid)})
      .status();
}

absl::StatusOr<std::optional<OperationRow>> FindOperation(db::Transaction& tx, const Uid& uid,
                                                          absl::string_view lock) {
  COLLOQUY_ASSIGN_OR_RETURN(const db::Rows rows,
                            tx.Query(absl::StrCat(kSelect, " WHERE uid = ?", lock), {Key(uid)}));
  if (rows.empty()) return std::nullopt;
  return ToOperation(rows[0]);
}

absl::StatusOr<std::vector<OperationRow>> ListOperations(db::Transaction& tx,
                                                         absl::string_view organizer,
                                                         const db::Value& after, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query(absl::StrCat(kSelect, " WHERE uid > ? AND ",
                            organizer.empty() ? "organizer <> ?" : "organizer = ?",
                            " ORDER BY uid LIMIT ?"),
               {after.is_null() ? Key(Uid()) : after, organizer, limit}));
  std::vector<OperationRow> operations;
  for (const db::Row row : rows) operations.push_back(ToOperation(row));
  return operations;
}

db::Value OperationPosition(const OperationRow& row) { return Key(row.uid); }

absl::Status RequestCancellation(db::Transaction& tx, const Uid& uid) {
  return tx.Execute("UPDATE operations SET cancel_requested = 1 WHERE uid = ?", {Key(uid)})
      .status();
}

absl::Status DeleteOperation(db::Transaction& tx, const Uid& uid) {
  return tx.Execute("DELETE FROM operations WHERE uid = ?", {Key(uid)}).status();
}

absl::StatusOr<std::optional<OperationRow>> ClaimOperation(db::Transaction& tx,
                                                           OperationRow::Kind kind, absl::Time now,
                                                           absl::Time lease_until) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query(absl::StrCat(kSelect, " WHERE done = 0 AND lease_until < ? AND kind = ? LIMIT 1",
                            tx.for_update()),
               {now, kind}));
  if (rows.empty()) return std::nullopt;
  OperationRow row = ToOperation(rows[0]);
  COLLOQUY_RETURN_IF_ERROR(
      tx.Execute("UPDATE operations SET lease_until = ? WHERE uid = ?", {lease_until, Key(row.uid)})
          .status());
  return row;
}

}  // namespace colloquy::registrations::store
