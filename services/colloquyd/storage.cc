#include "services/colloquyd/storage.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "services/colloquyd/schema/schema.h"
#include "services/common/db/mysql/mysql_database.h"
#include "services/common/db/sqlite/sqlite_database.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/ids.h"

namespace colloquy::colloquyd {
namespace {

constexpr absl::string_view kPageTokenSecret = "page_token_secret";
constexpr absl::Duration kBetweenTries = absl::Milliseconds(500);

std::string SqlitePath(const Options& options, absl::string_view service) {
  return std::filesystem::path(options.data_dir) / absl::StrCat(service, ".db");
}

// One row, made by whichever replica comes first.
absl::StatusOr<std::string> SharedSecret(db::Database& db, absl::string_view name) {
  std::string secret;
  const std::vector<db::Value> fresh = {name, db::Value::Blob(resource::RandomBytes(32))};
  COLLOQUY_RETURN_IF_ERROR(db.Write({}, [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_RETURN_IF_ERROR(tx.InsertNewRows("settings", {"name", "value"}, {fresh}).status());
    COLLOQUY_ASSIGN_OR_RETURN(const db::Rows rows,
                              tx.Query("SELECT value FROM settings WHERE name = ?", {name}));
    if (rows.empty()) return absl::InternalError("a setting vanished");
    secret = std::string(rows[0].Blob(0));
    return absl::OkStatus();
  }));
  return secret;
}

}  // namespace

absl::StatusOr<DataDirectory> DataDirectory::Lock(const std::string& path) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("Cannot make the data directory ", path, ": ", error.message(), "."));
  }
  if (made) std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  const std::string file = std::filesystem::path(path) / "lock";
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return absl::UnavailableError(
        absl::StrCat("Cannot write in the data directory ", path, ": ", std::strerror(errno), "."));
  }
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    close(descriptor);
    return absl::AlreadyExistsError(
        absl::StrCat("Another server uses the data directory ", path,
                     ". Stop it, or give this one another --data-dir."));
  }
  return DataDirectory(descriptor);
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : file_(std::exchange(other.file_, -1)) {}

DataDirectory::~DataDirectory() {
  if (file_ >= 0) close(file_);
}

Storage::Storage(std::unique_ptr<db::Database> db, std::string service,
                 std::vector<db::Schema> schemas)
    : db_(std::move(db)), service_(std::move(service)), schemas_(std::move(schemas)) {}

absl::StatusOr<std::unique_ptr<Storage>> Storage::Open(const Options& options,
                                                       absl::string_view service,
                                                       std::vector<db::Schema> schemas,
                                                       telemetry::Log* log) {
  schemas.push_back(schema::settings());
  const std::string name(service);
  db::DatabaseOptions common;
  common.log = [log, name](absl::string_view message) {
    log->Warn("database", {{"service", name}, {"detail", message}});
  };
  std::unique_ptr<db::Database> database;
  if (options.mysql.has_value()) {
    db::MysqlOptions mysql = *options.mysql;
    absl::StrAppend(&mysql.schema, "_", service);
    mysql.common = std::move(common);
    database = db::OpenMysql(std::move(mysql));
  } else {
    db::SqliteOptions sqlite;
    sqlite.path = SqlitePath(options, service);
    sqlite.common = std::move(common);
    sqlite.sole_owner = true;  // by the lock on the data directory
    COLLOQUY_ASSIGN_OR_RETURN(database, db::OpenSqlite(std::move(sqlite)));
  }
  return std::unique_ptr<Storage>(new Storage(std::move(database), name, std::move(schemas)));
}

absl::Status Storage::TryPrepare() {
  COLLOQUY_RETURN_IF_ERROR(db_->Migrate(schemas_));
  COLLOQUY_ASSIGN_OR_RETURN(page_token_secret_, SharedSecret(*db_, kPageTokenSecret));
  return absl::OkStatus();
}

absl::Status Storage::Prepare(absl::Duration patience,
                              const std::function<bool(absl::Duration)>& give_up) {
  const absl::Time until = absl::Now() + patience;
  absl::Status status = TryPrepare();
  while (absl::IsUnavailable(status) && absl::Now() < until && !give_up(kBetweenTries)) {
    status = TryPrepare();
  }
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat("The database of ", service_, " cannot be used: ",
                                                  std::string(status.message())));
}

absl::Status Storage::Ready() {
  for (const db::Schema& schema : schemas_) {
    COLLOQUY_ASSIGN_OR_RETURN(const int revision, db_->SchemaRevision(schema.name));
    const int needed = schema.migrations.back().revision;
    if (revision == needed) continue;
    return absl::FailedPreconditionError(
        absl::StrFormat("schema %s is at revision %d, and this program needs %d",
                        std::string(schema.name), revision, needed));
  }
  return absl::OkStatus();
}

}  // namespace colloquy::colloquyd
