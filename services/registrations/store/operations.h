// The table of long-running operations. Every function works inside the caller's transaction;
// errors are the transaction's.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_STORE_OPERATIONS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_STORE_OPERATIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/longrunning/operations.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/ids.h"

namespace colloquy::registrations::store {

struct OperationRow {
  // What it does, and so the type of its metadata. Numbers are stored.
  enum Kind { kVerifyAllSeats = 0, kInvitationImport = 1 };

  resource::Uid uid;
  std::string organizer;  // id
  Kind kind = kVerifyAllSeats;
  bool done = false;
  bool cancel_requested = false;
  resource::Uid resume_after;  // where its worker goes on
  absl::Time create_time;
  std::string metadata;  // serialized
  // Without metadata; while it runs `response` has the result so far.
  google::longrunning::Operation operation;
};

// "operations/o…", and back; nullopt for every other text.
std::string OperationName(const resource::Uid& uid);
std::optional<resource::Uid> OperationUid(absl::string_view name);

// As clients see it: the result only when it is done.
google::longrunning::Operation ShowOperation(const OperationRow& row);

// Without a lease.
absl::Status InsertOperation(db::Transaction& tx, const OperationRow& row);
// Everything that changes while it runs. `lease_until` as in ClaimOperation.
absl::Status UpdateOperation(db::Transaction& tx, const OperationRow& row, absl::Time lease_until);
// `lock` is tx.for_update() or nothing.
absl::StatusOr<std::optional<OperationRow>> FindOperation(db::Transaction& tx,
                                                          const resource::Uid& uid,
                                                          absl::string_view lock = "");
// Up to `limit` by uid, of one organizer, or of all if `organizer` is empty; after `after`, which
// is OperationPosition of one, or NULL for the first page.
absl::StatusOr<std::vector<OperationRow>> ListOperations(db::Transaction& tx,
                                                         absl::string_view organizer,
                                                         const db::Value& after, int limit);
db::Value OperationPosition(const OperationRow& row);
absl::Status RequestCancellation(db::Transaction& tx, const resource::Uid& uid);
absl::Status DeleteOperation(db::Transaction& tx, const resource::Uid& uid);
// Takes one of a kind that is not done and whose lease has passed, until `lease_until`.
absl::StatusOr<std::optional<OperationRow>> ClaimOperation(db::Transaction& tx,
                                                           OperationRow::Kind kind, absl::Time now,
                                                           absl::Time lease_until);

}  // namespace colloquy::registrations::store

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_STORE_OPERATIONS_H_
