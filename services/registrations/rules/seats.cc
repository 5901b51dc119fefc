#include "services/registrations/rules/seats.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace colloquy::registrations::rules {

std::string ModePool(Mode mode) {
  return absl::StrCat("mode:", v1::Registration::AttendanceMode_Name(mode));
}

std::string CategoryPool(absl::string_view category) { return absl::StrCat("category:", category); }

bool HoldsSeats(State state) {
  return state == v1::Registration::CONFIRMED || state == v1::Registration::PENDING_APPROVAL ||
         state == v1::Registration::OFFERED;
}

int64_t Pool::available() const {
  if (!size.has_value()) return std::numeric_limits<int64_t>::max();
  return std::max<int64_t>(0, *size - taken - held());
}

Seats::Seats(std::vector<Pool> pools) : pools_(std::move(pools)) {
  auto event = std::find_if(pools_.begin(), pools_.end(),
                            [](const Pool& pool) { return pool.id == kEventPool; });
  if (event == pools_.end()) {
    pools_.insert(pools_.begin(), Pool{.id = std::string(kEventPool), .dirty = true});
  } else {
    std::rotate(pools_.begin(), event, event + 1);
  }
}

const Pool* Seats::Find(absl::string_view id) const {
  auto pool = std::find_if(pools_.begin(), pools_.end(), [&](const Pool& p) { return p.id == id; });
  return pool == pools_.end() ? nullptr : &*pool;
}

Pool& Seats::Ensure(absl::string_view id) {
  auto pool = std::find_if(pools_.begin(), pools_.end(), [&](const Pool& p) { return p.id == id; });
  if (pool != pools_.end()) return *pool;
  return pools_.emplace_back(Pool{.id = std::string(id), .dirty = true});
}

bool Seats::Resize(const events::v1::Event& event) {
  // In an order that is always the same, as are the pools that are added.
  std::map<std::string, std::optional<int64_t>> sizes;
  const auto& rules = event.registration();
  auto size_of = [](bool has, int64_t size) {
    return has ? std::optional<int64_t>(size) : std::nullopt;
  };
  sizes[std::string(kEventPool)] = size_of(rules.has_capacity(), rules.capacity());
  if (event.mode() == events::v1::Event::HYBRID) {
    sizes[ModePool(v1::Registration::IN_PERSON)] =
        size_of(rules.has_in_person_capacity(), rules.in_person_capacity());
    sizes[ModePool(v1::Registration::ONLINE)] =
        size_of(rules.has_online_capacity(), rules.online_capacity());
  }
  for (const auto& category : event.categories()) {
    sizes[CategoryPool(category.id())] = size_of(category.has_quota(), category.quota());
  }
  for (const auto& [id, size] : sizes) Ensure(id);

  bool grew = false;
  for (Pool& pool : pools_) {
    auto rule = sizes.find(pool.id);
    // A mode that an event no longer distinguishes limits nothing; a category it no longer has
    // sells nothing.
    std::optional<int64_t> size;
    if (rule != sizes.end()) {
      size = rule->second;
    } else if (pool.id.rfind("category:", 0) == 0) {
      size = 0;
    }
    if (size == pool.size) continue;
    grew |= !size.has_value() || (pool.size.has_value() && *size > *pool.size);
    pool.size = size;
    pool.forced = pool.forced && pool.overfull();
    pool.dirty = true;
  }
  return grew;
}

void Seats::Limit(absl::string_view id, int64_t size) {
  Pool& pool = Ensure(id);
  if (pool.size.has_value() && *pool.size <= size) return;
  pool.size = size;
  pool.dirty = true;
}

void Seats::MarkForced(absl::string_view id) {
  Pool& pool = Ensure(id);
  pool.forced = true;
  pool.dirty = true;
}

uint16_t Seats::IndexOf(absl::string_view id) const {
  return static_cast<uint16_t>(Find(id) - pools_.data());
}

PoolSet Seats::PoolsFor(absl::string_view category, Mode mode) const {
  PoolSet set;
  set.Add(0);
  if (const std::string id = ModePool(mode); Find(id) != nullptr) set.Add(IndexOf(id));
  if (category.empty()) return set;
  if (const std::string id = CategoryPool(category); Find(id) != nullptr) set.Add(IndexOf(id));
  return set;
}

bool Seats::Fits(const PoolSet& pools, int64_t people) const {
  return Lacking(pools, people) == nullptr;
}

const Pool* Seats::Lacking(const PoolSet& pools, int64_t people, const PoolSet& given) const {
  for (uint16_t index : pools) {
    if (given.Has(index)) continue;
    if (pools_[index].available() < people) return &pools_[index];
  }
  return nullptr;
}

bool Seats::AnyoneWaits(const PoolSet& pools, const PoolSet& given) const {
  return std::any_of(pools.begin(), pools.end(), [&](uint16_t index) {
    return !given.Has(index) && pools_[index].waiting > 0;
  });
}

void Seats::Move(const PoolSet& pools, int64_t people, State from, State to, bool forced) {
  auto share = [people](bool counts) { return counts ? people : 0; };
  for (uint16_t index : pools) {
    Pool& pool = pools_[index];
    pool.taken += share(HoldsSeats(to)) - share(HoldsSeats(from));
    pool.pending += share(to == v1::Registration::PENDING_APPROVAL) -
                    share(from == v1::Registration::PENDING_APPROVAL);
    pool.waiting +=
        share(to == v1::Registration::WAITLISTED) - share(from == v1::Registration::WAITLISTED);
    pool.forced = pool.overfull() && (pool.forced || forced);
    pool.dirty = true;
  }
}

void Seats::Hold(const PoolSet& pools, int64_t people) {
  for (uint16_t index : pools) {
    Pool& pool = pools_[index];
    pool.held_invitations += people;
    pool.forced = pool.forced && pool.overfull();
    pool.dirty = true;
  }
}

Promotion::Promotion(const Seats& seats, events::v1::WaitingList::Order order)
    : seats_(seats),
      strict_(order != events::v1::WaitingList::FILL_GAPS),
      blocked_(seats.pools().size(), false) {}

bool Promotion::Offer(const Waiter& waiter) {
  for (uint16_t index : waiter.pools) {
    if (blocked_[index]) return false;
  }
  if (seats_.Fits(waiter.pools, waiter.people)) return true;
  if (!strict_) return false;
  for (uint16_t index : waiter.pools) {
    if (seats_.pools()[index].available() < waiter.people) blocked_[index] = true;
  }
  return false;
}

bool Promotion::Exhausted() const { return blocked_[0] || seats_.pools()[0].available() == 0; }

}  // namespace colloquy::registrations::rules
