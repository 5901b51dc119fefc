#include "clients/cli/cli.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <sstream>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
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

// Letters to insert, remove or replace to make one word of the other.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

// The command or flag of `app`, or of those above it, that `typed` may have been meant to be; empty
// if none is near.
std::string Meant(const CLI::App& app, const std::string& typed) {
  std::vector<std::string> known;
  if (absl::StartsWith(typed, "-")) {
    for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
      for (const CLI::Option* option : at->get_options()) {
        for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
      }
    }
  } else {
    for (const CLI::App* command : app.get_subcommands(nullptr)) {
      known.push_back(command->get_name());
    }
  }
  const std::string word = typed.substr(0, typed.find('='));
  std::string best;
  size_t least = word.size() < 5 ? 2 : 3;  // and one less is near enough
  for (const std::string& name : known) {
    const size_t distance = EditDistance(word, name);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

int UsageFailure(const CLI::App& root, const CLI::ParseError& error, Io& io) {
  if (error.get_exit_code() == 0) {
    std::ostringstream text;
    root.exit(error, text, text);
    io.out << text.str();
    return kSuccess;
  }
  std::string path = "colloquy";
  const CLI::App* app = &root;
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
    absl::StrAppend(&path, " ", app->get_name());
  }
  // CLI11 misses the command before it mentions the word that is none.
  const std::vector<std::string> strangers = root.remaining(/*recurse=*/true);
  const std::string stranger = strangers.empty() ? "" : strangers.front();
  const bool flag = absl::StartsWith(stranger, "-");
  const bool unknown = !stranger.empty() && (flag || error.get_name() == "RequiredError");
  const std::string meant = unknown ? Meant(*app, stranger) : "";
  const std::string what =
      unknown ? absl::StrCat("There is no ", flag ? "flag '" : "command '", stranger, "'")
              : error.what();
  io.err << "Error: " << Visible(what)
         << "\nHint: " << (meant.empty() ? "" : absl::StrCat("Did you mean `", meant, "`? ")) << "`"
         << path << " --help` explains it.\n";
  return kUsage;
}

int RunCommand(const std::vector<std::string>& arguments, Io& io);

}  // namespace

CLI::App* CommandTree::Group(const std::string& name, const std::string& description) {
  return Group(&root_, name, description);
}

CLI::App* CommandTree::Group(CLI::App* group, const std::string& name,
                             const std::string& description) {
  return group->add_subcommand(name, description)->require_subcommand(1);
}

CLI::App* CommandTree::Add(CLI::App* group, const std::string& name, const std::string& description,
                           const std::string& example, Handler handler) {
  CLI::App* app = (group == nullptr ? &root_ : group)->add_subcommand(name, description);
  app->footer("Example:\n  " + example + "\n\nGlobal flags: see `colloquy --help`.");
  app->final_callback([this, handler = std::move(handler)] { selected_ = handler; });
  return app;
}

CLI::Validator Positive() {
  return CLI::Range(1, std::numeric_limits<int>::max(), "POSITIVE").description("POSITIVE");
}

void AddListFlags(CLI::App* app, ListFlags* flags, const std::string& filter_fields, Order order) {
  app->add_option("--filter", flags->filter, "AIP-160 filter over " + filter_fields);
  if (order == Order::kChosen) {
    app->add_option("--order-by", flags->order_by, "Fields to sort by, such as 'create_time desc'");
  }
  app->add_option("--limit", flags->limit, "At most this many")->check(Positive());
  app->add_option("--page-size", flags->page_size, "Items asked for at a time, up to 1000")
      ->check(CLI::Range(1, 1000));
}

int Run(const std::vector<std::string>& arguments, Io& io) {
  const int code = RunCommand(arguments, io);
  io.out.flush();
  if (io.out.good()) return code;
  // What was asked for is done, but who asked does not have the answer: a full disk, a closed pipe.
  io.err << "Error: The output could not be written.\n";
  return code == kSuccess ? kUsage : code;
}

namespace {

int RunCommand(const std::vector<std::string>& arguments, Io& io) {
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
  AddDialogues(tree);
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
  if (status.ok()) return session.exit_code();
  if (io.cancellation != nullptr && io.cancellation->cancelled()) return kInterrupted;
  const absl::StatusOr<std::string> server = session.Server();
  io.err << RenderFailure(status, server.ok() ? *server : "");
  return ExitCodeOf(status);
}

}  // namespace

}  // namespace colloquy::cli
