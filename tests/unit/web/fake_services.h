// Services made up for tests of the pages, behind a real gRPC server, and the site in front of
// them.
#ifndef COLLOQUY_TESTS_UNIT_WEB_FAKE_SERVICES_H_
#define COLLOQUY_TESTS_UNIT_WEB_FAKE_SERVICES_H_

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "colloquy/access/v1/access.grpc.pb.h"
#include "colloquy/dialogues/v1/seats.grpc.pb.h"
#include "colloquy/events/v1/events.grpc.pb.h"
#include "colloquy/registrations/v1/guests.grpc.pb.h"
#include "grpcpp/server.h"
#include "services/web/site.h"
#include "tests/unit/web/client.h"

namespace colloquy::web {

inline constexpr char kEvent[] = "organizers/demo/events/dialogue";

// "de" and "en", in Jena next year, with a form that has a question of every kind.
events::v1::Event SampleEvent();

class FakeGuests final : public registrations::v1::GuestsService::Service {
 public:
  FakeGuests();

  // What is behind the links; tests change it. `calls` names the methods that were called, reading
  // ones too. `failure`: what changing methods answer.
  std::map<std::string, registrations::v1::ResolveInvitationResponse> invitations;
  std::map<std::string, registrations::v1::ResolveRegistrationResponse> registrations;
  registrations::v1::AcceptInvitationRequest accepted;
  registrations::v1::DeclineInvitationRequest declined;
  registrations::v1::WithdrawRegistrationRequest withdrawn;
  std::vector<std::string> unsubscribed;
  std::vector<std::string> changes;
  absl::Status failure;

  grpc::Status ResolveInvitation(grpc::ServerContext*,
                                 const registrations::v1::ResolveInvitationRequest*,
                                 registrations::v1::ResolveInvitationResponse*) override;
  grpc::Status AcceptInvitation(grpc::ServerContext*,
                                const registrations::v1::AcceptInvitationRequest*,
                                registrations::v1::AcceptInvitationResponse*) override;
  grpc::Status DeclineInvitation(grpc::ServerContext*,
                                 const registrations::v1::DeclineInvitationRequest*,
                                 registrations::v1::Invitation*) override;
  grpc::Status ResolveRegistration(grpc::ServerContext*,
                                   const registrations::v1::ResolveRegistrationRequest*,
                                   registrations::v1::ResolveRegistrationResponse*) override;
  grpc::Status WithdrawRegistration(grpc::ServerContext*,
                                    const registrations::v1::WithdrawRegistrationRequest*,
                                    registrations::v1::Registration*) override;
  grpc::Status Unsubscribe(grpc::ServerContext*, const registrations::v1::UnsubscribeRequest*,
                           google::protobuf::Empty*) override;

 private:
  grpc::Status Change(const char* method);
};

class FakeEvents final : public events::v1::EventsService::Service {
 public:
  std::map<std::string, events::v1::Event> events;
  std::vector<events::v1::Session> sessions;
  std::string next_page_token;
  events::v1::ListEventsRequest listed;
  events::v1::ExportCalendarRequest exported;
  std::string exported_by;  // the credential

  grpc::Status GetEvent(grpc::ServerContext*, const events::v1::GetEventRequest*,
                        events::v1::Event*) override;
  grpc::Status ListEvents(grpc::ServerContext*, const events::v1::ListEventsRequest*,
                          events::v1::ListEventsResponse*) override;
  grpc::Status ListSessions(grpc::ServerContext*, const events::v1::ListSessionsRequest*,
                            events::v1::ListSessionsResponse*) override;
  grpc::Status ExportCalendar(grpc::ServerContext*, const events::v1::ExportCalendarRequest*,
                              events::v1::ExportCalendarResponse*) override;
};

class FakeAccess final : public access::v1::AccessService::Service {
 public:
  std::string display_name = "Dialogue office";

  grpc::Status GetOrganizer(grpc::ServerContext*, const access::v1::GetOrganizerRequest*,
                            access::v1::Organizer*) override;
};

// A dialogue that is LIVE, with two statements: "seat" opens a seat in it, "join" its lobby,
// "stage" its presenter's view.
class FakeSeats final : public dialogues::v1::SeatsService::Service {
 public:
  FakeSeats();

