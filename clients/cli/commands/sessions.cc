// `colloquy sessions …`
#include <cstdint>
#include <limits>
#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/cli/command.h"
#include "clients/cli/event_flags.h"
#include "clients/cli/failures.h"
#include "clients/cli/files.h"
#include "clients/cli/names.h"
#include "clients/cli/text_flag.h"
#include "clients/cli/times.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

namespace pb = events::v1;
constexpr char kEvent[] = "organizers/*/events/*";
constexpr char kSession[] = "organizers/*/events/*/sessions/*";

struct Args {
  std::string event, session, file, start, end, etag;
  TextFlag room, track;
  std::vector<std::string> title, description, speakers;
  int capacity = -1;
  bool force = false;
  ListFlags list;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

void FieldFlags(CLI::App* app, Args* args) {
  const auto many = [&](const char* name, std::vector<std::string>& value, const char* help) {
    app->add_option(name, value, help)->allow_extra_args(false);
  };
  app->add_option("-f,--file", args->file, "Session as YAML or JSON; - for stdin");
  many("--title", args->title, "Title; again for each language: --title de=…");
  many("--description", args->description, "What it is about, as --title");
  app->add_option("--start", args->start, "Start on the clock there, or RFC 3339");
  app->add_option("--end", args->end, "End on the clock there, or RFC 3339");
  AddText(app, "--room", args->room, "Room");
  AddText(app, "--track", args->track, "Strand it belongs to");
  many("--speaker", args->speakers, "NAME or NAME <address>; repeat");
  app->add_option("--capacity", args->capacity, "Seats")
      ->check(CLI::Range(0, std::numeric_limits<int32_t>::max(), "NONNEGATIVE"));
  app->add_flag("--force", args->force, "Even if its room or a speaker is taken then");
}

// The event says in which zone and language the flags are meant.
absl::StatusOr<pb::Event> EventOf(Session& session, const std::string& name) {
  pb::GetEventRequest request;
  request.set_name(name);
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  COLLOQUY_ASSIGN_OR_RETURN(pb::Event event,
                            client->Call(&sdk::Events::GetEvent, request, options));
  session.printer().set_zone(ZoneOrUtc(event.time_zone()));
  return event;
}

absl::Status Apply(Session& session, const Args& args, const pb::Event& event, pb::Session* target,
                   google::protobuf::FieldMask* mask) {
  if (!args.file.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(const std::string text, ReadFile(session.io(), args.file));
    pb::Session from_file;
    COLLOQUY_RETURN_IF_ERROR(ParseMessage(text, &from_file));
    const auto* type = from_file.GetDescriptor();
    std::vector<const google::protobuf::FieldDescriptor*> filled;
    from_file.GetReflection()->ListFields(from_file, &filled);
    for (const auto* field : filled) {
      if (field->number() <= pb::Session::kEtagFieldNumber) continue;
      target->GetReflection()->ClearField(target, type->field(field->index()));
      mask->add_paths(field->name());
    }
    target->MergeFrom(from_file);
  }
  const std::string language = event.default_language().empty() ? "en" : event.default_language();
  if (!args.title.empty()) {
    SetTexts(args.title, language, target->mutable_title());
    mask->add_paths("title");
  }
  if (!args.description.empty()) {
    SetTexts(args.description, language, target->mutable_description());
    mask->add_paths("description");
  }
  const absl::TimeZone zone = ZoneOrUtc(event.time_zone());
  if (!args.start.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(*target->mutable_start_time(), ParseTime(args.start, zone));
    mask->add_paths("start_time");
  }
  if (!args.end.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(*target->mutable_end_time(), ParseTime(args.end, zone));
    mask->add_paths("end_time");
  }
  if (args.room) {
    target->set_room(*args.room);
    mask->add_paths("room");
  }
  if (args.track) {
    target->set_track(*args.track);
    mask->add_paths("track");
  }
  if (args.capacity >= 0) {
    target->set_capacity(args.capacity);
    mask->add_paths("capacity");
  }
  if (!args.speakers.empty()) {
    target->clear_speakers();
    mask->add_paths("speakers");
  }
  for (const std::string& typed : args.speakers) {
    if (typed.empty()) continue;  // clears
    const size_t bracket = typed.find(" <");
    pb::Speaker* speaker = target->add_speakers();
    speaker->set_display_name(typed.substr(0, bracket));
    if (bracket != std::string::npos && typed.back() == '>') {
      speaker->set_email(typed.substr(bracket + 2, typed.size() - bracket - 3));
    }
  }
  return absl::OkStatus();
}

absl::Status Create(Session& session, const Args& args) {
  pb::CreateSessionRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(args.event, kEvent));
  COLLOQUY_ASSIGN_OR_RETURN(const pb::Event event, EventOf(session, request.parent()));
  google::protobuf::FieldMask mask;
  COLLOQUY_RETURN_IF_ERROR(Apply(session, args, event, request.mutable_session(), &mask));
  request.set_session_id(args.session);
  request.set_force(args.force);
  return Mutate(session, &sdk::Events::CreateSession, request);
}

