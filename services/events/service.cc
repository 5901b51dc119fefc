#include "services/events/service.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/common/errors/errors.h"
#include "services/common/feed/schema/schema.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/masks.h"
#include "services/common/resource/names.h"
#include "services/common/resource/request_ids.h"
#include "services/common/resource/validation.h"
#include "services/common/resource/violations.h"
#include "services/common/rpc/db_options.h"
#include "services/events/rules/calendar.h"
#include "services/events/rules/civil_time.h"
#include "services/events/rules/conflicts.h"
#include "services/events/rules/lifecycle.h"
#include "services/events/rules/localized.h"
#include "services/events/rules/recurrence.h"
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
constexpr int kMaxExport = 1000;
constexpr int kMaxReason = 1000;  // characters
// Sessions that one series may bring into being: they are made in one transaction.
constexpr size_t kMaxSeriesSessions = 5000;
constexpr size_t kRememberedBytes = 8 << 20;

const resource::NamePattern& OrganizerPattern() {
  static const resource::NamePattern pattern("organizers/{organizer}");
  return pattern;
}
const resource::NamePattern& EventPattern() {
  static const resource::NamePattern pattern("organizers/{organizer}/events/{event}");
  return pattern;
}
const resource::NamePattern& SessionPattern() {
  static const resource::NamePattern pattern(
      "organizers/{organizer}/events/{event}/sessions/{session}");
  return pattern;
}

std::string Cause(const rpc::CallContext& call) {
  return std::string(call.method().substr(call.method().rfind('/') + 1));
}

std::string StateName(Event::State state) { return Event::State_Name(state); }

absl::StatusOr<std::string> IdFor(const std::string& wanted, absl::string_view field,
                                  const Uid& uid, char letter) {
  if (wanted.empty()) return uid.ToId(letter);
  COLLOQUY_RETURN_IF_ERROR(resource::ValidateId(wanted, field));
  return wanted;
}

absl::StatusOr<std::string> CanonicalLanguage(const std::string& language) {
  if (language.empty()) return std::string();
  return resource::CanonicalLanguageTag(language, "language_code");
}

// The fields that the server gives a new event.
void Begin(const std::string& name, absl::Time now, Event* event) {
  const Uid uid = resource::NewUid();
  event->set_name(name);
  event->set_uid(uid.ToUuid());
  event->set_state(Event::DRAFT);
  event->set_revision(1);
  event->set_etag(resource::MakeEtag(uid, 1));
  *event->mutable_create_time() = rules::ToProto(now);
  *event->mutable_update_time() = rules::ToProto(now);
}

void BeginSession(const std::string& name, absl::Time now, Session* session) {
  session->set_name(name);
  session->set_uid(resource::NewUid().ToUuid());
  *session->mutable_create_time() = rules::ToProto(now);
  *session->mutable_update_time() = rules::ToProto(now);
  session->clear_etag();
  session->set_etag(resource::ContentEtag(*session));
}

// What calendars show: a change of it raises SEQUENCE.
bool CalendarChanged(const Event& before, const Event& after) {
  return before.start_time().seconds() != after.start_time().seconds() ||
         before.end_time().seconds() != after.end_time().seconds() ||
         before.time_zone() != after.time_zone() || before.state() != after.state() ||
         before.online_uri() != after.online_uri() ||
         before.venue().SerializeAsString() != after.venue().SerializeAsString();
}

absl::Status CheckSessionsInside(const Event& event, const std::vector<Session>& sessions,
                                 bool force) {
  for (const Session& session : sessions) {
    Session copy = session;
    if (rules::NormalizeSession("session", event, force, &copy).ok()) continue;
    return errors::FailedPrecondition(
        errors::ErrorReason::SESSION_CONFLICT, session.name(),
        absl::StrCat(session.name(),
                     " would lie outside of the event; move it first, or use force"),
        {{"session", session.name()}, {"conflict", "time"}});
  }
  return absl::OkStatus();
}

using Sizes = std::map<std::string, int64_t>;

// The pools that have a limit; see registrations.
Sizes LimitsOf(const Event& event) {
  Sizes sizes;
  const auto& rules = event.registration();
  if (rules.has_capacity()) sizes["event"] = rules.capacity();
  if (rules.has_in_person_capacity()) sizes["mode:IN_PERSON"] = rules.in_person_capacity();
  if (rules.has_online_capacity()) sizes["mode:ONLINE"] = rules.online_capacity();
  for (const auto& category : event.categories()) {
    if (category.has_quota()) sizes[absl::StrCat("category:", category.id())] = category.quota();
  }
  return sizes;
}

