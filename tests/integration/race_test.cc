// Never a seat too many: 200 callers race for the last 50 seats over real connections, with retried
// requests, cancellations and changed capacities mixed in. Then the books are verified and the
// recorded history is gone through, record by record.
//
//   COLLOQUY_RACE_ROUNDS   rounds on each engine (2)
#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "colloquy/changes/v1/changes.pb.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "google/protobuf/util/time_util.h"
#include "tests/integration/fixture.h"

namespace colloquy::test {
namespace {

using registrations::v1::Registration;

constexpr int kCallers = 200;
constexpr int kSeats = 50;
constexpr int kTaken = 30;  // before the race
// The capacity goes up and down between these while they race.
constexpr int kCapacities[] = {kTaken + kSeats, 60, 75, 55, kTaken + kSeats};

int Rounds() {
  const char* text = std::getenv("COLLOQUY_RACE_ROUNDS");
  int rounds = 0;
  return text != nullptr && absl::SimpleAtoi(text, &rounds) ? rounds : 2;
}

// Seats that could be given away at some time: from when the change was asked for until the next
// one was answered. What the server decides in between may follow either rule, later nothing may.
struct Allowed {
  int capacity;
  absl::Time from;
  absl::Time until = absl::InfiniteFuture();
};

int MostAt(const std::vector<Allowed>& allowed, absl::Time time) {
  int most = 0;
  for (const Allowed& one : allowed) {
    if (one.from <= time && time <= one.until) most = std::max(most, one.capacity);
  }
  return most;
}

class RaceTest : public WorldTest {
 protected:
  absl::StatusOr<std::string> PublishEvent(int round, int capacity) {
    const std::string id = absl::StrCat("race-", round);
    const auto made = world_->Get<events::v1::Event>(
        "owner", absl::StrCat(kEvents, "CreateEvent"),
        absl::StrCat("parent: '{organizer}' event_id: '", id, "' event { ",
                     World::EventText(absl::StrCat("registration { capacity: ", capacity,
                                                   " waiting_list { mode: ON } }")),
                     " }"));
    if (!made.ok()) return made.status();
    const absl::Status published = world_
                                       ->Do("owner", absl::StrCat(kEvents, "PublishEvent"),
                                            absl::StrCat("name: '", made->name(), "'"))
                                       .status();
    if (!published.ok()) return published;
    return made->name();
  }

  absl::StatusOr<Registration> Register(const std::string& event, const std::string& email,
                                        const std::string& request_id) {
    return world_->Get<Registration>(
        "partner", absl::StrCat(kRegistrations, "CreateRegistration"),
        absl::StrCat("parent: '", event, "' registration { attendee { email: '", email,
                     "' } } request_id: '", request_id, "'"));
  }

