#include "tests/integration/access_table.h"

#include "absl/strings/str_cat.h"

namespace colloquy::test {
namespace {

std::string Access(absl::string_view method) {
  return absl::StrCat("/colloquy.access.v1.AccessService/", method);
}
std::string Events(absl::string_view method) {
  return absl::StrCat("/colloquy.events.v1.EventsService/", method);
}
std::string Registrations(absl::string_view method) {
  return absl::StrCat("/colloquy.registrations.v1.RegistrationsService/", method);
}
std::string Invitations(absl::string_view method) {
  return absl::StrCat("/colloquy.registrations.v1.InvitationsService/", method);
}
std::string Mailings(absl::string_view method) {
  return absl::StrCat("/colloquy.registrations.v1.MailingsService/", method);
}
std::string Guests(absl::string_view method) {
  return absl::StrCat("/colloquy.registrations.v1.GuestsService/", method);
}
std::string Dialogues(absl::string_view method) {
  return absl::StrCat("/colloquy.dialogues.v1.DialoguesService/", method);
}
std::string Statements(absl::string_view method) {
  return absl::StrCat("/colloquy.dialogues.v1.StatementsService/", method);
}
std::string Opinions(absl::string_view method) {
  return absl::StrCat("/colloquy.dialogues.v1.OpinionService/", method);
}
std::string Agenda(absl::string_view method) {
  return absl::StrCat("/colloquy.dialogues.v1.AgendaService/", method);
}
std::string Polls(absl::string_view method) {
  return absl::StrCat("/colloquy.dialogues.v1.PollsService/", method);
}
std::string Outcomes(absl::string_view method) {
  return absl::StrCat("/colloquy.dialogues.v1.OutcomesService/", method);
}
std::string Seats(absl::string_view method) {
  return absl::StrCat("/colloquy.dialogues.v1.SeatsService/", method);
}
std::string Operations(absl::string_view method) {
  return absl::StrCat("/google.longrunning.Operations/", method);
}

constexpr Callers kInside = kStaff | kPartner;
// `organizers/alpha` said by somebody of beta is refused, though the public may.
constexpr Callers kEveryone = kNone | kInside | kPeer;
// Nobody's organizer is in the request.
constexpr Callers kWhoever = kEveryone | kForeign;
constexpr char kNotFound[] = "NOT_FOUND RESOURCE_NOT_FOUND";
constexpr char kNotNow[] = "FAILED_PRECONDITION STATE_INVALID";
constexpr char kDenied[] = "PERMISSION_DENIED PERMISSION_DENIED";

constexpr char kEvent[] =
    "kind: WORKSHOP mode: ONLINE time_zone: 'UTC' title { texts { key: 'en' value: 'T' } } "
    "default_language: 'en' civil_start: '2096-05-01T10:00:00' civil_end: '2096-05-01T11:00:00'";
constexpr char kSession[] =
    "title { texts { key: 'en' value: 'T' } } start_time { seconds: 3982147200 } "
    "end_time { seconds: 3982150800 }";
constexpr char kRegistration[] =
    "category: 'guest' attendee { email: 'somebody@example.org' given_name: 'S' }";

std::vector<MethodAccess> Rows() {
  return {
      {Access("CreateOrganizer"), kOperator,
       "organizer_id: 'gamma' organizer { display_name: 'G' } validate_only: true"},
      {Access("GetOrganizer"), kInside | kPeer, "name: '{organizer}'"},
      {Access("ListOrganizers"), kInside | kForeign, ""},
      {Access("UpdateOrganizer"), kOwners,
       "organizer { name: '{organizer}' display_name: 'A' } validate_only: true"},
      {Access("CreatePartner"), kManagers,
       "parent: '{organizer}' partner { display_name: 'P' } validate_only: true"},
      {Access("GetPartner"), kInside, "name: '{partner}'"},
      {Access("ListPartners"), kStaff, "parent: '{organizer}'"},
      {Access("UpdatePartner"), kManagers,
       "partner { name: '{partner}' display_name: 'P' } validate_only: true"},
      {Access("DeletePartner"), kManagers, "name: '{partner}' force: true validate_only: true"},
      {Access("CreateApiKey"), kManagers,
       "parent: '{organizer}' api_key { role: VIEWER display_name: 'K' } validate_only: true"},
      {Access("GetApiKey"), kManagers, "name: '{key}'"},
      {Access("ListApiKeys"), kManagers, "parent: '{organizer}'"},
      {Access("RotateApiKey"), kManagers, "name: '{key}' validate_only: true"},
      {Access("RevokeApiKey"), kManagers, "name: '{key}' validate_only: true"},
      {Access("GetCaller"), kWhoever, ""},
      {Access("ResolveCredential"), kPeer, "credential: 'clq_unknown'",
       "UNAUTHENTICATED CREDENTIALS_INVALID"},
      {Access("ListChanges"), kManagers, "parent: '{organizer}'"},
      {Access("StreamChanges"), kManagers | kPeer, "parent: '{organizer}'"},

      {Events("CreateEvent"), kManagers,
       absl::StrCat("parent: '{organizer}' event { ", kEvent, " } validate_only: true")},
      {Events("GetEvent"), kEveryone, "name: '{event}'"},
      {Events("BatchGetEvents"), kEveryone, "parent: '{organizer}' names: '{event}'"},
      {Events("ListEvents"), kEveryone, "parent: '{organizer}'"},
      {Events("UpdateEvent"), kManagers,
       "event { name: '{event}' topics: 't' } update_mask { paths: 'topics' } validate_only: true"},
      {Events("DeleteEvent"), kManagers, "name: '{draft}' validate_only: true"},
      {Events("PublishEvent"), kManagers, "name: '{draft}' validate_only: true"},
      {Events("CancelEvent"), kManagers, "name: '{event}' validate_only: true"},
      {Events("ArchiveEvent"), kManagers, "name: '{cancelled}' validate_only: true"},
      {Events("CloneEvent"), kManagers,
       "name: '{event}' civil_start: '2096-04-09T14:00:00' validate_only: true"},
      {Events("CreateEventSeries"), kManagers,
       "name: '{event}' recurrence_rule: 'FREQ=WEEKLY;COUNT=3' validate_only: true"},
      {Events("ExportCalendar"), kEveryone, "parent: '{organizer}' names: '{event}'"},
      {Events("CreateSession"), kModerators,
       absl::StrCat("parent: '{event}' session { ", kSession, " } validate_only: true")},
      {Events("GetSession"), kEveryone, "name: '{session}'"},
      {Events("ListSessions"), kEveryone, "parent: '{event}'"},
      {Events("UpdateSession"), kModerators,
       "session { name: '{session}' track: 't' } update_mask { paths: 'track' } "
       "validate_only: true"},
      {Events("DeleteSession"), kModerators, "name: '{session}' validate_only: true"},
      {Events("ListChanges"), kStaff, "parent: '{organizer}'"},
      {Events("StreamChanges"), kStaff | kPeer, "parent: '{organizer}'"},

      {Registrations("CreateRegistration"), kDesks | kPartner,
       absl::StrCat("parent: '{event}' registration { ", kRegistration, " } validate_only: true")},
      {Registrations("BatchCreateRegistrations"), kDesks | kPartner,
       absl::StrCat("parent: '{event}' requests { parent: '{event}' registration { ", kRegistration,
                    " } } validate_only: true")},
      {Registrations("GetRegistration"), kDesks | kModerators | kPartner, "name: '{registration}'"},
      {Registrations("ListRegistrations"), kDesks | kModerators | kPartner | kPeer,
       "parent: '{event}'"},
      {Registrations("UpdateRegistration"), kDesks | kPartner,
       "registration { name: '{registration}' attendee { given_name: 'G' } } "
       "update_mask { paths: 'attendee.given_name' } validate_only: true"},
      {Registrations("CancelRegistration"), kDesks | kPartner,
       "name: '{registration}' validate_only: true"},
      {Registrations("ApproveRegistration"), kManagers, "name: '{pending}' validate_only: true"},
      {Registrations("RejectRegistration"), kManagers,
       "name: '{pending}' reason: 'r' validate_only: true"},
      {Registrations("ExplainAvailability"), kInside | kPeer, "event: '{event}'"},
      {Registrations("VerifySeats"), kManagers, "event: '{event}'"},
      {Registrations("VerifyAllSeats"), kManagers, "parent: '{organizer}'"},
      {Registrations("LimitSeats"), kPeer,
       "event: '{event}' event_uid: '{event_uid}' revision: 3 limits { pool: 'event' size: 10 }"},
      {Registrations("ListChanges"), kInside, "parent: '{organizer}'"},
      {Registrations("StreamChanges"), kInside | kPeer, "parent: '{organizer}'"},

      {Invitations("CreateInvitation"), kManagers,
       "parent: '{event}' invitation { guest { email: 'four@example.org' } category: 'guest' } "
       "validate_only: true"},
      {Invitations("GetInvitation"), kDesks | kModerators, "name: '{invitation}'"},
      {Invitations("ListInvitations"), kDesks | kModerators, "parent: '{event}'"},
      {Invitations("RevokeInvitation"), kManagers, "name: '{invitation}' validate_only: true"},
      {Invitations("SummarizeInvitations"), kStaff, "parent: '{event}'"},
      // Begun once, then found again.
      {Invitations("StartInvitationImport"), kManagers,
       "parent: '{event}' fingerprint: '11111111111111111111111111111111' columns { field: EMAIL } "
       "dry_run: true"},
      // Decided once, then answered again.
      {Invitations("ImportInvitations"), kManagers,
       "parent: '{event}' operation: '{import}' first_record: 1 "
       "records { line: 2 cells: 'five@example.org' }"},

      {Mailings("SendInvitations"), kManagers, "parent: '{event}' validate_only: true"},
      // Nobody's, so that those who may find nothing.
      {Mailings("GetMailing"), kStaff, "name: '{organizer}/mailings/m00000000000000000000000000'",
       kNotFound},
      {Mailings("ListMailings"), kStaff, "parent: '{organizer}'"},
      {Mailings("CancelMailing"), kManagers,
       "name: '{organizer}/mailings/m00000000000000000000000000'", kNotFound},
      {Mailings("ListDeliveries"), kDesks | kModerators, "parent: '{organizer}/mailings/-'"},
      {Mailings("RetryDeliveries"), kManagers,
       "parent: '{organizer}/mailings/m00000000000000000000000000' validate_only: true", kNotFound},
      {Mailings("CreateSuppression"), kManagers,
       "parent: '{organizer}' suppression { email: 'six@example.org' } validate_only: true"},
      {Mailings("ListSuppressions"), kDesks | kModerators, "parent: '{organizer}'"},
      {Mailings("DeleteSuppression"), kManagers,
       "name: '{organizer}/suppressions/s00000000000000000000000000' validate_only: true",
       kNotFound},

      // Their credential is the token: without a good one all are refused alike.
      {Guests("ResolveInvitation"), kWhoever, "token: 'AAAA'", kDenied},
      {Guests("AcceptInvitation"), kWhoever, "token: 'AAAA'", kDenied},
      {Guests("DeclineInvitation"), kWhoever, "token: 'AAAA'", kDenied},
      {Guests("ResolveRegistration"), kWhoever, "token: 'AAAA'", kDenied},
      {Guests("WithdrawRegistration"), kWhoever, "token: 'AAAA'", kDenied},
      {Guests("Unsubscribe"), kWhoever, "token: 'AAAA'", kDenied},

      {Dialogues("CreateDialogue"), kModerators,
       "parent: '{organizer}' dialogue { title: 'D' } validate_only: true"},
      {Dialogues("GetDialogue"), kStaff, "name: '{dialogue}'"},
      {Dialogues("ListDialogues"), kStaff, "parent: '{organizer}'"},
      {Dialogues("UpdateDialogue"), kModerators,
       "dialogue { name: '{dialogue}' title: 'D' } validate_only: true"},
      {Dialogues("DeleteDialogue"), kManagers,
       "name: '{draft_dialogue}' force: true validate_only: true"},
      {Dialogues("OpenDialogue"), kModerators, "name: '{draft_dialogue}' validate_only: true"},
      {Dialogues("StartDialogue"), kModerators, "name: '{dialogue}' validate_only: true"},
      {Dialogues("CloseDialogue"), kModerators, "name: '{dialogue}' validate_only: true"},
      {Dialogues("PublishDialogue"), kModerators, "name: '{draft_dialogue}' validate_only: true",
       "FAILED_PRECONDITION STATE_INVALID"},
      {Dialogues("GetDialogueLinks"), kDesks | kModerators, "name: '{dialogue}'"},
      {Dialogues("GetParticipantLink"), kDesks | kModerators, "name: '{participant}'"},
      {Dialogues("CreateParticipant"), kDesks | kModerators,
       "parent: '{dialogue}' participant {} validate_only: true"},
      {Dialogues("BatchCreateParticipants"), kDesks | kModerators,
       "parent: '{dialogue}' requests { parent: '{dialogue}' participant {} } validate_only: true"},
      {Dialogues("AdmitRegistrations"), kDesks | kModerators,
       "parent: '{dialogue}' validate_only: true"},
      {Dialogues("GetParticipant"), kDesks | kModerators, "name: '{participant}'"},
      {Dialogues("ListParticipants"), kDesks | kModerators, "parent: '{dialogue}'"},
      {Dialogues("UpdateParticipant"), kDesks | kModerators,
       "participant { name: '{participant}' display_name: 'P' } validate_only: true"},
      {Dialogues("RemoveParticipant"), kModerators, "name: '{participant}' validate_only: true"},
      {Dialogues("WatchDialogue"), kStaff, "name: '{dialogue}'"},
      {Dialogues("ListChanges"), kDesks | kModerators, "parent: '{organizer}'"},
      {Dialogues("StreamChanges"), kDesks | kModerators | kPeer, "parent: '{organizer}'"},

      {Statements("CreateStatement"), kModerators,
       "parent: '{dialogue}' statement { text: 'Something new' } validate_only: true"},
      {Statements("BatchCreateStatements"), kModerators,
       "parent: '{dialogue}' requests { parent: '{dialogue}' statement { text: 'Something new' } } "
       "validate_only: true"},
      {Statements("GetStatement"), kStaff, "name: '{statement}'"},
      {Statements("ListStatements"), kStaff, "parent: '{dialogue}'"},
      {Statements("UpdateStatement"), kModerators,
       "statement { name: '{statement}' meta: true } update_mask { paths: 'meta' } "
       "validate_only: true"},
      {Statements("AcceptStatement"), kModerators, "name: '{statement}' validate_only: true"},
      {Statements("RejectStatement"), kModerators,
       "name: '{statement}' reason: 'r' validate_only: true"},
      {Statements("MergeStatement"), kModerators,
       "name: '{statement}' into: '{other_statement}' validate_only: true"},
      {Statements("RewordStatement"), kModerators,
       "name: '{statement}' text: 'Better words' validate_only: true"},
      {Statements("ListModerationEntries"), kStaff, "parent: '{dialogue}'"},
      {Statements("ListVotes"), kStaff, "parent: '{dialogue}'"},
      // Nothing in it, so that it can be repeated.
      {Statements("ImportConversation"), kModerators, "parent: '{draft_dialogue}' run: 1"},

      {Opinions("GetOpinion"), kStaff, "name: '{dialogue}'"},
      {Opinions("ComputeOpinion"), kStaff, "name: '{dialogue}'"},
      {Opinions("ListOpinionSnapshots"), kStaff, "parent: '{dialogue}'"},
      {Opinions("RenderReport"), kStaff, "name: '{dialogue}'"},

      {Agenda("CreateAgendaItem"), kModerators,
       "parent: '{dialogue}' agenda_item { title: 'A' } validate_only: true"},
      {Agenda("GetAgendaItem"), kStaff, "name: '{agenda_item}'"},
      {Agenda("ListAgendaItems"), kStaff, "parent: '{dialogue}'"},
      {Agenda("UpdateAgendaItem"), kModerators,
       "agenda_item { name: '{agenda_item}' title: 'B' } validate_only: true"},
      {Agenda("DeleteAgendaItem"), kModerators, "name: '{agenda_item}' validate_only: true"},
      {Agenda("MoveAgendaItem"), kModerators, "name: '{agenda_item}' validate_only: true"},
      // The dialogue is OPEN: its meeting is not on.
      {Agenda("StartAgendaItem"), kModerators, "name: '{agenda_item}'", kNotNow},
      {Agenda("ExtendAgendaItem"), kModerators, "name: '{agenda_item}' minutes: 5", kNotNow},
      {Agenda("FinishAgendaItem"), kModerators, "name: '{agenda_item}'", kNotNow},
      {Agenda("CreateSpeakerRequest"), kModerators,
       "parent: '{dialogue}' speaker_request { participant: '{participant}' }", kNotNow},
      {Agenda("ListSpeakerRequests"), kStaff, "parent: '{dialogue}'"},
      {Agenda("CallSpeakerRequest"), kModerators, "name: '{speaker_request}'", kNotNow},
      {Agenda("CallNextSpeaker"), kModerators, "parent: '{dialogue}'", kNotNow},
      {Agenda("BeginSpeakerRequest"), kModerators, "name: '{speaker_request}'", kNotNow},
      {Agenda("PauseSpeakerRequest"), kModerators, "name: '{speaker_request}'", kNotNow},
      {Agenda("EndSpeakerRequest"), kModerators, "name: '{speaker_request}'", kNotNow},
      {Agenda("WithdrawSpeakerRequest"), kModerators,
       "name: '{speaker_request}' validate_only: true"},
      {Agenda("SummarizeSpeaking"), kStaff, "parent: '{dialogue}'"},

      {Polls("CreatePoll"), kModerators,
       "parent: '{dialogue}' poll { question: 'Q' method: CHOICE options { text: 'A' } "
       "options { text: 'B' } } validate_only: true"},
      {Polls("GetPoll"), kStaff, "name: '{poll}'"},
      {Polls("ListPolls"), kStaff, "parent: '{dialogue}'"},
      {Polls("UpdatePoll"), kModerators,
       "poll { name: '{poll}' question: 'R' } validate_only: true"},
      {Polls("DeletePoll"), kModerators, "name: '{poll}' validate_only: true"},
      {Polls("OpenPoll"), kModerators, "name: '{poll}' validate_only: true"},
      // It is a draft.
      {Polls("ClosePoll"), kModerators, "name: '{poll}'", kNotNow},
      {Polls("ListBallots"), kStaff, "parent: '{poll}'", kNotNow},

      {Outcomes("CreateDecision"), kModerators,
       "parent: '{dialogue}' decision { text: 'D' } validate_only: true"},
      {Outcomes("GetDecision"), kStaff, "name: '{decision}'"},
      {Outcomes("ListDecisions"), kStaff, "parent: '{dialogue}'"},
      {Outcomes("UpdateDecision"), kModerators,
       "decision { name: '{decision}' text: 'E' } validate_only: true"},
      {Outcomes("DeleteDecision"), kModerators, "name: '{decision}' validate_only: true"},
      {Outcomes("CreateActionItem"), kModerators,
       "parent: '{dialogue}' action_item { title: 'T' owner: 'O' } validate_only: true"},
      {Outcomes("GetActionItem"), kStaff, "name: '{action_item}'"},
      {Outcomes("ListActionItems"), kStaff, "parent: '{dialogue}'"},
      {Outcomes("UpdateActionItem"), kModerators,
       "action_item { name: '{action_item}' title: 'U' } validate_only: true"},
      {Outcomes("DeleteActionItem"), kModerators, "name: '{action_item}' validate_only: true"},

      // As guests': the token decides.
      {Seats("GetLobby"), kWhoever, "join_token: 'AAAA'", kDenied},
      {Seats("Join"), kWhoever,
       "join_token: 'AAAA' seat_id: '7f5ecbd0-1c5b-4f6c-9b1e-3f0f5b8f2a11'", kDenied},
      {Seats("GetSeat"), kWhoever, "token: 'AAAA'", kDenied},
      {Seats("GetPresentation"), kWhoever, "presenter_token: 'AAAA'", kDenied},
      {Seats("NextStatement"), kWhoever, "token: 'AAAA'", kDenied},
      {Seats("CastVote"), kWhoever, "token: 'AAAA' statement: 0 value: AGREE", kDenied},
      {Seats("WriteStatement"), kWhoever, "token: 'AAAA' text: 'T'", kDenied},
      {Seats("AskToSpeak"), kWhoever, "token: 'AAAA'", kDenied},
      {Seats("CancelSpeaking"), kWhoever, "token: 'AAAA'", kDenied},
      {Seats("CastBallot"), kWhoever, "token: 'AAAA' poll: 1 ballot {}", kDenied},
      {Seats("ReadReport"), kWhoever, "token: 'AAAA'", kDenied},
      {Seats("WatchRoom"), kWhoever, "token: 'AAAA'", kDenied},

      // Their names do not say whose they are: others find nothing, whether it exists or not.
      {Operations("ListOperations"), kManagers | kForeign, "name: 'operations'"},
      {Operations("GetOperation"), kManagers, "name: '{operation}'", "OK", kNotFound},
      {Operations("WaitOperation"), kManagers, "name: '{operation}'", "OK", kNotFound},
      {Operations("CancelOperation"), kManagers, "name: '{operation}'", "OK", kNotFound},
      // Those who may meet one that is not there: the operation is needed by all callers.
      {Operations("DeleteOperation"), kManagers, "name: 'operations/o1a2b3c4d5e6f7g8h9j0kmnpqrs'",
       kNotFound, kNotFound},
  };
}

}  // namespace

const std::vector<CallerKind>& CallerKinds() {
  static const auto* kinds = new std::vector<CallerKind>{
      {kNone, "none"},       {kOperator, "operator"},   {kOwner, "owner"},
      {kManager, "manager"}, {kModerator, "moderator"}, {kDesk, "desk"},
      {kViewer, "viewer"},   {kPartner, "partner"},     {kForeign, "foreign"},
      {kPeer, "peer"},
  };
  return *kinds;
}

const std::vector<MethodAccess>& AccessTable() {
  static const auto* table = new std::vector<MethodAccess>(Rows());
  return *table;
}

}  // namespace colloquy::test
