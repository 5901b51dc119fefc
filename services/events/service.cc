#include "services/events/service.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/feed/schema/schema.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/masks.h"
#include "services/common/resource/names.h"
#include "services/common/resource/request_ids.h"
#include "services/common/resource/validation.h"
#include "services/common/resource/violations.h"
#include "services/common/rpc/db_options.h"
#include "services/events/parts.h"
#include "services/events/rules/civil_time.h"
#include "services/events/rules/lifecycle.h"
#include "services/events/rules/localized.h"
#include "services/events/rules/validation.h"
#include "services/events/schema/schema.h"

namespace colloquy::events {
namespace {

using FeedChange = changes::v1::Change;
using resource::Uid;
using rules::Method;
using v1::Event;
using v1::Session;

constexpr absl::string_view kService = "/colloquy.events.v1.EventsService/";
constexpr int kMaxBatch = 100;
constexpr int kMaxReason = 1000;  // characters
constexpr size_t kRememberedBytes = 8 << 20;

std::string StateName(Event::State state) { return Event::State_Name(state); }

// What calendars show: a change of it raises SEQUENCE.
bool CalendarChanged(const Event& before, const Event& after) {
  return before.start_time().seconds() != after.start_time().seconds() ||
         before.end_time().seconds() != after.end_time().seconds() ||
         before.time_zone() != after.time_zone() || before.state() != after.state() ||
         before.online_uri() != after.online_uri() ||
         before.venue().SerializeAsString() != after.venue().SerializeAsString();
}

// With states in the filter, events that are not on the page change it; a mask may take away what
// tells when the states change.
absl::Time ListGoodUntil(const v1::ListEventsRequest& request,
                         const v1::ListEventsResponse& response) {
  if (absl::StrContains(request.filter(), "state") || request.has_read_mask())
    return absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();
  for (const Event& event : response.events())
    until = std::min(until, rules::StateGoodUntil(event));
  return until;
}

}  // namespace

EventsService::EventsService(db::Database& db, feed::Feed& feed, const resource::PageTokens& tokens,
                             Options options)
    : db_(db),
      feed_(feed),
      tokens_(tokens),
      options_(std::move(options)),
      answers_([&db] { return db.generation(); }, kRememberedBytes) {}

absl::StatusOr<Event> EventsService::Visible(db::Transaction& tx, const Call& call,
                                             const std::string& organizer, const std::string& id,
                                             const std::string& name, bool lock) {
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<Event> event, store::Find(tx, organizer, id, lock));
  const rules::Audience audience = rules::AudienceOf(call.caller(), organizer);
  const bool staff = audience == rules::Audience::kStaff;
  if (event.has_value() && (staff || rules::CanGet(audience, event->state(), event->visibility(),
                                                   rules::WasPublished(*event)))) {
    return *std::move(event);
  }
  // Others are told the same whether it exists or not.
  if (staff) return errors::NotFound("colloquy/Event", name);
  return errors::PermissionDenied(call.method());
}

void EventsService::Show(const Call&, rules::Audience audience, absl::string_view language,
                         Event* event) const {
  event->set_state(rules::StateAt(*event, options_.now()));
  rules::Redact(audience, event);
  if (!language.empty())
    rules::ResolveTexts(rules::LanguageChain(language, event->default_language()), event);
}

absl::Status EventsService::InsertNew(db::Transaction& tx, const Call& call, const Event& event,
                                      const std::vector<Session>& sessions) {
  const absl::Status inserted = store::Insert(tx, event);
  if (absl::IsAlreadyExists(inserted)) return errors::AlreadyExists("colloquy/Event", event.name());
  COLLOQUY_RETURN_IF_ERROR(inserted);
  const absl::Time now = options_.now();
  std::vector<feed::Record> records = {feed::MakeRecord(FeedChange::CREATED, event,
                                                        call.caller().actor, call.method_name(),
                                                        now, "", StateName(event.state()))};
  for (const Session& session : sessions) {
    COLLOQUY_RETURN_IF_ERROR(store::InsertSession(tx, store::UidOf(event.uid()), session));
    records.push_back(feed::MakeRecord(FeedChange::CREATED, session, call.caller().actor,
                                       call.method_name(), now));
  }
  return feed_.Append(tx, records);
}

