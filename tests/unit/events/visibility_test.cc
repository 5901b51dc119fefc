#include "services/events/rules/lifecycle.h"

#include <map>
#include <set>

#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "services/events/rules/civil_time.h"
#include "services/events/rules/visibility.h"

namespace colloquy::events::rules {
namespace {

using v1::Event;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// An event that StateAt sees in `state` at kNow.
Event EventIn(Event::State state) {
  Event event;
  event.set_name("organizers/a/events/b");
  absl::Duration starts = absl::Hours(24);
  if (state == Event::IN_PROGRESS) starts = -absl::Hours(1);
  if (state == Event::COMPLETED) starts = -absl::Hours(24);
  *event.mutable_start_time() = ToProto(kNow + starts);
  *event.mutable_end_time() = ToProto(kNow + starts + absl::Hours(2));
  const bool derived = state == Event::IN_PROGRESS || state == Event::COMPLETED;
  event.set_state(derived ? Event::PUBLISHED : state);
  return event;
}

TEST(LifecycleTest, WhatWasPublishedIsNeverDeleted) {
  for (int number = Event::DRAFT; number <= Event::ARCHIVED; ++number) {
    Event event = EventIn(static_cast<Event::State>(number));
    *event.mutable_publish_time() = ToProto(kNow);
    EXPECT_FALSE(CheckAllowed(Method::kDeleteEvent, event, kNow).ok()) << number;
  }
}

TEST(VisibilityTest, WhoSeesWhat) {
  for (int state = Event::DRAFT; state <= Event::ARCHIVED; ++state) {
    for (int seen = Event::PUBLIC; seen <= Event::INVITATION_ONLY; ++seen) {
      for (bool published : {false, true}) {
        const auto s = static_cast<Event::State>(state);
        const auto v = static_cast<Event::Visibility>(seen);
        EXPECT_TRUE(CanGet(Audience::kStaff, s, v, published));
        EXPECT_EQ(CanGet(Audience::kPartner, s, v, published), published);
        const bool open = published && s != Event::ARCHIVED && v != Event::INVITATION_ONLY;
        EXPECT_EQ(CanGet(Audience::kPublic, s, v, published), open);
        EXPECT_EQ(CanFind(Audience::kPublic, s, v, published), open && v == Event::PUBLIC);
      }
    }
  }
}

}  // namespace
}  // namespace colloquy::events::rules
