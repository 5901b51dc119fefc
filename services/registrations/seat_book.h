// An event's seats and queue inside one transaction: opened under the event's lock, changed in
// memory by the rules, written at the end. Every path to a seat goes through here.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_SEAT_BOOK_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_SEAT_BOOK_H_

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/registrations/rules/seats.h"
#include "services/registrations/store/store.h"

namespace colloquy::registrations {

using resource::Uid;

// Why a registration changes, for the feed.
struct Cause {
  std::string actor;
  std::string text;
};

class SeatBook {
 public:
  // Locks the event for the rest of the transaction.
  static absl::StatusOr<SeatBook> Open(db::Transaction& tx, const Uid& event,
                                       absl::string_view organizer, absl::string_view event_id,
                                       absl::Time now);

  store::EventRow& row() { return row_; }
  const store::EventRow& row() const { return row_; }
  rules::Seats& seats() { return seats_; }

  // Takes over pool sizes and the start from the event's rules, unless they are older than what is
  // known here.
  void Sync(const events::v1::Event& event);

  // A registration that takes part in this transaction.
  struct Tracked {
    store::Entry entry;
    rules::State before = v1::Registration::STATE_UNSPECIFIED;  // in the database
    rules::PoolSet pools;
    Cause cause;
    bool edited = false;
    int64_t rank() const { return -static_cast<int64_t>(entry.message.priority()); }
  };

  // Adds a new registration in `state`, which the caller has found to be possible.
  Tracked& Add(store::Entry entry, rules::State state, Cause cause, bool forced = false);
  // Brings a stored registration in; the same object for the same uid.
  Tracked& Track(store::Entry entry);
  Tracked* Find(const Uid& uid);
  // Changes the state, with the seats and times that go with it.
  void Change(Tracked& tracked, rules::State to, Cause cause);
  // Notes that the message has other content, in the state that it has.
  void Edit(Tracked& tracked, Cause cause);

  // A point to come back to when an atomic request fails: everything added since is forgotten.
  struct Mark {
    rules::Seats seats;
    size_t tracked;
  };
  Mark Here() const { return {seats_, tracked_.size()}; }
  void ReturnTo(Mark mark);

  // Gives free seats to those who wait, in their order.
  absl::Status Promote(const events::v1::Event& event);

  // Writes everything that changed.
  absl::Status Save(feed::Feed& feed);

 private:
  SeatBook(db::Transaction& tx, store::EventRow row, rules::Seats seats, absl::Time now)
      : tx_(&tx), row_(std::move(row)), seats_(std::move(seats)), now_(now) {}

  struct Candidate {
    store::WaitingRow row;
    Tracked* tracked = nullptr;  // null: only in the database so far
  };
  absl::StatusOr<std::vector<Uid>> ChoosePromotions(const events::v1::Event& event);
  std::vector<Candidate> NewlyWaiting();
  void Touch(v1::Registration& message) const;
  void SetTimes(v1::Registration& message, rules::State to) const;
  absl::Status SaveQueue();

  db::Transaction* tx_;
  store::EventRow row_;
  store::EventRow loaded_row_;
  rules::Seats seats_;
  absl::Time now_;
  std::deque<Tracked> tracked_;  // stable addresses
  absl::flat_hash_map<Uid, Tracked*> by_uid_;
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_SEAT_BOOK_H_
