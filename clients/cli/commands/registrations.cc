// `colloquy registrations …`
#include <memory>
#include <tuple>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/cli/command.h"
#include "clients/cli/failures.h"
#include "clients/cli/files.h"
#include "clients/cli/importing.h"
#include "clients/cli/operations.h"
#include "clients/cli/terminal.h"
#include "clients/cli/text_flag.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

namespace pb = registrations::v1;
constexpr char kEvent[] = "organizers/*/events/*";
constexpr char kRegistration[] = "organizers/*/events/*/registrations/*";

struct Args {
  std::string event, registration, file, mode, reason, etag;
  TextFlag email, given_name, family_name, title, organisation, country, language, category,
      reference;
  std::vector<std::string> answers;
  int party = 0;
  int priority = 0;
  bool force = false;
  bool wait = true;
  ListFlags list;
  RegistrationImport import;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

void EventArgument(CLI::App* app, Args* args) {
  app->add_option("event", args->event, "Id or full name of the event")->required();
}

// What can be given when registering, and changed afterwards.
void PersonFlags(CLI::App* app, Args* args) {
  app->add_option("-f,--file", args->file, "Registration as YAML or JSON; - for stdin");
  AddText(app, "--email", args->email, "Address");
  AddText(app, "--given-name", args->given_name, "Given name");
  AddText(app, "--family-name", args->family_name, "Family name");
  AddText(app, "--title", args->title, "Title, such as Dr.");
  AddText(app, "--organisation", args->organisation, "Where they come from");
  AddText(app, "--country", args->country, "ISO 3166 country");
  AddText(app, "--write-in", args->language, "Language to write to them in");
  AddText(app, "--reference", args->reference, "Reference of your own");
  app->add_option("--answer", args->answers, "FIELD=VALUE of the form; repeat")
      ->allow_extra_args(false);
}

// Sets what PersonFlags gave and adds the paths to `mask`. An answer without a value is taken away.
void ApplyPerson(const Args& args, pb::Registration* registration,
                 google::protobuf::FieldMask* mask) {
  pb::Attendee* attendee = registration->mutable_attendee();
  const std::tuple<const TextFlag&, const char*, std::string*> texts[] = {
      {args.email, "attendee.email", attendee->mutable_email()},
      {args.given_name, "attendee.given_name", attendee->mutable_given_name()},
      {args.family_name, "attendee.family_name", attendee->mutable_family_name()},
      {args.title, "attendee.title", attendee->mutable_title()},
      {args.organisation, "attendee.organisation", attendee->mutable_organisation()},
      {args.country, "attendee.region_code", attendee->mutable_region_code()},
      {args.language, "attendee.language_code", attendee->mutable_language_code()},
      {args.reference, "external_reference", registration->mutable_external_reference()}};
  for (const auto& [typed, path, field] : texts) {
    if (!typed) continue;
    *field = &typed == &args.country ? absl::AsciiStrToUpper(*typed) : *typed;
    mask->add_paths(path);
  }
  for (const std::string& answer : args.answers) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(answer, absl::MaxSplits('=', 1));
    auto& answers = *registration->mutable_answers()->mutable_fields();
    if (parts.second.empty()) {
      answers.erase(parts.first);
    } else if (parts.second == "true" || parts.second == "false") {
      answers[parts.first].set_bool_value(parts.second == "true");
    } else {
      answers[parts.first].set_string_value(parts.second);
    }
  }
  if (!args.answers.empty()) mask->add_paths("answers");
}

absl::Status Create(Session& session, const Args& args) {
  pb::CreateRegistrationRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(args.event, kEvent));
  pb::Registration* registration = request.mutable_registration();
  if (!args.file.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(const std::string text, ReadFile(session.io(), args.file));
    COLLOQUY_RETURN_IF_ERROR(ParseMessage(text, registration));
  }
  google::protobuf::FieldMask mask;
  ApplyPerson(args, registration, &mask);
  if (args.category) registration->set_category(*args.category);
  if (args.party > 0) registration->set_party_size(args.party);
  if (args.priority != 0) registration->set_priority(args.priority);
  if (!args.mode.empty()) {
    pb::Registration::AttendanceMode mode;
    if (!pb::Registration::AttendanceMode_Parse(
            absl::AsciiStrToUpper(absl::StrReplaceAll(args.mode, {{"-", "_"}})), &mode)) {
      return UsageError("--mode is in-person or online.");
    }
    registration->set_attendance_mode(mode);
  }
  request.set_force(args.force);
  return Mutate(session, &sdk::Registrations::CreateRegistration, request);
}

