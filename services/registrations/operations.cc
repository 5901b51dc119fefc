#include "services/registrations/operations.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "google/rpc/code.pb.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/db_options.h"
#include "services/registrations/store/store.h"
#include "services/registrations/verify.h"

namespace colloquy::registrations {

using google::longrunning::Operation;
using google::protobuf::util::TimeUtil;
using resource::Uid;

struct Operations::Row {
  Uid uid;
  std::string organizer;
  bool done = false;
  bool cancel_requested = false;
  Uid resume_after;
  absl::Time create_time;
  v1::VerifyAllSeatsMetadata metadata;
  Operation operation;  // without metadata while it runs; the result so far is in `response`
};

namespace {

constexpr absl::string_view kPrefix = "operations/";
constexpr absl::string_view kColumns =
    "uid, organizer, done, cancel_requested, resume_after, create_time, metadata, operation";
constexpr absl::Duration kLease = absl::Seconds(30);
constexpr absl::Duration kIdle = absl::Seconds(5);
constexpr absl::Duration kMaxWait = absl::Seconds(30);
constexpr int kEventsPerStep = 20;
constexpr int kMaxDifferences = 1000;

google::protobuf::Timestamp ToProto(absl::Time time) {
  return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

db::Value Key(const Uid& uid) { return db::Value::Blob(uid.bytes()); }

template <typename Message>
Message Parse(absl::string_view bytes) {
  Message message;
  message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return message;
}

template <typename Row>
Row ToRow(const db::Row& row) {
  return {.uid = Uid::FromBytes(row.Blob(0)).value_or(Uid()),
          .organizer = std::string(row.Text(1)),
          .done = row.Bool(2),
          .cancel_requested = row.Bool(3),
          .resume_after = Uid::FromBytes(row.Blob(4)).value_or(Uid()),
          .create_time = row.Time(5),
          .metadata = Parse<v1::VerifyAllSeatsMetadata>(row.Blob(6)),
          .operation = Parse<Operation>(row.Blob(7))};
}

// What clients see: the result only when it is done.
template <typename Row>
Operation Show(const Row& row) {
  Operation operation = row.operation;
  if (!row.done) operation.clear_result();
  operation.mutable_metadata()->PackFrom(row.metadata);
  return operation;
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
  Row row{.uid = resource::NewUid(), .organizer = organizer, .create_time = now};
  row.metadata.set_parent(absl::StrCat("organizers/", organizer));
  *row.metadata.mutable_create_time() = ToProto(now);
  *row.metadata.mutable_update_time() = ToProto(now);
  row.operation.set_name(absl::StrCat(kPrefix, row.uid.ToId('o')));
  row.operation.mutable_response()->PackFrom(v1::VerifyAllSeatsResponse());
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const int64_t total, store::CountEvents(tx, organizer));
        row.metadata.set_total_count(total);
        return tx.InsertRows("operations",
                             {"uid", "organizer", "done", "cancel_requested", "lease_until",
                              "resume_after", "create_time", "metadata", "operation"},
                             {{Key(row.uid), organizer, false, false, 0, Key(Uid()), now,
                               db::Value::Blob(row.metadata.SerializeAsString()),
                               db::Value::Blob(row.operation.SerializeAsString())}});
      }));
  absl::MutexLock lock(&mutex_);
  woken_ = true;
  return Show(row);
}

absl::StatusOr<Operations::Row> Operations::Find(db::Transaction& tx, const auth::Caller& caller,
                                                 const std::string& name, absl::string_view lock) {
  const std::optional<Uid> uid =
      absl::StartsWith(name, kPrefix)
          ? Uid::FromId(absl::string_view(name).substr(kPrefix.size()), 'o')
          : std::nullopt;
  if (!uid.has_value()) {
    return errors::InvalidField("name", "must follow operations/{operation}",
                                errors::ErrorReason::RESOURCE_NAME_INVALID);
  }
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query(absl::StrCat("SELECT ", kColumns, " FROM operations WHERE uid = ?", lock),
               {Key(*uid)}));
  if (rows.empty()) return errors::NotFound("google.longrunning/Operation", name);
  Row row = ToRow<Row>(rows[0]);
  const bool own = caller.role == auth::Role::kOperator || caller.organizer == row.organizer;
  if (!own) return errors::NotFound("google.longrunning/Operation", name);
  return row;
}

