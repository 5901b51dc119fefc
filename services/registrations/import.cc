#include "services/registrations/import.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "google/rpc/code.pb.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/digest.h"
#include "services/registrations/event_ids.h"
#include "services/registrations/invitation_book.h"
#include "services/registrations/rules/invitations.h"
#include "services/registrations/seat_book.h"
#include "services/registrations/store/suppressions.h"

namespace colloquy::registrations {
namespace {

using errors::ErrorReason;
using events::v1::Event;
using google::longrunning::Operation;
using store::ImportRow;
using store::OperationRow;
using v1::RecordVerdict;

google::protobuf::Timestamp ToProto(absl::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

v1::InvitationImportMetadata MetadataOf(const OperationRow& row) {
  v1::InvitationImportMetadata metadata;
  metadata.ParseFromString(row.metadata);
  return metadata;
}

absl::Status NoSuchImport(absl::string_view name) {
  return errors::NotFound("google.longrunning/Operation", name);
}

absl::Status Differs() {
  return errors::InvalidField(
      "records",
      "differ from those that were imported under these numbers; the list has changed, so start "
      "its import anew");
}

Cause CauseOf(absl::string_view actor) { return {std::string(actor), "ImportInvitations"}; }

// One run while it is decided.
class Run {
 public:
  Run(db::Transaction& tx, ImportRow& import, SeatBook& seats, absl::string_view actor,
      absl::Time now)
      : tx_(tx),
        import_(import),
        seats_(seats),
        invitations_(tx, seats, now),
        cause_(CauseOf(actor)),
        now_(now) {}

  absl::Status Load(absl::Span<const PreparedRecord> records, const Event& event) {
    mode_ = rules::ModeOf(event);
    std::vector<std::string> keys;
    for (const PreparedRecord& record : records) {
      if (!record.read.rejected()) keys.push_back(record.read.email_key);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    if (import_.request.dry_run()) HoldDry(import_.held);
    COLLOQUY_RETURN_IF_ERROR(invitations_.LoadLive(keys).status());
    COLLOQUY_ASSIGN_OR_RETURN(met_, store::FindImportAddresses(tx_, import_.operation, keys));
    COLLOQUY_ASSIGN_OR_RETURN(suppressed_,
                              store::SuppressedAddresses(tx_, seats_.row().organizer, keys));
    return absl::OkStatus();
  }

  absl::StatusOr<RecordVerdict> Decide(PreparedRecord prepared, int64_t number) {
    const rules::ReadRecord& record = prepared.read;
    if (record.rejected()) return record.verdict;
    RecordVerdict verdict;
    if (const int64_t first = FirstOf(record.email_key); first > 0) {
      verdict.set_verdict(RecordVerdict::DUPLICATE);
      verdict.set_duplicate_of(first);
      return verdict;
    }
    if (suppressed_.contains(record.email_key)) {
      verdict.set_verdict(RecordVerdict::SUPPRESSED);
      Meet(record.email_key, number);
      return verdict;
    }
    COLLOQUY_ASSIGN_OR_RETURN(InvitationBook::Tracked * live, Live(record.email_key));
    return live == nullptr ? Create(std::move(prepared.draft), number)
                           : Update(*live, record, number);
  }

  absl::Status Save(feed::Feed& feed, const Event& event) {
    COLLOQUY_RETURN_IF_ERROR(store::InsertImportAddresses(tx_, import_.operation, newly_met_));
    if (import_.request.dry_run()) return absl::OkStatus();
    if (freed_) COLLOQUY_RETURN_IF_ERROR(seats_.Promote(event));
    COLLOQUY_RETURN_IF_ERROR(invitations_.Save(feed));
    return seats_.Save(feed);
  }

 private:
  // The record of this list that had the address first; 0 if none had.
  int64_t FirstOf(const std::string& key) {
    if (const auto it = met_.find(key); it != met_.end()) return it->second;
    const InvitationBook::Tracked* live = invitations_.FindLive(key);
    const bool own = live != nullptr && live->entry.import_uid == import_.operation;
    return own ? live->entry.import_record : 0;
  }

  void Meet(const std::string& key, int64_t number) {
    met_.emplace(key, number);
    newly_met_.emplace(key, number);
  }

  // Null if there is none, or if its time has passed: it ends here, and makes room for another.
  absl::StatusOr<InvitationBook::Tracked*> Live(const std::string& key) {
    InvitationBook::Tracked* live = invitations_.FindLive(key);
    if (live == nullptr || !rules::IsOpen(live->entry.message.state())) return live;
    if (now_ < rules::EndOf(live->entry.message, seats_.row().start_time)) return live;
    COLLOQUY_ASSIGN_OR_RETURN(const bool freed,
                              invitations_.Apply(*live, rules::InvitationAction::kExpire, cause_));
    freed_ |= freed;
    return nullptr;
  }

  void HoldDry(int64_t people) {
    if (people == 0) return;
    seats_.seats().Hold(seats_.seats().PoolsFor(import_.request.category(), mode_), people);
  }

  // Whether `people` more find seats to reserve, in the order in which they would be given.
  bool MayReserve(absl::string_view category, rules::Mode mode, int64_t people) const {
    const rules::PoolSet pools = seats_.seats().PoolsFor(category, mode);
    return people <= 0 ||
           (seats_.seats().Fits(pools, people) && !seats_.seats().AnyoneWaits(pools));
  }

  static RecordVerdict NoSeats() {
    return rules::Reject(RecordVerdict::NO_SEATS, 0,
                         "not enough seats are left to reserve; import it without reserved seats, "
                         "or raise the capacity");
  }

  RecordVerdict Create(NewInvitation draft, int64_t number) {
    const v1::Invitation& message = draft.entry.message;
    const int64_t people = message.reserve_seats() ? message.party_size() : 0;
    if (!MayReserve(message.category(), mode_, people)) return NoSeats();
    RecordVerdict verdict;
    verdict.set_verdict(RecordVerdict::CREATED);
    if (import_.request.dry_run()) {
      Meet(draft.entry.email_key, number);
      HoldDry(people);
      import_.held += people;
      return verdict;
    }
    invitations_.Add(std::move(draft));
    return verdict;
  }

  RecordVerdict Update(InvitationBook::Tracked& live, const rules::ReadRecord& record,
                       int64_t number) {
    RecordVerdict verdict;
    v1::Invitation content = live.entry.message;
    // What was answered is answered as it was.
    const bool changes = rules::IsOpen(content.state()) && rules::Merge(record.invitation, content);
    if (!changes) {
      verdict.set_verdict(RecordVerdict::UNCHANGED);
      Meet(record.email_key, number);
      return verdict;
    }
    const int64_t more = rules::HeldSeats(content) - rules::HeldSeats(live.entry.message);
    if (!MayReserve(content.category(), live.entry.mode, more)) return NoSeats();
    verdict.set_verdict(RecordVerdict::UPDATED);
    if (import_.request.dry_run()) {
      Meet(record.email_key, number);
      return verdict;
    }
    invitations_.Replace(live, std::move(content), cause_);
    live.entry.import_uid = import_.operation;
    live.entry.import_record = number;
    return verdict;
  }

  db::Transaction& tx_;
  ImportRow& import_;
  SeatBook& seats_;
  InvitationBook invitations_;
  const Cause cause_;
  const absl::Time now_;
  rules::Mode mode_ = v1::Registration::IN_PERSON;
  bool freed_ = false;
  store::AddressRecords met_;  // first records, by address
  store::AddressRecords newly_met_;
  absl::flat_hash_set<std::string> suppressed_;
};

// Puts the run's verdicts into the operation, and ends it with its last.
absl::Status Progress(db::Transaction& tx, const v1::ImportInvitationsRequest& request,
                      const v1::ImportInvitationsResponse& response, ImportRow& import,
                      OperationRow& operation, absl::Time now) {
  v1::InvitationImportMetadata metadata = MetadataOf(operation);
  for (const RecordVerdict& verdict : response.verdicts())
    rules::Count(verdict, *metadata.mutable_result());
  metadata.set_done_count(metadata.done_count() + response.verdicts_size());
  metadata.set_done_bytes(std::max(metadata.done_bytes(), request.byte_offset()));
  metadata.set_rate(static_cast<double>(metadata.done_count() - import.resume_count) /
                    std::max(1e-3, absl::ToDoubleSeconds(now - import.resume_time)));
  *metadata.mutable_update_time() = ToProto(now);
  operation.metadata = metadata.SerializeAsString();
  if (request.last()) {
    operation.done = import.done = true;
    operation.operation.mutable_response()->PackFrom(metadata.result());
  }
  COLLOQUY_RETURN_IF_ERROR(store::UpdateImport(tx, import));
  return store::UpdateOperation(tx, operation, absl::InfinitePast());
}

absl::StatusOr<OperationRow> LockOperation(db::Transaction& tx,
                                           const v1::ImportInvitationsRequest& request) {
  const std::optional<Uid> uid = store::OperationUid(request.operation());
  if (!uid.has_value()) return NoSuchImport(request.operation());
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<OperationRow> operation,
                            store::FindOperation(tx, *uid, tx.for_update()));
  if (!operation.has_value()) return NoSuchImport(request.operation());
  return *std::move(operation);
}

absl::StatusOr<OperationRow> NewOperation(db::Transaction& tx, absl::string_view organizer,
                                          const v1::StartInvitationImportRequest& request,
                                          absl::Time now) {
  OperationRow operation{.uid = resource::NewUid(),
                         .organizer = std::string(organizer),
                         .kind = OperationRow::kInvitationImport,
                         .create_time = now};
  v1::InvitationImportMetadata metadata;
  metadata.set_parent(request.parent());
  metadata.set_file_name(request.file_name());
  metadata.set_dry_run(request.dry_run());
  metadata.set_total_bytes(request.byte_count());
  *metadata.mutable_create_time() = ToProto(now);
  *metadata.mutable_update_time() = ToProto(now);
  operation.metadata = metadata.SerializeAsString();
  operation.operation.set_name(store::OperationName(operation.uid));
  COLLOQUY_RETURN_IF_ERROR(store::InsertOperation(tx, operation));
  return operation;
}

}  // namespace

absl::StatusOr<Operation> StartImport(db::Transaction& tx, const Event& event,
                                      const v1::StartInvitationImportRequest& request,
                                      absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(event));
  // Two who start the same list at once shall go on with one import.
  COLLOQUY_RETURN_IF_ERROR(store::LockEvent(tx, ids.uid, ids.organizer, ids.id).status());
  const std::string fingerprint = rules::ImportFingerprint(request);
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<ImportRow> known,
                            store::FindUnfinishedImport(tx, ids.uid, fingerprint));
  if (known.has_value()) {
    COLLOQUY_ASSIGN_OR_RETURN(const std::optional<OperationRow> operation,
                              store::FindOperation(tx, known->operation, tx.for_update()));
    // Unless it was cancelled between the two statements.
    if (operation.has_value() && !operation->done) {
      known->resume_time = now;
      known->resume_count = MetadataOf(*operation).done_count();
      COLLOQUY_RETURN_IF_ERROR(store::UpdateImport(tx, *known));
      return store::ShowOperation(*operation);
    }
  }
  COLLOQUY_ASSIGN_OR_RETURN(const OperationRow operation,
                            NewOperation(tx, ids.organizer, request, now));
  COLLOQUY_RETURN_IF_ERROR(store::InsertImport(tx, {.operation = operation.uid,
                                                    .event = ids.uid,
                                                    .fingerprint = fingerprint,
                                                    .resume_time = now,
                                                    .request = request}));
  return store::ShowOperation(operation);
}

