#include "services/events/rules/recurrence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace colloquy::events::rules {
namespace {

using absl::CivilSecond;
using testing::ElementsAre;

const CivilSecond kStart(2027, 3, 9, 14, 0, 0);  // a Tuesday

TEST(Occurrences, WeeklyStaysAtItsHourOverTheChangeOfTheClock) {
  const auto dates = Occurrences("FREQ=WEEKLY;COUNT=4", kStart, absl::UTCTimeZone());
  ASSERT_TRUE(dates.ok()) << dates.status();
  EXPECT_THAT(*dates,
              ElementsAre(kStart, CivilSecond(2027, 3, 16, 14, 0, 0),
                          CivilSecond(2027, 3, 23, 14, 0, 0), CivilSecond(2027, 3, 30, 14, 0, 0)));
}

TEST(Occurrences, UntilADayIncludesIt) {
  const auto dates = Occurrences("FREQ=DAILY;UNTIL=20270311", kStart, absl::UTCTimeZone());
  ASSERT_TRUE(dates.ok()) << dates.status();
  EXPECT_EQ(dates->size(), 3u);
}

// Against a walk through the calendar, day by day.
TEST(Occurrences, AgreesWithAPlainWalk) {
  const auto dates = Occurrences("FREQ=MONTHLY;BYDAY=2TU;COUNT=24", kStart, absl::UTCTimeZone());
  ASSERT_TRUE(dates.ok()) << dates.status();
  std::vector<CivilSecond> expected;
  for (absl::CivilDay day(kStart); expected.size() < 24; ++day) {
    const bool second_tuesday =
        absl::GetWeekday(day) == absl::Weekday::tuesday && day.day() >= 8 && day.day() <= 14;
    if (second_tuesday) expected.emplace_back(day.year(), day.month(), day.day(), 14, 0, 0);
  }
  EXPECT_EQ(*dates, expected);
}

TEST(Occurrences, RefusesWhatDoesNotEndOrIsHostile) {
  for (const char* rule :
       {"", "nonsense", "FREQ=WEEKLY", "FREQ=SECONDLY;COUNT=5", "FREQ=HOURLY;COUNT=2",
        "FREQ=DAILY;COUNT=367", "FREQ=DAILY;UNTIL=20400101", "FREQ=DAILY;COUNT=3;BYHOUR=1,2",
        "FREQ=DAILY;COUNT=2\r\nX:1"}) {
    EXPECT_FALSE(Occurrences(rule, kStart, absl::UTCTimeZone()).ok()) << rule;
  }
}

TEST(Occurrences, ARuleThatNeverMatchesEnds) {
  const auto dates =
      Occurrences("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31;COUNT=5", kStart, absl::UTCTimeZone());
  if (dates.ok()) {
    EXPECT_THAT(*dates, ElementsAre(kStart));
  }
}

}  // namespace
}  // namespace colloquy::events::rules
