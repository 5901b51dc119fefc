#include "services/common/db/mysql/connection.h"

#include <cppconn/datatype.h>
#include <cppconn/exception.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/warning.h>
#include <mysql_driver.h>

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"

namespace colloquy::db::mysql {
namespace {

constexpr int kDuplicateEntry = 1062;

// Strict about values, and with the quoting and operators that SQLite has too.
constexpr char kSession[] =
    "SET SESSION sql_mode = "
    "'TRADITIONAL,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,ANSI_QUOTES', "
    "time_zone = '+00:00', innodb_lock_wait_timeout = 5";

// Numbers from MariaDB's and MySQL's mysqld_error.h and errmsg.h.
Failure Classify(int code) {
  switch (code) {
    case kDuplicateEntry:
    case 1586:  // duplicate entry, with the key's name
      return Failure::kUnique;
    case 1213:  // deadlock
    case 1205:  // lock wait timeout
    case 1020:  // record has changed since last read
    case 1317:  // interrupted, and not by us: a Galera node preferred another transaction
      return Failure::kConflict;
    case 1969:  // max_statement_time
    case 3024:  // max_execution_time
      return Failure::kInterrupted;
    case 1021:  // disk full
    case 1114:  // table full
      return Failure::kFull;
    case 2002:  // cannot connect
    case 2003:
    case 2005:  // unknown host
    case 2006:  // server has gone away
    case 2012:
    case 2013:  // lost connection during query
    case 2026:  // TLS
    case 2055:
    case 1040:  // too many connections
    case 1047:  // Galera: not ready
    case 1053:  // shutdown in progress
    case 1152:
    case 1158:
    case 1159:
    case 1160:
    case 1161:
    case 1203:  // too many connections of this user
    case 1226:
    case 1243:  // unknown prepared statement: another server behind the same address
    case 1290:  // read only: a replica after a failover
    case 1461:  // too many prepared statements; a fresh connection frees this one's
    case 1836:
    case 1927:  // connection was killed
    case 4031:  // disconnected by the server because of inactivity
      return Failure::kLost;
    default:
      return Failure::kDefect;
  }
}

sql::Driver* Driver() {
  static sql::Driver* const driver = get_driver_instance();
  return driver;
}

// The client library keeps state per thread.
void EnterThread() {
  struct Guard {
    Guard() { Driver()->threadInit(); }
    ~Guard() { Driver()->threadEnd(); }
  };
  thread_local Guard guard;
  (void)guard;
}

sql::SQLString ToSql(absl::string_view text) { return sql::SQLString(text.data(), text.size()); }

absl::string_view View(const sql::SQLString& text) { return {text.c_str(), text.length()}; }

struct Binder {
  sql::PreparedStatement& statement;
  unsigned index;
  void operator()(std::monostate) const { statement.setNull(index, sql::DataType::SQLNULL); }
  void operator()(int64_t value) const { statement.setInt64(index, value); }
  void operator()(uint64_t value) const { statement.setUInt64(index, value); }
  void operator()(double value) const { statement.setDouble(index, value); }
  void operator()(const std::string& text) const { statement.setString(index, text); }
  // Not setBlob: that is a packet of its own for every value. The server converts nothing on the
  // way from a parameter into a binary column.
  void operator()(const Value::Bytes& value) const { statement.setString(index, value.bytes); }
};

void Bind(sql::PreparedStatement& statement, unsigned first, absl::Span<const Value> values) {
  for (const Value& value : values) std::visit(Binder{statement, first++}, value.variant());
}

enum class CellType { kSigned, kUnsigned, kDouble, kDecimalInteger, kText, kBlob };

CellType TypeOf(sql::ResultSetMetaData& metadata, unsigned column) {
  switch (metadata.getColumnType(column)) {
    case sql::DataType::TINYINT:
    case sql::DataType::SMALLINT:
    case sql::DataType::MEDIUMINT:
    case sql::DataType::INTEGER:
    case sql::DataType::BIGINT:
      return metadata.isSigned(column) ? CellType::kSigned : CellType::kUnsigned;
    case sql::DataType::REAL:
    case sql::DataType::DOUBLE:
      return CellType::kDouble;
    case sql::DataType::DECIMAL:
    case sql::DataType::NUMERIC:
      return metadata.getScale(column) == 0 ? CellType::kDecimalInteger : CellType::kDouble;
    case sql::DataType::BINARY:
    case sql::DataType::VARBINARY:
    case sql::DataType::LONGVARBINARY:
      return CellType::kBlob;
    default:
      return CellType::kText;
  }
}

// SUM over integers is a DECIMAL.
void AddDecimal(absl::string_view digits, RowsBuilder& rows) {
  int64_t integer = 0;
  uint64_t large = 0;
  double real = 0;
  if (absl::SimpleAtoi(digits, &integer)) return rows.AddInt64(integer);
  if (absl::SimpleAtoi(digits, &large)) return rows.AddUint64(large);
  if (absl::SimpleAtod(digits, &real)) return rows.AddDouble(real);
  rows.AddText(digits);
}

void AddCell(const sql::ResultSet& result, unsigned column, CellType type, RowsBuilder& rows) {
  if (result.isNull(column)) return rows.AddNull();
  switch (type) {
    case CellType::kSigned:
      return rows.AddInt64(result.getInt64(column));
    case CellType::kUnsigned:
      return rows.AddUint64(result.getUInt64(column));
    case CellType::kDouble:
      return rows.AddDouble(static_cast<double>(result.getDouble(column)));
    case CellType::kDecimalInteger:
      return AddDecimal(View(result.getString(column)), rows);
    case CellType::kText:
      return rows.AddText(View(result.getString(column)));
    case CellType::kBlob:
      return rows.AddBlob(View(result.getString(column)));
  }
}

Rows Collect(sql::ResultSet& result, const Connection::MismatchFlag& mismatch) {
  sql::ResultSetMetaData& metadata = *result.getMetaData();
  std::vector<CellType> types;
  for (unsigned column = 1; column <= metadata.getColumnCount(); ++column) {
    types.push_back(TypeOf(metadata, column));
  }
  RowsBuilder builder(types.size(), mismatch);
  while (result.next()) {
    for (size_t i = 0; i < types.size(); ++i) {
      AddCell(result, static_cast<unsigned>(i) + 1, types[i], builder);
    }
  }
  return std::move(builder).Build();
}

bool OnlyDuplicates(sql::PreparedStatement& statement) {
  for (const sql::SQLWarning* warning = statement.getWarnings(); warning != nullptr;
       warning = warning->getNextWarning()) {
    if (warning->getErrorCode() != kDuplicateEntry) return false;
  }
  return true;
}

// 1, 1.5, 2, 3, 4, 6 … times 100 ms, rounded up: calls with one time limit rarely need to tell the
// server.
int64_t TimeLimitMs(absl::Time deadline) {
  if (deadline == absl::InfiniteFuture()) return 0;
  const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
  if (left <= 100) return std::max<int64_t>(left, 1);
  constexpr int64_t kLongest = int64_t{365} * 24 * 3600 * 1000;
  for (int64_t limit = 100; limit < kLongest; limit *= 2) {
    if (left <= limit) return limit;
    if (left <= limit + limit / 2) return limit + limit / 2;
  }
  return 0;
}

sql::ConnectOptionsMap Properties(const MysqlOptions& options, Connection::Purpose purpose) {
  const bool calls = purpose == Connection::Purpose::kCalls;
  sql::ConnectOptionsMap properties;
  properties["hostName"] = ToSql(absl::StrCat("tcp://", options.host, ":", options.port));
  properties["userName"] = ToSql(options.user);
  properties["password"] = ToSql(options.password);
  properties["OPT_CHARSET_NAME"] = ToSql("utf8mb4");
  properties["CLIENT_FOUND_ROWS"] = true;
  properties["OPT_CONNECT_TIMEOUT"] =
      static_cast<int>(std::max<int64_t>(1, absl::ToInt64Seconds(options.connect_timeout)));
  if (calls) {
    properties["schema"] = ToSql(options.schema);
    const int seconds =
        static_cast<int>(std::max<int64_t>(1, absl::ToInt64Seconds(options.read_timeout)));
    properties["OPT_READ_TIMEOUT"] = seconds;
    properties["OPT_WRITE_TIMEOUT"] = seconds;
  }
  if (options.tls == MysqlOptions::Tls::kOff) return properties;
  if (!options.ca_file.empty()) {
    properties["sslCA"] = ToSql(options.ca_file);
    properties["sslVerify"] = true;
  }
  properties["sslEnforce"] = options.tls == MysqlOptions::Tls::kRequired;
  return properties;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const MysqlOptions& options,
                                                             Purpose purpose) {
  std::unique_ptr<Connection> connection(new Connection(options));
  const Failure failure = connection->Guard("connect", [&] {
    connection->Connect(purpose);
    return Failure::kNone;
  });
  if (failure != Failure::kNone) return StatusOf(Failure::kLost, CallOptions());
  return connection;
}

Connection::Connection(const MysqlOptions& options)
    : options_(options), statements_(options.statements) {}

Connection::~Connection() {
  // Closing a broken connection can throw.
  Guard("close", [this] {
    statements_.Clear();
    command_.reset();
    connection_.reset();
    return Failure::kNone;
  });
}

void Connection::Connect(Purpose purpose) {
  sql::ConnectOptionsMap properties = Properties(options_, purpose);
  connection_.reset(Driver()->connect(properties));
  command_.reset(connection_->createStatement());
  if (options_.tls == MysqlOptions::Tls::kRequired) AssertEncrypted();
  mariadb_ = absl::StrContains(Ask("SELECT VERSION()", 1), "MariaDB");
  // Not SET NAMES … COLLATE: results would come with a collation that the driver does not know.
  command_->execute("SET NAMES utf8mb4");
  command_->execute(ToSql(absl::StrCat("SET collation_connection = ", collation())));
  command_->execute(kSession);
  command_->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY");
  if (purpose != Purpose::kMigration) return;
  const std::string schema =
      absl::StrCat("\"", absl::StrReplaceAll(options_.schema, {{"\"", "\"\""}}), "\"");
  command_->execute("SET SESSION TRANSACTION READ WRITE");
  Command(absl::StrCat("CREATE DATABASE IF NOT EXISTS ", schema));
  command_->execute(ToSql(absl::StrCat("USE ", schema)));
}

void Connection::AssertEncrypted() {
  if (!Ask("SHOW STATUS LIKE 'Ssl_cipher'", 2).empty()) return;
  throw sql::SQLException("TLS is required, but the connection is not encrypted");
}

std::string Connection::Ask(const char* sql, int column) {
  std::unique_ptr<sql::ResultSet> result(command_->executeQuery(sql));
  return result->next() ? std::string(result->getString(column)) : std::string();
}

Failure Connection::Guard(absl::string_view sql, absl::FunctionRef<Failure()> run) {
  EnterThread();
  try {
    return run();
  } catch (const sql::SQLException& error) {
    const Failure failure = Classify(error.getErrorCode());
    if (failure != Failure::kUnique && failure != Failure::kInterrupted) {
      Log(options_.common,
          absl::StrCat("mysql error ", error.getErrorCode(), " (", error.what(), "): ", sql));
    }
    return failure;
  } catch (const std::exception& error) {
    Log(options_.common, absl::StrCat("mysql driver (", error.what(), "): ", sql));
    return Failure::kDefect;
  }
}

sql::PreparedStatement& Connection::Prepare(absl::string_view sql) {
  if (auto* cached = statements_.Find(sql)) return **cached;
  std::unique_ptr<sql::PreparedStatement> statement(connection_->prepareStatement(ToSql(sql)));
  return **statements_.Insert(sql, std::move(statement));
}

Failure Connection::Query(absl::string_view sql, absl::Span<const Value> parameters,
                          const MismatchFlag& mismatch, Rows& rows) {
  return Guard(sql, [&] {
    sql::PreparedStatement& statement = Prepare(sql);
    Bind(statement, 1, parameters);
    std::unique_ptr<sql::ResultSet> result(statement.executeQuery());
    rows = Collect(*result, mismatch);
    return Failure::kNone;
  });
}

Failure Connection::Execute(absl::string_view sql, absl::Span<const Value> parameters,
                            int64_t& matched) {
  return Guard(sql, [&] {
    sql::PreparedStatement& statement = Prepare(sql);
    Bind(statement, 1, parameters);
    matched = statement.executeUpdate();
    return Failure::kNone;
  });
}

Failure Connection::Insert(absl::string_view sql, absl::Span<const std::vector<Value>> rows,
                           bool only_duplicates, int64_t& inserted) {
  return Guard(sql, [&] {
    sql::PreparedStatement& statement = Prepare(sql);
    unsigned first = 1;
    for (const std::vector<Value>& row : rows) {
      Bind(statement, first, row);
      first += static_cast<unsigned>(row.size());
    }
    inserted = statement.executeUpdate();
    if (!only_duplicates || OnlyDuplicates(statement)) return Failure::kNone;
    Log(options_.common, absl::StrCat("a row does not fit: ", sql));
    return Failure::kDefect;
  });
}

Failure Connection::Command(const std::string& sql) {
  return Guard(sql, [&] {
    command_->execute(sql);
    return Failure::kNone;
  });
}

Failure Connection::Begin(Mode mode, absl::Time deadline) {
  if (Failure failure = SetMode(mode); failure != Failure::kNone) return failure;
  return SetTimeLimit(deadline);
}

Failure Connection::SetMode(Mode mode) {
  if (mode == mode_) return Failure::kNone;
  const char* const isolation =
      mode == Mode::kOneQuery ? "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY"
      : mode == Mode::kSnapshot
          ? "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
          : "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE";
  if (Failure failure = Command(isolation); failure != Failure::kNone) return failure;
  // Without autocommit the first statement opens the transaction: a round trip less than BEGIN.
  const char* const commit = mode == Mode::kOneQuery ? "SET autocommit = 1" : "SET autocommit = 0";
  if (Failure failure = Command(commit); failure != Failure::kNone) return failure;
  mode_ = mode;
  return Failure::kNone;
}

Failure Connection::SetTimeLimit(absl::Time deadline) {
  const int64_t limit = TimeLimitMs(deadline);
  if (limit == time_limit_ms_) return Failure::kNone;
  const std::string command = mariadb_
                                  ? absl::StrCat("SET SESSION max_statement_time = ", limit / 1000,
                                                 ".", absl::Dec(limit % 1000, absl::kZeroPad3))
                                  : absl::StrCat("SET SESSION max_execution_time = ", limit);
  if (Failure failure = Command(command); failure != Failure::kNone) return failure;
  time_limit_ms_ = limit;
  return Failure::kNone;
}

}  // namespace colloquy::db::mysql
