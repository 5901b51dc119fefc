// The tables of events: messages to rows and back. Every function works inside the caller's
// transaction; errors are the transaction's.
#ifndef COLLOQUY_SERVICES_EVENTS_STORE_STORE_H_
#define COLLOQUY_SERVICES_EVENTS_STORE_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/events/v1/events.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/order_by.h"
#include "services/events/rules/visibility.h"

namespace colloquy::events::store {

using resource::Uid;

// kAlreadyExists without details if the id is taken.
absl::Status Insert(db::Transaction& tx, const v1::Event& event);
// The stored message (with the stored state); locked if `lock`.
absl::StatusOr<std::optional<v1::Event>> Find(db::Transaction& tx, absl::string_view organizer,
                                              absl::string_view id, bool lock = false);
// Replaces the event whose revision is one less; runs the body again if there is none such.
absl::Status Update(db::Transaction& tx, const v1::Event& event);
absl::Status Delete(db::Transaction& tx, const v1::Event& event);

// What is listed: events of an organizer (of all, if empty) that the audience finds.
struct Scope {
  std::string organizer;
  rules::Audience audience = rules::Audience::kPublic;
};
struct EventPage {
  std::vector<v1::Event> events;
  resource::PagePosition next;  // empty on the last page
};
absl::StatusOr<EventPage> List(db::Transaction& tx, const Scope& scope,
                               const resource::SqlFragment& filter, const resource::OrderBy& order,
                               const resource::PagePosition& after, int limit);
// `now` tells PUBLISHED, IN_PROGRESS and COMPLETED apart.
resource::FilterSchema EventFilters(absl::Time now);
const resource::SortSchema& EventOrders();

// Up to `limit` events that start after `now`, by uid after `after`: for the upkeep of civil times.
absl::StatusOr<std::vector<v1::Event>> ListFuture(db::Transaction& tx, absl::Time now,
                                                  const Uid& after, int limit);

absl::Status InsertSession(db::Transaction& tx, const Uid& event, const v1::Session& session);
absl::StatusOr<std::optional<v1::Session>> FindSession(db::Transaction& tx, const Uid& event,
                                                       absl::string_view id);
absl::Status UpdateSession(db::Transaction& tx, const Uid& event, const v1::Session& session);
absl::Status DeleteSession(db::Transaction& tx, const Uid& event, const v1::Session& session);
absl::Status DeleteSessions(db::Transaction& tx, const Uid& event);
absl::StatusOr<std::vector<v1::Session>> AllSessions(db::Transaction& tx, const Uid& event);
// Those that overlap a span of time, `session` itself included.
absl::StatusOr<std::vector<v1::Session>> Overlapping(db::Transaction& tx, const Uid& event,
                                                     const v1::Session& session);
struct SessionPage {
  std::vector<v1::Session> sessions;
  resource::PagePosition next;
};
absl::StatusOr<SessionPage> ListSessions(db::Transaction& tx, const Uid& event,
                                         const resource::SqlFragment& filter,
                                         const resource::OrderBy& order,
                                         const resource::PagePosition& after, int limit);
const resource::FilterSchema& SessionFilters();
const resource::SortSchema& SessionOrders();

// Uid of a message's `uid` field.
Uid UidOf(const std::string& uuid);

}  // namespace colloquy::events::store

#endif  // COLLOQUY_SERVICES_EVENTS_STORE_STORE_H_
