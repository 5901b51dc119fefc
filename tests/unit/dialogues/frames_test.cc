#include "services/dialogues/frames.h"

#include <gmock/gmock.h>

#include "services/common/errors/errors.h"

namespace colloquy::dialogues {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::RoomUpdate;

// A reader with room for so many updates that it has not taken yet.
class FakeReader : public rpc::StreamWriter<RoomUpdate> {
 public:
  explicit FakeReader(size_t room) : room_(room) {}

  using StreamWriter::TryWrite;
  bool TryWrite(const RoomUpdate& update) override {
    if (over_ || queue_.size() >= room_) return false;
    queue_.push_back(update);
    return true;
  }
  bool WaitForRoom(absl::Time) override { return !over_ && queue_.size() * 2 <= room_; }
  void Finish(absl::Status status) override {
    status_ = status;
    over_ = true;
  }
  bool cancelled() const override { return over_; }
  void OnDone(absl::AnyInvocable<void()>) override {}

  void Leave() { over_ = true; }
  const absl::Status& status() const { return status_; }
  // The watcher counts that tell the updates of these tests apart, those of whole rooms negative.
  std::vector<int> Read() {
    std::vector<int> read;
    for (const RoomUpdate& update : queue_) {
      read.push_back(update.reset() ? -update.watcher_count() : update.watcher_count());
      cursor_ = update.cursor();
    }
    queue_.clear();
    return read;
  }
  const std::string& cursor() const { return cursor_; }

