// What the commands of `colloquy dialogues …` share; a file a topic.
#ifndef COLLOQUY_CLIENTS_CLI_COMMANDS_DIALOGUES_DIALOGUES_H_
#define COLLOQUY_CLIENTS_CLI_COMMANDS_DIALOGUES_DIALOGUES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "clients/cli/command.h"
#include "clients/cli/failures.h"
#include "clients/cli/session.h"
#include "colloquy/sdk/dialogues.h"
#include "google/type/date.pb.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {

inline constexpr char kDialogue[] = "organizers/*/dialogues/*";

void AddRooms(CommandTree& tree, CLI::App* dialogues);
void AddParticipants(CommandTree& tree, CLI::App* dialogues);
void AddStatements(CommandTree& tree, CLI::App* dialogues);
// `statements accept`, `moderate` and the like.
void AddModeration(CommandTree& tree, CLI::App* statements);
void AddAgenda(CommandTree& tree, CLI::App* dialogues);
void AddSpeakers(CommandTree& tree, CLI::App* dialogues);
void AddPolls(CommandTree& tree, CLI::App* dialogues);
void AddOutcomes(CommandTree& tree, CLI::App* dialogues);
void AddWatch(CommandTree& tree, CLI::App* dialogues);
void AddAnalysis(CommandTree& tree, CLI::App* dialogues);
void AddTransfer(CommandTree& tree, CLI::App* dialogues);

inline void DialogueArgument(CLI::App* app, std::string* dialogue) {
  app->add_option("dialogue", *dialogue, "Id or full name of the dialogue")->required();
}

// --limit and --page-size, for lists without a filter.
void AddPageFlags(CLI::App* app, ListFlags* flags);

// `typed`, a number or a full name, as a name in the dialogue's `collection`: "3" of "statements".
absl::StatusOr<std::string> ChildName(Session& session, const std::string& dialogue,
                                      absl::string_view collection, const std::string& typed);

// The number that a name ends in, or all of it.
std::string NumberIn(absl::string_view name);

// `2027-03-09`.
absl::StatusOr<google::type::Date> ParseDate(absl::string_view typed);

// `least-spoken` for LEAST_SPOKEN; usage error with the values there are.
template <typename Enum>
absl::StatusOr<Enum> EnumOf(const std::string& typed, absl::string_view flag) {
  const auto* type = google::protobuf::GetEnumDescriptor<Enum>();
  const std::string wanted = absl::AsciiStrToUpper(absl::StrReplaceAll(typed, {{"-", "_"}}));
  std::vector<std::string> known;
  for (int i = 0; i < type->value_count(); ++i) {
    const std::string& name = type->value(i)->name();
    if (type->value(i)->number() == 0) continue;
    if (name == wanted) return static_cast<Enum>(type->value(i)->number());
    known.push_back(absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", "-"}}));
  }
  return UsageError(absl::StrCat(flag, " is one of ", absl::StrJoin(known, ", "), "."));
}

// A call with a client and the run's options.
template <typename Service, typename Request, typename Response>
absl::StatusOr<Response> CallOnce(Session& session,
                                  grpc::Status (Service::*method)(grpc::ClientContext*,
                                                                  const Request&, Response*),
                                  const std::type_identity_t<Request>& request) {
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  return client->Call(method, request, options);
}

// All items of a list.
template <typename Service, typename Request, typename Response, typename Items>
absl::StatusOr<std::vector<typename Items::value_type>> CollectAll(
    Session& session,
    grpc::Status (Service::*method)(grpc::ClientContext*, const Request&, Response*),
    std::type_identity_t<Request> request, const Items& (Response::*items)() const) {
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  if (request.page_size() == 0) request.set_page_size(1000);
  auto pages = client->List(method, std::move(request), items, options);
  std::vector<typename Items::value_type> all;
  for (const auto& item : pages) all.push_back(item);
  if (!pages.status().ok()) return pages.status();
  return all;
}

struct VerbArgs {
  std::string name;
  std::string etag;
};

// A command that sends a resource's name, and an etag where the request has one.
template <typename Request, typename Method>
void AddVerb(CommandTree& tree, CLI::App* group, const std::string& verb,
             const std::string& description, const std::string& example, const std::string& pattern,
             const std::string& argument, Method method, const std::string& question = "") {
  auto args = std::make_shared<VerbArgs>();
  CLI::App* app = tree.Add(
      group, verb, description, example,
      [args, method, pattern, question](Session& session) -> absl::Status {
        Request request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(args->name, pattern));
        if constexpr (requires { request.set_etag(args->etag); }) request.set_etag(args->etag);
        if (!question.empty()) {
          COLLOQUY_RETURN_IF_ERROR(
              session.Confirm(absl::StrReplaceAll(question, {{"{name}", request.name()}})));
        }
        return Mutate(session, method, request);
      });
  const bool of_dialogue = argument == "dialogue";
  app->add_option(argument, args->name,
                  of_dialogue ? "Id or full name of the dialogue" : "DIALOGUE/NUMBER or full name")
      ->required();
  if constexpr (requires(Request request) { request.set_etag(args->etag); }) {
    app->add_option("--etag", args->etag, "Only if this is still its etag");
  }
}

// `get NAME`-like: calls with a name and shows the answer.
template <typename Request, typename Method>
CLI::App* AddShow(CommandTree& tree, CLI::App* group, const std::string& description,
                  const std::string& example, const std::string& pattern,
                  const std::string& argument, Method method) {
  auto args = std::make_shared<VerbArgs>();
  CLI::App* app = tree.Add(group, "show", description, example,
                           [args, method, pattern](Session& session) -> absl::Status {
                             Request request;
                             COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(),
                                                       session.Name(args->name, pattern));
                             return CallAndShow(session, method, request);
                           });
  app->alias("get");
  const bool of_dialogue = argument == "dialogue";
  app->add_option(argument, args->name,
                  of_dialogue ? "Id or full name of the dialogue" : "DIALOGUE/NUMBER or full name")
      ->required();
  return app;
}

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_COMMANDS_DIALOGUES_DIALOGUES_H_
