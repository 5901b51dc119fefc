#include "clients/cli/cli.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "clients/cli/command.h"
#include "clients/cli/failures.h"
#include "clients/cli/session.h"

namespace colloquy::cli {
namespace {

const std::map<std::string, Format> kFormats = {{"table", Format::kTable},
                                                {"json", Format::kJson},
                                                {"yaml", Format::kYaml},
                                                {"csv", Format::kCsv}};

void AddGlobalFlags(CLI::App& root, GlobalFlags& flags, std::string& format) {
  const auto add = [&](const char* name, std::string& value, const char* help) {
    root.add_option(name, value, help)->group("Global flags");
  };
  const auto flag = [&](const char* name, bool& value, const char* help) {
    root.add_flag(name, value, help)->group("Global flags");
  };
  add("--server", flags.server, "HOST:PORT of the server (COLLOQUY_SERVER)");
  add("--key", flags.key, "API key; better in COLLOQUY_API_KEY or a file, as others see flags");
  add("--key-file", flags.key_file, "File that holds the API key");
  add("--ca", flags.ca_file, "PEM file of the authorities to trust (COLLOQUY_CA)");
  flag("--plaintext", flags.plaintext, "Do without TLS off this machine too: the key can be read");
  add("--context", flags.context, "Context to use instead of the current one");
  add("--organizer", flags.organizer, "Organizer that short names belong to (COLLOQUY_ORGANIZER)");
  root.add_option("-o,--output", format, "Output: table, json, yaml, csv")
      ->check(CLI::IsMember({"table", "json", "yaml", "csv"}))
      ->group("Global flags");
  root.add_option("--fields", flags.fields,
                  "Columns of table and csv: id,title,registration.capacity")
      ->delimiter(',')
      ->group("Global flags");
  flag("--csv-safe", flags.csv_safe,
       "Put ' before csv cells that a spreadsheet takes for formulas");
  add("--language", flags.language, "Language of texts, such as de-AT");
  add("--timeout", flags.timeout, "Longest time for a call, such as 30s or 2m");
  flag("--dry-run", flags.dry_run, "Let the server check everything and change nothing");
  flag("-y,--yes", flags.yes, "Do not ask before what cannot be undone");
  flag("--no-color", flags.no_color, "No colours (NO_COLOR); never any when not on a terminal");
  flag("-v,--verbose", flags.verbose, "Say more about what is done");
}

int UsageFailure(const CLI::App& root, const CLI::ParseError& error, Io& io) {
  if (error.get_exit_code() == 0) {
    std::ostringstream text;
    root.exit(error, text, text);
    io.out << text.str();
    return kSuccess;
  }
  std::string path = "colloquy";
  for (const CLI::App* app = &root; !app->get_subcommands().empty();) {
    app = app->get_subcommands().front();
    absl::StrAppend(&path, " ", app->get_name());
  }
  // CLI11 misses the command before it mentions the word that is none.
  const std::vector<std::string> strangers = root.remaining(/*recurse=*/true);
  const bool unknown = error.get_name() == "RequiredError" && !strangers.empty();
  const std::string what =
      unknown ? absl::StrCat("There is no command '", strangers.front(), "'") : error.what();
  io.err << "Error: " << Visible(what) << "\nHint: `" << path << " --help` explains it.\n";
  return kUsage;
}

}  // namespace

CLI::App* CommandTree::Group(const std::string& name, const std::string& description) {
  return root_.add_subcommand(name, description)->require_subcommand(1);
}

CLI::App* CommandTree::Add(CLI::App* group, const std::string& name, const std::string& description,
                           const std::string& example, Handler handler) {
  CLI::App* app = (group == nullptr ? &root_ : group)->add_subcommand(name, description);
  app->footer("Example:\n  " + example + "\n\nGlobal flags: see `colloquy --help`.");
  app->final_callback([this, handler = std::move(handler)] { selected_ = handler; });
  return app;
}

void AddListFlags(CLI::App* app, ListFlags* flags, const std::string& filter_fields) {
  app->add_option("--filter", flags->filter, "AIP-160 filter over " + filter_fields);
  app->add_option("--order-by", flags->order_by, "Fields to sort by, such as 'create_time desc'");
  app->add_option("--limit", flags->limit, "At most this many")->check(CLI::PositiveNumber);
  app->add_option("--page-size", flags->page_size, "Items asked for at a time, up to 1000")
      ->check(CLI::Range(1, 1000));
}

int Run(const std::vector<std::string>& arguments, Io& io) {
  CLI::App root("Colloquy: events, registrations and dialogues", "colloquy");
  GlobalFlags flags;
  std::string format = "table";
  // One command a line: ids that happen to be names of commands stay ids.
  root.fallthrough()->require_subcommand(1);
  AddGlobalFlags(root, flags, format);
  root.footer(
      "First steps:\n"
      "  colloquy context set home --server HOST:PORT --key-file FILE --organizer ID\n"
      "  colloquy whoami\n  colloquy events list\n\n"
      "`colloquy help exit-codes` lists the exit codes.");
  CommandTree tree(root);
  AddEvents(tree);
  AddSessions(tree);
  AddRegistrations(tree);
  AddInvitations(tree);
  AddMailings(tree);
  AddAccess(tree);
  AddChanges(tree);
  AddOperations(tree);
  AddContexts(tree);
  AddInformation(tree);

  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    root.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return UsageFailure(root, error, io);
  }
  flags.format = kFormats.at(format);
  Session session(io, flags);
  const absl::Status status = tree.selected()(session);
  io.out.flush();
  if (status.ok()) return session.exit_code();
  if (io.cancellation != nullptr && io.cancellation->cancelled()) return kInterrupted;
  const absl::StatusOr<std::string> server = session.Server();
  io.err << RenderFailure(status, server.ok() ? *server : "");
  return ExitCodeOf(status);
}

}  // namespace colloquy::cli
