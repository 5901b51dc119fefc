// The seat allocator: pools, who takes from which, and who of the waiting comes next.
//
// Pure: no I/O, no clock. Not thread-safe; one transaction works on its own copy.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_RULES_SEATS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_RULES_SEATS_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"

namespace colloquy::registrations::rules {

using State = v1::Registration::State;
using Mode = v1::Registration::AttendanceMode;

// Names of pools, as the API shows them.
inline constexpr absl::string_view kEventPool = "event";
std::string ModePool(Mode mode);                       // "mode:IN_PERSON"
std::string CategoryPool(absl::string_view category);  // "category:student"

// Whether a registration in this state holds seats.
bool HoldsSeats(State state);

// One pool's books. All numbers are people, never negative.
struct Pool {
  std::string id;
  std::optional<int64_t> size;  // absent: without limit
  int64_t taken = 0;            // CONFIRMED, PENDING_APPROVAL and OFFERED
  int64_t pending = 0;          // of those, PENDING_APPROVAL
  int64_t held_allotments = 0;  // reserved for partners and not used
  int64_t held_invitations = 0;
  int64_t waiting = 0;  // WAITLISTED
  bool forced = false;  // an organiser took it above its size
  bool dirty = false;   // changed since it was loaded

  int64_t held() const { return held_allotments + held_invitations; }
  // Seats that can be had, 0 or more; the greatest int64 without a limit.
  int64_t available() const;
  bool overfull() const { return size.has_value() && taken + held() > *size; }

  friend bool operator==(const Pool&, const Pool&) = default;
};

// The pools that one registration takes from: the event's, its mode's and its category's.
class PoolSet {
 public:
  static constexpr size_t kMax = 3;
  void Add(uint16_t index) { indices_[size_++] = index; }
  const uint16_t* begin() const { return indices_.data(); }
  const uint16_t* end() const { return indices_.data() + size_; }
  bool Has(uint16_t index) const { return std::find(begin(), end(), index) != end(); }

 private:
  std::array<uint16_t, kMax> indices_{};
  size_t size_ = 0;
};

// The pools of one event. The event's own pool is always there, first.
class Seats {
 public:
  // `pools` in any order, each id once.
  explicit Seats(std::vector<Pool> pools = {});

  const std::vector<Pool>& pools() const { return pools_; }
  const Pool* Find(absl::string_view id) const;

  // Gives the pools the sizes that the event's rules say; pools that are missing are added. A pool
  // that the rules no longer have (a removed category) gets size 0. True if a size grew, so that
  // somebody who waits may be next.
  bool Resize(const events::v1::Event& event);

  // Lowers one pool to at most `size`.
  void Limit(absl::string_view id, int64_t size);
  // Records that an organiser accepted a size below what is taken.
  void MarkForced(absl::string_view id);

  // What a registration of this category (may be empty) and mode takes from.
  PoolSet PoolsFor(absl::string_view category, Mode mode) const;

  // Whether `people` find room in all of the pools.
  bool Fits(const PoolSet& pools, int64_t people) const;
  // The first pool without room, for errors; null if they fit. Pools in `given` are not asked: the
  // people had their seats there already.
  const Pool* Lacking(const PoolSet& pools, int64_t people, const PoolSet& given = {}) const;
  // Whether anybody waits for one of the pools, those in `given` aside.
  bool AnyoneWaits(const PoolSet& pools, const PoolSet& given = {}) const;

  // Books a change of state of a registration of `people`; STATE_UNSPECIFIED stands for one that
  // does not exist. `forced` records that an organiser overrode the size.
  void Move(const PoolSet& pools, int64_t people, State from, State to, bool forced = false);

  // Reserves seats for an invitation, which the caller has found to be free; gives them back if
  // `people` is negative.
  void Hold(const PoolSet& pools, int64_t people);

 private:
  Pool& Ensure(absl::string_view id);
  // The index of a pool, made without a limit if it is missing.
  uint16_t IndexOf(absl::string_view id) const;

  std::vector<Pool> pools_;
};

// One who waits.
struct Waiter {
  int64_t people = 1;
  PoolSet pools;
};

// Goes through the waiting in their order and says who gets seats now.
//
// STRICT: somebody who does not fit blocks the pools that lack room, for all behind them; those who
// need none of these go on. FILL_GAPS: whoever fits is next.
class Promotion {
 public:
  Promotion(const Seats& seats, events::v1::WaitingList::Order order);

  // Whether the next in line gets their seats; the caller then books the move in `seats` before it
  // asks about the one behind.
  bool Offer(const Waiter& waiter);

  // True once nobody further behind can be next: the pool that all need has no room or is blocked.
  bool Exhausted() const;

 private:
  const Seats& seats_;
  const bool strict_;
  std::vector<bool> blocked_;
};

}  // namespace colloquy::registrations::rules

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_RULES_SEATS_H_
