#include "services/registrations/guests_service.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/folding.h"
#include "services/common/resource/validation.h"
#include "services/common/rpc/db_options.h"
#include "services/registrations/invite.h"
#include "services/registrations/requests.h"
#include "services/registrations/rules/invitations.h"
#include "services/registrations/store/store.h"
#include "services/registrations/store/suppressions.h"
#include "services/registrations/submit.h"

namespace colloquy::registrations {
namespace {

using events::v1::Event;
using google::protobuf::Empty;
using rules::LinkPurpose;
using rules::LinkTarget;
using v1::Invitation;
using v1::Registration;

constexpr absl::string_view kService = "/colloquy.registrations.v1.GuestsService/";
constexpr size_t kMaxLanguages = 20;

std::string NameOf(const store::EventRow& row) {
  return absl::StrCat("organizers/", row.organizer, "/events/", row.event_id);
}

absl::StatusOr<std::vector<std::string>> Languages(
    const google::protobuf::RepeatedPtrField<std::string>& codes, const std::string& own) {
  if (static_cast<size_t>(codes.size()) > kMaxLanguages)
    return errors::InvalidField("language_codes", absl::StrCat("takes at most ", kMaxLanguages));
  std::vector<std::string> languages;
  for (int i = 0; i < codes.size(); ++i) {
    COLLOQUY_ASSIGN_OR_RETURN(
        languages.emplace_back(),
        resource::CanonicalLanguageTag(codes[i], absl::StrCat("language_codes[", i, "]")));
  }
  if (languages.empty() && !own.empty()) languages.push_back(own);
  return languages;
}

absl::string_view Base(absl::string_view tag) { return tag.substr(0, tag.find('-')); }

// What is the organiser's alone.
void Redact(Invitation& invitation) {
  invitation.clear_note();
  invitation.clear_placeholders();
}
void Redact(Registration& registration) { registration.clear_external_reference(); }

// Who acts: whoever has the link. The feed says which link it was.
auth::Caller GuestOf(const std::string& name) {
  return {.role = auth::Role::kAnonymous, .actor = name};
}

std::unique_ptr<Op> NewOp(const rpc::CallContext& call, const store::EventRow& row,
                          const std::string& actor) {
  auto op = std::make_unique<Op>();
  op->event = NameOf(row);
  op->caller = GuestOf(actor);
  op->cause = std::string(call.method_name());
  op->deadline = call.deadline();
  op->arrival = absl::Now();
  return op;
}

// What an unsubscribe link shows: whose mail it is, and whether it still comes.
v1::ResolveInvitationResponse UnsubscribePage(const store::InvitationEntry& entry, bool suppressed,
                                              Event event, std::string organizer) {
  v1::ResolveInvitationResponse response;
  const v1::Attendee& guest = entry.message.guest();
  response.mutable_invitation()->mutable_guest()->set_email(guest.email());
  response.mutable_invitation()->mutable_guest()->set_language_code(guest.language_code());
  response.mutable_invitation()->set_state(suppressed ? Invitation::OPTED_OUT
                                                      : entry.message.state());
  Event& shown = *response.mutable_event();
  shown.set_name(event.name());
  shown.set_default_language(event.default_language());
  shown.mutable_title()->Swap(event.mutable_title());
  response.set_organizer_display_name(std::move(organizer));
  return response;
}

}  // namespace

absl::StatusOr<LinkTarget> GuestsService::Open(const rpc::CallContext& call, LinkPurpose purpose,
                                               absl::string_view token) const {
  const std::optional<LinkTarget> target = links_.Open(purpose, token);
  if (!target.has_value()) return errors::PermissionDenied(call.method());
  return *target;
}

absl::StatusOr<GuestsService::Invited> GuestsService::Find(const rpc::CallContext& call,
                                                           const LinkTarget& target) {
  Invited found;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    found = {};
    COLLOQUY_ASSIGN_OR_RETURN(std::optional<store::EventRow> row,
                              store::FindEventByUid(tx, target.event));
    COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::InvitationEntry> entries,
                              store::LoadInvitations(tx, target.event, {target.resource}));
    if (!row.has_value() || entries.empty()) return errors::PermissionDenied(call.method());
    found.event = *std::move(row);
    found.entry = std::move(entries[0]);
    const std::vector<std::string> keys = {found.entry.email_key};
    COLLOQUY_ASSIGN_OR_RETURN(const auto suppressed,
                              store::SuppressedAddresses(tx, found.event.organizer, keys));
    found.suppressed = !suppressed.empty();
    const std::optional<Uid> uid = rules::RegistrationUid(found.entry.message);
    if (!uid.has_value()) return absl::OkStatus();
    COLLOQUY_ASSIGN_OR_RETURN(found.registration, store::LoadWithPosition(tx, target.event, *uid));
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<Event> GuestsService::EventPage(const rpc::CallContext& call,
                                               const store::EventRow& row,
                                               std::vector<std::string> languages, bool confirmed) {
  const std::string name = NameOf(row);
  if (languages.size() > 1) {
    COLLOQUY_ASSIGN_OR_RETURN(const EventRules::EventPtr event,
                              rules_.Get(name, absl::Now() - kRulesAge, call.deadline()));
    const auto has = [&](const std::string& language) {
      const auto& texts = event->title().texts();
      return std::any_of(texts.begin(), texts.end(),
                         [&](const auto& text) { return Base(text.first) == Base(language); });
    };
    const auto best = std::find_if(languages.begin(), languages.end(), has);
    if (best != languages.end()) std::swap(languages.front(), *best);
  }
  COLLOQUY_ASSIGN_OR_RETURN(
      Event event, event_source_(name, languages.empty() ? "" : languages[0], call.deadline()));
  // Another event may have the name of a deleted draft.
  if (event.uid() != row.uid.ToUuid()) return errors::PermissionDenied(call.method());
  if (!confirmed) event.clear_online_uri();
  return event;
}

absl::StatusOr<v1::ResolveInvitationResponse> GuestsService::ResolveInvitation(
    const rpc::CallContext& call, const v1::ResolveInvitationRequest& request) {
  const std::optional<LinkTarget> leaving = links_.Open(LinkPurpose::kUnsubscribe, request.token());
  LinkTarget target;
  if (leaving.has_value()) {
    target = *leaving;
  } else {
    COLLOQUY_ASSIGN_OR_RETURN(target, Open(call, LinkPurpose::kInvitation, request.token()));
  }
  COLLOQUY_ASSIGN_OR_RETURN(Invited found, Find(call, target));
  Invitation& invitation = found.entry.message;
  // Whoever got a mail may end the mails, even if the invitation was taken back.
  if (!leaving.has_value() && invitation.state() == Invitation::REVOKED)
    return errors::PermissionDenied(call.method());
  COLLOQUY_ASSIGN_OR_RETURN(
      std::vector<std::string> languages,
      Languages(request.language_codes(), invitation.guest().language_code()));
  const bool confirmed =
      found.registration.has_value() && found.registration->state() == Registration::CONFIRMED;
  COLLOQUY_ASSIGN_OR_RETURN(Event event,
                            EventPage(call, found.event, std::move(languages), confirmed));
  COLLOQUY_ASSIGN_OR_RETURN(std::string organizer,
                            organizers_.Get(found.event.organizer, call.deadline()));
  if (leaving.has_value())
    return UnsubscribePage(found.entry, found.suppressed, std::move(event), std::move(organizer));

  v1::ResolveInvitationResponse response;
  rules::ShowExpiry(found.event.start_time, absl::Now(), invitation);
  response.set_acceptable(invitation.state() != Invitation::ACCEPTED &&
                          rules::Next(invitation, rules::InvitationAction::kAccept).ok() &&
                          absl::Now() < rules::EndOf(invitation, found.event.start_time) &&
                          rules::CheckTakesGuests(event).ok());
  Redact(invitation);
  response.mutable_invitation()->Swap(&invitation);
  response.mutable_event()->Swap(&event);
  response.set_organizer_display_name(std::move(organizer));
  if (!found.registration.has_value()) return response;
  const std::optional<Uid> uid = Uid::FromUuid(found.registration->uid());
  response.set_registration_token(
      links_.Token(LinkPurpose::kRegistration, {target.event, uid.value_or(Uid())}));
  Redact(*found.registration);
  response.mutable_registration()->Swap(&*found.registration);
  return response;
}

absl::StatusOr<std::unique_ptr<Op>> GuestsService::AcceptOp(
    const rpc::CallContext& call, const v1::AcceptInvitationRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget target,
                            Open(call, LinkPurpose::kInvitation, request.token()));
  COLLOQUY_ASSIGN_OR_RETURN(const Invited found, Find(call, target));
  const Invitation& invitation = found.entry.message;
  std::unique_ptr<Op> op = NewOp(call, found.event, invitation.name());
  op->answer = Op::Answer::kAccept;
  op->invitation = target.resource;
  op->invited_people = invitation.party_size();
  op->answered = std::make_shared<Invitation>();
  if (request.party_size() < 0) return errors::InvalidField("party_size", "must not be negative");
  Draft& draft = op->drafts.emplace_back();
  draft.registration = rules::RegistrationOf(invitation);
  if (request.party_size() > 0) draft.registration.set_party_size(request.party_size());
  if (invitation.category().empty()) draft.registration.set_category(request.category());
  if (request.has_answers()) *draft.registration.mutable_answers() = request.answers();
  draft.email_key = found.entry.email_key;
  return op;
}

