#include "services/common/db/sqlite/connection.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"

namespace colloquy::db::sqlite {
namespace {

// Instructions of SQLite's machine between two looks at the clock, about 50 µs.
constexpr int kProgressSteps = 1000;

Failure Classify(int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return Failure::kUnique;
    default:
      break;
  }
  switch (code & 0xff) {
    case SQLITE_INTERRUPT:
      return Failure::kInterrupted;
    case SQLITE_FULL:
      return Failure::kFull;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return Failure::kLost;
    default:
      return Failure::kDefect;
  }
}

// The bytes stay where they are until the statement is reset, so SQLite need not copy them.
struct Binder {
  sqlite3_stmt* statement;
  int index;
  int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
  int operator()(int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
  int operator()(uint64_t value) const {
    return sqlite3_bind_int64(statement, index, static_cast<int64_t>(value));
  }
  int operator()(double value) const { return sqlite3_bind_double(statement, index, value); }
  int operator()(const std::string& text) const {
    return sqlite3_bind_text64(statement, index, text.data(), text.size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  int operator()(const Value::Bytes& value) const {
    return sqlite3_bind_blob64(statement, index, value.bytes.data(), value.bytes.size(),
                               SQLITE_STATIC);
  }
};

void AddCell(sqlite3_stmt* statement, int column, RowsBuilder& rows) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return rows.AddInt64(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return rows.AddDouble(sqlite3_column_double(statement, column));
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return rows.AddText({text, static_cast<size_t>(sqlite3_column_bytes(statement, column))});
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      return rows.AddBlob({bytes, static_cast<size_t>(sqlite3_column_bytes(statement, column))});
    }
    default:
      return rows.AddNull();
  }
}

// Leaves a statement ready for its next use, with nothing bound that is about to go away.
class Resetter {
 public:
  explicit Resetter(sqlite3_stmt* statement) : statement_(statement) {}
  ~Resetter() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Resetter(const Resetter&) = delete;
  Resetter& operator=(const Resetter&) = delete;

 private:
  sqlite3_stmt* const statement_;
};

// Counting every allocation takes a lock of the whole process, and nobody reads the counts.
void CountNoMemory() {
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);
}

absl::Status CannotOpen(const SqliteOptions& options, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat("cannot open ", options.path, ": ", why));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const SqliteOptions& options,
                                                             Kind kind) {
  CountNoMemory();
  // Guests' data is nobody else's to read; SQLite gives its other files the mode of this one.
  const int file = open(options.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0) close(file);
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(options.path.c_str(), &db,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                       SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                                   nullptr);
  std::unique_ptr<Connection> connection(new Connection(options, db));
  if (code != SQLITE_OK) return CannotOpen(options, sqlite3_errstr(code));
  COLLOQUY_RETURN_IF_ERROR(connection->Configure(kind));
  return connection;
}

Connection::Connection(const SqliteOptions& options, sqlite3* db)
    : options_(options), db_(db), statements_(options.statements) {}

Connection::~Connection() {
  statements_.Clear();
  sqlite3_close_v2(db_);
}

absl::Status Connection::Configure(Kind kind) {
  sqlite3_busy_timeout(db_, static_cast<int>(absl::ToInt64Milliseconds(options_.busy_timeout)));
  sqlite3_progress_handler(db_, kProgressSteps, &Connection::OnProgress, this);
  const bool writer = kind == Kind::kWriter;
  std::string pragmas = absl::StrCat(
      "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
      "PRAGMA trusted_schema=OFF; PRAGMA cache_size=-",
      writer ? options_.writer_cache_kib : options_.reader_cache_kib, ";");
  if (writer) {
    absl::StrAppend(&pragmas,
                    "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=20000;"
                    "PRAGMA journal_size_limit=134217728;");
    if (options_.max_pages > 0) {
      absl::StrAppend(&pragmas, "PRAGMA max_page_count=", options_.max_pages, ";");
    }
  } else {
    absl::StrAppend(&pragmas, "PRAGMA query_only=ON;");
  }
  if (sqlite3_exec(db_, pragmas.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return CannotOpen(options_, sqlite3_errmsg(db_));
  }
  return absl::OkStatus();
}

int Connection::OnProgress(void* self) {
  const CallOptions* call = static_cast<Connection*>(self)->call_;
  return call != nullptr && Expired(*call) ? 1 : 0;
}

Failure Connection::Fail(int code, absl::string_view sql) {
  const Failure failure = Classify(code);
  if (failure != Failure::kUnique && failure != Failure::kInterrupted) {
    Log(options_.common, absl::StrCat("sqlite error ", code, " (", sqlite3_errmsg(db_), ") in ",
                                      options_.path, ": ", sql));
  }
  return failure;
}

Failure Connection::Misuse(absl::string_view detail, absl::string_view sql) {
  Log(options_.common, absl::StrCat(detail, ": ", sql));
  return Failure::kDefect;
}

sqlite3_stmt* Connection::Prepare(absl::string_view sql, Failure& failure) {
  if (Statement* cached = statements_.Find(sql)) return cached->get();
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, &tail);
  Statement owned(statement);
  if (code != SQLITE_OK) {
    failure = Fail(code, sql);
    return nullptr;
  }
  const absl::string_view rest = sql.substr(tail - sql.data());
  if (owned == nullptr || !absl::StripAsciiWhitespace(rest).empty()) {
    failure = Misuse("not exactly one statement", sql);
    return nullptr;
  }
  return statements_.Insert(sql, std::move(owned))->get();
}

