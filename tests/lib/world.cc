#include "tests/lib/world.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "colloquy/access/v1/access.pb.h"
#include "colloquy/dialogues/v1/agenda.pb.h"
#include "colloquy/dialogues/v1/dialogues.pb.h"
#include "colloquy/dialogues/v1/outcomes.pb.h"
#include "colloquy/dialogues/v1/polls.pb.h"
#include "colloquy/dialogues/v1/statements.pb.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/invitations.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "google/longrunning/operations.pb.h"
#include "services/common/errors/errors.h"

namespace colloquy::test {
namespace {

// Placeholders of which nothing exists. A name that exists in no organizer, below one that does.
constexpr absl::string_view kGhosts[][2] = {
    {"partner", "organizers/alpha/partners/ghost"},
    {"key", "organizers/alpha/apiKeys/ghost"},
    {"event", "organizers/alpha/events/ghost"},
    {"draft", "organizers/alpha/events/ghost"},
    {"cancelled", "organizers/alpha/events/ghost"},
    {"session", "organizers/alpha/events/ghost/sessions/ghost"},
    {"registration", "organizers/alpha/events/ghost/registrations/r1a2b3c4d5e6f7g8h9j0kmnpqrs"},
    {"other", "organizers/alpha/events/ghost/registrations/r1a2b3c4d5e6f7g8h9j0kmnpqrs"},
    {"pending", "organizers/alpha/events/ghost/registrations/r1a2b3c4d5e6f7g8h9j0kmnpqrs"},
    {"operation", "operations/o1a2b3c4d5e6f7g8h9j0kmnpqrs"},
    {"invitation", "organizers/alpha/events/ghost/invitations/i1a2b3c4d5e6f7g8h9j0kmnpqrs"},
    {"import", "operations/o1a2b3c4d5e6f7g8h9j0kmnpqrs"},
    {"dialogue", "organizers/alpha/dialogues/ghost"},
    {"draft_dialogue", "organizers/alpha/dialogues/ghost"},
    {"participant", "organizers/alpha/dialogues/ghost/participants/7"},
    {"statement", "organizers/alpha/dialogues/ghost/statements/7"},
    {"other_statement", "organizers/alpha/dialogues/ghost/statements/8"},
    {"agenda_item", "organizers/alpha/dialogues/ghost/agendaItems/7"},
    {"poll", "organizers/alpha/dialogues/ghost/polls/7"},
    {"decision", "organizers/alpha/dialogues/ghost/decisions/7"},
    {"action_item", "organizers/alpha/dialogues/ghost/actionItems/7"},
    {"speaker_request", "organizers/alpha/dialogues/ghost/speakerRequests/7"},
    {"event_uid", "018f0000-0000-7000-8000-000000000000"},
};

// Methods are called by name: without this the linker leaves out what the test does not use itself.
void LinkContract() {
  using google::protobuf::LinkMessageReflection;
  LinkMessageReflection<dialogues::v1::CreateAgendaItemRequest>();
  LinkMessageReflection<dialogues::v1::CreateDialogueRequest>();
  LinkMessageReflection<dialogues::v1::CreateDecisionRequest>();
  LinkMessageReflection<dialogues::v1::CreatePollRequest>();
  LinkMessageReflection<dialogues::v1::CreateStatementRequest>();
}

}  // namespace

absl::Status World::Build() {
  credentials_["none"] = "";
  credentials_["operator"] = server_.root_key();
  credentials_["peer"] = server_.peer_credential();
  COLLOQUY_RETURN_IF_ERROR(BuildOrganizer("alpha"));
  COLLOQUY_RETURN_IF_ERROR(BuildOrganizer("beta"));
  names_["organizer"] = "organizers/alpha";
  names_["foreign_organizer"] = "organizers/beta";
  COLLOQUY_RETURN_IF_ERROR(BuildKeys());
  COLLOQUY_RETURN_IF_ERROR(BuildEvents());
  COLLOQUY_RETURN_IF_ERROR(BuildRegistrations());
  COLLOQUY_RETURN_IF_ERROR(BuildInvitations());
  return BuildDialogues();
}

absl::Status World::BuildOrganizer(const std::string& id) {
  return Do("operator", absl::StrCat(kAccess, "CreateOrganizer"),
            absl::StrCat("organizer_id: '", id, "' organizer { display_name: 'The ", id,
                         "' time_zone: 'Europe/Berlin' default_language: 'en' }"))
      .status();
}

absl::StatusOr<std::string> World::NewKey(const std::string& parent, absl::string_view fields) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const access::v1::ApiKey key,
      Get<access::v1::ApiKey>("operator", absl::StrCat(kAccess, "CreateApiKey"),
                              absl::StrCat("parent: '", parent, "' ", fields)));
  return key.secret();
}

