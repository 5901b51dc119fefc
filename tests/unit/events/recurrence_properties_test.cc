#include "services/events/rules/recurrence.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/events/rules/civil_time.h"

namespace colloquy::events::rules {
namespace {

const absl::CivilSecond kStart(2027, 3, 9, 14, 0, 0);  // a Tuesday

absl::TimeZone Zone(const std::string& name) { return LoadZone(name).value(); }

std::vector<absl::CivilSecond> Dates(absl::string_view rule, absl::CivilSecond start = kStart,
                                     const absl::TimeZone& zone = absl::UTCTimeZone()) {
  auto dates = Occurrences(rule, start, zone);
  EXPECT_TRUE(dates.ok()) << rule << ": " << dates.status();
  return dates.ok() ? *dates : std::vector<absl::CivilSecond>();
}

TEST(RecurrenceTest, KeepsTheClockOverChangesOfTheZone) {
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo",
                           "America/Santiago"}) {
    const absl::TimeZone zone = Zone(name);
    // Walks the calendar day by day, without knowing of rules.
    std::vector<absl::CivilSecond> naive;
    for (absl::CivilDay day(kStart); naive.size() < 60; ++day) {
      const absl::Weekday weekday = absl::GetWeekday(day);
      if (weekday == absl::Weekday::tuesday || weekday == absl::Weekday::friday)
        naive.emplace_back(day.year(), day.month(), day.day(), 14, 0, 0);
    }
    const auto dates = Dates("FREQ=WEEKLY;COUNT=60;BYDAY=TU,FR", kStart, zone);
    EXPECT_EQ(dates, naive) << name;
    for (const absl::CivilSecond date : dates) {
      const absl::Time instant = InstantOf(date, zone).value();
      EXPECT_EQ(zone.At(instant).cs.hour(), 14) << name;
    }
  }
}

TEST(RecurrenceTest, IntervalsAgreeWithArithmetic) {
  for (int interval = 1; interval <= 40; ++interval) {
    const auto dates = Dates(absl::StrCat("FREQ=DAILY;INTERVAL=", interval, ";COUNT=50"));
    ASSERT_EQ(dates.size(), 50u) << interval;
    for (int i = 0; i < 50; ++i) EXPECT_EQ(dates[i], kStart + int64_t{86400} * interval * i);
  }
}

TEST(RecurrenceTest, LastWeekdayOfMonths) {
  const auto dates =
      Dates("FREQ=MONTHLY;COUNT=4;BYDAY=-1TU", absl::CivilSecond(2027, 3, 30, 9, 0, 0));
  EXPECT_THAT(dates, testing::ElementsAre(absl::CivilSecond(2027, 3, 30, 9, 0, 0),
                                          absl::CivilSecond(2027, 4, 27, 9, 0, 0),
                                          absl::CivilSecond(2027, 5, 25, 9, 0, 0),
                                          absl::CivilSecond(2027, 6, 29, 9, 0, 0)));
}

TEST(RecurrenceTest, LeapDaysSurviveTheShiftOfTheSearch) {
  const auto dates = Dates("FREQ=YEARLY;COUNT=4", absl::CivilSecond(2088, 2, 29, 9, 0, 0));
  EXPECT_THAT(dates, testing::ElementsAre(absl::CivilSecond(2088, 2, 29, 9, 0, 0),
                                          absl::CivilSecond(2092, 2, 29, 9, 0, 0),
                                          absl::CivilSecond(2096, 2, 29, 9, 0, 0),
                                          absl::CivilSecond(2104, 2, 29, 9, 0, 0)));
}

TEST(RecurrenceTest, UntilInUtcIsMeantOnTheClockAtThePlace) {
  // 09:00 in Auckland on the 12th is 20:00 UTC on the 11th.
  const absl::TimeZone auckland = Zone("Pacific/Auckland");
  const absl::CivilSecond start(2027, 3, 9, 9, 0, 0);
  EXPECT_EQ(Dates("FREQ=DAILY;UNTIL=20270311T200000Z", start, auckland).size(), 4u);
  EXPECT_EQ(Dates("FREQ=DAILY;UNTIL=20270311T195959Z", start, auckland).size(), 3u);
  EXPECT_EQ(Dates("FREQ=DAILY;UNTIL=20270312", start, auckland).size(), 4u);
  EXPECT_EQ(Dates("FREQ=DAILY;UNTIL=20270312T090000", start, auckland).size(), 4u);
}

TEST(RecurrenceTest, StartCountsEvenIfTheRuleDoesNotGiveIt) {
  const auto dates = Dates("FREQ=WEEKLY;COUNT=3;BYDAY=WE");
  ASSERT_EQ(dates.size(), 3u);
  EXPECT_EQ(dates[0], kStart);
  EXPECT_EQ(dates[1], kStart + 86400);
}

TEST(RecurrenceTest, RefusesWhatDoesNotEndOrIsTooMuch) {
  for (const char* rule :
       {"", "FREQ=WEEKLY", "FREQ=SECONDLY;COUNT=10", "FREQ=HOURLY;COUNT=10", "FREQ=DAILY;COUNT=367",
        "FREQ=DAILY;UNTIL=21000101T000000Z", "FREQ=DAILY;COUNT=5;BYHOUR=9,14", "FREQ=NEVER;COUNT=3",
        "COUNT=3", "hello", "RSCALE=CHINESE;FREQ=YEARLY;COUNT=3", "FREQ=DAILY;COUNT=-1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Occurrences(rule, kStart, absl::UTCTimeZone()).status()))
        << rule;
  }
  EXPECT_EQ(Dates("FREQ=DAILY;COUNT=366").size(), 366u);
}

TEST(RecurrenceTest, HostileRulesEnd) {
  // Each of these took libical through 26 centuries; here they only have to come back at all,
  // the runner's limit being the alarm.
  for (const char* rule :
       {"FREQ=DAILY;COUNT=3;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=MONTHLY;COUNT=3;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=YEARLY;COUNT=3;BYMONTH=2;BYMONTHDAY=30", "FREQ=WEEKLY;INTERVAL=32767;COUNT=300",
        "FREQ=MONTHLY;COUNT=3;BYSETPOS=300;BYDAY=MO"}) {
    auto dates = Occurrences(rule, kStart, absl::UTCTimeZone());
    if (dates.ok()) {
      EXPECT_EQ(dates->size(), 1u) << rule;
    }
  }
}

}  // namespace
}  // namespace colloquy::events::rules
