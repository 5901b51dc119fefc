// Long-running operations (AIP-151): durable, resumable, cancellable.
//
// VerifyAllSeats is worked on here. It goes through an organizer's events in pages; after each page
// its cursor and progress are stored, so it survives a restart and goes on where it was. Imports of
// guest lists (import.h) are moved on by whoever sends their records.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_OPERATIONS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_OPERATIONS_H_

#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "google/longrunning/operations.pb.h"
#include "google/protobuf/empty.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/context.h"
#include "services/common/rpc/service.h"
#include "services/registrations/store/operations.h"

namespace colloquy::registrations {

// Thread-safe. One thread works on operations while it lives.
class Operations {
 public:
  Operations(db::Database& db, const resource::PageTokens& tokens);
  ~Operations();
  Operations(const Operations&) = delete;

  absl::StatusOr<google::longrunning::Operation> StartVerifyAllSeats(const rpc::CallContext& call,
                                                                     const std::string& organizer);

  absl::StatusOr<google::longrunning::Operation> Get(
      const rpc::CallContext& call, const google::longrunning::GetOperationRequest& request);
  // `name` is "operations"; operators see all, staff their organizer's. No filter is supported.
  absl::StatusOr<google::longrunning::ListOperationsResponse> List(
      const rpc::CallContext& call, const google::longrunning::ListOperationsRequest& request);
  // Asks it to stop; it ends with CANCELLED after the page it is at. Does nothing to one that is
  // done.
  absl::StatusOr<google::protobuf::Empty> Cancel(
      const rpc::CallContext& call, const google::longrunning::CancelOperationRequest& request);
  // Forgets one that is done.
  absl::StatusOr<google::protobuf::Empty> Delete(
      const rpc::CallContext& call, const google::longrunning::DeleteOperationRequest& request);
  // Answers when it is done or the timeout (30 s at most) has passed.
  absl::StatusOr<google::longrunning::Operation> Wait(
      const rpc::CallContext& call, const google::longrunning::WaitOperationRequest& request);

 private:
  absl::StatusOr<store::OperationRow> Find(db::Transaction& tx, const auth::Caller& caller,
                                           const std::string& name, absl::string_view lock = "");
  void Work();
  // Claims one that is not done and nobody works on.
  std::optional<store::OperationRow> Claim();
  // One page. True when there is nothing more to do for it.
  absl::StatusOr<bool> Step(store::OperationRow& row);

  db::Database& db_;
  const resource::PageTokens& tokens_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = true;
  std::thread worker_;
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_OPERATIONS_H_