absl::Status World::BuildKeys() {
  COLLOQUY_ASSIGN_OR_RETURN(names_["partner"],
                            NameOf("operator", absl::StrCat(kAccess, "CreatePartner"),
                                   "parent: '{organizer}' partner_id: 'portal' "
                                   "partner { display_name: 'Portal' }"));
  COLLOQUY_RETURN_IF_ERROR(NameOf("operator", absl::StrCat(kAccess, "CreatePartner"),
                                  "parent: '{organizer}' partner_id: 'rival' "
                                  "partner { display_name: 'Rival' }")
                               .status());
  for (const char* role : {"OWNER", "MANAGER", "MODERATOR", "DESK", "VIEWER"}) {
    const std::string who = absl::AsciiStrToLower(role);
    COLLOQUY_ASSIGN_OR_RETURN(
        credentials_[who],
        NewKey(names_["organizer"], absl::StrCat("api_key_id: '", who, "' api_key { role: ", role,
                                                 " display_name: '", who, "' }")));
  }
  names_["key"] = "organizers/alpha/apiKeys/viewer";
  COLLOQUY_ASSIGN_OR_RETURN(
      credentials_["partner"],
      NewKey(names_["organizer"],
             "api_key { role: PARTNER display_name: 'p' partner: '{partner}' }"));
  COLLOQUY_ASSIGN_OR_RETURN(credentials_["other_partner"],
                            NewKey(names_["organizer"],
                                   "api_key { role: PARTNER display_name: 'r' partner: "
                                   "'organizers/alpha/partners/rival' }"));
  COLLOQUY_ASSIGN_OR_RETURN(credentials_["foreign"],
                            NewKey("organizers/beta", "api_key { role: OWNER display_name: 'b' }"));
  COLLOQUY_ASSIGN_OR_RETURN(
      credentials_["revoked"],
      NewKey(names_["organizer"],
             "api_key_id: 'revoked' api_key { role: OWNER display_name: 'x' }"));
  COLLOQUY_RETURN_IF_ERROR(Do("operator", absl::StrCat(kAccess, "RevokeApiKey"),
                              "name: 'organizers/alpha/apiKeys/revoked'")
                               .status());
  // A key cannot be made expired, so it is waited for: a second, or two.
  const int64_t soon = absl::ToUnixSeconds(absl::Now()) + 2;
  COLLOQUY_ASSIGN_OR_RETURN(
      credentials_["expired"],
      NewKey(names_["organizer"], absl::StrCat("api_key { role: OWNER display_name: 'e' "
                                               "expire_time { seconds: ",
                                               soon, " } }")));
  while (Do("expired", absl::StrCat(kAccess, "GetCaller"), "").ok()) {
    absl::SleepFor(absl::Milliseconds(50));
  }
  return absl::OkStatus();
}

std::string World::EventText(absl::string_view more) {
  return absl::StrCat(
      "kind: WORKSHOP mode: ONLINE default_language: 'en' time_zone: 'UTC' "
      "title { texts { key: 'en' value: 'An event' } } "
      "civil_start: '2096-03-09T14:00:00' civil_end: '2096-03-09T18:00:00' ",
      more);
}

absl::Status World::BuildEvents() {
  const auto create = [&](absl::string_view id, absl::string_view more) {
    return NameOf(
        "owner", absl::StrCat(kEvents, "CreateEvent"),
        absl::StrCat("parent: '{organizer}' event_id: '", id, "' event { ", EventText(more), " }"));
  };
  COLLOQUY_ASSIGN_OR_RETURN(
      names_["event"],
      create(
          "open",
          "visibility: PUBLIC registration { capacity: 10 waiting_list { mode: ON } } "
          "categories { id: 'guest' title { texts { key: 'en' value: 'Guest' } } } "
          "categories { id: 'student' title { texts { key: 'en' value: 'Student' } } quota: 3 }"));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string approved,
                            create("approved", "registration { capacity: 10 approval: ALL }"));
  COLLOQUY_ASSIGN_OR_RETURN(names_["draft"], create("draft", ""));
  COLLOQUY_ASSIGN_OR_RETURN(names_["cancelled"], create("cancelled", ""));
  COLLOQUY_RETURN_IF_ERROR(
      Do("owner", absl::StrCat(kEvents, "PublishEvent"), absl::StrCat("name: '", approved, "'"))
          .status());
  COLLOQUY_RETURN_IF_ERROR(
      Do("owner", absl::StrCat(kEvents, "CancelEvent"), "name: '{cancelled}'").status());
  COLLOQUY_ASSIGN_OR_RETURN(
      names_["session"],
      NameOf(
          "owner", absl::StrCat(kEvents, "CreateSession"),
          "parent: '{event}' session_id: 'first' session { title { texts { key: 'en' value: 'S' "
          "} } start_time { seconds: 3982140000 } end_time { seconds: 3982143600 } room: 'R1' }"));
  COLLOQUY_ASSIGN_OR_RETURN(
      const events::v1::Event event,
      Get<events::v1::Event>("owner", absl::StrCat(kEvents, "PublishEvent"), "name: '{event}'"));
  names_["event_uid"] = event.uid();
  return absl::OkStatus();
}

