#include "services/registrations/rules/states.h"

#include "google/protobuf/util/time_util.h"
#include "services/common/errors/errors.h"

namespace colloquy::registrations::rules {
namespace {

using google::protobuf::util::TimeUtil;
using v1::Registration;

struct Transition {
  Action action;
  Registration::State from;
  Registration::State to;
};

constexpr Transition kTransitions[] = {
    {Action::kApprove, Registration::PENDING_APPROVAL, Registration::CONFIRMED},
    {Action::kReject, Registration::PENDING_APPROVAL, Registration::REJECTED},
    {Action::kCancel, Registration::PENDING_APPROVAL, Registration::CANCELLED},
    {Action::kCancel, Registration::CONFIRMED, Registration::CANCELLED},
    {Action::kCancel, Registration::WAITLISTED, Registration::CANCELLED},
    {Action::kCancel, Registration::OFFERED, Registration::CANCELLED},
};

struct ActionText {
  absl::string_view method;
  absl::string_view needed;
};

ActionText TextOf(Action action) {
  switch (action) {
    case Action::kApprove:
      return {"ApproveRegistration", "PENDING_APPROVAL"};
    case Action::kReject:
      return {"RejectRegistration", "PENDING_APPROVAL"};
    case Action::kCancel:
      return {"CancelRegistration", "PENDING_APPROVAL, CONFIRMED, WAITLISTED or OFFERED"};
  }
  return {};
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(timestamp));
}

// `done`: what could be done to registrations until then. Without a deadline, until the start.
absl::Status CheckDeadline(const events::v1::Event& event, const events::v1::Deadline& given,
                           absl::string_view done, absl::Time now) {
  const absl::Time start = ToTime(event.start_time());
  const absl::Time deadline = Resolve(given, start, start);
  if (now < deadline) return absl::OkStatus();
  const std::string text = absl::FormatTime(absl::RFC3339_sec, deadline, absl::UTCTimeZone());
  return errors::FailedPrecondition(
      errors::ErrorReason::DEADLINE_PASSED, event.name(),
      absl::StrCat("registrations could be ", done, " until ", text, "; the organiser still can"),
      {{"deadline", text}});
}

}  // namespace

absl::StatusOr<Registration::State> Next(const Registration& registration, Action action) {
  for (const Transition& transition : kTransitions) {
    if (transition.action == action && transition.from == registration.state())
      return transition.to;
  }
  const ActionText text = TextOf(action);
  return errors::IllegalTransition(registration.name(),
                                   Registration::State_Name(registration.state()), text.method,
                                   text.needed);
}

absl::Time Resolve(const events::v1::Deadline& deadline, absl::Time start, absl::Time fallback) {
  switch (deadline.when_case()) {
    case events::v1::Deadline::kTime:
      return ToTime(deadline.time());
    case events::v1::Deadline::kBeforeStart:
      return start - absl::Microseconds(TimeUtil::DurationToMicroseconds(deadline.before_start()));
    case events::v1::Deadline::WHEN_NOT_SET:
      return fallback;
  }
  return fallback;
}

absl::Status CheckCancellation(const events::v1::Event& event, absl::Time now) {
  return CheckDeadline(event, event.registration().cancellation(), "cancelled", now);
}

absl::Status CheckModification(const events::v1::Event& event, absl::Time now) {
  return CheckDeadline(event, event.registration().modification(), "changed", now);
}

absl::Status CheckEditable(const Registration& registration) {
  constexpr absl::string_view kLive = "PENDING_APPROVAL, CONFIRMED, WAITLISTED or OFFERED";
  if (registration.state() != Registration::CANCELLED &&
      registration.state() != Registration::REJECTED)
    return absl::OkStatus();
  return errors::IllegalTransition(registration.name(),
                                   Registration::State_Name(registration.state()),
                                   "UpdateRegistration", kLive);
}

bool NeedsApproval(const events::v1::Event& event, absl::string_view category) {
  switch (event.registration().approval()) {
    case events::v1::RegistrationRules::ALL:
      return true;
    case events::v1::RegistrationRules::BY_CATEGORY:
      for (const auto& candidate : event.categories()) {
        if (candidate.id() == category) return candidate.requires_approval();
      }
      return false;
    default:
      return false;
  }
}

}  // namespace colloquy::registrations::rules
