#include "services/common/db/mysql/mysql_database.h"

#include <memory>
#include <utility>

#include "services/common/db/migrations.h"
#include "services/common/db/mysql/connection.h"
#include "services/common/db/mysql/transaction.h"
#include "services/common/db/mysql/workers.h"
#include "services/common/db/outcome.h"
#include "services/common/db/pool.h"
#include "services/common/errors/errors.h"

namespace colloquy::db {
namespace mysql {
namespace {

using Fault = FaultInjector::Fault;
using Lease = Pool<Connection>::Lease;

// How long a server waits for another one's migration.
constexpr char kLock[] = "SELECT GET_LOCK(CONCAT('colloquy:', SHA1(DATABASE())), 600)";

class MysqlDatabase final : public Database {
 public:
  explicit MysqlDatabase(MysqlOptions options)
      : options_(std::move(options)),
        pool_(options_.connections,
              [this] { return Connection::Open(options_, Connection::Purpose::kCalls); }),
        workers_(options_.connections) {}
  ~MysqlDatabase() override { Close(); }

  absl::Status Read(const CallOptions& call, Body body) override {
    if (ScopedBody::Inside(this)) return Nested();
    return RunAttempts(call, options_.common,
                       [&](int attempt) { return ReadOnce(call, body, attempt); });
  }

  absl::Status Write(const CallOptions& call, Body body) override {
    if (ScopedBody::Inside(this)) return Nested();
    return RunAttempts(call, options_.common,
                       [&](int attempt) { return WriteOnce(call, body, attempt); });
  }

  void WriteAsync(CallOptions call, AsyncBody body, Done done) override {
    if (ScopedBody::Inside(this)) return done(Nested());
    workers_.Submit([this, call = std::move(call), body = std::move(body),
                     done = std::move(done)](bool run) mutable {
      done(run ? Write(call, [&](Transaction& tx) { return body(tx); }) : Stopping());
    });
  }

  absl::Status Migrate(absl::Span<const Schema> schemas) override {
    if (ScopedBody::Inside(this)) return Nested();
    return RunAttempts({}, options_.common, [&](int) { return MigrateOnce(schemas); });
  }

  absl::StatusOr<int> SchemaRevision(absl::string_view schema) override {
    absl::StatusOr<int> revision;
    COLLOQUY_RETURN_IF_ERROR(Read({}, [&](Transaction& tx) {
      revision = ReadRevision(tx, schema);
      return revision.status();
    }));
    return revision;
  }

  Engine engine() const override { return Engine::kMysql; }
  // Replicas share it.
  std::optional<uint64_t> generation() const override { return std::nullopt; }

  void Close() override {
    workers_.Close();
    pool_.Close();
  }

 private:
  absl::Status Nested() const { return Defect(options_.common, "a body calls its own database"); }

  absl::StatusOr<Lease> Acquire(const CallOptions& call, Connection::Mode mode) {
    return pool_.Acquire(
        call, [mode](const Connection& connection) { return connection.mode() == mode; });
  }

  // A failure outside of the body: while connecting, or while the session was being set up.
  static Verdict Unstarted(Lease& lease, Failure failure, const CallOptions& call) {
    lease.Discard();
    return {StatusOf(failure, call), failure == Failure::kLost};
  }

  // The server may be back a moment later; a closed pool or an expired call stays what it is.
  static Verdict Unacquired(const absl::Status& status) {
    return {status, errors::ReasonOf(status) == errors::ErrorReason::DATABASE_UNAVAILABLE};
  }

  static void RollBack(Lease& lease, const TransactionCore& tx) {
    if (tx.failure() == Failure::kLost || lease->Command("ROLLBACK") != Failure::kNone) {
      lease.Discard();
    }
  }

