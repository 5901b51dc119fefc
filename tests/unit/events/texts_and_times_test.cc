#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/events/rules/civil_time.h"
#include "services/events/rules/localized.h"

namespace colloquy::events::rules {
namespace {

using resource::Violations;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(LocalizedTest, FallsBackFromRegionToLanguageToDefault) {
  EXPECT_THAT(LanguageChain("de-Latn-AT", "fr-CA"),
              ElementsAre("de-Latn-AT", "de-Latn", "de", "fr-CA", "fr"));
  v1::LocalizedText text;
  (*text.mutable_texts())["de"] = "Tag";
  (*text.mutable_texts())["en"] = "Day";
  (*text.mutable_texts())["pt-BR"] = "Dia";
  EXPECT_EQ(TextIn(text, LanguageChain("de-AT", "en")), "Tag");
  EXPECT_EQ(TextIn(text, LanguageChain("pt-BR", "en")), "Dia");
  EXPECT_EQ(TextIn(text, LanguageChain("pt", "en")), "Day");
  EXPECT_EQ(TextIn(text, LanguageChain("", "en")), "Day");
  EXPECT_EQ(TextIn(text, LanguageChain("it", "it")), "Tag") << "the smallest tag, always the same";
  EXPECT_EQ(TextIn(v1::LocalizedText(), LanguageChain("de", "en")), "");
}

TEST(LocalizedTest, ResolvesEveryTextAtAnyDepth) {
  v1::Event event;
  (*event.mutable_title()->mutable_texts())["de"] = "Titel";
  (*event.add_categories()->mutable_title()->mutable_texts())["de"] = "Studierende";
  (*event.add_form()->add_options()->mutable_label()->mutable_texts())["de"] = "Ja";
  ResolveTexts(LanguageChain("de-CH", "en"), &event);
  EXPECT_EQ(event.title().resolved(), "Titel");
  EXPECT_EQ(event.title().resolved_language(), "de");
  EXPECT_EQ(event.categories(0).title().resolved(), "Studierende");
  EXPECT_EQ(event.form(0).options(0).label().resolved(), "Ja");
}

TEST(CivilTimeTest, ParsesOnlyWhatACalendarHas) {
  EXPECT_EQ(ParseCivil("2027-03-09T14:00:00"), absl::CivilSecond(2027, 3, 9, 14, 0, 0));
  EXPECT_EQ(ParseCivil("2028-02-29T23:59"), absl::CivilSecond(2028, 2, 29, 23, 59, 0));
  for (const char* bad : {"", "2027-02-29T14:00:00", "2027-03-09T24:00:00", "2027-03-09T14:60:00",
                          "2027-03-09 14:00:00", "2027-03-09T14:00:00Z", "2027-3-09T14:00:00",
                          "2027-03-09T14:00:0a", "+027-03-09T14:00:00"}) {
    EXPECT_EQ(ParseCivil(bad), std::nullopt) << bad;
  }
}

TEST(CivilTimeTest, LoadsZonesAndNothingElse) {
  EXPECT_TRUE(LoadZone("Europe/Berlin").has_value());
  EXPECT_TRUE(LoadZone("America/Argentina/Buenos_Aires").has_value());
  for (const char* bad :
       {"", "Europe/Nowhere", "europe/berlin", "../../etc/passwd", "/etc/passwd", "localtime",
        "Fixed/UTC+01:00:00", "right/Europe/Berlin", "Europe/", "Europe", "zone.tab"}) {
    EXPECT_FALSE(LoadZone(bad).has_value()) << bad;
  }
}

v1::Event At(const std::string& start, const std::string& end) {
  v1::Event event;
  event.set_time_zone("Europe/Berlin");
  event.set_civil_start(start);
  event.set_civil_end(end);
  return event;
}

TEST(CivilTimeTest, CivilTimesWin) {
  v1::Event event = At("2027-03-27T14:00", "2027-03-28T14:00");
  event.mutable_start_time()->set_seconds(1);
  Violations violations;
  ResolveTimes("event.", &event, &violations);
  EXPECT_TRUE(violations.empty());
  EXPECT_EQ(event.civil_start(), "2027-03-27T14:00:00");
  // The clock was set forward in between: the day has 23 hours.
  EXPECT_EQ(event.end_time().seconds() - event.start_time().seconds(), 23 * 3600);
}

TEST(CivilTimeTest, SkippedTimesAreRefusedAndOfTwoTheFirstIsTaken) {
  v1::Event skipped = At("2027-03-28T02:30:00", "2027-03-28T05:00:00");
  Violations violations;
  ResolveTimes("event.", &skipped, &violations);
  ASSERT_EQ(violations.all().size(), 1u);
  EXPECT_EQ(violations.all()[0].field, "event.civil_start");
  EXPECT_THAT(violations.all()[0].description, HasSubstr("skips"));

  v1::Event twice = At("2027-10-31T02:30:00", "2027-10-31T05:00:00");
  Violations none;
  ResolveTimes("event.", &twice, &none);
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(twice.end_time().seconds() - twice.start_time().seconds(), 3 * 3600 + 1800);
}

TEST(CivilTimeTest, InstantsBeforeTheEpochAndFractionsRoundTrip) {
  for (int64_t micros : {int64_t{-1}, int64_t{-1000001}, int64_t{0}, int64_t{1799999999999999}}) {
    const absl::Time time = absl::FromUnixMicros(micros);
    EXPECT_EQ(FromProto(ToProto(time)), time);
    EXPECT_TRUE(IsValid(ToProto(time)));
  }
}

}  // namespace
}  // namespace colloquy::events::rules
