// UpdateRegistration: who it is for and what they answered.
#include "absl/strings/str_cat.h"
#include "tests/conformance/registrations/invited_fixture.h"

namespace colloquy::registrations {
namespace {

using changes::v1::Change;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kRequestId[] = "0189c7a2-7bcb-7f3e-8a35-1f6a3c9d2e4b";

class UpdateTest : public InvitedTest {
 protected:
  using Change = std::function<void(v1::UpdateRegistrationRequest&)>;

  absl::StatusOr<Registration> Update(const std::string& name, const Change& change,
                                      auth::Role role = auth::Role::kPartner,
                                      absl::string_view partner = "portal") {
    v1::UpdateRegistrationRequest request;
    request.mutable_registration()->set_name(name);
    change(request);
    Answer<Registration> answer;
    service_->UpdateRegistration(Call(role, "UpdateRegistration", partner), request, answer.done());
    return answer.Wait();
  }
  static Change Rename(const std::string& to) {
    return [to](v1::UpdateRegistrationRequest& request) {
      request.mutable_registration()->mutable_attendee()->set_given_name(to);
      request.mutable_update_mask()->add_paths("attendee.given_name");
    };
  }
  static Change Readdress(const std::string& to) {
    return [to](v1::UpdateRegistrationRequest& request) {
      request.mutable_registration()->mutable_attendee()->set_email(to);
      request.mutable_update_mask()->add_paths("attendee.email");
    };
  }
};
INSTANTIATE_ENGINES(UpdateTest);

TEST_P(UpdateTest, ChangesThePersonKeepsTheSeatAndTellsTheFeed) {
  const auto made = Create("ada@example.org");
  ASSERT_TRUE(made.ok()) << made.status();
  const auto updated = Update(made->name(), Rename("Augusta"));
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->attendee().given_name(), "Augusta");
  EXPECT_EQ(updated->attendee().email(), "ada@example.org");
  EXPECT_EQ(updated->state(), Registration::CONFIRMED);
  EXPECT_EQ(updated->check_in_code(), made->check_in_code());
  EXPECT_EQ(updated->revision(), made->revision() + 1);
  EXPECT_NE(updated->etag(), made->etag());
  EXPECT_EQ(Get(made->name())->SerializeAsString(), updated->SerializeAsString());
  EXPECT_THAT(List("Augusta"), SizeIs(1)) << "found by the new name";
  EXPECT_THAT(Verify().differences(), IsEmpty());