absl::StatusOr<Event> EventsService::CreateEvent(const Call& call,
                                                 const v1::CreateEventRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            OrganizerPattern().Parse(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string id, resource::IdFor(request.event_id(), "event_id",
                                                                  resource::NewUid(), 'e'));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::Once once,
                            resource::Once::Of(call.method(), call.caller().actor, request));
  Event event = request.event();
  resource::ClearOutputOnly(&event);
  event.clear_name();
  event.clear_etag();
  COLLOQUY_RETURN_IF_ERROR(rules::NormalizeEvent("event", &event));
  Begin(EventPattern().Format({ids[0], id}), options_.now(), &event);
  Event answer;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        answer = event;
        COLLOQUY_ASSIGN_OR_RETURN(const bool answered, once.Replay(tx, answer));
        if (answered) return absl::OkStatus();
        COLLOQUY_ASSIGN_OR_RETURN(const std::optional<Event> taken, store::Find(tx, ids[0], id));
        if (taken.has_value()) return errors::AlreadyExists("colloquy/Event", event.name());
        if (request.validate_only()) return absl::OkStatus();
        COLLOQUY_RETURN_IF_ERROR(InsertNew(tx, call, event, {}));
        return once.Record(tx, event, options_.now());
      }));
  return answer;
}

absl::StatusOr<Event> EventsService::GetEvent(const Call& call,
                                              const v1::GetEventRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            EventPattern().Parse(request.name(), "name"));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string language, CanonicalLanguage(request.language_code()));
  db::CallOptions options = rpc::DbOptions(call);
  options.one_query = true;
  Event event;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(options, [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(event, Visible(tx, call, ids[0], ids[1], request.name()));
    return absl::OkStatus();
  }));
  Show(call, rules::AudienceOf(call.caller(), ids[0]), language, &event);
  return event;
}

absl::StatusOr<v1::BatchGetEventsResponse> EventsService::BatchGetEvents(
    const Call& call, const v1::BatchGetEventsRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(OrganizerPattern().Validate(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string language, CanonicalLanguage(request.language_code()));
  if (request.names_size() > kMaxBatch)
    return errors::InvalidField("names", absl::StrCat("takes at most ", kMaxBatch));
  v1::BatchGetEventsResponse response;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    response.Clear();
    for (int i = 0; i < request.names_size(); ++i) {
      const std::string field = absl::StrCat("names[", i, "]");
      COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                                EventPattern().Parse(request.names(i), field));
      if (!absl::StartsWith(request.names(i), absl::StrCat(request.parent(), "/")))
        return errors::InvalidField(field, "must be below parent");
      COLLOQUY_ASSIGN_OR_RETURN(*response.add_events(),
                                Visible(tx, call, ids[0], ids[1], request.names(i)));
      Show(call, rules::AudienceOf(call.caller(), ids[0]), language, response.mutable_events(i));
    }
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<v1::ListEventsResponse> EventsService::ListEvents(
    const Call& call, const v1::ListEventsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::vector<std::string> ids,
      OrganizerPattern().Parse(request.parent(), "parent", resource::Wildcards::kAllow));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string language, CanonicalLanguage(request.language_code()));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  const std::string binding = resource::PageBinding(call.method(), call.caller().actor, request);
  COLLOQUY_ASSIGN_OR_RETURN(const resource::PagePosition after,
                            tokens_.Decode(request.page_token(), binding));
  COLLOQUY_ASSIGN_OR_RETURN(
      const resource::SqlFragment filter,
      resource::CompileFilter(request.filter(), store::EventFilters(options_.now())));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::OrderBy order,
                            resource::OrderBy::Parse(request.order_by(), store::EventOrders()));
  COLLOQUY_RETURN_IF_ERROR(
      resource::ValidateMask(request.read_mask(), *Event::descriptor(), "read_mask"));

  const bool everyone = ids[0] == resource::kWildcard;
  const rules::Audience audience = rules::AudienceOf(call.caller(), ids[0]);
  const store::Scope scope{everyone ? "" : ids[0], everyone ? rules::Audience::kPublic : audience};
  store::EventPage page;
  db::CallOptions options = rpc::DbOptions(call);
  options.one_query = true;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(options, [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(page, store::List(tx, scope, filter, order, after, size));
    return absl::OkStatus();
  }));
  v1::ListEventsResponse response;
  for (Event& event : page.events) {
    Show(call, scope.audience, language, &event);
    COLLOQUY_RETURN_IF_ERROR(resource::ApplyReadMask(request.read_mask(), &event));
    response.add_events()->Swap(&event);
  }
  if (!page.next.empty()) response.set_next_page_token(tokens_.Encode(binding, page.next));
  return response;
}

