#include "services/registrations/import_turns.h"

#include <optional>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace colloquy::registrations {
namespace {

using Turn = ImportTurns::Turn;

TEST(ImportTurnsTest, WaitsForTheRunBeforeItAndNoOther) {
  ImportTurns turns;
  std::optional<Turn> first(std::in_place, turns, "operations/a", 1, 1000);
  Turn later(turns, "operations/a", 3001, 1000);
  later.Wait(absl::InfiniteFuture());
  Turn other(turns, "operations/b", 1001, 1000);
  other.Wait(absl::InfiniteFuture());

  absl::Notification waited;
  std::thread behind([&] {
    Turn second(turns, "operations/a", 1001, 1000);
    second.Wait(absl::InfiniteFuture());
    waited.Notify();
  });
  EXPECT_FALSE(waited.WaitForNotificationWithTimeout(absl::Milliseconds(20)));
  first.reset();
  behind.join();
  EXPECT_TRUE(waited.HasBeenNotified());
}

TEST(ImportTurnsTest, WaitsNoLongerThanItMay) {
  ImportTurns turns;
  Turn first(turns, "operations/a", 1, 1000);
  Turn second(turns, "operations/a", 1001, 1000);
  const absl::Time deadline = absl::Now() + absl::Milliseconds(5);
  second.Wait(deadline);
  EXPECT_GE(absl::Now(), deadline);
}

TEST(ImportTurnsTest, NobodyWaitsBehindOneThatWaits) {
  ImportTurns turns;
  std::optional<Turn> first(std::in_place, turns, "operations/a", 1, 1000);
  Turn second(turns, "operations/a", 1001, 1000);
  std::thread behind([&] { second.Wait(absl::InfiniteFuture()); });
  while (!second.waits()) std::this_thread::yield();
  Turn third(turns, "operations/a", 2001, 1000);
  third.Wait(absl::InfiniteFuture());
  EXPECT_TRUE(second.waits());
  first.reset();
  behind.join();
  EXPECT_FALSE(second.waits());
}

// A run of no records, as the last one may be, is not its own predecessor.
TEST(ImportTurnsTest, AnEmptyRunDoesNotWaitForItself) {
  ImportTurns turns;
  Turn turn(turns, "operations/a", 1001, 0);
  turn.Wait(absl::InfiniteFuture());
}

}  // namespace
}  // namespace colloquy::registrations