void GuestsService::AcceptInvitation(const Context& call,
                                     const v1::AcceptInvitationRequest& request,
                                     rpc::Done<v1::AcceptInvitationResponse> done) {
  absl::StatusOr<std::unique_ptr<Op>> op = AcceptOp(*call, request);
  if (!op.ok()) return done(op.status());
  const std::shared_ptr<Invitation> answered = (*op)->answered;
  const std::optional<LinkTarget> target = links_.Open(LinkPurpose::kInvitation, request.token());
  Submit<v1::AcceptInvitationResponse>(
      allocator_, std::move(op), std::move(done),
      [this, answered, target](std::vector<Registration> registrations) {
        v1::AcceptInvitationResponse response;
        Redact(*answered);
        Redact(registrations[0]);
        const std::optional<Uid> uid = Uid::FromUuid(registrations[0].uid());
        response.set_registration_token(
            links_.Token(LinkPurpose::kRegistration, {target->event, uid.value_or(Uid())}));
        response.mutable_invitation()->Swap(answered.get());
        response.mutable_registration()->Swap(&registrations[0]);
        return response;
      });
}

absl::StatusOr<std::unique_ptr<Op>> GuestsService::DeclineOp(
    const rpc::CallContext& call, const v1::DeclineInvitationRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(CheckReason(request.reason()));
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget target,
                            Open(call, LinkPurpose::kInvitation, request.token()));
  COLLOQUY_ASSIGN_OR_RETURN(const Invited found, Find(call, target));
  std::unique_ptr<Op> op = NewOp(call, found.event, found.entry.message.name());
  op->answer = Op::Answer::kDecline;
  op->invitation = target.resource;
  op->reason = request.reason();
  op->answered = std::make_shared<Invitation>();
  return op;
}

