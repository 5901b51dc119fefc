#include "services/events/service.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/masks.h"
#include "services/common/resource/request_ids.h"
#include "services/common/resource/validation.h"
#include "services/common/rpc/db_options.h"
#include "services/events/parts.h"
#include "services/events/rules/civil_time.h"
#include "services/events/rules/conflicts.h"
#include "services/events/rules/lifecycle.h"
#include "services/events/rules/localized.h"
#include "services/events/rules/validation.h"

namespace colloquy::events {
namespace {

using FeedChange = changes::v1::Change;
using resource::Uid;
using rules::Method;
using v1::Event;
using v1::Session;

}  // namespace

absl::StatusOr<Session> EventsService::CreateSession(const Call& call,
                                                     const v1::CreateSessionRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            EventPattern().Parse(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::string id,
      resource::IdFor(request.session_id(), "session_id", resource::NewUid(), 's'));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::Once once,
                            resource::Once::Of(call.method(), call.caller().actor, request));
  Session session;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const bool answered, once.Replay(tx, session));
        if (answered) return absl::OkStatus();
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
        COLLOQUY_RETURN_IF_ERROR(
            feed_.Append(tx, feed::MakeRecord(FeedChange::CREATED, session, call.caller().actor,
                                              call.method_name(), options_.now())));
        return once.Record(tx, session, options_.now());
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

absl::StatusOr<Event> EventsService::FindToChange(db::Transaction& tx, const Call& call,
                                                  Method method,
                                                  const std::vector<std::string>& ids,
                                                  const std::string& name, Session* session) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Event event,
      Visible(tx, call, ids[0], ids[1], EventPattern().Format({ids[0], ids[1]}), /*lock=*/true));
  COLLOQUY_RETURN_IF_ERROR(rules::CheckAllowed(method, event, options_.now()));
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<Session> found,
                            store::FindSession(tx, store::UidOf(event.uid()), ids[2]));
  if (!found.has_value()) return errors::NotFound("colloquy/Session", name);
  *session = *std::move(found);
  return event;
}

absl::StatusOr<Session> EventsService::UpdateSession(const Call& call,
                                                     const v1::UpdateSessionRequest& request) {
  const std::string& name = request.session().name();
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            SessionPattern().Parse(name, "session.name"));
  Session session;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(
            const Event event, FindToChange(tx, call, Method::kUpdateSession, ids, name, &session));
        const Uid uid = store::UidOf(event.uid());
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
                                                 call.method_name(), options_.now()));
      }));
  return session;
}

absl::StatusOr<google::protobuf::Empty> EventsService::DeleteSession(
    const Call& call, const v1::DeleteSessionRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            SessionPattern().Parse(request.name(), "name"));
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        Session session;
        COLLOQUY_ASSIGN_OR_RETURN(const Event event, FindToChange(tx, call, Method::kDeleteSession,
                                                                  ids, request.name(), &session));
        COLLOQUY_RETURN_IF_ERROR(
            resource::CheckEtag(request.etag(), session.etag(), request.name()));
        if (request.validate_only()) return absl::OkStatus();
        COLLOQUY_RETURN_IF_ERROR(store::DeleteSession(tx, store::UidOf(event.uid()), session));
        return feed_.Append(tx, feed::MakeRecord(FeedChange::DELETED, session, call.caller().actor,
                                                 call.method_name(), options_.now()));
      }));
  return Empty();
}

}  // namespace colloquy::events