  // One guest: registers, perhaps twice with the same id, and perhaps changes their mind.
  void BeGuest(const std::string& event, int round, int caller) {
    std::mt19937 random(static_cast<unsigned>(round * 1'000 + caller));
    const std::string id = absl::StrFormat("%08x-%04x-4000-8000-%012x", round, caller, 1);
    const std::string email = absl::StrCat("guest-", caller, "@example.org");
    const auto made = Register(event, email, id);
    ASSERT_TRUE(made.ok()) << made.status();
    if (random() % 3 == 0) {
      const auto again = Register(event, email, id);
      ASSERT_TRUE(again.ok()) << again.status();
      EXPECT_EQ(again->SerializeAsString(), made->SerializeAsString());
    }
    if (random() % 4 == 0) {
      const auto cancelled =
          world_->Do("partner", absl::StrCat(kRegistrations, "CancelRegistration"),
                     absl::StrCat("name: '", made->name(), "'"));
      EXPECT_TRUE(cancelled.ok()) << cancelled.status();
    }
  }

  // Raises are granted; lowering is refused where more is taken, and then nothing has changed.
  std::vector<Allowed> ChangeCapacities(const std::string& event, std::vector<Allowed> allowed) {
    for (const int capacity : kCapacities) {
      const absl::Time asked = absl::Now();
      const Answer answer =
          Ask("owner", absl::StrCat(kEvents, "UpdateEvent"),
              absl::StrCat("event { name: '", event, "' registration { capacity: ", capacity,
                           " } } update_mask { paths: 'registration.capacity' }"));
      if (!answer.status.ok()) {
        EXPECT_EQ(Outcome(answer.status), "FAILED_PRECONDITION CAPACITY_BELOW_TAKEN")
            << answer.status;
        continue;
      }
      allowed.back().until = absl::Now();
      allowed.push_back({capacity, asked});
    }
    return allowed;
  }

  std::vector<changes::v1::Change> History(const std::string& event) {
    std::vector<changes::v1::Change> all;
    std::string token;
    do {
      const auto page = world_->Get<changes::v1::ListChangesResponse>(
          "owner", absl::StrCat(kRegistrations, "ListChanges"),
          absl::StrCat("parent: '{organizer}' page_size: 1000 filter: 'resource = \"", event,
                       "/*\"' page_token: '", token, "'"));
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return all;
      all.insert(all.end(), page->changes().begin(), page->changes().end());
      token = page->next_page_token();
    } while (!token.empty());
    return all;
  }

  // The people who hold seats, after every record.
  static int CheckHistory(const std::vector<changes::v1::Change>& history,
                          const std::vector<Allowed>& allowed) {
    int confirmed = 0;
    for (const changes::v1::Change& change : history) {
      const bool before = change.old_state() == "CONFIRMED";
      const bool after = change.new_state() == "CONFIRMED";
      confirmed += static_cast<int>(after) - static_cast<int>(before);
      EXPECT_GE(confirmed, 0) << change.ShortDebugString();
      if (before || !after) continue;
      const absl::Time time = absl::FromUnixMicros(
          google::protobuf::util::TimeUtil::TimestampToMicroseconds(change.change_time()));
      EXPECT_LE(confirmed, MostAt(allowed, time)) << change.ShortDebugString();
    }
    return confirmed;
  }

  registrations::v1::Availability Explain(const std::string& event) {
    const auto answer = world_->Get<registrations::v1::Availability>(
        "owner", absl::StrCat(kRegistrations, "ExplainAvailability"),
        absl::StrCat("event: '", event, "'"));
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.value_or(registrations::v1::Availability());
  }

  void Race(int round);
};
INSTANTIATE_WORLDS(RaceTest);

void RaceTest::Race(int round) {
  const absl::Time begun = absl::Now();
  const auto event = PublishEvent(round, kTaken + kSeats);
  ASSERT_TRUE(event.ok()) << event.status();
  std::string batch = absl::StrCat("parent: '", *event, "' ");
  for (int i = 0; i < kTaken; ++i) {
    absl::StrAppend(&batch, "requests { parent: '", *event,
                    "' registration { attendee { email: 'early-", i, "@example.org' } } } ");
  }
  const auto early =
      world_->Do("owner", absl::StrCat(kRegistrations, "BatchCreateRegistrations"), batch);
  ASSERT_TRUE(early.ok()) << early.status();

  std::vector<std::thread> guests;
  for (int caller = 0; caller < kCallers; ++caller) {
    guests.emplace_back([&, caller] { BeGuest(*event, round, caller); });
  }
  const std::vector<Allowed> allowed = ChangeCapacities(*event, {{kTaken + kSeats, begun}});
  for (std::thread& guest : guests) guest.join();

  // Promotions that a raised capacity makes possible come by the feed: the seats fill up.
  const int capacity = allowed.back().capacity;
  int64_t taken = 0;
  for (const absl::Time patience = absl::Now() + absl::Seconds(30); absl::Now() < patience;) {
    const registrations::v1::Availability now = Explain(*event);
    taken = now.pools(0).taken();
    if (taken == capacity || now.pools(0).waiting() == 0) break;
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_EQ(taken, capacity);
  const auto verified = world_->Get<registrations::v1::VerifySeatsResponse>(
      "owner", absl::StrCat(kRegistrations, "VerifySeats"), absl::StrCat("event: '", *event, "'"));
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->differences_size(), 0) << verified->ShortDebugString();
  EXPECT_EQ(verified->registration_count(), kTaken + kCallers);

  // On MySQL records are listed once the sequencer has stamped them.
  std::vector<changes::v1::Change> history;
  int confirmed = -1;
  for (const absl::Time patience = absl::Now() + absl::Seconds(30); absl::Now() < patience;) {
    history = History(*event);
    confirmed = 0;
    for (const changes::v1::Change& change : history) {
      confirmed += (change.new_state() == "CONFIRMED") - (change.old_state() == "CONFIRMED");
    }
    if (confirmed == taken && history.size() >= kTaken + kCallers) break;
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_EQ(CheckHistory(history, allowed), taken);
}

TEST_P(RaceTest, TwoHundredCallersForTheLastFiftySeats) {
  for (int round = 0; round < Rounds() && !HasFailure(); ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round));
    Race(round);
  }
}

}  // namespace
}  // namespace colloquy::test
