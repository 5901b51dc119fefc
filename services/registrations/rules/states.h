// The state machine of a registration.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_RULES_STATES_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_RULES_STATES_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"

namespace colloquy::registrations::rules {

enum class Action { kApprove, kReject, kCancel };

// The state that `action` leads to from the registration's own, or FAILED_PRECONDITION
// (STATE_INVALID) saying state, method and what the method needs.
absl::StatusOr<v1::Registration::State> Next(const v1::Registration& registration, Action action);

// DEADLINE_PASSED if a guest or partner may no longer cancel. Staff may at any time; do not ask for
// them.
absl::Status CheckCancellation(const events::v1::Event& event, absl::Time now);

// DEADLINE_PASSED if a guest or partner may no longer change a registration. Staff may at any time;
// do not ask for them.
absl::Status CheckModification(const events::v1::Event& event, absl::Time now);

// STATE_INVALID unless the registration is alive: what has ended is not changed.
absl::Status CheckEditable(const v1::Registration& registration);

// Whether registering under `category` needs approval.
bool NeedsApproval(const events::v1::Event& event, absl::string_view category);

// The moment that a deadline stands for; `fallback` if it is not given.
absl::Time Resolve(const events::v1::Deadline& deadline, absl::Time start, absl::Time fallback);

}  // namespace colloquy::registrations::rules

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_RULES_STATES_H_