// The limits that become tighter. A category that is taken away sells nothing any more.
Sizes Lowered(const Event& before, const Event& after) {
  const Sizes old_limits = LimitsOf(before);
  Sizes lowered;
  for (const auto& [pool, size] : LimitsOf(after)) {
    const auto old_limit = old_limits.find(pool);
    if (old_limit == old_limits.end() || size < old_limit->second) lowered[pool] = size;
  }
  for (const auto& category : before.categories()) {
    const bool kept = std::any_of(after.categories().begin(), after.categories().end(),
                                  [&](const auto& other) { return other.id() == category.id(); });
    if (!kept) lowered[absl::StrCat("category:", category.id())] = 0;
  }
  return lowered;
}

void MoveDeadline(absl::Duration by, v1::Deadline* deadline) {
  if (deadline->has_time())
    *deadline->mutable_time() = rules::ToProto(rules::FromProto(deadline->time()) + by);
}

// Civil times win over instants, so a client that changes the instant alone must not lose to the
// old civil time.
void PreferChangedTimes(const google::protobuf::FieldMask& mask, const Event& source,
                        Event* event) {
  const auto covers = [&](absl::string_view path) {
    return resource::MaskCovers(mask, path, source);
  };
  if (covers("start_time") && source.has_start_time() &&
      !(covers("civil_start") && !source.civil_start().empty()))
    event->clear_civil_start();
  if (covers("end_time") && source.has_end_time() &&
      !(covers("civil_end") && !source.civil_end().empty()))
    event->clear_civil_end();
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
                                                        call.caller().actor, Cause(call), now, "",
                                                        StateName(event.state()))};
  for (const Session& session : sessions) {
    COLLOQUY_RETURN_IF_ERROR(store::InsertSession(tx, store::UidOf(event.uid()), session));
    records.push_back(
        feed::MakeRecord(FeedChange::CREATED, session, call.caller().actor, Cause(call), now));
  }
  return feed_.Append(tx, records);
}

absl::StatusOr<Event> EventsService::CreateEvent(const Call& call,
                                                 const v1::CreateEventRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            OrganizerPattern().Parse(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string id,
                            IdFor(request.event_id(), "event_id", resource::NewUid(), 'e'));
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::optional<resource::RequestKey> key,
      resource::MakeRequestKey(call.method(), call.caller().actor, request.request_id(), request));
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
        if (key.has_value() && !request.validate_only()) {
          COLLOQUY_ASSIGN_OR_RETURN(const std::optional<std::string> replay,
                                    resource::RequestLog::Lookup(tx, *key));
          if (replay.has_value()) {
            answer.ParseFromString(*replay);
            return absl::OkStatus();
          }
        }
        COLLOQUY_ASSIGN_OR_RETURN(const std::optional<Event> taken, store::Find(tx, ids[0], id));
        if (taken.has_value()) return errors::AlreadyExists("colloquy/Event", event.name());
        if (request.validate_only()) return absl::OkStatus();
        COLLOQUY_RETURN_IF_ERROR(InsertNew(tx, call, event, {}));
        if (!key.has_value()) return absl::OkStatus();
        return resource::RequestLog::Record(tx, *key, event.SerializeAsString(), options_.now());
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
                                           *event, call.caller().actor, Cause(call), now,
                                           StateName(before.state()), StateName(event->state())));
}

absl::StatusOr<Event> EventsService::Change(
    const Call& call, const std::string& name, const std::string& etag, bool validate_only,
    const std::function<absl::Status(db::Transaction&, Event&)>& change,
    const resource::RequestKey* key) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids, EventPattern().Parse(name, "name"));
  Event event;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const Event before,
                                  Visible(tx, call, ids[0], ids[1], name, /*lock=*/true));
        event = before;
        COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(etag, before.etag(), name));
        COLLOQUY_RETURN_IF_ERROR(change(tx, event));
        if (!validate_only) COLLOQUY_RETURN_IF_ERROR(Store(tx, call, before, &event));
        Show(call, rules::Audience::kStaff, "", &event);
        if (validate_only || key == nullptr) return absl::OkStatus();
        return resource::RequestLog::Record(tx, *key, event.SerializeAsString(), options_.now());
      }));
  return event;
}

