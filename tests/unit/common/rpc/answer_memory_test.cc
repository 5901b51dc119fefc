// What is remembered of answers: over a socket, and the memory by itself.
#include "services/common/rpc/answer_memory.h"

#include <gmock/gmock.h>

#include <atomic>

#include "absl/strings/str_cat.h"
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
          if (request.name() == "missing") return errors::NotFound("colloquy/Operation", "missing");
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
