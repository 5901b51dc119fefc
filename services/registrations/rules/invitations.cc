#include "services/registrations/rules/invitations.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/registrations/rules/admission.h"

namespace colloquy::registrations::rules {
namespace {

using events::v1::Event;
using google::protobuf::util::TimeUtil;
using v1::Invitation;
using Violations = std::vector<errors::FieldViolation>;

constexpr int kMaxParty = 100;
constexpr size_t kMaxGroup = 200;
constexpr size_t kMaxNote = 1000;
constexpr int kMaxPlaceholders = 20;
constexpr size_t kMaxPlaceholder = 500;

struct Transition {
  InvitationAction action;
  InvitationState from;
  InvitationState to;
};

constexpr Transition kTransitions[] = {
    {InvitationAction::kQueue, Invitation::CREATED, Invitation::QUEUED},
    {InvitationAction::kQueue, Invitation::QUEUED, Invitation::QUEUED},
    {InvitationAction::kQueue, Invitation::SENT, Invitation::SENT},  // a reminder
    {InvitationAction::kUnqueue, Invitation::QUEUED, Invitation::CREATED},
    {InvitationAction::kUnqueue, Invitation::SENT, Invitation::SENT},
    {InvitationAction::kSend, Invitation::CREATED, Invitation::SENT},
    {InvitationAction::kSend, Invitation::QUEUED, Invitation::SENT},
    {InvitationAction::kSend, Invitation::SENT, Invitation::SENT},
    {InvitationAction::kAccept, Invitation::CREATED, Invitation::ACCEPTED},
    {InvitationAction::kAccept, Invitation::QUEUED, Invitation::ACCEPTED},
    {InvitationAction::kAccept, Invitation::SENT, Invitation::ACCEPTED},
    {InvitationAction::kAccept, Invitation::DECLINED, Invitation::ACCEPTED},
    {InvitationAction::kAccept, Invitation::OPTED_OUT, Invitation::ACCEPTED},
    {InvitationAction::kDecline, Invitation::CREATED, Invitation::DECLINED},
    {InvitationAction::kDecline, Invitation::QUEUED, Invitation::DECLINED},
    {InvitationAction::kDecline, Invitation::SENT, Invitation::DECLINED},
    {InvitationAction::kDecline, Invitation::ACCEPTED, Invitation::DECLINED},
    {InvitationAction::kDecline, Invitation::DECLINED, Invitation::DECLINED},
    {InvitationAction::kDecline, Invitation::OPTED_OUT, Invitation::DECLINED},
    {InvitationAction::kExpire, Invitation::CREATED, Invitation::EXPIRED},
    {InvitationAction::kExpire, Invitation::QUEUED, Invitation::EXPIRED},
    {InvitationAction::kExpire, Invitation::SENT, Invitation::EXPIRED},
    {InvitationAction::kExpire, Invitation::OPTED_OUT, Invitation::EXPIRED},
    {InvitationAction::kRevoke, Invitation::CREATED, Invitation::REVOKED},
    {InvitationAction::kRevoke, Invitation::QUEUED, Invitation::REVOKED},
    {InvitationAction::kRevoke, Invitation::SENT, Invitation::REVOKED},
    {InvitationAction::kRevoke, Invitation::ACCEPTED, Invitation::REVOKED},
    {InvitationAction::kRevoke, Invitation::DECLINED, Invitation::REVOKED},
    {InvitationAction::kRevoke, Invitation::OPTED_OUT, Invitation::REVOKED},
    {InvitationAction::kOptOut, Invitation::CREATED, Invitation::OPTED_OUT},
    {InvitationAction::kOptOut, Invitation::QUEUED, Invitation::OPTED_OUT},
    {InvitationAction::kOptOut, Invitation::SENT, Invitation::OPTED_OUT},
    {InvitationAction::kOptOut, Invitation::OPTED_OUT, Invitation::OPTED_OUT},
};

absl::string_view MethodOf(InvitationAction action) {
  switch (action) {
    case InvitationAction::kQueue:
    case InvitationAction::kUnqueue:
      return "SendInvitations";
    case InvitationAction::kSend:
      return "delivery";
    case InvitationAction::kAccept:
      return "AcceptInvitation";
    case InvitationAction::kDecline:
      return "DeclineInvitation";
    case InvitationAction::kExpire:
      return "expiry";
    case InvitationAction::kRevoke:
      return "RevokeInvitation";
    case InvitationAction::kOptOut:
      return "Unsubscribe";
  }
  return {};
}

std::string NeededBy(InvitationAction action) {
  std::string names;
  for (const Transition& transition : kTransitions) {
    if (transition.action != action) continue;
    absl::StrAppend(&names, names.empty() ? "" : ", ", Invitation::State_Name(transition.from));
  }
  return names;
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(timestamp));
}

size_t Characters(absl::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void CheckLength(absl::string_view text, size_t most, const std::string& field, Violations& out) {
  if (Characters(text) > most)
    out.push_back({field, absl::StrCat("takes at most ", most, " characters")});
}

absl::Status RefuseState(const Event& event, absl::string_view what) {
  const std::string state = Event::State_Name(event.state());
  return errors::FailedPrecondition(errors::ErrorReason::REGISTRATION_CLOSED, event.name(),
                                    absl::StrCat("the event is ", state, " and takes no ", what),
                                    {{"state", state}});
}

}  // namespace

absl::StatusOr<InvitationState> Next(const Invitation& invitation, InvitationAction action) {
  for (const Transition& transition : kTransitions) {
    if (transition.action == action && transition.from == invitation.state()) return transition.to;
  }
  return errors::IllegalTransition(invitation.name(), Invitation::State_Name(invitation.state()),
                                   MethodOf(action), NeededBy(action));
}

bool IsLive(InvitationState state) {
  return state != Invitation::EXPIRED && state != Invitation::REVOKED;
}

bool IsOpen(InvitationState state) {
  return state == Invitation::CREATED || state == Invitation::QUEUED || state == Invitation::SENT ||
         state == Invitation::OPTED_OUT;
}

int64_t HeldSeats(const Invitation& invitation) {
  return invitation.reserve_seats() && IsOpen(invitation.state()) ? invitation.party_size() : 0;
}

absl::Time EndOf(const Invitation& invitation, absl::Time event_start) {
  const absl::Time start = event_start == absl::UnixEpoch() ? absl::InfiniteFuture() : event_start;
  return invitation.has_expire_time() ? std::min(ToTime(invitation.expire_time()), start) : start;
}

void ShowExpiry(absl::Time event_start, absl::Time now, Invitation& invitation) {
  if (!IsOpen(invitation.state())) return;
  const absl::Time end = EndOf(invitation, event_start);
  if (now < end) return;
  invitation.set_state(Invitation::EXPIRED);
  *invitation.mutable_answer_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(end));
}

