#include "services/common/db/sqlite/sqlite_database.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "services/common/db/migrations.h"
#include "services/common/db/outcome.h"
#include "services/common/db/pool.h"
#include "services/common/db/sqlite/connection.h"
#include "services/common/db/sqlite/transaction.h"
#include "services/common/db/sqlite/writer.h"
#include "services/common/errors/errors.h"

namespace colloquy::db {
namespace sqlite {
namespace {

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(SqliteOptions options)
      : options_(std::move(options)), readers_(options_.readers, [this] { return OpenReader(); }) {}
  ~SqliteDatabase() override { Close(); }

  absl::Status Start() {
    COLLOQUY_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                              Connection::Open(options_, Connection::Kind::kWriter));
    writer_ = std::make_unique<Writer>(this, options_, std::move(connection));
    return absl::OkStatus();
  }

  absl::Status Read(const CallOptions& call, Body body) override {
    if (ScopedBody::Inside(this)) return Nested();
    return RunAttempts(call, options_.common,
                       [&](int attempt) { return ReadOnce(call, body, attempt); });
  }

  absl::Status Write(const CallOptions& call, Body body) override {
    if (ScopedBody::Inside(this) || writer_->OnThisThread()) return Nested();
    absl::Status status;
    absl::Notification finished;
    writer_->Submit(call, body, [&](absl::Status answer) {
      status = std::move(answer);
      finished.Notify();
    });
    finished.WaitForNotification();
    return status;
  }

  void WriteAsync(CallOptions call, AsyncBody body, Done done) override {
    if (ScopedBody::Inside(this)) return done(Nested());
    writer_->Submit(std::move(call), std::move(body), std::move(done));
  }

  absl::Status Migrate(absl::Span<const Schema> schemas) override {
    // The write lock of BEGIN IMMEDIATE keeps other servers out, and DDL is part of the
    // transaction.
    return Write({}, [&](Transaction& tx) { return ApplySchemas(tx, "", schemas); });
  }

  absl::StatusOr<int> SchemaRevision(absl::string_view schema) override {
    absl::StatusOr<int> revision;
    COLLOQUY_RETURN_IF_ERROR(Read({}, [&](Transaction& tx) {
      revision = ReadRevision(tx, schema);
      return revision.status();
    }));
    return revision;
  }

  Engine engine() const override { return Engine::kSqlite; }
  std::optional<uint64_t> generation() const override {
    if (!options_.sole_owner) return std::nullopt;
    return writer_->generation();
  }

  void Close() override {
    if (writer_ != nullptr) writer_->Close();
    readers_.Close();
  }

 private:
  absl::Status Nested() const {
    return Defect(options_.common, "a body, or a done, calls its own database");
  }

  // The file is there: the writer opened it first. Whatever is wrong now is not the caller's
  // business.
  absl::StatusOr<std::unique_ptr<Connection>> OpenReader() {
    auto reader = Connection::Open(options_, Connection::Kind::kReader);
    if (reader.ok()) return reader;
    Log(options_.common, reader.status().message());
    return StatusOf(Failure::kLost, CallOptions());
  }

  Verdict ReadOnce(const CallOptions& call, Body body, int attempt) {
    auto reader = readers_.Acquire(call, [](const Connection&) { return true; });
    if (!reader.ok()) return {reader.status()};
    Connection& connection = **reader;
    if (!call.one_query) {
      if (Failure failure = connection.Execute("BEGIN"); failure != Failure::kNone) {
        return {StatusOf(failure, call), failure == Failure::kLost};
      }
    }
    Verdict verdict;
    {
      SqliteTransaction tx(connection, call, options_.common, attempt, /*read_only=*/true);
      ScopedBody inside(this);
      verdict = tx.Judge(body(tx));
    }
    if (connection.in_transaction()) connection.Execute("ROLLBACK");
    return verdict;
  }

  const SqliteOptions options_;
  Pool<Connection> readers_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace
}  // namespace sqlite

absl::StatusOr<std::unique_ptr<Database>> OpenSqlite(SqliteOptions options) {
  auto database = std::make_unique<sqlite::SqliteDatabase>(std::move(options));
  COLLOQUY_RETURN_IF_ERROR(database->Start());
  return database;
}

}  // namespace colloquy::db
