#include "services/common/resource/masks.h"

#include "gmock/gmock.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "tests/unit/common/resource/test_contract.h"

namespace colloquy::resource {
namespace {

using google::protobuf::FieldMask;
using ::testing::HasSubstr;

FieldMask Mask(std::initializer_list<const char*> paths) {
  FieldMask mask;
  for (const char* path : paths) mask.add_paths(path);
  return mask;
}

constexpr char kStored[] = R"(
    name: "organizers/a/events/b" title: "Old" state: OPEN kind: OPEN seats: 40 series: "s1"
    place { city: "Graz" country: "AT" verified_by: "staff" code: "G1" }
    categories { id: "student" taken: 7 } labels { key: "a" value: "1" } tags: "x" tags: "y"
    texts { key: "de" value { text: "alt" } } start_time { seconds: 5 nanos: 6 } url: "u")";

// Applies an update to kStored and compares the outcome.
void ExpectUpdate(const FieldMask& mask, absl::string_view source, absl::string_view expected) {
  MessagePtr target = TestMessage("Event", kStored);
  ASSERT_TRUE(ApplyUpdate(mask, *TestMessage("Event", source), target.get()).ok());
  MessagePtr wanted = TestMessage("Event", expected);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*target, *wanted))
      << target->DebugString() << "instead of\n"
      << wanted->DebugString();
}

TEST(ApplyUpdateTest, NamedPathsOnly) {
  std::string expected(kStored);
  expected.replace(expected.find("Old"), 3, "New");
  ExpectUpdate(Mask({"title"}), "title: 'New' seats: 1 tags: 'z'", expected);
  ExpectUpdate(Mask({"title", "title"}), "title: 'New'", expected);
}

TEST(ApplyUpdateTest, UnsetInTheSourceIsCleared) {
  MessagePtr target = TestMessage("Event", kStored);
  ASSERT_TRUE(ApplyUpdate(Mask({"seats", "tags", "start_time", "place.city", "url", "labels"}),
                          *TestMessage("Event", ""), target.get())
                  .ok());
  MessagePtr wanted = TestMessage("Event", R"(
      name: "organizers/a/events/b" title: "Old" state: OPEN kind: OPEN series: "s1"
      place { country: "AT" verified_by: "staff" code: "G1" }
      categories { id: "student" taken: 7 } texts { key: "de" value { text: "alt" } })");
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*target, *wanted))
      << target->DebugString();
}

TEST(ApplyUpdateTest, RepeatedAndMapFieldsAreReplaced) {
  MessagePtr target = TestMessage("Event", kStored);
  ASSERT_TRUE(ApplyUpdate(Mask({"tags", "labels", "categories", "texts"}), *TestMessage("Event", R"(
      tags: "z" labels { key: "b" value: "2" } categories { id: "senior" taken: 99 }
      categories { id: "junior" } texts { key: "en" value { text: "new" } })"),
                          target.get())
                  .ok());
  MessagePtr wanted = TestMessage("Event", R"(
      name: "organizers/a/events/b" title: "Old" state: OPEN kind: OPEN seats: 40 series: "s1"
      place { city: "Graz" country: "AT" verified_by: "staff" code: "G1" }
      start_time { seconds: 5 nanos: 6 } url: "u"
      tags: "z" labels { key: "b" value: "2" } categories { id: "senior" }
      categories { id: "junior" } texts { key: "en" value { text: "new" } })");
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*target, *wanted))
      << target->DebugString();
}

TEST(ApplyUpdateTest, NoMaskMeansPopulatedFields) {
  MessagePtr target = TestMessage("Event", kStored);
  ASSERT_TRUE(
      ApplyUpdate({}, *TestMessage("Event", "title: 'New' place { city: 'Wien' }"), target.get())
          .ok());
  EXPECT_THAT(target->ShortDebugString(), HasSubstr("title: \"New\""));
  // A message is replaced as a whole, but for what clients do not write.
  EXPECT_THAT(target->ShortDebugString(),
              HasSubstr("place { city: \"Wien\" verified_by: \"staff\" code: \"G1\" }"));
  EXPECT_THAT(target->ShortDebugString(), HasSubstr("seats: 40"));
}

TEST(ApplyUpdateTest, StarReplacesEverythingThatClientsWrite) {
  ExpectUpdate(Mask({"*"}),
               "name: 'other' title: 'New' state: CLOSED series: 's2' "
               "place { country: 'DE' verified_by: 'me' code: 'X' } note { text: 'n' }",
               "name: 'organizers/a/events/b' title: 'New' state: OPEN series: 's1' "
               "place { country: 'DE' verified_by: 'staff' code: 'G1' } note { text: 'n' }");
}