  dialogues::v1::Dialogue dialogue;
  dialogues::v1::Seat seat;
  dialogues::v1::JoinRequest joined;
  dialogues::v1::CastVoteRequest voted;
  dialogues::v1::WriteStatementRequest written;
  dialogues::v1::AskToSpeakRequest asked;
  dialogues::v1::CastBallotRequest cast;
  bool cancelled = false;
  absl::Status failure;  // what changing methods answer

  // What every stream of the room begins with, and then gets; streams end when the test does.
  dialogues::v1::RoomUpdate whole;
  void Publish(const dialogues::v1::RoomUpdate& update);
  // Ends all streams with that error, and those to come.
  void Break(const absl::Status& error);
  // Until streams end by themselves.
  void Stop();
  int streams_begun();
  bool AwaitStreams(int open);  // so many are open now; false after some seconds

  grpc::Status GetLobby(grpc::ServerContext*, const dialogues::v1::GetLobbyRequest*,
                        dialogues::v1::Dialogue*) override;
  grpc::Status Join(grpc::ServerContext*, const dialogues::v1::JoinRequest*,
                    dialogues::v1::JoinResponse*) override;
  grpc::Status GetSeat(grpc::ServerContext*, const dialogues::v1::GetSeatRequest*,
                       dialogues::v1::Seat*) override;
  grpc::Status GetPresentation(grpc::ServerContext*, const dialogues::v1::GetPresentationRequest*,
                               dialogues::v1::Presentation*) override;
  grpc::Status NextStatement(grpc::ServerContext*, const dialogues::v1::NextStatementRequest*,
                             dialogues::v1::NextStatementResponse*) override;
  grpc::Status CastVote(grpc::ServerContext*, const dialogues::v1::CastVoteRequest*,
                        dialogues::v1::CastVoteResponse*) override;
  grpc::Status WriteStatement(grpc::ServerContext*, const dialogues::v1::WriteStatementRequest*,
                              dialogues::v1::Statement*) override;
  grpc::Status AskToSpeak(grpc::ServerContext*, const dialogues::v1::AskToSpeakRequest*,
                          dialogues::v1::SpeakerRequest*) override;
  grpc::Status CancelSpeaking(grpc::ServerContext*, const dialogues::v1::CancelSpeakingRequest*,
                              google::protobuf::Empty*) override;
  grpc::Status CastBallot(grpc::ServerContext*, const dialogues::v1::CastBallotRequest*,
                          dialogues::v1::CastBallotResponse*) override;
  grpc::Status ReadReport(grpc::ServerContext*, const dialogues::v1::ReadReportRequest*,
                          dialogues::v1::RenderReportResponse*) override;
  grpc::Status WatchRoom(grpc::ServerContext*, const dialogues::v1::WatchRoomRequest*,
                         grpc::ServerWriter<dialogues::v1::RoomUpdate>*) override;

 private:
  absl::Mutex mutex_;
  std::vector<dialogues::v1::RoomUpdate> updates_ ABSL_GUARDED_BY(mutex_);
  absl::Status broken_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int begun_ ABSL_GUARDED_BY(mutex_) = 0;
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
};

class SiteTest : public testing::Test {
 protected:
  SiteTest();
  ~SiteTest() override;

  Received Get(absl::string_view path, absl::string_view headers = "");
  Received Post(absl::string_view path, absl::string_view form);

  // Everything that was logged so far.
  std::string Logged();

  FakeGuests guests_;
  FakeEvents events_;
  FakeAccess access_;
  FakeSeats seats_;
  std::unique_ptr<Site> site_;

 private:
  absl::Mutex mutex_;
  std::string lines_ ABSL_GUARDED_BY(mutex_);
  const std::unique_ptr<telemetry::Log> log_;
  telemetry::Metrics metrics_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace colloquy::web

#endif  // COLLOQUY_TESTS_UNIT_WEB_FAKE_SERVICES_H_
