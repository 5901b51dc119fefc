#include "services/registrations/rules/seats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace colloquy::registrations::rules {
namespace {

using events::v1::Event;
using events::v1::WaitingList;
using v1::Registration;

Event EventOf(int capacity, std::vector<std::pair<std::string, int>> categories = {}) {
  Event event;
  event.set_mode(Event::IN_PERSON);
  event.mutable_registration()->set_capacity(capacity);
  for (const auto& [id, quota] : categories) {
    auto* category = event.add_categories();
    category->set_id(id);
    if (quota >= 0) category->set_quota(quota);
  }
  return event;
}

Seats SeatsOf(const Event& event) {
  Seats seats;
  seats.Resize(event);
  return seats;
}

TEST(Seats, TheEventsPoolIsAlwaysThereAndFirst) {
  EXPECT_EQ(Seats().pools().front().id, "event");
  const Seats seats({{.id = "category:a"}, {.id = "event", .size = 3}});
  EXPECT_EQ(seats.pools().front().id, "event");
  EXPECT_EQ(seats.pools().front().size, 3);
}

TEST(Seats, APartyTakesFromEveryPoolThatAppliesOrFromNone) {
  Seats seats = SeatsOf(EventOf(10, {{"student", 2}, {"regular", -1}}));
  const PoolSet student = seats.PoolsFor("student", Registration::IN_PERSON);
  EXPECT_TRUE(seats.Fits(student, 2));
  EXPECT_FALSE(seats.Fits(student, 3));
  EXPECT_EQ(seats.Lacking(student, 3)->id, "category:student");
  seats.Move(student, 2, Registration::STATE_UNSPECIFIED, Registration::CONFIRMED);
  EXPECT_EQ(seats.Find("event")->taken, 2);
  EXPECT_EQ(seats.Find("category:student")->taken, 2);
  EXPECT_EQ(seats.Find("category:regular")->taken, 0);
}

TEST(Seats, HybridEventsHaveAPoolForEachMode) {
  Event event = EventOf(100);
  event.set_mode(Event::HYBRID);
  event.mutable_registration()->set_in_person_capacity(1);
  Seats seats = SeatsOf(event);
  seats.Move(seats.PoolsFor("", Registration::IN_PERSON), 1, Registration::STATE_UNSPECIFIED,
             Registration::CONFIRMED);
  EXPECT_FALSE(seats.Fits(seats.PoolsFor("", Registration::IN_PERSON), 1));
  EXPECT_TRUE(seats.Fits(seats.PoolsFor("", Registration::ONLINE), 1));
}

TEST(Seats, ARemovedCategorySellsNothing) {
  Seats seats = SeatsOf(EventOf(10, {{"student", 5}}));
  seats.Resize(EventOf(10));
  EXPECT_EQ(seats.Find("category:student")->size, 0);
}

TEST(Seats, ResizeSaysWhetherSomethingGrew) {
  Seats seats = SeatsOf(EventOf(10));
  EXPECT_FALSE(seats.Resize(EventOf(10)));
  EXPECT_FALSE(seats.Resize(EventOf(9)));
  EXPECT_TRUE(seats.Resize(EventOf(11)));
}

TEST(Seats, HeldSeatsAreNotForSale) {
  const Seats seats(
      {{.id = "event", .size = 5, .taken = 2, .held_allotments = 1, .held_invitations = 1}});
  EXPECT_EQ(seats.pools().front().available(), 1);
}

TEST(Seats, InvitationsHoldInEveryPoolThatApplies) {
  Seats seats = SeatsOf(EventOf(5, {{"speaker", 3}}));
  const PoolSet speaker = seats.PoolsFor("speaker", Registration::IN_PERSON);
  seats.Hold(speaker, 2);
  EXPECT_TRUE(seats.Fits(speaker, 1));
  EXPECT_FALSE(seats.Fits(speaker, 2));
  EXPECT_EQ(seats.Find("event")->available(), 3);
  // Who holds them is not asked for room there, only in the other pools.
  EXPECT_EQ(seats.Lacking(speaker, 2)->id, "category:speaker");
  EXPECT_EQ(seats.Lacking(speaker, 2, speaker), nullptr);
  EXPECT_EQ(seats.Lacking(speaker, 2, seats.PoolsFor("", Registration::IN_PERSON))->id,
            "category:speaker");
  seats.Hold(speaker, -2);
  for (const Pool& pool : seats.pools()) EXPECT_EQ(pool.held(), 0);
}

TEST(Seats, AForcedPoolIsMarkedUntilItFits) {
  Seats seats = SeatsOf(EventOf(1));
  const PoolSet pools = seats.PoolsFor("", Registration::IN_PERSON);
  seats.Move(pools, 1, Registration::STATE_UNSPECIFIED, Registration::CONFIRMED);
  seats.Move(pools, 1, Registration::STATE_UNSPECIFIED, Registration::CONFIRMED, /*forced=*/true);
  EXPECT_TRUE(seats.pools().front().forced);
  EXPECT_EQ(seats.pools().front().available(), 0);
  seats.Move(pools, 1, Registration::CONFIRMED, Registration::CANCELLED);
  EXPECT_FALSE(seats.pools().front().forced);
}

// Property: after any sequence of moves the books are what counting from nothing gives.
TEST(Seats, BooksAgreeWithACountAfterAnyMoves) {
  constexpr State kStates[] = {Registration::STATE_UNSPECIFIED, Registration::PENDING_APPROVAL,
                               Registration::CONFIRMED,         Registration::WAITLISTED,
                               Registration::OFFERED,           Registration::REJECTED,
                               Registration::CANCELLED};
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Seats seats = SeatsOf(EventOf(1000, {{"a", 10}, {"b", -1}}));
    struct Guest {
      PoolSet pools;
      int people;
      State state;
    };
    std::vector<Guest> guests;
    for (int i = 0; i < 20; ++i) {
      guests.push_back({seats.PoolsFor(i % 2 ? "a" : "b", Registration::IN_PERSON), 1 + i % 3,
                        Registration::STATE_UNSPECIFIED});
    }
    for (int step = 0; step < 100; ++step) {
      Guest& guest = guests[random() % guests.size()];
      const State to = kStates[random() % std::size(kStates)];
      seats.Move(guest.pools, guest.people, guest.state, to);
      guest.state = to;
    }
    Seats recount = SeatsOf(EventOf(1000, {{"a", 10}, {"b", -1}}));
    for (const Guest& guest : guests)
      recount.Move(guest.pools, guest.people, Registration::STATE_UNSPECIFIED, guest.state);
    for (const Pool& pool : seats.pools()) {
      EXPECT_EQ(pool.taken, recount.Find(pool.id)->taken);
      EXPECT_EQ(pool.pending, recount.Find(pool.id)->pending);
      EXPECT_EQ(pool.waiting, recount.Find(pool.id)->waiting);
    }
  }
}

