#include "services/common/resource/names.h"

#include <array>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"

namespace colloquy::resource {
namespace {

using errors::ErrorReason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const NamePattern& EventPattern() {
  static const NamePattern pattern("organizers/{organizer}/events/{event}");
  return pattern;
}

TEST(IdTest, FollowsTheDocumentedPattern) {
  for (const char* id : {"a", "a1", "ab", "a-b", "a--b", "z9-0"}) EXPECT_TRUE(IsValidId(id)) << id;
  EXPECT_TRUE(IsValidId(std::string(63, 'a')));
  for (const char* id : {"", "1a", "-a", "a-", "A", "aB", "a_b", "a.b", "a b", "ä", "a/b", "-"})
    EXPECT_FALSE(IsValidId(id)) << id;
  EXPECT_FALSE(IsValidId(std::string(64, 'a')));
  absl::Status status = ValidateId("A", "event_id");
  EXPECT_EQ(errors::ReasonOf(status), ErrorReason::FIELD_INVALID);
  EXPECT_THAT(status.message(), HasSubstr("event_id"));
}

TEST(NamePatternTest, ParsesAndFormats) {
  auto ids = EventPattern().Parse("organizers/acme/events/rust-days", "name");
  ASSERT_TRUE(ids.ok());
  EXPECT_THAT(*ids, ElementsAre("acme", "rust-days"));
  EXPECT_EQ(EventPattern().Format({"acme", "rust-days"}), "organizers/acme/events/rust-days");
}

TEST(NamePatternTest, MatchPointsIntoTheName) {
  absl::string_view name = "organizers/acme/events/e1";
  std::array<absl::string_view, 2> ids;
  ASSERT_TRUE(EventPattern().Match(name, absl::MakeSpan(ids)));
  EXPECT_EQ(ids[0].data(), name.data() + 11);
}

TEST(NamePatternTest, EndsWithALiteral) {
  NamePattern settings("organizers/{organizer}/settings");
  EXPECT_TRUE(settings.Parse("organizers/a/settings", "name").ok());
  EXPECT_FALSE(settings.Parse("organizers/a/settings/", "name").ok());
  EXPECT_FALSE(settings.Parse("organizers/a/setting", "name").ok());
  EXPECT_EQ(settings.Format({"a"}), "organizers/a/settings");
}

TEST(NamePatternTest, RefusesEverythingElse) {
  for (const char* name :
       {"organizers/acme", "organizers/acme/events/", "organizers/acme/events/e/", "/organizers/a",
        "organizers//events/e", "organizers/acme/sessions/e", "organizers/acme/events/E",
        "organizers/acme/events/e/sessions/s", "organizers/-/events/e", "organizers/a b/events/e",
        "organizers/acme/events/e\n", "x", "//library.example.com/organizers/acme/events/e"}) {
    auto ids = EventPattern().Parse(name, "event.name");
    ASSERT_FALSE(ids.ok()) << name;
    EXPECT_EQ(errors::ReasonOf(ids.status()), ErrorReason::RESOURCE_NAME_INVALID) << name;
    EXPECT_THAT(ids.status().message(), HasSubstr("organizers/{organizer}/events/{event}"));
    EXPECT_THAT(ids.status().message(), HasSubstr("event.name"));
    EXPECT_FALSE(EventPattern().Validate(name, "event.name").ok());
  }
  EXPECT_EQ(errors::ReasonOf(EventPattern().Parse("", "name").status()),
            ErrorReason::FIELD_REQUIRED);
}

TEST(NamePatternTest, TakesWildcardsWhereAsked) {
  NamePattern parent("organizers/{organizer}");
  EXPECT_FALSE(parent.Parse("organizers/-", "parent").ok());
  auto ids = parent.Parse("organizers/-", "parent", Wildcards::kAllow);
  ASSERT_TRUE(ids.ok());
  EXPECT_THAT(*ids, ElementsAre("-"));
  EXPECT_FALSE(parent.Parse("organizers/--", "parent", Wildcards::kAllow).ok());
}

TEST(NamePatternTest, RoundTripsRandomIds) {
  std::mt19937 random(1);
  constexpr absl::string_view kInner = "abcxyz0189-";
  auto id = [&] {
    std::string text = "q";
    size_t inner = random() % 62;
    for (size_t i = 0; i < inner; ++i) text += kInner[random() % kInner.size()];
    return text + (inner > 0 ? "7" : "");
  };
  for (int i = 0; i < 2000; ++i) {
    std::string organizer = id();
    std::string event = id();
    auto ids = EventPattern().Parse(EventPattern().Format({organizer, event}), "name");
    ASSERT_TRUE(ids.ok());
    EXPECT_THAT(*ids, ElementsAre(organizer, event));
  }
}

TEST(NamePatternDeathTest, MalformedPatternsEndTheProcess) {
  EXPECT_DEATH(NamePattern("a/{b"), "Malformed");
  EXPECT_DEATH(NamePattern("a/x{b}"), "Malformed");
}

}  // namespace
}  // namespace colloquy::resource
