#include "services/registrations/invitations_service.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/names.h"
#include "services/common/resource/request_ids.h"
#include "services/common/rpc/db_options.h"
#include "services/registrations/import.h"
#include "services/registrations/invite.h"
#include "services/registrations/requests.h"
#include "services/registrations/rules/import_records.h"
#include "services/registrations/rules/invitations.h"
#include "services/registrations/store/invitations.h"

namespace colloquy::registrations {
namespace {

using v1::Invitation;

constexpr absl::string_view kService = "/colloquy.registrations.v1.InvitationsService/";
constexpr int kMaxRun = 1000;

absl::Status CheckRun(const v1::ImportInvitationsRequest& request) {
  if (request.records_size() > kMaxRun)
    return errors::InvalidField("records", absl::StrCat("takes at most ", kMaxRun));
  if (request.records().empty() && !request.last())
    return errors::InvalidField("records", "must not be empty but in the last run");
  if (request.first_record() < 1) return errors::InvalidField("first_record", "counts from 1");
  return absl::OkStatus();
}

// An invitation of the options that all of a list's have in common.
Invitation Options(const v1::StartInvitationImportRequest& request) {
  Invitation options;
  options.set_category(request.category());
  if (request.has_expire_time()) *options.mutable_expire_time() = request.expire_time();
  return options;
}

}  // namespace

absl::StatusOr<EventRules::EventPtr> InvitationsService::EventFor(const rpc::CallContext& call,
                                                                  const std::string& name) {
  return rules_.Get(name, absl::Now() - kRulesAge, call.deadline());
}

absl::StatusOr<EventRules::EventPtr> InvitationsService::FreshEvent(const rpc::CallContext& call,
                                                                    const std::string& name) {
  return rules_.Get(name, absl::Now(), call.deadline());
}

absl::StatusOr<Invitation> InvitationsService::CreateInvitation(
    const rpc::CallContext& call, const v1::CreateInvitationRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(EventPattern().Validate(request.parent(), "parent"));
  const absl::Time now = absl::Now();
  COLLOQUY_RETURN_IF_ERROR(
      errors::InvalidFields(rules::CheckFields(request.invitation(), now, "invitation")));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::Once once,
                            resource::Once::Of(call.method(), call.caller().actor, request));
  COLLOQUY_ASSIGN_OR_RETURN(const EventRules::EventPtr event, FreshEvent(call, request.parent()));
  const Invitation content = rules::Clean(request.invitation());
  const bool write = !request.validate_only();
  Invitation invitation;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const bool answered, once.Replay(tx, invitation));
        if (answered) return absl::OkStatus();
        COLLOQUY_RETURN_IF_ERROR(rules::CheckMayInvite(*event));
        COLLOQUY_RETURN_IF_ERROR(
            errors::InvalidFields(rules::CheckAgainst(*event, content, "invitation")));
        COLLOQUY_ASSIGN_OR_RETURN(
            invitation, Invite(tx, feed_, *event, content, CauseOf(call), write, absl::Now()));
        return once.Record(tx, invitation, absl::Now());
      }));
  return invitation;
}

absl::StatusOr<Invitation> InvitationsService::GetInvitation(
    const rpc::CallContext& call, const v1::GetInvitationRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name, ParseInvitationName(request.name()));
  Invitation invitation;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(
        std::optional<Invitation> found,
        store::FindInvitation(tx, name.organizer, name.event_id, name.uid, absl::Now()));
    if (!found.has_value()) return errors::NotFound("colloquy/Invitation", request.name());
    invitation = *std::move(found);
    return absl::OkStatus();
  }));
  return invitation;
}

absl::StatusOr<v1::ListInvitationsResponse> InvitationsService::ListInvitations(
    const rpc::CallContext& call, const v1::ListInvitationsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            EventPattern().Parse(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  const std::string binding = resource::PageBinding(call.method(), call.caller().actor, request);
  COLLOQUY_ASSIGN_OR_RETURN(const resource::PagePosition after,
                            tokens_.Decode(request.page_token(), binding));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(request.filter(), store::InvitationFilters()));
  COLLOQUY_ASSIGN_OR_RETURN(
      const resource::OrderBy order,
      resource::OrderBy::Parse(request.order_by(), store::InvitationOrders()));
  COLLOQUY_RETURN_IF_ERROR(EventFor(call, request.parent()).status());

  store::InvitationPage page;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    page = {};
    COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::EventRow> row,
                              store::FindEvent(tx, ids[0], ids[1]));
    if (!row.has_value()) return absl::OkStatus();
    COLLOQUY_ASSIGN_OR_RETURN(
        page, store::ListInvitations(tx, *row, filter, order, after, size, absl::Now()));
    return absl::OkStatus();
  }));
  v1::ListInvitationsResponse response;
  for (Invitation& invitation : page.invitations) response.add_invitations()->Swap(&invitation);
  if (!page.next.empty()) response.set_next_page_token(tokens_.Encode(binding, page.next));
  return response;
}

absl::StatusOr<Invitation> InvitationsService::RevokeInvitation(
    const rpc::CallContext& call, const v1::RevokeInvitationRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name, ParseInvitationName(request.name()));
  COLLOQUY_RETURN_IF_ERROR(CheckReason(request.reason()));
  COLLOQUY_ASSIGN_OR_RETURN(const EventRules::EventPtr event, FreshEvent(call, name.event));
  Invitation invitation;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(
            invitation, Revoke(tx, feed_, *event, name.uid, request, CauseOf(call), absl::Now()));
        return absl::OkStatus();
      }));
  return invitation;
}

