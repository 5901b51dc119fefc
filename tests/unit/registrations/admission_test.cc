#include "services/registrations/rules/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/util/time_util.h"

namespace colloquy::registrations::rules {
namespace {

using events::v1::Event;
using google::protobuf::util::TimeUtil;
using testing::ElementsAre;
using testing::IsEmpty;
using v1::Registration;

std::vector<std::string> Fields(const std::vector<errors::FieldViolation>& violations) {
  std::vector<std::string> fields;
  for (const auto& violation : violations) fields.push_back(violation.field);
  return fields;
}

Event Published() {
  Event event;
  event.set_name("organizers/a/events/b");
  event.set_state(Event::PUBLISHED);
  event.set_mode(Event::IN_PERSON);
  *event.mutable_start_time() = TimeUtil::SecondsToTimestamp(100'000);
  return event;
}

Registration Valid() {
  Registration registration;
  registration.mutable_attendee()->set_email("ada@example.org");
  registration.set_party_size(1);
  registration.set_attendance_mode(Registration::IN_PERSON);
  return registration;
}

TEST(CheckFields, TakesAPlainRegistration) {
  EXPECT_THAT(CheckFields(Valid(), "registration"), IsEmpty());
}

TEST(CheckFields, NamesEveryBadFieldAtOnce) {
  Registration registration = Valid();
  registration.mutable_attendee()->set_email("not an address");
  registration.mutable_attendee()->set_region_code("Germany");
  registration.mutable_attendee()->set_given_name(std::string(801, 'x'));
  registration.set_party_size(-1);
  registration.set_priority(1001);
  EXPECT_THAT(
      Fields(CheckFields(registration, "requests[3].registration")),
      ElementsAre("requests[3].registration.attendee.email",
                  "requests[3].registration.attendee.given_name",
                  "requests[3].registration.attendee.region_code",
                  "requests[3].registration.party_size", "requests[3].registration.priority"));
}

TEST(CheckFields, RefusesControlCharactersInAddresses) {
  Registration registration = Valid();
  registration.mutable_attendee()->set_email("ada@example.org\r\nBcc: all@example.org");
  EXPECT_THAT(Fields(CheckFields(registration, "r")), ElementsAre("r.attendee.email"));
}

TEST(CheckAgainst, CategoryModeAndPartyMustFit) {
  Event event = Published();
  event.add_categories()->set_id("regular");
  Registration registration = Valid();
  EXPECT_THAT(Fields(CheckAgainst(event, registration, "r")), ElementsAre("r.category"));
  registration.set_category("regular");
  EXPECT_THAT(CheckAgainst(event, registration, "r"), IsEmpty());
  registration.set_attendance_mode(Registration::ONLINE);
  registration.set_party_size(2);
  EXPECT_THAT(Fields(CheckAgainst(event, registration, "r")),
              ElementsAre("r.attendance_mode", "r.party_size"));
}

TEST(CheckAgainst, AnEventWithoutCategoriesTakesNone) {
  Registration registration = Valid();
  registration.set_category("regular");
  EXPECT_THAT(Fields(CheckAgainst(Published(), registration, "r")), ElementsAre("r.category"));
}

TEST(CheckOpen, FromPublicationToTheStartByDefault) {
  const absl::Time before = absl::FromUnixSeconds(99'999);
  EXPECT_TRUE(CheckOpen(Published(), before).ok());
  EXPECT_EQ(ClosedReason(Published(), absl::FromUnixSeconds(100'000)), "CLOSED");
  for (const auto state : {Event::DRAFT, Event::COMPLETED, Event::CANCELLED, Event::ARCHIVED}) {
    Event event = Published();
    event.set_state(state);
    EXPECT_EQ(errors::ReasonOf(CheckOpen(event, before)), errors::ErrorReason::REGISTRATION_CLOSED);
  }
}

TEST(CheckOpen, OpensAndClosesAsTheRulesSay) {
  Event event = Published();
  *event.mutable_registration()->mutable_open()->mutable_time() =
      TimeUtil::SecondsToTimestamp(50'000);
  *event.mutable_registration()->mutable_close()->mutable_before_start() =
      TimeUtil::SecondsToDuration(10'000);
  EXPECT_EQ(ClosedReason(event, absl::FromUnixSeconds(49'999)), "NOT_YET_OPEN");
  EXPECT_EQ(ClosedReason(event, absl::FromUnixSeconds(50'000)), "");
  EXPECT_EQ(ClosedReason(event, absl::FromUnixSeconds(90'000)), "CLOSED");
}

TEST(CheckDomain, AdmitsTheDomainAndThoseBelow) {
  Event event = Published();
  event.mutable_registration()->add_allowed_domains("example.org");
  EXPECT_TRUE(CheckDomain(event, "a@example.org").ok());
  EXPECT_TRUE(CheckDomain(event, "a@lab.example.org").ok());
  EXPECT_EQ(errors::ReasonOf(CheckDomain(event, "a@badexample.org")),
            errors::ErrorReason::ADDRESS_NOT_ADMITTED);
}

TEST(FillDefaults, FromTheEvent) {
  Registration registration;
  Event event = Published();
  event.set_mode(Event::ONLINE);
  FillDefaults(event, registration);
  EXPECT_EQ(registration.party_size(), 1);
  EXPECT_EQ(registration.attendance_mode(), Registration::ONLINE);
}

}  // namespace
}  // namespace colloquy::registrations::rules