absl::Status EventsService::AskForSeats(const Call& call, const Event& before, const Event& after,
                                        const v1::UpdateEventRequest& asked) {
  const Sizes lowered = Lowered(before, after);
  // Nobody can have registered for what was never published.
  if (lowered.empty() || !rules::WasPublished(before)) return absl::OkStatus();
  registrations::v1::LimitSeatsRequest request;
  request.set_event(before.name());
  request.set_event_uid(before.uid());
  request.set_revision(before.revision() + 1);
  request.set_force(asked.force());
  request.set_validate_only(asked.validate_only());
  for (const auto& [pool, size] : lowered) {
    auto* limit = request.add_limits();
    limit->set_pool(pool);
    limit->set_size(size);
  }
  return options_.limit_seats(request, call.deadline());
}

absl::StatusOr<Event> EventsService::UpdateEvent(const Call& call,
                                                 const v1::UpdateEventRequest& request) {
  const std::string& name = request.event().name();
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            EventPattern().Parse(name, "event.name"));
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::optional<resource::RequestKey> key,
      resource::MakeRequestKey(call.method(), call.caller().actor, request.request_id(), request));
  const auto apply = [&](Event& event) -> absl::Status {
    COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(request.event().etag(), event.etag(), name));
    COLLOQUY_RETURN_IF_ERROR(rules::CheckAllowed(Method::kUpdateEvent, event, options_.now()));
    COLLOQUY_RETURN_IF_ERROR(resource::ApplyUpdate(request.update_mask(), request.event(), &event));
    PreferChangedTimes(request.update_mask(), request.event(), &event);
    return rules::NormalizeEvent("event", &event);
  };

  // The seats' owner is asked outside of the transaction, about the revision that was read here.
  Event before;
  std::vector<Session> sessions;
  std::optional<std::string> replay;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    if (key.has_value() && !request.validate_only()) {
      COLLOQUY_ASSIGN_OR_RETURN(replay, resource::RequestLog::Lookup(tx, *key));
    }
    COLLOQUY_ASSIGN_OR_RETURN(before, Visible(tx, call, ids[0], ids[1], name));
    COLLOQUY_ASSIGN_OR_RETURN(sessions, store::AllSessions(tx, store::UidOf(before.uid())));
    return absl::OkStatus();
  }));
  Event answer;
  if (replay.has_value()) {
    answer.ParseFromString(*replay);
    return answer;
  }
  Event after = before;
  COLLOQUY_RETURN_IF_ERROR(apply(after));
  // Before the question: what is agreed to holds back seats, even if nothing comes of it here.
  COLLOQUY_RETURN_IF_ERROR(CheckSessionsInside(after, sessions, request.force()));
  COLLOQUY_RETURN_IF_ERROR(AskForSeats(call, before, after, request));

  return Change(
      call, name, before.etag(), request.validate_only(),
      [&](db::Transaction& tx, Event& event) -> absl::Status {
        COLLOQUY_RETURN_IF_ERROR(apply(event));
        COLLOQUY_ASSIGN_OR_RETURN(sessions, store::AllSessions(tx, store::UidOf(event.uid())));
        return CheckSessionsInside(event, sessions, request.force());
      },
      key.has_value() ? &*key : nullptr);
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
                                             Cause(call), options_.now()));
        }
        records.push_back(feed::MakeRecord(FeedChange::DELETED, event, call.caller().actor,
                                           Cause(call), options_.now(), StateName(event.state()),
                                           ""));
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
  COLLOQUY_ASSIGN_OR_RETURN(const std::string id,
                            IdFor(request.event_id(), "event_id", resource::NewUid(), 'e'));
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::optional<resource::RequestKey> key,
      resource::MakeRequestKey(call.method(), call.caller().actor, request.request_id(), request));
  const std::optional<absl::CivilSecond> start = rules::ParseCivil(request.civil_start());
  if (!start.has_value())
    return errors::InvalidField("civil_start", "must be a civil time such as 2027-03-09T14:00:00");
  Event answer;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        if (key.has_value() && !request.validate_only()) {
          COLLOQUY_ASSIGN_OR_RETURN(const std::optional<std::string> replay,
                                    resource::RequestLog::Lookup(tx, *key));
          if (replay.has_value()) {
            answer.ParseFromString(*replay);
            return absl::OkStatus();
          }
        }
        COLLOQUY_ASSIGN_OR_RETURN(const Event event,
                                  Visible(tx, call, ids[0], ids[1], request.name()));
        COLLOQUY_ASSIGN_OR_RETURN(const std::vector<Session> sessions,
                                  store::AllSessions(tx, store::UidOf(event.uid())));
        COLLOQUY_ASSIGN_OR_RETURN(const Copy copy, CopyOf(event, sessions, *start, id));
        answer = copy.event;
        if (request.validate_only()) return absl::OkStatus();
        COLLOQUY_RETURN_IF_ERROR(InsertNew(tx, call, copy.event, copy.sessions));
        if (!key.has_value()) return absl::OkStatus();
        return resource::RequestLog::Record(tx, *key, answer.SerializeAsString(), options_.now());
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
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::optional<resource::RequestKey> key,
      resource::MakeRequestKey(call.method(), call.caller().actor, request.request_id(), request));
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
        if (key.has_value() && !request.validate_only()) {
          COLLOQUY_ASSIGN_OR_RETURN(const std::optional<std::string> replay,
                                    resource::RequestLog::Lookup(tx, *key));
          if (replay.has_value()) {
            response.ParseFromString(*replay);
            return absl::OkStatus();
          }
        }
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
        if (!key.has_value() || request.validate_only()) return absl::OkStatus();
        return resource::RequestLog::Record(tx, *key, response.SerializeAsString(), options_.now());
      }));
  return response;
}

