#include "services/registrations/operations.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "google/rpc/code.pb.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/db_options.h"
#include "services/registrations/import.h"
#include "services/registrations/store/imports.h"
#include "services/registrations/store/store.h"
#include "services/registrations/verify.h"

namespace colloquy::registrations {
namespace {

using google::longrunning::Operation;
using google::protobuf::util::TimeUtil;
using resource::Uid;
using store::OperationRow;

constexpr absl::Duration kLease = absl::Seconds(30);
constexpr absl::Duration kIdle = absl::Seconds(5);
constexpr absl::Duration kMaxWait = absl::Seconds(30);
constexpr int kEventsPerStep = 20;
constexpr int kMaxDifferences = 1000;

google::protobuf::Timestamp ToProto(absl::Time time) {
  return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

// The operation was asked for by nobody who still waits for it.
db::CallOptions Background() { return {.deadline = absl::Now() + absl::Seconds(30)}; }

}  // namespace

Operations::Operations(db::Database& db, const resource::PageTokens& tokens)
    : db_(db), tokens_(tokens), worker_([this] { Work(); }) {}

Operations::~Operations() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  worker_.join();
}

absl::StatusOr<Operation> Operations::StartVerifyAllSeats(const rpc::CallContext& call,
                                                          const std::string& organizer) {
  const absl::Time now = absl::Now();
  OperationRow row{.uid = resource::NewUid(), .organizer = organizer, .create_time = now};
  v1::VerifyAllSeatsMetadata metadata;
  metadata.set_parent(absl::StrCat("organizers/", organizer));
  *metadata.mutable_create_time() = ToProto(now);
  *metadata.mutable_update_time() = ToProto(now);
  row.operation.set_name(store::OperationName(row.uid));
  row.operation.mutable_response()->PackFrom(v1::VerifyAllSeatsResponse());
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const int64_t total, store::CountEvents(tx, organizer));
        metadata.set_total_count(total);
        row.metadata = metadata.SerializeAsString();
        return store::InsertOperation(tx, row);
      }));
  absl::MutexLock lock(&mutex_);
  woken_ = true;
  return store::ShowOperation(row);
}

absl::StatusOr<OperationRow> Operations::Find(db::Transaction& tx, const auth::Caller& caller,
                                              const std::string& name, absl::string_view lock) {
  const std::optional<Uid> uid = store::OperationUid(name);
  if (!uid.has_value()) {
    return errors::InvalidField("name", "must follow operations/{operation}",
                                errors::ErrorReason::RESOURCE_NAME_INVALID);
  }
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<OperationRow> row, store::FindOperation(tx, *uid, lock));
  const bool own = row.has_value() &&
                   (caller.role == auth::Role::kOperator || caller.organizer == row->organizer);
  if (!own) return errors::NotFound("google.longrunning/Operation", name);
  return *std::move(row);
}

absl::StatusOr<Operation> Operations::Get(const rpc::CallContext& call,
                                          const google::longrunning::GetOperationRequest& request) {
  Operation operation;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const OperationRow row, Find(tx, call.caller(), request.name()));
    operation = store::ShowOperation(row);
    return absl::OkStatus();
  }));
  return operation;
}

absl::StatusOr<google::longrunning::ListOperationsResponse> Operations::List(
    const rpc::CallContext& call, const google::longrunning::ListOperationsRequest& request) {
  if (request.name() != "operations") {
    return errors::InvalidField("name", "must be \"operations\"",
                                errors::ErrorReason::RESOURCE_NAME_INVALID);
  }
  if (!request.filter().empty())
    return errors::InvalidField("filter", "is not supported here",
                                errors::ErrorReason::FILTER_INVALID);
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  const std::string binding = resource::PageBinding(call.method(), call.caller().actor, request);
  COLLOQUY_ASSIGN_OR_RETURN(const resource::PagePosition after,
                            tokens_.Decode(request.page_token(), binding));
  const bool all = call.caller().role == auth::Role::kOperator;

  google::longrunning::ListOperationsResponse response;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(
        std::vector<OperationRow> rows,
        store::ListOperations(tx, all ? "" : call.caller().organizer,
                              after.empty() ? db::Value::Null() : after[0], size + 1));
    response.Clear();
    const bool more = rows.size() > static_cast<size_t>(size);
    if (more) rows.pop_back();
    for (const OperationRow& row : rows) *response.add_operations() = store::ShowOperation(row);
    if (more) {
      response.set_next_page_token(
          tokens_.Encode(binding, {store::OperationPosition(rows.back())}));
    }
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<google::protobuf::Empty> Operations::Cancel(
    const rpc::CallContext& call, const google::longrunning::CancelOperationRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(OperationRow row,
                                  Find(tx, call.caller(), request.name(), tx.for_update()));
        if (row.done) return absl::OkStatus();
        if (row.kind == OperationRow::kInvitationImport) return CancelImport(tx, std::move(row));
        return store::RequestCancellation(tx, row.uid);
      }));
  absl::MutexLock lock(&mutex_);
  woken_ = true;
  return google::protobuf::Empty();
}

