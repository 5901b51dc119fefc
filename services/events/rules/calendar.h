// Events as iCalendar (RFC 5545). Thread-safe.
#ifndef COLLOQUY_SERVICES_EVENTS_RULES_CALENDAR_H_
#define COLLOQUY_SERVICES_EVENTS_RULES_CALENDAR_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"

namespace colloquy::events::rules {

// An event with the sessions to show; none, if sessions are not wanted.
struct CalendarEntry {
  v1::Event event;
  std::vector<v1::Session> sessions;
};

// One VCALENDAR with METHOD:PUBLISH, a VEVENT for every entry and session, and a VTIMEZONE for
// every zone used. Texts in `language` (canonical; may be empty) or the nearest there is. `now` is
// DTSTAMP.
std::string WriteCalendar(const std::vector<CalendarEntry>& entries, absl::string_view language,
                          absl::Time now);

}  // namespace colloquy::events::rules

#endif  // COLLOQUY_SERVICES_EVENTS_RULES_CALENDAR_H_
