#include <map>

#include "absl/strings/str_cat.h"
#include "services/registrations/operations.h"
#include "tests/conformance/registrations/fixture.h"

namespace colloquy::registrations {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class JourneyTest : public RegistrationsTest {};
INSTANTIATE_ENGINES(JourneyTest);

std::string Address(int i) { return absl::StrCat("guest", i, "@example.org"); }

constexpr char kRequestId[] = "0189c7a2-7bcb-7f3e-8a35-1f6a3c9d2e4b";

TEST_P(JourneyTest, SeatsRunOutTheQueueTakesOverAndACancellationPromotesTheNext) {
  std::vector<Registration> made;
  for (int i = 0; i < 5; ++i) {
    const auto registration = Create(Address(i));
    ASSERT_TRUE(registration.ok()) << registration.status();
    made.push_back(*registration);
  }
  EXPECT_EQ(made[0].state(), Registration::CONFIRMED);
  EXPECT_EQ(made[1].state(), Registration::CONFIRMED);
  EXPECT_EQ(made[0].check_in_code().size(), 26u);
  EXPECT_EQ(made[2].state(), Registration::WAITLISTED);
  EXPECT_EQ(made[2].waiting_position(), 1);
  EXPECT_EQ(made[4].waiting_position(), 3);

  const auto cancelled = Cancel(made[0].name());
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->state(), Registration::CANCELLED);
  EXPECT_TRUE(cancelled->check_in_code().empty());
  EXPECT_EQ(Get(made[2].name())->state(), Registration::CONFIRMED);
  EXPECT_EQ(Get(made[3].name())->waiting_position(), 1);
  EXPECT_THAT(Verify().differences(), IsEmpty());

  const v1::Availability availability = Explain();
  EXPECT_EQ(availability.pools(0).taken(), 2);
  EXPECT_EQ(availability.pools(0).waiting(), 2);
  EXPECT_EQ(availability.pools(0).available(), 0);
  EXPECT_EQ(availability.closed_reason(), "WAITING_LIST");
}

TEST_P(JourneyTest, MoreSeatsPromoteAndACancelledEventEndsAll) {
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(Create(Address(i)).ok());
  ASSERT_TRUE(Resize(5).ok());
  EXPECT_THAT(List("state = CONFIRMED"), SizeIs(5));
  EXPECT_THAT(List("state = WAITLISTED"), SizeIs(1));
  ChangeEvent([](events::v1::Event& event) { event.set_state(events::v1::Event::CANCELLED); });
  // The ending runs in the background; a newcomer is refused at once.
  EXPECT_EQ(ReasonOf(Create("late@example.org").status()), ErrorReason::REGISTRATION_CLOSED);
  for (int tries = 0; tries < 400 && !List("state = CONFIRMED OR state = WAITLISTED").empty();
       ++tries) {
    absl::SleepFor(absl::Milliseconds(25));
  }
  EXPECT_THAT(List("state = CANCELLED"), SizeIs(6));
  EXPECT_EQ(Explain().pools(0).taken(), 0);
  EXPECT_THAT(Verify().differences(), IsEmpty());
}

TEST_P(JourneyTest, AnAtomicBatchIsAllOrNothing) {
  v1::BatchCreateRegistrationsRequest request;
  request.set_parent(kEvent);
  for (int i = 0; i < 3; ++i)
    request.add_requests()->mutable_registration()->mutable_attendee()->set_email(Address(i));
  *request.add_requests() = request.requests(0);
  const auto refused = CreateBatch(request);
  EXPECT_EQ(ReasonOf(refused.status()), ErrorReason::ADDRESS_ALREADY_REGISTERED);
  EXPECT_NE(refused.status().message().find("requests[3]"), std::string::npos) << refused.status();
  EXPECT_THAT(List(), IsEmpty());
  EXPECT_EQ(Explain().pools(0).taken(), 0);

  request.mutable_requests()->RemoveLast();
  const auto made = CreateBatch(request);
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_THAT(made->registrations(), SizeIs(3));
  EXPECT_EQ(made->registrations(1).state(), Registration::CONFIRMED);
  EXPECT_EQ(made->registrations(2).state(), Registration::WAITLISTED);
  EXPECT_THAT(Verify().differences(), IsEmpty());
}

TEST_P(JourneyTest, ARequestIdReplaysItsFirstAnswer) {
  const auto with_id = [](v1::CreateRegistrationRequest& request) {
    request.set_request_id(kRequestId);
  };
  const auto first = Create("a@example.org", with_id);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(Cancel(first->name()).ok());
  const auto again = Create("a@example.org", with_id);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(ReasonOf(Create("b@example.org", with_id).status()), ErrorReason::REQUEST_ID_REUSED);
  EXPECT_THAT(List(), SizeIs(1));
}

