// What is remembered of answers: over a socket, and the memory by itself.
#include "services/common/rpc/answer_memory.h"

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/unit/common/rpc/harness.h"

namespace colloquy::rpc {
namespace {

// A method that says how often its handler has run.
class RememberedTest : public RpcTest {
 protected:
  void SetUp() override {
    given_.insert("GetOperation");
    operations_.UnaryRemembered<GetOperationRequest, Operation>(
        "GetOperation", memory_,
        [this](const CallContext&,
               const GetOperationRequest& request) -> absl::StatusOr<Operation> {
          if (during_) during_();
          const int run = ++runs_;
          if (request.name() == missing_ && run > found_)
            return errors::NotFound("colloquy/Operation", missing_);
          return Named(absl::StrCat(request.name(), " ", run));
        },
        [this](const GetOperationRequest&, const Operation&) { return good_until_; });
    Start();
  }

  std::string Ask(absl::string_view name, const std::string& key = "") {
    grpc::ClientContext context;
    if (!key.empty()) context.AddMetadata("x-api-key", key);
    Operation operation;
    const absl::Status status = Get(name, &operation, &context);
    return status.ok() ? operation.name() : absl::StatusCodeToString(status.code());
  }

  std::atomic<uint64_t> generation_{1};
  std::atomic<bool> known_{true};
  std::atomic<int> runs_{0};
  std::string missing_ = "missing";
  int found_ = 0;  // so many runs find what is missing then
  std::function<void()> during_;
  absl::Time good_until_ = absl::InfiniteFuture();
  AnswerMemory memory_{
      [this] { return known_ ? std::optional<uint64_t>(generation_) : std::nullopt; }, 64 << 10};
};

TEST_F(RememberedTest, TheSameCallersSameRequestIsAnsweredWithoutTheHandler) {
  EXPECT_EQ(Ask("a"), "a 1");
  EXPECT_EQ(Ask("a"), "a 1");
  EXPECT_EQ(Ask("b"), "b 2");
  EXPECT_EQ(Ask("a", "good"), "a 3") << "another caller";
  EXPECT_EQ(Ask("a", "good-peer"), "a 4");
  EXPECT_EQ(Ask("a"), "a 1");
  EXPECT_EQ(Ask("a", "good"), "a 3");
}

TEST_F(RememberedTest, WhatIsWrittenEndsIt) {
  EXPECT_EQ(Ask("a"), "a 1");
  ++generation_;
  EXPECT_EQ(Ask("a"), "a 2");
  EXPECT_EQ(Ask("a"), "a 2");
}

TEST_F(RememberedTest, WhatIsWrittenWhileTheHandlerReadsIsNotMissed) {
  during_ = [this] { ++generation_; };
  EXPECT_EQ(Ask("a"), "a 1");
  during_ = nullptr;
  EXPECT_EQ(Ask("a"), "a 2") << "the first answer may hold the state before";
}

TEST_F(RememberedTest, TheClockEndsIt) {
  good_until_ = absl::Now() - absl::Seconds(1);
  EXPECT_EQ(Ask("a"), "a 1");
  EXPECT_EQ(Ask("a"), "a 2");
  good_until_ = absl::Now() + absl::Hours(1);
  EXPECT_EQ(Ask("a"), "a 3");
  EXPECT_EQ(Ask("a"), "a 3");
}

TEST_F(RememberedTest, ErrorsAreNotRemembered) {
  EXPECT_EQ(Ask("missing"), "NOT_FOUND");
  EXPECT_EQ(Ask("missing"), "NOT_FOUND");
  EXPECT_EQ(runs_, 2);
}

TEST_F(RememberedTest, NothingIsWhereOthersMayWrite) {
  known_ = false;
  EXPECT_EQ(Ask("a"), "a 1");
  EXPECT_EQ(Ask("a"), "a 2");
}

// Where nothing is remembered; the handler's first run is held up until it is let go.
class SharedTest : public RememberedTest {
 protected:
  void SetUp() override {
    known_ = false;
    during_ = [this, first = std::make_shared<std::atomic<bool>>(true)] {
      if (!first->exchange(false)) return;
      running_.Notify();
      go_on_.WaitForNotification();
    };
    RememberedTest::SetUp();
    callers_.emplace_back([this] { EXPECT_EQ(Ask("a").substr(0, 2), "a "); });
    running_.WaitForNotification();
  }
  // What is still to come in must do so.
  void TearDown() override {
    for (std::thread& caller : callers_) caller.join();
    EXPECT_EQ(memory_.shared().waiting(), 0u);
  }

  // Asks on a thread of its own; returns when the question waits for its run.
  std::shared_ptr<std::string> AskAndWait(const std::string& name,
                                          std::shared_ptr<grpc::ClientContext> context = nullptr) {
    const size_t before = memory_.shared().waiting();
    auto answer = std::make_shared<std::string>();
    callers_.emplace_back([this, name, answer, context] {
      Operation operation;
      const absl::Status status = Get(name, &operation, context.get());
      *answer = status.ok() ? operation.name() : absl::StatusCodeToString(status.code());
    });
    while (memory_.shared().waiting() == before) std::this_thread::yield();
    return answer;
  }
  void LetGo() {
    go_on_.Notify();
    for (std::thread& caller : callers_) caller.join();
    callers_.clear();
  }

