// Transactions, statements and their helpers.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/conformance/db/fixture.h"

namespace colloquy::db {
namespace {

class TransactionsTest : public DbTest {
 protected:
  static std::vector<std::vector<Value>> Things(int from, int count) {
    std::vector<std::vector<Value>> rows;
    for (int i = from; i < from + count; ++i) rows.push_back({absl::StrCat("t", i), i});
    return rows;
  }
  absl::Status Insert(const std::vector<std::vector<Value>>& rows) {
    return db_->Write({}, [&](Transaction& tx) {
      return tx.InsertRows("things", {"id", "n"}, rows);
    });
  }
};
INSTANTIATE_ENGINES(TransactionsTest);

TEST_P(TransactionsTest, ABodysErrorRollsBackAndIsAnsweredAsItIs) {
  const absl::Status mine = errors::NotFound("colloquy/Event", "organizers/a/events/b");
  EXPECT_EQ(db_->Write({},
                       [&](Transaction& tx) -> absl::Status {
                         COLLOQUY_RETURN_IF_ERROR(
                             tx.Execute("INSERT INTO things (id) VALUES ('x')").status());
                         return mine;
                       }),
            mine);
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM things"), 0);
}

TEST_P(TransactionsTest, ABodySeesWhatItWrote) {
  EXPECT_EQ(db_->Write({},
                       [&](Transaction& tx) -> absl::Status {
                         COLLOQUY_RETURN_IF_ERROR(
                             tx.Execute("INSERT INTO things (id, n) VALUES ('x', 5)").status());
                         COLLOQUY_ASSIGN_OR_RETURN(
                             const Rows rows,
                             tx.Query(absl::StrCat("SELECT n FROM things", tx.for_update())));
                         EXPECT_EQ(rows.size(), 1u);
                         EXPECT_EQ(rows[0].Int64(0), 5);
                         return absl::OkStatus();
                       }),
            absl::OkStatus());
}

TEST_P(TransactionsTest, ReadSeesOneSnapshot) {
  ASSERT_EQ(AddThing("x", 1), absl::OkStatus());
  EXPECT_EQ(
      db_->Read({},
                [&](Transaction& tx) -> absl::Status {
                  COLLOQUY_ASSIGN_OR_RETURN(const Rows before, tx.Query("SELECT n FROM things"));
                  std::thread([&] {
                    EXPECT_EQ(Run("UPDATE things SET n = 2"), absl::OkStatus());
                  }).join();
                  COLLOQUY_ASSIGN_OR_RETURN(const Rows after, tx.Query("SELECT n, id FROM things"));
                  EXPECT_EQ(before[0].Int64(0), 1);
                  EXPECT_EQ(after[0].Int64(0), 1);
                  return absl::OkStatus();
                }),
      absl::OkStatus());
  EXPECT_EQ(*Number("SELECT n FROM things"), 2);
}

TEST_P(TransactionsTest, ReadChangesNothing) {
  EXPECT_EQ(ReasonOf(db_->Read({},
                               [](Transaction& tx) {
                                 return tx.Execute("INSERT INTO things (id) VALUES ('x')").status();
                               })),
            ErrorReason::INTERNAL);
  EXPECT_EQ(ReasonOf(db_->Read(
                {}, [](Transaction& tx) { return tx.InsertRows("things", {"id"}, {{{"x"}}}); })),
            ErrorReason::INTERNAL);
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM things"), 0);
}

TEST_P(TransactionsTest, OneQueryIsOne) {
  ASSERT_EQ(AddThing("x", 1), absl::OkStatus());
  CallOptions one;
  one.one_query = true;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(
        db_->Read(one, [](Transaction& tx) { return tx.Query("SELECT n FROM things").status(); }),
        absl::OkStatus());
    EXPECT_EQ(*Number("SELECT COUNT(*) FROM things"), 1) << "the connection serves both kinds";
  }
  EXPECT_EQ(
      ReasonOf(db_->Read(one,
                         [](Transaction& tx) -> absl::Status {
                           COLLOQUY_RETURN_IF_ERROR(tx.Query("SELECT n FROM things").status());
                           return tx.Query("SELECT n FROM things").status();
                         })),
      ErrorReason::INTERNAL);
}

TEST_P(TransactionsTest, ExecuteCountsMatchedRows) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(AddThing(absl::StrCat("t", i), 7), absl::OkStatus());
  EXPECT_EQ(db_->Write({},
                       [](Transaction& tx) -> absl::Status {
                         EXPECT_EQ(*tx.Execute("UPDATE things SET n = 7 WHERE n = ?", {7}), 3);
                         EXPECT_EQ(*tx.Execute("UPDATE things SET n = 8 WHERE id = ?", {"t1"}), 1);
                         EXPECT_EQ(*tx.Execute("UPDATE things SET n = 8 WHERE id = ?", {"no"}), 0);
                         EXPECT_EQ(*tx.Execute("DELETE FROM things WHERE n = 7"), 2);
                         EXPECT_EQ(*tx.Execute("DELETE FROM things WHERE n = 7"), 0);
                         return absl::OkStatus();
                       }),
            absl::OkStatus());
}

