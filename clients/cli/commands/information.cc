// `colloquy whoami`, `status`, `version`, `help` and `completion`
#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "clients/cli/command.h"
#include "clients/cli/completion.h"
#include "clients/cli/failures.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

absl::Status ShowStatus(Session& session) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string server, session.Server());
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  // The first call also connects: the second one shows what calls take.
  COLLOQUY_RETURN_IF_ERROR(client->CheckHealth(options).status());
  const absl::Time start = absl::Now();
  COLLOQUY_ASSIGN_OR_RETURN(const bool serving, client->CheckHealth(options));
  const double latency = absl::ToDoubleMilliseconds(absl::Now() - start);
  if (session.flags().format != Format::kTable) {
    session.printer().PlainObject(
        {{"server", server}, {"serving", serving}, {"latencyMilliseconds", latency}});
  } else {
    session.io().out << absl::StrFormat("%s  %s  %.2f ms\n", Visible(server),
                                        serving ? "SERVING" : "NOT_SERVING", latency);
  }
  if (!serving) session.set_exit_code(kUnavailable);
  return absl::OkStatus();
}

absl::Status ShowHelp(Session& session, const CLI::App& root,
                      const std::vector<std::string>& topic) {
  if (topic.size() == 1 && topic[0] == "exit-codes") {
    session.io().out << kExitCodeHelp;
    return absl::OkStatus();
  }
  const CLI::App* at = &root;
  std::string above;
  for (const std::string& word : topic) {
    const std::vector<const CLI::App*> found =
        at->get_subcommands([&](const CLI::App* app) { return app->get_name() == word; });
    if (found.empty()) return UsageError(absl::StrCat("There is no command '", word, "'."));
    absl::StrAppend(&above, at->get_name(), " ");
    at = found.front();
  }
  // Not at->help(), which goes on to the command that was given: to `help`.
  session.io().out << at->get_formatter()->make_help(at, absl::StrCat(above, at->get_name()),
                                                     CLI::AppFormatMode::Normal);
  return absl::OkStatus();
}

}  // namespace

void AddInformation(CommandTree& tree) {
  CLI::App* const root = &tree.root();
  tree.Add(nullptr, "whoami", "Say who the key belongs to and what it may do", "colloquy whoami",
           [](Session& session) { return CallAndShow(session, &sdk::Access::GetCaller, {}); });
  tree.Add(nullptr, "status", "Say whether the server serves, and how fast", "colloquy status",
           ShowStatus);
  tree.Add(nullptr, "version", "Print the version", "colloquy version", [](Session& session) {
    if (session.flags().format == Format::kTable) {
      session.io().out << "colloquy " << COLLOQUY_VERSION << "\n";
    } else {
      session.printer().PlainObject({{"version", std::string(COLLOQUY_VERSION)}});
    }
    return absl::OkStatus();
  });
  auto topic = std::make_shared<std::vector<std::string>>();
  tree.Add(nullptr, "help", "Explain a command, or `exit-codes`", "colloquy help events create",
           [topic, root](Session& session) { return ShowHelp(session, *root, *topic); })
      ->add_option("topic", *topic, "Command, or exit-codes");
  auto shell = std::make_shared<std::string>();
  tree.Add(nullptr, "completion", "Print a completion script for your shell",
           "source <(colloquy completion bash)",
           [shell, root](Session& session) {
             session.io().out << CompletionScript(*root, *shell);
             return absl::OkStatus();
           })
      ->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

}  // namespace colloquy::cli
