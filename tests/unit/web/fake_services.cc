#include "tests/unit/web/fake_services.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/status.h"

namespace colloquy::web {
namespace {

using registrations::v1::Invitation;
using registrations::v1::Registration;

constexpr char kSample[] = R"pb(
  name: "organizers/demo/events/dialogue"
  state: PUBLISHED
  kind: RESEARCH_DIALOGUE
  mode: IN_PERSON
  default_language: "en"
  title {
    texts { key: "en" value: "Sensors dialogue" }
    texts { key: "de" value: "Sensorik-Dialog" }
  }
  summary { texts { key: "en" value: "What sensors should do." } }
  description {
    texts { key: "en" value: "Come and talk.\n\n- Morning: needs\n- Afternoon: ideas" }
  }
  languages: "de"
  languages: "en"
  topics: "sensors"
  time_zone: "Europe/Berlin"
  start_time { seconds: 1809676800 }
  end_time { seconds: 1809698400 }
  venue {
    display_name: "Volkshaus"
    room: "Ernst Abbe"
    address {
      region_code: "DE"
      postal_code: "07743"
      locality: "Jena"
      address_lines: "Carl-Zeiss-Platz 15"
    }
  }
  online_uri: "https://meet.example.org/secret"
  contact_email: "office@example.org"
  form {
    id: "company"
    type: ORGANISATION
    required: true
    label { texts { key: "en" value: "Company" } }
  }
  form {
    id: "diet"
    type: CHOICE
    label {
      texts { key: "en" value: "Diet" }
      texts { key: "de" value: "Essen" }
    }
    options {
      value: "all"
      label { texts { key: "en" value: "Everything" } }
    }
    options {
      value: "vegan"
      label { texts { key: "en" value: "Vegan" } }
    }
  }
  form {
    id: "interests"
    type: MULTI_CHOICE
    label { texts { key: "en" value: "Interests" } }
    options {
      value: "a"
      label { texts { key: "en" value: "Optics" } }
    }
    options {
      value: "b"
      label { texts { key: "en" value: "Sound" } }
    }
  }
  form {
    id: "years"
    type: NUMBER
    label { texts { key: "en" value: "Years" } }
    help { texts { key: "en" value: "Roughly" } }
  }
  form {
    id: "arrival"
    type: DATE
    label { texts { key: "en" value: "Arrival" } }
  }
  form {
    id: "country"
    type: COUNTRY
    label { texts { key: "en" value: "Country" } }
  }
  form {
    id: "notes"
    type: LONG_TEXT
    label { texts { key: "en" value: "Notes" } }
  }
  form {
    id: "allergy"
    type: TEXT
    label { texts { key: "en" value: "Which allergy?" } }
    shown_if { field: "diet" values: "vegan" }
  }
  form {
    id: "photos"
    type: CONSENT
    required: true
    label { texts { key: "en" value: "Photos may be taken" } }
  }
)pb";

grpc::Status Denied() {
  return rpc::ToGrpc(errors::PermissionDenied("/colloquy.registrations.v1.GuestsService/x"));
}

}  // namespace

events::v1::Event SampleEvent() {
  events::v1::Event event;
  if (!google::protobuf::TextFormat::ParseFromString(kSample, &event)) std::abort();
  return event;
}

FakeGuests::FakeGuests() {
  registrations::v1::ResolveInvitationResponse& invitation = invitations["good"];
  *invitation.mutable_event() = SampleEvent();
  invitation.mutable_invitation()->set_state(Invitation::SENT);
  invitation.mutable_invitation()->mutable_guest()->set_given_name("Ada");
  invitation.mutable_invitation()->mutable_guest()->set_family_name("Abbe");
  invitation.mutable_invitation()->set_party_size(3);
  invitation.set_organizer_display_name("Dialogue office");
  invitation.set_acceptable(true);
  registrations::v1::ResolveRegistrationResponse& registration = registrations["mine"];
  *registration.mutable_event() = SampleEvent();
  registration.mutable_registration()->set_state(Registration::CONFIRMED);
  registration.mutable_registration()->set_party_size(2);
  registration.mutable_registration()->set_check_in_code("ABCDEFGHJKMNPQRSTVWXYZ0123");
  registration.set_organizer_display_name("Dialogue office");
}

