#include <gmock/gmock.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/unit/common/rpc/harness.h"

namespace colloquy::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Writer = std::shared_ptr<StreamWriter<Operation>>;

class StreamTest : public RpcTest {
 protected:
  // Keeps the stream open in writer_.
  void StartKeeping(StreamLimits limits = {}) {
    OnWatch(
        [this](auto, const GetOperationRequest&, Writer writer) {
          writer->OnDone([this] { done_.Notify(); });
          writer_ = std::move(writer);
          opened_.Notify();
          return absl::OkStatus();
        },
        Execution::kInline, limits);
    Start();
  }
  ~StreamTest() override { writer_.reset(); }

  // Writes until the reader's windows and the queue are full and stay so.
  void Stall(const Operation& message) {
    do {
      while (writer_->TryWrite(message)) {
      }
    } while (writer_->WaitForRoom(absl::Now() + absl::Milliseconds(100)));
  }

  Writer writer_;
  absl::Notification opened_;
  absl::Notification done_;
};

TEST_F(StreamTest, EverythingArrivesInOrderAndThenTheStatus) {
  std::thread producer;
  OnWatch([&](auto, const GetOperationRequest& request, Writer writer) {
    EXPECT_EQ(request.name(), "all");
    producer = std::thread([writer] {
      for (int i = 0; i < 5000; ++i) {
        ASSERT_TRUE(writer->WaitForRoom(absl::Now() + absl::Seconds(60)));
        ASSERT_TRUE(writer->TryWrite(Named(absl::StrCat(i))));
      }
      writer->Finish(errors::NotFound("colloquy/Event", "gone"));
      writer->Finish(absl::OkStatus());
      EXPECT_FALSE(writer->TryWrite(Named("too late")));
    });
    return absl::OkStatus();
  });
  Start();
  grpc::ClientContext context;
  auto reader = Watch(context, "all");
  Operation operation;
  int next = 0;
  while (reader->Read(&operation)) EXPECT_EQ(operation.name(), absl::StrCat(next++));
  const absl::Status status = FromGrpc(reader->Finish());
  producer.join();
  // An error discards what was still queued, but never leaves a hole.
  EXPECT_LE(next, 5000);
  EXPECT_EQ(errors::ReasonOf(status), ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_EQ(context.GetServerTrailingMetadata().count("x-request-id"), 1u);
}

TEST_F(StreamTest, OkSendsWhatIsQueuedFirst) {
  OnWatch([](auto, const GetOperationRequest&, Writer writer) {
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(writer->TryWrite(Named(absl::StrCat(i))));
    writer->Finish(absl::OkStatus());
    return absl::OkStatus();
  });
  Start();
  grpc::ClientContext context;
  auto reader = Watch(context, "all");
  Operation operation;
  int next = 0;
  while (reader->Read(&operation)) EXPECT_EQ(operation.name(), absl::StrCat(next++));
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(next, 1000);
}

TEST_F(StreamTest, AnEncodedMessageIsReadLikeAnyOtherAndMayBeWrittenAgain) {
  const Encoded<Operation> encoded(Named("shared"));
  OnWatch([&](auto, const GetOperationRequest&, Writer writer) {
    EXPECT_TRUE(writer->TryWrite(encoded));
    EXPECT_TRUE(writer->TryWrite(Named("own")));
    EXPECT_TRUE(writer->TryWrite(encoded));
    writer->Finish(absl::OkStatus());
    return absl::OkStatus();
  });
  Start();
  for (int stream = 0; stream < 2; ++stream) {
    grpc::ClientContext context;
    auto reader = Watch(context, "all");
    std::vector<std::string> names;
    Operation operation;
    while (reader->Read(&operation)) names.push_back(operation.name());
    EXPECT_TRUE(reader->Finish().ok());
    EXPECT_THAT(names, ElementsAre("shared", "own", "shared"));
  }
  EXPECT_EQ(encoded.Decode().name(), "shared");
}

TEST_F(StreamTest, AHandlerThatRefusesEndsTheStream) {
  OnWatch([](auto, const GetOperationRequest&, Writer) {
    return errors::InvalidField("cursor", "is negative");
  });
  Start();
  grpc::ClientContext context;
  Operation operation;
  auto reader = Watch(context, "x");
  EXPECT_FALSE(reader->Read(&operation));
  EXPECT_EQ(errors::ReasonOf(FromGrpc(reader->Finish())), ErrorReason::FIELD_INVALID);
}

TEST_F(StreamTest, ADroppedWriterIsAnInternalError) {
  OnWatch([](auto, const GetOperationRequest&, Writer) { return absl::OkStatus(); });
  Start();
  grpc::ClientContext context;
  Operation operation;
  auto reader = Watch(context, "x");
  EXPECT_FALSE(reader->Read(&operation));
  EXPECT_EQ(errors::ReasonOf(FromGrpc(reader->Finish())), ErrorReason::INTERNAL);
}

TEST_F(StreamTest, RefusalsOfTheStagesApplyToStreams) {
  authorizer_.denies.insert(kWatch);
  Start();
  grpc::ClientContext context;
  Operation operation;
  auto reader = Watch(context, "x");
  EXPECT_FALSE(reader->Read(&operation));
  EXPECT_EQ(FromGrpc(reader->Finish()).code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(StreamTest, ASlowReaderIsDisconnectedWithTheReason) {
  StartKeeping({.messages = 50, .bytes = 1 << 20});
  grpc::ClientContext context;
  auto reader = Watch(context, "x");
  opened_.WaitForNotification();
  const Operation large = Named(std::string(10000, 'x'));
  int written = 0;
  // Until the socket and the queue are full and stay so.
  do {
    while (writer_->TryWrite(large)) ++written;
  } while (writer_->WaitForRoom(absl::Now() + absl::Milliseconds(100)));
  EXPECT_GE(written, 50);
  EXPECT_FALSE(writer_->cancelled());
  writer_->Finish(errors::Make(absl::StatusCode::kResourceExhausted, ErrorReason::CONSUMER_TOO_SLOW,
                               "too slow"));
  EXPECT_TRUE(writer_->cancelled());
  Operation operation;
  int received = 0;
  while (reader->Read(&operation)) ++received;
  EXPECT_LT(received, written) << "what was queued is not sent any more";
  EXPECT_EQ(errors::ReasonOf(FromGrpc(reader->Finish())), ErrorReason::CONSUMER_TOO_SLOW);
}

TEST_F(StreamTest, TheQueueIsBoundedInBytes) {
  StartKeeping({.messages = 1000000, .bytes = 100000});
  grpc::ClientContext context;
  auto reader = Watch(context, "x");
  opened_.WaitForNotification();
  const Operation large = Named(std::string(60000, 'x'));
  Stall(large);
  EXPECT_FALSE(writer_->TryWrite(large));
  EXPECT_TRUE(writer_->TryWrite(Named("small"))) << "there are messages left to queue, if small";
  context.TryCancel();
}

TEST_F(StreamTest, AReaderThatLeavesEndsTheStream) {
  StartKeeping();
  grpc::ClientContext context;
  auto reader = Watch(context, "x");
  opened_.WaitForNotification();
  EXPECT_TRUE(writer_->TryWrite(Named("1")));
  Operation operation;
  EXPECT_TRUE(reader->Read(&operation));
  context.TryCancel();
  done_.WaitForNotification();
  EXPECT_TRUE(writer_->cancelled());
  EXPECT_FALSE(writer_->TryWrite(Named("2")));
  EXPECT_FALSE(writer_->WaitForRoom(absl::InfiniteFuture()));
  bool at_once = false;
  writer_->OnDone([&] { at_once = true; });
  EXPECT_TRUE(at_once);
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(StreamTest, AReaderThatTakesNothingIsCutOffInTheEnd) {
  StartKeeping({.messages = 10, .bytes = 1 << 20});
  grpc::ClientContext context;
  auto reader = Watch(context, "x");
  opened_.WaitForNotification();
  Stall(Named(std::string(50000, 'x')));
  writer_->Finish(errors::Make(absl::StatusCode::kResourceExhausted, ErrorReason::CONSUMER_TOO_SLOW,
                               "too slow"));
  done_.WaitForNotification();  // nobody reads: only the alarm ends it
  context.TryCancel();
}

TEST_F(StreamTest, WritersOnManyThreadsLoseNothing) {
  StartKeeping({.messages = 100000, .bytes = 64 << 20});
  grpc::ClientContext context;
  auto reader = Watch(context, "x");
  opened_.WaitForNotification();
  std::vector<std::thread> writers;
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([this] {
      for (int i = 0; i < 2000; ++i) EXPECT_TRUE(writer_->TryWrite(Named("m")));
    });
  }
  for (std::thread& writer : writers) writer.join();
  writer_->Finish(absl::OkStatus());
  Operation operation;
  int received = 0;
  while (reader->Read(&operation)) ++received;
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(received, 8000);
}

TEST_F(StreamTest, AStoppingServerEndsStreamsWithTheReason) {
  StartKeeping();
  grpc::ClientContext context;
  auto reader = Watch(context, "x");
  opened_.WaitForNotification();
  EXPECT_TRUE(server_->Stop(absl::Seconds(60)).ok());
  Operation operation;
  EXPECT_FALSE(reader->Read(&operation));
  const absl::Status status = FromGrpc(reader->Finish());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(errors::ReasonOf(status), ErrorReason::SERVER_STOPPING);
  EXPECT_THAT(metrics_.Text(), HasSubstr("colloquy_rpc_in_flight 0"));
}

TEST_F(StreamTest, WritersMayOutliveTheServer) {
  StartKeeping();
  grpc::ClientContext context;
  auto reader = Watch(context, "x");
  opened_.WaitForNotification();
  server_.reset();
  EXPECT_FALSE(writer_->TryWrite(Named("1")));
  EXPECT_TRUE(writer_->cancelled());
  writer_->Finish(absl::OkStatus());
}

}  // namespace
}  // namespace colloquy::rpc
