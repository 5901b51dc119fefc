// The tree of commands: CLI11 parses, the chosen command's handler runs afterwards.
#ifndef COLLOQUY_CLIENTS_CLI_COMMAND_H_
#define COLLOQUY_CLIENTS_CLI_COMMAND_H_

#include <functional>
#include <string>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "clients/cli/session.h"

namespace colloquy::cli {

using Handler = std::function<absl::Status(Session&)>;

class CommandTree {
 public:
  explicit CommandTree(CLI::App& root) : root_(root) {}

  // A noun: `colloquy events …`.
  CLI::App* Group(const std::string& name, const std::string& description);
  // A noun below another: `colloquy dialogues agenda …`.
  static CLI::App* Group(CLI::App* group, const std::string& name, const std::string& description);
  // A verb; below the root if `group` is null. `example` is shown by --help.
  CLI::App* Add(CLI::App* group, const std::string& name, const std::string& description,
                const std::string& example, Handler handler);

  CLI::App& root() { return root_; }
  const Handler& selected() const { return selected_; }

 private:
  CLI::App& root_;
  Handler selected_;
};

// For numbers from 1: CLI11's own says how large a double may be when it refuses one.
CLI::Validator Positive();

// Whether a list can be sorted by its fields, or comes in one order always.
enum class Order { kChosen, kFixed };

// --filter, --order-by (where it can be chosen), --limit, --page-size.
void AddListFlags(CLI::App* app, ListFlags* flags, const std::string& filter_fields,
                  Order order = Order::kChosen);

// Each adds one group, or some commands of the root.
void AddEvents(CommandTree& tree);
void AddSessions(CommandTree& tree);
void AddRegistrations(CommandTree& tree);
void AddInvitations(CommandTree& tree);
void AddMailings(CommandTree& tree);
void AddDialogues(CommandTree& tree);
void AddAccess(CommandTree& tree);
void AddChanges(CommandTree& tree);
void AddOperations(CommandTree& tree);
void AddContexts(CommandTree& tree);
void AddInformation(CommandTree& tree);

// `events watch`, which is a stream of changes.
void AddEventWatch(CommandTree& tree, CLI::App* group);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_COMMAND_H_
