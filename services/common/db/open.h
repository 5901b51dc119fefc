// Databases by URL, as colloquyd's --database takes them:
//   sqlite:PATH
//   mysql://USER:PASSWORD@HOST:PORT/SCHEMA?tls=required&ca=FILE&connections=16
// User, password, schema and ca are percent-encoded where they hold other characters than letters,
// digits and -._~. tls is preferred (default), required or off.
#ifndef COLLOQUY_SERVICES_COMMON_DB_OPEN_H_
#define COLLOQUY_SERVICES_COMMON_DB_OPEN_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/common/db/database.h"
#include "services/common/db/mysql/mysql_database.h"

namespace colloquy::db {

// INVALID_ARGUMENT says what is wrong with the URL, and never repeats the password.
absl::StatusOr<MysqlOptions> ParseMysqlUrl(absl::string_view url);

// Errors are meant for who starts the server: INVALID_ARGUMENT, or UNAVAILABLE when an SQLite file
// cannot be opened.
absl::StatusOr<std::unique_ptr<Database>> Open(absl::string_view url, DatabaseOptions options = {});

}  // namespace colloquy::db

#endif  // COLLOQUY_SERVICES_COMMON_DB_OPEN_H_