absl::StatusOr<google::protobuf::Empty> Operations::Delete(
    const rpc::CallContext& call, const google::longrunning::DeleteOperationRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const OperationRow row,
                                  Find(tx, call.caller(), request.name(), tx.for_update()));
        if (!row.done)
          return errors::IllegalTransition(request.name(), "RUNNING", "DeleteOperation",
                                           "one that is done; cancel it first");
        if (row.kind == OperationRow::kInvitationImport)
          COLLOQUY_RETURN_IF_ERROR(store::DeleteImport(tx, row.uid));
        return store::DeleteOperation(tx, row.uid);
      }));
  return google::protobuf::Empty();
}

absl::StatusOr<Operation> Operations::Wait(
    const rpc::CallContext& call, const google::longrunning::WaitOperationRequest& request) {
  absl::Duration wait = kMaxWait;
  if (request.has_timeout()) {
    wait = std::min(wait, absl::Microseconds(TimeUtil::DurationToMicroseconds(request.timeout())));
  }
  const absl::Time until = std::min(absl::Now() + wait, call.deadline() - absl::Milliseconds(200));
  google::longrunning::GetOperationRequest get;
  get.set_name(request.name());
  while (true) {
    COLLOQUY_ASSIGN_OR_RETURN(Operation operation, Get(call, get));
    if (operation.done() || absl::Now() >= until || call.cancelled()) return operation;
    absl::SleepFor(absl::Milliseconds(50));
  }
}

std::optional<OperationRow> Operations::Claim() {
  std::optional<OperationRow> claimed;
  const absl::Status status = db_.Write(Background(), [&](db::Transaction& tx) -> absl::Status {
    const absl::Time now = absl::Now();
    COLLOQUY_ASSIGN_OR_RETURN(
        claimed, store::ClaimOperation(tx, OperationRow::kVerifyAllSeats, now, now + kLease));
    return absl::OkStatus();
  });
  return status.ok() ? claimed : std::nullopt;
}

absl::StatusOr<bool> Operations::Step(OperationRow& row) {
  v1::VerifyAllSeatsMetadata metadata;
  metadata.ParseFromString(row.metadata);
  v1::VerifyAllSeatsResponse result;
  row.operation.response().UnpackTo(&result);
  bool last = false;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(Background(), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const std::optional<OperationRow> stored,
                              store::FindOperation(tx, row.uid));
    row.cancel_requested = stored.has_value() && stored->cancel_requested;
    if (row.cancel_requested) return absl::OkStatus();
    COLLOQUY_ASSIGN_OR_RETURN(
        const std::vector<store::EventRow> events,
        store::ListEvents(tx, row.organizer, row.resume_after, kEventsPerStep));
    last = events.size() < kEventsPerStep;
    for (const store::EventRow& event : events) {
      const std::string name =
          absl::StrCat("organizers/", event.organizer, "/events/", event.event_id);
      COLLOQUY_ASSIGN_OR_RETURN(const v1::VerifySeatsResponse verified, Verify(tx, event, name));
      result.set_event_count(result.event_count() + 1);
      result.set_registration_count(result.registration_count() + verified.registration_count());
      metadata.set_difference_count(metadata.difference_count() + verified.differences_size());
      for (const auto& difference : verified.differences()) {
        if (result.differences_size() < kMaxDifferences) *result.add_differences() = difference;
      }
      row.resume_after = event.uid;
    }
    return absl::OkStatus();
  }));

  const absl::Time now = absl::Now();
  metadata.set_done_count(result.event_count());
  metadata.set_total_count(std::max(metadata.total_count(), result.event_count()));
  metadata.set_rate(static_cast<double>(result.event_count()) /
                    std::max(1e-3, absl::ToDoubleSeconds(now - row.create_time)));
  *metadata.mutable_update_time() = ToProto(now);
  row.operation.mutable_response()->PackFrom(result);
  if (row.cancel_requested) {
    row.operation.mutable_error()->set_code(google::rpc::CANCELLED);
    row.operation.mutable_error()->set_message("the operation was cancelled");
  }
  row.done = last || row.cancel_requested;
  row.operation.set_done(row.done);
  row.metadata = metadata.SerializeAsString();
  COLLOQUY_RETURN_IF_ERROR(db_.Write(Background(), [&](db::Transaction& tx) {
    return store::UpdateOperation(tx, row, absl::Now() + kLease);
  }));
  return row.done;
}

void Operations::Work() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto wanted = [this]()
                              ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || woken_; };
      mutex_.AwaitWithTimeout(absl::Condition(&wanted), kIdle);
      if (stopping_) return;
      woken_ = false;
    }
    while (std::optional<OperationRow> row = Claim()) {
      absl::StatusOr<bool> done = false;
      while (done.ok() && !*done) {
        done = Step(*row);
        absl::MutexLock lock(&mutex_);
        if (stopping_) return;
      }
      // The database is away: the lease lapses, and it is claimed again at the cursor.
      if (!done.ok()) break;
    }
  }
}

}  // namespace colloquy::registrations
