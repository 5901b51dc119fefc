// `colloquy events …`
#include <fstream>
#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "clients/cli/command.h"
#include "clients/cli/event_flags.h"
#include "clients/cli/event_template.h"
#include "clients/cli/failures.h"
#include "clients/cli/files.h"
#include "clients/cli/importing.h"
#include "clients/cli/names.h"
#include "clients/cli/terminal.h"
#include "clients/cli/times.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

namespace pb = events::v1;
constexpr char kPattern[] = "organizers/*/events/*";
constexpr char kFilterFields[] =
    "state, kind, mode, visibility, country, city, languages, topics, start_time, end_time, "
    "create_time, update_time, series, default_language; a bare word is looked for in texts";
const std::vector<std::string> kColumns = {"id",
                                           "state",
                                           "kind",
                                           "start_time",
                                           "title",
                                           "venue.address.locality",
                                           "registration.capacity"};

struct Args {
  std::string event;
  std::vector<std::string> events;
  std::string file;
  std::string etag;
  std::string reason;
  std::string civil_start;
  std::string id;
  std::string rule;
  std::vector<std::string> excluded;
  bool force = false;
  bool publish = false;
  bool sessions = false;
  int parallel = 8;
  std::string output_file;
  ListFlags list;
  EventFlags flags;
};

std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

void EventArgument(CLI::App* app, Args* args) {
  app->add_option("event", args->event, "Id or full name of the event")->required();
}

absl::Status Create(Session& session, const Args& args) {
  pb::CreateEventRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
  if (!args.file.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(const std::string text, ReadFile(session.io(), args.file));
    COLLOQUY_RETURN_IF_ERROR(ParseMessage(text, request.mutable_event()));
  }
  google::protobuf::FieldMask mask;
  COLLOQUY_RETURN_IF_ERROR(args.flags.Apply(request.mutable_event(), &mask));
  request.set_event_id(args.event.empty() ? std::string(LastSegment(request.event().name()))
                                          : std::string(LastSegment(args.event)));
  request.mutable_event()->clear_name();
  return Mutate(session, &sdk::Events::CreateEvent, request);
}

// The event as it is, so that `--title de=…` adds a language and does not drop the others; its etag
// goes along, so that nobody's change in between is lost.
absl::Status UpdateByFlags(Session& session, const Args& args, const std::string& name) {
  pb::GetEventRequest get;
  get.set_name(name);
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  pb::UpdateEventRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_event(),
                            client->Call(&sdk::Events::GetEvent, get, options));
  COLLOQUY_RETURN_IF_ERROR(
      args.flags.Apply(request.mutable_event(), request.mutable_update_mask()));
  if (request.update_mask().paths().empty()) {
    return UsageError("Nothing to change: give at least one flag, or --file.");
  }
  if (!args.etag.empty()) request.mutable_event()->set_etag(args.etag);
  request.set_force(args.force);
  return Mutate(session, &sdk::Events::UpdateEvent, request);
}

absl::Status Update(Session& session, const Args& args) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string name, session.Name(args.event, kPattern));
  if (args.file.empty()) return UpdateByFlags(session, args, name);
  pb::UpdateEventRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(const std::string text, ReadFile(session.io(), args.file));
  COLLOQUY_RETURN_IF_ERROR(ParseMessage(text, request.mutable_event()));
  google::protobuf::FieldMask by_flags;
  COLLOQUY_RETURN_IF_ERROR(args.flags.Apply(request.mutable_event(), &by_flags));
  // Without a mask everything that is filled is changed: the file's fields and the flags'.
  request.mutable_event()->set_name(name);
  if (!args.etag.empty()) request.mutable_event()->set_etag(args.etag);
  request.set_force(args.force);
  return Mutate(session, &sdk::Events::UpdateEvent, request);
}

// PublishEvent, ArchiveEvent: a name, an etag.
template <typename Request, typename Method>
void AddTransition(CommandTree& tree, CLI::App* group, const std::string& verb,
                   const std::string& description, Method method) {
  auto args = NewArgs();
  CLI::App* app = tree.Add(group, verb, description, "colloquy events " + verb + " lasers",
                           [args, method](Session& session) -> absl::Status {
                             Request request;
                             COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(),
                                                       session.Name(args->event, kPattern));
                             request.set_etag(args->etag);
                             return Mutate(session, method, request);
                           });
  EventArgument(app, args.get());
  app->add_option("--etag", args->etag, "Only if this is still its etag");
}

