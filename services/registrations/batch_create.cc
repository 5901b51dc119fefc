// Batch: registrations to be made.
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/registrations/batch.h"
#include "services/registrations/rules/invitations.h"
#include "services/registrations/rules/states.h"

namespace colloquy::registrations {
namespace {

using errors::ErrorReason;
using events::v1::Event;
using v1::Registration;

absl::Status SoldOut(const Event& event, const rules::Pool& pool, int64_t people) {
  return errors::FailedPrecondition(
      ErrorReason::SOLD_OUT, event.name(),
      absl::StrCat("no ", people == 1 ? "seat is" : absl::StrCat(people, " seats are"), " free in ",
                   pool.id, " and the event keeps no waiting list for it"),
      {{"pool", pool.id}});
}

absl::Status InvitationRequired(const Event& event) {
  return errors::FailedPrecondition(
      ErrorReason::INVITATION_REQUIRED, event.name(),
      "the event admits those who were invited, and this address was not");
}

}  // namespace

absl::Status Batch::CheckNotEnding() {
  if (book_.row().ending == store::EventRow::kNotEnding) return absl::OkStatus();
  return errors::FailedPrecondition(ErrorReason::REGISTRATION_CLOSED, event_.name(),
                                    "the event is CANCELLED and takes no registrations",
                                    {{"state", "CANCELLED"}});
}

Op::Outcome Batch::DecideCreate(Op& op) {
  COLLOQUY_RETURN_IF_ERROR(CheckNotEnding());
  SeatBook::Mark mark = book_.Here();
  const size_t invitations = invitations_.Here();
  std::vector<std::string> added;
  absl::Status status;
  std::vector<Registration> answer;
  std::vector<SeatBook::Tracked*> created;
  for (const Draft& draft : op.drafts) {
    absl::StatusOr<SeatBook::Tracked*> tracked = CreateOne(op, draft);
    status = tracked.status();
    if (!status.ok()) break;
    if (addresses_.insert(draft.email_key).second) added.push_back(draft.email_key);
    answer.push_back((*tracked)->entry.message);
    created.push_back(*tracked);
  }
  if (!status.ok() || op.validate_only) {
    book_.ReturnTo(std::move(mark));
    invitations_.ReturnTo(invitations);
    for (const std::string& key : added) addresses_.erase(key);
    if (!status.ok()) return status;
    return answer;
  }
  created_.back() = std::move(created);
  return answer;
}

absl::StatusOr<SeatBook::Tracked*> Batch::CreateOne(const Op& op, const Draft& draft) {
  if (!op.force && !event_.registration().allow_repeated_address() &&
      addresses_.contains(draft.email_key)) {
    return AlreadyRegistered(draft.path);
  }
  InvitationBook::Tracked* invited = Redeemable(invitations_.FindLive(draft.email_key));
  if (NeedsInvitation(op) && invited == nullptr) return InvitationRequired(event_);
  COLLOQUY_ASSIGN_OR_RETURN(const Entitlement entitlement, Redeem(op, draft, invited));
  COLLOQUY_ASSIGN_OR_RETURN(const rules::State state, StateOf(op, draft.registration, entitlement));
  store::Entry entry{.uid = draft.uid, .email_key = draft.email_key, .message = draft.registration};
  if (invited != nullptr) invited->entry.message.set_registration(entry.message.name());
  return &book_.Add(std::move(entry), state,
                    {op.caller.actor, absl::StrCat(op.cause, op.force ? " (forced)" : "")},
                    op.force);
}

bool Batch::NeedsInvitation(const Op& op) const {
  return event_.visibility() == Event::INVITATION_ONLY && !op.force && !op.answer.has_value() &&
         op.caller.role == auth::Role::kPartner;
}

InvitationBook::Tracked* Batch::Redeemable(InvitationBook::Tracked* tracked) const {
  if (tracked == nullptr) return nullptr;
  const v1::Invitation& message = tracked->entry.message;
  const bool acceptable = rules::Next(message, rules::InvitationAction::kAccept).ok();
  return acceptable && now_ < EndOf(message) ? tracked : nullptr;
}

absl::StatusOr<Batch::Entitlement> Batch::Redeem(const Op& op, const Draft& draft,
                                                 InvitationBook::Tracked* invited) {
  Entitlement entitlement{.approved = op.answer.has_value()};
  if (invited == nullptr) return entitlement;
  const v1::Invitation& message = invited->entry.message;
  if (rules::HeldSeats(message) >= draft.registration.party_size())
    entitlement.reserved = book_.seats().PoolsFor(message.category(), invited->entry.mode);
  COLLOQUY_ASSIGN_OR_RETURN(
      const bool freed,
      invitations_.Apply(*invited, rules::InvitationAction::kAccept, {op.caller.actor, op.cause}));
  promote_ |= freed;
  return entitlement;
}

absl::StatusOr<rules::State> Batch::StateOf(const Op& op, const Registration& registration,
                                            const Entitlement& entitlement) {
  if (op.force) return Registration::CONFIRMED;
  const bool approval =
      !entitlement.approved && rules::NeedsApproval(event_, registration.category());
  const rules::PoolSet pools =
      book_.seats().PoolsFor(registration.category(), registration.attendance_mode());
  const rules::Pool* lacking =
      book_.seats().Lacking(pools, registration.party_size(), entitlement.reserved);
  const bool queue = event_.registration().waiting_list().mode() == events::v1::WaitingList::ON;
  if (lacking == nullptr && (!queue || !book_.seats().AnyoneWaits(pools, entitlement.reserved)))
    return approval ? Registration::PENDING_APPROVAL : Registration::CONFIRMED;
  // A party that no number of cancellations could seat would only block those behind it.
  if (!queue || (lacking != nullptr && *lacking->size < registration.party_size())) {
    return SoldOut(event_, *lacking, registration.party_size());
  }
  promote_ |= lacking == nullptr;
  return Registration::WAITLISTED;
}

}  // namespace colloquy::registrations
