#include "services/events/service.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/filter.h"
#include "services/common/resource/order_by.h"
#include "services/common/rpc/db_options.h"
#include "services/events/parts.h"
#include "services/events/rules/calendar.h"
#include "services/events/rules/civil_time.h"
#include "services/events/rules/validation.h"

namespace colloquy::events {
namespace {

using FeedChange = changes::v1::Change;
using resource::Uid;
using v1::Event;

}  // namespace

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
            tx,
            feed::MakeRecord(FeedChange::UPDATED, event, "services/events", "time zone rules", now,
                             Event::State_Name(before.state()), Event::State_Name(event.state())));
      });
      // Somebody changed it meanwhile, a replica that does the same for instance: by today's rules.
      if (absl::IsAborted(stored)) continue;
      COLLOQUY_RETURN_IF_ERROR(stored);
      ++moved;
    }
  }
  return moved;
}

}  // namespace colloquy::events
