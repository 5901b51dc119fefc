// `colloquy changes …` and `colloquy events watch`
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "clients/cli/command.h"
#include "clients/cli/failures.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

namespace pb = changes::v1;
const std::vector<std::string> kColumns = {"sequence",  "change_time", "kind",  "resource",
                                           "old_state", "new_state",   "actor", "cause"};

struct Args {
  std::string feed = "events";
  std::string event;
  std::string resource;
  std::vector<std::string> types;
  std::optional<int64_t> cursor;
  bool from_now = false;
  int checkpoint = 0;
  int limit = 0;
  ListFlags list;
};

absl::Status List(Session& session, const Args& args) {
  pb::ListChangesRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
  const auto show = [&](auto method) {
    return ListAndShow(session, method, request, &pb::ListChangesResponse::changes, args.list,
                       kColumns);
  };
  if (args.feed == "access") return show(&sdk::Access::ListChanges);
  if (args.feed == "registrations") return show(&sdk::Registrations::ListChanges);
  return show(&sdk::Events::ListChanges);
}

absl::Status Stream(Session& session, const Args& args) {
  pb::StreamChangesRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
  request.set_cursor(args.cursor.value_or(0));
  request.set_from_now(args.from_now);
  request.set_checkpoint_seconds(args.checkpoint);
  request.set_resource_prefix(args.resource);
  for (const std::string& type : args.types) request.add_resource_types(type);
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());

  COLLOQUY_RETURN_IF_ERROR(session.printer().CheckFields(pb::Change::default_instance()));
  absl::Status printed;
  int count = 0;
  session.printer().Begin(kColumns);
  const auto handle = [&](const pb::StreamChangesResponse& response) {
    if (!response.has_change()) {
      session.Note(absl::StrCat("Checkpoint: everything up to ", response.cursor()));
      return true;
    }
    printed = session.printer().Add(response.change());
    session.printer().Flush();
    // A full disk is no reason to read on.
    return printed.ok() && session.io().out.good() && ++count != args.limit;
  };
  const auto follow = [&](auto method) {
    return client->FollowChanges(method, request, handle, options);
  };
  const absl::Status status = args.feed == "access" ? follow(&sdk::Access::StreamChanges)
                              : args.feed == "registrations"
                                  ? follow(&sdk::Registrations::StreamChanges)
                                  : follow(&sdk::Events::StreamChanges);
  // A table of nothing yet is not the same as nothing found.
  const bool table = session.printer().options().format == Format::kTable;
  if (count > 0 || !table) session.printer().End();
  return printed.ok() ? status : printed;
}

void StreamFlags(CLI::App* app, Args* args, const std::string& start) {
  app->add_option("--cursor", args->cursor, "Start after this sequence; " + start + " if absent")
      ->check(CLI::Range(int64_t{0}, std::numeric_limits<int64_t>::max(), "NONNEGATIVE"));
  app->add_flag("--from-now", args->from_now, "Only what changes from now on");
  app->add_option("--checkpoint", args->checkpoint, "Say every so many quiet seconds how far it is")
      ->check(CLI::Range(0, 3600));
  app->add_option("--limit", args->limit, "End after so many changes")->check(Positive());
}

void FeedFlag(CLI::App* app, Args* args) {
  app->add_option("--feed", args->feed, "events, registrations, access")
      ->check(CLI::IsMember({"events", "registrations", "access"}));
}

}  // namespace

void AddChanges(CommandTree& tree) {
  CLI::App* group = tree.Group("changes", "What changed, when and by whom");
  auto list = std::make_shared<Args>();
  CLI::App* app = tree.Add(group, "list", "List changes, oldest first",
                           "colloquy changes list --feed registrations --filter 'kind = CREATED'",
                           [list](Session& session) { return List(session, *list); });
  FeedFlag(app, list.get());
  AddListFlags(app, &list->list,
               "resource, resource_type, kind, new_state, actor, cause, change_time, sequence",
               Order::kFixed);
  auto stream = std::make_shared<Args>();
  app = tree.Add(group, "stream", "Print changes as they happen, until Ctrl-C",
                 "colloquy changes stream --feed registrations --from-now",
                 [stream](Session& session) { return Stream(session, *stream); });
  FeedFlag(app, stream.get());
  StreamFlags(app, stream.get(), "from the oldest");
  app->add_option("--resource", stream->resource, "Only this resource and those below it");
  app->add_option("--type", stream->types, "Only this type, such as colloquy/Event; repeat")
      ->allow_extra_args(false);
}

void AddEventWatch(CommandTree& tree, CLI::App* group) {
  auto args = std::make_shared<Args>();
  CLI::App* app =
      tree.Add(group, "watch", "Print changes of events as they happen, until Ctrl-C",
               "colloquy events watch lasers", [args](Session& session) -> absl::Status {
                 Args watch = *args;
                 watch.from_now |= !args->cursor.has_value();
                 if (!args->event.empty()) {
                   COLLOQUY_ASSIGN_OR_RETURN(watch.resource,
                                             session.Name(args->event, "organizers/*/events/*"));
                 }
                 return Stream(session, watch);
               });
  app->add_option("event", args->event, "Id or full name of the event; all if absent");
  StreamFlags(app, args.get(), "from now on");
}

}  // namespace colloquy::cli
