#include "services/registrations/service.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/feed/schema/schema.h"
#include "services/common/resource/folding.h"
#include "services/common/resource/masks.h"
#include "services/common/resource/names.h"
#include "services/common/resource/request_ids.h"
#include "services/common/rpc/db_options.h"
#include "services/registrations/callers.h"
#include "services/registrations/decide.h"
#include "services/registrations/operations.h"
#include "services/registrations/requests.h"
#include "services/registrations/rules/admission.h"
#include "services/registrations/schema/schema.h"
#include "services/registrations/submit.h"
#include "services/registrations/verify.h"

namespace colloquy::registrations {
namespace {

using errors::ErrorReason;
using events::v1::Event;
using resource::Uid;
using v1::Registration;

constexpr absl::string_view kService = "/colloquy.registrations.v1.RegistrationsService/";
constexpr absl::string_view kOperations = "/google.longrunning.Operations/";
constexpr int kMaxBatch = 500;

// What only the server fills, and what only some may ask for.
absl::Status Prepare(const auth::Caller& caller, Draft& draft) {
  Registration& registration = draft.registration;
  std::vector<errors::FieldViolation> violations = rules::CheckFields(registration, draft.path);
  if (registration.priority() != 0 && !IsStaff(caller)) {
    violations.push_back(
        {absl::StrCat(draft.path, ".priority"), "can be set by the organiser's staff only"});
  }
  COLLOQUY_RETURN_IF_ERROR(errors::InvalidFields(violations));
  Registration clean;
  clean.set_category(registration.category());
  clean.set_attendance_mode(registration.attendance_mode());
  clean.set_party_size(registration.party_size());
  clean.set_priority(registration.priority());
  clean.set_external_reference(registration.external_reference());
  clean.mutable_attendee()->Swap(registration.mutable_attendee());
  if (registration.has_answers()) clean.mutable_answers()->Swap(registration.mutable_answers());
  if (caller.role == auth::Role::kPartner) {
    clean.set_partner(absl::StrCat("organizers/", caller.organizer, "/partners/", caller.partner));
  }
  draft.registration.Swap(&clean);
  draft.email_key = resource::FoldEmail(draft.registration.attendee().email());
  return absl::OkStatus();
}

// The parts that all requests have in common.
template <typename Request>
absl::StatusOr<std::unique_ptr<Op>> MakeOp(const rpc::CallContext& call, const Request& request) {
  auto op = std::make_unique<Op>();
  op->caller = call.caller();
  op->cause = std::string(call.method_name());
  op->deadline = call.deadline();
  op->arrival = absl::Now();
  op->validate_only = request.validate_only();
  COLLOQUY_ASSIGN_OR_RETURN(op->key, resource::MakeRequestKey(call.method(), call.caller().actor,
                                                              request.request_id(), request));
  return op;
}

absl::Status CheckForce(const rpc::CallContext& call, bool force) {
  if (!force || IsManager(call.caller())) return absl::OkStatus();
  return errors::PermissionDenied(call.method());
}

absl::StatusOr<std::unique_ptr<Op>> CreateOp(const rpc::CallContext& call,
                                             const v1::CreateRegistrationRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(EventPattern().Validate(request.parent(), "parent"));
  COLLOQUY_RETURN_IF_ERROR(CheckForce(call, request.force()));
  COLLOQUY_ASSIGN_OR_RETURN(std::unique_ptr<Op> op, MakeOp(call, request));
  op->event = request.parent();
  op->force = request.force();
  Draft& draft = op->drafts.emplace_back();
  draft.registration = request.registration();
  draft.path = "registration";
  COLLOQUY_RETURN_IF_ERROR(Prepare(call.caller(), draft));
  return op;
}

absl::Status CheckItem(const v1::BatchCreateRegistrationsRequest& request, int index) {
  const v1::CreateRegistrationRequest& item = request.requests(index);
  const std::string path = absl::StrCat("requests[", index, "]");
  if (!item.parent().empty() && item.parent() != request.parent()) {
    return errors::InvalidField(absl::StrCat(path, ".parent"), "must be the same as parent");
  }
  if (!item.request_id().empty() || item.validate_only() || item.force()) {
    return errors::InvalidField(
        path, "takes no request_id, validate_only or force of its own; the batch has them");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Op>> BatchOp(const rpc::CallContext& call,
                                            const v1::BatchCreateRegistrationsRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(EventPattern().Validate(request.parent(), "parent"));
  COLLOQUY_RETURN_IF_ERROR(CheckForce(call, request.force()));
  if (request.requests_size() > kMaxBatch) {
    return errors::InvalidField(
        "requests", absl::StrCat("takes at most ", kMaxBatch, "; split it into several calls"));
  }
  COLLOQUY_ASSIGN_OR_RETURN(std::unique_ptr<Op> op, MakeOp(call, request));
  op->event = request.parent();
  op->force = request.force();
  op->batch = true;
  for (int i = 0; i < request.requests_size(); ++i) {
    COLLOQUY_RETURN_IF_ERROR(CheckItem(request, i));
    Draft& draft = op->drafts.emplace_back();
    draft.registration = request.requests(i).registration();
    draft.path = absl::StrCat("requests[", i, "].registration");
    COLLOQUY_RETURN_IF_ERROR(Prepare(call.caller(), draft));
  }
  return op;
}

template <typename Request>
absl::StatusOr<std::unique_ptr<Op>> ActionOp(const rpc::CallContext& call, const Request& request,
                                             rules::Action action, absl::string_view reason) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name, ParseRegistrationName(request.name()));
  COLLOQUY_RETURN_IF_ERROR(CheckReason(reason));
  COLLOQUY_ASSIGN_OR_RETURN(std::unique_ptr<Op> op, MakeOp(call, request));
  op->event = name.event;
  op->action = action;
  op->target = name.uid;
  op->name = request.name();
  op->reason = std::string(reason);
  op->etag = request.etag();
  return op;
}

absl::StatusOr<std::unique_ptr<Op>> UpdateOp(const rpc::CallContext& call,
                                             const v1::UpdateRegistrationRequest& request) {
  const Registration& source = request.registration();
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name,
                            ParseRegistrationName(source.name(), "registration.name"));
  COLLOQUY_RETURN_IF_ERROR(
      resource::ValidateMask(request.update_mask(), *Registration::descriptor()));
  COLLOQUY_ASSIGN_OR_RETURN(std::unique_ptr<Op> op, MakeOp(call, request));
  op->event = name.event;
  op->edit = Op::Edit{.mask = request.update_mask(), .source = source};
  op->target = name.uid;
  op->name = source.name();
  op->etag = source.etag();
  return op;
}

Registration First(std::vector<Registration> registrations) {
  return std::move(registrations.front());
}

v1::BatchCreateRegistrationsResponse All(std::vector<Registration> registrations) {
  v1::BatchCreateRegistrationsResponse response;
  for (Registration& registration : registrations)
    response.add_registrations()->Swap(&registration);
  return response;
}

v1::PoolAvailability Explain(const rules::Pool& pool) {
  v1::PoolAvailability out;
  out.set_pool(pool.id);
  out.set_taken(pool.taken);
  out.set_pending(pool.pending);
  out.set_held_by_allotments(pool.held_allotments);
  out.set_held_by_invitations(pool.held_invitations);
  out.set_waiting(pool.waiting);
  if (!pool.size.has_value()) return out;
  out.set_size(*pool.size);
  out.set_available(pool.waiting > 0 ? 0 : pool.available());
  return out;
}

// Registrations by state, over categories and modes.
void AddCounts(const std::vector<store::Count>& counts, v1::Availability& availability) {
  std::map<int, std::pair<int64_t, int64_t>> by_state;
  for (const store::Count& count : counts) {
    by_state[count.state].first += count.registrations;
    by_state[count.state].second += count.people;
  }
  for (const auto& [state, numbers] : by_state) {
    v1::StateCount& out = *availability.add_registration_counts();
    out.set_state(static_cast<rules::State>(state));
    out.set_registrations(numbers.first);
    out.set_people(numbers.second);
  }
}

}  // namespace

