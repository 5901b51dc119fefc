#include "tests/bench/fanout.h"

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/bench/counterpart.h"
#include "tests/bench/room_client.h"

namespace colloquy::bench {
namespace {

using dialogues::v1::RoomUpdate;

constexpr int kConnections = 4;
// Enough for a message at every tick of the room.
constexpr int kVotesASecond = 25;

// Seconds of processor time that a process has used; proc(5), utime and stime.
double ProcessorSeconds(pid_t process) {
  std::ifstream in(absl::StrCat("/proc/", process, "/stat"));
  const std::string line((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::vector<std::string> fields =
      absl::StrSplit(line.substr(line.rfind(')') + 2), absl::ByChar(' '));
  return (std::stod(fields[11]) + std::stod(fields[12])) /
         static_cast<double>(sysconf(_SC_CLK_TCK));
}

// The streams of all seats. Thread-safe.
class Audience {
 public:
  Audience(const std::string& server, const std::vector<std::string>& seats)
      : stubs_(Connect(server, kConnections)), size_(static_cast<int>(seats.size())) {
    for (int i = 0; i < size_; ++i) {
      watchers_.push_back(
          std::make_unique<Watcher>(*stubs_[i % kConnections], seats[i],
                                    [this, i, first = true](const RoomUpdate& update) mutable {
                                      Take(i, std::exchange(first, false), update);
                                    }));
    }
  }

  bool AwaitJoined() {
    absl::MutexLock lock(&mutex_);
    const auto all = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return joined_ == size_; };
    return mutex_.AwaitWithTimeout(absl::Condition(&all), absl::Seconds(60));
  }
  int64_t messages() const { return messages_; }
  dialogues::v1::SeatsService::Stub& stub(int i) { return *stubs_[i % kConnections]; }

  // What the first stream was sent since it joined.
  std::vector<std::string> tape() {
    absl::MutexLock lock(&mutex_);
    return tape_;
  }

 private:
  void Take(int stream, bool first, const RoomUpdate& update) {
    ++messages_;
    if (!first && stream != 0) return;
    absl::MutexLock lock(&mutex_);
    if (first) {
      ++joined_;
    } else {
      tape_.push_back(update.SerializeAsString());
    }
  }

  const SeatsStubs stubs_;
  const int size_;
  std::atomic<int64_t> messages_ = 0;
  absl::Mutex mutex_;
  int joined_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> tape_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Watcher>> watchers_;  // last: they call until they are gone
};

struct Cost {
  double a_second = 0;            // messages, of time
  double a_processor_second = 0;  // messages, of the server's processor time
};

Cost Measure(Audience& audience, pid_t server, const std::function<void()>& meanwhile) {
  const absl::Time begin = absl::Now();
  const double used = ProcessorSeconds(server);
  const int64_t messages = audience.messages();
  meanwhile();
  const auto sent = static_cast<double>(audience.messages() - messages);
  return {.a_second = sent / absl::ToDoubleSeconds(absl::Now() - begin),
          .a_processor_second = sent / (ProcessorSeconds(server) - used)};
}

}  // namespace

int MeasureFanout(const std::string& server, pid_t server_pid, const char* self,
                  const std::vector<std::string>& seats, int statement, int seconds) {
  const auto people = static_cast<int>(seats.size());
  Cost room;
  std::vector<std::string> tape;
  {
    Audience audience(server, seats);
    if (!audience.AwaitJoined()) {
      std::cerr << "not everybody sees the room\n";
      return 1;
    }
    room = Measure(audience, server_pid, [&] {
      const absl::Time begin = absl::Now();
      for (int i = 0; i < kVotesASecond * seconds; ++i) {
        absl::SleepFor(begin + i * absl::Seconds(1) / kVotesASecond - absl::Now());
        Agree(audience.stub(i), seats[i % people], statement + i / people);
      }
    });
    tape = audience.tape();
  }
  if (tape.empty()) {
    std::cerr << "the room sent nothing\n";
    return 1;
  }
  const auto pace = absl::Seconds(seconds) / static_cast<int64_t>(tape.size());
  const Counterpart counterpart = Counterpart::Stream(self, tape, pace);
  Audience audience(counterpart.address(), seats);
  if (!audience.AwaitJoined()) {
    std::cerr << "not everybody sees the RPC that only streams\n";
    return 1;
  }
  const Cost plain =
      Measure(audience, counterpart.pid(), [&] { absl::SleepFor(absl::Seconds(seconds)); });
  size_t bytes = 0;
  for (const std::string& message : tape) bytes += message.size();
  absl::PrintF(
      "{\"name\":\"live.fanout\",\"value\":%.0f,\"unit\":\"messages/processor "
      "second\",\"ratio\":%.2f,"
      "\"of\":\"an RPC stream that sends the same messages at the same pace: %.0f\","
      "\"messages_a_second\":%.0f,\"plain_messages_a_second\":%.0f,\"bytes_a_message\":%d,"
      "\"conditions\":\"%d streams, %d votes a second for %d s; client and server on one "
      "machine\"}\n",
      room.a_processor_second, room.a_processor_second / plain.a_processor_second,
      plain.a_processor_second, room.a_second, plain.a_second, bytes / tape.size(), people,
      kVotesASecond, seconds);
  return 0;
}

}  // namespace colloquy::bench
