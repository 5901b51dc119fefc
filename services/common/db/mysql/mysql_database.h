// MySQL, MariaDB and what speaks their protocol: READ COMMITTED, pooled connections opened when
// first needed, prepared statements kept per connection.
#ifndef COLLOQUY_SERVICES_COMMON_DB_MYSQL_MYSQL_DATABASE_H_
#define COLLOQUY_SERVICES_COMMON_DB_MYSQL_MYSQL_DATABASE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "services/common/db/database.h"

namespace colloquy::db {

struct MysqlOptions {
  enum class Tls {
    kPreferred,  // encrypted where the server offers it
    kRequired,   // asserted on every connection; with ca_file the server's certificate is verified
    kOff,
  };

  std::string host = "127.0.0.1";
  int port = 3306;
  std::string user;
  std::string password;
  std::string schema;  // Migrate creates it, if the user may
  Tls tls = Tls::kPreferred;
  std::string ca_file;  // PEM
  DatabaseOptions common;
  int connections = 16;
  size_t statements = 256;  // prepared per connection; the server's limit is 16,382 over all
  absl::Duration connect_timeout = absl::Seconds(5);
  // A server that is silent for so long is taken for gone. Longer than any statement may take.
  absl::Duration read_timeout = absl::Seconds(60);
};

// Does not connect: a server can start before its database, and is not ready until Migrate
// succeeds.
std::unique_ptr<Database> OpenMysql(MysqlOptions options);

}  // namespace colloquy::db

#endif  // COLLOQUY_SERVICES_COMMON_DB_MYSQL_MYSQL_DATABASE_H_