TEST_P(TransactionsTest, AViolatedKeyUndoesItsStatementOnly) {
  ASSERT_EQ(AddThing("x", 1), absl::OkStatus());
  EXPECT_EQ(db_->Write({},
                       [](Transaction& tx) -> absl::Status {
                         COLLOQUY_RETURN_IF_ERROR(
                             tx.Execute("INSERT INTO things (id) VALUES ('y')").status());
                         const absl::Status taken =
                             tx.Execute("INSERT INTO things (id) VALUES ('x')").status();
                         EXPECT_EQ(taken.code(), absl::StatusCode::kAlreadyExists);
                         EXPECT_EQ(ReasonOf(taken), ErrorReason::ERROR_REASON_UNSPECIFIED);
                         return tx.Execute("INSERT INTO things (id) VALUES ('z')").status();
                       }),
            absl::OkStatus());
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM things"), 3);
  EXPECT_EQ(Insert({{"x", 1}}).code(), absl::StatusCode::kAlreadyExists);
}

TEST_P(TransactionsTest, InsertsAnyNumberOfRows) {
  int from = 0;
  for (const int count : {0, 1, 2, 127, 129, 1000}) {
    ASSERT_EQ(Insert(Things(from, count)), absl::OkStatus()) << count;
    from += count;
    EXPECT_EQ(*Number("SELECT COUNT(*) FROM things"), from);
  }
  EXPECT_EQ(*Number("SELECT SUM(n) FROM things"), int64_t{from} * (from - 1) / 2);
}

TEST_P(TransactionsTest, InsertsRowsLargerThanAPacket) {
  std::vector<std::vector<Value>> rows;
  for (int i = 0; i < 40; ++i) {
    rows.push_back({absl::StrCat("t", i), Value::Blob(std::string(1 << 20, 'x'))});
  }
  EXPECT_EQ(db_->Write({},
                       [&](Transaction& tx) {
                         return tx.InsertRows("things", {"id", "b"}, rows);
                       }),
            absl::OkStatus());
  EXPECT_EQ(*Number("SELECT SUM(LENGTH(b)) FROM things"), 40 << 20);
}

TEST_P(TransactionsTest, RowsOfTheWrongWidthAreADefect) {
  EXPECT_EQ(ReasonOf(Insert({{"x"}})), ErrorReason::INTERNAL);
  EXPECT_EQ(ReasonOf(Run("INSERT INTO things (id) VALUES (?)", {})), ErrorReason::INTERNAL);
  EXPECT_EQ(ReasonOf(Run("INSERT INTO things (id) VALUES (?)", {"a", "b"})), ErrorReason::INTERNAL);
}

TEST_P(TransactionsTest, InsertNewRowsLeavesOutWhatIsThere) {
  ASSERT_EQ(Insert(Things(0, 10)), absl::OkStatus());
  int64_t inserted = -1;
  ASSERT_EQ(db_->Write({},
                       [&](Transaction& tx) -> absl::Status {
                         COLLOQUY_ASSIGN_OR_RETURN(
                             inserted, tx.InsertNewRows("things", {"id", "n"}, Things(5, 300)));
                         COLLOQUY_ASSIGN_OR_RETURN(
                             const int64_t none,
                             tx.InsertNewRows("things", {"id", "n"}, {{{"t1", 999}}}));
                         EXPECT_EQ(none, 0);
                         return absl::OkStatus();
                       }),
            absl::OkStatus())
      << Logged();
  EXPECT_EQ(inserted, 295);
  EXPECT_EQ(*Number("SELECT n FROM things WHERE id = 't1'"), 1);
}

TEST_P(TransactionsTest, InsertNewRowsLetsNothingElsePass) {
  EXPECT_EQ(ReasonOf(db_->Write({},
                                [](Transaction& tx) {
                                  return tx
                                      .InsertNewRows(
                                          "counters", {"id", "n"},
                                          {{{Value::Blob(std::string(16, 'x')), Value()}}})
                                      .status();
                                })),
            ErrorReason::INTERNAL);
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM counters"), 0);
}

TEST_P(TransactionsTest, UpsertSetsWhatIsThere) {
  ASSERT_EQ(Insert(Things(0, 3)), absl::OkStatus());
  ASSERT_EQ(
      db_->Write(
          {},
          [](Transaction& tx) -> absl::Status {
            COLLOQUY_RETURN_IF_ERROR(tx.UpsertRows("things", {"id"}, {"id", "n"},
                                                   {{{"t1", 100}, {"new", 5}, {"new", 6}}}));
            const std::vector<std::vector<Value>> keys_only = {{Value("t2")}, {Value("newer")}};
            return tx.UpsertRows("things", {"id"}, {"id"}, keys_only);
          }),
      absl::OkStatus())
      << Logged();
  EXPECT_EQ(*Number("SELECT n FROM things WHERE id = 't1'"), 100);
  EXPECT_EQ(*Number("SELECT n FROM things WHERE id = 't2'"), 2);
  EXPECT_EQ(*Number("SELECT n FROM things WHERE id = 'new'"), 6);
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM things"), 5);
}

