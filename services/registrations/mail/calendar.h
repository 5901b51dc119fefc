// The calendar entry of one guest (RFC 5545, RFC 5546 section 3.2.2). Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_MAIL_CALENDAR_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_MAIL_CALENDAR_H_

#include <string>

#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"
#include "services/registrations/mail/message.h"

namespace colloquy::registrations::mail {

struct CalendarRequest {
  const events::v1::Event* event = nullptr;  // its UID and SEQUENCE are the public calendar's
  std::string summary;
  std::string description;
  std::string location;
  Mailbox organizer;  // its address tells whose answer comes back
  Mailbox guest;
  absl::Time now;  // DTSTAMP
};

// A VCALENDAR with METHOD:REQUEST and one VEVENT with one ATTENDEE, times in UTC. Holds no link:
// calendars are shared. Empty for an event without times.
std::string WriteRequest(const CalendarRequest& request);

}  // namespace colloquy::registrations::mail

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_MAIL_CALENDAR_H_
