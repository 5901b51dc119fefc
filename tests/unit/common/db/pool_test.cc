#include "services/common/db/pool.h"

#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"

namespace colloquy::db {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;

struct Thing {
  int number;
};

const auto kAny = [](const Thing&) { return true; };

class PoolTest : public testing::Test {
 protected:
  Pool<Thing>::Factory Counting() {
    return [this]() -> absl::StatusOr<std::unique_ptr<Thing>> {
      return std::make_unique<Thing>(Thing{opened_++});
    };
  }
  std::atomic<int> opened_ = 0;
};

TEST_F(PoolTest, UsesTheWarmestAgain) {
  Pool<Thing> pool(4, Counting());
  {
    auto first = pool.Acquire({}, kAny);
    auto second = pool.Acquire({}, kAny);
    EXPECT_EQ((*second)->number, 1);
  }
  EXPECT_EQ((*pool.Acquire({}, kAny))->number, 0) << "the first lease was given back last";
  EXPECT_EQ((*pool.Acquire({}, [](const Thing& thing) { return thing.number == 1; }))->number, 1);
  EXPECT_EQ(opened_, 2);
}

TEST_F(PoolTest, DiscardDropsTheIdleToo) {
  Pool<Thing> pool(2, Counting());
  auto broken = pool.Acquire({}, kAny);
  { auto idle = pool.Acquire({}, kAny); }
  broken->Discard();
  auto third = pool.Acquire({}, kAny);
  auto fourth = pool.Acquire({}, kAny);
  EXPECT_EQ((*third)->number, 2);
  EXPECT_EQ((*fourth)->number, 3);
  EXPECT_EQ(ReasonOf(pool.Acquire({.deadline = absl::Now()}, kAny).status()),
            ErrorReason::DEADLINE_EXCEEDED)
      << "the limit still counts right";
}

TEST_F(PoolTest, AFailureToOpenTakesNoPlace) {
  bool fail = true;
  Pool<Thing> pool(1, [&]() -> absl::StatusOr<std::unique_ptr<Thing>> {
    if (fail) return absl::UnknownError("no");
    return std::make_unique<Thing>();
  });
  EXPECT_EQ(pool.Acquire({}, kAny).status(), absl::UnknownError("no"));
  fail = false;
  EXPECT_TRUE(pool.Acquire({}, kAny).ok());
}

TEST_F(PoolTest, CloseWaitsForLeasesAndRefusesNewOnes) {
  Pool<Thing> pool(1, Counting());
  std::atomic<bool> closed = false;
  std::thread closer;
  {
    auto lease = pool.Acquire({}, kAny);
    closer = std::thread([&] {
      pool.Close();
      closed = true;
    });
    absl::Status refused;
    while ((refused = pool.Acquire({.deadline = absl::Now()}, kAny).status()).code() ==
           absl::StatusCode::kDeadlineExceeded) {
    }
    EXPECT_EQ(ReasonOf(refused), ErrorReason::SERVER_STOPPING);
    EXPECT_FALSE(closed);
  }
  closer.join();
}

}  // namespace
}  // namespace colloquy::db
