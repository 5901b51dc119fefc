// One connection to a MySQL server with its prepared statements. The only place with exceptions:
// they come from Connector/C++ and end here.
#ifndef COLLOQUY_SERVICES_COMMON_DB_MYSQL_CONNECTION_H_
#define COLLOQUY_SERVICES_COMMON_DB_MYSQL_CONNECTION_H_

#include <cppconn/connection.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/statement.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/common/db/database.h"
#include "services/common/db/mysql/mysql_database.h"
#include "services/common/db/outcome.h"
#include "services/common/db/statement_cache.h"
#include "services/common/db/value.h"

namespace colloquy::db::mysql {

// Used by one thread at a time.
class Connection {
 public:
  // The session's settings for a kind of call. Changing them costs round trips, so a connection
  // keeps them and the pool looks for one that fits.
  enum class Mode {
    kOneQuery,  // autocommit
    kSnapshot,  // several queries that see the same: REPEATABLE READ, read only
    kWrite,     // READ COMMITTED
  };
  enum class Purpose { kCalls, kMigration };

  // DATABASE_UNAVAILABLE when it does not come about, for whatever reason; the log has it.
  // `options` outlives the connection. For a migration the schema is created, and no time limits
  // apply.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const MysqlOptions& options,
                                                          Purpose purpose);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Mode mode() const { return mode_; }
  // What text columns compare by: bytes, without padding.
  absl::string_view collation() const {
    return mariadb_ ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
  }

  // Statements take no longer than until about the deadline: at most half of the time left more.
  Failure Begin(Mode mode, absl::Time deadline);

  using MismatchFlag = std::shared_ptr<std::atomic<bool>>;
  Failure Query(absl::string_view sql, absl::Span<const Value> parameters,
                const MismatchFlag& mismatch, Rows& rows);
  Failure Execute(absl::string_view sql, absl::Span<const Value> parameters, int64_t& matched);
  // `sql` has a placeholder for every value of every row. With `only_duplicates`, a row may be left
  // out because of its key but for no other reason.
  Failure Insert(absl::string_view sql, absl::Span<const std::vector<Value>> rows,
                 bool only_duplicates, int64_t& inserted);
  // A command without parameters or result: COMMIT, ROLLBACK, SET …
  Failure Command(const std::string& sql);

 private:
  explicit Connection(const MysqlOptions& options);
  void Connect(Purpose purpose);                           // throws
  void AssertEncrypted();                                  // throws
  std::string Ask(const char* sql, int column);            // throws
  sql::PreparedStatement& Prepare(absl::string_view sql);  // throws
  Failure SetMode(Mode mode);
  Failure SetTimeLimit(absl::Time deadline);
  Failure Guard(absl::string_view sql, absl::FunctionRef<Failure()> run);

  const MysqlOptions& options_;
  std::unique_ptr<sql::Connection> connection_;
  std::unique_ptr<sql::Statement> command_;
  StatementCache<std::unique_ptr<sql::PreparedStatement>> statements_;
  Mode mode_ = Mode::kOneQuery;
  bool mariadb_ = false;
  int64_t time_limit_ms_ = 0;  // as the session has it; 0: none
};

}  // namespace colloquy::db::mysql

#endif  // COLLOQUY_SERVICES_COMMON_DB_MYSQL_CONNECTION_H_
