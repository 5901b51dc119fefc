// What the tests of the suite share.
#ifndef COLLOQUY_TESTS_CONFORMANCE_DB_FIXTURE_H_
#define COLLOQUY_TESTS_CONFORMANCE_DB_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/db/database.h"
#include "services/common/errors/errors.h"
#include "tests/conformance/db/test_store.h"

namespace colloquy::db {

using errors::ErrorReason;
using errors::ReasonOf;

// Does as the test says.
class ScriptedFaults : public FaultInjector {
 public:
  Fault BeforeStatement(int attempt, int statement) override {
    return on_statement ? on_statement(attempt, statement) : Fault::kNone;
  }
  Fault BeforeCommit(int attempt) override { return on_commit ? on_commit(attempt) : Fault::kNone; }

  std::function<Fault(int attempt, int statement)> on_statement;
  std::function<Fault(int attempt)> on_commit;
};

// A migrated database of the engine that is the parameter.
class DbTest : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override;
  void TearDown() override;

  DatabaseOptions Options();
  // What was logged so far.
  std::string Logged();

  // The value of one cell, or the query's error.
  absl::StatusOr<int64_t> Number(absl::string_view sql, absl::Span<const Value> parameters = {});
  absl::Status Run(absl::string_view sql, absl::Span<const Value> parameters = {});
  absl::Status AddThing(absl::string_view id, int64_t n);
  // A statement that takes far longer than any test, unless it is stopped.
  absl::string_view SlowQuery() const;

  ScriptedFaults faults_;
  std::unique_ptr<TestStore> store_;
  std::unique_ptr<Database> db_;

 private:
  absl::Mutex mutex_;
  std::string log_;
};

#define INSTANTIATE_ENGINES(suite)                                                           \
  INSTANTIATE_TEST_SUITE_P(Engines, suite, testing::Values(Engine::kSqlite, Engine::kMysql), \
                           [](const testing::TestParamInfo<Engine>& info) {                  \
                             return info.param == Engine::kSqlite ? "Sqlite" : "Mysql";      \
                           })

}  // namespace colloquy::db

#endif  // COLLOQUY_TESTS_CONFORMANCE_DB_FIXTURE_H_