TEST_P(TransactionsTest, AutoIdsGrowAndAreTold) {
  int64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(db_->Write({},
                         [&](Transaction& tx) -> absl::Status {
                           COLLOQUY_RETURN_IF_ERROR(
                               tx.Execute("INSERT INTO entries (at) VALUES (?)", {i}).status());
                           COLLOQUY_ASSIGN_OR_RETURN(const int64_t id, tx.LastInsertId());
                           EXPECT_GT(id, last);
                           last = id;
                           return absl::OkStatus();
                         }),
              absl::OkStatus());
    EXPECT_EQ(*Number("SELECT at FROM entries WHERE seq = ?", {last}), i);
  }
}

TEST_P(TransactionsTest, MoreTextsThanTheStatementCacheHolds) {
  ASSERT_EQ(AddThing("x", 1), absl::OkStatus());
  ASSERT_EQ(db_->Read({},
                      [](Transaction& tx) -> absl::Status {
                        for (int round = 0; round < 2; ++round) {
                          for (int i = 0; i < 600; ++i) {
                            COLLOQUY_ASSIGN_OR_RETURN(
                                const Rows rows,
                                tx.Query(absl::StrCat("SELECT n + ", i, " FROM things")));
                            if (rows[0].Int64(0) != 1 + i) return absl::InternalError("wrong");
                          }
                        }
                        return absl::OkStatus();
                      }),
            absl::OkStatus());
}

TEST_P(TransactionsTest, ConcurrentIncrementsAreExact) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 50;
  ASSERT_EQ(AddThing("counter", 0), absl::OkStatus());
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        const absl::Status status = db_->Write({}, [](Transaction& tx) -> absl::Status {
          COLLOQUY_ASSIGN_OR_RETURN(
              const Rows rows,
              tx.Query(absl::StrCat("SELECT n FROM things WHERE id = 'counter'", tx.for_update())));
          return tx.Execute("UPDATE things SET n = ? WHERE id = 'counter'", {rows[0].Int64(0) + 1})
              .status();
        });
        EXPECT_EQ(status, absl::OkStatus());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*Number("SELECT n FROM things"), kThreads * kRounds);
}

TEST_P(TransactionsTest, NoBodyCallsItsDatabase) {
  EXPECT_EQ(db_->Write({},
                       [&](Transaction&) {
                         EXPECT_EQ(ReasonOf(AddThing("x", 1)), ErrorReason::INTERNAL);
                         EXPECT_EQ(ReasonOf(Number("SELECT 1").status()), ErrorReason::INTERNAL);
                         return absl::OkStatus();
                       }),
            absl::OkStatus());
}

TEST_P(TransactionsTest, ErrorsStick) {
  const absl::Status status = db_->Write({}, [](Transaction& tx) -> absl::Status {
    EXPECT_EQ(tx.Execute("INSERT INTO things (id) VALUES ('x')").status(), absl::OkStatus());
    const absl::Status wrong = tx.Query("SELECT nothing FROM nowhere").status();
    EXPECT_EQ(tx.Execute("INSERT INTO things (id) VALUES ('y')").status(), wrong);
    return absl::OkStatus();
  });
  EXPECT_EQ(ReasonOf(status), ErrorReason::INTERNAL);
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM things"), 0);
}

TEST_P(TransactionsTest, OneStatementAtATime) {
  EXPECT_EQ(ReasonOf(Run("DELETE FROM things; DELETE FROM things")), ErrorReason::INTERNAL);
}

TEST_P(TransactionsTest, UseAfterCloseIsAnError) {
  ASSERT_EQ(AddThing("x", 1), absl::OkStatus());
  db_->Close();
  db_->Close();
  EXPECT_EQ(ReasonOf(AddThing("y", 1)), ErrorReason::SERVER_STOPPING);
  EXPECT_EQ(ReasonOf(Number("SELECT COUNT(*) FROM things").status()), ErrorReason::SERVER_STOPPING);
  absl::Status answer;
  db_->WriteAsync(
      {}, [](Transaction&) { return absl::OkStatus(); },
      [&](absl::Status status) { answer = status; });
  EXPECT_EQ(ReasonOf(answer), ErrorReason::SERVER_STOPPING);
  EXPECT_EQ(ReasonOf(db_->SchemaRevision("db_conformance").status()), ErrorReason::SERVER_STOPPING);
}

}  // namespace
}  // namespace colloquy::db
