// Names, times, cells, errors: everything that turns values into text and back.
#include "clients/cli/event_flags.h"
#include "clients/cli/failures.h"
#include "clients/cli/fields.h"
#include "clients/cli/importing.h"
#include "clients/cli/names.h"
#include "clients/cli/printer.h"
#include "clients/cli/progress.h"
#include "clients/cli/terminal.h"
#include "clients/cli/times.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Visible, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(Visible("a\x1b[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(Visible("a\nb\tc\x7f"), "a\\nb\\tc\\x7f");
  EXPECT_EQ(Visible("\xC2\x9B"), "\\u009b");      // CSI in one character
  EXPECT_EQ(Visible("\xE2\x80\xAE"), "\\u202e");  // right-to-left override
  EXPECT_EQ(Visible("\xff!"), "\\xff!");
  EXPECT_EQ(Visible("Jena, 李雷 🎉"), "Jena, 李雷 🎉");
  EXPECT_EQ(VisibleLines("a\nb\x1b"), "a\nb\\x1b");
}

TEST(DisplayWidth, CountsCells) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("李雷"), 4);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1);
  EXPECT_EQ(CutToWidth("李雷abc", 5), "李雷…");
  EXPECT_EQ(CutToWidth("abc", 3), "abc");
}

TEST(ExpandName, AcceptsShortAndFullNames) {
  const char* const kSession = "organizers/*/events/*/sessions/*";
  EXPECT_EQ(ExpandName("lasers", "organizers/*/events/*", "organizers/a").value(),
            "organizers/a/events/lasers");
  EXPECT_EQ(ExpandName("lasers/opening", kSession, "organizers/a").value(),
            "organizers/a/events/lasers/sessions/opening");
  EXPECT_EQ(ExpandName("events/lasers/sessions/opening", kSession, "organizers/a").value(),
            "organizers/a/events/lasers/sessions/opening");
  EXPECT_EQ(ExpandName("organizers/b/events/x", kSession, "").value(), "organizers/b/events/x");
  EXPECT_EQ(ExpandName("demo", "organizers/*", "").value(), "organizers/demo");
  EXPECT_EQ(ExitCodeOf(ExpandName("lasers", kSession, "organizers/a").status()), kUsage);
  EXPECT_EQ(ExitCodeOf(ExpandName("lasers", "organizers/*/events/*", "").status()), kUsage);
  EXPECT_EQ(ExitCodeOf(ExpandName("", "organizers/*/events/*", "organizers/a").status()), kUsage);
}

TEST(Slug, IsAlwaysAnId) {
  EXPECT_EQ(Slug("Laser & Photonics 2027", 50), "laser-photonics-2027");
  EXPECT_EQ(Slug("2027", 50), "e-2027");
  EXPECT_EQ(Slug("", 50), "e");
  EXPECT_EQ(Slug("abc def", 4), "abc");
}

TEST(Times, ParseWhatPeopleType) {
  EXPECT_EQ(ParseCivil("2027-03-09 14:00").value(), "2027-03-09T14:00:00");
  EXPECT_EQ(ParseCivil("2027-03-09").value(), "2027-03-09T00:00:00");
  EXPECT_FALSE(ParseCivil("2027-03-09T14:00Z").ok());
  EXPECT_FALSE(ParseCivil("tomorrow").ok());
  const absl::TimeZone berlin = ZoneOrUtc("Europe/Berlin");
  EXPECT_EQ(FormatForMachines(FromProto(ParseTime("2027-07-01T12:00", berlin).value()), berlin),
            "2027-07-01T12:00:00+02:00");
  EXPECT_EQ(ParseTime("2027-07-01T10:00:00Z", berlin)->seconds(),
            ParseTime("2027-07-01 12:00", berlin)->seconds());
  EXPECT_EQ(ParseSpan("1d12h").value(), absl::Hours(36));
  EXPECT_EQ(ParseSpan("2w").value(), absl::Hours(336));
  for (const char* bad : {"", "5", "h", "5x", "99999999999s"}) EXPECT_FALSE(ParseSpan(bad).ok());
  EXPECT_EQ(FormatForPeople(absl::FromUnixSeconds(1804597200), berlin), "2027-03-09 14:00 CET");
}

TEST(SplitLanguage, OnlyTakesTags) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(SplitLanguage("de=Laser"), Pair("de", "Laser"));
  EXPECT_EQ(SplitLanguage("pt-BR=Laser"), Pair("pt-BR", "Laser"));
  EXPECT_EQ(SplitLanguage("E=mc2"), Pair("", "E=mc2"));
  EXPECT_EQ(SplitLanguage("Laser"), Pair("", "Laser"));
}

TEST(CsvCell, QuotesByRfc4180) {
  EXPECT_EQ(CsvCell("plain", false), "plain");
  EXPECT_EQ(CsvCell("a,b", false), "\"a,b\"");
  EXPECT_EQ(CsvCell("say \"x\"", false), "\"say \"\"x\"\"\"");
  EXPECT_EQ(CsvCell("=1+1", false), "=1+1");
  EXPECT_EQ(CsvCell("=1+1", true), "'=1+1");
}

