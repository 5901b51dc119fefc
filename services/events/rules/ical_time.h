// Clock time as libical has it: without a zone (RFC 5545's form #1).
#ifndef COLLOQUY_SERVICES_EVENTS_RULES_ICAL_TIME_H_
#define COLLOQUY_SERVICES_EVENTS_RULES_ICAL_TIME_H_

#include <libical/ical.h>

#include "absl/time/civil_time.h"

namespace colloquy::events::rules {

inline icaltimetype ToIcal(absl::CivilSecond civil) {
  icaltimetype time = icaltime_null_time();
  time.year = static_cast<int>(civil.year());
  time.month = civil.month();
  time.day = civil.day();
  time.hour = civil.hour();
  time.minute = civil.minute();
  time.second = civil.second();
  return time;
}

}  // namespace colloquy::events::rules

#endif  // COLLOQUY_SERVICES_EVENTS_RULES_ICAL_TIME_H_
