#include "services/events/service.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/masks.h"
#include "services/common/resource/request_ids.h"
#include "services/common/rpc/db_options.h"
#include "services/events/parts.h"
#include "services/events/rules/civil_time.h"
#include "services/events/rules/lifecycle.h"
#include "services/events/rules/recurrence.h"
#include "services/events/rules/validation.h"

namespace colloquy::events {
namespace {

using rules::Method;
using v1::Event;
using v1::Session;

// Sessions that one series may bring into being: they are made in one transaction.
constexpr size_t kMaxSeriesSessions = 5000;

void MoveDeadline(absl::Duration by, v1::Deadline* deadline) {
  if (deadline->has_time())
    *deadline->mutable_time() = rules::ToProto(rules::FromProto(deadline->time()) + by);
}

}  // namespace

absl::StatusOr<EventsService::Copy> EventsService::CopyOf(const Event& event,
                                                          const std::vector<Session>& sessions,
                                                          absl::CivilSecond start,
                                                          const std::string& id) const {
  const std::optional<absl::TimeZone> zone = rules::LoadZone(event.time_zone());
  const std::optional<absl::CivilSecond> old_start = rules::ParseCivil(event.civil_start());
  const std::optional<absl::CivilSecond> old_end = rules::ParseCivil(event.civil_end());
  if (!zone.has_value() || !old_start.has_value() || !old_end.has_value())
    return absl::InternalError("a stored event has no times");
  const int64_t seconds = start - *old_start;
  const absl::Time now = options_.now();
  Copy copy{.event = event, .sessions = {}};
  Event& clone = copy.event;
  resource::ClearOutputOnly(&clone);
  clone.set_civil_start(rules::FormatCivil(start));
  clone.set_civil_end(rules::FormatCivil(*old_end + seconds));
  // Before the check, which compares them with the start. A start that the clock skips is refused
  // there.
  const absl::Duration moved =
      rules::NearestInstant(start, *zone) - rules::FromProto(event.start_time());
  if (clone.has_registration()) {
    auto* rules = clone.mutable_registration();
    if (rules->has_open()) MoveDeadline(moved, rules->mutable_open());
    if (rules->has_close()) MoveDeadline(moved, rules->mutable_close());
    if (rules->has_modification()) MoveDeadline(moved, rules->mutable_modification());
    if (rules->has_cancellation()) MoveDeadline(moved, rules->mutable_cancellation());
  }
  COLLOQUY_RETURN_IF_ERROR(rules::NormalizeEvent("event", &clone));
  const std::string organizer = event.name().substr(0, event.name().find("/events/"));
  Begin(absl::StrCat(organizer, "/events/", id), now, &clone);
  for (Session session : sessions) {
    const auto shift = [&](const google::protobuf::Timestamp& time) {
      return rules::ToProto(
          rules::NearestInstant(zone->At(rules::FromProto(time)).cs + seconds, *zone));
    };
    *session.mutable_start_time() = shift(session.start_time());
    *session.mutable_end_time() = shift(session.end_time());
    BeginSession(absl::StrCat(clone.name(), "/sessions/",
                              session.name().substr(session.name().rfind('/') + 1)),
                 now, &session);
    copy.sessions.push_back(std::move(session));
  }
  return copy;
}

absl::StatusOr<Event> EventsService::CloneEvent(const Call& call,
                                                const v1::CloneEventRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            EventPattern().Parse(request.name(), "name"));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string id, resource::IdFor(request.event_id(), "event_id",
                                                                  resource::NewUid(), 'e'));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::Once once,
                            resource::Once::Of(call.method(), call.caller().actor, request));
  const std::optional<absl::CivilSecond> start = rules::ParseCivil(request.civil_start());
  if (!start.has_value())
    return errors::InvalidField("civil_start", "must be a civil time such as 2027-03-09T14:00:00");
  Event answer;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const bool answered, once.Replay(tx, answer));
        if (answered) return absl::OkStatus();
        COLLOQUY_ASSIGN_OR_RETURN(const Event event,
                                  Visible(tx, call, ids[0], ids[1], request.name()));
        COLLOQUY_ASSIGN_OR_RETURN(const std::vector<Session> sessions,
                                  store::AllSessions(tx, store::UidOf(event.uid())));
        COLLOQUY_ASSIGN_OR_RETURN(const Copy copy, CopyOf(event, sessions, *start, id));
        answer = copy.event;
        if (request.validate_only()) return absl::OkStatus();
        COLLOQUY_RETURN_IF_ERROR(InsertNew(tx, call, copy.event, copy.sessions));
        return once.Record(tx, answer, options_.now());
      }));
  return answer;
}

