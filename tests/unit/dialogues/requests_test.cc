#include "services/dialogues/requests.h"

#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "services/dialogues/rules/names.h"

namespace colloquy::dialogues {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;

absl::StatusOr<ChildName> Parse(absl::string_view name) {
  return ParseChildName(name, rules::kStatements, "colloquy/Statement", "name");
}

TEST(DialogueRequestsTest, NamesOfChildrenEndInANumber) {
  for (int64_t number : {0, 7, 10, 2147483647}) {
    const std::string name =
        rules::ChildName("organizers/mst/dialogues/rooms", rules::kStatements, number);
    const auto parsed = Parse(name);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->dialogue.organizer, "mst");
    EXPECT_EQ(parsed->dialogue.dialogue, "rooms");
    EXPECT_EQ(parsed->dialogue.name, "organizers/mst/dialogues/rooms");
    EXPECT_EQ(parsed->number, number);
    EXPECT_EQ(parsed->name, name);
  }
}

TEST(DialogueRequestsTest, WhatIsNoNumberWasNeverGivenOut) {
  for (absl::string_view last :
       {"01", "-1", "+1", " 1", "1 ", "1a", "a", "2147483648", "0x1", "99999999999999999999"}) {
    const auto parsed = Parse(absl::StrCat("organizers/mst/dialogues/rooms/statements/", last));
    EXPECT_EQ(ReasonOf(parsed.status()), ErrorReason::RESOURCE_NOT_FOUND) << last;
  }
}

TEST(DialogueRequestsTest, OtherNamesAreRefusedWithThePattern) {
  for (absl::string_view name :
       {"statements/1", "organizers/mst/dialogues/rooms/statements/",
        "organizers/mst/dialogues/rooms/statements", "organizers/mst/dialogues/rooms/polls/1",
        "organizers/mst/dialogues/Rooms/statements/1", "organizers/mst/statements/1",
        "organizers/mst/dialogues/rooms/statements/1/2", "/statements/1"}) {
    const auto parsed = Parse(name);
    EXPECT_EQ(ReasonOf(parsed.status()), ErrorReason::RESOURCE_NAME_INVALID) << name;
    EXPECT_NE(parsed.status().message().find("dialogues/{dialogue}/statements/"),
              absl::string_view::npos)
        << parsed.status();
  }
  EXPECT_EQ(ReasonOf(Parse("").status()), ErrorReason::FIELD_REQUIRED);
}

}  // namespace
}  // namespace colloquy::dialogues
