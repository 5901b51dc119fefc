// The one door to storage: transactions over MySQL or embedded SQLite, with one portable SQL.
//
//   absl::Status status = db.Write({.deadline = deadline}, [&](db::Transaction& tx) -> absl::Status
//   {
//     COLLOQUY_ASSIGN_OR_RETURN(
//         db::Rows rows,
//         tx.Query(absl::StrCat("SELECT seats FROM pools WHERE id = ?", tx.for_update()), {id}));
//     if (rows.empty()) return errors::NotFound("colloquy/Pool", name);
//     return tx.Execute("UPDATE pools SET seats = ? WHERE id = ?", {rows[0].Int64(0) - 1,
//     id}).status();
//   });
//
// What Read and Write answer, besides whatever the body returned:
//   DATABASE_UNAVAILABLE  UNAVAILABLE         the database is away; nothing was changed
//   OUTCOME_UNKNOWN       UNAVAILABLE         it went away at COMMIT
//   CONFLICT              ABORTED             deadlocks kept coming; nothing was changed
//   DEADLINE_EXCEEDED     DEADLINE_EXCEEDED   nothing was changed
//   CALL_CANCELLED        CANCELLED           nothing was changed
//   DATABASE_FULL         RESOURCE_EXHAUSTED  no space left; nothing was changed, reads go on
//   SERVER_STOPPING       UNAVAILABLE         after Close()
//   INTERNAL              INTERNAL            a defect: bad SQL, a cell read as a type it does not
//   have
// None of them says more to a client; SQL, paths and the driver's words go to DatabaseOptions::log.
#ifndef COLLOQUY_SERVICES_COMMON_DB_DATABASE_H_
#define COLLOQUY_SERVICES_COMMON_DB_DATABASE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/common/db/value.h"

namespace colloquy::db {

enum class Engine { kSqlite, kMysql };

// One body's view of the database. Used by one thread at a time, only while the body runs.
//
// `?` stands for a parameter. Statement text is prepared once per connection and kept, so it should
// not vary: bind values, never print them into the text. Tables and columns named here come from
// code.
//
// Every call answers the body's errors as the list above says, except that a violated unique or
// primary key is absl::kAlreadyExists without details: the store that knows what the key means
// translates it. It undoes its own statement only; the transaction goes on. After any other error
// the body must return it: the transaction is lost and every further call repeats the error.
class Transaction {
 public:
  virtual ~Transaction() = default;

  virtual absl::StatusOr<Rows> Query(absl::string_view sql,
                                     absl::Span<const Value> parameters = {}) = 0;

  // Rows that matched (UPDATE, DELETE) or were inserted. An UPDATE that sets what is there counts
  // too, on both engines, so `UPDATE … WHERE id = ? AND etag = ?` tells whether the etag was right.
  virtual absl::StatusOr<int64_t> Execute(absl::string_view sql,
                                          absl::Span<const Value> parameters = {}) = 0;

  // Inserts any number of rows, each as wide as `columns`, with few round trips. On a violated key
  // which of the other rows were inserted is undefined: the body returns or starts over.
  virtual absl::Status InsertRows(absl::string_view table,
                                  absl::Span<const absl::string_view> columns,
                                  absl::Span<const std::vector<Value>> rows) = 0;

  // As InsertRows, but a row whose unique key is taken is left out. Answers the number inserted.
  virtual absl::StatusOr<int64_t> InsertNewRows(absl::string_view table,
                                                absl::Span<const absl::string_view> columns,
                                                absl::Span<const std::vector<Value>> rows) = 0;

  // As InsertRows, but where a row with the same `key` exists, its other columns are set instead.
  // `key` is the table's primary key or a unique key, and the only one the rows can run into: MySQL
  // does not take a choice. A row equal in key to an earlier one of the same call overwrites it.
  virtual absl::Status UpsertRows(absl::string_view table, absl::Span<const absl::string_view> key,
                                  absl::Span<const absl::string_view> columns,
                                  absl::Span<const std::vector<Value>> rows) = 0;

  // The $AUTO_ID that the last INSERT of one row was given.
  virtual absl::StatusOr<int64_t> LastInsertId() = 0;

  virtual Engine engine() const = 0;

