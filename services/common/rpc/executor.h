// The bounded pool on which handlers may block. gRPC's own threads (two on a small machine) never
// do.
#ifndef COLLOQUY_SERVICES_COMMON_RPC_EXECUTOR_H_
#define COLLOQUY_SERVICES_COMMON_RPC_EXECUTOR_H_

#include <cstddef>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

namespace colloquy::rpc {

// What a call is told that is not taken because too many wait (RESOURCE_EXHAUSTED, OVERLOADED, with
// RetryInfo), and one whose deadline passed while it waited.
absl::Status Overloaded();
absl::Status WaitedTooLong();

class Executor {
 public:
  // Runs once: with OK on a pool thread, with DEADLINE_EXCEEDED (typed) if the deadline had passed
  // when its turn came.
  using Task = absl::AnyInvocable<void(absl::Status)>;

  // Fixed number of threads, at least 1; at most `queue_limit` tasks wait.
  Executor(int threads, size_t queue_limit);
  // Stops, waiting for running and queued tasks without limit.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // An error means that the task was not taken and will not run: RESOURCE_EXHAUSTED (OVERLOADED)
  // with RetryInfo when the queue is full, UNAVAILABLE (SERVER_STOPPING) after Stop(). Never
  // blocks. Thread-safe.
  absl::Status Submit(absl::Time deadline, Task task);

  // Takes no more tasks and runs those queued. False if they were not done by `deadline`: their
  // threads are then left to themselves, so that a stuck task can't hold up a stop. Idempotent.
  bool Stop(absl::Time deadline);

  size_t queued() const;
  int threads() const { return threads_; }

 private:
  struct State;

  const int threads_;
  const std::shared_ptr<State> state_;
};

}  // namespace colloquy::rpc

#endif  // COLLOQUY_SERVICES_COMMON_RPC_EXECUTOR_H_