absl::Status Export(Session& session, const Args& args) {
  pb::ExportCalendarRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
  for (const std::string& typed : args.events) {
    COLLOQUY_ASSIGN_OR_RETURN(*request.add_names(), session.Name(typed, kPattern));
  }
  request.set_filter(args.list.filter);
  request.set_language_code(session.flags().language);
  request.set_include_sessions(args.sessions);
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  COLLOQUY_ASSIGN_OR_RETURN(const pb::ExportCalendarResponse calendar,
                            client->Call(&sdk::Events::ExportCalendar, request, options));
  if (args.output_file.empty()) {
    session.io().out << (session.io().out_is_terminal ? VisibleLines(calendar.content())
                                                      : calendar.content());
    return absl::OkStatus();
  }
  std::ofstream file(args.output_file, std::ios::binary | std::ios::trunc);
  file << calendar.content();
  file.close();
  if (!file) return UsageError(absl::StrCat("Cannot write ", args.output_file, "."));
  session.Note(
      absl::StrCat(Counted(calendar.event_count(), "event"), " in ", args.output_file, "."));
  return absl::OkStatus();
}

absl::Status Series(Session& session, const Args& args) {
  pb::CreateEventSeriesRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(args.event, kPattern));
  request.set_recurrence_rule(args.rule);
  for (const std::string& date : args.excluded) request.add_excluded_dates(date);
  COLLOQUY_RETURN_IF_ERROR(SetDryRun(session, request));
  COLLOQUY_RETURN_IF_ERROR(session.printer().CheckFields(pb::Event::default_instance()));
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  COLLOQUY_ASSIGN_OR_RETURN(const pb::CreateEventSeriesResponse series,
                            client->Call(&sdk::Events::CreateEventSeries, request, options));
  session.printer().Begin(kColumns);
  for (const pb::Event& event : series.events()) {
    COLLOQUY_RETURN_IF_ERROR(session.printer().Add(event));
  }
  session.printer().End();
  return absl::OkStatus();
}

void AddReading(CommandTree& tree, CLI::App* group) {
  auto get = NewArgs();
  EventArgument(tree.Add(group, "get", "Show an event", "colloquy events get lasers -o yaml",
                         [get](Session& session) -> absl::Status {
                           pb::GetEventRequest request;
                           COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(),
                                                     session.Name(get->event, kPattern));
                           request.set_language_code(session.flags().language);
                           return CallAndShow(session, &sdk::Events::GetEvent, request);
                         }),
                get.get());

  auto list = NewArgs();
  CLI::App* app =
      tree.Add(group, "list", "List events",
               "colloquy events list --filter 'kind = TRAINING AND country = \"DE\"' "
               "--order-by start_time",
               [list](Session& session) -> absl::Status {
                 pb::ListEventsRequest request;
                 COLLOQUY_ASSIGN_OR_RETURN(const std::string organizer, session.Organizer());
                 // Without an organizer: what is public everywhere.
                 request.set_parent(organizer.empty() ? "organizers/-" : organizer);
                 request.set_language_code(session.flags().language);
                 const bool everywhere = request.parent() == "organizers/-";
                 std::vector<std::string> columns = kColumns;
                 if (everywhere) columns[0] = "name";
                 return ListAndShow(session, &sdk::Events::ListEvents, request,
                                    &pb::ListEventsResponse::events, list->list, columns);
               });
  AddListFlags(app, &list->list, kFilterFields);

  auto ics = NewArgs();
  app = tree.Add(group, "export", "Write events as an iCalendar file",
                 "colloquy events export lasers optics --to events.ics --sessions",
                 [ics](Session& session) { return Export(session, *ics); });
  app->add_option("event", ics->events, "Ids or full names; all that the filter gives, if none");
  app->add_option("--filter", ics->list.filter,
                  std::string("AIP-160 filter over ") + kFilterFields);
  app->add_option("--to", ics->output_file, "File to write; standard output otherwise");
  app->add_flag("--sessions", ics->sessions, "An entry for every session too");

  tree.Add(group, "template", "Print a commented event file to start from",
           "colloquy events template >event.yaml", [](Session& session) {
             session.io().out << kEventTemplate;
             return absl::OkStatus();
           });
}