 private:
  const size_t room_;
  std::vector<RoomUpdate> queue_;
  std::string cursor_;
  bool over_ = false;
  absl::Status status_;
};

class FramesTest : public ::testing::Test {
 protected:
  std::shared_ptr<FakeReader> Add(const std::string& cursor = "", size_t room = 100) {
    auto reader = std::make_shared<FakeReader>(room);
    frames_.Add(reader, cursor, now_);
    return reader;
  }
  void Push(int mark) {
    RoomUpdate update;
    update.set_watcher_count(mark);
    frames_.Push(update);
    last_ = mark;
  }
  void Serve() {
    frames_.Serve(now_, [this] {
      ++wholes_;
      RoomUpdate whole;
      whole.set_reset(true);
      whole.set_watcher_count(last_);
      return whole;
    });
  }

  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  Frames frames_{"epoch", {.frames = 8, .bytes = 1 << 20}};
  int last_ = 0;
  int wholes_ = 0;
};

TEST_F(FramesTest, AReaderGetsTheWholeRoomAndThenWhatChanges) {
  Push(1);
  auto reader = Add();
  Serve();
  EXPECT_THAT(reader->Read(), ElementsAre(-1));
  Push(2);
  Push(3);
  Serve();
  Serve();
  EXPECT_THAT(reader->Read(), ElementsAre(2, 3));
}

TEST_F(FramesTest, TheWholeRoomIsMadeOnceForAllWhoComeTogether) {
  std::vector<std::shared_ptr<FakeReader>> readers;
  for (int i = 0; i < 50; ++i) readers.push_back(Add());
  Serve();
  EXPECT_EQ(wholes_, 1);
  for (const auto& reader : readers) EXPECT_EQ(reader->Read().size(), 1u);
}

TEST_F(FramesTest, AReaderResumesBehindItsCursorWithoutAGap) {
  auto reader = Add();
  Serve();
  Push(1);
  Push(2);
  Serve();
  EXPECT_THAT(reader->Read(), ElementsAre(0, 1, 2));
  reader->Leave();
  Push(3);
  Push(4);
  Serve();
  auto again = Add(reader->cursor());
  Push(5);
  Serve();
  EXPECT_THAT(again->Read(), ElementsAre(3, 4, 5));
  EXPECT_EQ(wholes_, 1);
}

TEST_F(FramesTest, ACursorThatIsTooOldOrOfOtherFramesBeginsWithTheWholeRoom) {
  auto reader = Add();
  Serve();
  reader->Read();
  for (int mark = 1; mark <= 9; ++mark) Push(mark);
  auto late = Add(reader->cursor());
  Frames others("other", {});
  auto elsewhere = std::make_shared<FakeReader>(10);
  others.Add(elsewhere, "", now_);
  others.Serve(now_, [] { return RoomUpdate(); });
  elsewhere->Read();
  auto stranger = Add(elsewhere->cursor());
  auto liar = Add("not a cursor");
  Serve();
  EXPECT_THAT(late->Read(), ElementsAre(-9));
  EXPECT_THAT(stranger->Read(), ElementsAre(-9));
  EXPECT_THAT(liar->Read(), ElementsAre(-9));
}

TEST_F(FramesTest, ASlowReaderGoesOnOrGetsTheWholeRoomAndHoldsUpNobody) {
  auto slow = Add("", 2);
  auto quick = Add();
  Serve();
  EXPECT_THAT(slow->Read(), ElementsAre(0));
  std::vector<int> seen = quick->Read();
  for (int mark = 1; mark <= 4; ++mark) Push(mark);
  Serve();
  EXPECT_THAT(slow->Read(), ElementsAre(1, 2));
  Serve();
  EXPECT_THAT(slow->Read(), ElementsAre(3, 4)) << "what it missed was still kept";
  for (int mark = 5; mark <= 20; ++mark) {
    Push(mark);
    Serve();
  }
  EXPECT_THAT(slow->Read(), ElementsAre(5, 6));
  Serve();
  EXPECT_THAT(slow->Read(), ElementsAre(-20)) << "and then it was not";
  seen = quick->Read();
  EXPECT_EQ(seen.size(), 20u);
}

TEST_F(FramesTest, AReaderThatTakesNothingIsEnded) {
  auto stuck = Add("", 1);
  auto idle = Add();
  Serve();
  for (int second = 0; second < 29; ++second) {
    Push(second);
    now_ += absl::Seconds(1);
    Serve();
  }
  EXPECT_FALSE(stuck->cancelled());
  now_ += absl::Seconds(2);
  Serve();
  EXPECT_EQ(errors::ReasonOf(stuck->status()), errors::ErrorReason::CONSUMER_TOO_SLOW);
  EXPECT_FALSE(idle->cancelled());
  EXPECT_EQ(frames_.readers(), 1u);
  now_ += absl::Hours(1);
  Serve();
  EXPECT_FALSE(idle->cancelled()) << "nothing happened that it could have taken";
}

TEST_F(FramesTest, WhoLeftIsForgotten) {
  auto reader = Add();
  Serve();
  reader->Leave();
  Serve();
  EXPECT_EQ(frames_.readers(), 0u);
}

TEST_F(FramesTest, WhatIsKeptIsBoundedInBytes) {
  Frames frames("epoch", {.frames = 1000, .bytes = 10'000});
  auto reader = std::make_shared<FakeReader>(1);
  frames.Add(reader, "", now_);
  frames.Serve(now_, [] { return RoomUpdate(); });
  reader->Read();
  const std::string cursor = reader->cursor();
  RoomUpdate update;
  for (int i = 0; i < 400; ++i) update.add_deleted("0123456789");
  for (int i = 0; i < 10; ++i) frames.Push(update);  // some 4,800 bytes each
  auto late = std::make_shared<FakeReader>(100);
  frames.Add(late, cursor, now_);
  int wholes = 0;
  frames.Serve(now_, [&] {
    ++wholes;
    return RoomUpdate();
  });
  EXPECT_EQ(wholes, 1) << "for both";
  EXPECT_EQ(late->Read().size(), 1u);
}

TEST_F(FramesTest, AllStreamsEndTogether) {
  auto reader = Add();
  frames_.End(absl::UnavailableError("stopping"));
  EXPECT_EQ(reader->status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(frames_.readers(), 0u);
}

}  // namespace
}  // namespace colloquy::dialogues
