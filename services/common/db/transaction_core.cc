#include "services/common/db/transaction_core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "services/common/errors/errors.h"

namespace colloquy::db {
namespace {

std::string SqliteTail(InsertKind kind, absl::Span<const absl::string_view> key,
                       absl::Span<const std::string> updates) {
  if (kind == InsertKind::kPlain) return "";
  if (kind == InsertKind::kNewOnly) return " ON CONFLICT DO NOTHING";
  const std::string target = absl::StrCat(" ON CONFLICT (", absl::StrJoin(key, ", "), ")");
  if (updates.empty()) return absl::StrCat(target, " DO NOTHING");
  return absl::StrCat(target, " DO UPDATE SET ", absl::StrJoin(updates, ", "));
}

std::string MysqlTail(InsertKind kind, absl::Span<const absl::string_view> key,
                      absl::Span<const std::string> updates) {
  if (kind != InsertKind::kUpsert) return "";
  if (updates.empty()) return absl::StrCat(" ON DUPLICATE KEY UPDATE ", key[0], " = ", key[0]);
  return absl::StrCat(" ON DUPLICATE KEY UPDATE ", absl::StrJoin(updates, ", "));
}

// The columns that an upsert sets where the row exists: all that are not in the key.
std::vector<std::string> Updates(Engine engine, absl::Span<const absl::string_view> key,
                                 absl::Span<const absl::string_view> columns) {
  std::vector<std::string> updates;
  for (absl::string_view column : columns) {
    if (std::find(key.begin(), key.end(), column) != key.end()) continue;
    updates.push_back(engine == Engine::kSqlite ? absl::StrCat(column, " = excluded.", column)
                                                : absl::StrCat(column, " = VALUES(", column, ")"));
  }
  return updates;
}

// Waits until nobody waits for the answer any more; not for ever, if the call has no deadline.
void BeSlow(const CallOptions& call) {
  const absl::Time patience = absl::Now() + absl::Seconds(10);
  while (!Expired(call) && absl::Now() < patience) absl::SleepFor(absl::Milliseconds(1));
}

Failure FailureOf(FaultInjector::Fault fault, const CallOptions& call) {
  switch (fault) {
    case FaultInjector::Fault::kNone:
      return Failure::kNone;
    case FaultInjector::Fault::kDeadlock:
      return Failure::kConflict;
    case FaultInjector::Fault::kSlow:
      BeSlow(call);
      return Failure::kInterrupted;
    case FaultInjector::Fault::kLostConnection:
    case FaultInjector::Fault::kLostAfter:
      break;
  }
  return Failure::kLost;
}

}  // namespace

InsertText MakeInsertText(Engine engine, InsertKind kind, absl::string_view table,
                          absl::Span<const absl::string_view> key,
                          absl::Span<const absl::string_view> columns) {
  const std::vector<std::string> updates = Updates(engine, key, columns);
  // IGNORE would also let through values that do not fit; the driver looks at the warnings.
  const bool ignore = engine == Engine::kMysql && kind == InsertKind::kNewOnly;
  InsertText text;
  text.head = absl::StrCat(ignore ? "INSERT IGNORE INTO " : "INSERT INTO ", table, " (",
                           absl::StrJoin(columns, ", "), ") VALUES ");
  text.tuple = absl::StrCat(
      "(", absl::StrJoin(std::vector<absl::string_view>(columns.size(), "?"), ", "), ")");
  text.tail =
      engine == Engine::kSqlite ? SqliteTail(kind, key, updates) : MysqlTail(kind, key, updates);
  return text;
}

TransactionCore::TransactionCore(const CallOptions& call, const DatabaseOptions& options,
                                 int attempt, bool read_only)
    : call_(call),
      options_(options),
      attempt_(attempt),
      read_only_(read_only),
      mismatch_(std::make_shared<std::atomic<bool>>(false)) {}

absl::Status TransactionCore::Refuse(absl::string_view defect) {
  failure_ = Failure::kDefect;
  status_ = Defect(options_, defect);
  return status_;
}

absl::Status TransactionCore::Take(Failure failure) {
  if (failure == Failure::kNone) return absl::OkStatus();
  if (failure == Failure::kUnique) return StatusOf(failure, call_);
  failure_ = failure;
  status_ = StatusOf(failure, call_);
  return status_;
}

absl::Status TransactionCore::Admit(bool changes) {
  if (failure_ != Failure::kNone) return status_;
  if (changes && read_only_) return Refuse("Read: its body changes something");
  if (read_only_ && call_.one_query && statements_ > 0) {
    return Refuse("Read with one_query: its body makes a second query");
  }
  if (Expired(call_)) return Take(Failure::kInterrupted);
  const int statement = statements_++;
  if (options_.faults == nullptr) return absl::OkStatus();
  return Take(FailureOf(options_.faults->BeforeStatement(attempt_, statement), call_));
}

absl::StatusOr<Rows> TransactionCore::Query(absl::string_view sql,
                                            absl::Span<const Value> parameters) {
  COLLOQUY_RETURN_IF_ERROR(Admit(/*changes=*/false));
  Rows rows;
  COLLOQUY_RETURN_IF_ERROR(Take(RunQuery(sql, parameters, mismatch_, rows)));
  return rows;
}

absl::StatusOr<int64_t> TransactionCore::Execute(absl::string_view sql,
                                                 absl::Span<const Value> parameters) {
  COLLOQUY_RETURN_IF_ERROR(Admit(/*changes=*/true));
  int64_t matched = 0;
  COLLOQUY_RETURN_IF_ERROR(Take(RunExecute(sql, parameters, matched)));
  return matched;
}

absl::StatusOr<int64_t> TransactionCore::Insert(InsertKind kind, absl::string_view table,
                                                Columns key, Columns columns, RowsIn rows) {
  if (columns.empty() || (kind == InsertKind::kUpsert && key.empty())) {
    return Refuse(absl::StrCat("insert into ", table, " without columns or key"));
  }
  for (const std::vector<Value>& row : rows) {
    if (row.size() != columns.size()) {
      return Refuse(absl::StrCat("insert into ", table, ": a row of ", row.size(), " values for ",
                                 columns.size(), " columns"));
    }
  }
  COLLOQUY_RETURN_IF_ERROR(Admit(/*changes=*/true));
  int64_t inserted = 0;
  if (rows.empty()) return inserted;
  COLLOQUY_RETURN_IF_ERROR(
      Take(RunInsert(kind, MakeInsertText(engine(), kind, table, key, columns), rows, inserted)));
  return inserted;
}

absl::Status TransactionCore::InsertRows(absl::string_view table, Columns columns, RowsIn rows) {
  return Insert(InsertKind::kPlain, table, {}, columns, rows).status();
}

absl::StatusOr<int64_t> TransactionCore::InsertNewRows(absl::string_view table, Columns columns,
                                                       RowsIn rows) {
  return Insert(InsertKind::kNewOnly, table, {}, columns, rows);
}

absl::Status TransactionCore::UpsertRows(absl::string_view table, Columns key, Columns columns,
                                         RowsIn rows) {
  return Insert(InsertKind::kUpsert, table, key, columns, rows).status();
}

Verdict TransactionCore::Judge(absl::Status body) {
  if (failure_ == Failure::kConflict || failure_ == Failure::kLost) return {status_, true};
  if (IsRunAgain(body)) return {StatusOf(Failure::kConflict, call_), true};
  if (!body.ok()) return {std::move(body), false};
  if (failure_ != Failure::kNone) return {status_, false};
  if (mismatch_->load(std::memory_order_relaxed)) {
    return {Defect(options_, "a cell was read as a type that it does not have"), false};
  }
  if (!read_only_ && Expired(call_)) return {StatusOf(Failure::kInterrupted, call_), false};
  return {};
}

}  // namespace colloquy::db
