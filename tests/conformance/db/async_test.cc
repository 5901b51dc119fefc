// WriteAsync: every call answered once, in what order, and what Close does to those that wait.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/conformance/db/fixture.h"

namespace colloquy::db {
namespace {

class AsyncTest : public DbTest {};
INSTANTIATE_ENGINES(AsyncTest);

TEST_P(AsyncTest, EveryCallIsAnsweredOnceWithItsOwnStatus) {
  constexpr int kCalls = 400;
  std::vector<std::atomic<int>> answers(kCalls);
  absl::BlockingCounter left(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    db_->WriteAsync(
        {},
        [i](Transaction& tx) -> absl::Status {
          COLLOQUY_RETURN_IF_ERROR(
              tx.Execute("INSERT INTO things (id, n) VALUES (?, ?)", {absl::StrCat("t", i), i})
                  .status());
          return i % 10 == 0 ? absl::UnknownError(absl::StrCat(i)) : absl::OkStatus();
        },
        [&, i](absl::Status status) {
          EXPECT_EQ(status, i % 10 == 0 ? absl::UnknownError(absl::StrCat(i)) : absl::OkStatus());
          ++answers[i];
          left.DecrementCount();
        });
  }
  left.Wait();
  for (const auto& count : answers) EXPECT_EQ(count, 1);
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM things"), kCalls - kCalls / 10);
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM things WHERE n % 10 = 0"), 0);
}

TEST_P(AsyncTest, OneDatabaseThreadKeepsTheOrder) {
  if (GetParam() != Engine::kSqlite) GTEST_SKIP() << "MySQL promises no order";
  constexpr int kCalls = 300;
  absl::BlockingCounter left(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    db_->WriteAsync(
        {},
        [i](Transaction& tx) {
          return tx.Execute("INSERT INTO entries (at) VALUES (?)", {i}).status();
        },
        [&](absl::Status status) {
          EXPECT_EQ(status, absl::OkStatus());
          left.DecrementCount();
        });
  }
  left.Wait();
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM entries WHERE at = seq - 1"), kCalls);
}

TEST_P(AsyncTest, WhatWasAcknowledgedIsDurable) {
  absl::Notification answered;
  db_->WriteAsync(
      {},
      [](Transaction& tx) { return tx.Execute("INSERT INTO things (id) VALUES ('x')").status(); },
      [&](absl::Status status) {
        EXPECT_EQ(status, absl::OkStatus());
        answered.Notify();
      });
  answered.WaitForNotification();
  const std::unique_ptr<Database> other = store_->Open();
  EXPECT_EQ(other->Read({},
                        [](Transaction& tx) -> absl::Status {
                          COLLOQUY_ASSIGN_OR_RETURN(const Rows rows,
                                                    tx.Query("SELECT id FROM things"));
                          return rows.size() == 1 ? absl::OkStatus() : absl::DataLossError("lost");
                        }),
            absl::OkStatus());
}

TEST_P(AsyncTest, AnAnswerMayStartTheNextCall) {
  absl::Notification second;
  const auto nothing = [](Transaction&) { return absl::OkStatus(); };
  db_->WriteAsync({}, nothing, [&](absl::Status) {
    db_->WriteAsync({}, nothing, [&](absl::Status status) {
      EXPECT_EQ(status, absl::OkStatus());
      second.Notify();
    });
  });
  second.WaitForNotification();
}

// One body holds the database (or all of its workers) while a hundred queue up behind it.
TEST_P(AsyncTest, CloseAnswersThoseThatWait) {
  constexpr int kCalls = 100;
  absl::Notification release;
  absl::BlockingCounter left(kCalls);
  std::atomic<int> done = 0;
  std::atomic<int> stopped = 0;
  for (int i = 0; i < kCalls; ++i) {
    db_->WriteAsync(
        {},
        [&, i](Transaction& tx) {
          release.WaitForNotification();
          return tx.Execute("INSERT INTO things (id) VALUES (?)", {absl::StrCat(i)}).status();
        },
        [&](absl::Status status) {
          ++(status.ok() ? done : stopped);
          EXPECT_TRUE(status.ok() || ReasonOf(status) == ErrorReason::SERVER_STOPPING) << status;
          left.DecrementCount();
        });
  }
  std::thread closer([&] { db_->Close(); });
  // Close answers what is queued before it waits for what runs; with nothing queued it waits only.
  release.Notify();
  closer.join();
  left.Wait();
  EXPECT_EQ(done + stopped, kCalls);
  const std::unique_ptr<Database> other = store_->Open();
  EXPECT_EQ(other->Read({},
                        [&](Transaction& tx) -> absl::Status {
                          COLLOQUY_ASSIGN_OR_RETURN(const Rows rows,
                                                    tx.Query("SELECT COUNT(*) FROM things"));
                          EXPECT_EQ(rows[0].Int64(0), done);
                          return absl::OkStatus();
                        }),
            absl::OkStatus());
}

TEST_P(AsyncTest, ADeadlineThatPassedInTheQueueRunsNothing) {
  if (GetParam() != Engine::kSqlite) GTEST_SKIP() << "MySQL has no queue that one body can block";
  absl::Notification started;
  absl::Notification release;
  absl::Notification answered;
  db_->WriteAsync(
      {},
      [&](Transaction&) {
        started.Notify();
        release.WaitForNotification();
        return absl::OkStatus();
      },
      [](absl::Status) {});
  started.WaitForNotification();
  const absl::Time deadline = absl::Now() + absl::Milliseconds(20);
  std::atomic<bool> ran = false;
  db_->WriteAsync(
      {.deadline = deadline},
      [&](Transaction&) {
        ran = true;
        return absl::OkStatus();
      },
      [&](absl::Status status) {
        EXPECT_EQ(ReasonOf(status), ErrorReason::DEADLINE_EXCEEDED);
        answered.Notify();
      });
  absl::SleepFor(deadline - absl::Now() + absl::Milliseconds(1));
  release.Notify();
  answered.WaitForNotification();
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace colloquy::db