absl::Status World::BuildRegistrations() {
  const auto create = [&](absl::string_view who, absl::string_view parent, absl::string_view email,
                          absl::string_view more) {
    return NameOf(who, absl::StrCat(kRegistrations, "CreateRegistration"),
                  absl::StrCat("parent: '", parent, "' registration { attendee { email: '", email,
                               "' given_name: 'Given' } ", more, " }"));
  };
  COLLOQUY_ASSIGN_OR_RETURN(names_["registration"],
                            create("partner", "{event}", "one@example.org", "category: 'guest'"));
  COLLOQUY_ASSIGN_OR_RETURN(
      names_["other"], create("other_partner", "{event}", "two@example.org", "category: 'guest'"));
  COLLOQUY_ASSIGN_OR_RETURN(names_["pending"], create("owner", "organizers/alpha/events/approved",
                                                      "three@example.org", ""));
  COLLOQUY_ASSIGN_OR_RETURN(
      names_["operation"],
      NameOf("owner", absl::StrCat(kRegistrations, "VerifyAllSeats"), "parent: '{organizer}'"));
  return Do("owner", "/google.longrunning.Operations/WaitOperation", "name: '{operation}'")
      .status();
}

absl::Status World::BuildInvitations() {
  COLLOQUY_ASSIGN_OR_RETURN(
      const registrations::v1::Invitation invitation,
      Get<registrations::v1::Invitation>(
          "owner", absl::StrCat(kInvitations, "CreateInvitation"),
          "parent: '{event}' invitation { guest { email: 'asked@example.org' given_name: 'Asked' } "
          "category: 'guest' }"));
  names_["invitation"] = invitation.name();
  COLLOQUY_ASSIGN_OR_RETURN(
      names_["import"], NameOf("owner", absl::StrCat(kInvitations, "StartInvitationImport"),
                               "parent: '{event}' fingerprint: '00000000000000000000000000000000' "
                               "columns { field: EMAIL } dry_run: true"));
  return absl::OkStatus();
}

absl::Status World::BuildDialogues() {
  COLLOQUY_ASSIGN_OR_RETURN(
      names_["dialogue"],
      NameOf("owner", absl::StrCat(kDialogues, "CreateDialogue"),
             "parent: '{organizer}' dialogue_id: 'rooms' dialogue { title: 'Rooms' event: "
             "'{event}' }"));
  COLLOQUY_ASSIGN_OR_RETURN(names_["participant"],
                            NameOf("owner", absl::StrCat(kDialogues, "CreateParticipant"),
                                   "parent: '{dialogue}' participant { display_name: 'Ada' }"));
  for (const char* what : {"statement", "other_statement"}) {
    COLLOQUY_ASSIGN_OR_RETURN(
        names_[what], NameOf("owner", absl::StrCat(kStatements, "CreateStatement"),
                             absl::StrCat("parent: '{dialogue}' statement { text: 'The ", what,
                                          "' language_code: 'en' }")));
  }
  COLLOQUY_RETURN_IF_ERROR(
      Do("owner", absl::StrCat(kDialogues, "OpenDialogue"), "name: '{dialogue}'").status());
  COLLOQUY_RETURN_IF_ERROR(BuildMeeting());
  COLLOQUY_ASSIGN_OR_RETURN(
      names_["draft_dialogue"],
      NameOf("owner", absl::StrCat(kDialogues, "CreateDialogue"),
             "parent: '{organizer}' dialogue_id: 'draft' dialogue { title: 'Draft' }"));
  return Do("owner", absl::StrCat(kStatements, "ImportConversation"),
            "parent: '{draft_dialogue}' run: 1")
      .status();
}