absl::StatusOr<Operation> Operations::Get(const rpc::CallContext& call,
                                          const google::longrunning::GetOperationRequest& request) {
  Operation operation;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const Row row, Find(tx, call.caller(), request.name()));
    operation = Show(row);
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
        const db::Rows rows,
        tx.Query(
            absl::StrCat("SELECT ", kColumns, " FROM operations WHERE uid > ? AND ",
                         all ? "organizer <> ?" : "organizer = ?", " ORDER BY uid LIMIT ?"),
            {after.empty() ? Key(Uid()) : after[0], all ? "" : call.caller().organizer, size + 1}));
    response.Clear();
    const size_t count = std::min<size_t>(rows.size(), static_cast<size_t>(size));
    Uid last;
    for (size_t i = 0; i < count; ++i) {
      const Row row = ToRow<Row>(rows[i]);
      last = row.uid;
      *response.add_operations() = Show(row);
    }
    if (rows.size() > count) response.set_next_page_token(tokens_.Encode(binding, {Key(last)}));
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<google::protobuf::Empty> Operations::Cancel(
    const rpc::CallContext& call, const google::longrunning::CancelOperationRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const Row row,
                                  Find(tx, call.caller(), request.name(), tx.for_update()));
        return tx
            .Execute("UPDATE operations SET cancel_requested = 1 WHERE uid = ?", {Key(row.uid)})
            .status();
      }));
  absl::MutexLock lock(&mutex_);
  woken_ = true;
  return google::protobuf::Empty();
}

absl::StatusOr<google::protobuf::Empty> Operations::Delete(
    const rpc::CallContext& call, const google::longrunning::DeleteOperationRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const Row row,
                                  Find(tx, call.caller(), request.name(), tx.for_update()));
        if (!row.done)
          return errors::IllegalTransition(request.name(), "RUNNING", "DeleteOperation",
                                           "one that is done; cancel it first");
        return tx.Execute("DELETE FROM operations WHERE uid = ?", {Key(row.uid)}).status();
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

std::optional<Operations::Row> Operations::Claim() {
  std::optional<Row> claimed;
  const absl::Status status = db_.Write(Background(), [&](db::Transaction& tx) -> absl::Status {
    claimed.reset();
    const absl::Time now = absl::Now();
    COLLOQUY_ASSIGN_OR_RETURN(
        const db::Rows rows,
        tx.Query(absl::StrCat("SELECT ", kColumns,
                              " FROM operations WHERE done = 0 AND lease_until < ? LIMIT 1",
                              tx.for_update()),
                 {now}));
    if (rows.empty()) return absl::OkStatus();
    claimed = ToRow<Row>(rows[0]);
    return tx
        .Execute("UPDATE operations SET lease_until = ? WHERE uid = ?",
                 {now + kLease, Key(claimed->uid)})
        .status();
  });
  return status.ok() ? claimed : std::nullopt;
}

absl::Status Operations::Save(db::Transaction& tx, const Row& row) {
  return tx
      .Execute(
          "UPDATE operations SET done = ?, lease_until = ?, resume_after = ?, metadata = ?, "
          "operation = ? WHERE uid = ?",
          {row.done, absl::Now() + kLease, Key(row.resume_after),
           db::Value::Blob(row.metadata.SerializeAsString()),
           db::Value::Blob(row.operation.SerializeAsString()), Key(row.uid)})
      .status();
}

absl::StatusOr<bool> Operations::Step(Row& row) {
  v1::VerifyAllSeatsResponse result;
  row.operation.response().UnpackTo(&result);
  bool last = false;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(Background(), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(
        const db::Rows flags,
        tx.Query("SELECT cancel_requested FROM operations WHERE uid = ?", {Key(row.uid)}));
    row.cancel_requested = !flags.empty() && flags[0].Bool(0);
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
      row.metadata.set_difference_count(row.metadata.difference_count() +
                                        verified.differences_size());
      for (const auto& difference : verified.differences()) {
        if (result.differences_size() < kMaxDifferences) *result.add_differences() = difference;
      }
      row.resume_after = event.uid;
    }
    return absl::OkStatus();
  }));

  const absl::Time now = absl::Now();
  row.metadata.set_done_count(result.event_count());
  row.metadata.set_total_count(std::max(row.metadata.total_count(), result.event_count()));
  row.metadata.set_rate(static_cast<double>(result.event_count()) /
                        std::max(1e-3, absl::ToDoubleSeconds(now - row.create_time)));
  *row.metadata.mutable_update_time() = ToProto(now);
  row.operation.mutable_response()->PackFrom(result);
  if (row.cancel_requested) {
    row.operation.mutable_error()->set_code(google::rpc::CANCELLED);
    row.operation.mutable_error()->set_message("the operation was cancelled");
  }
  row.done = last || row.cancel_requested;
  row.operation.set_done(row.done);
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(Background(), [&](db::Transaction& tx) { return Save(tx, row); }));
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
    while (std::optional<Row> row = Claim()) {
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
