// `colloquy dialogues participants …`
#include <algorithm>
#include <map>

#include "clients/cli/commands/dialogues/dialogues.h"
#include "clients/cli/files.h"
#include "clients/cli/importing.h"

namespace colloquy::cli {
namespace {

namespace pb = dialogues::v1;
constexpr char kParticipant[] = "organizers/*/dialogues/*/participants/*";
// The server takes so many at once.
constexpr size_t kBatch = 1000;

struct Args {
  std::string dialogue, participant, file, name, email, type, read_in, registration;
  bool viewer = false, renew = false;
  ListFlags list;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

// The participant's field of a column.
std::string* FieldOf(const std::string& column, pb::Participant* participant) {
  if (column == "email") return participant->mutable_email();
  if (column == "name" || column == "display_name") return participant->mutable_display_name();
  if (column == "type" || column == "stakeholder_type") {
    return participant->mutable_stakeholder_type();
  }
  if (column == "language" || column == "language_code") {
    return participant->mutable_language_code();
  }
  if (column == "registration") return participant->mutable_registration();
  return nullptr;
}

absl::StatusOr<std::vector<pb::Participant>> FromCsv(absl::string_view text) {
  COLLOQUY_ASSIGN_OR_RETURN(const auto rows, ParseCsv(text));
  if (rows.empty()) return UsageError("The file is empty.");
  std::vector<pb::Participant> participants;
  for (size_t i = 1; i < rows.size(); ++i) {
    pb::Participant& participant = participants.emplace_back();
    for (size_t j = 0; j < std::min(rows[i].size(), rows[0].size()); ++j) {
      const std::string column(absl::StripAsciiWhitespace(absl::AsciiStrToLower(rows[0][j])));
      std::string* const field = FieldOf(column, &participant);
      if (column == "viewer") {
        participant.set_viewer(rows[i][j] == "true" || rows[i][j] == "1" || rows[i][j] == "yes");
      } else if (field == nullptr) {
        return UsageError(
            absl::StrCat("Unknown column '", column,
                         "'. There are email, name, type, language, registration and viewer."));
      } else {
        *field = rows[i][j];
      }
    }
  }
  return participants;
}

absl::Status AddFromFile(Session& session, const Args& args, const std::string& dialogue) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string text, ReadFile(session.io(), args.file));
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<pb::Participant> participants, FromCsv(text));
  COLLOQUY_RETURN_IF_ERROR(session.printer().CheckFields(pb::Participant::default_instance()));
  session.printer().Begin({"id", "display_name", "email", "stakeholder_type", "viewer"});
  for (size_t begin = 0; begin < participants.size(); begin += kBatch) {
    pb::BatchCreateParticipantsRequest request;
    request.set_parent(dialogue);
    for (size_t i = begin; i < std::min(participants.size(), begin + kBatch); ++i) {
      *request.add_requests()->mutable_participant() = participants[i];
    }
    // Done again within a day, it answers as the first time.
    request.set_request_id(UuidOf(request.SerializeAsString()));
    COLLOQUY_RETURN_IF_ERROR(SetDryRun(session, request));
    absl::StatusOr<pb::BatchCreateParticipantsResponse> response =
        CallOnce(session, &sdk::Dialogues::BatchCreateParticipants, request);
    if (!response.ok()) {
      session.Note(absl::StrCat("Rows ", begin + 2, " and on were not added; requests[0] is row ",
                                begin + 2, " of the file."));
      return response.status();
    }
    for (const pb::Participant& participant : response->participants()) {
      COLLOQUY_RETURN_IF_ERROR(session.printer().Add(participant));
    }
    session.printer().Flush();
  }
  session.printer().End();
  if (session.flags().dry_run) session.Note("Dry run: nothing was changed.");
  return absl::OkStatus();
}

absl::Status AddPeople(Session& session, const Args& args) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string dialogue, session.Name(args.dialogue, kDialogue));
  if (!args.file.empty()) return AddFromFile(session, args, dialogue);
  pb::CreateParticipantRequest request;
  request.set_parent(dialogue);
  pb::Participant* participant = request.mutable_participant();
  participant->set_display_name(args.name);
  participant->set_email(args.email);
  participant->set_stakeholder_type(args.type);
  participant->set_language_code(args.read_in);
  participant->set_viewer(args.viewer);
  if (!args.registration.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(
        *participant->mutable_registration(),
        session.Name(args.registration, "organizers/*/events/*/registrations/*"));
  }
  return Mutate(session, &sdk::Dialogues::CreateParticipant, request);
}

absl::Status Link(Session& session, const Args& args) {
  pb::GetParticipantLinkRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(args.participant, kParticipant));
  request.set_renew(args.renew);
  return CallAndShow(session, &sdk::Dialogues::GetParticipantLink, request);
}