absl::Status World::BuildMeeting() {
  LinkContract();
  COLLOQUY_ASSIGN_OR_RETURN(names_["agenda_item"],
                            NameOf("owner", absl::StrCat(kAgenda, "CreateAgendaItem"),
                                   "parent: '{dialogue}' agenda_item { title: 'Welcome' }"));
  COLLOQUY_ASSIGN_OR_RETURN(
      names_["poll"], NameOf("owner", absl::StrCat(kPolls, "CreatePoll"),
                             "parent: '{dialogue}' poll { question: 'What first?' method: CHOICE "
                             "options { text: 'Packaging' } options { text: 'Sensors' } }"));
  COLLOQUY_ASSIGN_OR_RETURN(names_["decision"],
                            NameOf("owner", absl::StrCat(kOutcomes, "CreateDecision"),
                                   "parent: '{dialogue}' decision { text: 'We build it' }"));
  COLLOQUY_ASSIGN_OR_RETURN(
      names_["action_item"],
      NameOf("owner", absl::StrCat(kOutcomes, "CreateActionItem"),
             "parent: '{dialogue}' action_item { title: 'Ask for offers' owner: 'Ada' }"));
  COLLOQUY_RETURN_IF_ERROR(
      Do("owner", absl::StrCat(kDialogues, "StartDialogue"), "name: '{dialogue}'").status());
  COLLOQUY_ASSIGN_OR_RETURN(
      names_["speaker_request"],
      NameOf("owner", absl::StrCat(kAgenda, "CreateSpeakerRequest"),
             "parent: '{dialogue}' speaker_request { participant: '{participant}' }"));
  return Do("owner", absl::StrCat(kDialogues, "OpenDialogue"), "name: '{dialogue}'").status();
}

const std::string& World::credential(absl::string_view who) const {
  return credentials_.find(who)->second;
}

const std::string& World::name(absl::string_view what) const { return names_.find(what)->second; }

std::string World::FillFrom(const Names& names, absl::string_view text) {
  std::vector<std::pair<std::string, std::string>> replacements;
  for (const auto& [what, name] : names) {
    replacements.emplace_back(absl::StrCat("{", what, "}"), name);
  }
  return absl::StrReplaceAll(text, replacements);
}

std::string World::Fill(absl::string_view text) const { return FillFrom(names_, text); }

std::string World::FillGhosts(absl::string_view text, bool ghost_organizer) const {
  Names ghosts = names_;
  for (const auto& [what, name] : kGhosts) ghosts[std::string(what)] = std::string(name);
  if (ghost_organizer) ghosts["organizer"] = "organizers/ghost";
  std::string filled = FillFrom(ghosts, text);
  if (ghost_organizer) {
    filled = absl::StrReplaceAll(filled, {{"organizers/alpha", "organizers/ghost"}});
  }
  return filled;
}

std::string World::Mask(absl::string_view text) const {
  // The longest first: names below others begin with them.
  std::vector<std::string> names;
  for (const auto& [what, name] : names_) names.push_back(name);
  for (const auto& [what, name] : kGhosts) {
    names.emplace_back(name);
    names.push_back(absl::StrReplaceAll(name, {{"organizers/alpha", "organizers/ghost"}}));
  }
  names.emplace_back("organizers/ghost");
  std::sort(names.begin(), names.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  std::string masked(text);
  for (const std::string& name : names) absl::StrReplaceAll({{name, "NAME"}}, &masked);
  return masked;
}

absl::StatusOr<std::string> World::Do(absl::string_view who, absl::string_view method,
                                      absl::string_view request) const {
  const Answer answer = Invoke(server_.channel(), method, credential(who),
                               RequestOf(method, Fill(request))->SerializeAsString());
  if (answer.status.ok()) return answer.bytes;
  // The context of a failure is worth more than its details: this is no test of errors.
  return absl::Status(answer.status.code(),
                      absl::StrCat(who, " ", method, ": ", answer.status.message()));
}

absl::StatusOr<std::string> World::NameOf(absl::string_view who, absl::string_view method,
                                          absl::string_view request) const {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string bytes, Do(who, method, request));
  // `name` is field 1 of every resource.
  const google::protobuf::Descriptor* type = FindMethod(method)->output_type();
  std::unique_ptr<google::protobuf::Message> resource(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  resource->ParseFromString(bytes);
  return resource->GetReflection()->GetString(*resource, type->FindFieldByName("name"));
}

}  // namespace colloquy::test
