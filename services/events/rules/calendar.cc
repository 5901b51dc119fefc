#include "services/events/rules/calendar.h"

#include <libical/ical.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/resource/calendar_lines.h"
#include "services/events/rules/civil_time.h"
#include "services/events/rules/ical_time.h"
#include "services/events/rules/localized.h"

namespace colloquy::events::rules {
namespace {

using resource::CalendarText;
using v1::Event;

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};

icaltimetype Utc(absl::Time time) {
  return icaltime_from_timet_with_zone(absl::ToTimeT(time), 0, icaltimezone_get_utc_timezone());
}

// An archived event may be one that was called off.
icalproperty_status StatusOf(const Event& event) {
  if (event.state() == Event::CANCELLED || event.has_cancel_time()) return ICAL_STATUS_CANCELLED;
  return event.state() == Event::DRAFT ? ICAL_STATUS_TENTATIVE : ICAL_STATUS_CONFIRMED;
}

bool IsUtc(absl::string_view zone) { return zone == "UTC" || zone == "Etc/UTC"; }

// One observance of a VTIMEZONE: from the moment at which the clock, still on `before`, shows
// `onset`.
icalcomponent* Observance(absl::CivilSecond onset, int before,
                          const absl::TimeZone::CivilInfo& after) {
  icalcomponent* observance =
      after.is_dst ? icalcomponent_new_xdaylight() : icalcomponent_new_xstandard();
  icalcomponent_add_property(observance, icalproperty_new_dtstart(ToIcal(onset)));
  icalcomponent_add_property(observance, icalproperty_new_tzoffsetfrom(before));
  icalcomponent_add_property(observance, icalproperty_new_tzoffsetto(after.offset));
  icalcomponent_add_property(observance, icalproperty_new_tzname(after.zone_abbr));
  return observance;
}

absl::Time InstantOf(const absl::TimeZone::CivilTransition& transition,
                     const absl::TimeZone& zone) {
  const absl::TimeZone::TimeInfo info = zone.At(transition.to);
  return info.kind == absl::TimeZone::TimeInfo::UNIQUE ? info.pre : info.trans;
}

// The zone as it is between two moments: each change of the clock by itself, from the last one
// before them. libical's own definitions end their rules in local time, which RFC 5545
// (section 3.3.10) does not allow.
icalcomponent* TimeZoneComponent(const std::string& name, const absl::TimeZone& zone,
                                 absl::Time first, absl::Time last) {
  icalcomponent* component = icalcomponent_new_vtimezone();
  icalcomponent_add_property(component, icalproperty_new_tzid(name.c_str()));
  absl::TimeZone::CivilTransition transition;
  absl::Time at = absl::UnixEpoch();
  if (zone.PrevTransition(first, &transition)) {
    at = InstantOf(transition, zone);
    icalcomponent_add_component(
        component, Observance(transition.from, zone.At(at - absl::Seconds(1)).offset, zone.At(at)));
  } else {
    icalcomponent_add_component(component, Observance(absl::CivilSecond(1970, 1, 1),
                                                      zone.At(first).offset, zone.At(first)));
    at = first;
  }
  while (zone.NextTransition(at, &transition)) {
    at = InstantOf(transition, zone);
    if (at > last) break;
    icalcomponent_add_component(
        component, Observance(transition.from, zone.At(at - absl::Seconds(1)).offset, zone.At(at)));
  }
  return component;
}

class Writer {
 public:
  Writer(absl::string_view language, absl::Time now)
      : language_(language),
        now_(now),
        calendar_(icalcomponent_vanew(ICAL_VCALENDAR_COMPONENT, icalproperty_new_version("2.0"),
                                      icalproperty_new_prodid("-//Colloquy//Events//EN"),
                                      icalproperty_new_calscale("GREGORIAN"),
                                      icalproperty_new_method(ICAL_METHOD_PUBLISH),
                                      static_cast<void*>(nullptr))) {}

  // Before the entries: readers meet a zone before they need it.
  void AddZones(const std::vector<CalendarEntry>& entries) {
    struct Span {
      absl::Time first = absl::InfiniteFuture();
      absl::Time last = absl::InfinitePast();
    };
    std::map<std::string, Span> spans;
    for (const CalendarEntry& entry : entries) {
      Span& span = spans[entry.event.time_zone()];
      span.first = std::min(span.first, FromProto(entry.event.start_time()));
      span.last = std::max(span.last, FromProto(entry.event.end_time()));
      for (const v1::Session& session : entry.sessions) {
        span.first = std::min(span.first, FromProto(session.start_time()));
        span.last = std::max(span.last, FromProto(session.end_time()));
      }
    }
    for (const auto& [name, span] : spans) {
      const std::optional<absl::TimeZone> zone = LoadZone(name);
      if (IsUtc(name) || !zone.has_value()) continue;
      icalcomponent_add_component(calendar_.get(),
                                  TimeZoneComponent(name, *zone, span.first, span.last));
    }
  }

