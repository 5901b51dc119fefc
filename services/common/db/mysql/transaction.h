// A transaction on one MySQL connection; whoever makes it begins and ends it.
#ifndef COLLOQUY_SERVICES_COMMON_DB_MYSQL_TRANSACTION_H_
#define COLLOQUY_SERVICES_COMMON_DB_MYSQL_TRANSACTION_H_

#include <atomic>
#include <memory>

#include "services/common/db/mysql/connection.h"
#include "services/common/db/transaction_core.h"

namespace colloquy::db::mysql {

class MysqlTransaction final : public TransactionCore {
 public:
  MysqlTransaction(Connection& connection, const CallOptions& call, const DatabaseOptions& options,
                   int attempt, bool read_only)
      : TransactionCore(call, options, attempt, read_only), connection_(connection) {}

  absl::StatusOr<int64_t> LastInsertId() override;
  Engine engine() const override { return Engine::kMysql; }

 protected:
  Failure RunQuery(absl::string_view sql, absl::Span<const Value> parameters,
                   const std::shared_ptr<std::atomic<bool>>& mismatch, Rows& rows) override;
  Failure RunExecute(absl::string_view sql, absl::Span<const Value> parameters,
                     int64_t& matched) override;
  // Statements of 128, 64, 32 … rows, so that a few texts serve every number of rows.
  Failure RunInsert(InsertKind kind, const InsertText& text, RowsIn rows,
                    int64_t& inserted) override;

 private:
  Connection& connection_;
};

// How many of `rows` go into the next statement: a power of two, within the server's limits on
// placeholders (65,535) and, unless one row alone exceeds it, a quarter of the usual limit on
// packets.
size_t NextChunk(absl::Span<const std::vector<Value>> rows);

}  // namespace colloquy::db::mysql

#endif  // COLLOQUY_SERVICES_COMMON_DB_MYSQL_TRANSACTION_H_
