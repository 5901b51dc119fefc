#include "services/registrations/rules/edit.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/field_mask_util.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "services/common/errors/errors.h"

namespace colloquy::registrations::rules {
namespace {

using errors::ErrorReason;
using testing::ElementsAre;
using testing::UnorderedElementsAre;
using v1::Registration;

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

events::v1::Event Dinner() {
  return Parse<events::v1::Event>(R"pb(
    mode: IN_PERSON
    form {
      id: "meal"
      type: CHOICE
      required: true
      options { value: "vegan" }
      options { value: "fish" }
    }
    form {
      id: "allergy"
      type: TEXT
      sensitive: true
      shown_if { field: "meal" values: "fish" }
    }
  )pb");
}

Registration Stored() {
  return Parse<Registration>(R"pb(
    name: "organizers/a/events/b/registrations/c"
    state: CONFIRMED
    etag: "e"
    attendance_mode: IN_PERSON
    party_size: 2
    attendee { email: "ada@example.org" given_name: "Ada" organisation: "Analytical" }
    answers {
      fields {
        key: "meal"
        value { string_value: "fish" }
      }
      fields {
        key: "allergy"
        value { string_value: "nuts" }
      }
    }
  )pb");
}

absl::StatusOr<Registration> EditBy(bool reads_sensitive, const std::string& paths,
                                    const std::string& source) {
  google::protobuf::FieldMask mask;
  if (!paths.empty()) google::protobuf::util::FieldMaskUtil::FromString(paths, &mask);
  return Edit(Dinner(), Stored(), mask, Parse<Registration>(source), reads_sensitive);
}

std::vector<std::string> Fields(const absl::Status& status) {
  std::vector<std::string> fields;
  google::rpc::BadRequest detail;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  if (payload.has_value()) detail.ParseFromString(std::string(*payload));
  for (const auto& violation : detail.field_violations()) fields.push_back(violation.field());
  return fields;
}

std::vector<std::string> Answered(const Registration& registration) {
  std::vector<std::string> ids;
  for (const auto& [id, value] : registration.answers().fields()) ids.push_back(id);
  return ids;
}

TEST(Edit, ChangesWhatTheMaskNamesAndNothingElse) {
  const auto edited = EditBy(true, "attendee.given_name,attendee.organisation",
                             "state: CANCELLED etag: 'x' attendee { given_name: 'Augusta' }");
  ASSERT_TRUE(edited.ok()) << edited.status();
  Registration expected = Stored();
  expected.mutable_attendee()->set_given_name("Augusta");
  expected.mutable_attendee()->clear_organisation();
  EXPECT_EQ(edited->DebugString(), expected.DebugString());
}

TEST(Edit, WithoutAMaskWhatIsFilledChanges) {
  const auto edited = EditBy(true, "", "external_reference: 'R7'");
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_EQ(edited->external_reference(), "R7");
  EXPECT_EQ(edited->attendee().given_name(), "Ada");
  EXPECT_THAT(Answered(*edited), UnorderedElementsAre("meal", "allergy"));
}

TEST(Edit, SeatsAndQueueAreNotChanged) {
  const auto refused = EditBy(true, "category,attendance_mode,party_size,priority",
                              "category: 'vip' attendance_mode: ONLINE party_size: 3 priority: 1");
  EXPECT_EQ(errors::ReasonOf(refused.status()), ErrorReason::FIELD_INVALID);
  EXPECT_THAT(Fields(refused.status()),
              ElementsAre("registration.category", "registration.attendance_mode",
                          "registration.party_size", "registration.priority"));
  EXPECT_TRUE(EditBy(true, "party_size", "party_size: 2").ok()) << "as it is";
}

TEST(Edit, AnswersFitTheFormAndThePersonIsChecked) {
  EXPECT_THAT(Fields(EditBy(true, "answers", "").status()),
              ElementsAre("registration.answers.meal"));
  EXPECT_THAT(Fields(EditBy(true, "attendee.email", "attendee { email: 'nobody' }").status()),
              ElementsAre("registration.attendee.email"));
  EXPECT_EQ(errors::ReasonOf(EditBy(true, "colour", "").status()), ErrorReason::FIELD_MASK_INVALID);
}

constexpr char kFish[] = "answers { fields { key: 'meal' value { string_value: 'fish' } } }";
constexpr char kVegan[] = "answers { fields { key: 'meal' value { string_value: 'vegan' } } }";

TEST(Edit, WhoDoesNotReadSensitiveAnswersDoesNotLoseThem) {
  EXPECT_THAT(Answered(*EditBy(false, "answers", kFish)), UnorderedElementsAre("meal", "allergy"));
  EXPECT_THAT(Answered(*EditBy(true, "answers", kFish)), ElementsAre("meal"));
  const auto given = EditBy(false, "answers",
                            "answers { fields { key: 'meal' value { string_value: 'fish' } } "
                            "fields { key: 'allergy' value { string_value: 'none' } } }");
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(given->answers().fields().at("allergy").string_value(), "none");
}

TEST(Edit, AnUnseenAnswerGoesWithItsQuestion) {
  const auto edited = EditBy(false, "answers", kVegan);
  ASSERT_TRUE(edited.ok()) << edited.status();
  EXPECT_THAT(Answered(*edited), ElementsAre("meal"));
}

}  // namespace
}  // namespace colloquy::registrations::rules