absl::StatusOr<EventsService::EventsByStart> EventsService::InSeries(db::Transaction& tx,
                                                                     const std::string& organizer,
                                                                     const std::string& head) {
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(absl::StrCat("series = \"", head, "\""),
                                                    store::EventFilters(options_.now())));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::OrderBy order,
                            resource::OrderBy::Parse("", store::EventOrders()));
  EventsByStart events;
  resource::PagePosition after;
  do {
    COLLOQUY_ASSIGN_OR_RETURN(
        store::EventPage page,
        store::List(tx, {organizer, rules::Audience::kStaff}, filter, order, after, kMaxExport));
    for (Event& event : page.events) {
      std::string start = event.civil_start();
      events.emplace(std::move(start), std::move(event));
    }
    after = std::move(page.next);
  } while (!after.empty());
  return events;
}

absl::StatusOr<v1::CreateEventSeriesResponse> EventsService::CreateEventSeries(
    const Call& call, const v1::CreateEventSeriesRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            EventPattern().Parse(request.name(), "name"));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::Once once,
                            resource::Once::Of(call.method(), call.caller().actor, request));
  std::vector<absl::CivilDay> excluded;
  for (int i = 0; i < request.excluded_dates_size(); ++i) {
    const std::optional<absl::CivilDay> day = rules::ParseDate(request.excluded_dates(i));
    if (!day.has_value())
      return errors::InvalidField(absl::StrCat("excluded_dates[", i, "]"),
                                  "must be a date such as 2027-03-09");
    excluded.push_back(*day);
  }
  // The search for dates can take a while for a rule that hardly ever matches; it must not hold up
  // the transaction, which on SQLite is everybody's.
  Event planned;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(planned, Visible(tx, call, ids[0], ids[1], request.name()));
    return absl::OkStatus();
  }));
  const std::optional<absl::CivilSecond> first = rules::ParseCivil(planned.civil_start());
  const std::optional<absl::TimeZone> zone = rules::LoadZone(planned.time_zone());
  if (!first.has_value() || !zone.has_value())
    return absl::InternalError("a stored event has no times");
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<absl::CivilSecond> dates,
                            rules::Occurrences(request.recurrence_rule(), *first, *zone));
  v1::CreateEventSeriesResponse response;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        response.Clear();
        COLLOQUY_ASSIGN_OR_RETURN(const bool answered, once.Replay(tx, response));
        if (answered) return absl::OkStatus();
        COLLOQUY_ASSIGN_OR_RETURN(const Event before,
                                  Visible(tx, call, ids[0], ids[1], request.name(), /*lock=*/true));
        COLLOQUY_RETURN_IF_ERROR(
            rules::CheckAllowed(Method::kCreateEventSeries, before, options_.now()));
        if (before.civil_start() != planned.civil_start() ||
            before.time_zone() != planned.time_zone())
          return errors::EtagMismatch(request.name());
        COLLOQUY_ASSIGN_OR_RETURN(const std::vector<Session> sessions,
                                  store::AllSessions(tx, store::UidOf(before.uid())));
        if (sessions.size() * dates.size() > kMaxSeriesSessions)
          return errors::InvalidField("recurrence_rule",
                                      absl::StrCat("would make more than ", kMaxSeriesSessions,
                                                   " sessions; make shorter series"));
        COLLOQUY_ASSIGN_OR_RETURN(const EventsByStart there, InSeries(tx, ids[0], before.name()));
        Event head = before;
        head.set_series(before.name());
        if (!request.validate_only() && before.series() != head.series())
          COLLOQUY_RETURN_IF_ERROR(Store(tx, call, before, &head));
        *response.add_events() = head;
        for (const absl::CivilSecond date : dates) {
          if (date == first ||
              std::find(excluded.begin(), excluded.end(), absl::CivilDay(date)) != excluded.end())
            continue;
          // The rule is given again, after an answer that got lost or with more dates.
          if (const auto kept = there.find(rules::FormatCivil(date)); kept != there.end()) {
            *response.add_events() = kept->second;
            Show(call, rules::Audience::kStaff, "",
                 response.mutable_events(response.events_size() - 1));
            continue;
          }
          COLLOQUY_ASSIGN_OR_RETURN(Copy copy,
                                    CopyOf(before, sessions, date, resource::NewUid().ToId('e')));
          copy.event.set_series(before.name());
          if (!request.validate_only())
            COLLOQUY_RETURN_IF_ERROR(InsertNew(tx, call, copy.event, copy.sessions));
          *response.add_events() = std::move(copy.event);
        }
        return once.Record(tx, response, options_.now());
      }));
  return response;
}

}  // namespace colloquy::events