  absl::Notification running_, go_on_;
  std::vector<std::thread> callers_;
};

TEST_F(SharedTest, OneRunAnswersAllWhoCameBeforeIt) {
  std::vector<std::shared_ptr<std::string>> answers;
  for (int i = 0; i < 5; ++i) answers.push_back(AskAndWait("a"));
  LetGo();
  EXPECT_THAT(answers, testing::Each(testing::Pointee(std::string("a 2"))))
      << "the first run may have read before they asked";
  EXPECT_EQ(Ask("a"), "a 3");
}

TEST_F(SharedTest, OtherQuestionsAndOtherCallersDoNotWait) {
  EXPECT_EQ(Ask("b"), "b 1");
  EXPECT_EQ(Ask("a", "good"), "a 2");
  EXPECT_EQ(Ask("a", "good-peer"), "a 3");
  LetGo();
}

TEST_F(SharedTest, AnErrorIsForAllOfTheRun) {
  missing_ = "a";
  found_ = 1;
  const auto one = AskAndWait("a"), other = AskAndWait("a");
  LetGo();
  EXPECT_EQ(*one, "NOT_FOUND");
  EXPECT_EQ(*other, "NOT_FOUND");
  EXPECT_EQ(runs_, 2);
  missing_ = "";
  EXPECT_EQ(Ask("a"), "a 3");
}

TEST_F(SharedTest, WhoGoesAwayTakesNobodyAlong) {
  const auto impatient = std::make_shared<grpc::ClientContext>();
  const auto gone = AskAndWait("a", impatient);
  const auto patient = AskAndWait("a");
  impatient->TryCancel();
  LetGo();
  EXPECT_EQ(*gone, "CANCELLED");
  EXPECT_EQ(*patient, "a 2");
}

TEST_F(SharedTest, WhenAllHaveGoneTheNextIsAnswered) {
  const auto impatient = std::make_shared<grpc::ClientContext>();
  impatient->set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  const auto gone = AskAndWait("a", impatient);
  callers_.back().join();
  callers_.pop_back();
  EXPECT_EQ(*gone, "DEADLINE_EXCEEDED");
  LetGo();
  EXPECT_EQ(Ask("a").substr(0, 2), "a ");
}

class FullPoolTest : public RememberedTest {
 protected:
  void SetUp() override {
    options_.executor_queue = 0;
    RememberedTest::SetUp();
  }
};

TEST_F(FullPoolTest, EachIsRefused) {
  EXPECT_EQ(Ask("a"), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(Ask("a"), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(runs_, 0);
}

TEST_F(RememberedTest, EveryStageIsPassedEachTime) {
  EXPECT_EQ(Ask("a"), "a 1");
  journal_.Take();
  EXPECT_EQ(Ask("a"), "a 1");
  EXPECT_THAT(journal_.Take(), testing::ElementsAre("authenticate", "authorise GetOperationRequest",
                                                    "validate", "admit"));
  authorizer_.denies.insert(kGetOperation);
  EXPECT_EQ(Ask("a"), "PERMISSION_DENIED");
}

TEST_F(RememberedTest, ItIsBounded) {
  const std::string large(3 << 10, 'x');  // with its key a tenth of the memory
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Ask(absl::StrCat(i, large)).empty(), false);
  EXPECT_EQ(runs_, 20);
  Ask(absl::StrCat(19, large));
  EXPECT_EQ(runs_, 20) << "the newest is there";
  Ask(absl::StrCat(0, large));
  EXPECT_EQ(runs_, 21) << "the oldest is not";

  const std::string too_large(5 << 10, 'x');
  Ask(too_large);
  Ask(too_large);
  EXPECT_EQ(runs_, 23);
}

TEST(AnswerMemoryTest, AnAnswerOfAnOlderGenerationIsNeverFound) {
  uint64_t generation = 7;
  AnswerMemory memory([&] { return generation; }, 1 << 20);
  GetOperationRequest request;
  const auto before = memory.SlotFor("/s/M", auth::Caller(), request);
  grpc::Slice slice("answer");
  memory.Keep(before, absl::InfiniteFuture(), grpc::ByteBuffer(&slice, 1));
  grpc::ByteBuffer found;
  EXPECT_TRUE(memory.Find(before, absl::Now(), &found));
  EXPECT_EQ(found.Length(), 6u);

  generation = 8;
  EXPECT_FALSE(memory.Find(memory.SlotFor("/s/M", auth::Caller(), request), absl::Now(), &found));
  memory.Keep(before, absl::InfiniteFuture(), grpc::ByteBuffer(&slice, 1));
  EXPECT_FALSE(memory.Find(memory.SlotFor("/s/M", auth::Caller(), request), absl::Now(), &found));
  EXPECT_FALSE(memory.Find(before, absl::Now(), &found));
}

}  // namespace
}  // namespace colloquy::rpc
