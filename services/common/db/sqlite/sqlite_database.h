// Embedded SQLite: WAL, synchronous=FULL, one writer thread that commits many bodies with one
// fsync, and readers that run on the callers' threads.
#ifndef COLLOQUY_SERVICES_COMMON_DB_SQLITE_SQLITE_DATABASE_H_
#define COLLOQUY_SERVICES_COMMON_DB_SQLITE_SQLITE_DATABASE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/db/database.h"

namespace colloquy::db {

struct SqliteOptions {
  std::string path;  // created with mode 0600 if missing, its directory is not
  DatabaseOptions common;
  int readers = 8;                       // connections, opened when first needed
  int64_t writer_cache_kib = 64 * 1024;  // ceilings; memory is taken as it is used
  int64_t reader_cache_kib = 2 * 1024;
  size_t max_batch = 256;   // bodies in one commit
  size_t statements = 256;  // prepared per connection
  bool sole_owner = false;  // no other process writes while this one has it open
  absl::Duration busy_timeout = absl::Seconds(5);  // patience with other processes that write
  int64_t max_pages = 0;                           // of 4 KiB; 0: as many as the disk holds
};

// The error's message names the path; it is meant for who starts the server.
absl::StatusOr<std::unique_ptr<Database>> OpenSqlite(SqliteOptions options);

}  // namespace colloquy::db

#endif  // COLLOQUY_SERVICES_COMMON_DB_SQLITE_SQLITE_DATABASE_H_