TEST_P(JourneyTest, OneAddressOneRegistrationHoweverItIsSpelled) {
  ASSERT_TRUE(Create("Ada@Example.org").ok());
  EXPECT_EQ(ReasonOf(Create("ada@EXAMPLE.ORG").status()), ErrorReason::ADDRESS_ALREADY_REGISTERED);
  ChangeEvent([](events::v1::Event& event) {
    event.mutable_registration()->set_allow_repeated_address(true);
  });
  EXPECT_TRUE(Create("ada@example.org").ok());
}

TEST_P(JourneyTest, ARefusalIsNeverBasedOnOldRules) {
  ChangeEvent([](events::v1::Event& event) {
    event.mutable_registration()->mutable_waiting_list()->clear_mode();
  });
  ASSERT_TRUE(Create(Address(0)).ok());
  ASSERT_TRUE(Create(Address(1)).ok());
  EXPECT_EQ(ReasonOf(Create(Address(2)).status()), ErrorReason::SOLD_OUT);
  // Within the second for which rules are kept.
  ChangeEvent([](events::v1::Event& event) { event.mutable_registration()->set_capacity(3); });
  EXPECT_TRUE(Create(Address(3)).ok());
}

TEST_P(JourneyTest, FewerSeatsThanTakenNeedForceAndSellNothing) {
  ASSERT_TRUE(Create(Address(0)).ok());
  ASSERT_TRUE(Create(Address(1)).ok());
  EXPECT_EQ(ReasonOf(Resize(1)), ErrorReason::CAPACITY_BELOW_TAKEN);
  ASSERT_TRUE(Resize(1, /*force=*/true).ok());
  EXPECT_THAT(List("state = CONFIRMED"), SizeIs(2));
  const auto next = Create(Address(2));
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->state(), Registration::WAITLISTED);
  EXPECT_THAT(Verify().differences(), IsEmpty());
}

TEST_P(JourneyTest, ALimitThatWasPromisedHoldsBeforeTheEventChanges) {
  ASSERT_TRUE(Create(Address(0)).ok());
  v1::LimitSeatsRequest request;
  request.set_event(kEvent);
  request.set_event_uid(event().uid());
  request.set_revision(event().revision() + 1);
  auto* limit = request.add_limits();
  limit->set_pool("event");
  limit->set_size(1);
  ASSERT_TRUE(service_->LimitSeats(*Call(auth::Role::kService, "LimitSeats"), request).ok());
  // The event still says 2.
  EXPECT_EQ(Create(Address(1))->state(), Registration::WAITLISTED);
}

TEST_P(JourneyTest, StaffMayForceAndItIsRecorded) {
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(Create(Address(i)).ok());
  const auto force = [](v1::CreateRegistrationRequest& request) { request.set_force(true); };
  EXPECT_EQ(ReasonOf(Create(Address(2), force, auth::Role::kDesk).status()),
            ErrorReason::PERMISSION_DENIED);
  const auto forced = Create(Address(2), force, auth::Role::kManager);
  ASSERT_TRUE(forced.ok()) << forced.status();
  EXPECT_EQ(forced->state(), Registration::CONFIRMED);
  EXPECT_THAT(Verify().differences(), IsEmpty());
  EXPECT_EQ(Explain().pools(0).available(), 0);
}

TEST_P(JourneyTest, ApprovalHoldsTheSeatUntilItIsDecided) {
  ChangeEvent([](events::v1::Event& event) {
    event.mutable_registration()->set_approval(events::v1::RegistrationRules::ALL);
  });
  const auto first = Create(Address(0));
  const auto second = Create(Address(1));
  ASSERT_EQ(first->state(), Registration::PENDING_APPROVAL);
  EXPECT_EQ(Create(Address(2))->state(), Registration::WAITLISTED);
  EXPECT_EQ(Explain().pools(0).pending(), 2);

  v1::ApproveRegistrationRequest approve;
  approve.set_name(first->name());
  absl::Notification approved;
  service_->ApproveRegistration(
      Call(auth::Role::kManager, "ApproveRegistration"), approve,
      [&](absl::StatusOr<Registration> r) {
        EXPECT_TRUE(r.ok() && r->state() == Registration::CONFIRMED && !r->check_in_code().empty());
        approved.Notify();
      });
  approved.WaitForNotification();
  v1::RejectRegistrationRequest reject;
  reject.set_name(second->name());
  reject.set_reason("outside the topic");
  absl::Notification rejected;
  service_->RejectRegistration(Call(auth::Role::kManager, "RejectRegistration"), reject,
                               [&](absl::StatusOr<Registration> r) {
                                 EXPECT_TRUE(r.ok() && r->state() == Registration::REJECTED &&
                                             r->reason() == "outside the topic");
                                 rejected.Notify();
                               });
  rejected.WaitForNotification();
  // The freed seat goes to the one who waited, who needs approval too.
  EXPECT_THAT(List("state = PENDING_APPROVAL"), SizeIs(1));
  EXPECT_THAT(Verify().differences(), IsEmpty());
}

