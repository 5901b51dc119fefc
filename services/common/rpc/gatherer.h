// Gathers requests that concern the same thing, so that they are decided together: one lock, one
// commit for many.
//
// While a batch of a key is being worked on, those that arrive for it form the next batch, so a
// batch grows with the load and nobody waits for a timer. (Waiting for company, as PostgreSQL's
// commit_delay does, was tried: fewer commits, and fewer requests a second.) Arrival order within a
// key, turns between keys.
#ifndef COLLOQUY_SERVICES_COMMON_RPC_GATHERER_H_
#define COLLOQUY_SERVICES_COMMON_RPC_GATHERER_H_

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/common/errors/errors.h"

namespace colloquy::rpc {

// An Op has `absl::Time deadline`, `outcome` (a StatusOr), `done`, which takes it, and `size_t
// weight() const`, what it counts for in a batch. Thread-safe.
template <typename Key, typename Op>
class Gatherer {
 public:
  using Ops = std::vector<std::unique_ptr<Op>>;
  // Leaves its outcome in each op. Ops that have to be decided again move to the result, and come
  // first in the next batch. Runs for one batch of a key at a time.
  using Decide = std::function<Ops(const Key& key, Ops& ops)>;

  struct Options {
    int threads = 3;
    size_t max_batch = 512;       // by weight
    size_t queue_limit = 20'000;  // requests of all keys that wait
  };

  Gatherer(Options options, Decide decide) : options_(options), decide_(std::move(decide)) {
    for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Work(); });
  }
  // Answers what waits with SERVER_STOPPING.
  ~Gatherer() {
    Ops left;
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      for (auto& [key, queue] : queues_) {
        std::move(queue.waiting.begin(), queue.waiting.end(), std::back_inserter(left));
        queue.waiting.clear();
      }
    }
    FinishAll(left, Stopping());
    for (std::thread& thread : threads_) thread.join();
  }
  Gatherer(const Gatherer&) = delete;

  // Takes the op and calls its `done` once, from another thread, or refuses it at once: OVERLOADED
  // when too many wait.
  absl::Status Submit(const Key& key, std::unique_ptr<Op> op) {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return Stopping();
    if (queued_ >= options_.queue_limit) {
      return errors::Retryable(
          absl::StatusCode::kResourceExhausted, errors::ErrorReason::OVERLOADED,
          "too many requests wait to be decided; come back in a second", absl::Seconds(1));
    }
    ++queued_;
    Queue& queue = queues_[key];
    if (!queue.scheduled) {
      queue.scheduled = true;
      turns_.push_back(key);
    }
    queue.waiting.push_back(std::move(op));
    return absl::OkStatus();
  }

 private:
  struct Queue {
    std::deque<std::unique_ptr<Op>> waiting;
    bool scheduled = false;  // in turns_, or being decided
  };

  static absl::Status Stopping() {
    return errors::Retryable(absl::StatusCode::kUnavailable, errors::ErrorReason::SERVER_STOPPING,
                             "the server is stopping; connect again", absl::Seconds(1));
  }
  static absl::Status DeadlinePassed() {
    return errors::Make(absl::StatusCode::kDeadlineExceeded, errors::ErrorReason::DEADLINE_EXCEEDED,
                        "the deadline passed before the request's turn came; nothing was changed");
  }
  static void FinishAll(Ops& ops, const absl::Status& status) {
    for (auto& op : ops) op->done(status);
  }

  void Work() {
    while (true) {
      Key key;
      {
        absl::MutexLock lock(&mutex_);
        const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
          return stopping_ || !turns_.empty();
        };
        mutex_.Await(absl::Condition(&ready));
        if (stopping_) return;
        key = std::move(turns_.front());
        turns_.pop_front();
      }
      Ops ops = Take(key);
      Return(key, Run(key, ops));
      // The next batch begins while these answers go out.
      for (auto& op : ops) op->done(std::move(op->outcome));
    }
  }

  Ops Take(const Key& key) {
    Ops ops;
    absl::MutexLock lock(&mutex_);
    auto& waiting = queues_[key].waiting;
    for (size_t weight = 0; !waiting.empty() && weight < options_.max_batch; waiting.pop_front()) {
      weight += waiting.front()->weight();
      ops.push_back(std::move(waiting.front()));
    }
    queued_ -= ops.size();
    return ops;
  }

  Ops Run(const Key& key, Ops& ops) {
    const absl::Time now = absl::Now();
    const auto late = std::stable_partition(ops.begin(), ops.end(),
                                            [&](const auto& op) { return op->deadline > now; });
    for (auto op = late; op != ops.end(); ++op) (*op)->done(DeadlinePassed());
    ops.erase(late, ops.end());
    return ops.empty() ? Ops() : decide_(key, ops);
  }

  // Puts `again` back at the head, and the key back into the turns if anything waits for it.
  void Return(const Key& key, Ops again) {
    absl::ReleasableMutexLock lock(&mutex_);
    if (stopping_) {
      lock.Release();
      FinishAll(again, Stopping());
      return;
    }
    Queue& queue = queues_[key];
    queued_ += again.size();
    for (auto op = again.rbegin(); op != again.rend(); ++op) {
      queue.waiting.push_front(std::move(*op));
    }
    if (queue.waiting.empty()) {
      queues_.erase(key);
    } else {
      turns_.push_back(key);
    }
  }

  const Options options_;
  const Decide decide_;

  absl::Mutex mutex_;
  absl::flat_hash_map<Key, Queue> queues_ ABSL_GUARDED_BY(mutex_);
  std::deque<Key> turns_ ABSL_GUARDED_BY(mutex_);
  size_t queued_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace colloquy::rpc

#endif  // COLLOQUY_SERVICES_COMMON_RPC_GATHERER_H_
