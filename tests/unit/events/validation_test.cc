#include "services/events/rules/validation.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "services/common/errors/errors.h"
#include "services/events/rules/civil_time.h"

namespace colloquy::events::rules {
namespace {

using testing::Contains;
using testing::ElementsAre;
using v1::Event;

Event Valid() {
  Event event;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        kind: WORKSHOP
        mode: IN_PERSON
        default_language: "de"
        title { texts { key: "de" value: "Mikrosysteme" } }
        time_zone: "Europe/Berlin"
        civil_start: "2027-03-09T14:00:00"
        civil_end: "2027-03-09T17:00:00"
        venue { address { region_code: "DE" } }
      )pb",
      &event));
  return event;
}

std::vector<std::string> Fields(const absl::Status& status) {
  std::vector<std::string> fields;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  google::rpc::BadRequest bad;
  if (payload.has_value()) bad.ParseFromString(std::string(*payload));
  for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
  return fields;
}

TEST(NormalizeEvent, FillsInstantsFromCivilTimes) {
  Event event = Valid();
  ASSERT_TRUE(NormalizeEvent("event", &event).ok());
  EXPECT_EQ(FromProto(event.start_time()),
            absl::FromCivil(absl::CivilHour(2027, 3, 9, 13), absl::UTCTimeZone()));
  EXPECT_EQ(event.visibility(), Event::PUBLIC);
}

TEST(NormalizeEvent, NamesEverythingThatIsMissing) {
  Event event;
  EXPECT_THAT(Fields(NormalizeEvent("event", &event)),
              testing::IsSupersetOf({"event.kind", "event.mode", "event.title", "event.venue"}));
}

TEST(NormalizeEvent, RefusesEachOfThese) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"civil_end: '2027-03-09T13:00:00'", "event.civil_end"},
      {"time_zone: 'Mars/Olympus'", "event.time_zone"},
      {"civil_start: '2027-03-28T02:30:00' civil_end: '2027-03-28T05:00:00'", "event.civil_start"},
      {"languages: 'not a tag'", "event.languages[0]"},
      {"venue { address { region_code: 'XX' } }", "event.venue.address.region_code"},
      {"venue { location { latitude: 91 } }", "event.venue.location"},
      {"website_uri: 'javascript:alert(1)'", "event.website_uri"},
      {"contact_email: 'nobody'", "event.contact_email"},
      {"registration { capacity: -1 }", "event.registration.capacity"},
      {"registration { online_capacity: 5 }", "event.registration.online_capacity"},
      {"registration { max_party_size: 1001 }", "event.registration.max_party_size"},
      {"registration { allowed_domains: 'not a domain' }", "event.registration.allowed_domains[0]"},
      {"registration { close { before_start { seconds: -1 } } }", "event.registration.close"},
      {"registration { open { before_start { seconds: 60 } } close { before_start { seconds: 60 } "
       "} }",
       "event.registration.open"},
      // 12:00 UTC, an hour before the start
      {"registration { open { time { seconds: 1804593600 } } close { before_start { seconds: 3600 "
       "} } }",
       "event.registration.open"},
      {"registration { open { before_start {} } }", "event.registration.open"},
      {"categories { id: 'Bad Id' title { texts { key: 'de' value: 'x' } } }",
       "event.categories[0].id"},
      {"categories { id: 'a' title { texts { key: 'en' value: 'x' } } }",
       "event.categories[0].title"},
      {"form { id: 'q' type: CHOICE label { texts { key: 'de' value: 'x' } } }",
       "event.form[0].options"},
      {"form { id: 'q' type: TEXT pattern: '(' label { texts { key: 'de' value: 'x' } } }",
       "event.form[0].pattern"},
      {"form { id: 'q' type: TEXT label { texts { key: 'de' value: 'x' } } shown_if { field: "
       "'later' values: 'x' } }",
       "event.form[0].shown_if.field"},
      {"annotations { key: '' value: 'x' }", "event.annotations[]"},
  };
  for (const auto& [text, field] : bad) {
    Event event = Valid();
    Event change;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &change)) << text;
    event.MergeFrom(change);
    EXPECT_THAT(Fields(NormalizeEvent("event", &event)), Contains(testing::StartsWith(field)))
        << text;
  }
}

TEST(NormalizeEvent, SaysThatOffersAreNotBuilt) {
  Event event = Valid();
  event.mutable_registration()->mutable_waiting_list()->set_promotion(v1::WaitingList::OFFER);
  EXPECT_EQ(errors::ReasonOf(NormalizeEvent("event", &event)),
            errors::ErrorReason::NOT_IMPLEMENTED);
}

TEST(NormalizeSession, LiesWithinItsEventUnlessForced) {
  Event event = Valid();
  ASSERT_TRUE(NormalizeEvent("event", &event).ok());
  v1::Session session;
  (*session.mutable_title()->mutable_texts())["de"] = "Auftakt";
  *session.mutable_start_time() = ToProto(FromProto(event.start_time()) - absl::Hours(1));
  *session.mutable_end_time() = event.start_time();
  EXPECT_THAT(Fields(NormalizeSession("session", event, false, &session)),
              ElementsAre("session.start_time"));
  EXPECT_TRUE(NormalizeSession("session", event, true, &session).ok());
}

}  // namespace
}  // namespace colloquy::events::rules