  Verdict ReadOnce(const CallOptions& call, Body body, int attempt) {
    const auto mode = call.one_query ? Connection::Mode::kOneQuery : Connection::Mode::kSnapshot;
    absl::StatusOr<Lease> lease = Acquire(call, mode);
    if (!lease.ok()) return Unacquired(lease.status());
    if (Failure failure = (*lease)->Begin(mode, call.deadline); failure != Failure::kNone) {
      return Unstarted(*lease, failure, call);
    }
    MysqlTransaction tx(**lease, call, options_.common, attempt, /*read_only=*/true);
    Verdict verdict;
    {
      ScopedBody inside(this);
      verdict = tx.Judge(body(tx));
    }
    if (!call.one_query || tx.failure() == Failure::kLost) RollBack(*lease, tx);
    return verdict;
  }

  Verdict WriteOnce(const CallOptions& call, Body body, int attempt) {
    absl::StatusOr<Lease> lease = Acquire(call, Connection::Mode::kWrite);
    if (!lease.ok()) return Unacquired(lease.status());
    if (Failure failure = (*lease)->Begin(Connection::Mode::kWrite, call.deadline);
        failure != Failure::kNone) {
      return Unstarted(*lease, failure, call);
    }
    MysqlTransaction tx(**lease, call, options_.common, attempt, /*read_only=*/false);
    Verdict verdict;
    {
      ScopedBody inside(this);
      verdict = tx.Judge(body(tx));
    }
    if (verdict.status.ok()) return Commit(*lease, call, attempt);
    RollBack(*lease, tx);
    return verdict;
  }

  Verdict Commit(Lease& lease, const CallOptions& call, int attempt) {
    const Fault fault = options_.common.faults == nullptr
                            ? Fault::kNone
                            : options_.common.faults->BeforeCommit(attempt);
    Failure failure = Failure::kNone;
    if (fault == Fault::kDeadlock) failure = Failure::kConflict;
    if (fault == Fault::kLostConnection) failure = Failure::kLost;
    if (failure == Failure::kNone) failure = lease->Command("COMMIT");
    if (fault == Fault::kLostAfter) failure = Failure::kLost;
    if (failure == Failure::kNone) return {};
    if (failure == Failure::kConflict && lease->Command("ROLLBACK") == Failure::kNone) {
      return {StatusOf(failure, call), true};
    }
    // Whatever state the connection is in, closing it ends the transaction.
    lease.Discard();
    if (failure == Failure::kFull) return {StatusOf(failure, call)};
    return {OutcomeUnknown()};
  }

  // On a connection of its own: the lock lasts as long as the connection.
  Verdict MigrateOnce(absl::Span<const Schema> schemas) {
    auto connection = Connection::Open(options_, Connection::Purpose::kMigration);
    if (!connection.ok()) return Unacquired(connection.status());
    const CallOptions call;
    DatabaseOptions options = options_.common;
    options.faults = nullptr;
    MysqlTransaction tx(**connection, call, options, /*attempt=*/0, /*read_only=*/false);
    if (Failure failure = (*connection)->Begin(Connection::Mode::kWrite, call.deadline);
        failure != Failure::kNone) {
      return {StatusOf(failure, call), failure == Failure::kLost};
    }
    Verdict verdict = tx.Judge(LockAndApply(tx, (*connection)->collation(), schemas));
    if (!verdict.status.ok()) return verdict;
    const Failure failure = (*connection)->Command("COMMIT");
    // Steps are recorded as they are done, so a lost COMMIT only repeats the last record.
    return {StatusOf(failure, call), failure == Failure::kLost};
  }

  static absl::Status LockAndApply(Transaction& tx, absl::string_view collation,
                                   absl::Span<const Schema> schemas) {
    COLLOQUY_ASSIGN_OR_RETURN(const Rows locked, tx.Query(kLock));
    if (locked[0].IsNull(0) || locked[0].Int64(0) != 1) return StatusOf(Failure::kLost, {});
    return ApplySchemas(tx, collation, schemas);
  }

  const MysqlOptions options_;
  Pool<Connection> pool_;
  Workers workers_;
};

}  // namespace
}  // namespace mysql

std::unique_ptr<Database> OpenMysql(MysqlOptions options) {
  return std::make_unique<mysql::MysqlDatabase>(std::move(options));
}

}  // namespace colloquy::db