grpc::Status FakeGuests::Change(const char* method) {
  changes.emplace_back(method);
  return rpc::ToGrpc(failure);
}

grpc::Status FakeGuests::ResolveInvitation(
    grpc::ServerContext*, const registrations::v1::ResolveInvitationRequest* request,
    registrations::v1::ResolveInvitationResponse* response) {
  const auto found = invitations.find(request->token());
  if (found == invitations.end()) return Denied();
  *response = found->second;
  return grpc::Status::OK;
}

grpc::Status FakeGuests::AcceptInvitation(grpc::ServerContext*,
                                          const registrations::v1::AcceptInvitationRequest* request,
                                          registrations::v1::AcceptInvitationResponse* response) {
  accepted = *request;
  response->set_registration_token("mine");
  return Change("AcceptInvitation");
}

grpc::Status FakeGuests::DeclineInvitation(
    grpc::ServerContext*, const registrations::v1::DeclineInvitationRequest* request,
    registrations::v1::Invitation*) {
  declined = *request;
  if (!invitations.contains(request->token())) return Denied();
  invitations[request->token()].mutable_invitation()->set_state(Invitation::DECLINED);
  return Change("DeclineInvitation");
}

grpc::Status FakeGuests::ResolveRegistration(
    grpc::ServerContext*, const registrations::v1::ResolveRegistrationRequest* request,
    registrations::v1::ResolveRegistrationResponse* response) {
  const auto found = registrations.find(request->token());
  if (found == registrations.end()) return Denied();
  *response = found->second;
  return grpc::Status::OK;
}

grpc::Status FakeGuests::WithdrawRegistration(
    grpc::ServerContext*, const registrations::v1::WithdrawRegistrationRequest* request,
    registrations::v1::Registration*) {
  withdrawn = *request;
  return Change("WithdrawRegistration");
}

grpc::Status FakeGuests::Unsubscribe(grpc::ServerContext*,
                                     const registrations::v1::UnsubscribeRequest* request,
                                     google::protobuf::Empty*) {
  if (!invitations.contains(request->token())) return Denied();
  unsubscribed.push_back(request->token());
  invitations[request->token()].mutable_invitation()->set_state(Invitation::OPTED_OUT);
  return Change("Unsubscribe");
}

grpc::Status FakeEvents::GetEvent(grpc::ServerContext*, const events::v1::GetEventRequest* request,
                                  events::v1::Event* response) {
  const auto found = events.find(request->name());
  if (found == events.end()) {
    return rpc::ToGrpc(errors::NotFound("colloquy/Event", request->name()));
  }
  *response = found->second;
  return grpc::Status::OK;
}

grpc::Status FakeEvents::ListEvents(grpc::ServerContext*,
                                    const events::v1::ListEventsRequest* request,
                                    events::v1::ListEventsResponse* response) {
  listed = *request;
  for (const auto& [name, event] : events) *response->add_events() = event;
  response->set_next_page_token(next_page_token);
  return grpc::Status::OK;
}

grpc::Status FakeEvents::ListSessions(grpc::ServerContext*, const events::v1::ListSessionsRequest*,
                                      events::v1::ListSessionsResponse* response) {
  for (const auto& session : sessions) *response->add_sessions() = session;
  return grpc::Status::OK;
}

grpc::Status FakeEvents::ExportCalendar(grpc::ServerContext* context,
                                        const events::v1::ExportCalendarRequest* request,
                                        events::v1::ExportCalendarResponse* response) {
  // A new DTSTAMP every time, as the service writes.
  static std::atomic<int> stamp{0};
  exported = *request;
  const auto credential = context->client_metadata().find("authorization");
  exported_by = credential == context->client_metadata().end()
                    ? ""
                    : std::string(credential->second.data(), credential->second.size());
  response->set_content(
      absl::StrCat("BEGIN:VCALENDAR\r\nDTSTAMP:", ++stamp, "\r\nEND:VCALENDAR\r\n"));
  response->set_content_type("text/calendar; charset=utf-8");
  return grpc::Status::OK;
}