TEST(FieldText, ReadsPathsInTheEventsZone) {
  events::v1::Event event;
  event.set_name("organizers/a/events/lasers");
  event.set_time_zone("Europe/Berlin");
  event.set_default_language("de");
  (*event.mutable_title()->mutable_texts())["de"] = "Laser";
  (*event.mutable_title()->mutable_texts())["en"] = "Lasers";
  event.mutable_start_time()->set_seconds(1804597200);
  event.mutable_registration()->set_capacity(0);
  event.add_topics("a");
  event.add_topics("b");
  const TextStyle style;
  EXPECT_EQ(FieldText(event, "id", style).value(), "lasers");
  EXPECT_EQ(FieldText(event, "title", style).value(), "Laser");
  EXPECT_EQ(FieldText(event, "startTime", style).value(), "2027-03-09 14:00 CET");
  EXPECT_EQ(FieldText(event, "registration.capacity", style).value(), "0");
  EXPECT_EQ(FieldText(event, "registration.online_capacity", style).value(), "");
  EXPECT_EQ(FieldText(event, "topics", style).value(), "a, b");
  EXPECT_EQ(FieldText(event, "state", style).value(), "");
  EXPECT_EQ(ExitCodeOf(FieldText(event, "colour", style).status()), kUsage);
  EXPECT_EQ(ExitCodeOf(FieldText(event, "topics.x", style).status()), kUsage);
}

TEST(FieldText, DatesAreWrittenAsIso8601Does) {
  dialogues::v1::ActionItem item;
  item.mutable_due_date()->set_year(2027);
  item.mutable_due_date()->set_month(3);
  item.mutable_due_date()->set_day(1);
  EXPECT_EQ(FieldText(item, "due_date", TextStyle()).value(), "2027-03-01");
  EXPECT_EQ(FieldText(item, "review_date", TextStyle()).value(), "");
}

TEST(Yaml, QuotesWhatWouldReadAsSomethingElse) {
  events::v1::Category category;
  category.set_id("on");
  category.set_audience("a\x1b: b");
  (*category.mutable_title()->mutable_texts())["en"] = "Plain";
  EXPECT_EQ(YamlOf(category),
            "id: \"on\"\ntitle:\n  texts:\n    en: Plain\naudience: \"a\\u001b: b\"\n");
}

TEST(ExitCodes, FollowTheTable) {
  const std::pair<absl::Status, int> table[] = {{absl::OkStatus(), 0},
                                                {absl::InternalError(""), 1},
                                                {UsageError(""), 2},
                                                {absl::NotFoundError(""), 3},
                                                {absl::PermissionDeniedError(""), 4},
                                                {absl::UnauthenticatedError(""), 4},
                                                {absl::FailedPreconditionError(""), 5},
                                                {absl::AlreadyExistsError(""), 5},
                                                {absl::AbortedError(""), 5},
                                                {absl::InvalidArgumentError(""), 6},
                                                {absl::UnavailableError(""), 7},
                                                {absl::DeadlineExceededError(""), 7},
                                                {absl::ResourceExhaustedError(""), 7},
                                                {absl::CancelledError(""), 130}};
  for (const auto& [status, code] : table) EXPECT_EQ(ExitCodeOf(status), code) << status;
}

TEST(RenderFailure, NamesFieldsHintAndReason) {
  const std::string text = RenderFailure(
      errors::InvalidFields({{"event.title", "is required"}, {"event.end_time", "is early\x1b"}}),
      "host:1");
  EXPECT_THAT(text, HasSubstr("event.title"));
  EXPECT_THAT(text, HasSubstr("event.end_time"));
  EXPECT_THAT(text, HasSubstr("(FIELD_INVALID"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(RenderFailure(absl::UnavailableError("connection refused"), "host:1"),
              HasSubstr("Is a server running at host:1?"));
  EXPECT_THAT(
      RenderFailure(errors::FailedPrecondition(errors::ErrorReason::CAPACITY_BELOW_TAKEN, "event",
                                               "too small", {{"pool", "event"}, {"taken", "40"}}),
                    ""),
      HasSubstr("40 seats are taken in event. Add --force"));
}

TEST(ProgressText, SaysRateAndTimeLeft) {
  EXPECT_EQ(ProgressText(100, 300, 2, absl::Seconds(10)), "100/300 33% 10/s 20s left, 2 refused");
  EXPECT_EQ(ProgressText(0, 0, 0, absl::ZeroDuration()), "0/0");
}

TEST(UuidOf, IsStableAndWellFormed) {
  EXPECT_EQ(UuidOf("a"), UuidOf("a"));
  EXPECT_NE(UuidOf("a"), UuidOf("b"));
  EXPECT_THAT(UuidOf("a"),
              testing::MatchesRegex("[0-9a-f]+-[0-9a-f]+-8[0-9a-f]+-[89ab][0-9a-f]+-[0-9a-f]+"));
  EXPECT_EQ(UuidOf("a").size(), 36u);
}

}  // namespace
}  // namespace colloquy::cli
