// Text of iCalendar (RFC 5545) that libical does not make right by itself. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_CALENDAR_LINES_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_CALENDAR_LINES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace colloquy::resource {

// Text without the control characters that iCalendar does not allow. A line break is allowed, and
// libical escapes it.
std::string CalendarText(absl::string_view text);

// Content lines of at most 75 octets, never cut inside a character (RFC 5545, section 3.1).
// libical 3.0 folds too, but where a line is just too long it cuts through the line's own CRLF;
// undoing its folds undoes that as well.
std::string FoldCalendarLines(absl::string_view text);

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_CALENDAR_LINES_H_