absl::StatusOr<v1::ExportCalendarResponse> EventsService::ExportCalendar(
    const Call& call, const v1::ExportCalendarRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::vector<std::string> ids,
      OrganizerPattern().Parse(request.parent(), "parent", resource::Wildcards::kAllow));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string language, CanonicalLanguage(request.language_code()));
  COLLOQUY_ASSIGN_OR_RETURN(
      const resource::SqlFragment filter,
      resource::CompileFilter(request.filter(), store::EventFilters(options_.now())));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::OrderBy order,
                            resource::OrderBy::Parse("", store::EventOrders()));
  if (request.names_size() > kMaxExport)
    return errors::InvalidField("names", absl::StrCat("takes at most ", kMaxExport));
  const bool everyone = ids[0] == resource::kWildcard;
  const rules::Audience audience =
      everyone ? rules::Audience::kPublic : rules::AudienceOf(call.caller(), ids[0]);
  std::vector<rules::CalendarEntry> entries;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    entries.clear();
    if (request.names().empty()) {
      COLLOQUY_ASSIGN_OR_RETURN(
          store::EventPage page,
          store::List(tx, {everyone ? "" : ids[0], audience}, filter, order, {}, kMaxExport));
      if (!page.next.empty())
        return errors::InvalidField(
            "filter", absl::StrCat("gives more than ", kMaxExport, " events; narrow it"));
      for (Event& event : page.events) entries.push_back({std::move(event), {}});
    }
    for (int i = 0; i < request.names_size(); ++i) {
      COLLOQUY_ASSIGN_OR_RETURN(
          const std::vector<std::string> name,
          EventPattern().Parse(request.names(i), absl::StrCat("names[", i, "]")));
      COLLOQUY_ASSIGN_OR_RETURN(Event event, Visible(tx, call, name[0], name[1], request.names(i)));
      entries.push_back({std::move(event), {}});
    }
    if (!request.include_sessions()) return absl::OkStatus();
    for (rules::CalendarEntry& entry : entries) {
      COLLOQUY_ASSIGN_OR_RETURN(entry.sessions,
                                store::AllSessions(tx, store::UidOf(entry.event.uid())));
    }
    return absl::OkStatus();
  }));
  v1::ExportCalendarResponse response;
  response.set_content(rules::WriteCalendar(entries, language, options_.now()));
  response.set_content_type("text/calendar; charset=utf-8");
  response.set_event_count(static_cast<int32_t>(entries.size()));
  return response;
}