void GuestsService::DeclineInvitation(const Context& call,
                                      const v1::DeclineInvitationRequest& request,
                                      rpc::Done<Invitation> done) {
  absl::StatusOr<std::unique_ptr<Op>> op = DeclineOp(*call, request);
  if (!op.ok()) return done(op.status());
  const std::shared_ptr<Invitation> answered = (*op)->answered;
  Submit<Invitation>(allocator_, std::move(op), std::move(done),
                     [answered](const std::vector<Registration>&) {
                       Redact(*answered);
                       return std::move(*answered);
                     });
}

absl::StatusOr<v1::ResolveRegistrationResponse> GuestsService::ResolveRegistration(
    const rpc::CallContext& call, const v1::ResolveRegistrationRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget target,
                            Open(call, LinkPurpose::kRegistration, request.token()));
  store::EventRow row;
  v1::ResolveRegistrationResponse response;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(std::optional<store::EventRow> event,
                              store::FindEventByUid(tx, target.event));
    COLLOQUY_ASSIGN_OR_RETURN(std::optional<Registration> registration,
                              store::LoadWithPosition(tx, target.event, target.resource));
    if (!event.has_value() || !registration.has_value())
      return errors::PermissionDenied(call.method());
    row = *std::move(event);
    *response.mutable_registration() = *std::move(registration);
    return absl::OkStatus();
  }));
  Registration& registration = *response.mutable_registration();
  COLLOQUY_ASSIGN_OR_RETURN(
      std::vector<std::string> languages,
      Languages(request.language_codes(), registration.attendee().language_code()));
  COLLOQUY_ASSIGN_OR_RETURN(
      *response.mutable_event(),
      EventPage(call, row, std::move(languages), registration.state() == Registration::CONFIRMED));
  COLLOQUY_ASSIGN_OR_RETURN(*response.mutable_organizer_display_name(),
                            organizers_.Get(row.organizer, call.deadline()));
  Redact(registration);
  return response;
}

