// What colloquyd can be told. The table is in options.cc; --help prints it.
#ifndef COLLOQUY_SERVICES_COLLOQUYD_OPTIONS_H_
#define COLLOQUY_SERVICES_COLLOQUYD_OPTIONS_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/colloquyd/settings.h"
#include "services/common/db/mysql/mysql_database.h"
#include "services/common/telemetry/log.h"

namespace colloquy::colloquyd {

// In the order in which they are started.
inline constexpr absl::string_view kServiceNames[] = {"access", "events", "registrations",
                                                      "dialogues", "web"};
// Those that others call and that have a database. Nobody calls web.
inline constexpr absl::string_view kPeerNames[] = {"access", "events", "registrations",
                                                   "dialogues"};

// Checked, typed, and in units.
struct Options {
  std::string listen;
  std::string data_dir;
  // With the schema's name as it was given; each service appends its own. Absent: embedded SQLite.
  std::optional<db::MysqlOptions> mysql;
  std::string database_password_file;
  absl::Duration database_wait;
  std::vector<std::string> services;
  std::map<std::string, std::string, std::less<>> peers;  // service to "host:port"
  std::string peer_secret_file;
  std::string peer_ca;
  std::string tls_cert;
  std::string tls_key;
  std::string tls_client_ca;
  bool allow_plaintext = false;
  bool reflection = true;
  std::string metrics_listen;
  std::string web_listen;
  std::vector<std::string> web_trusted_proxies;
  std::string public_url;  // without a slash at its end; empty: that of web_listen
  std::string mail_relay;  // smtp:// or smtps:// URL; empty: a maildir in data_dir
  std::string mail_tls;    // "required", "if-offered" or "off"
  std::string mail_ca;
  std::string mail_user;
  std::string mail_password_file;
  std::string mail_from;
  double mail_rate = 0;  // letters a second; 0: no limit
  int mail_connections = 0;
  telemetry::Level log_level = telemetry::Level::kInfo;
  int executor_threads = 0;
  int queue = 0;
  double rate_limit = 0;
  std::string root_key_file;
  absl::Duration shutdown_grace;

  bool hosts(absl::string_view service) const;
};

// What to do: serve with `options`, or print `text` and stop.
struct Invocation {
  std::string text;  // of --help, --version or --print-config; empty: serve
  Options options;
};

// Reads the command line, the environment and the file they name. INVALID_ARGUMENT lists all that
// is wrong, a line each, in words for the person who started the server.
absl::StatusOr<Invocation> ReadInvocation(absl::Span<const std::string> arguments,
                                          absl::Span<const std::string> environment);

const std::vector<OptionSpec>& OptionTable();

}  // namespace colloquy::colloquyd

#endif  // COLLOQUY_SERVICES_COLLOQUYD_OPTIONS_H_