TEST(ApplyUpdateTest, OutputOnlyAndImmutableFieldsAreIgnoredAtAnyDepth) {
  ExpectUpdate(Mask({"name", "state", "series", "place.verified_by", "place.code"}),
               "name: 'x' state: CLOSED series: 'x' place { verified_by: 'x' code: 'x' }", kStored);
  MessagePtr target = TestMessage("Event", "");
  ASSERT_TRUE(
      ApplyUpdate(Mask({"place"}),
                  *TestMessage("Event", "place { city: 'Wien' verified_by: 'me' code: 'W' }"),
                  target.get())
          .ok());
  EXPECT_EQ(target->ShortDebugString(), "place { city: \"Wien\" code: \"W\" }");
}

TEST(ApplyUpdateTest, PathsBelowAbsentMessages) {
  MessagePtr target = TestMessage("Event", "title: 't'");
  ASSERT_TRUE(ApplyUpdate(Mask({"place.city"}), *TestMessage("Event", ""), target.get()).ok());
  EXPECT_EQ(target->ShortDebugString(), "title: \"t\"");
  ASSERT_TRUE(ApplyUpdate(Mask({"place.city"}), *TestMessage("Event", "place { city: 'Wien' }"),
                          target.get())
                  .ok());
  EXPECT_EQ(target->ShortDebugString(), "title: \"t\" place { city: \"Wien\" }");
}

TEST(ValidateMaskTest, NamesTheBadPath) {
  const auto& event = TestType("Event");
  EXPECT_TRUE(ValidateMask(Mask({"title", "place.city", "labels", "texts"}), event).ok());
  EXPECT_TRUE(ValidateMask(Mask({"*"}), event).ok());
  EXPECT_TRUE(ValidateMask({}, event).ok());
  for (const char* path :
       {"colour", "place.colour", "title.x", "categories.id", "texts.de.text", "labels.a", "", ".",
        "place.", ".place", "place..city", "Title", "a b"}) {
    absl::Status status = ValidateMask(Mask({"title", path}), event);
    ASSERT_FALSE(status.ok()) << path;
    EXPECT_EQ(errors::ReasonOf(status), errors::ErrorReason::FIELD_MASK_INVALID);
    EXPECT_EQ(errors::InfoOf(status)->metadata().at("path"), path);
    EXPECT_EQ(errors::InfoOf(status)->metadata().at("field"), "update_mask");
  }
  EXPECT_FALSE(ValidateMask(Mask({"title", "*"}), event).ok());
}

TEST(ApplyUpdateTest, BadPathsChangeNothing) {
  MessagePtr target = TestMessage("Event", kStored);
  EXPECT_FALSE(
      ApplyUpdate(Mask({"title", "colour"}), *TestMessage("Event", "title: 'New'"), target.get())
          .ok());
  EXPECT_TRUE(
      google::protobuf::util::MessageDifferencer::Equals(*target, *TestMessage("Event", kStored)));
}

TEST(MaskCoversTest, AboveBelowAndAbsent) {
  MessagePtr source = TestMessage("Event", "title: 't'");
  EXPECT_TRUE(MaskCovers(Mask({"*"}), "place", *source));
  EXPECT_TRUE(MaskCovers({}, "title", *source));
  EXPECT_FALSE(MaskCovers({}, "place", *source));
  EXPECT_TRUE(MaskCovers(Mask({"place"}), "place.city", *source));
  EXPECT_TRUE(MaskCovers(Mask({"place.city"}), "place", *source));
  EXPECT_FALSE(MaskCovers(Mask({"place.city"}), "place.country", *source));
  EXPECT_FALSE(MaskCovers(Mask({"place"}), "places", *source));
}

TEST(ClearOutputOnlyTest, AtAnyDepth) {
  MessagePtr event = TestMessage("Event", kStored);
  ClearOutputOnly(event.get());
  std::string text = event->ShortDebugString();
  EXPECT_THAT(text, ::testing::Not(HasSubstr("state")));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("verified_by")));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("taken")));
  EXPECT_THAT(text, HasSubstr("code: \"G1\""));
  EXPECT_THAT(text, HasSubstr("text: \"alt\""));
}

TEST(ReadMaskTest, KeepsWhatIsNamed) {
  MessagePtr event = TestMessage("Event", kStored);
  ASSERT_TRUE(
      ApplyReadMask(Mask({"title", "place.city", "tags", "place.country"}), event.get()).ok());
  EXPECT_EQ(event->ShortDebugString(),
            "title: \"Old\" place { city: \"Graz\" country: \"AT\" } tags: \"x\" tags: \"y\"");
  ASSERT_TRUE(ApplyReadMask(Mask({"place", "place.city"}), event.get()).ok());
  EXPECT_EQ(event->ShortDebugString(), "place { city: \"Graz\" country: \"AT\" }");
  ASSERT_TRUE(ApplyReadMask(Mask({"*"}), event.get()).ok());
  ASSERT_TRUE(ApplyReadMask({}, event.get()).ok());
  EXPECT_EQ(event->ShortDebugString(), "place { city: \"Graz\" country: \"AT\" }");
  EXPECT_EQ(errors::ReasonOf(ApplyReadMask(Mask({"colour"}), event.get())),
            errors::ErrorReason::FIELD_MASK_INVALID);
}

}  // namespace
}  // namespace colloquy::resource
