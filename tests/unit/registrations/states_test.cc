#include "services/registrations/rules/states.h"

#include <gtest/gtest.h>

#include "google/protobuf/util/time_util.h"
#include "services/common/errors/errors.h"

namespace colloquy::registrations::rules {
namespace {

using events::v1::Event;
using google::protobuf::util::TimeUtil;
using v1::Registration;

// Every state with every action, against the table of the design.
TEST(States, EveryStateAndAction) {
  const std::map<std::pair<Registration::State, Action>, Registration::State> allowed = {
      {{Registration::PENDING_APPROVAL, Action::kApprove}, Registration::CONFIRMED},
      {{Registration::PENDING_APPROVAL, Action::kReject}, Registration::REJECTED},
      {{Registration::PENDING_APPROVAL, Action::kCancel}, Registration::CANCELLED},
      {{Registration::CONFIRMED, Action::kCancel}, Registration::CANCELLED},
      {{Registration::WAITLISTED, Action::kCancel}, Registration::CANCELLED},
      {{Registration::OFFERED, Action::kCancel}, Registration::CANCELLED},
  };
  for (int number = Registration::State_MIN; number <= Registration::State_MAX; ++number) {
    Registration registration;
    registration.set_name("organizers/a/events/b/registrations/c");
    registration.set_state(static_cast<Registration::State>(number));
    for (const Action action : {Action::kApprove, Action::kReject, Action::kCancel}) {
      const auto next = Next(registration, action);
      const auto expected = allowed.find({registration.state(), action});
      if (expected != allowed.end()) {
        ASSERT_TRUE(next.ok());
        EXPECT_EQ(*next, expected->second);
        continue;
      }
      EXPECT_EQ(errors::ReasonOf(next.status()), errors::ErrorReason::STATE_INVALID);
      EXPECT_NE(next.status().message().find(Registration::State_Name(registration.state())),
                std::string::npos);
    }
  }
}

TEST(States, CancellationEndsAtItsDeadline) {
  Event event;
  *event.mutable_start_time() = TimeUtil::SecondsToTimestamp(100'000);
  EXPECT_TRUE(CheckCancellation(event, absl::FromUnixSeconds(99'999)).ok());
  EXPECT_FALSE(CheckCancellation(event, absl::FromUnixSeconds(100'000)).ok());
  *event.mutable_registration()->mutable_cancellation()->mutable_before_start() =
      TimeUtil::SecondsToDuration(3600);
  EXPECT_TRUE(CheckCancellation(event, absl::FromUnixSeconds(96'399)).ok());
  EXPECT_EQ(errors::ReasonOf(CheckCancellation(event, absl::FromUnixSeconds(96'400))),
            errors::ErrorReason::DEADLINE_PASSED);
}

TEST(States, ModificationHasADeadlineOfItsOwn) {
  Event event;
  *event.mutable_start_time() = TimeUtil::SecondsToTimestamp(100'000);
  *event.mutable_registration()->mutable_cancellation()->mutable_time() =
      TimeUtil::SecondsToTimestamp(10);
  EXPECT_TRUE(CheckModification(event, absl::FromUnixSeconds(99'999)).ok());
  *event.mutable_registration()->mutable_modification()->mutable_time() =
      TimeUtil::SecondsToTimestamp(500);
  EXPECT_TRUE(CheckModification(event, absl::FromUnixSeconds(499)).ok());
  EXPECT_EQ(errors::ReasonOf(CheckModification(event, absl::FromUnixSeconds(500))),
            errors::ErrorReason::DEADLINE_PASSED);
}

TEST(States, ApprovalFollowsTheRule) {
  Event event;
  auto* category = event.add_categories();
  category->set_id("press");
  category->set_requires_approval(true);
  event.add_categories()->set_id("regular");
  EXPECT_FALSE(NeedsApproval(event, "press"));
  event.mutable_registration()->set_approval(events::v1::RegistrationRules::BY_CATEGORY);
  EXPECT_TRUE(NeedsApproval(event, "press"));
  EXPECT_FALSE(NeedsApproval(event, "regular"));
  event.mutable_registration()->set_approval(events::v1::RegistrationRules::ALL);
  EXPECT_TRUE(NeedsApproval(event, "regular"));
}

}  // namespace
}  // namespace colloquy::registrations::rules