absl::Status EventsService::Store(db::Transaction& tx, const Call& call, const Event& before,
                                  Event* event) {
  const absl::Time now = options_.now();
  event->set_revision(before.revision() + 1);
  event->set_etag(resource::MakeEtag(store::UidOf(event->uid()), event->revision()));
  *event->mutable_update_time() = rules::ToProto(now);
  if (CalendarChanged(before, *event)) event->set_calendar_sequence(before.calendar_sequence() + 1);
  COLLOQUY_RETURN_IF_ERROR(store::Update(tx, *event));
  const bool moved = before.state() != event->state();
  return feed_.Append(tx, feed::MakeRecord(moved ? FeedChange::STATE_CHANGED : FeedChange::UPDATED,
                                           *event, call.caller().actor, call.method_name(), now,
                                           StateName(before.state()), StateName(event->state())));
}

absl::StatusOr<Event> EventsService::Change(
    const Call& call, const std::string& name, const std::string& etag, bool validate_only,
    const std::function<absl::Status(db::Transaction&, Event&)>& change,
    const resource::Once& once) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids, EventPattern().Parse(name, "name"));
  Event event;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const bool answered, once.Replay(tx, event));
        if (answered) return absl::OkStatus();
        COLLOQUY_ASSIGN_OR_RETURN(const Event before,
                                  Visible(tx, call, ids[0], ids[1], name, /*lock=*/true));
        event = before;
        COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(etag, before.etag(), name));
        COLLOQUY_RETURN_IF_ERROR(change(tx, event));
        if (!validate_only) COLLOQUY_RETURN_IF_ERROR(Store(tx, call, before, &event));
        Show(call, rules::Audience::kStaff, "", &event);
        return once.Record(tx, event, options_.now());
      }));
  return event;
}

absl::StatusOr<google::protobuf::Empty> EventsService::DeleteEvent(
    const Call& call, const v1::DeleteEventRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            EventPattern().Parse(request.name(), "name"));
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const Event event,
                                  Visible(tx, call, ids[0], ids[1], request.name(), /*lock=*/true));
        COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(request.etag(), event.etag(), request.name()));
        COLLOQUY_RETURN_IF_ERROR(rules::CheckAllowed(Method::kDeleteEvent, event, options_.now()));
        const Uid uid = store::UidOf(event.uid());
        COLLOQUY_ASSIGN_OR_RETURN(const std::vector<Session> sessions, store::AllSessions(tx, uid));
        if (!sessions.empty() && !request.force()) {
          return errors::FailedPrecondition(
              errors::ErrorReason::RESOURCE_HAS_CHILDREN, request.name(),
              absl::StrCat(request.name(), " has ", sessions.size(),
                           " sessions; delete them first, or use force"),
              {{"resource", request.name()}});
        }
        if (request.validate_only()) return absl::OkStatus();
        COLLOQUY_RETURN_IF_ERROR(store::DeleteSessions(tx, uid));
        COLLOQUY_RETURN_IF_ERROR(store::Delete(tx, event));
        std::vector<feed::Record> records;
        records.reserve(sessions.size() + 1);
        for (const Session& session : sessions) {
          records.push_back(feed::MakeRecord(FeedChange::DELETED, session, call.caller().actor,
                                             call.method_name(), options_.now()));
        }
        records.push_back(feed::MakeRecord(FeedChange::DELETED, event, call.caller().actor,
                                           call.method_name(), options_.now(),
                                           StateName(event.state()), ""));
        return feed_.Append(tx, records);
      }));
  return Empty();
}

absl::StatusOr<Event> EventsService::PublishEvent(const Call& call,
                                                  const v1::PublishEventRequest& request) {
  return Change(call, request.name(), request.etag(), request.validate_only(),
                [&](db::Transaction&, Event& event) {
                  const absl::Status allowed =
                      rules::CheckAllowed(Method::kPublishEvent, event, options_.now());
                  event.set_state(Event::PUBLISHED);
                  *event.mutable_publish_time() = rules::ToProto(options_.now());
                  return allowed;
                });
}

absl::StatusOr<Event> EventsService::CancelEvent(const Call& call,
                                                 const v1::CancelEventRequest& request) {
  if (resource::CharacterCount(request.reason()) > kMaxReason)
    return errors::InvalidField("reason",
                                absl::StrCat("takes at most ", kMaxReason, " characters"));
  return Change(call, request.name(), request.etag(), request.validate_only(),
                [&](db::Transaction&, Event& event) {
                  const absl::Status allowed =
                      rules::CheckAllowed(Method::kCancelEvent, event, options_.now());
                  event.set_state(Event::CANCELLED);
                  event.set_cancel_reason(request.reason());
                  *event.mutable_cancel_time() = rules::ToProto(options_.now());
                  return allowed;
                });
}

