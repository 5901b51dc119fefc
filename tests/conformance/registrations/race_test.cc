// Never a seat too many: many callers race for few seats, with retries, cancellations and changed
// capacities mixed in; then the books and the recorded history are checked.
#include <map>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "services/common/resource/ids.h"
#include "tests/conformance/registrations/fixture.h"

namespace colloquy::registrations {
namespace {

class RaceTest : public RegistrationsTest {};
INSTANTIATE_ENGINES(RaceTest);

constexpr int kSeats = 50;
constexpr int kCallers = 200;

int Rounds() {
  const char* rounds = std::getenv("COLLOQUY_RACE_ROUNDS");
  return rounds == nullptr ? 5 : std::atoi(rounds);
}

// Confirmed people at every record, against the largest capacity that was in force by then.
void CheckHistory(const std::vector<changes::v1::Change>& history, int capacity) {
  int taken = 0;
  for (const changes::v1::Change& change : history) {
    taken += change.new_state() == "CONFIRMED";
    taken -= change.old_state() == "CONFIRMED";
    ASSERT_LE(taken, capacity) << "at sequence " << change.sequence();
    ASSERT_GE(taken, 0);
  }
}

TEST_P(RaceTest, TwoHundredCallersForTheLastFiftySeats) {
  for (int round = 0; round < Rounds(); ++round) {
    if (round > 0) {
      TearDown();
      SetUp();
    }
    // It only grows while the race runs, to at most kSeats; lowering has a test of its own below.
    ASSERT_TRUE(Resize(kSeats - 10).ok());
    std::vector<std::thread> threads;
    std::atomic<int> acknowledged{0};
    constexpr int kThreads = 20;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        std::mt19937 random(static_cast<unsigned>(round * 1000 + t));
        for (int i = 0; i < kCallers / kThreads; ++i) {
          const std::string id = resource::NewUid().ToUuid();
          const auto create = [&] {
            return Create(
                absl::StrCat("guest", t, "-", i, "@example.org"),
                [&](v1::CreateRegistrationRequest& request) { request.set_request_id(id); });
          };
          const auto made = create();
          ASSERT_TRUE(made.ok()) << made.status();
          ++acknowledged;
          if (random() % 3 == 0) {
            EXPECT_EQ(create()->name(), made->name());
          }
          if (random() % 5 == 0) {
            const auto cancelled = Cancel(made->name());
            EXPECT_TRUE(cancelled.ok()) << cancelled.status();
          }
          if (t == 0 && i == 5) {
            EXPECT_TRUE(Resize(kSeats).ok());
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(acknowledged, kCallers);
    EXPECT_THAT(Verify().differences(), testing::IsEmpty());
    EXPECT_EQ(List().size(), static_cast<size_t>(kCallers));
    EXPECT_EQ(List("state = CONFIRMED").size(), static_cast<size_t>(kSeats));
    std::vector<changes::v1::Change> history = History();
    for (int tries = 0; tries < 400 && history.size() < kCallers; ++tries) {
      absl::SleepFor(absl::Milliseconds(10));
      history = History();
    }
    CheckHistory(history, kSeats);
  }
}

TEST_P(RaceTest, LoweringDuringARaceNeverLeavesMoreThanTheNewSize) {
  for (int round = 0; round < Rounds(); ++round) {
    if (round > 0) {
      TearDown();
      SetUp();
    }
    ASSERT_TRUE(Resize(40).ok());
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 10; ++i)
          EXPECT_TRUE(Create(absl::StrCat("g", t, "-", i, "@example.org")).ok());
      });
    }
    // As low as it is granted while the others register.
    int size = 40;
    for (int wanted = 5; wanted < 40; wanted += 5) {
      if (!Resize(wanted).ok()) continue;
      size = wanted;
      break;
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(List("state = CONFIRMED").size(), static_cast<size_t>(size));
    EXPECT_THAT(Verify().differences(), testing::IsEmpty());
  }
}

}  // namespace
}  // namespace colloquy::registrations
