// Batch: registrations that exist.
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/folding.h"
#include "services/registrations/batch.h"
#include "services/registrations/callers.h"
#include "services/registrations/rules/admission.h"
#include "services/registrations/rules/edit.h"
#include "services/registrations/rules/states.h"

namespace colloquy::registrations {
namespace {

using errors::ErrorReason;
using events::v1::Event;
using v1::Registration;

}  // namespace

absl::StatusOr<SeatBook::Tracked*> Batch::Target(const Op& op) {
  SeatBook::Tracked* tracked = book_.Find(op.target);
  if (tracked == nullptr || !MaySee(op.caller, tracked->entry.message)) {
    return errors::NotFound("colloquy/Registration", op.name);
  }
  return tracked;
}

Op::Outcome Batch::DecideChange(const Op& op) {
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook::Tracked * tracked, Target(op));
  Registration& message = tracked->entry.message;
  // Twice is once for guests, whose browsers send again.
  if (op.by_guest && message.state() == Registration::CANCELLED)
    return std::vector<Registration>(1, message);
  COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(op.etag, message.etag(), op.name));
  COLLOQUY_ASSIGN_OR_RETURN(const rules::State to, rules::Next(message, *op.action));
  if (op.validate_only) {
    std::vector<Registration> preview(1, message);
    preview[0].set_state(to);
    if (!op.reason.empty()) preview[0].set_reason(op.reason);
    return preview;
  }
  const bool frees = rules::HoldsSeats(message.state()) && !rules::HoldsSeats(to);
  const bool unblocks = message.state() == Registration::WAITLISTED;
  if (!op.reason.empty()) message.set_reason(op.reason);
  book_.Change(*tracked, to, {op.caller.actor, op.cause});
  promote_ |= frees || unblocks;
  InvitationBook::Tracked* invited =
      op.by_guest ? invitations_.FindLive(tracked->entry.email_key) : nullptr;
  if (invited != nullptr && invited->entry.message.registration() == message.name()) {
    COLLOQUY_RETURN_IF_ERROR(Decline(op, *invited, {op.caller.actor, op.cause}).status());
  }
  return std::vector<Registration>(1, message);
}

Op::Outcome Batch::DecideEdit(const Op& op) {
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook::Tracked * tracked, Target(op));
  store::Entry& entry = tracked->entry;
  COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(op.etag, entry.message.etag(), op.name));
  COLLOQUY_RETURN_IF_ERROR(rules::CheckEditable(entry.message));
  COLLOQUY_ASSIGN_OR_RETURN(Registration edited,
                            rules::Edit(event_, entry.message, op.edit->mask, op.edit->source,
                                        ReadsSensitive(op.caller)));
  std::string email_key = resource::FoldEmail(edited.attendee().email());
  if (email_key != entry.email_key) {
    COLLOQUY_RETURN_IF_ERROR(CheckNewAddress(op, entry, email_key));
  }
  if (op.validate_only) return std::vector<Registration>(1, std::move(edited));
  addresses_.insert(email_key);
  entry.message.Swap(&edited);
  entry.email_key = std::move(email_key);
  book_.Edit(*tracked, {op.caller.actor, op.cause});
  return std::vector<Registration>(1, entry.message);
}

absl::Status Batch::CheckNewAddress(const Op& op, const store::Entry& entry,
                                    const std::string& email_key) {
  if (!IsStaff(op.caller)) COLLOQUY_RETURN_IF_ERROR(rules::CheckDomain(event_, email_key));
  if (!event_.registration().allow_repeated_address() && addresses_.contains(email_key))
    return AlreadyRegistered("registration");
  const InvitationBook::Tracked* invited = invitations_.FindLive(entry.email_key);
  if (invited == nullptr || invited->entry.message.registration() != entry.message.name())
    return absl::OkStatus();
  return errors::InvalidField("registration.attendee.email",
                              "is the address that was invited; invite the other one, or cancel "
                              "this registration and register anew");
}

bool Batch::MaySee(const auth::Caller& caller, const Registration& message) {
  return caller.role != auth::Role::kPartner ||
         message.partner() ==
             absl::StrCat("organizers/", caller.organizer, "/partners/", caller.partner);
}

}  // namespace colloquy::registrations