// The registration as it is, so that `--answer meal=fish` changes one answer and does not drop the
// others; its etag goes along, so that nobody's change in between is lost.
absl::Status Update(Session& session, const Args& args) {
  pb::UpdateRegistrationRequest request;
  pb::Registration* registration = request.mutable_registration();
  COLLOQUY_ASSIGN_OR_RETURN(const std::string name, session.Name(args.registration, kRegistration));
  if (args.file.empty()) {
    pb::GetRegistrationRequest get;
    get.set_name(name);
    COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
    COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
    COLLOQUY_ASSIGN_OR_RETURN(*registration,
                              client->Call(&sdk::Registrations::GetRegistration, get, options));
    ApplyPerson(args, registration, request.mutable_update_mask());
    if (request.update_mask().paths().empty()) {
      return UsageError("Nothing to change: give at least one flag, or --file.");
    }
  } else {
    COLLOQUY_ASSIGN_OR_RETURN(const std::string text, ReadFile(session.io(), args.file));
    COLLOQUY_RETURN_IF_ERROR(ParseMessage(text, registration));
    // Without a mask everything that is filled is changed: the file's fields and the flags'.
    google::protobuf::FieldMask by_flags;
    ApplyPerson(args, registration, &by_flags);
  }
  registration->set_name(name);
  if (!args.etag.empty()) registration->set_etag(args.etag);
  return Mutate(session, &sdk::Registrations::UpdateRegistration, request);
}

// cancel, approve, reject: a name, perhaps a reason.
template <typename Request, typename Method>
void AddTransition(CommandTree& tree, CLI::App* group, const std::string& verb,
                   const std::string& description, Method method) {
  auto args = NewArgs();
  CLI::App* app =
      tree.Add(group, verb, description, "colloquy registrations " + verb + " lasers/REGISTRATION",
               [args, method](Session& session) -> absl::Status {
                 Request request;
                 COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(),
                                           session.Name(args->registration, kRegistration));
                 if constexpr (requires { request.set_reason(args->reason); }) {
                   request.set_reason(args->reason);
                 }
                 request.set_etag(args->etag);
                 return Mutate(session, method, request);
               });
  app->add_option("registration", args->registration, "EVENT/REGISTRATION or full name")
      ->required();
  if constexpr (requires(Request request) { request.set_reason(""); }) {
    app->add_option("--reason", args->reason, "Why")
        ->required(std::is_same_v<Request, pb::RejectRegistrationRequest>);
  }
  app->add_option("--etag", args->etag, "Only if this is still its etag");
}

absl::Status Availability(Session& session, const Args& args) {
  pb::ExplainAvailabilityRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_event(), session.Name(args.event, kEvent));
  const Format format = session.flags().format;
  if (format == Format::kJson || format == Format::kYaml) {
    return CallAndShow(session, &sdk::Registrations::ExplainAvailability, request);
  }
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  COLLOQUY_ASSIGN_OR_RETURN(
      const pb::Availability availability,
      client->Call(&sdk::Registrations::ExplainAvailability, request, options));
  session.Note(availability.open()
                   ? "Open for registration."
                   : absl::StrCat("Not open for seats: ", availability.closed_reason(), "."));
  session.printer().Begin({"pool", "size", "taken", "pending", "held_by_allotments",
                           "held_by_invitations", "waiting", "available"});
  for (const pb::PoolAvailability& pool : availability.pools()) {
    COLLOQUY_RETURN_IF_ERROR(session.printer().Add(pool));
  }
  session.printer().End();
  return absl::OkStatus();
}

absl::Status Verify(Session& session, const Args& args) {
  pb::VerifySeatsRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_event(), session.Name(args.event, kEvent));
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  COLLOQUY_ASSIGN_OR_RETURN(const pb::VerifySeatsResponse result,
                            client->Call(&sdk::Registrations::VerifySeats, request, options));
  if (!result.differences().empty()) session.set_exit_code(kUnexpected);
  COLLOQUY_RETURN_IF_ERROR(session.printer().Object(result));
  session.Note(absl::StrCat(Counted(result.registration_count(), "registration"), ", ",
                            Counted(result.pool_count(), "pool"), ": ",
                            result.differences().empty()
                                ? "the books are right."
                                : "the books do NOT agree with the registrations."));
  return absl::OkStatus();
}

absl::Status VerifyAll(Session& session, const Args& args) {
  pb::VerifyAllSeatsRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  COLLOQUY_ASSIGN_OR_RETURN(google::longrunning::Operation operation,
                            client->Call(&sdk::Registrations::VerifyAllSeats, request, options));
  if (!args.wait) return session.printer().Object(operation);
  return WaitAndShow(session, operation.name());
}