  void Add(const CalendarEntry& entry) {
    const Event& event = entry.event;
    const std::vector<std::string> chain = LanguageChain(language_, event.default_language());
    icalcomponent* component =
        NewEntry(event.uid(), event, FromProto(event.start_time()), FromProto(event.end_time()));
    icalcomponent_set_sequence(component, event.calendar_sequence());
    AddText(
        component, TextIn(event.title(), chain),
        TextIn(event.description().texts().empty() ? event.summary() : event.description(), chain));
    AddPlace(component, event);
    if (!event.website_uri().empty())
      icalcomponent_add_property(component, icalproperty_new_url(event.website_uri().c_str()));
    if (event.topics_size() > 0) {
      icalcomponent_add_property(
          component,
          icalproperty_new_categories(CalendarText(absl::StrJoin(event.topics(), ",")).c_str()));
    }
    AddOrganizer(component, event);
    for (const v1::Session& session : entry.sessions) AddSession(event, session, chain);
  }

  std::string Text() {
    char* text = icalcomponent_as_ical_string_r(calendar_.get());
    const std::string result = text == nullptr ? "" : text;
    icalmemory_free_buffer(text);
    return resource::FoldCalendarLines(result);
  }

 private:
  void AddSession(const Event& event, const v1::Session& session,
                  const std::vector<std::string>& chain) {
    icalcomponent* component = NewEntry(session.uid(), event, FromProto(session.start_time()),
                                        FromProto(session.end_time()));
    icalcomponent_set_sequence(component, event.calendar_sequence());
    AddText(component, TextIn(session.title(), chain), TextIn(session.description(), chain));
    if (!session.room().empty())
      icalcomponent_set_location(component, CalendarText(session.room()).c_str());
    icalcomponent_add_property(
        component, icalproperty_new_relatedto(absl::StrCat(event.uid(), "@colloquy").c_str()));
  }

  // The parts that events and sessions have in common.
  icalcomponent* NewEntry(const std::string& uid, const Event& event, absl::Time start,
                          absl::Time end) {
    icalcomponent* component = icalcomponent_new_vevent();
    icalcomponent_add_component(calendar_.get(), component);
    icalcomponent_set_uid(component, absl::StrCat(uid, "@colloquy").c_str());
    icalcomponent_set_dtstamp(component, Utc(now_));
    icalcomponent_add_property(component,
                               icalproperty_new_created(Utc(FromProto(event.create_time()))));
    icalcomponent_add_property(component,
                               icalproperty_new_lastmodified(Utc(FromProto(event.update_time()))));
    icalcomponent_set_status(component, StatusOf(event));
    AddTime(component, icalproperty_new_dtstart, start, event.time_zone());
    AddTime(component, icalproperty_new_dtend, end, event.time_zone());
    return component;
  }

  void AddTime(icalcomponent* component, icalproperty* (*make)(icaltimetype), absl::Time time,
               const std::string& name) {
    const std::optional<absl::TimeZone> zone = LoadZone(name);
    if (IsUtc(name) || !zone.has_value()) {
      icalcomponent_add_property(component, make(Utc(time)));
      return;
    }
    icalproperty* property = make(ToIcal(absl::ToCivilSecond(time, *zone)));
    icalproperty_add_parameter(property, icalparameter_new_tzid(name.c_str()));
    icalcomponent_add_property(component, property);
  }

  static void AddText(icalcomponent* component, absl::string_view summary,
                      absl::string_view description) {
    icalcomponent_set_summary(component, CalendarText(summary).c_str());
    if (!description.empty())
      icalcomponent_set_description(component, CalendarText(description).c_str());
  }

  static void AddPlace(icalcomponent* component, const Event& event) {
    if (!event.has_venue()) return;
    const auto& address = event.venue().address();
    std::vector<std::string> parts;
    for (const std::string& part : {event.venue().display_name(), event.venue().room()}) {
      if (!part.empty()) parts.push_back(part);
    }
    for (const std::string& line : address.address_lines()) parts.push_back(line);
    for (const std::string& part :
         {address.postal_code(), address.locality(), address.region_code()}) {
      if (!part.empty()) parts.push_back(part);
    }
    icalcomponent_set_location(component, CalendarText(absl::StrJoin(parts, ", ")).c_str());
    if (!event.venue().has_location()) return;
    icalgeotype geo;
    geo.lat = event.venue().location().latitude();
    geo.lon = event.venue().location().longitude();
    icalcomponent_add_property(component, icalproperty_new_geo(geo));
  }

  static void AddOrganizer(icalcomponent* component, const Event& event) {
    if (event.contact_email().empty()) return;
    icalcomponent_add_property(
        component,
        icalproperty_new_organizer(absl::StrCat("mailto:", event.contact_email()).c_str()));
  }

  const std::string language_;
  const absl::Time now_;
  const std::unique_ptr<icalcomponent, FreeComponent> calendar_;
};

}  // namespace

std::string WriteCalendar(const std::vector<CalendarEntry>& entries, absl::string_view language,
                          absl::Time now) {
  Writer writer(language, now);
  writer.AddZones(entries);
  for (const CalendarEntry& entry : entries) writer.Add(entry);
  return writer.Text();
}

}  // namespace colloquy::events::rules
