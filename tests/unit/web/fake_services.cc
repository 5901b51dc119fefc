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
  server_ = builder.BuildAndStart();
  const auto channel = server_->InProcessChannel({});
  SiteOptions options;
  options.calls.access = options.calls.events = options.calls.registrations = channel;
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