absl::StatusOr<std::unique_ptr<Op>> GuestsService::WithdrawOp(
    const rpc::CallContext& call, const v1::WithdrawRegistrationRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(CheckReason(request.reason()));
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget target,
                            Open(call, LinkPurpose::kRegistration, request.token()));
  store::EventRow row;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(std::optional<store::EventRow> event,
                              store::FindEventByUid(tx, target.event));
    if (!event.has_value()) return errors::PermissionDenied(call.method());
    row = *std::move(event);
    return absl::OkStatus();
  }));
  const std::string name = absl::StrCat(NameOf(row), "/registrations/", target.resource.ToId('r'));
  std::unique_ptr<Op> op = NewOp(call, row, name);
  op->action = rules::Action::kCancel;
  op->by_guest = true;
  op->target = target.resource;
  op->name = name;
  op->reason = request.reason();
  return op;
}

void GuestsService::WithdrawRegistration(const Context& call,
                                         const v1::WithdrawRegistrationRequest& request,
                                         rpc::Done<Registration> done) {
  Submit<Registration>(allocator_, WithdrawOp(*call, request), std::move(done),
                       [](std::vector<Registration> registrations) {
                         Redact(registrations[0]);
                         return std::move(registrations[0]);
                       });
}

absl::StatusOr<Empty> GuestsService::Unsubscribe(const rpc::CallContext& call,
                                                 const v1::UnsubscribeRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget target,
                            Open(call, LinkPurpose::kUnsubscribe, request.token()));
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const bool known, OptOut(tx, feed_, target.event, target.resource,
                                                           call.method_name(), absl::Now()));
        return known ? absl::OkStatus() : errors::PermissionDenied(call.method());
      }));
  return Empty();
}

void GuestsService::Mount(rpc::Service& table) {
  using rpc::CallContext;
  const auto unary = [&]<typename Req, typename Resp>(
                         absl::string_view name, absl::StatusOr<Resp> (GuestsService::*handler)(
                                                     const CallContext&, const Req&)) {
    table.Unary<Req, Resp>(name, rpc::Execution::kPool,
                           [this, handler](const CallContext& call, const Req& request) {
                             return (this->*handler)(call, request);
                           });
  };
  // They look up what the token opens before they hand it to the allocator, so they need a thread.
  const auto async = [&]<typename Req, typename Resp>(
                         absl::string_view name, void (GuestsService::*handler)(
                                                     const Context&, const Req&, rpc::Done<Resp>)) {
    table.UnaryAsync<Req, Resp>(
        name,
        [this, handler](const Context& call, const Req& request, rpc::Done<Resp> done) {
          (this->*handler)(call, request, std::move(done));
        },
        rpc::Execution::kPool);
  };
  unary("ResolveInvitation", &GuestsService::ResolveInvitation);
  async("AcceptInvitation", &GuestsService::AcceptInvitation);
  async("DeclineInvitation", &GuestsService::DeclineInvitation);
  unary("ResolveRegistration", &GuestsService::ResolveRegistration);
  async("WithdrawRegistration", &GuestsService::WithdrawRegistration);
  unary("Unsubscribe", &GuestsService::Unsubscribe);
}

std::vector<auth::Permission> GuestsPermissions() {
  std::vector<auth::Permission> permissions;
  for (const char* method : {"ResolveInvitation", "AcceptInvitation", "DeclineInvitation",
                             "ResolveRegistration", "WithdrawRegistration", "Unsubscribe"}) {
    permissions.push_back({absl::StrCat(kService, method), auth::kAnyone});
  }
  return permissions;
}

}  // namespace colloquy::registrations
