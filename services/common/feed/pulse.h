// Wakes a background loop when there may be work, without waking it for every single piece.
#ifndef COLLOQUY_SERVICES_COMMON_FEED_PULSE_H_
#define COLLOQUY_SERVICES_COMMON_FEED_PULSE_H_

#include <atomic>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace colloquy::feed {

// Expect() is called when a record was appended; it becomes visible when its transaction commits,
// which nobody tells. So for a moment after it the loop looks often. Thread-safe.
class Pulse {
 public:
  // `idle`: between two looks when nothing is expected; `eager`: when something is.
  Pulse(absl::Duration idle, absl::Duration eager) : idle_(idle), eager_(eager) {}

  void Expect() {
    if (expected_.exchange(true)) return;
    absl::MutexLock lock(&mu_);  // its release makes the waiting loop look at its condition again
  }

  // Returns when it is time for the next look; false once stopped.
  bool Wait() {
    absl::MutexLock lock(&mu_);
    if (absl::Now() < eager_until_) {
      mu_.AwaitWithTimeout(absl::Condition(&stopped_), eager_);
    } else {
      mu_.AwaitWithTimeout(absl::Condition(this, &Pulse::Due), idle_);
    }
    if (expected_.exchange(false)) eager_until_ = absl::Now() + kEagerFor;
    return !stopped_;
  }

  void Stop() {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
  }

 private:
  // Longer than a commit takes, even on a busy disk; afterwards the idle look finds it.
  static constexpr absl::Duration kEagerFor = absl::Milliseconds(200);

  bool Due() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopped_ || expected_.load(); }

  const absl::Duration idle_;
  const absl::Duration eager_;
  std::atomic<bool> expected_{false};
  absl::Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  absl::Time eager_until_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
};

}  // namespace colloquy::feed

#endif  // COLLOQUY_SERVICES_COMMON_FEED_PULSE_H_