absl::StatusOr<KnownRun> FindKnownRun(db::Transaction& tx, const Event& event,
                                      const v1::ImportInvitationsRequest& request,
                                      absl::string_view fingerprint) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(event));
  const std::optional<Uid> uid = store::OperationUid(request.operation());
  if (!uid.has_value()) return NoSuchImport(request.operation());
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<ImportRow> import, store::FindImport(tx, *uid));
  if (!import.has_value() || import->event != ids.uid) return NoSuchImport(request.operation());
  KnownRun known{.import = *std::move(import)};
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<store::ImportRun> run,
                            store::FindRun(tx, *uid, request.first_record()));
  if (!run.has_value()) return known;
  if (run->fingerprint != fingerprint) return Differs();
  known.answer = std::move(run->response);
  return known;
}

std::string RunFingerprint(const v1::ImportInvitationsRequest& request) {
  v1::ImportInvitationsRequest run;
  *run.mutable_records() = request.records();
  return resource::Sha256(resource::DeterministicBytes(run));
}

absl::StatusOr<std::vector<PreparedRecord>> PrepareRun(const Event& event, const ImportRow& import,
                                                       const v1::ImportInvitationsRequest& request,
                                                       absl::string_view actor, absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(event));
  std::vector<PreparedRecord> records;
  records.reserve(static_cast<size_t>(request.records_size()));
  int64_t number = request.first_record();
  for (const v1::ImportRecord& record : request.records()) {
    PreparedRecord& prepared = records.emplace_back();
    prepared.read = rules::ReadImportRecord(import.request, record);
    if (!prepared.read.rejected()) {
      prepared.draft = MakeInvitation(ids,
                                      {.uid = resource::NewUid(),
                                       .email_key = prepared.read.email_key,
                                       .mode = rules::ModeOf(event),
                                       .import_uid = import.operation,
                                       .import_record = number,
                                       .message = rules::Clean(prepared.read.invitation)},
                                      CauseOf(actor), now);
    }
    ++number;
  }
  return records;
}

