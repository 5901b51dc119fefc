#include "services/registrations/verify.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/common/errors/errors.h"
#include "services/registrations/store/invitations.h"

namespace colloquy::registrations {
namespace {

using v1::Registration;

// The books as registrations and invitations would have them: the same rules, from nothing.
rules::Seats Recount(const std::vector<rules::Pool>& books, const std::vector<store::Count>& counts,
                     const std::vector<store::HeldCount>& held) {
  std::vector<rules::Pool> empty;
  for (const rules::Pool& pool : books) empty.push_back({.id = pool.id});
  rules::Seats seats(std::move(empty));
  for (const store::Count& count : counts) {
    seats.Move(seats.PoolsFor(count.category, count.mode), count.people,
               Registration::STATE_UNSPECIFIED, count.state);
  }
  for (const store::HeldCount& count : held)
    seats.Hold(seats.PoolsFor(count.category, count.mode), count.people);
  return seats;
}

}  // namespace

absl::StatusOr<v1::VerifySeatsResponse> Verify(db::Transaction& tx, const store::EventRow& row,
                                               absl::string_view name) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<rules::Pool> books, store::LoadPools(tx, row.uid));
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<store::Count> counts, store::CountSeats(tx, row.uid));
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<store::HeldCount> held,
                            store::CountHeldSeats(tx, row.uid));
  COLLOQUY_ASSIGN_OR_RETURN(const int64_t queue, store::CountQueue(tx, row.uid));
  v1::VerifySeatsResponse response;
  const auto compare = [&](absl::string_view pool, absl::string_view quantity, int64_t recorded,
                           int64_t counted) {
    if (recorded == counted) return;
    v1::SeatDifference& difference = *response.add_differences();
    difference.set_event(std::string(name));
    difference.set_pool(std::string(pool));
    difference.set_quantity(std::string(quantity));
    difference.set_recorded(recorded);
    difference.set_counted(counted);
  };

  const rules::Seats recount = Recount(books, counts, held);
  for (const rules::Pool& pool : books) {
    const rules::Pool& counted = *recount.Find(pool.id);
    compare(pool.id, "taken", pool.taken, counted.taken);
    compare(pool.id, "pending", pool.pending, counted.pending);
    compare(pool.id, "held_invitations", pool.held_invitations, counted.held_invitations);
    compare(pool.id, "waiting", pool.waiting, counted.waiting);
    if (pool.overfull() && !pool.forced)
      compare(pool.id, "oversold", *pool.size, pool.taken + pool.held());
  }
  int64_t waiting = 0;
  int64_t registrations = 0;
  for (const store::Count& count : counts) {
    registrations += count.registrations;
    if (count.state == Registration::WAITLISTED) waiting += count.registrations;
  }
  compare(rules::kEventPool, "waiting", row.waiting_count, waiting);
  compare(rules::kEventPool, "waiting", queue, waiting);
  response.set_registration_count(registrations);
  response.set_pool_count(static_cast<int32_t>(books.size()));
  return response;
}

}  // namespace colloquy::registrations
