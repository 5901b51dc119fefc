// Batch: what guests answer to invitations.
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

absl::Status InvitationEnded(const v1::Invitation& invitation, absl::Time end) {
  const std::string text = absl::FormatTime(absl::RFC3339_sec, end, absl::UTCTimeZone());
  return errors::FailedPrecondition(ErrorReason::DEADLINE_PASSED, invitation.name(),
                                    absl::StrCat("the invitation ended at ", text),
                                    {{"deadline", text}});
}

bool IsLive(rules::State state) {
  return state != Registration::CANCELLED && state != Registration::REJECTED;
}

}  // namespace

absl::StatusOr<InvitationBook::Tracked*> Batch::Answered(const Op& op) {
  InvitationBook::Tracked* tracked = invitations_.Find(op.invitation);
  // The same as for a link that was never given out.
  if (tracked == nullptr || tracked->entry.message.state() == v1::Invitation::REVOKED)
    return errors::PermissionDenied(op.cause);
  return tracked;
}

absl::Time Batch::EndOf(const v1::Invitation& invitation) const {
  return rules::EndOf(invitation, book_.row().start_time);
}

absl::Status Batch::CheckNotEnded(const v1::Invitation& invitation) const {
  const absl::Time end = EndOf(invitation);
  const bool over = invitation.state() == v1::Invitation::EXPIRED ||
                    (invitation.state() != v1::Invitation::ACCEPTED && now_ >= end);
  return over ? InvitationEnded(invitation, end) : absl::OkStatus();
}

SeatBook::Tracked* Batch::RegistrationOf(const InvitationBook::Tracked& invited) {
  const std::optional<Uid> uid = rules::RegistrationUid(invited.entry.message);
  return uid.has_value() ? book_.Find(*uid) : nullptr;
}

Op::Outcome Batch::DecideAccept(Op& op) {
  COLLOQUY_ASSIGN_OR_RETURN(InvitationBook::Tracked * invited, Answered(op));
  if (invited->entry.message.state() == v1::Invitation::ACCEPTED) return AcceptAgain(*invited);
  COLLOQUY_RETURN_IF_ERROR(CheckNotEnded(invited->entry.message));
  COLLOQUY_RETURN_IF_ERROR(op.admission);
  if (!event_.registration().allow_repeated_address() &&
      addresses_.contains(op.drafts.front().email_key))
    return Adopt(op, *invited);
  return DecideCreate(op);
}

Op::Outcome Batch::AcceptAgain(const InvitationBook::Tracked& invited) {
  SeatBook::Tracked* registration = RegistrationOf(invited);
  if (registration == nullptr || !IsLive(registration->entry.message.state())) {
    const std::string state = registration == nullptr
                                  ? "gone"
                                  : Registration::State_Name(registration->entry.message.state());
    return errors::FailedPrecondition(
        ErrorReason::STATE_INVALID, invited.entry.message.name(),
        absl::StrCat("the registration that came of the invitation is ", state,
                     "; only the organiser can register this guest again"),
        {{"state", state}});
  }
  created_.back() = {registration};
  return std::vector<Registration>(1, registration->entry.message);
}

Op::Outcome Batch::Adopt(const Op& op, InvitationBook::Tracked& invited) {
  COLLOQUY_ASSIGN_OR_RETURN(
      std::optional<store::Entry> entry,
      store::FindLiveByAddress(tx_, book_.row().uid, op.drafts.front().email_key));
  // It is one of this batch, which is not written yet.
  if (!entry.has_value()) return AlreadyRegistered(op.drafts.front().path);
  SeatBook::Tracked& registration = book_.Track(*std::move(entry));
  if (!IsLive(registration.entry.message.state())) return AlreadyRegistered(op.drafts.front().path);
  COLLOQUY_ASSIGN_OR_RETURN(
      const bool freed,
      invitations_.Apply(invited, rules::InvitationAction::kAccept, {op.caller.actor, op.cause}));
  promote_ |= freed;
  invited.entry.message.set_registration(registration.entry.message.name());
  created_.back() = {&registration};
  return std::vector<Registration>(1, registration.entry.message);
}

Op::Outcome Batch::DecideDecline(Op& op) {
  COLLOQUY_ASSIGN_OR_RETURN(InvitationBook::Tracked * invited, Answered(op));
  COLLOQUY_RETURN_IF_ERROR(CheckNotEnded(invited->entry.message));
  const Cause cause{op.caller.actor, op.cause};
  SeatBook::Tracked* registration = RegistrationOf(*invited);
  if (invited->entry.message.state() == v1::Invitation::ACCEPTED && registration != nullptr &&
      IsLive(registration->entry.message.state())) {
    COLLOQUY_RETURN_IF_ERROR(rules::CheckCancellation(event_, now_));
    if (!op.reason.empty()) registration->entry.message.set_reason(op.reason);
    book_.Change(*registration, Registration::CANCELLED, cause);
    promote_ = true;
  }
  return Decline(op, *invited, cause);
}

Op::Outcome Batch::Decline(const Op& op, InvitationBook::Tracked& invited, const Cause& cause) {
  COLLOQUY_ASSIGN_OR_RETURN(const bool freed,
                            invitations_.Apply(invited, rules::InvitationAction::kDecline, cause));
  if (invited.changed && !op.reason.empty()) invited.entry.message.set_reason(op.reason);
  promote_ |= freed;
  return std::vector<Registration>();
}

}  // namespace colloquy::registrations
