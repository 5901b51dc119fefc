#include "services/common/auth/rate_limiter.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "services/common/errors/errors.h"

namespace colloquy::auth {
namespace {

Caller Key(absl::string_view actor) {
  return Caller{.role = Role::kPartner, .actor = std::string(actor)};
}

absl::Duration RetryAfter(const absl::Status& status) {
  google::rpc::RetryInfo info;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.RetryInfo");
  if (!payload || !info.ParseFromString(std::string(*payload))) return absl::ZeroDuration();
  return absl::Seconds(info.retry_delay().seconds()) +
         absl::Nanoseconds(info.retry_delay().nanos());
}

class RateLimiterTest : public testing::Test {
 protected:
  std::function<absl::Time()> clock() {
    return [this] { return now_; };
  }
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
};

TEST_F(RateLimiterTest, IsOffByDefault) {
  RateLimiter limiter({}, clock());
  for (int i = 0; i < 100000; ++i) ASSERT_TRUE(limiter.Admit(Key("a")).ok());
  EXPECT_EQ(limiter.size(), 0u);
}

TEST_F(RateLimiterTest, AdmitsTheBurstAndThenTheRate) {
  RateLimiter limiter({.calls_per_second = 10, .burst = 3}, clock());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.Admit(Key("a")).ok());
  const absl::Status refused = limiter.Admit(Key("a"));
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(errors::ReasonOf(refused), errors::ErrorReason::RATE_LIMITED);
  const absl::Duration wait = RetryAfter(refused);
  EXPECT_GT(wait, absl::ZeroDuration());
  EXPECT_LE(wait, absl::Milliseconds(100));
  // The advice is right, and one call flows back, not two.
  now_ += wait;
  EXPECT_TRUE(limiter.Admit(Key("a")).ok());
  EXPECT_FALSE(limiter.Admit(Key("a")).ok());
  // Idle time is not saved beyond the burst.
  now_ += absl::Hours(1);
  int admitted = 0;
  while (limiter.Admit(Key("a")).ok()) ++admitted;
  EXPECT_EQ(admitted, 3);
}

TEST_F(RateLimiterTest, CallersHaveBucketsOfTheirOwn) {
  RateLimiter limiter({.calls_per_second = 1, .burst = 1}, clock());
  EXPECT_TRUE(limiter.Admit(Key("a")).ok());
  EXPECT_FALSE(limiter.Admit(Key("a")).ok());
  EXPECT_TRUE(limiter.Admit(Key("b")).ok());
  EXPECT_TRUE(limiter.Admit(Caller()).ok());
  EXPECT_FALSE(limiter.Admit(Caller()).ok());
}

TEST_F(RateLimiterTest, LongRunMatchesTheRate) {
  RateLimiter limiter({.calls_per_second = 1000, .burst = 50}, clock());
  const int seconds = 5;
  int admitted = 0;
  for (int i = 0; i < seconds * 10000; ++i) {
    admitted += limiter.Admit(Key("a")).ok();
    now_ += absl::Microseconds(100);
  }
  EXPECT_NEAR(admitted, seconds * 1000 + 50, 2);
}

TEST_F(RateLimiterTest, MemoryIsBoundedAndIdleCallersAreForgotten) {
  RateLimiter limiter({.calls_per_second = 1, .burst = 1, .max_callers = 640}, clock());
  for (int i = 0; i < 10000; ++i) limiter.Admit(Key(absl::StrCat("k", i))).IgnoreError();
  EXPECT_LE(limiter.size(), 640u);
  EXPECT_GT(limiter.size(), 500u);
  now_ += absl::Seconds(10);
  // Everyone's bucket is full again: new callers get their own, not the shared one.
  int admitted = 0;
  for (int i = 0; i < 64; ++i) admitted += limiter.Admit(Key(absl::StrCat("n", i))).ok();
  EXPECT_EQ(admitted, 64);
}

}  // namespace
}  // namespace colloquy::auth