Violations CheckFields(const Invitation& invitation, absl::Time now, absl::string_view path) {
  v1::Registration person;
  *person.mutable_attendee() = invitation.guest();
  Violations out = CheckFields(person, path);
  for (errors::FieldViolation& violation : out) {
    // "invitation.attendee.email" is called "invitation.guest.email" here.
    violation.field.replace(path.size(), sizeof(".attendee") - 1, ".guest");
  }
  const auto field = [&](absl::string_view name) { return absl::StrCat(path, ".", name); };
  CheckLength(invitation.group(), kMaxGroup, field("group"), out);
  CheckLength(invitation.note(), kMaxNote, field("note"), out);
  if (invitation.party_size() < 0 || invitation.party_size() > kMaxParty)
    out.push_back({field("party_size"), absl::StrCat("must be from 0 to ", kMaxParty)});
  if (invitation.has_expire_time() && ToTime(invitation.expire_time()) <= now)
    out.push_back({field("expire_time"), "must be in the future"});
  if (invitation.placeholders_size() > kMaxPlaceholders)
    out.push_back({field("placeholders"), absl::StrCat("takes at most ", kMaxPlaceholders)});
  for (const auto& [name, text] : invitation.placeholders()) {
    CheckLength(name, kMaxGroup, field("placeholders"), out);
    CheckLength(text, kMaxPlaceholder, field("placeholders"), out);
  }
  return out;
}

Violations CheckAgainst(const Event& event, const Invitation& invitation, absl::string_view path) {
  Violations out;
  const std::string below = path.empty() ? "" : absl::StrCat(path, ".");
  const auto& categories = event.categories();
  const bool known = std::any_of(categories.begin(), categories.end(), [&](const auto& category) {
    return category.id() == invitation.category();
  });
  if (!invitation.category().empty() && !known) {
    out.push_back({absl::StrCat(below, "category"),
                   "must be empty or the id of one of the event's categories"});
  }
  if (invitation.has_expire_time() && event.has_start_time() &&
      ToTime(invitation.expire_time()) > ToTime(event.start_time())) {
    out.push_back({absl::StrCat(below, "expire_time"), "must not be after the event's start"});
  }
  return out;
}

Invitation Clean(const Invitation& invitation) {
  Invitation clean;
  *clean.mutable_guest() = invitation.guest();
  clean.mutable_guest()->clear_consents();
  clean.set_group(invitation.group());
  clean.set_party_size(std::max(1, invitation.party_size()));
  clean.set_category(invitation.category());
  clean.set_reserve_seats(invitation.reserve_seats());
  if (invitation.has_expire_time()) *clean.mutable_expire_time() = invitation.expire_time();
  clean.set_note(invitation.note());
  *clean.mutable_placeholders() = invitation.placeholders();
  return clean;
}

absl::Status CheckTakesGuests(const Event& event) {
  if (event.state() == Event::PUBLISHED || event.state() == Event::IN_PROGRESS)
    return absl::OkStatus();
  return RefuseState(event, "registrations");
}

absl::Status CheckMayInvite(const Event& event) {
  if (event.state() == Event::DRAFT) return absl::OkStatus();
  return event.state() == Event::PUBLISHED || event.state() == Event::IN_PROGRESS
             ? absl::OkStatus()
             : RefuseState(event, "invitations");
}

v1::Registration::AttendanceMode ModeOf(const Event& event) {
  return event.mode() == Event::ONLINE ? v1::Registration::ONLINE : v1::Registration::IN_PERSON;
}

v1::Registration RegistrationOf(const Invitation& invitation) {
  v1::Registration registration;
  *registration.mutable_attendee() = invitation.guest();
  registration.set_category(invitation.category());
  registration.set_party_size(invitation.party_size());
  return registration;
}

std::optional<resource::Uid> RegistrationUid(const Invitation& invitation) {
  const absl::string_view name = invitation.registration();
  return resource::Uid::FromId(name.substr(name.rfind('/') + 1), 'r');
}

}  // namespace colloquy::registrations::rules