RegistrationsService::RegistrationsService(db::Database& db, feed::Feed& feed,
                                           const resource::PageTokens& tokens, Options options)
    : db_(db),
      feed_(feed),
      tokens_(tokens),
      rules_(std::move(options.event_source)),
      allocator_(db, feed, rules_, options.allocator),
      housekeeping_(db, feed, rules_),
      operations_(std::make_unique<Operations>(db, tokens)) {}

RegistrationsService::~RegistrationsService() = default;

absl::Status RegistrationsService::Apply(db::Transaction& tx, const changes::v1::Change& change) {
  Event event;
  if (!change.payload().UnpackTo(&event) || change.kind() == changes::v1::Change::DELETED)
    return absl::OkStatus();
  return Follow(tx, feed_, event, change.actor(), absl::Now());
}

void RegistrationsService::WakeHousekeeping() { housekeeping_.Wake(); }

void RegistrationsService::CreateRegistration(Context call,
                                              const v1::CreateRegistrationRequest& request,
                                              rpc::Done<Registration> done) {
  Submit<Registration>(allocator_, CreateOp(*call, request), std::move(done), First);
}

void RegistrationsService::BatchCreateRegistrations(
    Context call, const v1::BatchCreateRegistrationsRequest& request,
    rpc::Done<v1::BatchCreateRegistrationsResponse> done) {
  Submit<v1::BatchCreateRegistrationsResponse>(allocator_, BatchOp(*call, request), std::move(done),
                                               All);
}

