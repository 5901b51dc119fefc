// Connections that are opened when first needed and used again, the warmest first.
#ifndef COLLOQUY_SERVICES_COMMON_DB_POOL_H_
#define COLLOQUY_SERVICES_COMMON_DB_POOL_H_

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/common/db/database.h"
#include "services/common/db/outcome.h"

namespace colloquy::db {

// Thread-safe; outlives its leases.
template <typename Connection>
class Pool {
 public:
  using Factory = std::function<absl::StatusOr<std::unique_ptr<Connection>>()>;

  // Gives the connection back when destroyed.
  class Lease {
   public:
    Lease(Pool* pool, std::unique_ptr<Connection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_ != nullptr) pool_->Return(std::move(connection_));
    }
    Connection* operator->() const { return connection_.get(); }
    Connection& operator*() const { return *connection_; }

    // The connection is broken. Those that lie idle probably broke with it, so they go too.
    void Discard() { pool_->Discard(std::move(connection_)); }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  Pool(size_t limit, Factory factory)
      : limit_(limit < 1 ? 1 : limit), factory_(std::move(factory)) {}
  ~Pool() { Close(); }

  // Waits while all are in use. Of the idle ones takes one that `prefer` likes, if there is one.
  // Answers the factory's error, that of an expired call, or SERVER_STOPPING.
  absl::StatusOr<Lease> Acquire(const CallOptions& call,
                                absl::FunctionRef<bool(const Connection&)> prefer) {
    {
      absl::MutexLock lock(&mutex_);
      while (!AwaitFree(call)) {
        if (Expired(call)) return StatusOf(Failure::kInterrupted, call);
      }
      if (closed_) return Stopping();
      if (!idle_.empty()) return Lease(this, TakeIdle(prefer));
      ++open_;
    }
    absl::StatusOr<std::unique_ptr<Connection>> connection = factory_();
    if (connection.ok()) return Lease(this, *std::move(connection));
    absl::MutexLock lock(&mutex_);
    --open_;
    return connection.status();
  }

  // Waits for all leases to end; Acquire refuses from now on.
  void Close() {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    mutex_.Await(absl::Condition(this, &Pool::AllIdle));
    open_ = 0;
    idle_.clear();
  }

 private:
  using Idle = std::vector<std::unique_ptr<Connection>>;

  bool FreeOrClosed() const { return closed_ || !idle_.empty() || open_ < limit_; }
  bool AllIdle() const { return open_ == idle_.size(); }

  // A cancelled call says so only when asked.
  bool AwaitFree(const CallOptions& call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    absl::Time until = call.deadline;
    if (call.cancelled) until = std::min(until, absl::Now() + absl::Milliseconds(20));
    return mutex_.AwaitWithDeadline(absl::Condition(this, &Pool::FreeOrClosed), until);
  }

  std::unique_ptr<Connection> TakeIdle(absl::FunctionRef<bool(const Connection&)> prefer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto liked = std::find_if(idle_.rbegin(), idle_.rend(),
                                    [&](const auto& connection) { return prefer(*connection); });
    if (liked != idle_.rend()) std::swap(*liked, idle_.back());
    std::unique_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }

  void Return(std::unique_ptr<Connection> connection) {
    absl::MutexLock lock(&mutex_);
    idle_.push_back(std::move(connection));
  }

  void Discard(std::unique_ptr<Connection> connection) {
    Idle broken;
    {
      absl::MutexLock lock(&mutex_);
      broken.swap(idle_);
      open_ -= broken.size() + 1;
    }
    broken.push_back(std::move(connection));
  }

  const size_t limit_;
  const Factory factory_;
  absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  size_t open_ ABSL_GUARDED_BY(mutex_) = 0;  // idle and leased
  Idle idle_ ABSL_GUARDED_BY(mutex_);        // the one used last at the back
};

}  // namespace colloquy::db

#endif  // COLLOQUY_SERVICES_COMMON_DB_POOL_H_
