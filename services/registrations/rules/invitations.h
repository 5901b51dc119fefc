// The life of an invitation: states, how they follow each other, and when it ends.
//
// Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_RULES_INVITATIONS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_RULES_INVITATIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/invitations.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/ids.h"

namespace colloquy::registrations::rules {

using InvitationState = v1::Invitation::State;

enum class InvitationAction {
  kQueue,    // a mailing has a delivery for it
  kUnqueue,  // that delivery will not be made
  kSend,     // a relay took the mail
  kAccept,
  kDecline,
  kExpire,
  kRevoke,
  kOptOut,  // the guest wants no mail from the organizer
};

// The state that `action` leads to, which may be the same, or FAILED_PRECONDITION (STATE_INVALID)
// saying state, method and what the method needs.
absl::StatusOr<InvitationState> Next(const v1::Invitation& invitation, InvitationAction action);

// Nobody else may be invited under its address: all states but EXPIRED and REVOKED.
bool IsLive(InvitationState state);
// Waits for an answer, so that it may still end without one: CREATED, QUEUED, SENT, OPTED_OUT.
bool IsOpen(InvitationState state);

// The seats that it reserves: its party while it is open, if it reserves any.
int64_t HeldSeats(const v1::Invitation& invitation);

// When it ends without an answer: at its own time, or at the event's start, which may have been
// moved before that. `event_start` may be absl::UnixEpoch() for one that is not known;
// InfiniteFuture then, unless it has a time of its own.
absl::Time EndOf(const v1::Invitation& invitation, absl::Time event_start);

// Shows an open invitation whose time has passed as EXPIRED, even if nobody has written that yet.
void ShowExpiry(absl::Time event_start, absl::Time now, v1::Invitation& invitation);

// What is wrong with an invitation by itself: address, lengths, codes, ranges, a time that has
// passed. `path` is the message's in its request, such as "invitation".
std::vector<errors::FieldViolation> CheckFields(const v1::Invitation& invitation, absl::Time now,
                                                absl::string_view path);
// What does not fit the event: category, a time after its start. `path` may be empty.
std::vector<errors::FieldViolation> CheckAgainst(const events::v1::Event& event,
                                                 const v1::Invitation& invitation,
                                                 absl::string_view path);

// Only what organisers give: output-only fields and consents are left out, party_size 0 becomes 1.
v1::Invitation Clean(const v1::Invitation& invitation);

// REGISTRATION_CLOSED unless the event can have guests at all: PUBLISHED or IN_PROGRESS. Opening
// and closing times are for those who were not invited.
absl::Status CheckTakesGuests(const events::v1::Event& event);
// The same for inviting: not even to events that are CANCELLED, COMPLETED or ARCHIVED. Guest lists
// are made while the event is a DRAFT.
absl::Status CheckMayInvite(const events::v1::Event& event);

// The mode that its guest attends in.
v1::Registration::AttendanceMode ModeOf(const events::v1::Event& event);

// The registration that follows from accepting it, without answers.
v1::Registration RegistrationOf(const v1::Invitation& invitation);

// The uid of the registration that came of it; nullopt if there is none.
std::optional<resource::Uid> RegistrationUid(const v1::Invitation& invitation);

}  // namespace colloquy::registrations::rules

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_RULES_INVITATIONS_H_