void RegistrationsService::UpdateRegistration(Context call,
                                              const v1::UpdateRegistrationRequest& request,
                                              rpc::Done<Registration> done) {
  Submit<Registration>(allocator_, UpdateOp(*call, request), std::move(done), First);
}

void RegistrationsService::CancelRegistration(Context call,
                                              const v1::CancelRegistrationRequest& request,
                                              rpc::Done<Registration> done) {
  Submit<Registration>(allocator_,
                       ActionOp(*call, request, rules::Action::kCancel, request.reason()),
                       std::move(done), First);
}

void RegistrationsService::ApproveRegistration(Context call,
                                               const v1::ApproveRegistrationRequest& request,
                                               rpc::Done<Registration> done) {
  Submit<Registration>(allocator_, ActionOp(*call, request, rules::Action::kApprove, ""),
                       std::move(done), First);
}

void RegistrationsService::RejectRegistration(Context call,
                                              const v1::RejectRegistrationRequest& request,
                                              rpc::Done<Registration> done) {
  Submit<Registration>(allocator_,
                       ActionOp(*call, request, rules::Action::kReject, request.reason()),
                       std::move(done), First);
}

absl::StatusOr<EventRules::EventPtr> RegistrationsService::EventFor(const rpc::CallContext& call,
                                                                    const std::string& name) {
  return rules_.Get(name, absl::Now() - kRulesAge, call.deadline());
}

absl::StatusOr<Registration> RegistrationsService::GetRegistration(
    const rpc::CallContext& call, const v1::GetRegistrationRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name, ParseRegistrationName(request.name()));
  Registration registration;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(
        std::optional<Registration> found,
        store::Find(tx, name.organizer, name.event_id, name.uid, call.caller().partner));
    if (!found.has_value()) return errors::NotFound("colloquy/Registration", request.name());
    registration = *std::move(found);
    if (registration.state() != Registration::WAITLISTED) return absl::OkStatus();
    COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::EventRow> event,
                              store::FindEvent(tx, name.organizer, name.event_id));
    COLLOQUY_ASSIGN_OR_RETURN(
        const int64_t before,
        store::CountWaitingBefore(tx, event->uid, -registration.priority(), name.uid));
    registration.set_waiting_position(static_cast<int32_t>(before + 1));
    return absl::OkStatus();
  }));
  if (!registration.has_answers() || ReadsSensitive(call.caller())) return registration;
  COLLOQUY_ASSIGN_OR_RETURN(const EventRules::EventPtr event, EventFor(call, name.event));
  Redact(call.caller(), *event, registration);
  return registration;
}