void AddImport(CommandTree& tree, CLI::App* group, const std::string& verb) {
  auto args = NewArgs();
  CLI::App* app =
      tree.Add(group, verb, "Register the people of a CSV or JSON file",
               "colloquy registrations " + verb + " lasers people.csv",
               [args](Session& session) -> absl::Status {
                 RegistrationImport import = args->import;
                 COLLOQUY_ASSIGN_OR_RETURN(import.event, session.Name(args->event, kEvent));
                 import.path = args->file;
                 import.force = args->force;
                 return ImportRegistrations(session, import);
               });
  EventArgument(app, args.get());
  app->add_option("file", args->file,
                  "CSV with a header (email, given_name, family_name, organisation, category, "
                  "party_size, answers.ID, …), or JSON; - for stdin")
      ->required();
  app->add_option("--batch-size", args->import.batch_size, "Records that stand or fall together")
      ->check(CLI::Range(1, 500));
  app->add_flag("--singly", args->import.singly, "Send the records of a refused batch one by one");
  app->add_flag("--fresh", args->import.fresh, "Do not replay an earlier run of the same file");
  app->add_flag("--force", args->force, "Even though seats have run out (owners and managers)");
}

}  // namespace

void AddRegistrations(CommandTree& tree) {
  CLI::App* group = tree.Group("registrations", "Who has a seat, who waits, and why");
  auto create = NewArgs();
  CLI::App* app = tree.Add(group, "create", "Register somebody",
                           "colloquy registrations create lasers --email ada@example.org \\\n"
                           "      --given-name Ada --family-name Lovelace --category student",
                           [create](Session& session) { return Create(session, *create); });
  EventArgument(app, create.get());
  PersonFlags(app, create.get());
  AddText(app, "--category", create->category, "Id of the category");
  app->add_option("--mode", create->mode, "in-person or online");
  app->add_option("--party-size", create->party, "How many people");
  app->add_option("--priority", create->priority, "Higher waits less long (staff)");
  app->add_flag("--force", create->force, "Even though seats have run out (owners and managers)");

  AddImport(tree, group, "import");
  AddImport(tree, group, "batch");

  auto get = NewArgs();
  app = tree.Add(group, "get", "Show a registration",
                 "colloquy registrations get lasers/REGISTRATION",
                 [get](Session& session) -> absl::Status {
                   pb::GetRegistrationRequest request;
                   COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(),
                                             session.Name(get->registration, kRegistration));
                   return CallAndShow(session, &sdk::Registrations::GetRegistration, request);
                 });
  app->add_option("registration", get->registration, "EVENT/REGISTRATION or full name")->required();

  auto list = NewArgs();
  app = tree.Add(
      group, "list", "List the registrations of an event",
      "colloquy registrations list lasers --filter 'state = WAITLISTED'",
      [list](Session& session) -> absl::Status {
        pb::ListRegistrationsRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(list->event, kEvent));
        return ListAndShow(session, &sdk::Registrations::ListRegistrations, request,
                           &pb::ListRegistrationsResponse::registrations, list->list,
                           {"id", "state", "attendee.email", "attendee.given_name",
                            "attendee.family_name", "category", "party_size", "create_time"});
      });
  EventArgument(app, list.get());
  AddListFlags(app, &list->list,
               "state, category, attendance_mode, partner, email, party_size, priority, "
               "create_time, update_time, confirm_time");

  auto update = NewArgs();
  app = tree.Add(group, "update", "Change who is registered and what they answered",
                 "colloquy registrations update lasers/REGISTRATION --family-name King",
                 [update](Session& session) { return Update(session, *update); });
  app->add_option("registration", update->registration, "EVENT/REGISTRATION or full name")
      ->required();
  PersonFlags(app, update.get());
  app->add_option("--etag", update->etag, "Only if this is still its etag");

  AddTransition<pb::CancelRegistrationRequest>(tree, group, "cancel",
                                               "Cancel a registration; its seats go to the queue",
                                               &sdk::Registrations::CancelRegistration);
  AddTransition<pb::ApproveRegistrationRequest>(tree, group, "approve", "Approve a registration",
                                                &sdk::Registrations::ApproveRegistration);
  AddTransition<pb::RejectRegistrationRequest>(tree, group, "reject", "Reject a registration",
                                               &sdk::Registrations::RejectRegistration);

  auto availability = NewArgs();
  EventArgument(
      tree.Add(group, "availability", "Where an event's seats are",
               "colloquy registrations availability lasers",
               [availability](Session& session) { return Availability(session, *availability); }),
      availability.get());
  auto verify = NewArgs();
  EventArgument(
      tree.Add(group, "verify", "Count an event's seats anew; exit code 1 on a difference",
               "colloquy registrations verify lasers",
               [verify](Session& session) { return Verify(session, *verify); }),
      verify.get());
  auto all = NewArgs();
  app = tree.Add(group, "verify-all", "Count the seats of all events anew",
                 "colloquy registrations verify-all",
                 [all](Session& session) { return VerifyAll(session, *all); });
  app->add_flag("!--no-wait", all->wait, "Print the operation and do not wait for it");
}

}  // namespace colloquy::cli