grpc::Status FakeAccess::GetOrganizer(grpc::ServerContext* context,
                                      const access::v1::GetOrganizerRequest* request,
                                      access::v1::Organizer* response) {
  // Only services may read it.
  if (context->client_metadata().count("authorization") == 0) return Denied();
  if (request->name() != "organizers/demo") {
    return rpc::ToGrpc(errors::NotFound("colloquy/Organizer", request->name()));
  }
  response->set_display_name(display_name);
  return grpc::Status::OK;
}

FakeSeats::FakeSeats() {
  dialogue.set_name("organizers/demo/dialogues/sensors");
  dialogue.set_title("Sensors <for> cities");
  dialogue.set_state(dialogues::v1::Dialogue::LIVE);
  *seat.mutable_participant()->mutable_name() = absl::StrCat(dialogue.name(), "/participants/12");
  seat.mutable_participant()->set_pseudonym("Participant 12");
  whole.set_cursor("c1");
  whole.set_reset(true);
}

void FakeSeats::Publish(const dialogues::v1::RoomUpdate& update) {
  absl::MutexLock lock(&mutex_);
  updates_.push_back(update);
}

void FakeSeats::Break(const absl::Status& error) {
  absl::MutexLock lock(&mutex_);
  broken_ = error;
}

void FakeSeats::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
}

int FakeSeats::streams_begun() {
  absl::MutexLock lock(&mutex_);
  return begun_;
}

bool FakeSeats::AwaitStreams(int open) {
  absl::MutexLock lock(&mutex_);
  const auto reached = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return open_ == open; };
  return mutex_.AwaitWithTimeout(absl::Condition(&reached), absl::Seconds(10));
}

grpc::Status FakeSeats::GetLobby(grpc::ServerContext*,
                                 const dialogues::v1::GetLobbyRequest* request,
                                 dialogues::v1::Dialogue* response) {
  if (request->join_token() != "join") return Denied();
  *response = dialogue;
  return grpc::Status::OK;
}

grpc::Status FakeSeats::Join(grpc::ServerContext*, const dialogues::v1::JoinRequest* request,
                             dialogues::v1::JoinResponse* response) {
  joined = *request;
  response->set_token("seat");
  return rpc::ToGrpc(failure);
}

grpc::Status FakeSeats::GetSeat(grpc::ServerContext*, const dialogues::v1::GetSeatRequest* request,
                                dialogues::v1::Seat* response) {
  if (request->token() != "seat") return Denied();
  *response = seat;
  *response->mutable_dialogue() = dialogue;
  return grpc::Status::OK;
}

grpc::Status FakeSeats::GetPresentation(grpc::ServerContext*,
                                        const dialogues::v1::GetPresentationRequest* request,
                                        dialogues::v1::Presentation* response) {
  if (request->presenter_token() != "stage") return Denied();
  *response->mutable_dialogue() = dialogue;
  response->set_join_token("join");
  return grpc::Status::OK;
}

grpc::Status FakeSeats::NextStatement(grpc::ServerContext*,
                                      const dialogues::v1::NextStatementRequest*,
                                      dialogues::v1::NextStatementResponse* response) {
  response->mutable_statement()->set_name(absl::StrCat(dialogue.name(), "/statements/7"));
  response->mutable_statement()->set_text("Noise <b>matters</b>");
  (*response->mutable_statement()->mutable_translations())["de"] = "Lärm zählt";
  response->set_remaining_count(2);
  return grpc::Status::OK;
}

grpc::Status FakeSeats::CastVote(grpc::ServerContext*,
                                 const dialogues::v1::CastVoteRequest* request,
                                 dialogues::v1::CastVoteResponse* response) {
  voted = *request;
  response->set_sequence(5);
  return rpc::ToGrpc(failure);
}

