#include "services/common/rpc/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "services/common/errors/errors.h"

namespace colloquy::rpc {
namespace {

using errors::ErrorReason;

// Occupies one thread of an executor until it is let go.
class Blocker {
 public:
  explicit Blocker(Executor& executor) {
    EXPECT_TRUE(executor
                    .Submit(absl::InfiniteFuture(),
                            [this](absl::Status) {
                              running_.Notify();
                              release_.WaitForNotification();
                            })
                    .ok());
    running_.WaitForNotification();
  }
  void Release() { release_.Notify(); }

 private:
  absl::Notification running_;
  absl::Notification release_;
};

TEST(ExecutorTest, RunsEveryTaskOnce) {
  constexpr int kTasks = 5000;
  std::atomic<int> runs{0};
  {
    Executor executor(4, kTasks);
    std::vector<std::thread> submitters;
    for (int t = 0; t < 4; ++t) {
      submitters.emplace_back([&] {
        for (int i = 0; i < kTasks / 4; ++i) {
          EXPECT_TRUE(executor
                          .Submit(absl::InfiniteFuture(),
                                  [&](absl::Status status) {
                                    EXPECT_TRUE(status.ok());
                                    ++runs;
                                  })
                          .ok());
        }
      });
    }
    for (std::thread& submitter : submitters) submitter.join();
  }
  EXPECT_EQ(runs, kTasks);
}

TEST(ExecutorTest, ThreadsWorkAtTheSameTime) {
  Executor executor(3, 10);
  auto* arrived = new absl::Barrier(3);
  absl::BlockingCounter left(3);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(executor
                    .Submit(absl::InfiniteFuture(),
                            [&](absl::Status) {
                              if (arrived->Block()) delete arrived;  // comes back when all are here
                              left.DecrementCount();
                            })
                    .ok());
  }
  left.Wait();
}

TEST(ExecutorTest, FullQueueRefusesWithRetryInfo) {
  Executor executor(1, 2);
  Blocker blocker(executor);
  std::atomic<int> runs{0};
  auto task = [&](absl::Status) { ++runs; };
  EXPECT_TRUE(executor.Submit(absl::InfiniteFuture(), task).ok());
  EXPECT_TRUE(executor.Submit(absl::InfiniteFuture(), task).ok());
  EXPECT_EQ(executor.queued(), 2u);
  const absl::Status refused = executor.Submit(absl::InfiniteFuture(), task);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(errors::ReasonOf(refused), ErrorReason::OVERLOADED);
  EXPECT_TRUE(refused.GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value());
  blocker.Release();
  EXPECT_TRUE(executor.Stop(absl::InfiniteFuture()));
  EXPECT_EQ(runs, 2);
}

TEST(ExecutorTest, DeadlineIsCheckedWhenTheTurnComes) {
  Executor executor(1, 2);
  Blocker blocker(executor);
  absl::Notification ran;
  ASSERT_TRUE(executor
                  .Submit(absl::Now() - absl::Seconds(1),
                          [&](absl::Status status) {
                            EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
                            EXPECT_EQ(errors::ReasonOf(status), ErrorReason::DEADLINE_EXCEEDED);
                            ran.Notify();
                          })
                  .ok());
  blocker.Release();
  ran.WaitForNotification();
}

TEST(ExecutorTest, StopRunsWhatIsQueuedAndTakesNoMore) {
  Executor executor(1, 10);
  std::atomic<int> runs{0};
  Blocker blocker(executor);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(executor.Submit(absl::InfiniteFuture(), [&](absl::Status) { ++runs; }).ok());
  }
  blocker.Release();
  EXPECT_TRUE(executor.Stop(absl::InfiniteFuture()));
  EXPECT_EQ(runs, 5);
  const absl::Status late = executor.Submit(absl::InfiniteFuture(), [&](absl::Status) { ++runs; });
  EXPECT_EQ(late.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(errors::ReasonOf(late), ErrorReason::SERVER_STOPPING);
  EXPECT_TRUE(executor.Stop(absl::InfiniteFuture()));
  EXPECT_EQ(runs, 5);
}

TEST(ExecutorTest, AStuckTaskDoesNotHoldUpAStop) {
  absl::Notification release;
  absl::Notification left;
  {
    Executor executor(1, 10);
    absl::Notification running;
    ASSERT_TRUE(executor
                    .Submit(absl::InfiniteFuture(),
                            [&](absl::Status) {
                              running.Notify();
                              release.WaitForNotification();
                              left.Notify();
                            })
                    .ok());
    running.WaitForNotification();
    EXPECT_FALSE(executor.Stop(absl::Now() + absl::Milliseconds(20)));
    release.Notify();
  }
  left.WaitForNotification();
}

TEST(ExecutorTest, TasksAreDestroyedOnceRun) {
  Executor executor(1, 10);
  auto token = std::make_shared<int>(0);
  std::weak_ptr<int> weak = token;
  absl::Notification ran;
  ASSERT_TRUE(
      executor.Submit(absl::InfiniteFuture(), [token, &ran](absl::Status) { ran.Notify(); }).ok());
  token.reset();
  ran.WaitForNotification();
  EXPECT_TRUE(executor.Stop(absl::InfiniteFuture()));
  EXPECT_TRUE(weak.expired());
}

}  // namespace
}  // namespace colloquy::rpc
