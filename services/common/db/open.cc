#include "services/common/db/open.h"

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/common/db/sqlite/sqlite_database.h"
#include "services/common/errors/errors.h"

namespace colloquy::db {
namespace {

absl::Status Wrong(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("database URL: ", what,
                   "; it is sqlite:PATH or mysql://USER:PASSWORD@HOST:PORT/SCHEMA?tls=required"));
}

absl::StatusOr<std::string> Decode(absl::string_view part, absl::string_view name) {
  std::string decoded;
  for (size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '%') {
      decoded.push_back(part[i]);
      continue;
    }
    if (i + 2 >= part.size() || !absl::ascii_isxdigit(part[i + 1]) ||
        !absl::ascii_isxdigit(part[i + 2])) {
      return Wrong(absl::StrCat(name, " has a % without two hexadecimal digits"));
    }
    decoded += absl::HexStringToBytes(part.substr(i + 1, 2));
    i += 2;
  }
  if (decoded.find('\0') != std::string::npos) return Wrong(absl::StrCat(name, " has a NUL"));
  return decoded;
}

bool ParseNumber(absl::string_view text, int least, int most, int& number) {
  return absl::SimpleAtoi(text, &number) && number >= least && number <= most;
}

absl::Status ParseAccount(absl::string_view account, MysqlOptions& options) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(account, absl::MaxSplits(':', 1));
  COLLOQUY_ASSIGN_OR_RETURN(options.user, Decode(parts.first, "the user"));
  COLLOQUY_ASSIGN_OR_RETURN(options.password, Decode(parts.second, "the password"));
  return options.user.empty() ? Wrong("the user is missing") : absl::OkStatus();
}

// HOST, HOST:PORT, [IPV6] or [IPV6]:PORT.
absl::Status ParseAddress(absl::string_view address, MysqlOptions& options) {
  size_t host_end = address.find(':');
  if (absl::StartsWith(address, "[")) {
    host_end = address.find(']');
    if (host_end == absl::string_view::npos) return Wrong("the host has an open [");
    ++host_end;
  }
  options.host = std::string(address.substr(0, host_end));
  if (options.host.empty()) return Wrong("the host is missing");
  if (host_end >= address.size()) return absl::OkStatus();
  absl::string_view port = address.substr(host_end);
  if (!absl::ConsumePrefix(&port, ":") || !ParseNumber(port, 1, 65535, options.port)) {
    return Wrong("the port is not a number from 1 to 65535");
  }
  return absl::OkStatus();
}

absl::Status ParseTls(absl::string_view value, MysqlOptions& options) {
  if (value == "preferred") {
    options.tls = MysqlOptions::Tls::kPreferred;
  } else if (value == "required") {
    options.tls = MysqlOptions::Tls::kRequired;
  } else if (value == "off") {
    options.tls = MysqlOptions::Tls::kOff;
  } else {
    return Wrong("tls is not preferred, required or off");
  }
  return absl::OkStatus();
}

absl::Status ParseSetting(absl::string_view setting, MysqlOptions& options) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(setting, absl::MaxSplits('=', 1));
  if (parts.first == "tls") return ParseTls(parts.second, options);
  if (parts.first == "ca") {
    COLLOQUY_ASSIGN_OR_RETURN(options.ca_file, Decode(parts.second, "ca"));
    return absl::OkStatus();
  }
  if (parts.first == "connections") {
    if (ParseNumber(parts.second, 1, 1000, options.connections)) return absl::OkStatus();
    return Wrong("connections is not a number from 1 to 1000");
  }
  return Wrong(absl::StrCat("unknown setting ", parts.first));
}

}  // namespace

absl::StatusOr<MysqlOptions> ParseMysqlUrl(absl::string_view url) {
  if (!absl::ConsumePrefix(&url, "mysql://")) return Wrong("it does not start with mysql://");
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(url, absl::MaxSplits('?', 1));
  const std::pair<absl::string_view, absl::string_view> place =
      absl::StrSplit(halves.first, absl::MaxSplits('/', 1));
  const size_t at = place.first.rfind('@');
  if (at == absl::string_view::npos) return Wrong("the user is missing");
  MysqlOptions options;
  COLLOQUY_RETURN_IF_ERROR(ParseAccount(place.first.substr(0, at), options));
  COLLOQUY_RETURN_IF_ERROR(ParseAddress(place.first.substr(at + 1), options));
  COLLOQUY_ASSIGN_OR_RETURN(options.schema, Decode(place.second, "the schema"));
  if (options.schema.empty() || options.schema.size() > 64) {
    return Wrong("the schema's name is missing or longer than 64 bytes");
  }
  for (absl::string_view setting : absl::StrSplit(halves.second, '&', absl::SkipEmpty())) {
    COLLOQUY_RETURN_IF_ERROR(ParseSetting(setting, options));
  }
  if (!options.ca_file.empty() && options.tls == MysqlOptions::Tls::kOff) {
    return Wrong("ca is given, but tls is off");
  }
  return options;
}

absl::StatusOr<std::unique_ptr<Database>> Open(absl::string_view url, DatabaseOptions options) {
  if (absl::StartsWith(url, "mysql:")) {
    COLLOQUY_ASSIGN_OR_RETURN(MysqlOptions mysql, ParseMysqlUrl(url));
    mysql.common = std::move(options);
    return OpenMysql(std::move(mysql));
  }
  if (!absl::ConsumePrefix(&url, "sqlite:")) return Wrong("unknown kind of database");
  if (url.empty()) return Wrong("the path is missing");
  SqliteOptions sqlite;
  sqlite.path = std::string(url);
  sqlite.common = std::move(options);
  return OpenSqlite(std::move(sqlite));
}

}  // namespace colloquy::db