// Who of the waiting is promoted, in order, with the seats booked.
std::vector<size_t> Promote(Seats& seats, const std::vector<Waiter>& waiting,
                            WaitingList::Order order) {
  std::vector<size_t> promoted;
  Promotion promotion(seats, order);
  for (size_t i = 0; i < waiting.size() && !promotion.Exhausted(); ++i) {
    if (!promotion.Offer(waiting[i])) continue;
    seats.Move(waiting[i].pools, waiting[i].people, Registration::WAITLISTED,
               Registration::CONFIRMED);
    promoted.push_back(i);
  }
  return promoted;
}

Waiter WaiterOf(const Seats& seats, int people, absl::string_view category = "") {
  return {.people = people, .pools = seats.PoolsFor(category, Registration::IN_PERSON)};
}

TEST(Promotion, StrictHeadBlocksUntilItsPartyFits) {
  Seats seats = SeatsOf(EventOf(2));
  const std::vector<Waiter> waiting = {WaiterOf(seats, 3), WaiterOf(seats, 1)};
  EXPECT_THAT(Promote(seats, waiting, WaitingList::STRICT), testing::IsEmpty());
}

TEST(Promotion, FillGapsTakesTheFirstThatFits) {
  Seats seats = SeatsOf(EventOf(2));
  const std::vector<Waiter> waiting = {WaiterOf(seats, 3), WaiterOf(seats, 1), WaiterOf(seats, 2),
                                       WaiterOf(seats, 1)};
  EXPECT_THAT(Promote(seats, waiting, WaitingList::FILL_GAPS), testing::ElementsAre(1, 3));
}

TEST(Promotion, AFullCategoryDoesNotBlockAnother) {
  Seats seats = SeatsOf(EventOf(10, {{"student", 0}, {"regular", 5}}));
  const std::vector<Waiter> waiting = {WaiterOf(seats, 1, "student"),
                                       WaiterOf(seats, 1, "regular")};
  EXPECT_THAT(Promote(seats, waiting, WaitingList::STRICT), testing::ElementsAre(1));
}

// Properties, on random queues: nobody is promoted above a size; STRICT never lets somebody pass
// one who lacks a pool that both need; after FILL_GAPS nobody who waits would fit.
TEST(Promotion, KeepsItsPromisesOnRandomQueues) {
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    const auto order = round % 2 ? WaitingList::STRICT : WaitingList::FILL_GAPS;
    Seats seats =
        SeatsOf(EventOf(static_cast<int>(random() % 8), {{"a", static_cast<int>(random() % 5)},
                                                         {"b", static_cast<int>(random() % 5)}}));
    std::vector<Waiter> waiting;
    for (size_t i = 0; i < 12; ++i)
      waiting.push_back(
          WaiterOf(seats, 1 + static_cast<int>(random() % 3), random() % 2 ? "a" : "b"));
    for (const Waiter& waiter : waiting)
      seats.Move(waiter.pools, waiter.people, Registration::STATE_UNSPECIFIED,
                 Registration::WAITLISTED);
    const std::vector<size_t> promoted = Promote(seats, waiting, order);
    for (const Pool& pool : seats.pools()) EXPECT_FALSE(pool.overfull());
    const std::set<size_t> chosen(promoted.begin(), promoted.end());
    for (size_t i = 0; i < waiting.size(); ++i) {
      if (chosen.contains(i)) continue;
      if (order == WaitingList::FILL_GAPS) {
        EXPECT_FALSE(seats.Fits(waiting[i].pools, waiting[i].people));
        continue;
      }
      // Whoever was passed lacks something even now, or waits for a pool that somebody before
      // lacks.
      const bool blocked = std::any_of(
          waiting.begin(), waiting.begin() + static_cast<int64_t>(i), [&](const Waiter& before) {
            const auto index = static_cast<size_t>(&before - waiting.data());
            const Pool* lacking =
                chosen.contains(index) ? nullptr : seats.Lacking(before.pools, before.people);
            if (lacking == nullptr) return false;
            return std::any_of(
                waiting[i].pools.begin(), waiting[i].pools.end(),
                [&](uint16_t pool) { return seats.pools()[pool].available() < before.people; });
          });
      EXPECT_TRUE(blocked || !seats.Fits(waiting[i].pools, waiting[i].people));
    }
  }
}

}  // namespace
}  // namespace colloquy::registrations::rules
