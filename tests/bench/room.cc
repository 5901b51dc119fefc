#include "tests/bench/room.h"

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/bench/room_client.h"

namespace colloquy::bench {
namespace {

using dialogues::v1::RoomUpdate;
using dialogues::v1::StatementTally;

constexpr int kVotesASecond = 200;
constexpr int kConnections = 4;

// When each vote was sent, and how many streams show it. The n-th vote on a statement is shown
// where n agree with it. Thread-safe.
class Board {
 public:
  Board(int statements, int streams) : streams_(streams), votes_(statements) {}

  void Sent(int statement) {
    absl::MutexLock lock(&mutex_);
    votes_[statement].push_back({absl::Now(), 0});
  }
  // One more stream shows the votes `from` to before `to` on a statement.
  void Seen(int statement, int from, int to) {
    absl::MutexLock lock(&mutex_);
    for (int n = from; n < to && n < static_cast<int>(votes_[statement].size()); ++n) {
      if (++votes_[statement][n].seen == streams_)
        latencies_.push_back(absl::Now() - votes_[statement][n].time);
    }
  }
  void Joined() {
    absl::MutexLock lock(&mutex_);
    ++joined_;
  }

  bool AwaitJoined() {
    absl::MutexLock lock(&mutex_);
    const auto all = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return joined_ == streams_; };
    return mutex_.AwaitWithTimeout(absl::Condition(&all), absl::Seconds(30));
  }
  // How long each took, ascending, once that many are shown everywhere; or those that are.
  std::vector<absl::Duration> AwaitLatencies(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto all = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return latencies_.size() >= count;
    };
    mutex_.AwaitWithTimeout(absl::Condition(&all), absl::Seconds(30));
    std::sort(latencies_.begin(), latencies_.end());
    return latencies_;
  }

 private:
  struct Vote {
    absl::Time time;
    int seen = 0;
  };
  const int streams_;
  absl::Mutex mutex_;
  std::vector<std::vector<Vote>> votes_ ABSL_GUARDED_BY(mutex_);  // by statement
  std::vector<absl::Duration> latencies_ ABSL_GUARDED_BY(mutex_);
  int joined_ ABSL_GUARDED_BY(mutex_) = 0;
};

// What one stream shows.
class Screen {
 public:
  Screen(int statements, Board& board) : board_(board), shown_(statements) {}

  void Show(const RoomUpdate& update) {
    if (std::exchange(first_, false)) board_.Joined();
    for (const auto& statement : update.statements()) Note(statement.tally());
    for (const StatementTally& tally : update.tallies()) Note(tally);
  }

 private:
  void Note(const StatementTally& tally) {
    int& shown = shown_[tally.statement()];
    if (tally.agree_count() <= shown) return;
    board_.Seen(tally.statement(), shown, tally.agree_count());
    shown = tally.agree_count();
  }

  Board& board_;
  std::vector<int> shown_;  // by statement
  bool first_ = true;
};

}  // namespace

int MeasureRoom(const std::string& server, const std::vector<std::string>& seats, int statements,
                int seconds) {
  const auto people = static_cast<int>(seats.size());
  const SeatsStubs stubs = Connect(server, kConnections);
  Board board(statements, people);
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (int i = 0; i < people; ++i) {
    const auto screen = std::make_shared<Screen>(statements, board);
    watchers.push_back(
        std::make_unique<Watcher>(*stubs[i % kConnections], seats[i],
                                  [screen](const RoomUpdate& update) { screen->Show(update); }));
  }
  if (!board.AwaitJoined()) {
    std::cerr << "not everybody sees the room\n";
    return 1;
  }
  const int votes = std::min(kVotesASecond * seconds, people * statements);
  const absl::Time begin = absl::Now();
  for (int i = 0; i < votes; ++i) {
    absl::SleepFor(begin + i * absl::Seconds(1) / kVotesASecond - absl::Now());
    const int statement = i / people;
    board.Sent(statement);
    Agree(*stubs[i % kConnections], seats[i % people], statement);
  }
  const auto latencies = board.AwaitLatencies(static_cast<size_t>(votes));
  if (latencies.size() < static_cast<size_t>(votes)) {
    std::cerr << votes - static_cast<int>(latencies.size()) << " votes are not shown everywhere\n";
    return 1;
  }
  absl::PrintF(
      "{\"name\":\"opinion.vote\",\"value\":%.0f,\"unit\":\"ms\",\"ratio\":null,\"of\":null,\"p50_"
      "ms\":%.0f,\"p99_ms\":%.0f,"
      "\"conditions\":\"from the call to the last of %d streams that shows the vote, p99 of %d "
      "votes at %d a second; "
      "client and server on one machine\"}\n",
      absl::ToDoubleMilliseconds(latencies[latencies.size() * 99 / 100]),
      absl::ToDoubleMilliseconds(latencies[latencies.size() / 2]),
      absl::ToDoubleMilliseconds(latencies[latencies.size() * 99 / 100]), people, votes,
      kVotesASecond);
  return 0;
}

}  // namespace colloquy::bench
