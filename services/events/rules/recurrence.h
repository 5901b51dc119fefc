// Recurrence rules (RFC 5545, section 3.3.10) on the clock at the place. Thread-safe.
#ifndef COLLOQUY_SERVICES_EVENTS_RULES_RECURRENCE_H_
#define COLLOQUY_SERVICES_EVENTS_RULES_RECURRENCE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace colloquy::events::rules {

inline constexpr int kMaxOccurrences = 366;

// The civil starts that `rule` gives from `start` on, in order; `start` is always the first and
// counts. An UNTIL in UTC is meant on the clock of `zone`.
// INVALID_ARGUMENT for `recurrence_rule` unless it parses, is DAILY, WEEKLY, MONTHLY or YEARLY
// without a time of day, ends (COUNT or UNTIL), and gives at most kMaxOccurrences dates. Bounded in
// time whatever the rule: a day is the smallest step and libical's search ends with its calendar.
absl::StatusOr<std::vector<absl::CivilSecond>> Occurrences(absl::string_view rule,
                                                           absl::CivilSecond start,
                                                           const absl::TimeZone& zone);

}  // namespace colloquy::events::rules

#endif  // COLLOQUY_SERVICES_EVENTS_RULES_RECURRENCE_H_
