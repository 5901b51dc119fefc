// What the transactions of both drivers have in common: counting, faults, deadlines, the error that
// sticks, and the text of multi-row inserts. A driver runs statements.
#ifndef COLLOQUY_SERVICES_COMMON_DB_TRANSACTION_CORE_H_
#define COLLOQUY_SERVICES_COMMON_DB_TRANSACTION_CORE_H_

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

namespace colloquy::db {

// An INSERT to be completed with as many tuples as the driver likes: head + "tuple,tuple" + tail.
struct InsertText {
  std::string head;   // INSERT INTO t (a, b) VALUES
  std::string tuple;  // (?, ?)
  std::string tail;   // ON CONFLICT …
};

enum class InsertKind { kPlain, kNewOnly, kUpsert };

InsertText MakeInsertText(Engine engine, InsertKind kind, absl::string_view table,
                          absl::Span<const absl::string_view> key,
                          absl::Span<const absl::string_view> columns);

class TransactionCore : public Transaction {
 public:
  using Columns = absl::Span<const absl::string_view>;
  using RowsIn = absl::Span<const std::vector<Value>>;

  // All three outlive the transaction.
  TransactionCore(const CallOptions& call, const DatabaseOptions& options, int attempt,
                  bool read_only);

  absl::StatusOr<Rows> Query(absl::string_view sql, absl::Span<const Value> parameters) final;
  absl::StatusOr<int64_t> Execute(absl::string_view sql, absl::Span<const Value> parameters) final;
  absl::Status InsertRows(absl::string_view table, Columns columns, RowsIn rows) final;
  absl::StatusOr<int64_t> InsertNewRows(absl::string_view table, Columns columns,
                                        RowsIn rows) final;
  absl::Status UpsertRows(absl::string_view table, Columns key, Columns columns, RowsIn rows) final;

  // To be asked when the body has returned `body`: what that means, with errors that the body did
  // not pass on taken into account. The commit fault, if the verdict is to commit, is the driver's
  // to ask.
  Verdict Judge(absl::Status body);

  // The failure that ended the transaction, if any; kUnique does not.
  Failure failure() const { return failure_; }
  // Statements that reached the database, or would have without an injected fault.
  int statements() const { return statements_; }

 protected:
  // Drivers log what they know of a failure.
  virtual Failure RunQuery(absl::string_view sql, absl::Span<const Value> parameters,
                           const std::shared_ptr<std::atomic<bool>>& mismatch, Rows& rows) = 0;
  virtual Failure RunExecute(absl::string_view sql, absl::Span<const Value> parameters,
                             int64_t& matched) = 0;
  virtual Failure RunInsert(InsertKind kind, const InsertText& text, RowsIn rows,
                            int64_t& inserted) = 0;

  const CallOptions& call() const { return call_; }
  const DatabaseOptions& options() const { return options_; }

 private:
  absl::Status Admit(bool changes);
  absl::Status Refuse(absl::string_view defect);
  absl::Status Take(Failure failure);
  absl::StatusOr<int64_t> Insert(InsertKind kind, absl::string_view table, Columns key,
                                 Columns columns, RowsIn rows);

  const CallOptions& call_;
  const DatabaseOptions& options_;
  const int attempt_;
  const bool read_only_;
  int statements_ = 0;
  Failure failure_ = Failure::kNone;
  absl::Status status_;  // of failure_
  std::shared_ptr<std::atomic<bool>> mismatch_;
};

}  // namespace colloquy::db

#endif  // COLLOQUY_SERVICES_COMMON_DB_TRANSACTION_CORE_H_