absl::StatusOr<Session> EventsService::CreateSession(const Call& call,
                                                     const v1::CreateSessionRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            EventPattern().Parse(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string id,
                            IdFor(request.session_id(), "session_id", resource::NewUid(), 's'));
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::optional<resource::RequestKey> key,
      resource::MakeRequestKey(call.method(), call.caller().actor, request.request_id(), request));
  Session session;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        if (key.has_value() && !request.validate_only()) {
          COLLOQUY_ASSIGN_OR_RETURN(const std::optional<std::string> replay,
                                    resource::RequestLog::Lookup(tx, *key));
          if (replay.has_value()) {
            session.ParseFromString(*replay);
            return absl::OkStatus();
          }
        }
        // The lock on the event keeps two sessions from taking one room at the same time.
        COLLOQUY_ASSIGN_OR_RETURN(
            const Event event, Visible(tx, call, ids[0], ids[1], request.parent(), /*lock=*/true));
        COLLOQUY_RETURN_IF_ERROR(
            rules::CheckAllowed(Method::kCreateSession, event, options_.now()));
        const Uid uid = store::UidOf(event.uid());
        session = request.session();
        resource::ClearOutputOnly(&session);
        COLLOQUY_RETURN_IF_ERROR(
            rules::NormalizeSession("session", event, request.force(), &session));
        BeginSession(absl::StrCat(request.parent(), "/sessions/", id), options_.now(), &session);
        COLLOQUY_ASSIGN_OR_RETURN(const std::optional<Session> taken,
                                  store::FindSession(tx, uid, id));
        if (taken.has_value()) return errors::AlreadyExists("colloquy/Session", session.name());
        COLLOQUY_ASSIGN_OR_RETURN(const std::vector<Session> others,
                                  store::Overlapping(tx, uid, session));
        if (!request.force()) COLLOQUY_RETURN_IF_ERROR(rules::CheckConflicts(session, others));
        if (request.validate_only()) return absl::OkStatus();
        const absl::Status inserted = store::InsertSession(tx, uid, session);
        if (absl::IsAlreadyExists(inserted))
          return errors::AlreadyExists("colloquy/Session", session.name());
        COLLOQUY_RETURN_IF_ERROR(inserted);
        if (key.has_value())
          COLLOQUY_RETURN_IF_ERROR(
              resource::RequestLog::Record(tx, *key, session.SerializeAsString(), options_.now()));
        return feed_.Append(tx, feed::MakeRecord(FeedChange::CREATED, session, call.caller().actor,
                                                 Cause(call), options_.now()));
      }));
  return session;
}

absl::StatusOr<Session> EventsService::GetSession(const Call& call,
                                                  const v1::GetSessionRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            SessionPattern().Parse(request.name(), "name"));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string language, CanonicalLanguage(request.language_code()));
  Session session;
  Event event;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(
        event, Visible(tx, call, ids[0], ids[1], EventPattern().Format({ids[0], ids[1]})));
    COLLOQUY_ASSIGN_OR_RETURN(std::optional<Session> found,
                              store::FindSession(tx, store::UidOf(event.uid()), ids[2]));
    if (!found.has_value()) return errors::NotFound("colloquy/Session", request.name());
    session = *std::move(found);
    return absl::OkStatus();
  }));
  rules::Redact(rules::AudienceOf(call.caller(), ids[0]), &session);
  if (!language.empty())
    rules::ResolveTexts(rules::LanguageChain(language, event.default_language()), &session);
  return session;
}

absl::StatusOr<v1::ListSessionsResponse> EventsService::ListSessions(
    const Call& call, const v1::ListSessionsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            EventPattern().Parse(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string language, CanonicalLanguage(request.language_code()));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  const std::string binding = resource::PageBinding(call.method(), call.caller().actor, request);
  COLLOQUY_ASSIGN_OR_RETURN(const resource::PagePosition after,
                            tokens_.Decode(request.page_token(), binding));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(request.filter(), store::SessionFilters()));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::OrderBy order,
                            resource::OrderBy::Parse(request.order_by(), store::SessionOrders()));
  store::SessionPage page;
  Event event;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(event, Visible(tx, call, ids[0], ids[1], request.parent()));
    COLLOQUY_ASSIGN_OR_RETURN(
        page, store::ListSessions(tx, store::UidOf(event.uid()), filter, order, after, size));
    return absl::OkStatus();
  }));
  v1::ListSessionsResponse response;
  for (Session& session : page.sessions) {
    rules::Redact(rules::AudienceOf(call.caller(), ids[0]), &session);
    if (!language.empty())
      rules::ResolveTexts(rules::LanguageChain(language, event.default_language()), &session);
    response.add_sessions()->Swap(&session);
  }
  if (!page.next.empty()) response.set_next_page_token(tokens_.Encode(binding, page.next));
  return response;
}

