// Reading JSON, YAML and CSV, and keeping contexts.
#include "clients/cli/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "clients/cli/config.h"
#include "clients/cli/event_template.h"
#include "clients/cli/failures.h"
#include "clients/cli/importing.h"
#include "colloquy/events/v1/events.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace colloquy::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ParseMessage, YamlScalarsTakeTheTypeOfTheirField) {
  events::v1::Event event;
  ASSERT_TRUE(ParseMessage("title: {texts: {en: 2027}}\n"
                           "venue: {address: {postal_code: 07743, regionCode: NO}}\n"
                           "registration: {capacity: 40, allowRepeatedAddress: true}\n"
                           "kind: WORKSHOP\n",
                           &event)
                  .ok());
  EXPECT_EQ(event.title().texts().at("en"), "2027");
  EXPECT_EQ(event.venue().address().postal_code(), "07743");
  EXPECT_EQ(event.venue().address().region_code(), "NO");
  EXPECT_EQ(event.registration().capacity(), 40);
  EXPECT_TRUE(event.registration().allow_repeated_address());
  EXPECT_EQ(event.kind(), events::v1::Event::WORKSHOP);
}

TEST(ParseMessage, RefusesWhatItDoesNotKnow) {
  events::v1::Event event;
  for (const char* text : {"colour: red", "{\"colour\": \"red\"}", "{", "- a", "a: [",
                           "kind: PARTY", "registration: {capacity: many}"}) {
    EXPECT_EQ(ParseMessage(text, &event).code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(ParseMessage, ReadsItsOwnTemplate) {
  events::v1::Event event;
  ASSERT_EQ(ParseMessage(kEventTemplate, &event), absl::OkStatus());
  EXPECT_EQ(event.categories_size(), 2);
  EXPECT_EQ(event.registration().close().before_start().seconds(), 86400);
}

TEST(SplitJsonRecords, ReadsArraysAndLines) {
  EXPECT_THAT(SplitJsonRecords(" [{\"a\": 1}, {}]").value(), ElementsAre("{\"a\":1}", "{}"));
  EXPECT_THAT(SplitJsonRecords("{\"a\": 1}\r\n\n{}").value(), ElementsAre("{\"a\": 1}", "{}"));
  EXPECT_FALSE(SplitJsonRecords("[{]").ok());
}

TEST(ParseMessage, RefusesYamlThatGrowsBeyondMeasure) {
  std::string text = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'j'; ++c) {
    const std::string before = absl::StrCat("*", std::string(1, c - 1));
    absl::StrAppend(&text, std::string(1, c), ": &", std::string(1, c), " [");
    for (int i = 0; i < 9; ++i) absl::StrAppend(&text, i > 0 ? "," : "", before);
    absl::StrAppend(&text, "]\n");
  }
  events::v1::Event event;
  EXPECT_THAT(std::string(ParseMessage(text, &event).message()), HasSubstr("too much"));
}

TEST(ParseCsv, FollowsRfc4180) {
  EXPECT_THAT(
      ParseCsv("\xEF\xBB\xBF"
               "a,b\r\n\"x, \"\"y\"\"\r\nz\",\n\n1,2")
          .value(),
      ElementsAre(ElementsAre("a", "b"), ElementsAre("x, \"y\"\r\nz", ""), ElementsAre("1", "2")));
  EXPECT_THAT(ParseCsv("a,\"b\n").status().message(), HasSubstr("Line 1"));
}

TEST(RegistrationsFromCsv, MapsColumns) {
  const auto list = RegistrationsFromCsv(
      "email,given_name,category,party_size,attendance_mode,answers.diet\n"
      "ada@example.org,Ada,student,2,online,vegan\nbob@example.org,,,,,\n");
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ((*list)[0].attendee().email(), "ada@example.org");
  EXPECT_EQ((*list)[0].attendee().given_name(), "Ada");
  EXPECT_EQ((*list)[0].category(), "student");
  EXPECT_EQ((*list)[0].party_size(), 2);
  EXPECT_EQ((*list)[0].attendance_mode(), registrations::v1::Registration::ONLINE);
  EXPECT_EQ((*list)[0].answers().fields().at("diet").string_value(), "vegan");
  EXPECT_FALSE((*list)[1].has_answers());
  EXPECT_THAT(RegistrationsFromCsv("email,shoe\na@b.c,42\n").status().message(),
              HasSubstr("'shoe'"));
  EXPECT_THAT(RegistrationsFromCsv("email,party_size\na@b.c,two\n").status().message(),
              HasSubstr("Record 1"));
  EXPECT_FALSE(RegistrationsFromCsv("email\na,b\n").ok());
}

TEST(Config, IsKeptPrivately) {
  const std::string folder = absl::StrCat(testing::TempDir(), "colloquy-config-", getpid());
  std::filesystem::remove_all(folder);
  const std::string path = folder + "/colloquy/config.yaml";
  Config config;
  config.current = "home";
  config.contexts["home"] = {.server = "h:1", .key_file = "/k \"x\"", .organizer = "demo"};
  ASSERT_EQ(SaveConfig(path, config), absl::OkStatus());
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto loaded = LoadConfig(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->current, "home");
  EXPECT_EQ(loaded->contexts.at("home").key_file, "/k \"x\"");
  std::ofstream(path) << "contexts: [";
  EXPECT_EQ(ExitCodeOf(LoadConfig(path).status()), kUsage);
  EXPECT_TRUE(LoadConfig(folder + "/absent").value().contexts.empty());
}

}  // namespace
}  // namespace colloquy::cli
