#include "clients/cli/session.h"

#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/failures.h"
#include "clients/cli/files.h"
#include "clients/cli/names.h"
#include "clients/cli/times.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

PrintOptions PrintOptionsFor(const Io& io, const GlobalFlags& flags) {
  PrintOptions options;
  options.format = flags.format;
  options.fields = flags.fields;
  options.csv_safe = flags.csv_safe;
  options.color = io.out_is_terminal && !flags.no_color && io.env("NO_COLOR").empty() &&
                  io.env("TERM") != "dumb";
  options.style.for_machines = flags.format == Format::kCsv;
  options.style.zone = absl::LocalTimeZone();
  return options;
}

std::string FirstOf(std::initializer_list<std::string> values) {
  for (const std::string& value : values) {
    if (!value.empty()) return value;
  }
  return "";
}

// HOST:PORT, as gRPC would take a name without a port for one of port 443 and wait. Targets with a
// scheme, such as unix:/run/colloquy.sock, are left to it.
absl::Status CheckServer(absl::string_view server) {
  if (absl::StartsWith(server, "unix:") || absl::StrContains(server, "://")) {
    return absl::OkStatus();
  }
  const size_t colon = server.rfind(':');
  int port = 0;
  if (colon != absl::string_view::npos && colon > 0 &&
      absl::SimpleAtoi(server.substr(colon + 1), &port) && port > 0 && port <= 65535) {
    return absl::OkStatus();
  }
  return UsageError(absl::StrCat("The server is HOST:PORT, such as ", sdk::kDefaultServer, "; '",
                                 server, "' is not."));
}

}  // namespace

Session::Session(Io& io, GlobalFlags flags)
    : io_(io), flags_(std::move(flags)), printer_(io, PrintOptionsFor(io, flags_)) {}

const Config& Session::config() {
  static const Config kEmpty;
  if (!config_.has_value()) config_ = LoadConfig(ConfigPath(io_.env));
  return config_->ok() ? **config_ : kEmpty;
}

absl::StatusOr<Context> Session::ActiveContext() {
  const Config& config = this->config();
  if (!config_->ok()) return config_->status();
  const std::string name = FirstOf({flags_.context, io_.env("COLLOQUY_CONTEXT"), config.current});
  if (name.empty()) return Context();
  const auto found = config.contexts.find(name);
  if (found == config.contexts.end()) {
    return UsageError(absl::StrCat("There is no context '", name,
                                   "'. `colloquy context list` shows those there are."));
  }
  return found->second;
}

std::string Session::Setting(const std::string& flag, const char* variable,
                             const std::string& of_context) const {
  const std::string value = io_.env(variable);
  return flags_.context.empty() ? FirstOf({flag, value, of_context})
                                : FirstOf({flag, of_context, value});
}

absl::StatusOr<std::string> Session::Server() {
  COLLOQUY_ASSIGN_OR_RETURN(const Context context, ActiveContext());
  return FirstOf({Setting(flags_.server, "COLLOQUY_SERVER", context.server), sdk::kDefaultServer});
}

absl::StatusOr<std::string> Session::Key() {
  COLLOQUY_ASSIGN_OR_RETURN(const Context context, ActiveContext());
  // A key belongs to its context's server: it is not sent to another one.
  COLLOQUY_ASSIGN_OR_RETURN(const std::string server, Server());
  const bool elsewhere = server != FirstOf({context.server, sdk::kDefaultServer});
  const bool of_context = !elsewhere && !(context.key.empty() && context.key_file.empty());
  const std::string of_environment = io_.env("COLLOQUY_API_KEY");
  std::string key = flags_.key;
  std::string file = key.empty() ? flags_.key_file : "";
  if (key.empty() && file.empty()) {
    const bool context_first = !flags_.context.empty() || of_environment.empty();
    if (of_context && context_first) {
      key = context.key;
      file = context.key_file;
    } else {
      key = of_environment;
    }
  }
  if (!key.empty() || file.empty()) return key;
  COLLOQUY_ASSIGN_OR_RETURN(const std::string content, ReadFile(io_, file));
  key = std::string(absl::StripAsciiWhitespace(content));
  if (key.empty()) return UsageError(absl::StrCat("There is no key in ", file, "."));
  return key;
}

