// What only SQLite can go through: a full disk, many bodies in one commit, a second process.
#include <sys/stat.h>

#include <atomic>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "services/common/db/sqlite/sqlite_database.h"
#include "tests/conformance/db/fixture.h"
#include "tests/conformance/db/schema/schema.h"

namespace colloquy::db {
namespace {

using testing::HasSubstr;
using testing::Not;
using Fault = FaultInjector::Fault;

class SqliteTest : public testing::Test {
 protected:
  SqliteOptions Options() {
    SqliteOptions options;
    options.path = std::string(absl::StripPrefix(store_.url(), "sqlite:"));
    options.common.faults = &faults_;
    return options;
  }

  void Open(SqliteOptions options) {
    auto db = OpenSqlite(std::move(options));
    ASSERT_EQ(db.status(), absl::OkStatus());
    db_ = *std::move(db);
    ASSERT_EQ(db_->Migrate({schema::db_conformance()}), absl::OkStatus());
  }

  absl::Status Add(const std::string& id, size_t bytes) {
    return db_->Write({}, [&](Transaction& tx) {
      return tx.InsertRows("things", {"id", "b"}, {{{id, Value::Blob(std::string(bytes, 'x'))}}});
    });
  }

  int64_t Count() {
    int64_t count = -1;
    EXPECT_EQ(db_->Read({},
                        [&](Transaction& tx) -> absl::Status {
                          COLLOQUY_ASSIGN_OR_RETURN(const Rows rows,
                                                    tx.Query("SELECT COUNT(*) FROM things"));
                          count = rows[0].Int64(0);
                          return absl::OkStatus();
                        }),
              absl::OkStatus());
    return count;
  }

  // Keeps the writer busy until everything is queued, so that `bodies` share one commit.
  std::vector<absl::Status> InOneBatch(std::vector<Database::AsyncBody> bodies,
                                       std::vector<CallOptions> calls = {}) {
    calls.resize(bodies.size());
    std::vector<absl::Status> answers(bodies.size());
    absl::Notification started;
    absl::Notification release;
    absl::BlockingCounter left(static_cast<int>(bodies.size()));
    db_->WriteAsync(
        {},
        [&](Transaction&) {
          started.Notify();
          release.WaitForNotification();
          return absl::OkStatus();
        },
        [](absl::Status) {});
    started.WaitForNotification();
    for (size_t i = 0; i < bodies.size(); ++i) {
      db_->WriteAsync(calls[i], std::move(bodies[i]), [&, i](absl::Status status) {
        answers[i] = std::move(status);
        left.DecrementCount();
      });
    }
    release.Notify();
    left.Wait();
    return answers;
  }

  static Database::AsyncBody Inserting(std::string id) {
    return [id](Transaction& tx) {
      return tx.Execute("INSERT INTO things (id) VALUES (?)", {id}).status();
    };
  }