absl::StatusOr<v1::ListRegistrationsResponse> RegistrationsService::ListRegistrations(
    const rpc::CallContext& call, const v1::ListRegistrationsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            EventPattern().Parse(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  const std::string binding = resource::PageBinding(call.method(), call.caller().actor, request);
  COLLOQUY_ASSIGN_OR_RETURN(const resource::PagePosition after,
                            tokens_.Decode(request.page_token(), binding));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(request.filter(), store::Filters()));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::OrderBy order,
                            resource::OrderBy::Parse(request.order_by(), store::Orders()));
  COLLOQUY_ASSIGN_OR_RETURN(const EventRules::EventPtr event, EventFor(call, request.parent()));

  store::Page page;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    page = {};
    COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::EventRow> row,
                              store::FindEvent(tx, ids[0], ids[1]));
    if (!row.has_value()) return absl::OkStatus();
    COLLOQUY_ASSIGN_OR_RETURN(
        page, store::List(tx, row->uid, call.caller().partner, filter, order, after, size));
    return absl::OkStatus();
  }));
  v1::ListRegistrationsResponse response;
  for (Registration& registration : page.registrations) {
    Redact(call.caller(), *event, registration);
    response.add_registrations()->Swap(&registration);
  }
  if (!page.next.empty()) response.set_next_page_token(tokens_.Encode(binding, page.next));
  return response;
}

absl::StatusOr<v1::Availability> RegistrationsService::ExplainAvailability(
    const rpc::CallContext& call, const v1::ExplainAvailabilityRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            EventPattern().Parse(request.event(), "event"));
  // Read now: what somebody just changed must show.
  COLLOQUY_ASSIGN_OR_RETURN(const EventRules::EventPtr event,
                            rules_.Get(request.event(), absl::Now(), call.deadline()));
  rules::Seats seats;
  std::vector<store::Count> counts;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    counts.clear();
    COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::EventRow> row,
                              store::FindEvent(tx, ids[0], ids[1]));
    if (!row.has_value()) return absl::OkStatus();
    COLLOQUY_ASSIGN_OR_RETURN(std::vector<rules::Pool> pools, store::LoadPools(tx, row->uid));
    seats = rules::Seats(std::move(pools));
    COLLOQUY_ASSIGN_OR_RETURN(counts, store::CountSeats(tx, row->uid));
    return absl::OkStatus();
  }));
  seats.Resize(*event);

  v1::Availability availability;
  availability.set_event(request.event());
  for (const rules::Pool& pool : seats.pools()) *availability.add_pools() = Explain(pool);
  AddCounts(counts, availability);
  availability.set_closed_reason(rules::ClosedReason(*event, absl::Now()));
  const rules::Pool& whole = seats.pools().front();
  if (availability.closed_reason().empty() && (whole.waiting > 0 || whole.available() == 0)) {
    const bool queue = event->registration().waiting_list().mode() == events::v1::WaitingList::ON;
    availability.set_closed_reason(queue ? "WAITING_LIST" : "FULL");
  }
  availability.set_open(availability.closed_reason().empty() ||
                        availability.closed_reason() == "WAITING_LIST");
  return availability;
}

absl::StatusOr<v1::VerifySeatsResponse> RegistrationsService::VerifySeats(
    const rpc::CallContext& call, const v1::VerifySeatsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            EventPattern().Parse(request.event(), "event"));
  COLLOQUY_RETURN_IF_ERROR(EventFor(call, request.event()).status());
  v1::VerifySeatsResponse response;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::EventRow> row,
                              store::FindEvent(tx, ids[0], ids[1]));
    if (!row.has_value()) return absl::OkStatus();
    COLLOQUY_ASSIGN_OR_RETURN(response, Verify(tx, *row, request.event()));
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<google::longrunning::Operation> RegistrationsService::VerifyAllSeats(
    const rpc::CallContext& call, const v1::VerifyAllSeatsRequest& request) {
  static const resource::NamePattern pattern("organizers/{organizer}");
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            pattern.Parse(request.parent(), "parent"));
  return operations_->StartVerifyAllSeats(call, ids[0]);
}

