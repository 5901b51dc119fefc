// When a mail that was not taken is tried again. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_RULES_DELIVERIES_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_RULES_DELIVERIES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace colloquy::registrations::rules {

// Mails that are not taken within this are given up.
inline constexpr absl::Duration kDeliveryLifetime = absl::Hours(48);

// How long to wait after the `attempts`th attempt (from 1) of a delivery of that age: 5 s, three
// times as long each time, an hour at most, half of it by chance (`jitter` from 0 to 1), so that
// those that were refused together do not come back together. nullopt: not at all.
std::optional<absl::Duration> NextAttempt(int64_t attempts, absl::Duration age, double jitter);

// How long nothing is sent after a relay could not be reached `failures` times in a row (from 1):
// a second, twice as long each time, a minute at most.
absl::Duration RelayPause(int failures);

// A relay's words as they are kept: one line of UTF-8, 500 characters at most.
std::string KeptReason(absl::string_view text);

}  // namespace colloquy::registrations::rules

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_RULES_DELIVERIES_H_