absl::StatusOr<v1::ImportInvitationsResponse> ImportRun(db::Transaction& tx, feed::Feed& feed,
                                                        const Event& event,
                                                        const v1::ImportInvitationsRequest& request,
                                                        absl::string_view fingerprint,
                                                        std::vector<PreparedRecord> records,
                                                        absl::string_view actor, absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(event));
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook seats,
                            SeatBook::Open(tx, ids.uid, ids.organizer, ids.id, now));
  seats.Sync(event);
  // Locked before anything is read of the import, so that no cancellation is overwritten.
  COLLOQUY_ASSIGN_OR_RETURN(OperationRow operation, LockOperation(tx, request));
  COLLOQUY_ASSIGN_OR_RETURN(KnownRun known, FindKnownRun(tx, event, request, fingerprint));
  if (known.answer.has_value()) return *std::move(known.answer);
  if (known.import.done) {
    return errors::IllegalTransition(request.operation(),
                                     operation.operation.has_error() ? "CANCELLED" : "DONE",
                                     "ImportInvitations", "one that is under way");
  }
  const int64_t next = MetadataOf(operation).done_count() + 1;
  if (request.first_record() != next) {
    return errors::InvalidField("first_record",
                                absl::StrCat("must be ", next, ": runs come one after the other"));
  }

  Run run(tx, known.import, seats, actor, now);
  COLLOQUY_RETURN_IF_ERROR(run.Load(records, event));
  v1::ImportInvitationsResponse response;
  for (size_t i = 0; i < records.size(); ++i) {
    COLLOQUY_ASSIGN_OR_RETURN(
        *response.add_verdicts(),
        run.Decide(std::move(records[i]), request.first_record() + static_cast<int64_t>(i)));
  }
  COLLOQUY_RETURN_IF_ERROR(run.Save(feed, event));
  COLLOQUY_RETURN_IF_ERROR(
      store::InsertRun(tx, known.import.operation, request.first_record(),
                       {.fingerprint = std::string(fingerprint), .response = response}));
  COLLOQUY_RETURN_IF_ERROR(Progress(tx, request, response, known.import, operation, now));
  return response;
}

absl::Status CancelImport(db::Transaction& tx, OperationRow row) {
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<ImportRow> import, store::FindImport(tx, row.uid));
  if (import.has_value()) {
    import->done = true;
    COLLOQUY_RETURN_IF_ERROR(store::UpdateImport(tx, *import));
  }
  row.done = true;
  row.operation.mutable_error()->set_code(google::rpc::CANCELLED);
  row.operation.mutable_error()->set_message("the import was cancelled; what was imported stays");
  return store::UpdateOperation(tx, row, absl::InfinitePast());
}

}  // namespace colloquy::registrations