TEST_P(JourneyTest, PriorityGoesFirst) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Create(Address(i)).ok());
  const auto urgent = Create(
      Address(9),
      [](v1::CreateRegistrationRequest& request) {
        request.mutable_registration()->set_priority(5);
      },
      auth::Role::kManager);
  ASSERT_TRUE(urgent.ok()) << urgent.status();
  EXPECT_EQ(urgent->waiting_position(), 1);
  ASSERT_TRUE(Cancel(List("state = CONFIRMED")[0].name(), auth::Role::kManager).ok());
  EXPECT_EQ(Get(urgent->name())->state(), Registration::CONFIRMED);
}

TEST_P(JourneyTest, APartnerSeesAndChangesOnlyItsOwn) {
  const auto own = Create(Address(0));
  const auto office = Create(Address(1), {}, auth::Role::kManager);
  ASSERT_TRUE(own.ok() && office.ok());
  EXPECT_EQ(own->partner(), "organizers/mst/partners/portal");
  EXPECT_THAT(List("", auth::Role::kPartner), SizeIs(1));
  EXPECT_EQ(ReasonOf(Get(office->name(), auth::Role::kPartner).status()),
            ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Get(own->name(), auth::Role::kPartner, "other").status()),
            ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Cancel(office->name()).status()), ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_TRUE(Cancel(own->name()).ok());
}

TEST_P(JourneyTest, TryingChangesNothing) {
  const auto preview = Create(
      Address(0), [](v1::CreateRegistrationRequest& request) { request.set_validate_only(true); });
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->state(), Registration::CONFIRMED);
  EXPECT_THAT(List(), IsEmpty());
  EXPECT_THAT(History(), IsEmpty());
}

TEST_P(JourneyTest, CancellingTwiceIsRefusedWithTheState) {
  const auto made = Create(Address(0));
  ASSERT_TRUE(Cancel(made->name()).ok());
  EXPECT_EQ(ReasonOf(Cancel(made->name()).status()), ErrorReason::STATE_INVALID);
}

TEST_P(JourneyTest, AnUnknownEventOrRegistrationIsNotFound) {
  EXPECT_EQ(ReasonOf(Create(Address(0),
                            [](v1::CreateRegistrationRequest& request) {
                              request.set_parent("organizers/mst/events/other");
                            })
                         .status()),
            ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_EQ(
      ReasonOf(Get(absl::StrCat(kEvent, "/registrations/r00000000000000000000000000")).status()),
      ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Get("registrations/x").status()), ErrorReason::RESOURCE_NAME_INVALID);
}

TEST_P(JourneyTest, ThePersonIsNotInTheFeed) {
  ASSERT_TRUE(Create("very.private@example.org", [](v1::CreateRegistrationRequest& request) {
                request.mutable_registration()->mutable_attendee()->set_family_name("Lovelace");
              }).ok());
  std::vector<changes::v1::Change> history;
  for (int tries = 0; tries < 400 && history.empty(); ++tries) {
    history = History();
    absl::SleepFor(absl::Milliseconds(10));
  }
  ASSERT_THAT(history, SizeIs(1));
  const std::string bytes = history[0].SerializeAsString();
  EXPECT_EQ(bytes.find("private"), std::string::npos);
  EXPECT_EQ(bytes.find("Lovelace"), std::string::npos);
}

TEST_P(JourneyTest, VerifyAllSeatsIsAnOperationThatEnds) {
  ASSERT_TRUE(Create(Address(0)).ok());
  v1::VerifyAllSeatsRequest request;
  request.set_parent("organizers/mst");
  auto operation = service_->VerifyAllSeats(*Call(auth::Role::kManager, "VerifyAllSeats"), request);
  ASSERT_TRUE(operation.ok()) << operation.status();
  google::longrunning::GetOperationRequest get;
  get.set_name(operation->name());
  for (int tries = 0; tries < 400 && !operation->done(); ++tries) {
    absl::SleepFor(absl::Milliseconds(25));
    operation = service_->operations().Get(*Call(auth::Role::kManager, "GetOperation"), get);
    ASSERT_TRUE(operation.ok()) << operation.status();
  }
  v1::VerifyAllSeatsResponse result;
  ASSERT_TRUE(operation->response().UnpackTo(&result));
  EXPECT_EQ(result.event_count(), 1);
  EXPECT_EQ(result.registration_count(), 1);
  EXPECT_THAT(result.differences(), IsEmpty());
  // Another organizer's staff can't tell that it exists.
  auth::Caller stranger{
      .role = auth::Role::kOwner, .organizer = "other", .actor = "organizers/other/apiKeys/x"};
  const rpc::CallContext call(stranger, absl::Now() + absl::Seconds(5));
  EXPECT_EQ(ReasonOf(service_->operations().Get(call, get).status()),
            ErrorReason::RESOURCE_NOT_FOUND);
}

}  // namespace
}  // namespace colloquy::registrations
