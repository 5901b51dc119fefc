#include "services/colloquyd/options.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/common/db/open.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/email_address.h"
#include "services/web/http/addresses.h"

#ifndef COLLOQUY_VERSION
#error "CMake defines the version"
#endif

namespace colloquy::colloquyd {
namespace {

using Kind = OptionSpec::Kind;
using Values = std::vector<std::string>;
// Puts checked values into the options, or says what would be right.
using Apply = std::function<absl::Status(const Values&, Options&)>;

struct Option {
  OptionSpec spec;
  Apply apply;
};

absl::Status Wrong(absl::string_view expected) {
  return absl::InvalidArgumentError(std::string(expected));
}

Apply Text(std::string Options::*field) {
  return [field](const Values& values, Options& options) {
    options.*field = values.empty() ? "" : values[0];
    return absl::OkStatus();
  };
}

Apply Switch(bool Options::*field) {
  return [field](const Values& values, Options& options) {
    return absl::SimpleAtob(values[0], &(options.*field)) ? absl::OkStatus()
                                                          : Wrong("must be true or false");
  };
}

Apply Number(int Options::*field, int least, int most) {
  return [=](const Values& values, Options& options) {
    int number = 0;
    if (!absl::SimpleAtoi(values[0], &number) || number < least || number > most) {
      return Wrong(absl::StrCat("must be a whole number from ", least, " to ", most));
    }
    options.*field = number;
    return absl::OkStatus();
  };
}

Apply Duration(absl::Duration Options::*field, absl::Duration most) {
  return [=](const Values& values, Options& options) {
    absl::Duration duration;
    if (!absl::ParseDuration(values[0], &duration) || duration < absl::ZeroDuration() ||
        duration > most) {
      return Wrong(absl::StrCat("must be a duration such as 30s, 2m or 500ms, at most ",
                                absl::FormatDuration(most)));
    }
    options.*field = duration;
    return absl::OkStatus();
  };
}

// "host:port" or "[address]:port".
bool IsAddress(absl::string_view text) {
  const size_t colon = text.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos || colon == 0) return false;
  const absl::string_view host = text.substr(0, colon);
  const bool bracketed = absl::StartsWith(host, "[") && absl::EndsWith(host, "]");
  if (!bracketed && absl::StrContains(host, ":")) return false;
  return absl::SimpleAtoi(text.substr(colon + 1), &port) && port >= 0 && port <= 65535;
}

Apply Address(std::string Options::*field) {
  return [field](const Values& values, Options& options) {
    const std::string text = values.empty() ? "" : values[0];
    if (!text.empty() && !IsAddress(text)) {
      return Wrong("must be HOST:PORT, such as 127.0.0.1:8470 or [::1]:8470");
    }
    options.*field = text;
    return absl::OkStatus();
  };
}

absl::Status ApplyDatabase(const Values& values, Options& options) {
  if (values[0] == "sqlite") return absl::OkStatus();
  absl::StatusOr<db::MysqlOptions> mysql = db::ParseMysqlUrl(values[0]);
  if (!mysql.ok()) {
    return Wrong(absl::StrCat("must be sqlite or mysql://USER[:PASSWORD]@HOST[:PORT]/SCHEMA; ",
                              std::string(mysql.status().message())));
  }
  options.mysql = *std::move(mysql);
  return absl::OkStatus();
}

absl::Status ApplyProxies(const Values& values, Options& options) {
  for (const std::string& value : values) {
    if (!web::IsIpAddress(value)) return Wrong("must be IP addresses, such as 127.0.0.1,::1");
  }
  options.web_trusted_proxies = values;
  return absl::OkStatus();
}

absl::Status ApplyPublicUrl(const Values& values, Options& options) {
  absl::string_view url = values.empty() ? "" : absl::string_view(values[0]);
  const bool http = absl::StartsWith(url, "https://") || absl::StartsWith(url, "http://");
  if (!url.empty() && (!http || url.find_first_of("?# \"<>") != absl::string_view::npos)) {
    return Wrong(
        "must be the address at which browsers reach the pages, such as "
        "https://events.example.org");
  }
  absl::ConsumeSuffix(&url, "/");
  options.public_url = std::string(url);
  return absl::OkStatus();
}

bool IsPeer(absl::string_view name) {
  return std::find(std::begin(kPeerNames), std::end(kPeerNames), name) != std::end(kPeerNames);
}

bool IsService(absl::string_view name) {
  return std::find(std::begin(kServiceNames), std::end(kServiceNames), name) !=
         std::end(kServiceNames);
}

absl::Status ApplyServices(const Values& values, Options& options) {
  if (values.empty() || !std::all_of(values.begin(), values.end(), IsService)) {
    return Wrong(absl::StrCat("must be one or more of ", absl::StrJoin(kServiceNames, ", ")));
  }
  for (absl::string_view name : kServiceNames) {  // each once, in order
    if (std::find(values.begin(), values.end(), name) != values.end()) {
      options.services.emplace_back(name);
    }
  }
  return absl::OkStatus();
}

absl::Status ApplyPeers(const Values& values, Options& options) {
  for (const std::string& value : values) {
    const std::pair<std::string, std::string> peer = absl::StrSplit(value, absl::MaxSplits('=', 1));
    if (!IsPeer(peer.first) || !IsAddress(peer.second)) {
      return Wrong(absl::StrCat("must be SERVICE=HOST:PORT with a service of ",
                                absl::StrJoin(kPeerNames, ", ")));
    }
    options.peers[peer.first] = peer.second;
  }
  return absl::OkStatus();
}

absl::Status ApplyLogLevel(const Values& values, Options& options) {
  absl::StatusOr<telemetry::Level> level = telemetry::ParseLevel(values[0]);
  if (!level.ok()) return Wrong("must be debug, info, warn, error or off");
  options.log_level = *level;
  return absl::OkStatus();
}

Apply Rate(double Options::*field) {
  return [field](const Values& values, Options& options) {
    double rate = 0;
    if (!absl::SimpleAtod(values[0], &rate) || !(rate >= 0 && rate <= 1e6)) {
      return Wrong("must be a number from 0 (no limit) to 1000000");
    }
    options.*field = rate;
    return absl::OkStatus();
  };
}

absl::Status ApplyMailRelay(const Values& values, Options& options) {
  absl::string_view rest = values.empty() ? "" : absl::string_view(values[0]);
  options.mail_relay = std::string(rest);
  if (rest.empty()) return absl::OkStatus();
  const bool smtp = absl::ConsumePrefix(&rest, "smtp://") || absl::ConsumePrefix(&rest, "smtps://");
  const bool plain = rest.find_first_of("/?# @") == absl::string_view::npos;
  if (!smtp || !plain || rest.empty()) {
    return Wrong(
        "must be smtp://HOST[:PORT] or smtps://HOST[:PORT]; user and password have options of "
        "their own");
  }
  return absl::OkStatus();
}

absl::Status ApplyMailTls(const Values& values, Options& options) {
  options.mail_tls = values[0];
  const bool known = values[0] == "required" || values[0] == "if-offered" || values[0] == "off";
  return known ? absl::OkStatus() : Wrong("must be required, if-offered or off");
}

absl::Status ApplyMailFrom(const Values& values, Options& options) {
  options.mail_from = values.empty() ? "" : values[0];
  if (options.mail_from.empty()) return absl::OkStatus();
  const resource::AddressFault fault =
      resource::ParseEmailAddress(options.mail_from, resource::AddressForm::kBare, nullptr);
  return fault == resource::AddressFault::kNone
             ? absl::OkStatus()
             : Wrong(absl::StrCat("must be an address; this one ", resource::DescribeFault(fault)));
}

absl::Status Nothing(const Values&, Options&) { return absl::OkStatus(); }

// "mysql://user:secret@host/schema" without the secret.
std::string HidePassword(absl::string_view url) {
  const size_t begin = url.find("://");
  const size_t at = url.rfind('@');
  if (begin == absl::string_view::npos || at == absl::string_view::npos) return std::string(url);
  const size_t colon = url.find(':', begin + 3);
  if (colon == absl::string_view::npos || colon > at) return std::string(url);
  return absl::StrCat(url.substr(0, colon + 1), "hidden", url.substr(at));
}

// The one table of options: flags, environment, file, help and printed configuration come of it.
const std::vector<Option>& Table() {
  static const auto* table = new std::vector<Option>{
      {{"config", Kind::kValue, "FILE", "",
        "YAML file with any of the options below. In the environment: COLLOQUYD_CONFIG, because "
        "COLLOQUY_CONFIG is the command line's."},
       Nothing},
      {{"listen", Kind::kValue, "HOST:PORT", "127.0.0.1:8470",
        "Where to serve gRPC; port 0 takes a free one. Off loopback TLS is needed."},
       Address(&Options::listen)},
      {{"data-dir", Kind::kValue, "DIR", "colloquy-data",
        "Where embedded databases lie; made if missing. One server at a time uses it."},
       Text(&Options::data_dir)},
      {{"database", Kind::kValue, "sqlite|URL", "sqlite",
        "Embedded SQLite in the data directory, or "
        "mysql://USER[:PASSWORD]@HOST[:PORT]/SCHEMA[?tls=preferred|required|off&ca=FILE"
        "&connections=N]. Each service has a schema of its own, SCHEMA_access and so on, created "
        "if the user may.",
        HidePassword},
       ApplyDatabase},
      {{"database-password-file", Kind::kValue, "FILE", "",
        "Holds the database's password, so that it is in no command line."},
       Text(&Options::database_password_file)},
      {{"database-wait", Kind::kValue, "DURATION", "30s",
        "How long a start waits for a database that does not answer yet."},
       Duration(&Options::database_wait, absl::Hours(1))},
      {{"services", Kind::kList, "NAME,...", "access,events,registrations,dialogues,web",
        "Which services this process hosts."},
       ApplyServices},
      {{"peer", Kind::kList, "SERVICE=HOST:PORT,...", "",
        "Where services hosted elsewhere are found."},
       ApplyPeers},
      {{"peer-secret-file", Kind::kValue, "FILE", "",
        "Holds the secret by which the processes of one installation know each other: 32 to 128 "
        "letters and digits, the same everywhere. Needed as soon as there is a second process."},
       Text(&Options::peer_secret_file)},
      {{"peer-ca", Kind::kValue, "FILE", "",
        "PEM certificates that signed the peers'. Without it peers are called in plaintext."},
       Text(&Options::peer_ca)},
      {{"tls-cert", Kind::kValue, "FILE", "",
        "PEM certificate chain of this server, reloaded when the file is replaced."},
       Text(&Options::tls_cert)},
      {{"tls-key", Kind::kValue, "FILE", "", "PEM private key of --tls-cert."},
       Text(&Options::tls_key)},
      {{"tls-client-ca", Kind::kValue, "FILE", "",
        "PEM certificates; with it only clients that present one signed by these are served."},
       Text(&Options::tls_client_ca)},
      {{"allow-plaintext", Kind::kSwitch, "", "false",
        "Serve without TLS off loopback too, for use behind a proxy that ends it."},
       Switch(&Options::allow_plaintext)},
      {{"reflection", Kind::kSwitch, "", "true",
        "Tell clients about services and messages (gRPC reflection)."},
       Switch(&Options::reflection)},
      {{"metrics-listen", Kind::kValue, "HOST:PORT", "",
        "Loopback address for Prometheus metrics at /metrics; none if empty."},
       Address(&Options::metrics_listen)},
      {{"web-listen", Kind::kValue, "HOST:PORT", "127.0.0.1:8080",
        "Where web serves pages over HTTP; port 0 takes a free one. It speaks no TLS: a proxy in "
        "front of it does."},
       Address(&Options::web_listen)},
      {{"web-trusted-proxies", Kind::kList, "ADDRESS,...", "",
        "Addresses of those proxies: their X-Forwarded-For says who asks."},
       ApplyProxies},
      {{"public-url", Kind::kValue, "URL", "",
        "Where browsers reach the pages, such as https://events.example.org: the base of links in "
        "mails. The address of --web-listen if empty."},
       ApplyPublicUrl},
      {{"mail-relay", Kind::kValue, "URL", "",
        "Where mail is handed over: smtp://HOST:587, or smtps://HOST:465 for TLS from the first "
        "byte. Without it mails are files in the maildir DIR/mail of --data-dir."},
       ApplyMailRelay},
      {{"mail-tls", Kind::kValue, "required|if-offered|off", "required",
        "Whether smtp:// goes on in TLS (STARTTLS)."},
       ApplyMailTls},
      {{"mail-ca", Kind::kValue, "FILE", "",
        "PEM certificates that signed the relay's; the system's if empty."},
       Text(&Options::mail_ca)},
      {{"mail-user", Kind::kValue, "NAME", "", "Who logs in at the relay; nobody if empty."},
       Text(&Options::mail_user)},
      {{"mail-password-file", Kind::kValue, "FILE", "", "Holds the password of --mail-user."},
       Text(&Options::mail_password_file)},
      {{"mail-from", Kind::kValue, "ADDRESS", "",
        "The address that mails come from. Needed with --mail-relay. Answers and bounces come to "
        "it with a tag: office+TAG@example.org."},
       ApplyMailFrom},
      {{"mail-rate", Kind::kValue, "MAILS", "0",
        "Mails a second that the relay is given; 0 means as many as it takes."},
       Rate(&Options::mail_rate)},
      {{"mail-connections", Kind::kValue, "N", "8", "Connections to the relay."},
       Number(&Options::mail_connections, 1, 256)},
      {{"log-level", Kind::kValue, "LEVEL", "info",
        "debug, info, warn, error or off. The log is JSON lines on standard error."},
       ApplyLogLevel},
      {{"executor-threads", Kind::kValue, "N", "8", "Calls that are worked on at once."},
       Number(&Options::executor_threads, 1, 1024)},
      {{"queue", Kind::kValue, "N", "2048",
        "Calls that may wait for that; more are refused and told when to come back."},
       Number(&Options::queue, 1, 1000000)},
      {{"rate-limit", Kind::kValue, "CALLS", "0",
        "Calls a second that one caller may make; 0 means any number."},
       Rate(&Options::rate_limit)},
      {{"root-key-file", Kind::kValue, "FILE", "",
        "Where the first start writes the operator's root key, readable by this user only. "
        "Without it the key is shown once on standard error."},
       Text(&Options::root_key_file)},
      {{"shutdown-grace", Kind::kValue, "DURATION", "10s",
        "How long calls in flight may take to end when the server is told to stop."},
       Duration(&Options::shutdown_grace, absl::Minutes(10))},
  };
  return *table;
}

std::string Help() {
  return absl::StrCat(
      "colloquyd: events, registrations and access, served over gRPC, and pages over HTTP.\n\n"
      "usage: colloquyd [--option=value]...\n\n"
      "Every option can also be given as an environment variable (--tls-cert is "
      "COLLOQUY_TLS_CERT)\n"
      "or in the file that --config names (tls-cert: ...). A flag wins over the environment, that\n"
      "over the file, that over the default.\n\n",
      HelpText(OptionTable()),
      "  --print-config\n      Show what is in force and where it came from, without secrets.\n"
      "  --version, --help\n\n"
      "SIGTERM and SIGINT stop the server in order: it refuses new calls and ends those in "
      "flight.\n"
      "exit codes: 0 stopped as told, 1 failed to start or to stop, 2 bad options, 3 the address "
      "or\n"
      "the data directory is in use, 4 the database cannot be used.\n");
}

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) {
    return absl::InvalidArgumentError(absl::StrCat("Cannot read ", path, "."));
  }
  return text;
}