absl::StatusOr<Event> EventsService::ArchiveEvent(const Call& call,
                                                  const v1::ArchiveEventRequest& request) {
  return Change(call, request.name(), request.etag(), request.validate_only(),
                [&](db::Transaction&, Event& event) {
                  const absl::Status allowed =
                      rules::CheckAllowed(Method::kArchiveEvent, event, options_.now());
                  event.set_state(Event::ARCHIVED);
                  return allowed;
                });
}

void EventsService::Mount(rpc::Service& table) {
  const auto unary =
      [&]<typename Request, typename Response>(
          absl::string_view method,
          absl::StatusOr<Response> (EventsService::*handler)(const Call&, const Request&)) {
        table.Unary<Request, Response>(method, rpc::Execution::kPool,
                                       [this, handler](const Call& call, const Request& request) {
                                         return (this->*handler)(call, request);
                                       });
      };
  unary("CreateEvent", &EventsService::CreateEvent);
  unary("BatchGetEvents", &EventsService::BatchGetEvents);
  unary("UpdateEvent", &EventsService::UpdateEvent);
  unary("DeleteEvent", &EventsService::DeleteEvent);
  unary("PublishEvent", &EventsService::PublishEvent);
  unary("CancelEvent", &EventsService::CancelEvent);
  unary("ArchiveEvent", &EventsService::ArchiveEvent);
  unary("CloneEvent", &EventsService::CloneEvent);
  unary("CreateEventSeries", &EventsService::CreateEventSeries);
  unary("ExportCalendar", &EventsService::ExportCalendar);
  unary("CreateSession", &EventsService::CreateSession);
  unary("GetSession", &EventsService::GetSession);
  unary("ListSessions", &EventsService::ListSessions);
  unary("UpdateSession", &EventsService::UpdateSession);
  unary("DeleteSession", &EventsService::DeleteSession);
  table.UnaryRemembered<v1::GetEventRequest, Event>(
      "GetEvent", answers_,
      [this](const Call& call, const v1::GetEventRequest& request) {
        return GetEvent(call, request);
      },
      [](const v1::GetEventRequest&, const Event& event) { return rules::StateGoodUntil(event); });
  table.UnaryRemembered<v1::ListEventsRequest, v1::ListEventsResponse>(
      "ListEvents", answers_,
      [this](const Call& call, const v1::ListEventsRequest& request) {
        return ListEvents(call, request);
      },
      ListGoodUntil);
  feed_.Mount(table);
}

std::vector<auth::Permission> Permissions() {
  const auto method = [](absl::string_view name) { return absl::StrCat(kService, name); };
  const auth::Roles everyone = auth::kAnyone;
  return {
      {method("CreateEvent"), auth::kManagers, {"parent"}},
      {method("GetEvent"), everyone, {"name"}},
      {method("BatchGetEvents"), everyone, {"parent", "names[]"}},
      {method("ListEvents"), everyone, {"parent"}, everyone},
      {method("UpdateEvent"), auth::kManagers, {"event.name"}},
      {method("DeleteEvent"), auth::kManagers, {"name"}},
      {method("PublishEvent"), auth::kManagers, {"name"}},
      {method("CancelEvent"), auth::kManagers, {"name"}},
      {method("ArchiveEvent"), auth::kManagers, {"name"}},
      {method("CloneEvent"), auth::kManagers, {"name"}},
      {method("CreateEventSeries"), auth::kManagers, {"name"}},
      {method("ExportCalendar"), everyone, {"parent", "names[]"}, everyone},
      {method("CreateSession"), auth::kModerators, {"parent"}},
      {method("GetSession"), everyone, {"name"}},
      {method("ListSessions"), everyone, {"parent"}},
      {method("UpdateSession"), auth::kModerators, {"session.name"}},
      {method("DeleteSession"), auth::kModerators, {"name"}},
      {method("ListChanges"), auth::kStaff, {"parent"}, auth::kOperators},
      {method("StreamChanges"),
       auth::kStaff | auth::kServices,
       {"parent"},
       auth::kOperators | auth::kServices},
  };
}

std::vector<db::Schema> Schemas() {
  return {schema::feed(), resource::RequestLogSchema(), schema::events()};
}

}  // namespace colloquy::events