absl::StatusOr<Session> EventsService::UpdateSession(const Call& call,
                                                     const v1::UpdateSessionRequest& request) {
  const std::string& name = request.session().name();
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            SessionPattern().Parse(name, "session.name"));
  Session session;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const Event event,
                                  Visible(tx, call, ids[0], ids[1],
                                          EventPattern().Format({ids[0], ids[1]}), /*lock=*/true));
        COLLOQUY_RETURN_IF_ERROR(
            rules::CheckAllowed(Method::kUpdateSession, event, options_.now()));
        const Uid uid = store::UidOf(event.uid());
        COLLOQUY_ASSIGN_OR_RETURN(const std::optional<Session> found,
                                  store::FindSession(tx, uid, ids[2]));
        if (!found.has_value()) return errors::NotFound("colloquy/Session", name);
        session = *found;
        COLLOQUY_RETURN_IF_ERROR(
            resource::CheckEtag(request.session().etag(), session.etag(), name));
        COLLOQUY_RETURN_IF_ERROR(
            resource::ApplyUpdate(request.update_mask(), request.session(), &session));
        COLLOQUY_RETURN_IF_ERROR(
            rules::NormalizeSession("session", event, request.force(), &session));
        COLLOQUY_ASSIGN_OR_RETURN(const std::vector<Session> others,
                                  store::Overlapping(tx, uid, session));
        if (!request.force()) COLLOQUY_RETURN_IF_ERROR(rules::CheckConflicts(session, others));
        *session.mutable_update_time() = rules::ToProto(options_.now());
        session.clear_etag();
        session.set_etag(resource::ContentEtag(session));
        if (request.validate_only()) return absl::OkStatus();
        COLLOQUY_RETURN_IF_ERROR(store::UpdateSession(tx, uid, session));
        return feed_.Append(tx, feed::MakeRecord(FeedChange::UPDATED, session, call.caller().actor,
                                                 Cause(call), options_.now()));
      }));
  return session;
}

absl::StatusOr<google::protobuf::Empty> EventsService::DeleteSession(
    const Call& call, const v1::DeleteSessionRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            SessionPattern().Parse(request.name(), "name"));
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const Event event,
                                  Visible(tx, call, ids[0], ids[1],
                                          EventPattern().Format({ids[0], ids[1]}), /*lock=*/true));
        COLLOQUY_RETURN_IF_ERROR(
            rules::CheckAllowed(Method::kDeleteSession, event, options_.now()));
        const Uid uid = store::UidOf(event.uid());
        COLLOQUY_ASSIGN_OR_RETURN(const std::optional<Session> session,
                                  store::FindSession(tx, uid, ids[2]));
        if (!session.has_value()) return errors::NotFound("colloquy/Session", request.name());
        COLLOQUY_RETURN_IF_ERROR(
            resource::CheckEtag(request.etag(), session->etag(), request.name()));
        if (request.validate_only()) return absl::OkStatus();
        COLLOQUY_RETURN_IF_ERROR(store::DeleteSession(tx, uid, *session));
        return feed_.Append(tx, feed::MakeRecord(FeedChange::DELETED, *session, call.caller().actor,
                                                 Cause(call), options_.now()));
      }));
  return Empty();
}

absl::StatusOr<int> EventsService::FollowZoneRules() {
  const absl::Time now = options_.now();
  // The clock of the database, which is not the one that tests set.
  const db::CallOptions options{.deadline = absl::Now() + absl::Minutes(5)};
  constexpr int kPage = 200;
  int moved = 0;
  Uid after;
  for (bool more = true; more;) {
    std::vector<Event> events;
    COLLOQUY_RETURN_IF_ERROR(db_.Read(options, [&](db::Transaction& tx) -> absl::Status {
      COLLOQUY_ASSIGN_OR_RETURN(events, store::ListFuture(tx, now, after, kPage));
      return absl::OkStatus();
    }));
    more = events.size() == kPage;
    for (const Event& before : events) {
      after = store::UidOf(before.uid());
      Event event = before;
      // What the clock skips under the new rules stays where it is, for its organiser to decide.
      if (!rules::NormalizeEvent("event", &event).ok() ||
          (event.start_time().seconds() == before.start_time().seconds() &&
           event.end_time().seconds() == before.end_time().seconds()))
        continue;
      *event.mutable_update_time() = rules::ToProto(now);
      event.set_revision(before.revision() + 1);
      event.set_calendar_sequence(before.calendar_sequence() + 1);
      event.set_etag(resource::MakeEtag(after, event.revision()));
      const absl::Status stored = db_.Write(options, [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_RETURN_IF_ERROR(store::Update(tx, event));
        return feed_.Append(
            tx, feed::MakeRecord(FeedChange::UPDATED, event, "services/events", "time zone rules",
                                 now, StateName(before.state()), StateName(event.state())));
      });
      // Somebody changed it meanwhile, a replica that does the same for instance: by today's rules.
      if (absl::IsAborted(stored)) continue;
      COLLOQUY_RETURN_IF_ERROR(stored);
      ++moved;
    }
  }
  return moved;
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
