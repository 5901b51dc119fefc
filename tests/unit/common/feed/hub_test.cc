#include "services/common/feed/hub.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "tests/unit/common/feed/fixture.h"

namespace colloquy::feed {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;

class HubTest : public FeedTest {
 protected:
  std::shared_ptr<FakeWriter> Open(const auth::Caller& caller, const StreamChangesRequest& request,
                                   size_t capacity = 1 << 20) {
    auto writer = std::make_shared<FakeWriter>(capacity);
    const absl::Status status = feed_->Stream(Call(caller), request, writer);
    EXPECT_TRUE(status.ok()) << status;
    return writer;
  }
  static StreamChangesRequest From(int64_t cursor, const std::string& parent = "organizers/acme") {
    StreamChangesRequest request;
    request.set_parent(parent);
    request.set_cursor(cursor);
    return request;
  }
  std::vector<Record> Some(int count, absl::string_view prefix = "p") {
    std::vector<Record> records;
    for (int i = 0; i < count; ++i) records.push_back(MakeChange(absl::StrCat(prefix, i)));
    return records;
  }
  void AppendAtOnce(const std::vector<Record>& records) {
    const absl::Status status =
        db_->Write({}, [&](db::Transaction& tx) { return feed_->Append(tx, records); });
    ASSERT_TRUE(status.ok()) << status;
  }
};

INSTANTIATE_ENGINES(HubTest);

TEST_P(HubTest, CatchesUpAndThenFollows) {
  Append(Some(5));
  feed_->Start();
  const auto writer = Open(Owner(), From(0));
  EXPECT_EQ(writer->WaitForChanges(5).size(), 5u);
  AppendAtOnce({MakeChange("live")});
  const std::vector<int64_t> sequences = writer->WaitForChanges(6);
  ASSERT_EQ(sequences.size(), 6u);
  EXPECT_TRUE(std::is_sorted(sequences.begin(), sequences.end()));
  for (const auto& response : writer->all()) {
    EXPECT_EQ(response.cursor(), response.change().sequence());
  }
  // Resumed at the third, it starts with the fourth.
  const auto resumed = Open(Owner(), From(sequences[2]));
  EXPECT_EQ(resumed->WaitForChanges(3),
            std::vector<int64_t>(sequences.begin() + 3, sequences.end()));
}

TEST_P(HubTest, FromNowLeavesOutThePast) {
  Append(Some(3));
  feed_->Start();
  StreamChangesRequest request = From(0);
  request.set_from_now(true);
  request.set_checkpoint_seconds(60);
  const auto writer = Open(Owner(), request);
  // The first checkpoint says where the stream starts.
  EXPECT_EQ(writer->WaitForCheckpoint(), Newest());
  AppendAtOnce({MakeChange("live")});
  EXPECT_EQ(writer->WaitForChanges(1).size(), 1u);
}

TEST_P(HubTest, StreamsCarryOnlyWhatTheirCallerMaySeeAndAskedFor) {
  Append({MakeChange("a", "acme", "one"), MakeChange("b", "acme", "two"), MakeChange("c", "else")});
  feed_->Start();
  StreamChangesRequest below = From(0);
  below.set_resource_prefix("organizers/acme/partners/a");
  StreamChangesRequest no_sibling = From(0);
  no_sibling.set_resource_prefix("organizers/acme/partner");
  StreamChangesRequest other_type = From(0);
  other_type.add_resource_types("colloquy/Event");
  const auto all = Open(Operator(), From(0, "organizers/-"));
  const auto one = Open(Portal("one"), From(0));
  const auto prefixed = Open(Owner(), below);
  const auto siblings = Open(Owner(), no_sibling);
  const auto typed = Open(Owner(), other_type);
  EXPECT_EQ(all->WaitForChanges(3).size(), 3u);
  // A last change that all but the last two get, so that nothing has to be waited out.
  AppendAtOnce({MakeChange("a", "acme", "one")});
  EXPECT_EQ(all->WaitForChanges(4).size(), 4u);
  EXPECT_EQ(one->WaitForChanges(2).size(), 2u);
  EXPECT_EQ(prefixed->WaitForChanges(2).size(), 2u);
  EXPECT_TRUE(siblings->WaitForChanges(0).empty());
  EXPECT_TRUE(typed->WaitForChanges(0).empty());
}

TEST_P(HubTest, BadRequestsAreRefused) {
  feed_->Start();
  const auto refusal = [&](const StreamChangesRequest& request) {
    return ReasonOf(feed_->Stream(Call(Owner()), request, std::make_shared<FakeWriter>()));
  };
  EXPECT_EQ(refusal(From(-1)), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(refusal(From(0, "nonsense")), ErrorReason::RESOURCE_NAME_INVALID);
  StreamChangesRequest both = From(3);
  both.set_from_now(true);
  EXPECT_EQ(refusal(both), ErrorReason::FIELD_INVALID);
  StreamChangesRequest never = From(0);
  never.set_checkpoint_seconds(3601);
  EXPECT_EQ(refusal(never), ErrorReason::FIELD_INVALID);
}

TEST_P(HubTest, ACursorFromBeforeThePurgeIsTooOld) {
  Append(Some(4));
  std::vector<Entry> entries;
  ASSERT_TRUE(db_->Write({},
                         [&](db::Transaction& tx) -> absl::Status {
                           COLLOQUY_ASSIGN_OR_RETURN(entries, ReadEntries(tx, {.limit = 10}));
                           return PurgeRecords(tx, absl::Now(), 100).status();
                         })
                  .ok());
  feed_->Start();
  const absl::Status old = feed_->Stream(Call(Owner()), From(entries[0].change.sequence()),
                                         std::make_shared<FakeWriter>());
  EXPECT_EQ(old.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ReasonOf(old), ErrorReason::CURSOR_TOO_OLD);
  // The third was purged too, but who has handled it misses nothing.
  EXPECT_EQ(Open(Owner(), From(entries[2].change.sequence()))->WaitForChanges(1).size(), 1u);
  EXPECT_EQ(Open(Owner(), From(0))->WaitForChanges(1).size(), 1u);
}

TEST_P(HubTest, ACursorThatNoRecordHasReachedIsAhead) {
  Append(Some(4));
  feed_->Start();
  const int64_t newest = Newest();
  const absl::Status ahead =
      feed_->Stream(Call(Owner()), From(newest + 1), std::make_shared<FakeWriter>());
  EXPECT_EQ(ahead.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ReasonOf(ahead), ErrorReason::CURSOR_AHEAD);
  const auto writer = Open(Owner(), From(newest));
  Append(Some(1));
  EXPECT_EQ(writer->WaitForChanges(1).size(), 1u);
}

TEST_P(HubTest, AnIdleStreamGetsCheckpoints) {
  Append(Some(2));
  feed_->Start();
  StreamChangesRequest request = From(0);
  request.set_checkpoint_seconds(1);
  const auto writer = Open(Owner(), request);
  EXPECT_EQ(writer->WaitForChanges(2).size(), 2u);
  EXPECT_EQ(writer->WaitForCheckpoint(), Newest());
}

TEST_P(HubTest, AReaderWithLittleRoomGetsEverythingInTheEnd) {
  Append(Some(20, "early"));
  feed_->Start();
  const auto writer = Open(Owner(), From(0), 4);
  EXPECT_EQ(writer->WaitForChanges(4).size(), 4u);
  AppendAtOnce(Some(300, "late"));
  size_t before = 0;
  for (size_t now = 4; now < 320 && now > before; now = writer->WaitForChanges(before + 1).size()) {
    before = now;
    writer->Drain();
  }
  EXPECT_EQ(writer->WaitForChanges(320).size(), 320u);
}

TEST_P(HubTest, AReaderWhoTakesNothingIsEndedAndTheOthersAreNot) {
  Append(Some(10));
  Hub::Options options;
  options.poll = absl::Milliseconds(20);
  options.stall = absl::Milliseconds(300);
  Hub hub(*db_, options);
  hub.Start();
  const auto stuck = std::make_shared<FakeWriter>(3);
  const auto fine = std::make_shared<FakeWriter>();
  ASSERT_TRUE(hub.Add(Call(Owner()), From(0), stuck).ok());
  ASSERT_TRUE(hub.Add(Call(Owner()), From(0), fine).ok());
  const auto end = stuck->WaitForEnd();
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(ReasonOf(*end), ErrorReason::CONSUMER_TOO_SLOW);
  EXPECT_EQ(fine->WaitForChanges(10).size(), 10u);
  EXPECT_FALSE(fine->cancelled());
  // It is counted until the round that ended it is over.
  const absl::Time give_up = absl::Now() + kPatience;
  while (hub.streams() > 1 && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(hub.streams(), 1u);
}

TEST_P(HubTest, AWindowTooSmallForABurstLosesNothing) {
  Hub::Options options;
  options.poll = absl::Milliseconds(20);
  options.window_records = 8;
  options.page = 4;
  Hub hub(*db_, options);
  hub.Start();
  std::vector<std::shared_ptr<FakeWriter>> writers;
  for (int i = 0; i < 20; ++i) {
    writers.push_back(std::make_shared<FakeWriter>(i % 2 == 0 ? 1 << 20 : 16));
    ASSERT_TRUE(hub.Add(Call(Owner()), From(0), writers.back()).ok());
  }
  AppendAtOnce(Some(200));
  Settle();
  hub.Expect();
  for (const auto& writer : writers) {
    size_t before = 0;
    size_t now = writer->WaitForChanges(1).size();
    while (now < 200 && now > before) {
      before = now;
      writer->Drain();
      now = writer->WaitForChanges(before + 1).size();
    }
    const std::vector<int64_t> sequences = writer->WaitForChanges(200);
    EXPECT_EQ(sequences.size(), 200u);
    EXPECT_TRUE(std::is_sorted(sequences.begin(), sequences.end()));
  }
}

TEST_P(HubTest, AThousandStreamsShareOneReader) {
  feed_->Start();
  std::vector<std::shared_ptr<FakeWriter>> writers;
  for (int i = 0; i < 1000; ++i) writers.push_back(Open(Owner(), From(0)));
  EXPECT_EQ(feed_->hub().streams(), 1000u);
  AppendAtOnce(Some(20));
  for (const auto& writer : writers) EXPECT_EQ(writer->WaitForChanges(20).size(), 20u);
}

TEST_P(HubTest, StreamsThatWereLeftAreForgotten) {
  feed_->Start();
  const auto left = Open(Owner(), From(0));
  const auto stays = Open(Owner(), From(0));
  left->Cancel();
  AppendAtOnce({MakeChange("a")});
  EXPECT_EQ(stays->WaitForChanges(1).size(), 1u);
  const absl::Time give_up = absl::Now() + kPatience;
  while (feed_->hub().streams() > 1 && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(feed_->hub().streams(), 1u);
}

TEST_P(HubTest, StopEndsStreamsAndRefusesNewOnes) {
  feed_->Start();
  const auto writer = Open(Owner(), From(0));
  feed_->Stop();
  const auto end = writer->WaitForEnd();
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(ReasonOf(*end), ErrorReason::SERVER_STOPPING);
  EXPECT_EQ(ReasonOf(feed_->Stream(Call(Owner()), From(0), std::make_shared<FakeWriter>())),
            ErrorReason::SERVER_STOPPING);
}

}  // namespace
}  // namespace colloquy::feed