// Everybody's, for whoever sends them out.
absl::Status Links(Session& session, const Args& args) {
  pb::ListParticipantsRequest list;
  COLLOQUY_ASSIGN_OR_RETURN(*list.mutable_parent(), session.Name(args.dialogue, kDialogue));
  list.set_filter("state = ACTIVE");
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<pb::Participant> participants,
                            CollectAll(session, &sdk::Dialogues::ListParticipants, list,
                                       &pb::ListParticipantsResponse::participants));
  if (!session.printer().has_columns() || !session.flags().fields.empty()) {
    return UsageError(
        "Links are listed with -o table or -o csv, in columns that are always the same.");
  }
  session.printer().Begin({"id", "display_name", "email", "uri", "token"});
  for (const pb::Participant& participant : participants) {
    pb::GetParticipantLinkRequest request;
    request.set_name(participant.name());
    COLLOQUY_ASSIGN_OR_RETURN(const pb::GetParticipantLinkResponse link,
                              CallOnce(session, &sdk::Dialogues::GetParticipantLink, request));
    session.printer().AddCells({NumberIn(participant.name()), participant.display_name(),
                                participant.email(), link.uri(), link.token()});
  }
  session.printer().End();
  return absl::OkStatus();
}

}  // namespace

void AddParticipants(CommandTree& tree, CLI::App* dialogues) {
  CLI::App* group = tree.Group(dialogues, "participants", "Who has a seat");
  auto add = NewArgs();
  CLI::App* app =
      tree.Add(group, "add", "Give somebody a seat, or everybody in a CSV file",
               "colloquy dialogues participants add roadmap --name 'Ada Lovelace' --type research\n"
               "  colloquy dialogues participants add roadmap --file people.csv\n\n"
               "Columns: email, name, type, language, registration, viewer. All of a batch of "
               "1,000 or none.",
               [add](Session& session) { return AddPeople(session, *add); });
  DialogueArgument(app, &add->dialogue);
  app->add_option("-f,--file", add->file, "CSV whose first row names the columns; - for stdin");
  app->add_option("--name", add->name, "Name");
  app->add_option("--email", add->email, "Address");
  app->add_option("--type", add->type, "Stakeholder type");
  app->add_option("--reads", add->read_in, "Language to read statements in");
  app->add_option("--registration", add->registration, "Registration that it comes of");
  app->add_flag("--viewer", add->viewer, "Sees the room and says nothing");

  auto list = NewArgs();
  app = tree.Add(
      group, "list", "List them",
      "colloquy dialogues participants list roadmap --filter 'stakeholder_type = company'",
      [list](Session& session) -> absl::Status {
        pb::ListParticipantsRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                  session.Name(list->dialogue, kDialogue));
        return ListAndShow(
            session, &sdk::Dialogues::ListParticipants, request,
            &pb::ListParticipantsResponse::participants, list->list,
            {"id", "state", "display_name", "email", "stakeholder_type", "viewer", "create_time"});
      });
  DialogueArgument(app, &list->dialogue);
  AddListFlags(app, &list->list, "state, stakeholder_type, language_code, email", Order::kFixed);

  AddShow<pb::GetParticipantRequest>(tree, group, "Show a participant",
                                     "colloquy dialogues participants show roadmap/12",
                                     kParticipant, "participant", &sdk::Dialogues::GetParticipant);
  AddVerb<pb::RemoveParticipantRequest>(
      tree, group, "remove", "Take the seat away; what was said and voted stays",
      "colloquy dialogues participants remove roadmap/12 --yes", kParticipant, "participant",
      &sdk::Dialogues::RemoveParticipant, "Remove {name}? The link stops working.");

  auto link = NewArgs();
  app = tree.Add(group, "link", "Show the link that opens somebody's seat",
                 "colloquy dialogues participants link roadmap/12",
                 [link](Session& session) { return Link(session, *link); });
  app->add_option("participant", link->participant, "DIALOGUE/NUMBER or full name")->required();
  app->add_flag("--renew", link->renew, "Make a new one; the old one stops working");

  auto links = NewArgs();
  app = tree.Add(group, "links", "List everybody's link, to be sent out",
                 "colloquy dialogues participants links roadmap -o csv >links.csv\n\n"
                 "Whoever has a link has the seat: keep the file as you keep passwords.",
                 [links](Session& session) { return Links(session, *links); });
  DialogueArgument(app, &links->dialogue);

  auto admit = NewArgs();
  app = tree.Add(group, "admit", "Give a seat to everyone registered for the dialogue's event",
                 "colloquy dialogues participants admit roadmap",
                 [admit](Session& session) -> absl::Status {
                   pb::AdmitRegistrationsRequest request;
                   COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                             session.Name(admit->dialogue, kDialogue));
                   return Mutate(session, &sdk::Dialogues::AdmitRegistrations, request);
                 });
  DialogueArgument(app, &admit->dialogue);
}

}  // namespace colloquy::cli
