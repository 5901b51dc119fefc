#include "services/events/rules/lifecycle.h"

#include <gtest/gtest.h>

#include "services/common/errors/errors.h"
#include "services/events/rules/civil_time.h"

namespace colloquy::events::rules {
namespace {

using v1::Event;

Event At(Event::State state) {
  Event event;
  event.set_name("organizers/a/events/b");
  event.set_state(state);
  *event.mutable_start_time() = ToProto(absl::FromUnixSeconds(1000));
  *event.mutable_end_time() = ToProto(absl::FromUnixSeconds(2000));
  if (state != Event::DRAFT) *event.mutable_publish_time() = ToProto(absl::FromUnixSeconds(1));
  return event;
}

TEST(Lifecycle, ProgressFollowsFromTheClock) {
  EXPECT_EQ(StateAt(At(Event::PUBLISHED), absl::FromUnixSeconds(999)), Event::PUBLISHED);
  EXPECT_EQ(StateAt(At(Event::PUBLISHED), absl::FromUnixSeconds(1000)), Event::IN_PROGRESS);
  EXPECT_EQ(StateAt(At(Event::PUBLISHED), absl::FromUnixSeconds(2000)), Event::COMPLETED);
  EXPECT_EQ(StateAt(At(Event::CANCELLED), absl::FromUnixSeconds(1500)), Event::CANCELLED);
}

TEST(Lifecycle, AStateIsGoodUntilTheClockTurnsIt) {
  Event event = At(Event::PUBLISHED);
  EXPECT_EQ(StateGoodUntil(event), absl::FromUnixSeconds(1000));
  event.set_state(StateAt(event, absl::FromUnixSeconds(1000)));
  EXPECT_EQ(StateGoodUntil(event), absl::FromUnixSeconds(2000));
  event.set_state(Event::COMPLETED);
  EXPECT_EQ(StateGoodUntil(event), absl::InfiniteFuture());
  EXPECT_EQ(StateGoodUntil(At(Event::DRAFT)), absl::InfiniteFuture());
}

TEST(Lifecycle, EveryStateAndTheMethodsThatChangeIt) {
  struct Case {
    Method method;
    Event::State state;
    bool allowed;
  };
  const Case cases[] = {
      {Method::kPublishEvent, Event::DRAFT, true},
      {Method::kPublishEvent, Event::PUBLISHED, false},
      {Method::kPublishEvent, Event::CANCELLED, false},
      {Method::kPublishEvent, Event::ARCHIVED, false},
      {Method::kCancelEvent, Event::DRAFT, true},
      {Method::kCancelEvent, Event::PUBLISHED, true},
      {Method::kCancelEvent, Event::CANCELLED, false},
      {Method::kCancelEvent, Event::ARCHIVED, false},
      {Method::kArchiveEvent, Event::CANCELLED, true},
      {Method::kArchiveEvent, Event::ARCHIVED, false},
      {Method::kDeleteEvent, Event::DRAFT, true},
      {Method::kDeleteEvent, Event::PUBLISHED, false},
      {Method::kUpdateEvent, Event::DRAFT, true},
      {Method::kUpdateEvent, Event::PUBLISHED, true},
      {Method::kUpdateEvent, Event::ARCHIVED, false},
  };
  for (const Case& test : cases) {
    const absl::Status status =
        CheckAllowed(test.method, At(test.state), absl::FromUnixSeconds(500));
    EXPECT_EQ(status.ok(), test.allowed)
        << MethodName(test.method) << " in " << Event::State_Name(test.state);
    if (!test.allowed) {
      EXPECT_EQ(errors::ReasonOf(status), errors::ErrorReason::STATE_INVALID);
    }
  }
}

}  // namespace
}  // namespace colloquy::events::rules