  const changes::v1::Change record = History().back();
  EXPECT_EQ(record.kind(), changes::v1::Change::UPDATED);
  EXPECT_EQ(record.cause(), "UpdateRegistration");
  EXPECT_EQ(record.resource(), made->name());
  Registration told;
  ASSERT_TRUE(record.payload().UnpackTo(&told));
  EXPECT_FALSE(told.has_attendee()) << "the feed carries no person";
}

TEST_P(UpdateTest, TheQueueStaysInItsOrder) {
  std::vector<std::string> names;
  for (int i = 0; i < 4; ++i) names.push_back(Create(absl::StrCat("g", i, "@example.org"))->name());
  ASSERT_TRUE(Update(names[2], Rename("Third")).ok());
  EXPECT_EQ(Get(names[2])->waiting_position(), 1);
  ASSERT_TRUE(Cancel(names[0]).ok());
  EXPECT_EQ(Get(names[2])->state(), Registration::CONFIRMED);
  EXPECT_EQ(Get(names[3])->waiting_position(), 1);
}

TEST_P(UpdateTest, AnAddressMovesAndIsFreeForOthersAfterwards) {
  const auto ada = Create("ada@example.org");
  ASSERT_TRUE(Create("bob@example.org").ok());
  EXPECT_EQ(ReasonOf(Update(ada->name(), Readdress("BOB@example.org")).status()),
            ErrorReason::ADDRESS_ALREADY_REGISTERED);
  ASSERT_TRUE(Update(ada->name(), Readdress("Ada@Example.ORG")).ok()) << "only spelled otherwise";
  ASSERT_TRUE(Update(ada->name(), Readdress("lovelace@example.org")).ok());
  EXPECT_THAT(List("email = \"lovelace@example.org\""), SizeIs(1));
  EXPECT_EQ(ReasonOf(Create("lovelace@example.org").status()),
            ErrorReason::ADDRESS_ALREADY_REGISTERED);
  EXPECT_TRUE(Create("ada@example.org").ok());
}

TEST_P(UpdateTest, TheAddressThatWasInvitedStays) {
  const auto invitation = Invite("ada@example.org");
  ASSERT_TRUE(invitation.ok()) << invitation.status();
  const auto accepted = Accept(LinkTo(*invitation));
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  const std::string& name = accepted->registration().name();
  EXPECT_EQ(ReasonOf(Update(name, Readdress("other@example.org"), auth::Role::kManager).status()),
            ErrorReason::FIELD_INVALID);
  EXPECT_TRUE(Update(name, Rename("Ada"), auth::Role::kManager).ok());
}

TEST_P(UpdateTest, PartnersChangeTheirOwn) {
  const auto made = Create("ada@example.org");
  EXPECT_EQ(ReasonOf(Update(made->name(), Rename("B"), auth::Role::kPartner, "other").status()),
            ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_TRUE(Update(made->name(), Rename("B")).ok());
}

TEST_P(UpdateTest, PartnersMayUntilTheDeadlineStaffAtAnyTime) {
  ChangeEvent([](events::v1::Event& event) {
    event.mutable_registration()->mutable_modification()->mutable_before_start()->set_seconds(
        60 * 24 * 3600);
  });
  const auto made = Create("ada@example.org");
  EXPECT_EQ(ReasonOf(Update(made->name(), Rename("B")).status()), ErrorReason::DEADLINE_PASSED);
  EXPECT_TRUE(Update(made->name(), Rename("B"), auth::Role::kDesk).ok());
}

TEST_P(UpdateTest, WhatHasEndedIsNotChanged) {
  const auto made = Create("ada@example.org");
  ASSERT_TRUE(Cancel(made->name()).ok());
  EXPECT_EQ(ReasonOf(Update(made->name(), Rename("B"), auth::Role::kManager).status()),
            ErrorReason::STATE_INVALID);
}

TEST_P(UpdateTest, EtagRequestIdAndValidateOnly) {
  const auto made = Create("ada@example.org");
  const auto once = [&](v1::UpdateRegistrationRequest& request) {
    Rename("Augusta")(request);
    request.mutable_registration()->set_etag(made->etag());
    request.set_request_id(kRequestId);
  };
  const auto preview = Update(made->name(), [&](v1::UpdateRegistrationRequest& request) {
    Rename("Augusta")(request);
    request.set_validate_only(true);
  });
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->attendee().given_name(), "Augusta");
  EXPECT_EQ(Get(made->name())->SerializeAsString(), made->SerializeAsString());

  const auto first = Update(made->name(), once);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = Update(made->name(), once);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(ReasonOf(Update(made->name(),
                            [&](v1::UpdateRegistrationRequest& request) {
                              Rename("Other")(request);
                              request.mutable_registration()->set_etag(made->etag());
                            })
                         .status()),
            ErrorReason::ETAG_MISMATCH);
}

TEST_P(UpdateTest, SensitiveAnswersStayAndAreNotShownToWhomTheyAreHidden) {
  ChangeEvent([](events::v1::Event& event) {
    auto* meal = event.add_form();
    meal->set_id("meal");
    meal->set_type(events::v1::FormField::TEXT);
    auto* allergy = event.add_form();
    allergy->set_id("allergy");
    allergy->set_type(events::v1::FormField::TEXT);
    allergy->set_sensitive(true);
  });
  const auto made = Create("ada@example.org", [](v1::CreateRegistrationRequest& request) {
    auto& answers = *request.mutable_registration()->mutable_answers()->mutable_fields();
    answers["meal"].set_string_value("fish");
    answers["allergy"].set_string_value("nuts");
  });
  ASSERT_TRUE(made.ok()) << made.status();
  const auto updated = Update(made->name(), [](v1::UpdateRegistrationRequest& request) {
    auto& answers = *request.mutable_registration()->mutable_answers()->mutable_fields();
    answers["meal"].set_string_value("soup");
  });
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_THAT(updated->answers().fields(), SizeIs(1));
  const Registration stored = *Get(made->name());
  EXPECT_EQ(stored.answers().fields().at("meal").string_value(), "soup");
  EXPECT_EQ(stored.answers().fields().at("allergy").string_value(), "nuts");
  const auto cancelled = Cancel(made->name());
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_THAT(cancelled->answers().fields(), SizeIs(1));
}

TEST_P(UpdateTest, ALimitThatIsOnlyAskedAboutChangesNothing) {
  ASSERT_TRUE(Create("a@example.org").ok());
  v1::LimitSeatsRequest request;
  request.set_event(kEvent);
  request.set_event_uid(event().uid());
  request.set_revision(event().revision() + 1);
  request.set_validate_only(true);
  auto* limit = request.add_limits();
  limit->set_pool("event");
  const auto call = Call(auth::Role::kService, "LimitSeats");
  limit->set_size(0);
  EXPECT_EQ(ReasonOf(service_->LimitSeats(*call, request).status()),
            ErrorReason::CAPACITY_BELOW_TAKEN);
  limit->set_size(1);
  EXPECT_TRUE(service_->LimitSeats(*call, request).ok());
  EXPECT_EQ(Create("b@example.org")->state(), Registration::CONFIRMED) << "of the two seats";
}

}  // namespace
}  // namespace colloquy::registrations
