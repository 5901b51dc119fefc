// Decides a batch of requests for one event in one transaction.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_DECIDE_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_DECIDE_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/registrations/op.h"

namespace colloquy::registrations {

// What the event's rules say to `op`, seats aside; goes into op.admission. Fills defaults and uids
// of drafts.
void Admit(const events::v1::Event& event, Op& op, absl::Time now);

// Sets the outcome of every op, in their order, and writes what follows. All ops are for `event`.
// An error is the transaction's and concerns all; the outcomes then mean nothing. May run again
// from the start.
absl::Status Decide(db::Transaction& tx, feed::Feed& feed, const events::v1::Event& event,
                    absl::Span<Op* const> ops, absl::Time now);

// The event changed: sizes follow and freed seats go to those who wait; a cancelled one starts to
// end. Does nothing for an event that nobody registered for.
absl::Status Follow(db::Transaction& tx, feed::Feed& feed, const events::v1::Event& event,
                    absl::string_view actor, absl::Time now);

// Ends up to `limit` registrations of a cancelled event. True when none is left.
absl::StatusOr<bool> EndSome(db::Transaction& tx, feed::Feed& feed, const resource::Uid& event,
                             int limit, absl::Time now);

// CAPACITY_BELOW_TAKEN if a pool has more taken than its limit, unless forced; see LimitSeats in
// the contract.
absl::Status CheckLimit(db::Transaction& tx, const v1::LimitSeatsRequest& request);
// As that, and makes the pools no larger than the limits.
absl::Status Limit(db::Transaction& tx, feed::Feed& feed, const v1::LimitSeatsRequest& request,
                   absl::Time now);

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_DECIDE_H_
