#include "services/events/rules/calendar.h"

#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/events/rules/civil_time.h"

namespace colloquy::events::rules {
namespace {

using resource::Violations;
using testing::HasSubstr;
using testing::Not;

CalendarEntry Entry(const std::string& zone, const std::string& title) {
  v1::Event event;
  event.set_uid("0190b6e0-0000-7000-8000-000000000001");
  event.set_state(v1::Event::PUBLISHED);
  event.set_default_language("de");
  (*event.mutable_title()->mutable_texts())["de"] = title;
  (*event.mutable_title()->mutable_texts())["en"] = "In English";
  event.set_time_zone(zone);
  event.set_civil_start("2027-03-27T14:00:00");
  event.set_civil_end("2027-03-29T16:00:00");
  Violations violations;
  ResolveTimes("", &event, &violations);
  EXPECT_TRUE(violations.empty());
  return {event, {}};
}

std::string Unfolded(const std::string& text) { return absl::StrReplaceAll(text, {{"\r\n ", ""}}); }

TEST(CalendarTest, TimesCarryTheZoneAndTheZoneItsChange) {
  const std::string text =
      Unfolded(WriteCalendar({Entry("Europe/Berlin", "x")}, "en-GB", absl::UnixEpoch()));
  EXPECT_THAT(text, HasSubstr("DTSTART;TZID=Europe/Berlin:20270327T140000\r\n"));
  EXPECT_THAT(text, HasSubstr("DTEND;TZID=Europe/Berlin:20270329T160000\r\n"));
  EXPECT_THAT(text, HasSubstr("SUMMARY:In English\r\n"));
  // Winter time, in force at the start, and the change on the 28th.
  EXPECT_THAT(text, HasSubstr("BEGIN:STANDARD\r\nDTSTART:20261025T030000\r\nTZOFFSETFROM:+0200\r\n"
                              "TZOFFSETTO:+0100\r\nTZNAME:CET\r\nEND:STANDARD"));
  EXPECT_THAT(text, HasSubstr("BEGIN:DAYLIGHT\r\nDTSTART:20270328T020000\r\nTZOFFSETFROM:+0100\r\n"
                              "TZOFFSETTO:+0200\r\nTZNAME:CEST\r\nEND:DAYLIGHT"));
}

TEST(CalendarTest, UtcNeedsNoZone) {
  const std::string text = WriteCalendar({Entry("UTC", "x")}, "", absl::UnixEpoch());
  EXPECT_THAT(text, HasSubstr("DTSTART:20270327T140000Z\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("VTIMEZONE")));
}

TEST(CalendarTest, StatusFollowsTheState) {
  CalendarEntry entry = Entry("UTC", "x");
  EXPECT_THAT(WriteCalendar({entry}, "", absl::UnixEpoch()), HasSubstr("STATUS:CONFIRMED\r\n"));
  entry.event.set_state(v1::Event::DRAFT);
  EXPECT_THAT(WriteCalendar({entry}, "", absl::UnixEpoch()), HasSubstr("STATUS:TENTATIVE\r\n"));
  entry.event.set_state(v1::Event::ARCHIVED);
  entry.event.mutable_cancel_time()->set_seconds(1);
  EXPECT_THAT(WriteCalendar({entry}, "", absl::UnixEpoch()), HasSubstr("STATUS:CANCELLED\r\n"));
}

}  // namespace
}  // namespace colloquy::events::rules
