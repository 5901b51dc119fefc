#include "services/registrations/rules/deliveries.h"

#include "gtest/gtest.h"

namespace colloquy::registrations::rules {
namespace {

TEST(NextAttempt, WaitsLongerEachTimeAndAnHourAtMost) {
  absl::Duration before;
  for (int64_t attempts = 1; attempts < 40; ++attempts) {
    const auto longest = NextAttempt(attempts, absl::ZeroDuration(), 1);
    const auto shortest = NextAttempt(attempts, absl::ZeroDuration(), 0);
    ASSERT_TRUE(longest.has_value() && shortest.has_value());
    EXPECT_EQ(*shortest, *longest / 2);
    EXPECT_GE(*longest, before);
    EXPECT_LE(*longest, absl::Hours(1));
    before = *longest;
  }
  EXPECT_EQ(before, absl::Hours(1));
  EXPECT_EQ(NextAttempt(1, absl::ZeroDuration(), 1), absl::Seconds(5));
  EXPECT_EQ(NextAttempt(2, absl::ZeroDuration(), 1), absl::Seconds(15));
}

TEST(NextAttempt, GivesUpAfterItsLifetime) {
  EXPECT_TRUE(NextAttempt(1, kDeliveryLifetime - absl::Seconds(1), 0).has_value());
  EXPECT_FALSE(NextAttempt(1, kDeliveryLifetime, 0).has_value());
}

TEST(RelayPause, DoublesToAMinute) {
  EXPECT_EQ(RelayPause(1), absl::Seconds(1));
  EXPECT_EQ(RelayPause(2), absl::Seconds(2));
  EXPECT_EQ(RelayPause(1000), absl::Minutes(1));
}

TEST(KeptReason, IsOneLineOfText) {
  EXPECT_EQ(KeptReason("550 No such\r\n\tuser\x01 \xff here \r\n"), "550 No such   user? ? here");
  EXPECT_EQ(KeptReason(std::string(10'000, 'x')).size(), 500u);
  EXPECT_EQ(KeptReason(""), "");
}

}  // namespace
}  // namespace colloquy::registrations::rules