// The file to read, which only flag and environment can name.
std::string ConfigFile(const CommandLine& line, absl::Span<const std::string> environment) {
  if (const auto flag = line.flags.find("config"); flag != line.flags.end()) return flag->second[0];
  constexpr absl::string_view prefix = "COLLOQUYD_CONFIG=";
  for (const std::string& entry : environment) {
    if (absl::StartsWith(entry, prefix)) return entry.substr(prefix.size());
  }
  return "";
}

bool IsLoopback(absl::string_view address) {
  const absl::string_view host = address.substr(0, address.rfind(':'));
  return host == "localhost" || host == "[::1]" || absl::StartsWith(host, "127.");
}

void CheckMail(const Options& options, std::vector<std::string>& mistakes) {
  if (options.mail_user.empty() != options.mail_password_file.empty()) {
    mistakes.emplace_back("--mail-user and --mail-password-file need each other.");
  }
  if (!options.mail_relay.empty()) {
    if (options.mail_from.empty()) mistakes.emplace_back("--mail-relay needs --mail-from=ADDRESS.");
    if (absl::StartsWith(options.mail_relay, "smtps://") && options.mail_tls != "required") {
      mistakes.push_back(absl::StrCat("--mail-tls=", options.mail_tls,
                                      " makes no sense: smtps:// is TLS from the first byte."));
    }
    return;
  }
  // Whoever gives one of these believes that mails leave.
  const std::pair<absl::string_view, bool> given[] = {
      {"--mail-tls", options.mail_tls != "required"},
      {"--mail-ca", !options.mail_ca.empty()},
      {"--mail-user", !options.mail_user.empty()}};
  for (const auto& [option, is_given] : given) {
    if (is_given) mistakes.push_back(absl::StrCat(option, " needs --mail-relay=URL."));
  }
}