absl::StatusOr<v1::LimitSeatsResponse> RegistrationsService::LimitSeats(
    const rpc::CallContext& call, const v1::LimitSeatsRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(EventPattern().Validate(request.event(), "event"));
  if (request.validate_only()) {
    COLLOQUY_RETURN_IF_ERROR(db_.Read(
        rpc::DbOptions(call), [&](db::Transaction& tx) { return CheckLimit(tx, request); }));
    return v1::LimitSeatsResponse();
  }
  COLLOQUY_RETURN_IF_ERROR(db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) {
    return Limit(tx, feed_, request, absl::Now());
  }));
  return v1::LimitSeatsResponse();
}

void RegistrationsService::Mount(rpc::Service& table) {
  using rpc::CallContext;
  using rpc::Execution;
  table.UnaryAsync<v1::CreateRegistrationRequest, Registration>(
      "CreateRegistration", [this](Context call, const v1::CreateRegistrationRequest& request,
                                   rpc::Done<Registration> done) {
        CreateRegistration(std::move(call), request, std::move(done));
      });
  table.UnaryAsync<v1::BatchCreateRegistrationsRequest, v1::BatchCreateRegistrationsResponse>(
      "BatchCreateRegistrations",
      [this](Context call, const v1::BatchCreateRegistrationsRequest& request,
             rpc::Done<v1::BatchCreateRegistrationsResponse> done) {
        BatchCreateRegistrations(std::move(call), request, std::move(done));
      });
  table.UnaryAsync<v1::UpdateRegistrationRequest, Registration>(
      "UpdateRegistration", [this](Context call, const v1::UpdateRegistrationRequest& request,
                                   rpc::Done<Registration> done) {
        UpdateRegistration(std::move(call), request, std::move(done));
      });
  table.UnaryAsync<v1::CancelRegistrationRequest, Registration>(
      "CancelRegistration", [this](Context call, const v1::CancelRegistrationRequest& request,
                                   rpc::Done<Registration> done) {
        CancelRegistration(std::move(call), request, std::move(done));
      });
  table.UnaryAsync<v1::ApproveRegistrationRequest, Registration>(
      "ApproveRegistration", [this](Context call, const v1::ApproveRegistrationRequest& request,
                                    rpc::Done<Registration> done) {
        ApproveRegistration(std::move(call), request, std::move(done));
      });
  table.UnaryAsync<v1::RejectRegistrationRequest, Registration>(
      "RejectRegistration", [this](Context call, const v1::RejectRegistrationRequest& request,
                                   rpc::Done<Registration> done) {
        RejectRegistration(std::move(call), request, std::move(done));
      });
  table.Unary<v1::GetRegistrationRequest, Registration>(
      "GetRegistration", Execution::kPool,
      [this](const CallContext& call, const v1::GetRegistrationRequest& request) {
        return GetRegistration(call, request);
      });
  table.Unary<v1::ListRegistrationsRequest, v1::ListRegistrationsResponse>(
      "ListRegistrations", Execution::kPool,
      [this](const CallContext& call, const v1::ListRegistrationsRequest& request) {
        return ListRegistrations(call, request);
      });
  table.Unary<v1::ExplainAvailabilityRequest, v1::Availability>(
      "ExplainAvailability", Execution::kPool,
      [this](const CallContext& call, const v1::ExplainAvailabilityRequest& request) {
        return ExplainAvailability(call, request);
      });
  table.Unary<v1::VerifySeatsRequest, v1::VerifySeatsResponse>(
      "VerifySeats", Execution::kPool,
      [this](const CallContext& call, const v1::VerifySeatsRequest& request) {
        return VerifySeats(call, request);
      });
  table.Unary<v1::VerifyAllSeatsRequest, google::longrunning::Operation>(
      "VerifyAllSeats", Execution::kPool,
      [this](const CallContext& call, const v1::VerifyAllSeatsRequest& request) {
        return VerifyAllSeats(call, request);
      });
  table.Unary<v1::LimitSeatsRequest, v1::LimitSeatsResponse>(
      "LimitSeats", Execution::kPool,
      [this](const CallContext& call, const v1::LimitSeatsRequest& request) {
        return LimitSeats(call, request);
      });
  feed_.Mount(table);
}

