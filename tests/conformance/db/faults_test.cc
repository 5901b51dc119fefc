// Deadlocks, lost connections, unknown outcomes, deadlines, cancelled calls.
#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/conformance/db/fixture.h"

namespace colloquy::db {
namespace {

using Fault = FaultInjector::Fault;

class FaultsTest : public DbTest {
 protected:
  // The whole body must run again, so both rows are there or none.
  absl::Status AddTwo(const CallOptions& call = {}) {
    return db_->Write(call, [&](Transaction& tx) -> absl::Status {
      ++runs_;
      COLLOQUY_RETURN_IF_ERROR(tx.Execute("INSERT INTO things (id) VALUES ('a')").status());
      return tx.Execute("INSERT INTO things (id) VALUES ('b')").status();
    });
  }
  int64_t Things() { return Number("SELECT COUNT(*) FROM things").value_or(-1); }

  std::atomic<int> runs_ = 0;
};
INSTANTIATE_ENGINES(FaultsTest);

TEST_P(FaultsTest, TransientFaultsRunTheWholeBodyAgain) {
  for (const Fault fault : {Fault::kDeadlock, Fault::kLostConnection}) {
    for (const int statement : {0, 1}) {
      SCOPED_TRACE(absl::StrCat(static_cast<int>(fault), " at ", statement));
      runs_ = 0;
      faults_.on_statement = [&](int attempt, int at) {
        return attempt < 3 && at == statement ? fault : Fault::kNone;
      };
      EXPECT_EQ(AddTwo(), absl::OkStatus()) << Logged();
      faults_.on_statement = nullptr;
      EXPECT_EQ(runs_, 4);
      EXPECT_EQ(Things(), 2);
      ASSERT_EQ(Run("DELETE FROM things"), absl::OkStatus());
    }
  }
}

TEST_P(FaultsTest, ReadsRunAgainToo) {
  ASSERT_EQ(AddThing("x", 42), absl::OkStatus());
  faults_.on_statement = [](int attempt, int) {
    return attempt < 2 ? Fault::kLostConnection : Fault::kNone;
  };
  EXPECT_EQ(*Number("SELECT n FROM things"), 42);
}

TEST_P(FaultsTest, ABodyThatSwallowsADeadlockStillRunsAgain) {
  faults_.on_statement = [](int attempt, int statement) {
    return attempt == 0 && statement == 1 ? Fault::kDeadlock : Fault::kNone;
  };
  EXPECT_EQ(db_->Write({},
                       [](Transaction& tx) -> absl::Status {
                         (void)tx.Execute("INSERT INTO things (id) VALUES ('a')");
                         (void)tx.Execute("INSERT INTO things (id) VALUES ('b')");
                         return absl::OkStatus();
                       }),
            absl::OkStatus());
  EXPECT_EQ(Things(), 2);
}

TEST_P(FaultsTest, ThereIsAnEndToTrying) {
  faults_.on_statement = [](int, int statement) {
    return statement == 1 ? Fault::kDeadlock : Fault::kNone;
  };
  EXPECT_EQ(ReasonOf(AddTwo()), ErrorReason::CONFLICT);
  EXPECT_EQ(runs_, DatabaseOptions().max_attempts);
  faults_.on_statement = [](int, int statement) {
    return statement == 1 ? Fault::kLostConnection : Fault::kNone;
  };
  EXPECT_EQ(ReasonOf(AddTwo()), ErrorReason::DATABASE_UNAVAILABLE);
  faults_.on_statement = nullptr;
  EXPECT_EQ(Things(), 0);
}

TEST_P(FaultsTest, ABodyMayAskToRunAgain) {
  EXPECT_EQ(db_->Write({},
                       [&](Transaction& tx) -> absl::Status {
                         COLLOQUY_RETURN_IF_ERROR(
                             tx.Execute("INSERT INTO things (id) VALUES ('a')").status());
                         return ++runs_ < 3 ? RunAgain() : absl::OkStatus();
                       }),
            absl::OkStatus());
  EXPECT_EQ(Things(), 1);
  EXPECT_EQ(ReasonOf(db_->Write({}, [](Transaction&) { return RunAgain(); })),
            ErrorReason::CONFLICT);
}

TEST_P(FaultsTest, ADeadlockAtCommitRunsTheBodyAgain) {
  faults_.on_commit = [](int attempt) { return attempt == 0 ? Fault::kDeadlock : Fault::kNone; };
  EXPECT_EQ(AddTwo(), absl::OkStatus());
  EXPECT_EQ(runs_, 2);
  EXPECT_EQ(Things(), 2);
}

TEST_P(FaultsTest, ALossAtCommitIsAnUnknownOutcome) {
  faults_.on_commit = [](int) { return Fault::kLostConnection; };
  EXPECT_EQ(ReasonOf(AddTwo()), ErrorReason::OUTCOME_UNKNOWN);
  EXPECT_EQ(runs_, 1) << "it must not run again";
  EXPECT_EQ(Things(), 0);
  faults_.on_commit = [](int) { return Fault::kLostAfter; };
  EXPECT_EQ(ReasonOf(AddTwo()), ErrorReason::OUTCOME_UNKNOWN);
  EXPECT_EQ(runs_, 2);
  EXPECT_EQ(Things(), 2);
  faults_.on_commit = nullptr;
  EXPECT_EQ(AddThing("c", 1), absl::OkStatus()) << "the database goes on";
}

TEST_P(FaultsTest, APassedDeadlineRunsNothing) {
  const CallOptions late{.deadline = absl::Now() - absl::Seconds(1)};
  EXPECT_EQ(ReasonOf(AddTwo(late)), ErrorReason::DEADLINE_EXCEEDED);
  EXPECT_EQ(ReasonOf(db_->Read(late,
                               [&](Transaction&) {
                                 ++runs_;
                                 return absl::OkStatus();
                               })),
            ErrorReason::DEADLINE_EXCEEDED);
  EXPECT_EQ(runs_, 0);
}

TEST_P(FaultsTest, ADeadlineStopsARunningStatement) {
  for (const bool one_query : {false, true}) {
    const CallOptions call{.deadline = absl::Now() + absl::Milliseconds(80),
                           .one_query = one_query};
    EXPECT_EQ(
        ReasonOf(db_->Read(call, [&](Transaction& tx) { return tx.Query(SlowQuery()).status(); })),
        ErrorReason::DEADLINE_EXCEEDED)
        << Logged();
  }
  const CallOptions call{.deadline = absl::Now() + absl::Milliseconds(80)};
  EXPECT_EQ(ReasonOf(db_->Write(call,
                                [&](Transaction& tx) -> absl::Status {
                                  COLLOQUY_RETURN_IF_ERROR(
                                      tx.Execute("INSERT INTO things (id) VALUES ('a')").status());
                                  return tx.Query(SlowQuery()).status();
                                })),
            ErrorReason::DEADLINE_EXCEEDED);
  EXPECT_EQ(Things(), 0);
  EXPECT_EQ(AddTwo(), absl::OkStatus()) << "the limit does not stay with the connection";
}

TEST_P(FaultsTest, ADeadlinePassedInTheBodyCommitsNothing) {
  faults_.on_statement = [](int, int statement) {
    return statement == 1 ? Fault::kSlow : Fault::kNone;
  };
  EXPECT_EQ(ReasonOf(AddTwo({.deadline = absl::Now() + absl::Milliseconds(50)})),
            ErrorReason::DEADLINE_EXCEEDED);
  faults_.on_statement = nullptr;
  const absl::Time deadline = absl::Now() + absl::Milliseconds(50);
  EXPECT_EQ(ReasonOf(db_->Write({.deadline = deadline},
                                [&](Transaction& tx) {
                                  const absl::Status status =
                                      tx.Execute("INSERT INTO things (id) VALUES ('a')").status();
                                  absl::SleepFor(deadline - absl::Now() + absl::Milliseconds(1));
                                  return status;
                                })),
            ErrorReason::DEADLINE_EXCEEDED);
  EXPECT_EQ(Things(), 0);
}

TEST_P(FaultsTest, ACancelledCallEnds) {
  CallOptions call;
  call.cancelled = [] { return true; };
  EXPECT_EQ(ReasonOf(AddTwo(call)), ErrorReason::CALL_CANCELLED);
  EXPECT_EQ(AddTwo(call).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(runs_, 0);

  std::atomic<bool> cancelled = false;
  call.cancelled = [&] { return cancelled.load(); };
  EXPECT_EQ(
      ReasonOf(db_->Write(call,
                          [&](Transaction& tx) -> absl::Status {
                            COLLOQUY_RETURN_IF_ERROR(
                                tx.Execute("INSERT INTO things (id) VALUES ('a')").status());
                            cancelled = true;
                            return tx.Execute("INSERT INTO things (id) VALUES ('b')").status();
                          })),
      ErrorReason::CALL_CANCELLED);
  EXPECT_EQ(Things(), 0);
}

// Two transactions that lock in opposite order: MySQL makes one of them a victim, which runs again;
// SQLite's run one after the other.
TEST_P(FaultsTest, RealDeadlocksResolve) {
  ASSERT_EQ(AddTwo(), absl::OkStatus());
  ASSERT_EQ(Run("UPDATE things SET n = 0"), absl::OkStatus());
  absl::Notification first_locked;
  absl::Notification second_locked;
  const bool concurrent = GetParam() == Engine::kMysql;
  const auto add = [&](absl::string_view one, absl::string_view two, absl::Notification& mine,
                       absl::Notification& others) {
    return db_->Write({}, [&](Transaction& tx) -> absl::Status {
      COLLOQUY_RETURN_IF_ERROR(
          tx.Execute("UPDATE things SET n = n + 1 WHERE id = ?", {one}).status());
      if (!mine.HasBeenNotified()) mine.Notify();
      if (concurrent) others.WaitForNotification();
      return tx.Execute("UPDATE things SET n = n + 1 WHERE id = ?", {two}).status();
    });
  };
  std::thread other(
      [&] { EXPECT_EQ(add("b", "a", second_locked, first_locked), absl::OkStatus()); });
  EXPECT_EQ(add("a", "b", first_locked, second_locked), absl::OkStatus());
  other.join();
  EXPECT_EQ(*Number("SELECT SUM(n) FROM things"), 4);
}

}  // namespace
}  // namespace colloquy::db
