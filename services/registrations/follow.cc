#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/registrations/decide.h"
#include "services/registrations/event_ids.h"
#include "services/registrations/seat_book.h"

namespace colloquy::registrations {
namespace {

using errors::ErrorReason;
using events::v1::Event;
using v1::Registration;

// How long the events service may take to commit what it was promised seats for.
constexpr absl::Duration kPromise = absl::Seconds(60);

// Seats that are taken, or held for somebody.
int64_t UsedIn(const rules::Seats& seats, const std::string& id) {
  const rules::Pool* pool = seats.Find(id);
  return pool == nullptr ? 0 : pool->taken + pool->held();
}

absl::Status CheckLimits(const rules::Seats& seats, const v1::LimitSeatsRequest& request) {
  if (request.force()) return absl::OkStatus();
  for (const v1::PoolLimit& limit : request.limits()) {
    const int64_t used = UsedIn(seats, limit.pool());
    if (used <= limit.size()) continue;
    return errors::FailedPrecondition(
        ErrorReason::CAPACITY_BELOW_TAKEN, request.event(),
        absl::StrCat(used, " seats of ", limit.pool(), " are taken or held; ", limit.size(),
                     " would be too few. With force nobody is thrown out, and nothing is sold "
                     "until it fits"),
        {{"pool", limit.pool()},
         {"taken", absl::StrCat(used)},
         {"size", absl::StrCat(limit.size())}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Follow(db::Transaction& tx, feed::Feed& feed, const Event& event,
                    absl::string_view actor, absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(event.name(), event.uid()));
  COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::EventRow> known,
                            store::FindEvent(tx, ids.organizer, ids.id));
  if (!known.has_value() || known->uid != ids.uid) return absl::OkStatus();
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook book, SeatBook::Open(tx, ids.uid, ids.organizer, ids.id, now));
  if (event.state() == Event::CANCELLED) {
    if (book.row().ending == store::EventRow::kNotEnding) {
      book.row().ending = store::EventRow::kEnding;
      book.row().ending_actor = std::string(actor);
    }
    return book.Save(feed);
  }
  book.Sync(event);
  if (book.row().ending == store::EventRow::kNotEnding)
    COLLOQUY_RETURN_IF_ERROR(book.Promote(event));
  return book.Save(feed);
}

absl::StatusOr<bool> EndSome(db::Transaction& tx, feed::Feed& feed, const Uid& event, int limit,
                             absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook book, SeatBook::Open(tx, event, "", "", now));
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::Entry> entries, store::LoadLive(tx, event, limit));
  const bool last = entries.size() < static_cast<size_t>(limit);
  for (store::Entry& entry : entries) {
    entry.message.set_reason("the event was cancelled");
    book.Change(book.Track(std::move(entry)), Registration::CANCELLED,
                {book.row().ending_actor, "CancelEvent"});
  }
  if (last) book.row().ending = store::EventRow::kEnded;
  COLLOQUY_RETURN_IF_ERROR(book.Save(feed));
  return last;
}

absl::Status CheckLimit(db::Transaction& tx, const v1::LimitSeatsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(request.event(), request.event_uid()));
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<rules::Pool> pools, store::LoadPools(tx, ids.uid));
  return CheckLimits(rules::Seats(std::move(pools)), request);
}

absl::Status Limit(db::Transaction& tx, feed::Feed& feed, const v1::LimitSeatsRequest& request,
                   absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(request.event(), request.event_uid()));
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook book, SeatBook::Open(tx, ids.uid, ids.organizer, ids.id, now));
  COLLOQUY_RETURN_IF_ERROR(CheckLimits(book.seats(), request));
  for (const v1::PoolLimit& limit : request.limits()) {
    const bool below_taken = UsedIn(book.seats(), limit.pool()) > limit.size();
    book.seats().Limit(limit.pool(), limit.size());
    if (below_taken) book.seats().MarkForced(limit.pool());
  }
  book.row().limit_revision = std::max(book.row().limit_revision, request.revision());
  book.row().limit_until = now + kPromise;
  return book.Save(feed);
}

}  // namespace colloquy::registrations