void RegistrationsService::MountOperations(rpc::Service& table) {
  namespace lro = google::longrunning;
  using google::protobuf::Empty;
  using rpc::CallContext;
  using rpc::Execution;
  table.Unary<lro::ListOperationsRequest, lro::ListOperationsResponse>(
      "ListOperations", Execution::kPool,
      [this](const CallContext& call, const lro::ListOperationsRequest& request) {
        return operations_->List(call, request);
      });
  table.Unary<lro::GetOperationRequest, lro::Operation>(
      "GetOperation", Execution::kPool,
      [this](const CallContext& call, const lro::GetOperationRequest& request) {
        return operations_->Get(call, request);
      });
  table.Unary<lro::DeleteOperationRequest, Empty>(
      "DeleteOperation", Execution::kPool,
      [this](const CallContext& call, const lro::DeleteOperationRequest& request) {
        return operations_->Delete(call, request);
      });
  table.Unary<lro::CancelOperationRequest, Empty>(
      "CancelOperation", Execution::kPool,
      [this](const CallContext& call, const lro::CancelOperationRequest& request) {
        return operations_->Cancel(call, request);
      });
  table.Unary<lro::WaitOperationRequest, lro::Operation>(
      "WaitOperation", Execution::kPool,
      [this](const CallContext& call, const lro::WaitOperationRequest& request) {
        return operations_->Wait(call, request);
      });
}

std::vector<auth::Permission> Permissions() {
  const auth::Roles register_people = auth::kDesks | auth::kPartners;
  const auth::Roles read_people = auth::kDesks | auth::kModerators | auth::kPartners;
  const auth::Roles everyone_inside = auth::kStaff | auth::kPartners;
  const auto method = [](absl::string_view name) { return absl::StrCat(kService, name); };
  const auto operation = [](absl::string_view name) { return absl::StrCat(kOperations, name); };
  return {
      {method("CreateRegistration"), register_people, {"parent"}},
      {method("BatchCreateRegistrations"), register_people, {"parent", "requests[].parent?"}},
      {method("UpdateRegistration"), register_people, {"registration.name"}},
      {method("CancelRegistration"), register_people, {"name"}},
      {method("ApproveRegistration"), auth::kManagers, {"name"}},
      {method("RejectRegistration"), auth::kManagers, {"name"}},
      {method("GetRegistration"), read_people, {"name"}},
      {method("ListRegistrations"), read_people | auth::kServices, {"parent"}},
      {method("ExplainAvailability"), everyone_inside | auth::kServices, {"event"}},
      {method("VerifySeats"), auth::kManagers, {"event"}},
      {method("VerifyAllSeats"), auth::kManagers, {"parent"}},
      {method("LimitSeats"), auth::kServices, {"event"}},
      {method("ListChanges"), everyone_inside, {"parent"}, auth::kOperators},
      {method("StreamChanges"),
       everyone_inside | auth::kServices,
       {"parent"},
       auth::kOperators | auth::kServices},
      // Operations belong to an organizer, which their names do not say; the handlers look.
      {operation("ListOperations"), auth::kManagers},
      {operation("GetOperation"), auth::kManagers},
      {operation("DeleteOperation"), auth::kManagers},
      {operation("CancelOperation"), auth::kManagers},
      {operation("WaitOperation"), auth::kManagers},
  };
}

std::vector<db::Schema> Schemas() {
  return {schema::feed(), resource::RequestLogSchema(), schema::registrations()};
}

}  // namespace colloquy::registrations
