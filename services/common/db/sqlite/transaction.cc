#include "services/common/db/sqlite/transaction.h"

#include "absl/strings/str_cat.h"

namespace colloquy::db::sqlite {

SqliteTransaction::SqliteTransaction(Connection& connection, const CallOptions& call,
                                     const DatabaseOptions& options, int attempt, bool read_only)
    : TransactionCore(call, options, attempt, read_only), connection_(connection) {
  connection_.set_call(&call);
}

Failure SqliteTransaction::RunQuery(absl::string_view sql, absl::Span<const Value> parameters,
                                    const std::shared_ptr<std::atomic<bool>>& mismatch,
                                    Rows& rows) {
  return connection_.Query(sql, parameters, mismatch, rows);
}

Failure SqliteTransaction::RunExecute(absl::string_view sql, absl::Span<const Value> parameters,
                                      int64_t& matched) {
  return connection_.Execute(sql, parameters, matched);
}

Failure SqliteTransaction::RunInsert(InsertKind kind, const InsertText& text, RowsIn rows,
                                     int64_t& inserted) {
  return connection_.ExecuteEach(absl::StrCat(text.head, text.tuple, text.tail), rows, inserted);
}

}  // namespace colloquy::db::sqlite
