// SQLite in memory, to run compiled SQL on.
#ifndef COLLOQUY_TESTS_UNIT_COMMON_RESOURCE_SQLITE_MEMORY_H_
#define COLLOQUY_TESTS_UNIT_COMMON_RESOURCE_SQLITE_MEMORY_H_

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <vector>

#include "services/common/resource/sql.h"

namespace colloquy::resource {

class SqliteMemory {
 public:
  SqliteMemory();
  ~SqliteMemory();

  // Runs a statement; the integers of the first column of its rows. Fails the test on an error.
  std::vector<int64_t> Run(const std::string& sql, const std::vector<SqlValue>& params = {});

 private:
  sqlite3* db_ = nullptr;
};

}  // namespace colloquy::resource

#endif  // COLLOQUY_TESTS_UNIT_COMMON_RESOURCE_SQLITE_MEMORY_H_
