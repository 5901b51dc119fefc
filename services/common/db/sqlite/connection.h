// One SQLite connection with its prepared statements.
#ifndef COLLOQUY_SERVICES_COMMON_DB_SQLITE_CONNECTION_H_
#define COLLOQUY_SERVICES_COMMON_DB_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/common/db/database.h"
#include "services/common/db/outcome.h"
#include "services/common/db/sqlite/sqlite_database.h"
#include "services/common/db/statement_cache.h"
#include "services/common/db/value.h"

namespace colloquy::db::sqlite {

// Used by one thread at a time.
class Connection {
 public:
  enum class Kind { kWriter, kReader };

  // `options` outlives the connection.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const SqliteOptions& options, Kind kind);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Statements stop when `call` expires; null: they run to their end.
  void set_call(const CallOptions* call) { call_ = call; }

  using MismatchFlag = std::shared_ptr<std::atomic<bool>>;
  Failure Query(absl::string_view sql, absl::Span<const Value> parameters,
                const MismatchFlag& mismatch, Rows& rows);
  Failure Execute(absl::string_view sql, absl::Span<const Value> parameters, int64_t& matched);
  // Once for each of `parameters`; `matched` is the sum.
  Failure ExecuteEach(absl::string_view sql, absl::Span<const std::vector<Value>> parameters,
                      int64_t& matched);
  Failure Execute(absl::string_view sql);

  int64_t last_insert_id() const { return sqlite3_last_insert_rowid(db_); }
  // Whether a transaction is open. SQLite ends it by itself after some errors.
  bool in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  Connection(const SqliteOptions& options, sqlite3* db);
  absl::Status Configure(Kind kind);
  static int OnProgress(void* self);

  // Null after a failure, which is then in `failure`.
  sqlite3_stmt* Prepare(absl::string_view sql, Failure& failure);
  Failure Bind(sqlite3_stmt* statement, absl::string_view sql, absl::Span<const Value> parameters);
  Failure Run(sqlite3_stmt* statement, absl::string_view sql, absl::Span<const Value> parameters,
              int64_t& matched);
  Failure Fail(int code, absl::string_view sql);
  Failure Misuse(absl::string_view detail, absl::string_view sql);

  const SqliteOptions& options_;
  sqlite3* const db_;
  const CallOptions* call_ = nullptr;
  StatementCache<Statement> statements_;
};

}  // namespace colloquy::db::sqlite

#endif  // COLLOQUY_SERVICES_COMMON_DB_SQLITE_CONNECTION_H_
