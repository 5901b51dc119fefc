#include "services/events/rules/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "services/events/rules/civil_time.h"

namespace colloquy::events::rules {
namespace {

using testing::HasSubstr;

v1::Event Dialogue(const std::string& title) {
  v1::Event event;
  event.set_uid("0189c7a2-7bcb-7f3e-8a35-1f6a3c9d2e4b");
  event.set_default_language("de");
  (*event.mutable_title()->mutable_texts())["de"] = title;
  event.set_time_zone("Europe/Berlin");
  *event.mutable_start_time() =
      ToProto(absl::FromCivil(absl::CivilHour(2027, 7, 9, 12), absl::UTCTimeZone()));
  *event.mutable_end_time() =
      ToProto(absl::FromCivil(absl::CivilHour(2027, 7, 9, 15), absl::UTCTimeZone()));
  event.set_state(v1::Event::PUBLISHED);
  event.set_calendar_sequence(3);
  return event;
}

TEST(Calendar, SaysTimesInTheZoneOfThePlace) {
  const std::string text =
      WriteCalendar({{Dialogue("Mikrosysteme"), {}}}, "", absl::FromUnixSeconds(0));
  EXPECT_THAT(text, HasSubstr("DTSTART;TZID=Europe/Berlin:20270709T140000\r\n"));
  EXPECT_THAT(text, HasSubstr("BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n"));
  EXPECT_THAT(text, HasSubstr("TZOFFSETTO:+0200\r\n"));
  EXPECT_THAT(text, HasSubstr("SEQUENCE:3\r\n"));
  EXPECT_THAT(text, HasSubstr("METHOD:PUBLISH\r\n"));
}

// Whatever the length, so also where the line is just as long as a line may be.
TEST(Calendar, FoldsAt75OctetsAndNeverInsideACharacter) {
  for (int length = 1; length < 200; ++length) {
    std::string title;
    for (int i = 0; i < length; ++i) title += i % 3 == 0 ? "ü" : "x";
    v1::Event event = Dialogue(title);
    event.set_website_uri("https://example.org/" + std::string(static_cast<size_t>(length), 'a'));
    const std::string text = WriteCalendar({{event, {}}}, "", absl::FromUnixSeconds(0));
    std::string unfolded;
    for (absl::string_view line : absl::StrSplit(text, "\r\n")) {
      EXPECT_LE(line.size(), 75u);
      EXPECT_EQ(line.find('\n'), absl::string_view::npos);
      if (!line.empty()) {
        EXPECT_NE(static_cast<unsigned char>(line[0]) & 0xC0, 0x80);
      }
      unfolded += line.substr(0, 1) == " " ? std::string(line.substr(1)) : "\n" + std::string(line);
    }
    EXPECT_THAT(unfolded, HasSubstr("\nSUMMARY:" + title + "\n"));
    EXPECT_THAT(unfolded, HasSubstr("\nURL:" + event.website_uri() + "\n"));
  }
}

TEST(Calendar, TextCannotBreakOutOfItsLine) {
  const std::string text = WriteCalendar({{Dialogue("a\r\nATTACH:file:///etc/passwd\x01;,\\"), {}}},
                                         "", absl::FromUnixSeconds(0));
  EXPECT_EQ(text.find("\r\nATTACH"), std::string::npos);
}

TEST(Calendar, CancelledEventsSaySo) {
  v1::Event event = Dialogue("x");
  event.set_state(v1::Event::CANCELLED);
  EXPECT_THAT(WriteCalendar({{event, {}}}, "", absl::FromUnixSeconds(0)),
              HasSubstr("STATUS:CANCELLED\r\n"));
}

}  // namespace
}  // namespace colloquy::events::rules
