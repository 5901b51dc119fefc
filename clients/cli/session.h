// One run of the program: its flags, the server it talks to, and what it prints.
#ifndef COLLOQUY_CLIENTS_CLI_SESSION_H_
#define COLLOQUY_CLIENTS_CLI_SESSION_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/config.h"
#include "clients/cli/printer.h"
#include "clients/cli/terminal.h"
#include "colloquy/sdk/client.h"

namespace colloquy::cli {

struct GlobalFlags {
  std::string server;
  std::string key;
  std::string key_file;
  std::string ca_file;
  bool plaintext = false;
  std::string context;
  std::string organizer;
  Format format = Format::kTable;
  std::vector<std::string> fields;
  bool csv_safe = false;
  std::string language;
  std::string timeout;
  bool dry_run = false;
  bool yes = false;
  bool no_color = false;
  bool verbose = false;
};

struct ListFlags {
  std::string filter;
  std::string order_by;
  int limit = 0;
  int page_size = 0;
};

// Not thread-safe, but client() may be used from several threads once it was asked for.
class Session {
 public:
  Session(Io& io, GlobalFlags flags);

  Io& io() { return io_; }
  const GlobalFlags& flags() const { return flags_; }
  Printer& printer() { return printer_; }

  // Where calls go: flag, environment, context, default.
  absl::StatusOr<std::string> Server();
  absl::StatusOr<sdk::Client*> Client();
  absl::StatusOr<sdk::CallOptions> Call() const;

  // `organizers/{organizer}`: flag, context, or the one that the key belongs to; empty if none.
  absl::StatusOr<std::string> Organizer();
  // As Organizer, but must be there.
  absl::StatusOr<std::string> RequiredOrganizer();
  // ExpandName with the organizer, which is only looked for when the name lacks it.
  absl::StatusOr<std::string> Name(absl::string_view typed, absl::string_view pattern);

  // OK with --yes, with --dry-run, or when the question was answered with yes on a terminal.
  absl::Status Confirm(absl::string_view question);
  // A line for people on stderr.
  void Note(absl::string_view text);

  // Sets the exit code of a run that otherwise ends well.
  void set_exit_code(int code) { exit_code_ = code; }
  int exit_code() const { return exit_code_; }

  const Config& config();

 private:
  absl::StatusOr<Context> ActiveContext();
  // A setting's first value: flag, environment, context; a context that --context names comes
  // before the environment.
  std::string Setting(const std::string& flag, const char* variable,
                      const std::string& of_context) const;
  absl::StatusOr<std::string> Key();

  Io& io_;
  const GlobalFlags flags_;
  Printer printer_;
  std::optional<absl::StatusOr<Config>> config_;
  std::unique_ptr<sdk::Client> client_;
  std::optional<std::string> organizer_;
  int exit_code_ = 0;
};

// Sets `validate_only` for --dry-run; usage error where the request has no such field.
absl::Status SetDryRun(Session& session, google::protobuf::Message& request);

// Calls and prints the answer.
template <typename Service, typename Request, typename Response>
absl::Status CallAndShow(Session& session,
                         grpc::Status (Service::*method)(grpc::ClientContext*, const Request&,
                                                         Response*),
                         std::type_identity_t<Request> request) {
  absl::Status shown = session.printer().CheckFields(Response::default_instance());
  if (!shown.ok()) return shown;
  absl::StatusOr<sdk::Client*> client = session.Client();
  if (!client.ok()) return client.status();
  absl::StatusOr<sdk::CallOptions> options = session.Call();
  if (!options.ok()) return options.status();
  absl::StatusOr<Response> response = (*client)->Call(method, std::move(request), *options);
  if (!response.ok()) return response.status();
  return session.printer().Object(*response);
}

// The same for a mutation: --dry-run is honoured.
template <typename Service, typename Request, typename Response>
absl::Status Mutate(Session& session,
                    grpc::Status (Service::*method)(grpc::ClientContext*, const Request&,
                                                    Response*),
                    std::type_identity_t<Request> request) {
  if (absl::Status status = SetDryRun(session, request); !status.ok()) return status;
  absl::Status status = CallAndShow(session, method, std::move(request));
  if (status.ok() && session.flags().dry_run) session.Note("Dry run: nothing was changed.");
  return status;
}

// Lists and prints, a page at a time.
template <typename Service, typename Request, typename Response, typename Items>
absl::Status ListAndShow(Session& session,
                         grpc::Status (Service::*method)(grpc::ClientContext*, const Request&,
                                                         Response*),
                         std::type_identity_t<Request> request,
                         const Items& (Response::*items)() const, const ListFlags& flags,
                         std::vector<std::string> columns) {
  absl::StatusOr<sdk::Client*> client = session.Client();
  if (!client.ok()) return client.status();
  absl::StatusOr<sdk::CallOptions> options = session.Call();
  if (!options.ok()) return options.status();
  absl::Status shown = session.printer().CheckFields(Items::value_type::default_instance());
  if (!shown.ok()) return shown;
  if constexpr (requires { request.set_filter(flags.filter); }) request.set_filter(flags.filter);
  if constexpr (requires { request.set_order_by(flags.order_by); }) {
    request.set_order_by(flags.order_by);
  }
  int page_size = flags.page_size;
  if (page_size == 0 && flags.limit > 0) page_size = std::min(flags.limit, 1000);
  request.set_page_size(page_size);

  auto pages = (*client)->List(method, std::move(request), items, *options);
  bool begun = false;
  int count = 0;
  for (const auto& item : pages) {
    if (!begun) session.printer().Begin(columns);
    begun = true;
    if (absl::Status status = session.printer().Add(item); !status.ok()) return status;
    if (++count == flags.limit) break;
    if (pages.at_page_end()) session.printer().Flush();
  }
  if (!pages.status().ok()) {
    session.printer().Flush();
    return pages.status();
  }
  if (!begun) session.printer().Begin(columns);
  session.printer().End();
  return absl::OkStatus();
}

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_SESSION_H_
