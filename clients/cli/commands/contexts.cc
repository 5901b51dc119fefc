// `colloquy context …`
#include <filesystem>
#include <memory>
#include <system_error>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "clients/cli/command.h"
#include "clients/cli/failures.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

// The flags --server, --key, --key-file, --ca and --organizer are the global ones.
void Merge(const GlobalFlags& flags, Context* context) {
  const std::pair<const std::string&, std::string*> settings[] = {
      {flags.server, &context->server},
      {flags.key, &context->key},
      {flags.key_file, &context->key_file},
      {flags.ca_file, &context->ca_file},
      {flags.organizer, &context->organizer}};
  for (const auto& [given, kept] : settings) {
    if (!given.empty()) *kept = given;
  }
  // A context is used from any folder.
  for (std::string* file : {&context->key_file, &context->ca_file}) {
    std::error_code error;
    const std::filesystem::path whole = std::filesystem::absolute(*file, error);
    if (!file->empty() && !error) *file = whole.lexically_normal().string();
  }
}

absl::Status Change(Session& session, const std::function<absl::Status(Config*)>& change) {
  const std::string path = ConfigPath(session.io().env);
  COLLOQUY_ASSIGN_OR_RETURN(Config config, LoadConfig(path));
  COLLOQUY_RETURN_IF_ERROR(change(&config));
  return SaveConfig(path, config);
}

absl::Status Known(const Config& config, const std::string& name) {
  if (config.contexts.count(name) > 0) return absl::OkStatus();
  return UsageError(absl::StrCat("There is no context '", name, "'."));
}

void AddNamed(CommandTree& tree, CLI::App* group, const std::string& verb,
              const std::string& description,
              std::function<absl::Status(Session&, const std::string&)> handler) {
  auto name = std::make_shared<std::string>();
  const std::string extra = verb == "set" ? " --server HOST:PORT --key-file FILE" : "";
  CLI::App* app = tree.Add(
      group, verb, description, absl::StrCat("colloquy context ", verb, " home", extra),
      [name, handler = std::move(handler)](Session& session) { return handler(session, *name); });
  app->add_option("name", *name, "Name of the context")->required();
}

}  // namespace

void AddContexts(CommandTree& tree) {
  CLI::App* group = tree.Group("context", "Servers and keys you work with");
  tree.Add(group, "list", "List contexts; * marks the current one", "colloquy context list",
           [](Session& session) -> absl::Status {
             COLLOQUY_ASSIGN_OR_RETURN(const Config config,
                                       LoadConfig(ConfigPath(session.io().env)));
             std::vector<std::vector<Printer::Plain>> rows;
             const bool table = session.flags().format == Format::kTable;
             for (const auto& [name, context] : config.contexts) {
               const bool current = name == config.current;
               rows.push_back({table ? Printer::Plain(current ? "*" : "") : Printer::Plain(current),
                               name, context.server, context.organizer});
             }
             session.printer().PlainList({"current", "name", "server", "organizer"}, rows);
             return absl::OkStatus();
           });
  tree.Add(group, "current", "Print the name of the current context", "colloquy context current",
           [](Session& session) -> absl::Status {
             COLLOQUY_ASSIGN_OR_RETURN(const Config config,
                                       LoadConfig(ConfigPath(session.io().env)));
             if (config.current.empty()) return UsageError("There is no current context.");
             session.printer().PlainObject({{"name", config.current}});
             return absl::OkStatus();
           });
  AddNamed(
      tree, group, "use", "Make a context the current one",
      [](Session& session, const std::string& name) {
        for (const char* variable : {"COLLOQUY_SERVER", "COLLOQUY_API_KEY"}) {
          if (session.io().env(variable).empty()) continue;
          session.Note(absl::StrCat(variable, " is set, and comes before the current context."));
        }
        return Change(session, [&](Config* config) -> absl::Status {
          COLLOQUY_RETURN_IF_ERROR(Known(*config, name));
          config->current = name;
          return absl::OkStatus();
        });
      });
  AddNamed(tree, group, "set", "Make or change a context; the first one becomes current",
           [](Session& session, const std::string& name) {
             return Change(session, [&](Config* config) {
               Merge(session.flags(), &config->contexts[name]);
               if (config->current.empty()) config->current = name;
               return absl::OkStatus();
             });
           });
  AddNamed(tree, group, "delete", "Forget a context",
           [](Session& session, const std::string& name) {
             return Change(session, [&](Config* config) -> absl::Status {
               COLLOQUY_RETURN_IF_ERROR(Known(*config, name));
               config->contexts.erase(name);
               if (config->current == name) config->current.clear();
               return absl::OkStatus();
             });
           });
}

}  // namespace colloquy::cli