grpc::Status FakeSeats::WriteStatement(grpc::ServerContext*,
                                       const dialogues::v1::WriteStatementRequest* request,
                                       dialogues::v1::Statement*) {
  written = *request;
  return rpc::ToGrpc(failure);
}

grpc::Status FakeSeats::AskToSpeak(grpc::ServerContext*,
                                   const dialogues::v1::AskToSpeakRequest* request,
                                   dialogues::v1::SpeakerRequest*) {
  asked = *request;
  return rpc::ToGrpc(failure);
}

grpc::Status FakeSeats::CancelSpeaking(grpc::ServerContext*,
                                       const dialogues::v1::CancelSpeakingRequest*,
                                       google::protobuf::Empty*) {
  cancelled = true;
  return rpc::ToGrpc(failure);
}

grpc::Status FakeSeats::CastBallot(grpc::ServerContext*,
                                   const dialogues::v1::CastBallotRequest* request,
                                   dialogues::v1::CastBallotResponse*) {
  cast = *request;
  return rpc::ToGrpc(failure);
}

grpc::Status FakeSeats::ReadReport(grpc::ServerContext*,
                                   const dialogues::v1::ReadReportRequest* request,
                                   dialogues::v1::RenderReportResponse* response) {
  if (request->token() != "seat") return Denied();
  response->set_content_type("text/html; charset=utf-8");
  response->set_data("<style>p{}</style><p>Report</p>");
  return grpc::Status::OK;
}

grpc::Status FakeSeats::WatchRoom(grpc::ServerContext* context,
                                  const dialogues::v1::WatchRoomRequest*,
                                  grpc::ServerWriter<dialogues::v1::RoomUpdate>* writer) {
  absl::MutexLock lock(&mutex_);
  ++begun_;
  ++open_;
  size_t sent = 0;
  if (broken_.ok()) writer->Write(whole);
  while (broken_.ok() && !stopping_ && !context->IsCancelled()) {
    for (; sent < updates_.size(); ++sent) writer->Write(updates_[sent]);
    const auto changed = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return !broken_.ok() || stopping_ || sent < updates_.size();
    };
    // A cancellation wakes nobody.
    mutex_.AwaitWithTimeout(absl::Condition(&changed), absl::Milliseconds(20));
  }
  --open_;
  return rpc::ToGrpc(broken_);
}

SiteTest::SiteTest()
    : log_(telemetry::Log::ToSink(telemetry::Level::kDebug, [this](absl::string_view line) {
        absl::MutexLock lock(&mutex_);
        absl::StrAppend(&lines_, line, "\n");
      })) {
  events_.events[kEvent] = SampleEvent();
  grpc::ServerBuilder builder;
  builder.RegisterService(&guests_);
  builder.RegisterService(&events_);
  builder.RegisterService(&access_);
  builder.RegisterService(&seats_);
  server_ = builder.BuildAndStart();
  const auto channel = server_->InProcessChannel({});
  SiteOptions options;
  options.calls.access = options.calls.events = options.calls.registrations = channel;
  options.calls.dialogues = channel;
  options.calls.identify = [](grpc::ClientContext& context) {
    context.AddMetadata("authorization", "Bearer web");
  };
  options.log = log_.get();
  options.metrics = &metrics_;
  options.guesses_at_once = 5;
  options.now = [] { return absl::FromUnixSeconds(1'800'000'000); };  // before the event
  auto site = Site::Start(std::move(options));
  if (!site.ok()) std::abort();
  site_ = *std::move(site);
}

SiteTest::~SiteTest() {
  site_.reset();
  server_->Shutdown();
}

Received SiteTest::Get(absl::string_view path, absl::string_view headers) {
  return Client(site_->port()).Get(path, headers);
}

Received SiteTest::Post(absl::string_view path, absl::string_view form) {
  return Client(site_->port()).Post(path, form);
}

std::string SiteTest::Logged() {
  absl::MutexLock lock(&mutex_);
  return lines_;
}

}  // namespace colloquy::web
