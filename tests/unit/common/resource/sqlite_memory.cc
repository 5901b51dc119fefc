#include "tests/unit/common/resource/sqlite_memory.h"

#include "gtest/gtest.h"

namespace colloquy::resource {
namespace {

struct Binder {
  sqlite3_stmt* statement;
  int index;

  int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
  int operator()(int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
  int operator()(uint64_t value) const {
    return sqlite3_bind_int64(statement, index, static_cast<int64_t>(value));
  }
  int operator()(double value) const { return sqlite3_bind_double(statement, index, value); }
  int operator()(const std::string& text) const {
    return sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()),
                             SQLITE_TRANSIENT);
  }
  int operator()(const SqlValue::Bytes& bytes) const {
    return sqlite3_bind_blob(statement, index, bytes.bytes.data(),
                             static_cast<int>(bytes.bytes.size()), SQLITE_TRANSIENT);
  }
};

}  // namespace

SqliteMemory::SqliteMemory() { EXPECT_EQ(sqlite3_open(":memory:", &db_), SQLITE_OK); }
SqliteMemory::~SqliteMemory() { sqlite3_close(db_); }

std::vector<int64_t> SqliteMemory::Run(const std::string& sql,
                                       const std::vector<SqlValue>& params) {
  std::vector<int64_t> rows;
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db_) << "\n"
      << sql;
  if (statement == nullptr) return rows;
  EXPECT_EQ(sqlite3_bind_parameter_count(statement), static_cast<int>(params.size())) << sql;
  for (size_t i = 0; i < params.size(); ++i) {
    EXPECT_EQ(std::visit(Binder{statement, static_cast<int>(i) + 1}, params[i].variant()),
              SQLITE_OK);
  }
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW)
    rows.push_back(sqlite3_column_int64(statement, 0));
  EXPECT_EQ(code, SQLITE_DONE) << sqlite3_errmsg(db_) << "\n" << sql;
  sqlite3_finalize(statement);
  return rows;
}

}  // namespace colloquy::resource