absl::StatusOr<v1::SummarizeInvitationsResponse> InvitationsService::SummarizeInvitations(
    const rpc::CallContext& call, const v1::SummarizeInvitationsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            EventPattern().Parse(request.parent(), "parent"));
  COLLOQUY_RETURN_IF_ERROR(EventFor(call, request.parent()).status());
  v1::SummarizeInvitationsResponse response;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    response.Clear();
    COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::EventRow> row,
                              store::FindEvent(tx, ids[0], ids[1]));
    if (!row.has_value()) return absl::OkStatus();
    COLLOQUY_ASSIGN_OR_RETURN(const std::vector<store::InvitationCount> counts,
                              store::LoadInvitationCounts(tx, row->uid));
    for (const store::InvitationCount& count : counts) {
      auto& out = *response.add_counts();
      out.set_state(count.state);
      out.set_group(count.group);
      out.set_invitations(count.invitations);
      out.set_people(count.people);
      response.set_invitation_count(response.invitation_count() + count.invitations);
    }
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<google::longrunning::Operation> InvitationsService::StartInvitationImport(
    const rpc::CallContext& call, const v1::StartInvitationImportRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(EventPattern().Validate(request.parent(), "parent"));
  COLLOQUY_RETURN_IF_ERROR(errors::InvalidFields(rules::CheckImport(request)));
  COLLOQUY_ASSIGN_OR_RETURN(const EventRules::EventPtr event, FreshEvent(call, request.parent()));
  COLLOQUY_RETURN_IF_ERROR(rules::CheckMayInvite(*event));
  const Invitation options = Options(request);
  COLLOQUY_RETURN_IF_ERROR(errors::InvalidFields(rules::CheckAgainst(*event, options, "")));
  if (options.has_expire_time() && rules::EndOf(options, absl::UnixEpoch()) <= absl::Now())
    return errors::InvalidField("expire_time", "must be in the future");
  google::longrunning::Operation operation;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(operation, StartImport(tx, *event, request, absl::Now()));
        return absl::OkStatus();
      }));
  return operation;
}

absl::StatusOr<v1::ImportInvitationsResponse> InvitationsService::ImportInvitations(
    const rpc::CallContext& call, const v1::ImportInvitationsRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(EventPattern().Validate(request.parent(), "parent"));
  COLLOQUY_RETURN_IF_ERROR(CheckRun(request));
  COLLOQUY_ASSIGN_OR_RETURN(const EventRules::EventPtr event, EventFor(call, request.parent()));
  ImportTurns::Turn turn(turns_, request.operation(), request.first_record(),
                         request.records_size());
  const std::string fingerprint = RunFingerprint(request);
  KnownRun known;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(known, FindKnownRun(tx, *event, request, fingerprint));
    return absl::OkStatus();
  }));
  if (known.answer.has_value()) return *std::move(known.answer);
  COLLOQUY_RETURN_IF_ERROR(rules::CheckMayInvite(*event));

  const auto prepare = [&] {
    return PrepareRun(*event, known.import, request, call.caller().actor, absl::Now());
  };
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<std::vector<PreparedRecord>> prepared, prepare());
  turn.Wait(call.deadline());
  v1::ImportInvitationsResponse response;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        // An attempt uses up what is prepared.
        if (!prepared.has_value()) {
          COLLOQUY_ASSIGN_OR_RETURN(prepared, prepare());
        }
        COLLOQUY_ASSIGN_OR_RETURN(response, ImportRun(tx, feed_, *event, request, fingerprint,
                                                      *std::exchange(prepared, std::nullopt),
                                                      call.caller().actor, absl::Now()));
        return absl::OkStatus();
      }));
  return response;
}

void InvitationsService::Mount(rpc::Service& table) {
  using rpc::CallContext;
  const auto unary =
      [&]<typename Req, typename Resp>(
          absl::string_view name,
          absl::StatusOr<Resp> (InvitationsService::*handler)(const CallContext&, const Req&)) {
        table.Unary<Req, Resp>(name, rpc::Execution::kPool,
                               [this, handler](const CallContext& call, const Req& request) {
                                 return (this->*handler)(call, request);
                               });
      };
  unary("CreateInvitation", &InvitationsService::CreateInvitation);
  unary("GetInvitation", &InvitationsService::GetInvitation);
  unary("ListInvitations", &InvitationsService::ListInvitations);
  unary("RevokeInvitation", &InvitationsService::RevokeInvitation);
  unary("SummarizeInvitations", &InvitationsService::SummarizeInvitations);
  unary("StartInvitationImport", &InvitationsService::StartInvitationImport);
  unary("ImportInvitations", &InvitationsService::ImportInvitations);
}

std::vector<auth::Permission> InvitationsPermissions() {
  const auth::Roles read_people = auth::kDesks | auth::kModerators;
  const auto method = [](absl::string_view name) { return absl::StrCat(kService, name); };
  return {
      {method("CreateInvitation"), auth::kManagers, {"parent"}},
      {method("GetInvitation"), read_people, {"name"}},
      {method("ListInvitations"), read_people, {"parent"}},
      {method("RevokeInvitation"), auth::kManagers, {"name"}},
      {method("SummarizeInvitations"), auth::kStaff, {"parent"}},
      {method("StartInvitationImport"), auth::kManagers, {"parent"}},
      {method("ImportInvitations"), auth::kManagers, {"parent"}},
  };
}

}  // namespace colloquy::registrations