void AddWriting(CommandTree& tree, CLI::App* group) {
  auto create = NewArgs();
  CLI::App* app = tree.Add(
      group, "create", "Create an event, as a draft",
      "colloquy events create lasers --title 'Laser workshop' --title de=Laser-Workshop \\\n"
      "      --kind workshop --mode in-person --zone Europe/Berlin --start 2027-03-09T14:00 \\\n"
      "      --end 2027-03-09T17:00 --country DE --city Jena --capacity 40 --waiting-list strict",
      [create](Session& session) { return Create(session, *create); });
  app->add_option("event", create->event, "Id; made by the server if absent");
  app->add_option("-f,--file", create->file, "Event as YAML or JSON; - for standard input");
  create->flags.AddTo(app);

  auto update = NewArgs();
  app = tree.Add(group, "update", "Change an event: only what is given",
                 "colloquy events update lasers --capacity 60",
                 [update](Session& session) { return Update(session, *update); });
  EventArgument(app, update.get());
  app->add_option("-f,--file", update->file, "Fields to change, as YAML or JSON; - for stdin");
  app->add_option("--etag", update->etag, "Only if this is still its etag");
  app->add_flag("--force", update->force, "Even with fewer seats than are taken");
  update->flags.AddTo(app);

  auto remove = NewArgs();
  app = tree.Add(
      group, "delete", "Delete an event that was never published",
      "colloquy events delete lasers --yes", [remove](Session& session) -> absl::Status {
        pb::DeleteEventRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(remove->event, kPattern));
        request.set_etag(remove->etag);
        request.set_force(remove->force);
        COLLOQUY_RETURN_IF_ERROR(session.Confirm(absl::StrCat("Delete ", request.name(), "?")));
        return Mutate(session, &sdk::Events::DeleteEvent, request);
      });
  EventArgument(app, remove.get());
  app->add_option("--etag", remove->etag, "Only if this is still its etag");
  app->add_flag("--force", remove->force, "Its sessions too");

  AddTransition<pb::PublishEventRequest>(tree, group, "publish", "Publish a draft",
                                         &sdk::Events::PublishEvent);
  AddTransition<pb::ArchiveEventRequest>(tree, group, "archive",
                                         "Put away an event that is over or cancelled",
                                         &sdk::Events::ArchiveEvent);

  auto cancel = NewArgs();
  app = tree.Add(group, "cancel", "Cancel an event; every registration for it ends",
                 "colloquy events cancel lasers --reason 'The speaker is ill'",
                 [cancel](Session& session) -> absl::Status {
                   pb::CancelEventRequest request;
                   COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(),
                                             session.Name(cancel->event, kPattern));
                   request.set_reason(cancel->reason);
                   request.set_etag(cancel->etag);
                   COLLOQUY_RETURN_IF_ERROR(session.Confirm(
                       absl::StrCat("Cancel ", request.name(), " and every registration for it?")));
                   return Mutate(session, &sdk::Events::CancelEvent, request);
                 });
  EventArgument(app, cancel.get());
  app->add_option("--reason", cancel->reason, "Why; people are told");
  app->add_option("--etag", cancel->etag, "Only if this is still its etag");
}

void AddCopying(CommandTree& tree, CLI::App* group) {
  auto clone = NewArgs();
  CLI::App* app = tree.Add(
      group, "clone", "Copy an event, with its sessions, to another time",
      "colloquy events clone lasers --start 2028-03-07T14:00 --id lasers-2028",
      [clone](Session& session) -> absl::Status {
        pb::CloneEventRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(clone->event, kPattern));
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_civil_start(), ParseCivil(clone->civil_start));
        request.set_event_id(clone->id);
        return Mutate(session, &sdk::Events::CloneEvent, request);
      });
  EventArgument(app, clone.get());
  app->add_option("--start", clone->civil_start, "Start on the clock there")->required();
  app->add_option("--id", clone->id, "Id of the copy");

  auto series = NewArgs();
  app = tree.Add(group, "series", "Copy an event along a recurrence rule",
                 "colloquy events series lasers --rule 'FREQ=WEEKLY;COUNT=10;BYDAY=TU'",
                 [series](Session& session) { return Series(session, *series); });
  EventArgument(app, series.get());
  app->add_option("--rule", series->rule, "RRULE of RFC 5545, with COUNT or UNTIL")->required();
  app->add_option("--exclude", series->excluded, "Date to leave out, 2027-03-09; repeat")
      ->allow_extra_args(false);

  auto import = NewArgs();
  app = tree.Add(group, "import", "Create events from a file of JSON records",
                 "colloquy events import events.jsonl --publish", [import](Session& session) {
                   return ImportEvents(session, import->file, import->publish, import->parallel);
                 });
  app->add_option("file", import->file, "JSON array, or JSON lines; - for stdin")->required();
  app->add_flag("--publish", import->publish, "Publish each, too");
  app->add_option("--parallel", import->parallel, "Calls at a time")->check(CLI::Range(1, 64));
}

}  // namespace

void AddEvents(CommandTree& tree) {
  CLI::App* group = tree.Group("events", "Plan, publish, change and find events");
  AddReading(tree, group);
  AddWriting(tree, group);
  AddCopying(tree, group);
  AddEventWatch(tree, group);
}

}  // namespace colloquy::cli