std::string EventNameOf(const std::string& session) {
  return session.substr(0, session.rfind("/sessions/"));
}

absl::Status Update(Session& session, const Args& args) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string name, session.Name(args.session, kSession));
  COLLOQUY_ASSIGN_OR_RETURN(const pb::Event event, EventOf(session, EventNameOf(name)));
  pb::GetSessionRequest get;
  get.set_name(name);
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  pb::UpdateSessionRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_session(),
                            client->Call(&sdk::Events::GetSession, get, options));
  COLLOQUY_RETURN_IF_ERROR(
      Apply(session, args, event, request.mutable_session(), request.mutable_update_mask()));
  if (request.update_mask().paths().empty()) return UsageError("Nothing to change.");
  request.mutable_session()->set_name(name);
  if (!args.etag.empty()) request.mutable_session()->set_etag(args.etag);
  request.set_force(args.force);
  return Mutate(session, &sdk::Events::UpdateSession, request);
}

}  // namespace

void AddSessions(CommandTree& tree) {
  CLI::App* group = tree.Group("sessions", "The timetable of an event");
  auto create = NewArgs();
  CLI::App* app = tree.Add(group, "create", "Add a session to an event",
                           "colloquy sessions create lasers opening --title Opening \\\n"
                           "      --start 2027-03-09T14:00 --end 2027-03-09T14:30 --room Aula",
                           [create](Session& session) { return Create(session, *create); });
  app->add_option("event", create->event, "Id or full name of the event")->required();
  app->add_option("session", create->session, "Id of the session; made by the server if absent");
  FieldFlags(app, create.get());

  auto get = NewArgs();
  app = tree.Add(group, "get", "Show a session", "colloquy sessions get lasers/opening",
                 [get](Session& session) -> absl::Status {
                   pb::GetSessionRequest request;
                   COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(),
                                             session.Name(get->session, kSession));
                   request.set_language_code(session.flags().language);
                   COLLOQUY_RETURN_IF_ERROR(EventOf(session, EventNameOf(request.name())).status());
                   return CallAndShow(session, &sdk::Events::GetSession, request);
                 });
  app->add_option("session", get->session, "EVENT/SESSION or full name")->required();

  auto list = NewArgs();
  app = tree.Add(group, "list", "List the sessions of an event", "colloquy sessions list lasers",
                 [list](Session& session) -> absl::Status {
                   pb::ListSessionsRequest request;
                   COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                             session.Name(list->event, kEvent));
                   request.set_language_code(session.flags().language);
                   COLLOQUY_RETURN_IF_ERROR(EventOf(session, request.parent()).status());
                   return ListAndShow(session, &sdk::Events::ListSessions, request,
                                      &pb::ListSessionsResponse::sessions, list->list,
                                      {"id", "start_time", "end_time", "room", "title", "track"});
                 });
  app->add_option("event", list->event, "Id or full name of the event")->required();
  AddListFlags(app, &list->list, "room, track, start_time, end_time, dialogue");

  auto update = NewArgs();
  app = tree.Add(group, "update", "Change a session",
                 "colloquy sessions update lasers/opening --room 'Hall 2'",
                 [update](Session& session) { return Update(session, *update); });
  app->add_option("session", update->session, "EVENT/SESSION or full name")->required();
  app->add_option("--etag", update->etag, "Only if this is still its etag");
  FieldFlags(app, update.get());

  auto remove = NewArgs();
  app = tree.Add(
      group, "delete", "Delete a session", "colloquy sessions delete lasers/opening -y",
      [remove](Session& session) -> absl::Status {
        pb::DeleteSessionRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(remove->session, kSession));
        request.set_etag(remove->etag);
        COLLOQUY_RETURN_IF_ERROR(session.Confirm(absl::StrCat("Delete ", request.name(), "?")));
        return Mutate(session, &sdk::Events::DeleteSession, request);
      });
  app->add_option("session", remove->session, "EVENT/SESSION or full name")->required();
  app->add_option("--etag", remove->etag, "Only if this is still its etag");
}

}  // namespace colloquy::cli
