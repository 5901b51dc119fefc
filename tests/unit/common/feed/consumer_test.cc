#include "services/common/feed/consumer.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "colloquy/access/v1/access.grpc.pb.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "services/common/errors/errors.h"
#include "tests/unit/common/feed/fixture.h"

namespace colloquy::feed {
namespace {

// A feed that the test writes by hand, served over a real stream.
class Source : public access::v1::AccessService::Service {
 public:
  Source() {
    grpc::ServerBuilder builder;
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    stub_ = access::v1::AccessService::NewStub(server_->InProcessChannel({}));
  }
  ~Source() override {
    {
      absl::MutexLock lock(&mu_);
      stopping_ = true;
    }
    server_->Shutdown(std::chrono::system_clock::now());
  }

  void Add(int64_t sequence) {
    absl::MutexLock lock(&mu_);
    Change change;
    change.set_sequence(sequence);
    changes_.push_back(std::move(change));
  }
  // Ends the streams that are open.
  void Break() {
    absl::MutexLock lock(&mu_);
    ++breaks_;
  }
  // Sends everything again from the start, whatever the cursor: delivery is at least once.
  void IgnoreCursors() {
    absl::MutexLock lock(&mu_);
    ignore_cursors_ = true;
  }
  std::vector<int64_t> cursors() const {
    absl::MutexLock lock(&mu_);
    return cursors_;
  }
  Consumer::Open open() {
    return [this](grpc::ClientContext* context, const StreamChangesRequest& request) {
      return std::unique_ptr<Consumer::Reader>(stub_->StreamChanges(context, request));
    };
  }

  grpc::Status StreamChanges(grpc::ServerContext* context, const StreamChangesRequest* request,
                             grpc::ServerWriter<StreamChangesResponse>* writer) override {
    size_t next = 0;
    int breaks;
    int64_t cursor;
    {
      absl::MutexLock lock(&mu_);
      cursors_.push_back(request->cursor());
      breaks = breaks_;
      cursor = ignore_cursors_ ? 0 : request->cursor();
    }
    while (!context->IsCancelled()) {
      std::optional<StreamChangesResponse> response;
      {
        absl::MutexLock lock(&mu_);
        const auto news = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
          return stopping_ || breaks_ != breaks || next < changes_.size();
        };
        mu_.AwaitWithTimeout(absl::Condition(&news), absl::Milliseconds(20));
        if (stopping_ || breaks_ != breaks) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "");
        if (next < changes_.size() && changes_[next++].sequence() > cursor) {
          response.emplace();
          *response->mutable_change() = changes_[next - 1];
          response->set_cursor(changes_[next - 1].sequence());
        }
      }
      if (response) writer->Write(*response);
    }
    return grpc::Status::CANCELLED;
  }

 private:
  mutable absl::Mutex mu_;
  std::vector<Change> changes_ ABSL_GUARDED_BY(mu_);
  std::vector<int64_t> cursors_ ABSL_GUARDED_BY(mu_);
  int breaks_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  bool ignore_cursors_ ABSL_GUARDED_BY(mu_) = false;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<access::v1::AccessService::Stub> stub_;
};

class ConsumerTest : public FeedTest {
 protected:
  // What was applied is kept in the database itself, as rows of another consumer's cursor table:
  // the name is the sequence, the position how often it was applied.
  static absl::Status Count(db::Transaction& tx, const Change& change) {
    const std::string name = absl::StrCat("seen ", change.sequence());
    COLLOQUY_RETURN_IF_ERROR(EnsurePosition(tx, name));
    return tx.Execute("UPDATE feed_cursors SET position = position + 1 WHERE feed = ?", {name})
        .status();
  }
  // How often each change was applied, for changes 1 to `last`.
  std::vector<int64_t> Applied(int64_t last) {
    std::vector<int64_t> times;
    EXPECT_TRUE(db_->Read({},
                          [&](db::Transaction& tx) -> absl::Status {
                            times.clear();
                            for (int64_t i = 1; i <= last; ++i) {
                              COLLOQUY_ASSIGN_OR_RETURN(
                                  const int64_t count,
                                  ReadPosition(tx, absl::StrCat("seen ", i), false));
                              times.push_back(count);
                            }
                            return absl::OkStatus();
                          })
                    .ok());
    return times;
  }
  std::unique_ptr<Consumer> Follow(Consumer::Apply apply = Count, int batch = 10) {
    auto consumer = std::make_unique<Consumer>(
        *db_, source_.open(), std::move(apply),
        Consumer::Options{
            .feed = "events", .batch = batch, .max_backoff = absl::Milliseconds(100)});
    consumer->Start();
    return consumer;
  }

