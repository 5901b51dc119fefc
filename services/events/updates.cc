#include "services/events/service.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/masks.h"
#include "services/common/resource/request_ids.h"
#include "services/common/rpc/db_options.h"
#include "services/events/parts.h"
#include "services/events/rules/civil_time.h"
#include "services/events/rules/lifecycle.h"
#include "services/events/rules/validation.h"

namespace colloquy::events {
namespace {

using rules::Method;
using v1::Event;
using v1::Session;

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

}  // namespace

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
  COLLOQUY_ASSIGN_OR_RETURN(const resource::Once once,
                            resource::Once::Of(call.method(), call.caller().actor, request));
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
  Event answer;
  bool answered = false;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(answered, once.Replay(tx, answer));
    COLLOQUY_ASSIGN_OR_RETURN(before, Visible(tx, call, ids[0], ids[1], name));
    COLLOQUY_ASSIGN_OR_RETURN(sessions, store::AllSessions(tx, store::UidOf(before.uid())));
    return absl::OkStatus();
  }));
  if (answered) return answer;
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
      once);
}

}  // namespace colloquy::events
