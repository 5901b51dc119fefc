// The tables of registrations: messages to rows and back. Every function works inside the caller's
// transaction; errors are the transaction's.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_STORE_STORE_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_STORE_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/order_by.h"
#include "services/registrations/rules/seats.h"

namespace colloquy::registrations::store {

using resource::Uid;

// What is known here of an event.
struct EventRow {
  Uid uid;
  std::string organizer;  // ids, not names
  std::string event_id;
  // Revision of the event's rules that the pools follow; 0 before the first.
  int64_t applied_revision = 0;
  // The events service was promised that the pools are no larger than revision `limit_revision` of
  // the event will say. Until that revision is seen, or limit_until has passed, no older one may
  // enlarge them.
  int64_t limit_revision = 0;
  absl::Time limit_until = absl::UnixEpoch();
  // The event was cancelled: its registrations are being ended, and then are.
  enum Ending { kNotEnding = 0, kEnding = 1, kEnded = 2 };
  Ending ending = kNotEnding;
  std::string ending_actor;
  int64_t waiting_count = 0;                  // registrations, not people
  absl::Time start_time = absl::UnixEpoch();  // of the event; the epoch: not known yet
  int64_t invitation_count = 0;               // all there ever were
  int64_t ending_at_start = 0;                // open ones without an expire_time of their own

  friend bool operator==(const EventRow&, const EventRow&) = default;
};

// A registration with the columns that its message does not show.
struct Entry {
  Uid uid;
  std::string email_key;
  v1::Registration message;
};

// Locks the event's row for the rest of the transaction, making it first if need be.
absl::StatusOr<EventRow> LockEvent(db::Transaction& tx, const Uid& uid, absl::string_view organizer,
                                   absl::string_view event_id);
absl::Status UpdateEvent(db::Transaction& tx, const EventRow& row);
// nullopt if nobody registered for it yet.
absl::StatusOr<std::optional<EventRow>> FindEvent(db::Transaction& tx, absl::string_view organizer,
                                                  absl::string_view event_id);
absl::StatusOr<std::optional<EventRow>> FindEventByUid(db::Transaction& tx, const Uid& uid);
// Up to `limit` events of an organizer after `after` by uid.
absl::StatusOr<std::vector<EventRow>> ListEvents(db::Transaction& tx, absl::string_view organizer,
                                                 const Uid& after, int limit);
absl::StatusOr<int64_t> CountEvents(db::Transaction& tx, absl::string_view organizer);
// Events that are ending, any organizer's.
absl::StatusOr<std::vector<EventRow>> ListEnding(db::Transaction& tx, int limit);

// Events that have started with invitations open that end at the start, any organizer's.
absl::StatusOr<std::vector<EventRow>> ListStarted(db::Transaction& tx, absl::Time now, int limit);

absl::StatusOr<std::vector<rules::Pool>> LoadPools(db::Transaction& tx, const Uid& event);
// Writes the pools that are dirty.
absl::Status SavePools(db::Transaction& tx, const Uid& event, absl::Span<const rules::Pool> pools);

absl::Status Insert(db::Transaction& tx, const Uid& event, absl::Span<const Entry* const> entries);
absl::Status Update(db::Transaction& tx, const Uid& event, const Entry& entry);
// Those that exist, in no order.
absl::StatusOr<std::vector<Entry>> Load(db::Transaction& tx, const Uid& event,
                                        absl::Span<const Uid> uids);
// One registration, with its place in the queue if it waits.
absl::StatusOr<std::optional<v1::Registration>> LoadWithPosition(db::Transaction& tx,
                                                                 const Uid& event, const Uid& uid);
// Which of the keys hold a live (not CANCELLED, not REJECTED) registration of the event.
absl::StatusOr<std::vector<std::string>> LiveAddresses(db::Transaction& tx, const Uid& event,
                                                       absl::Span<const std::string> keys);
// The first live registration of an address.
absl::StatusOr<std::optional<Entry>> FindLiveByAddress(db::Transaction& tx, const Uid& event,
                                                       absl::string_view email_key);
// Up to `limit` live registrations, for ending an event.
absl::StatusOr<std::vector<Entry>> LoadLive(db::Transaction& tx, const Uid& event, int limit);

struct WaitingRow {
  Uid uid;
  int64_t rank = 0;
  int64_t people = 1;
  std::string category;
  rules::Mode mode = v1::Registration::IN_PERSON;
};

// Up to `limit` of those who wait, in their order, after `after` (null: from the head).
absl::StatusOr<std::vector<WaitingRow>> LoadWaiting(db::Transaction& tx, const Uid& event,
                                                    const WaitingRow* after, int limit);
absl::Status InsertWaiting(db::Transaction& tx, const Uid& event,
                           absl::Span<const WaitingRow> rows);
absl::Status DeleteWaiting(db::Transaction& tx, const Uid& event, int64_t rank, const Uid& uid);
// How many stand before (rank, uid).
absl::StatusOr<int64_t> CountWaitingBefore(db::Transaction& tx, const Uid& event, int64_t rank,
                                           const Uid& uid);

// A registration by the ids in its name; `partner`, unless empty, must be its own.
absl::StatusOr<std::optional<v1::Registration>> Find(db::Transaction& tx,
                                                     absl::string_view organizer,
                                                     absl::string_view event_id, const Uid& uid,
                                                     absl::string_view partner);

// One page: up to `limit` registrations of the event and, when there are more, the position of the
// last.
struct Page {
  std::vector<v1::Registration> registrations;
  resource::PagePosition next;
};
absl::StatusOr<Page> List(db::Transaction& tx, const Uid& event, absl::string_view partner,
                          const resource::SqlFragment& filter, const resource::OrderBy& order,
                          const resource::PagePosition& after, int limit);
// What ListRegistrations may filter and sort by.
const resource::FilterSchema& Filters();
const resource::SortSchema& Orders();

// People and registrations by category, mode and state, counted from the registrations themselves.
struct Count {
  std::string category;
  rules::Mode mode;
  rules::State state;
  int64_t registrations;
  int64_t people;
};
absl::StatusOr<std::vector<Count>> CountSeats(db::Transaction& tx, const Uid& event);
// Registrations in the queue's own table.
absl::StatusOr<int64_t> CountQueue(db::Transaction& tx, const Uid& event);

}  // namespace colloquy::registrations::store

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_STORE_STORE_H_
