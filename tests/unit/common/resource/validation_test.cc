#include "services/common/resource/validation.h"

#include <map>

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "tests/unit/common/resource/test_contract.h"

namespace colloquy::resource {
namespace {

using errors::ErrorReason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::UnorderedElementsAre;

std::map<std::string, std::string> Violations(const absl::Status& status) {
  std::map<std::string, std::string> violations;
  auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  google::rpc::BadRequest bad;
  if (payload.has_value()) bad.ParseFromString(std::string(*payload));
  for (const auto& violation : bad.field_violations())
    violations[violation.field()] = violation.description();
  return violations;
}

absl::Status Check(const std::string& type, const google::protobuf::Message& message,
                   ValidationLimits limits = {}) {
  return RequestValidator(TestType(type), limits).Validate(message);
}

absl::Status Check(const std::string& type, absl::string_view text, ValidationLimits limits = {}) {
  return Check(type, *TestMessage(type, text), limits);
}

constexpr char kGood[] = "parent: 'organizers/a' event { title: 't' place { city: 'Graz' } }";

TEST(RequestValidatorTest, AcceptsGoodRequests) {
  EXPECT_TRUE(Check("CreateEventRequest", kGood).ok());
  EXPECT_TRUE(Check("ListEventsRequest", "").ok());
}

TEST(RequestValidatorTest, RequiredFieldsAtEveryDepth) {
  absl::Status status = Check("BatchRequest", "");
  EXPECT_EQ(errors::ReasonOf(status), ErrorReason::FIELD_REQUIRED);
  EXPECT_THAT(Violations(status), ElementsAre(Key("requests")));

  status = Check("BatchRequest", absl::StrCat("requests { ", kGood,
                                              " } requests { event { place {} categories {} "
                                              "texts { key: 'de' value {} } } }"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(errors::ReasonOf(status), ErrorReason::FIELD_REQUIRED);
  EXPECT_THAT(Violations(status),
              UnorderedElementsAre(Key("requests[1].parent"), Key("requests[1].event.title"),
                                   Key("requests[1].event.place.city"),
                                   Key("requests[1].event.categories[0].id"),
                                   Key("requests[1].event.texts[de].text")));
}

TEST(RequestValidatorTest, NothingIsRequiredBelowMasksAndOutputOnlyFields) {
  EXPECT_TRUE(
      Check("UpdateEventRequest", "event { seats: 3 } update_mask { paths: 'seats' }").ok());
  EXPECT_THAT(Violations(Check("UpdateEventRequest", "")), ElementsAre(Key("event")));
  EXPECT_TRUE(Check("Event", "title: 't' parent_event { place {} }").ok());
  EXPECT_THAT(Violations(Check("Event", "place { country: 'AT' }")),
              UnorderedElementsAre(Key("title"), Key("place.city")));
}

TEST(RequestValidatorTest, StringsAreLimited) {
  ValidationLimits limits;
  limits.max_string_bytes = 10;
  EXPECT_TRUE(Check("Event", "title: '0123456789'", limits).ok());
  absl::Status status = Check("Event",
                              "title: '0123456789a' tags: 'a' tags: '0123456789a' "
                              "labels { key: 'k' value: '0123456789a' } blob: '0123456789a' "
                              "labels { key: '0123456789a' value: '' }",
                              limits);
  EXPECT_EQ(errors::ReasonOf(status), ErrorReason::FIELD_INVALID);
  EXPECT_THAT(Violations(status),
              UnorderedElementsAre(Key("title"), Key("tags[1]"), Key("labels[k]"), Key("labels"),
                                   Key("blob")));
}

TEST(RequestValidatorTest, TextIsCleanUtf8) {
  MessagePtr event = TestMessage("Event", "title: 't' blob: '\\xff\\x00'");
  EXPECT_TRUE(Check("Event", *event).ok());
  const auto* field = TestType("Event").FindFieldByName("tags");
  event->GetReflection()->AddString(event.get(), field, std::string("a\0b", 3));
  event->GetReflection()->AddString(event.get(), field, "fine");
  event->GetReflection()->AddString(event.get(), field, "\xc3\x28");
  EXPECT_THAT(Violations(Check("Event", *event)),
              UnorderedElementsAre(Key("tags[0]"), Key("tags[2]")));
}

TEST(RequestValidatorTest, SomeFieldsAreLeftToTheirHandlers) {
  MessagePtr event = TestMessage("Event", "title: 't'");
  const auto* tags = TestType("Event").FindFieldByName("tags");
  event->GetReflection()->AddString(event.get(), tags, std::string("a\0b", 3));
  const ValidationLimits limits{.left_to_handlers = {tags->full_name()}};
  EXPECT_TRUE(Check("Event", *event, limits).ok());
}

TEST(RequestValidatorTest, EnumsAreKnown) {
  MessagePtr event = TestMessage("Event", "title: 't' kind: OPEN");
  EXPECT_TRUE(Check("Event", *event).ok());
  event->GetReflection()->SetEnumValue(event.get(), TestType("Event").FindFieldByName("kind"), 77);
  auto violations = Violations(Check("Event", *event));
  EXPECT_THAT(violations, ElementsAre(Key("kind")));
  EXPECT_THAT(violations["kind"], HasSubstr("77"));
}

TEST(RequestValidatorTest, TheWholeMessageIsLimited) {
  ValidationLimits limits;
  limits.max_message_bytes = 100;
  absl::Status status =
      Check("Event", absl::StrCat("title: '", std::string(101, 'x'), "'"), limits);
  EXPECT_EQ(errors::ReasonOf(status), ErrorReason::REQUEST_TOO_LARGE);
  EXPECT_EQ(errors::InfoOf(status)->metadata().at("limit"), "100");
}

TEST(RequestValidatorTest, DepthIsLimited) {
  std::string text = "title: 't'";
  for (int i = 0; i < 20; ++i) text = absl::StrCat("title: 't' parent_event { ", text, " }");
  EXPECT_TRUE(Check("Event", text).ok());
  ValidationLimits limits;
  limits.max_depth = 10;
  EXPECT_FALSE(Check("Event", text, limits).ok());
}

TEST(RequestValidatorTest, ManyViolationsStaySmall) {
  std::string text = "title: 't' ";
  for (int i = 0; i < 5000; ++i) text += "categories {} ";
  absl::Status status = Check("Event", text);
  auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  EXPECT_LT(payload->size(), 4096u);
}

TEST(RequestValidatorTest, PathsStartWithThePrefix) {
  RequestValidator validator(TestType("Event"));
  EXPECT_THAT(Violations(validator.Validate(*TestMessage("Event", "place {}"), "event")),
              UnorderedElementsAre(Key("event.title"), Key("event.place.city")));
}

}  // namespace
}  // namespace colloquy::resource