  Source source_;
};

INSTANTIATE_ENGINES(ConsumerTest);

TEST_P(ConsumerTest, AppliesEverythingOnceAcrossBrokenStreams) {
  for (int i = 1; i <= 35; ++i) source_.Add(i);
  const auto consumer = Follow();
  EXPECT_TRUE(consumer->WaitFor(35, kPatience));
  source_.Break();
  for (int i = 36; i <= 50; ++i) source_.Add(i);
  EXPECT_TRUE(consumer->WaitFor(50, kPatience));
  EXPECT_EQ(Applied(50), std::vector<int64_t>(50, 1));
  const Consumer::Health health = consumer->health();
  EXPECT_TRUE(health.connected);
  EXPECT_EQ(health.applied, 50);
  EXPECT_TRUE(health.apply_error.ok());
}

TEST_P(ConsumerTest, ANewOneGoesOnWhereTheOldOneStopped) {
  for (int i = 1; i <= 5; ++i) source_.Add(i);
  {
    const auto first = Follow();
    EXPECT_TRUE(first->WaitFor(5, kPatience));
  }
  source_.Add(6);
  const auto second = Follow();
  EXPECT_TRUE(second->WaitFor(6, kPatience));
  EXPECT_EQ(second->health().applied, 1);
  EXPECT_EQ(source_.cursors().back(), 5);
}

TEST_P(ConsumerTest, WhatComesTwiceIsAppliedOnce) {
  source_.IgnoreCursors();
  for (int i = 1; i <= 5; ++i) source_.Add(i);
  const auto consumer = Follow();
  EXPECT_TRUE(consumer->WaitFor(5, kPatience));
  source_.Break();
  source_.Add(6);
  EXPECT_TRUE(consumer->WaitFor(6, kPatience));
  EXPECT_EQ(Applied(6), std::vector<int64_t>(6, 1));
}

TEST_P(ConsumerTest, TwoReplicasApplyEverythingOnceTogether) {
  for (int i = 1; i <= 60; ++i) source_.Add(i);
  const auto first = Follow(Count, 7);
  const auto second = Follow(Count, 7);
  EXPECT_TRUE(first->WaitFor(60, kPatience));
  EXPECT_TRUE(second->WaitFor(60, kPatience));
  EXPECT_EQ(Applied(60), std::vector<int64_t>(60, 1));
}

TEST_P(ConsumerTest, AChangeThatFailsIsTriedAgainAndHoldsUpOnlyWhatComesAfter) {
  std::atomic<bool> broken{true};
  for (int i = 1; i <= 8; ++i) source_.Add(i);
  const auto consumer = Follow([&](db::Transaction& tx, const Change& change) {
    if (change.sequence() == 5 && broken) return absl::InternalError("not yet");
    return Count(tx, change);
  });
  EXPECT_TRUE(consumer->WaitFor(4, kPatience));
  const absl::Time give_up = absl::Now() + kPatience;
  while (consumer->health().apply_error.ok() && absl::Now() < give_up) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(consumer->health().apply_error.message(), "not yet");
  EXPECT_EQ(consumer->health().cursor, 4);
  broken = false;
  EXPECT_TRUE(consumer->WaitFor(8, kPatience));
  EXPECT_EQ(Applied(8), std::vector<int64_t>(8, 1));
}

TEST_P(ConsumerTest, StopsPromptlyWhileTheStreamIsIdle) {
  source_.Add(1);
  const auto consumer = Follow();
  EXPECT_TRUE(consumer->WaitFor(1, kPatience));
  const absl::Time before = absl::Now();
  consumer->Stop();
  EXPECT_LT(absl::Now() - before, absl::Seconds(5));
  consumer->Stop();
}

}  // namespace
}  // namespace colloquy::feed