// Whether a service of this process calls `service`.
bool IsAsked(const Options& options, absl::string_view service) {
  using Names = std::vector<absl::string_view>;
  static const auto* const callers = new std::map<absl::string_view, Names>{
      {"access", {"events", "registrations", "dialogues", "web"}},
      {"events", {"registrations", "dialogues", "web"}},
      {"registrations", {"events", "dialogues", "web"}},
      {"dialogues", {"web"}}};
  const Names& names = callers->at(service);
  return std::any_of(names.begin(), names.end(),
                     [&](absl::string_view name) { return options.hosts(name); });
}

// Rules that span several options.
void CheckTogether(const Options& options, std::vector<std::string>& mistakes) {
  if (options.tls_cert.empty() != options.tls_key.empty()) {
    mistakes.emplace_back("--tls-cert and --tls-key need each other.");
  }
  if (!options.tls_client_ca.empty() && options.tls_cert.empty()) {
    mistakes.emplace_back("--tls-client-ca needs --tls-cert and --tls-key.");
  }
  if (options.hosts("web") && !options.allow_plaintext && !IsLoopback(options.web_listen)) {
    mistakes.push_back(absl::StrCat("--web-listen=", options.web_listen,
                                    " is not on loopback, and plaintext would show links to the "
                                    "network: put a proxy with TLS in front of it, and say "
                                    "--allow-plaintext."));
  }
  if (!options.database_password_file.empty() && !options.mysql.has_value()) {
    mistakes.emplace_back("--database-password-file needs a --database=mysql://... .");
  }
  CheckMail(options, mistakes);
  for (absl::string_view service : kPeerNames) {
    const bool has_peer = options.peers.contains(service);
    if (options.hosts(service) && has_peer) {
      mistakes.push_back(absl::StrCat("--peer=", service, "=... makes no sense: --services hosts ",
                                      service, " in this process."));
    }
    if (!options.hosts(service) && !has_peer && IsAsked(options, service)) {
      mistakes.push_back(absl::StrCat("--services leaves out ", service, ", so --peer=", service,
                                      "=HOST:PORT is needed."));
    }
  }
  const bool split = !std::all_of(std::begin(kPeerNames), std::end(kPeerNames),
                                  [&](absl::string_view name) { return options.hosts(name); });
  if (split && options.peer_secret_file.empty()) {
    mistakes.emplace_back(
        "--services leaves some out, so --peer-secret-file is needed, with the same secret in all "
        "processes.");
  }
}

