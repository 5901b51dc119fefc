#include "tests/conformance/db/fixture.h"

#include "absl/strings/str_cat.h"
#include "tests/conformance/db/schema/schema.h"

namespace colloquy::db {

void DbTest::SetUp() {
  if (!TestStore::Available(GetParam())) {
    GTEST_SKIP() << "COLLOQUY_TEST_MYSQL is not set; tests/lib/mariadb start DIR prints it";
  }
  store_ = std::make_unique<TestStore>(GetParam());
  db_ = store_->Open(Options());
  ASSERT_EQ(db_->Migrate({schema::db_conformance()}), absl::OkStatus()) << Logged();
}

void DbTest::TearDown() {
  faults_ = ScriptedFaults();
  db_.reset();
  store_.reset();
}

DatabaseOptions DbTest::Options() {
  DatabaseOptions options;
  options.faults = &faults_;
  options.log = [this](absl::string_view line) {
    absl::MutexLock lock(&mutex_);
    absl::StrAppend(&log_, line, "\n");
  };
  return options;
}

std::string DbTest::Logged() {
  absl::MutexLock lock(&mutex_);
  return log_;
}

absl::StatusOr<int64_t> DbTest::Number(absl::string_view sql, absl::Span<const Value> parameters) {
  int64_t number = 0;
  COLLOQUY_RETURN_IF_ERROR(db_->Read({}, [&](Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const Rows rows, tx.Query(sql, parameters));
    number = rows[0].Int64(0);
    return absl::OkStatus();
  }));
  return number;
}

absl::Status DbTest::Run(absl::string_view sql, absl::Span<const Value> parameters) {
  return db_->Write({}, [&](Transaction& tx) { return tx.Execute(sql, parameters).status(); });
}

absl::Status DbTest::AddThing(absl::string_view id, int64_t n) {
  return Run("INSERT INTO things (id, n) VALUES (?, ?)", {id, n});
}

absl::string_view DbTest::SlowQuery() const {
  return GetParam() == Engine::kMysql ? "SELECT SLEEP(600)"
                                      : "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
                                        "FROM c WHERE x < 100000000000) "
                                        "SELECT COUNT(*) FROM c";
}

}  // namespace colloquy::db
