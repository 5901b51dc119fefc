// kill -9 in the middle of a dialogue: what was acknowledged is there, once, and whoever watches
// goes on without a gap.
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "colloquy/dialogues/v1/seats.pb.h"
#include "colloquy/dialogues/v1/statements.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fault/dialogue.h"
#include "tests/lib/calls.h"
#include "tests/lib/room_stream.h"
#include "tests/lib/server.h"
#include "tests/lib/world.h"

namespace colloquy::test {
namespace {

using dialogues::v1::VoteValue;

constexpr int kParticipants = 24;
constexpr int kStatements_ = 40;
constexpr absl::Duration kPatience = absl::Seconds(60);

using Ballot = std::pair<int, int>;  // participant and statement

// Participants who vote on one statement after the other, round and round, until a call fails.
class Voters {
 public:
  Voters(std::shared_ptr<grpc::Channel> channel, const OpenDialogue& dialogue, int round)
      : channel_(std::move(channel)), dialogue_(dialogue), round_(round) {
    for (int i = 0; i < kParticipants; ++i) threads_.emplace_back([this, i] { Run(i); });
  }
  ~Voters() { Join(); }

  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  bool AwaitVotes(int64_t count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return votes_ >= count; };
    return mutex_.AwaitWithTimeout(absl::Condition(&enough), kPatience);
  }

  // After Join. What was acknowledged, and what was asked for last and not answered.
  const std::map<Ballot, VoteValue>& acknowledged() const { return acknowledged_; }
  const std::map<Ballot, VoteValue>& unanswered() const { return unanswered_; }
  int64_t last_sequence() const { return last_sequence_; }

 private:
  void Run(int participant) {
    for (int i = 0;; ++i) {
      dialogues::v1::CastVoteRequest request;
      request.set_token(dialogue_.tokens[static_cast<size_t>(participant)]);
      request.set_statement((participant + i) % kStatements_);
      // Another value than in the round before, and than the turn before in this round.
      request.set_value(static_cast<VoteValue>(1 + (round_ + i / kStatements_) % 3));
      const auto answer = Call<dialogues::v1::CastVoteResponse>(
          channel_, absl::StrCat(kSeats, "CastVote"), "", request);
      absl::MutexLock lock(&mutex_);
      const Ballot ballot(participant, request.statement());
      if (!answer.ok()) {
        unanswered_[ballot] = request.value();
        return;
      }
      acknowledged_[ballot] = request.value();
      last_sequence_ = std::max(last_sequence_, answer->sequence());
      ++votes_;
    }
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const OpenDialogue& dialogue_;
  const int round_;
  absl::Mutex mutex_;
  int64_t votes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t last_sequence_ = 0;
  std::map<Ballot, VoteValue> acknowledged_;
  std::map<Ballot, VoteValue> unanswered_;
  std::vector<std::thread> threads_;
};

class DialogueKilledTest : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    if (!Available(GetParam())) GTEST_SKIP() << "there is no such engine here";
  }

  static std::vector<dialogues::v1::Vote> ReadLog(const World& world, const std::string& name) {
    std::vector<dialogues::v1::Vote> votes;
    std::string token;
    do {
      const auto page = world.Get<dialogues::v1::ListVotesResponse>(
          "owner", absl::StrCat(kStatements, "ListVotes"),
          absl::StrCat("parent: '", name, "' page_size: 1000 page_token: '", token, "'"));
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      votes.insert(votes.end(), page->votes().begin(), page->votes().end());
      token = page->next_page_token();
    } while (!token.empty());
    return votes;
  }
};

TEST_P(DialogueKilledTest, KeepsWhatItAcknowledgedAndStreamsGoOn) {
  Server server({.engine = GetParam()});
  absl::Status status = server.Start();
  ASSERT_TRUE(status.ok()) << status;
  World world(server);
  status = world.Build();
  ASSERT_TRUE(status.ok()) << status;
  OpenDialogue dialogue;
  status = MakeOpenDialogue(world, "killed", kParticipants, kStatements_, dialogue);
  ASSERT_TRUE(status.ok()) << status;

  std::map<Ballot, VoteValue> acknowledged;
  std::map<Ballot, VoteValue> unanswered;
  int64_t last_sequence = 0;
  std::string cursor;
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round));
    auto stream = std::make_unique<RoomStream>(server.channel(), dialogue.tokens[0],
                                               RoomStream::Options{.cursor = cursor});
    ASSERT_TRUE(stream->AwaitFirst(kPatience)) << server.log();
    // The process that made the cursor is gone, so the room is told anew, and never from nothing.
    EXPECT_EQ(stream->resets(), 1);
    Voters voters(server.channel(), dialogue, round);
    ASSERT_TRUE(voters.AwaitVotes(1000)) << server.log();
    server.Kill();
    voters.Join();
    ASSERT_TRUE(stream->AwaitEnd(kPatience));
    EXPECT_EQ(stream->status().error_code(), grpc::StatusCode::UNAVAILABLE);
    cursor = stream->cursor();
    for (const auto& [ballot, value] : voters.acknowledged()) {
      acknowledged[ballot] = value;
      unanswered.erase(ballot);
    }
    for (const auto& [ballot, value] : voters.unanswered()) unanswered[ballot] = value;
    last_sequence = std::max(last_sequence, voters.last_sequence());
    status = server.Start();
    ASSERT_TRUE(status.ok()) << status;
  }

  const std::vector<dialogues::v1::Vote> log = ReadLog(world, dialogue.name);
  ASSERT_GE(log.size(), static_cast<size_t>(last_sequence));
  std::map<Ballot, VoteValue> counted;
  for (size_t i = 0; i < log.size(); ++i) {
    ASSERT_EQ(log[i].sequence(), static_cast<int64_t>(i + 1)) << "the log has a gap";
    const Ballot ballot(log[i].participant(), log[i].statement());
    const auto [entry, first] = counted.try_emplace(ballot, log[i].value());
    EXPECT_TRUE(first || entry->second != log[i].value()) << "a vote is in the log twice";
    entry->second = log[i].value();
  }
  for (const auto& [ballot, value] : acknowledged) {
    const auto asked = unanswered.find(ballot);
    EXPECT_TRUE(counted[ballot] == value ||
                (asked != unanswered.end() && counted[ballot] == asked->second))
        << "participant " << ballot.first << " on statement " << ballot.second;
  }
  std::map<int, int> tallies;
  for (const auto& [ballot, value] : counted) ++tallies[ballot.second];
  RoomStream stream(server.channel(), dialogue.tokens[0], {.cursor = cursor});
  EXPECT_TRUE(stream.AwaitTallies(tallies, kPatience)) << testing::PrintToString(stream.tallies());
}
INSTANTIATE_TEST_SUITE_P(Engines, DialogueKilledTest,
                         testing::Values(Engine::kSqlite, Engine::kMysql),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace colloquy::test