  // Ends a SELECT that reads what the body is about to change. SQLite's writer needs no locks:
  // there is only one.
  absl::string_view for_update() const { return engine() == Engine::kMysql ? " FOR UPDATE" : ""; }
};

// What a body returns to be rolled back and run again from the start, for instance because somebody
// else inserted the row that it had just found missing. Counts as an attempt; too many end in
// CONFLICT.
absl::Status RunAgain();

struct CallOptions {
  absl::Time deadline = absl::InfiniteFuture();
  // Asked now and then, from any thread, while the call waits or a statement runs; cheap and
  // thread-safe. True ends the call. Empty: never cancelled.
  std::function<bool()> cancelled;
  // Read only: the body makes exactly one Query. It then runs without a transaction around it,
  // which saves MySQL a round trip; a second one is refused as a defect.
  bool one_query = false;
};

// For tests: makes a driver fail where a real database would. Called by whichever thread runs the
// body.
class FaultInjector {
 public:
  enum class Fault {
    kNone,
    kDeadlock,        // the transaction is chosen as a deadlock's victim
    kLostConnection,  // the connection breaks before the statement, or before COMMIT is executed
    kLostAfter,       // at COMMIT only: it is executed, but the connection breaks before the answer
    kSlow,            // the statement takes until the call's deadline has passed
  };
  virtual ~FaultInjector() = default;
  // `statement` counts from 0 in each attempt of a body, `attempt` from 0 in each call.
  virtual Fault BeforeStatement(int attempt, int statement) = 0;
  virtual Fault BeforeCommit(int attempt) = 0;
};

struct DatabaseOptions {
  // Takes what operators need and clients must not see: the driver's message with the statement's
  // text, never its parameters. Called from any thread. Empty: nothing is logged.
  std::function<void(absl::string_view)> log;
  // How often a body is run before a call gives up with CONFLICT or DATABASE_UNAVAILABLE.
  int max_attempts = 8;
  FaultInjector* faults = nullptr;  // not owned; for tests
};

// One step of a schema: `NNNN_name.sql`, with NNNN its revision, counted from 1 without a gap. Made
// by colloquy_schema() in CMake; README.md says how they are written.
struct Migration {
  int revision;
  absl::string_view sql;
};

// The tables of one room. Several rooms (a service, the feed, request ids) share one database and
// migrate each on its own.
struct Schema {
  absl::string_view name;
  absl::Span<const Migration> migrations;
};

// Thread-safe. Destroying it closes it.
class Database {
 public:
  using Body = absl::FunctionRef<absl::Status(Transaction&)>;
  using AsyncBody = absl::AnyInvocable<absl::Status(Transaction&)>;
  using Done = absl::AnyInvocable<void(absl::Status)>;

  virtual ~Database() = default;

  // Runs `body` on one snapshot of the database, on the calling thread. It may run several times. A
  // statement that would change something is refused as a defect.
  virtual absl::Status Read(const CallOptions& options, Body body) = 0;

  // Runs `body` in one transaction and commits it when it returns OK; any other status rolls it
  // back and is answered as it is. Deadlocks, lock timeouts and connections lost before COMMIT run
  // the whole body again, so it has no effect outside of the transaction but on variables that it
  // sets anew each time. It runs on another thread (SQLite) or the calling one (MySQL). Returns
  // when the change is durable. No body may call its Database; that is refused as a defect.
  virtual absl::Status Write(const CallOptions& options, Body body) = 0;

  // As Write, without a thread that waits. `done` is called exactly once, with what Write would
  // have answered, from a thread of the database or (after Close) the calling one; it must not
  // block. Bodies run in the order of the calls on SQLite, in no order on MySQL.
  virtual void WriteAsync(CallOptions options, AsyncBody body, Done done) = 0;

  // Brings each schema to its newest revision; several servers may do so at once, and those who
  // come second wait. FAILED_PRECONDITION when the database is ahead of this program.
  virtual absl::Status Migrate(absl::Span<const Schema> schemas) = 0;

  // The revision the database is at, 0 when it has none of the schema yet.
  virtual absl::StatusOr<int> SchemaRevision(absl::string_view schema) = 0;

  virtual Engine engine() const = 0;

  // A number that grows with every change, after it can be read and before its Write is answered:
  // what was read since it was asked for is what the database holds for as long as it stays. Empty
  // where others may write, too. Cheap.
  virtual std::optional<uint64_t> generation() const = 0;

  // Waits for bodies that run; those still queued and every later call are answered
  // SERVER_STOPPING. Must not be called from a body or a done. A second call does nothing.
  virtual void Close() = 0;
};

}  // namespace colloquy::db

#endif  // COLLOQUY_SERVICES_COMMON_DB_DATABASE_H_
