// A transaction on one SQLite connection; whoever makes it begins and ends it.
#ifndef COLLOQUY_SERVICES_COMMON_DB_SQLITE_TRANSACTION_H_
#define COLLOQUY_SERVICES_COMMON_DB_SQLITE_TRANSACTION_H_

#include <atomic>
#include <memory>

#include "services/common/db/sqlite/connection.h"
#include "services/common/db/transaction_core.h"

namespace colloquy::db::sqlite {

class SqliteTransaction final : public TransactionCore {
 public:
  // Statements stop when `call` expires, as long as this lives.
  SqliteTransaction(Connection& connection, const CallOptions& call, const DatabaseOptions& options,
                    int attempt, bool read_only);
  ~SqliteTransaction() override { connection_.set_call(nullptr); }

  absl::StatusOr<int64_t> LastInsertId() override { return connection_.last_insert_id(); }
  Engine engine() const override { return Engine::kSqlite; }

 protected:
  Failure RunQuery(absl::string_view sql, absl::Span<const Value> parameters,
                   const std::shared_ptr<std::atomic<bool>>& mismatch, Rows& rows) override;
  Failure RunExecute(absl::string_view sql, absl::Span<const Value> parameters,
                     int64_t& matched) override;
  // One prepared statement, once for each row: there is no round trip to save.
  Failure RunInsert(InsertKind kind, const InsertText& text, RowsIn rows,
                    int64_t& inserted) override;

 private:
  Connection& connection_;
};

}  // namespace colloquy::db::sqlite

#endif  // COLLOQUY_SERVICES_COMMON_DB_SQLITE_TRANSACTION_H_