absl::StatusOr<sdk::Client*> Session::Client() {
  if (client_ != nullptr) return client_.get();
  COLLOQUY_ASSIGN_OR_RETURN(const Context context, ActiveContext());
  sdk::Options options;
  COLLOQUY_ASSIGN_OR_RETURN(options.server, Server());
  COLLOQUY_RETURN_IF_ERROR(CheckServer(options.server));
  COLLOQUY_ASSIGN_OR_RETURN(options.api_key, Key());
  options.ca_file = Setting(flags_.ca_file, "COLLOQUY_CA", context.ca_file);
  options.plaintext_anywhere = flags_.plaintext;
  absl::StatusOr<std::unique_ptr<sdk::Client>> client = sdk::Client::Connect(options);
  if (!client.ok()) return UsageError(client.status().message());
  client_ = *std::move(client);
  return client_.get();
}

absl::StatusOr<sdk::CallOptions> Session::Call() const {
  sdk::CallOptions options;
  options.cancellation = io_.cancellation;
  if (!flags_.timeout.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(options.timeout, ParseSpan(flags_.timeout));
  }
  return options;
}

absl::StatusOr<std::string> Session::Organizer() {
  if (organizer_.has_value()) return *organizer_;
  COLLOQUY_ASSIGN_OR_RETURN(const Context context, ActiveContext());
  std::string name = Setting(flags_.organizer, "COLLOQUY_ORGANIZER", context.organizer);
  if (name.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, Client());
    COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, Call());
    COLLOQUY_ASSIGN_OR_RETURN(const access::v1::Caller caller,
                              client->Call(&sdk::Access::GetCaller, {}, options));
    name = caller.organizer();
  }
  if (!name.empty() && !absl::StartsWith(name, "organizers/")) {
    name = absl::StrCat("organizers/", name);
  }
  organizer_ = name;
  return name;
}

absl::StatusOr<std::string> Session::RequiredOrganizer() {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string name, Organizer());
  if (!name.empty()) return name;
  return UsageError(
      "Which organizer? Give --organizer, or set it with "
      "`colloquy context set NAME --organizer ID`.");
}

absl::StatusOr<std::string> Session::Name(absl::string_view typed, absl::string_view pattern) {
  // An id that a script cut out of CSV has that format's carriage return at its end.
  typed = absl::StripAsciiWhitespace(typed);
  if (absl::StartsWith(typed, "organizers/")) return std::string(typed);
  std::string organizer;
  if (pattern != "organizers/*") {
    COLLOQUY_ASSIGN_OR_RETURN(organizer, Organizer());
  }
  return ExpandName(typed, pattern, organizer);
}

absl::Status Session::Confirm(absl::string_view question) {
  if (flags_.yes || flags_.dry_run) return absl::OkStatus();
  if (!io_.in_is_terminal) return UsageError(absl::StrCat(question, " Say so with --yes."));
  io_.err << Visible(question) << " [y/N] " << std::flush;
  std::string answer;
  std::getline(io_.in, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return absl::OkStatus();
  return UsageError("Nothing was changed.");
}

void Session::Note(absl::string_view text) { io_.err << Visible(text) << "\n"; }

absl::Status SetDryRun(Session& session, google::protobuf::Message& request) {
  if (!session.flags().dry_run) return absl::OkStatus();
  const auto* field = request.GetDescriptor()->FindFieldByName("validate_only");
  if (field == nullptr) return UsageError("This command has no --dry-run.");
  request.GetReflection()->SetBool(&request, field, true);
  return absl::OkStatus();
}

}  // namespace colloquy::cli
