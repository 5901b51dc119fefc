#include "services/common/rpc/executor.h"

#include <algorithm>
#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "services/common/errors/errors.h"

namespace colloquy::rpc {

using errors::ErrorReason;

absl::Status Overloaded() {
  return errors::Retryable(absl::StatusCode::kResourceExhausted, ErrorReason::OVERLOADED,
                           "the server has more calls waiting than it can serve in time",
                           absl::Milliseconds(500));
}

absl::Status WaitedTooLong() {
  return errors::Make(absl::StatusCode::kDeadlineExceeded, ErrorReason::DEADLINE_EXCEEDED,
                      "the deadline passed while the call waited for its turn");
}

// Shared with the threads, which may outlive the Executor when a task is stuck.
struct Executor::State {
  struct Item {
    absl::Time deadline;
    Task task;
  };

  explicit State(size_t limit) : queue_limit(limit) {}

  const size_t queue_limit;
  mutable absl::Mutex mutex;
  absl::CondVar work;
  std::deque<Item> queue ABSL_GUARDED_BY(mutex);
  int idle ABSL_GUARDED_BY(mutex) = 0;
  int alive ABSL_GUARDED_BY(mutex) = 0;
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  std::vector<std::thread> workers ABSL_GUARDED_BY(mutex);

  // False when there is nothing left to do for ever.
  bool Take(Item& item) {
    absl::MutexLock lock(&mutex);
    ++idle;
    while (queue.empty() && !stopping) work.Wait(&mutex);
    --idle;
    if (queue.empty()) return false;
    item = std::move(queue.front());
    queue.pop_front();
    return true;
  }

  void Work() {
    for (Item item; Take(item); item.task = nullptr) {
      const bool late = absl::Now() >= item.deadline;
      item.task(late ? WaitedTooLong() : absl::OkStatus());
    }
    absl::MutexLock lock(&mutex);
    --alive;
  }

  bool AllGone() const ABSL_SHARED_LOCKS_REQUIRED(mutex) { return alive == 0; }
};

Executor::Executor(int threads, size_t queue_limit)
    : threads_(std::max(threads, 1)), state_(std::make_shared<State>(queue_limit)) {
  absl::MutexLock lock(&state_->mutex);
  state_->alive = threads_;
  for (int i = 0; i < threads_; ++i) {
    state_->workers.emplace_back([state = state_] { state->Work(); });
  }
}

Executor::~Executor() { Stop(absl::InfiniteFuture()); }

absl::Status Executor::Submit(absl::Time deadline, Task task) {
  absl::MutexLock lock(&state_->mutex);
  if (state_->stopping) {
    return errors::Retryable(absl::StatusCode::kUnavailable, ErrorReason::SERVER_STOPPING,
                             "the server is stopping; connect again", absl::Seconds(1));
  }
  if (state_->queue.size() >= state_->queue_limit) return Overloaded();
  state_->queue.push_back({deadline, std::move(task)});
  if (state_->idle > 0) state_->work.Signal();
  return absl::OkStatus();
}

bool Executor::Stop(absl::Time deadline) {
  std::vector<std::thread> workers;
  bool gone;
  {
    absl::MutexLock lock(&state_->mutex);
    state_->stopping = true;
    state_->work.SignalAll();
    gone =
        state_->mutex.AwaitWithDeadline(absl::Condition(state_.get(), &State::AllGone), deadline);
    workers.swap(state_->workers);
  }
  for (std::thread& worker : workers) {
    gone ? worker.join() : worker.detach();
  }
  return gone;
}

size_t Executor::queued() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->queue.size();
}

}  // namespace colloquy::rpc
