#include "services/registrations/mail/calendar.h"

#include <libical/ical.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "services/common/resource/calendar_lines.h"

namespace colloquy::registrations::mail {
namespace {

using resource::CalendarText;

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};

icaltimetype Utc(absl::Time time) {
  return icaltime_from_timet_with_zone(absl::ToTimeT(time), 0, icaltimezone_get_utc_timezone());
}

icaltimetype Utc(const google::protobuf::Timestamp& time) {
  return Utc(absl::FromUnixSeconds(time.seconds()));
}

// A parameter's value cannot hold a quotation mark (RFC 5545, section 3.1).
void AddName(icalproperty* property, const std::string& name) {
  std::string clean = OneLine(name);
  std::replace(clean.begin(), clean.end(), '"', '\'');
  if (!clean.empty()) icalproperty_add_parameter(property, icalparameter_new_cn(clean.c_str()));
}

std::string Mailto(const Mailbox& mailbox) {
  return absl::StrCat("mailto:", OneLine(mailbox.address));
}

void AddPeople(icalcomponent* entry, const CalendarRequest& request) {
  icalproperty* organizer = icalproperty_new_organizer(Mailto(request.organizer).c_str());
  AddName(organizer, request.organizer.name);
  icalcomponent_add_property(entry, organizer);
  icalproperty* guest = icalproperty_new_attendee(Mailto(request.guest).c_str());
  AddName(guest, request.guest.name);
  icalproperty_add_parameter(guest, icalparameter_new_role(ICAL_ROLE_REQPARTICIPANT));
  icalproperty_add_parameter(guest, icalparameter_new_partstat(ICAL_PARTSTAT_NEEDSACTION));
  icalproperty_add_parameter(guest, icalparameter_new_rsvp(ICAL_RSVP_TRUE));
  icalcomponent_add_property(entry, guest);
}

}  // namespace

std::string WriteRequest(const CalendarRequest& request) {
  const events::v1::Event& event = *request.event;
  if (!event.has_start_time() || !event.has_end_time()) return "";
  const std::unique_ptr<icalcomponent, FreeComponent> calendar(icalcomponent_vanew(
      ICAL_VCALENDAR_COMPONENT, icalproperty_new_version("2.0"),
      icalproperty_new_prodid("-//Colloquy//Invitations//EN"),
      icalproperty_new_calscale("GREGORIAN"), icalproperty_new_method(ICAL_METHOD_REQUEST),
      static_cast<void*>(nullptr)));
  icalcomponent* entry = icalcomponent_new_vevent();
  icalcomponent_add_component(calendar.get(), entry);
  icalcomponent_set_uid(entry, absl::StrCat(event.uid(), "@colloquy").c_str());
  icalcomponent_set_sequence(entry, event.calendar_sequence());
  icalcomponent_set_dtstamp(entry, Utc(request.now));
  icalcomponent_set_dtstart(entry, Utc(event.start_time()));
  icalcomponent_set_dtend(entry, Utc(event.end_time()));
  icalcomponent_set_status(entry, ICAL_STATUS_CONFIRMED);
  icalcomponent_set_summary(entry, CalendarText(request.summary).c_str());
  if (!request.description.empty())
    icalcomponent_set_description(entry, CalendarText(request.description).c_str());
  if (!request.location.empty())
    icalcomponent_set_location(entry, CalendarText(request.location).c_str());
  AddPeople(entry, request);
  char* text = icalcomponent_as_ical_string_r(calendar.get());
  const std::string result = text == nullptr ? "" : text;
  icalmemory_free_buffer(text);
  return resource::FoldCalendarLines(result);
}

}  // namespace colloquy::registrations::mail