Failure Connection::Bind(sqlite3_stmt* statement, absl::string_view sql,
                         absl::Span<const Value> parameters) {
  if (sqlite3_bind_parameter_count(statement) != static_cast<int>(parameters.size())) {
    return Misuse(absl::StrCat(parameters.size(), " parameters are the wrong number"), sql);
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    const int code =
        std::visit(Binder{statement, static_cast<int>(i) + 1}, parameters[i].variant());
    if (code == SQLITE_OK) continue;
    sqlite3_clear_bindings(statement);
    return Fail(code, sql);
  }
  return Failure::kNone;
}

Failure Connection::Query(absl::string_view sql, absl::Span<const Value> parameters,
                          const MismatchFlag& mismatch, Rows& rows) {
  Failure failure = Failure::kNone;
  sqlite3_stmt* statement = Prepare(sql, failure);
  if (statement == nullptr) return failure;
  if (failure = Bind(statement, sql, parameters); failure != Failure::kNone) return failure;
  Resetter resetter(statement);
  int code = sqlite3_step(statement);
  const int columns = sqlite3_column_count(statement);
  RowsBuilder builder(columns, mismatch);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
    for (int column = 0; column < columns; ++column) AddCell(statement, column, builder);
  }
  if (code != SQLITE_DONE) return Fail(code, sql);
  rows = std::move(builder).Build();
  return Failure::kNone;
}

Failure Connection::Run(sqlite3_stmt* statement, absl::string_view sql,
                        absl::Span<const Value> parameters, int64_t& matched) {
  if (Failure failure = Bind(statement, sql, parameters); failure != Failure::kNone) return failure;
  Resetter resetter(statement);
  const int64_t before = sqlite3_total_changes64(db_);
  int code = sqlite3_step(statement);
  while (code == SQLITE_ROW) code = sqlite3_step(statement);
  if (code != SQLITE_DONE) return Fail(code, sql);
  // sqlite3_changes64 keeps the number of an earlier statement when this one changes no rows at
  // all.
  matched = sqlite3_total_changes64(db_) == before ? 0 : sqlite3_changes64(db_);
  return Failure::kNone;
}

Failure Connection::Execute(absl::string_view sql, absl::Span<const Value> parameters,
                            int64_t& matched) {
  Failure failure = Failure::kNone;
  sqlite3_stmt* statement = Prepare(sql, failure);
  return statement == nullptr ? failure : Run(statement, sql, parameters, matched);
}

Failure Connection::ExecuteEach(absl::string_view sql,
                                absl::Span<const std::vector<Value>> parameters, int64_t& matched) {
  Failure failure = Failure::kNone;
  sqlite3_stmt* statement = Prepare(sql, failure);
  if (statement == nullptr) return failure;
  matched = 0;
  for (const std::vector<Value>& row : parameters) {
    int64_t of_row = 0;
    if (failure = Run(statement, sql, row, of_row); failure != Failure::kNone) return failure;
    matched += of_row;
  }
  return Failure::kNone;
}

Failure Connection::Execute(absl::string_view sql) {
  int64_t matched = 0;
  return Execute(sql, {}, matched);
}

}  // namespace colloquy::db::sqlite
