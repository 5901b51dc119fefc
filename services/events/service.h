// colloquy.events.v1.EventsService: one function an RPC.
#ifndef COLLOQUY_SERVICES_EVENTS_SERVICE_H_
#define COLLOQUY_SERVICES_EVENTS_SERVICE_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "google/protobuf/empty.pb.h"
#include "services/common/auth/permissions.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/common/resource/page_token.h"
#include "services/common/resource/request_ids.h"
#include "services/common/rpc/answer_memory.h"
#include "services/common/rpc/service.h"
#include "services/events/rules/lifecycle.h"
#include "services/events/rules/visibility.h"
#include "services/events/store/store.h"

namespace colloquy::events {

// Who may call what, for the server's table.
std::vector<auth::Permission> Permissions();

// The tables, for db.Migrate.
std::vector<db::Schema> Schemas();

// Asks the owner of the seats (RegistrationsService.LimitSeats) before fewer are promised. Its
// refusal is answered as it is.
using SeatLimiter = std::function<absl::Status(const registrations::v1::LimitSeatsRequest& request,
                                               absl::Time deadline)>;

// Handlers are thread-safe and may be called without gRPC.
class EventsService {
 public:
  struct Options {
    SeatLimiter limit_seats;
    std::function<absl::Time()> now = absl::Now;
  };

  // All must outlive the service. `db` is migrated.
  EventsService(db::Database& db, feed::Feed& feed, const resource::PageTokens& tokens,
                Options options);

  void Mount(rpc::Service& table);

  // Moves future events whose zone's rules changed since they were stored: the civil time is kept.
  // The number of events moved. For the start of a server.
  absl::StatusOr<int> FollowZoneRules();

  using Call = rpc::CallContext;
  using Empty = google::protobuf::Empty;
  absl::StatusOr<v1::Event> CreateEvent(const Call& call, const v1::CreateEventRequest& request);
  absl::StatusOr<v1::Event> GetEvent(const Call& call, const v1::GetEventRequest& request);
  absl::StatusOr<v1::BatchGetEventsResponse> BatchGetEvents(
      const Call& call, const v1::BatchGetEventsRequest& request);
  absl::StatusOr<v1::ListEventsResponse> ListEvents(const Call& call,
                                                    const v1::ListEventsRequest& request);
  absl::StatusOr<v1::Event> UpdateEvent(const Call& call, const v1::UpdateEventRequest& request);
  absl::StatusOr<Empty> DeleteEvent(const Call& call, const v1::DeleteEventRequest& request);
  absl::StatusOr<v1::Event> PublishEvent(const Call& call, const v1::PublishEventRequest& request);
  absl::StatusOr<v1::Event> CancelEvent(const Call& call, const v1::CancelEventRequest& request);
  absl::StatusOr<v1::Event> ArchiveEvent(const Call& call, const v1::ArchiveEventRequest& request);
  absl::StatusOr<v1::Event> CloneEvent(const Call& call, const v1::CloneEventRequest& request);
  absl::StatusOr<v1::CreateEventSeriesResponse> CreateEventSeries(
      const Call& call, const v1::CreateEventSeriesRequest& request);
  absl::StatusOr<v1::ExportCalendarResponse> ExportCalendar(
      const Call& call, const v1::ExportCalendarRequest& request);
  absl::StatusOr<v1::Session> CreateSession(const Call& call,
                                            const v1::CreateSessionRequest& request);
  absl::StatusOr<v1::Session> GetSession(const Call& call, const v1::GetSessionRequest& request);
  absl::StatusOr<v1::ListSessionsResponse> ListSessions(const Call& call,
                                                        const v1::ListSessionsRequest& request);
  absl::StatusOr<v1::Session> UpdateSession(const Call& call,
                                            const v1::UpdateSessionRequest& request);
  absl::StatusOr<Empty> DeleteSession(const Call& call, const v1::DeleteSessionRequest& request);

 private:
  // An event that the caller may see; NOT_FOUND for staff, PERMISSION_DENIED for others, if there
  // is none such.
  absl::StatusOr<v1::Event> Visible(db::Transaction& tx, const Call& call,
                                    const std::string& organizer, const std::string& id,
                                    const std::string& name, bool lock = false);
  // As answered: derived state, texts resolved, without what the caller must not see.
  void Show(const Call& call, rules::Audience audience, absl::string_view language,
            v1::Event* event) const;
  // Reads an event for change, lets `change` work on it, stores it with its feed record and, if
  // the call has a request id, with the answer to be replayed.
  absl::StatusOr<v1::Event> Change(
      const Call& call, const std::string& name, const std::string& etag, bool validate_only,
      const std::function<absl::Status(db::Transaction&, v1::Event&)>& change,
      const resource::Once& once = {});
  absl::Status Store(db::Transaction& tx, const Call& call, const v1::Event& before,
                     v1::Event* event);
  // The session of these ids, locked with its event, if `method` is allowed; its event.
  absl::StatusOr<v1::Event> FindToChange(db::Transaction& tx, const Call& call,
                                         rules::Method method, const std::vector<std::string>& ids,
                                         const std::string& name, v1::Session* session);
  absl::Status InsertNew(db::Transaction& tx, const Call& call, const v1::Event& event,
                         const std::vector<v1::Session>& sessions);
  // The copy of `event` that starts at `civil_start`, with its sessions; INVALID_ARGUMENT if the
  // clock skips it.
  struct Copy {
    v1::Event event;
    std::vector<v1::Session> sessions;
  };
  absl::StatusOr<Copy> CopyOf(const v1::Event& event, const std::vector<v1::Session>& sessions,
                              absl::CivilSecond start, const std::string& id) const;
  // By civil start.
  using EventsByStart = std::map<std::string, v1::Event>;
  // The events of the series that begins with `head`.
  absl::StatusOr<EventsByStart> InSeries(db::Transaction& tx, const std::string& organizer,
                                         const std::string& head);
  absl::Status AskForSeats(const Call& call, const v1::Event& before, const v1::Event& after,
                           const v1::UpdateEventRequest& request);

  db::Database& db_;
  feed::Feed& feed_;
  const resource::PageTokens& tokens_;
  const Options options_;
  rpc::AnswerMemory answers_;
};

}  // namespace colloquy::events

#endif  // COLLOQUY_SERVICES_EVENTS_SERVICE_H_