  TestStore store_{Engine::kSqlite};
  ScriptedFaults faults_;
  std::unique_ptr<Database> db_;
};

TEST_F(SqliteTest, AFullDatabaseIsATypedErrorAndStaysUsable) {
  SqliteOptions options = Options();
  options.max_pages = 100;
  Open(options);
  int added = 0;
  absl::Status status;
  while ((status = Add(absl::StrCat("t", added), 20000)).ok() && added < 1000) ++added;
  EXPECT_EQ(ReasonOf(status), ErrorReason::DATABASE_FULL) << status;
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(added, 0);
  EXPECT_EQ(Count(), added);
  EXPECT_EQ(
      db_->Write({}, [](Transaction& tx) { return tx.Execute("DELETE FROM things").status(); }),
      absl::OkStatus());
  EXPECT_EQ(Add("again", 20000), absl::OkStatus());
}

TEST_F(SqliteTest, TheOneThatFillsTheDatabaseFailsAlone) {
  SqliteOptions options = Options();
  options.max_pages = 100;
  Open(options);
  std::vector<Database::AsyncBody> bodies;
  bodies.push_back(Inserting("a"));
  bodies.push_back([](Transaction& tx) {
    return tx.InsertRows("things", {"id", "b"},
                         {{{"large", Value::Blob(std::string(2000000, 'x'))}}});
  });
  bodies.push_back(Inserting("b"));
  const std::vector<absl::Status> answers = InOneBatch(std::move(bodies));
  EXPECT_EQ(answers[0], absl::OkStatus());
  EXPECT_EQ(ReasonOf(answers[1]), ErrorReason::DATABASE_FULL);
  EXPECT_EQ(answers[2], absl::OkStatus());
  EXPECT_EQ(Count(), 2);
}

TEST_F(SqliteTest, ABodyThatFailsLeavesItsNeighboursAlone) {
  Open(Options());
  std::vector<Database::AsyncBody> bodies;
  bodies.push_back(Inserting("a"));
  bodies.push_back([](Transaction& tx) -> absl::Status {
    COLLOQUY_RETURN_IF_ERROR(tx.Execute("INSERT INTO things (id) VALUES ('gone')").status());
    return absl::UnknownError("mine");
  });
  bodies.push_back(Inserting("a"));
  bodies.push_back(Inserting("b"));
  const std::vector<absl::Status> answers = InOneBatch(std::move(bodies));
  EXPECT_EQ(answers[0], absl::OkStatus());
  EXPECT_EQ(answers[1], absl::UnknownError("mine"));
  EXPECT_EQ(answers[2].code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(answers[3], absl::OkStatus());
  EXPECT_EQ(Count(), 2);
}

// SQLite answers an interrupted UPDATE by rolling back the transaction of all of them.
TEST_F(SqliteTest, AnInterruptedUpdateLeavesItsNeighboursAlone) {
  Open(Options());
  std::vector<Database::AsyncBody> bodies;
  bodies.push_back(Inserting("a"));
  bodies.push_back([](Transaction& tx) {
    return tx
        .Execute(
            "INSERT INTO things (id) WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM "
            "c) "
            "SELECT 'c' || x FROM c")
        .status();
  });
  bodies.push_back(Inserting("b"));
  std::vector<CallOptions> calls(3);
  calls[1].deadline = absl::Now() + absl::Milliseconds(300);
  const std::vector<absl::Status> answers = InOneBatch(std::move(bodies), std::move(calls));
  EXPECT_EQ(answers[0], absl::OkStatus());
  EXPECT_EQ(ReasonOf(answers[1]), ErrorReason::DEADLINE_EXCEEDED);
  EXPECT_EQ(answers[2], absl::OkStatus());
  EXPECT_EQ(Count(), 2);
}

TEST_F(SqliteTest, ALossAtCommitIsUnknownToAllOfTheBatch) {
  Open(Options());
  std::atomic<int> commits = 0;
  // The body that holds the writer commits first, unharmed.
  faults_.on_commit = [&](int) { return ++commits == 3 ? Fault::kLostConnection : Fault::kNone; };
  std::vector<Database::AsyncBody> bodies;
  for (absl::string_view id : {"a", "b", "c"}) bodies.push_back(Inserting(std::string(id)));
  for (const absl::Status& answer : InOneBatch(std::move(bodies))) {
    EXPECT_EQ(ReasonOf(answer), ErrorReason::OUTCOME_UNKNOWN);
  }
  EXPECT_EQ(Count(), 0);
}

TEST_F(SqliteTest, TheGenerationGrowsBeforeAWriteIsAnsweredAndNotByReads) {
  SqliteOptions options = Options();
  options.sole_owner = true;
  Open(options);
  std::optional<uint64_t> last = db_->generation();
  ASSERT_TRUE(last.has_value());
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(Add(absl::StrCat(i), 1), absl::OkStatus());
    EXPECT_GT(db_->generation(), last);
    last = db_->generation();
    EXPECT_EQ(Count(), i + 1);
    EXPECT_EQ(db_->generation(), last);
  }
}

TEST_F(SqliteTest, WhatWasReadUnderAGenerationIsSoUntilTheNext) {
  SqliteOptions options = Options();
  options.sole_owner = true;
  Open(options);
  std::atomic<int> acknowledged{0};
  std::thread writer([&] {
    for (int i = 0; i < 200; ++i) {
      EXPECT_EQ(Add(absl::StrCat(i), 1), absl::OkStatus());
      ++acknowledged;
    }
  });
  int64_t remembered = -1;
  std::optional<uint64_t> of;
  while (acknowledged < 200) {
    const int before = acknowledged;
    const std::optional<uint64_t> generation = db_->generation();
    if (generation != of) {
      remembered = Count();
      of = generation;
    }
    EXPECT_GE(remembered, before);
  }
  writer.join();
}

TEST_F(SqliteTest, ThereIsNoGenerationWhereOthersMayWrite) {
  Open(Options());
  EXPECT_EQ(db_->generation(), std::nullopt);
}

TEST_F(SqliteTest, TwoProcessesShareTheFile) {
  Open(Options());
  auto other = OpenSqlite(Options());
  ASSERT_EQ(other.status(), absl::OkStatus());
  for (int i = 0; i < 20; ++i) {
    Database& db = i % 2 == 0 ? *db_ : **other;
    ASSERT_EQ(
        db.Write(
            {},
            [&](Transaction& tx) {
              return tx.Execute("INSERT INTO things (id) VALUES (?)", {absl::StrCat(i)}).status();
            }),
        absl::OkStatus());
  }
  EXPECT_EQ(Count(), 20);
}

TEST_F(SqliteTest, TheFileIsNobodyElses) {
  Open(Options());
  for (absl::string_view suffix : {"", "-wal", "-shm"}) {
    struct stat info = {};
    ASSERT_EQ(stat(absl::StrCat(Options().path, suffix).c_str(), &info), 0) << suffix;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(SqliteTest, WhatIsNoDatabaseIsRefusedAtOnce) {
  SqliteOptions options = Options();
  options.path = "/nowhere/at/all.db";
  EXPECT_THAT(OpenSqlite(options).status().ToString(), HasSubstr("/nowhere/at/all.db"));
  std::FILE* file = std::fopen(Options().path.c_str(), "w");
  std::fputs(std::string(5000, 'x').c_str(), file);
  std::fclose(file);
  EXPECT_FALSE(OpenSqlite(Options()).ok());
}

TEST_F(SqliteTest, ReadersWaitForOneAnother) {
  SqliteOptions options = Options();
  options.readers = 1;
  Open(options);
  absl::Notification reading;
  absl::Notification release;
  std::thread first([&] {
    EXPECT_EQ(db_->Read({},
                        [&](Transaction&) {
                          reading.Notify();
                          release.WaitForNotification();
                          return absl::OkStatus();
                        }),
              absl::OkStatus());
  });
  reading.WaitForNotification();
  const auto nothing = [](Transaction&) { return absl::OkStatus(); };
  EXPECT_EQ(ReasonOf(db_->Read({.deadline = absl::Now() + absl::Milliseconds(30)}, nothing)),
            ErrorReason::DEADLINE_EXCEEDED);
  CallOptions cancelled;
  std::atomic<int> asked = 0;
  cancelled.cancelled = [&] { return ++asked > 2; };
  EXPECT_EQ(ReasonOf(db_->Read(cancelled, nothing)), ErrorReason::CALL_CANCELLED);
  release.Notify();
  first.join();
  EXPECT_EQ(db_->Read({}, nothing), absl::OkStatus());
}

}  // namespace
}  // namespace colloquy::db