absl::StatusOr<Options> ToOptions(const Settings& settings) {
  Options options;
  std::vector<std::string> mistakes;
  for (const Option& option : Table()) {
    const Setting& setting = settings.find(option.spec.name)->second;
    const absl::Status status = option.apply(setting.values, options);
    if (status.ok()) continue;
    mistakes.push_back(absl::StrCat("--", option.spec.name, " (from ", setting.source, ") ",
                                    std::string(status.message()), "."));
  }
  if (mistakes.empty()) CheckTogether(options, mistakes);
  if (!mistakes.empty()) return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
  return options;
}

}  // namespace

bool Options::hosts(absl::string_view service) const {
  return std::find(services.begin(), services.end(), service) != services.end();
}

const std::vector<OptionSpec>& OptionTable() {
  static const auto* specs = [] {
    auto* all = new std::vector<OptionSpec>;
    for (const Option& option : Table()) all->push_back(option.spec);
    return all;
  }();
  return *specs;
}

absl::StatusOr<Invocation> ReadInvocation(absl::Span<const std::string> arguments,
                                          absl::Span<const std::string> environment) {
  COLLOQUY_ASSIGN_OR_RETURN(const CommandLine line, ParseCommandLine(OptionTable(), arguments));
  Invocation invocation;
  if (line.help) invocation.text = Help();
  if (line.version) invocation.text = "colloquyd " COLLOQUY_VERSION "\n";
  if (!invocation.text.empty()) return invocation;

  const std::string file = ConfigFile(line, environment);
  std::string yaml;
  if (!file.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(yaml, ReadText(file));
  }
  COLLOQUY_ASSIGN_OR_RETURN(const Settings settings,
                            Resolve(OptionTable(), line, environment, file, yaml));
  COLLOQUY_ASSIGN_OR_RETURN(invocation.options, ToOptions(settings));
  if (line.print_config) invocation.text = ConfigText(OptionTable(), settings);
  return invocation;
}

}  // namespace colloquy::colloquyd
