// A database for one test, gone when the test is over.
#ifndef COLLOQUY_TESTS_CONFORMANCE_DB_TEST_STORE_H_
#define COLLOQUY_TESTS_CONFORMANCE_DB_TEST_STORE_H_

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/common/db/database.h"

namespace colloquy::db {

class TestStore {
 public:
  // Whether there is such an engine here. MySQL needs COLLOQUY_TEST_MYSQL, which tests/lib/mariadb
  // prints.
  static bool Available(Engine engine);

  explicit TestStore(Engine engine);
  ~TestStore();
  TestStore(const TestStore&) = delete;
  TestStore& operator=(const TestStore&) = delete;

  // May be called any number of times; all see the same data. Ends the process when it cannot open.
  std::unique_ptr<Database> Open(DatabaseOptions options = {}) const;

  // For --database and db::Open().
  const std::string& url() const { return url_; }

 private:
  const Engine engine_;
  std::string directory_;  // SQLite
  std::string schema_;     // MySQL
  std::string url_;
};

// For INSTANTIATE_TEST_SUITE_P, and its names.
inline void PrintTo(Engine engine, std::ostream* out) {
  *out << (engine == Engine::kSqlite ? "Sqlite" : "Mysql");
}

}  // namespace colloquy::db

#endif  // COLLOQUY_TESTS_CONFORMANCE_DB_TEST_STORE_H_
