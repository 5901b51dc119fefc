#include "tests/bench/counterpart.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "colloquy/dialogues/v1/seats.grpc.pb.h"
#include "colloquy/events/v1/events.grpc.pb.h"
#include "tests/bench/load.h"

namespace colloquy::bench {
namespace {

using grpc::ByteBuffer;

using AnswerBase =
    events::v1::EventsService::WithRawCallbackMethod_GetEvent<events::v1::EventsService::Service>;
using StreamBase = dialogues::v1::SeatsService::WithRawCallbackMethod_WatchRoom<
    dialogues::v1::SeatsService::Service>;

class AnswerService final : public AnswerBase {
 public:
  explicit AnswerService(ByteBuffer answer) : answer_(std::move(answer)) {}
  grpc::ServerUnaryReactor* GetEvent(grpc::CallbackServerContext* context, const ByteBuffer*,
                                     ByteBuffer* response) override {
    *response = answer_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const ByteBuffer answer_;
};

// One stream: what it is given while it has something under way is left out.
class Sender final : public grpc::ServerWriteReactor<ByteBuffer> {
 public:
  void Send(const ByteBuffer& message) {
    absl::MutexLock lock(&mutex_);
    if (busy_ || over_) return;
    busy_ = true;
    StartWrite(&message);
  }
  void OnWriteDone(bool) override {
    absl::MutexLock lock(&mutex_);
    busy_ = false;
  }
  void OnCancel() override {
    {
      absl::MutexLock lock(&mutex_);
      over_ = true;
    }
    Finish(grpc::Status::CANCELLED);
  }
  // Kept: a bench has as many streams as it opens, once.
  void OnDone() override {}

 private:
  absl::Mutex mutex_;
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
};

class StreamService final : public StreamBase {
 public:
  grpc::ServerWriteReactor<ByteBuffer>* WatchRoom(grpc::CallbackServerContext*,
                                                  const ByteBuffer*) override {
    absl::MutexLock lock(&mutex_);
    return senders_.emplace_back(std::make_unique<Sender>()).get();
  }
  [[noreturn]] void Play(const std::vector<ByteBuffer>& messages, absl::Duration pace) {
    absl::Time next = absl::Now();
    for (size_t i = 0;; i = (i + 1) % messages.size()) {
      next += pace;
      absl::SleepFor(next - absl::Now());
      absl::MutexLock lock(&mutex_);
      for (const auto& sender : senders_) sender->Send(messages[i]);
    }
  }

 private:
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Sender>> senders_ ABSL_GUARDED_BY(mutex_);
};

// A tape is messages, each behind its size in 4 bytes of this machine's order.
std::string Tape(const std::vector<std::string>& messages) {
  std::string tape;
  for (const std::string& message : messages) {
    const auto size = static_cast<uint32_t>(message.size());
    tape.append(reinterpret_cast<const char*>(&size), sizeof(size)).append(message);
  }
  return tape;
}

std::vector<ByteBuffer> ReadTape(const char* file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<ByteBuffer> messages;
  for (uint32_t size = 0; in.read(reinterpret_cast<char*>(&size), sizeof(size));) {
    std::string message(size, 0);
    in.read(message.data(), size);
    messages.push_back(ToBuffer(message));
  }
  return messages;
}

}  // namespace

int ServeCounterpart(const char* pace, const char* file) {
  const std::vector<ByteBuffer> tape = ReadTape(file);
  AnswerService answers(tape.at(0));
  StreamService streams;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&answers);
  builder.RegisterService(&streams);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  std::printf("%d\n", port);
  std::fflush(stdout);
  if (const int64_t microseconds = std::atoll(pace); microseconds > 0)
    streams.Play(tape, absl::Microseconds(microseconds));
  server->Wait();
  return 0;
}

Counterpart Counterpart::Answer(const char* self, const std::string& bytes) {
  return {self, "0", Tape({bytes})};
}

Counterpart Counterpart::Stream(const char* self, const std::vector<std::string>& messages,
                                absl::Duration pace) {
  return {self, absl::StrCat(absl::ToInt64Microseconds(pace)), Tape(messages)};
}

Counterpart::Counterpart(const char* self, const std::string& pace, const std::string& tape) {
  char file[] = "/tmp/colloquy-bench-XXXXXX";
  const int handle = mkstemp(file);
  if (write(handle, tape.data(), tape.size()) != static_cast<ssize_t>(tape.size())) std::exit(1);
  close(handle);
  int pipes[2];
  if (pipe(pipes) != 0) std::exit(1);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(pipes[1], STDOUT_FILENO);
    execl(self, self, "counterpart", pace.c_str(), file, static_cast<char*>(nullptr));
    _exit(127);
  }
  close(pipes[1]);
  char port[16] = {};
  const ssize_t size = read(pipes[0], port, sizeof(port) - 1);
  close(pipes[0]);
  unlink(file);
  if (size <= 0) std::exit(1);
  address_ = absl::StrCat("127.0.0.1:", std::atoi(port));
}

Counterpart::~Counterpart() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

}  // namespace colloquy::bench
