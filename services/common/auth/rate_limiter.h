// How many calls a second one caller may make.
#ifndef COLLOQUY_SERVICES_COMMON_AUTH_RATE_LIMITER_H_
#define COLLOQUY_SERVICES_COMMON_AUTH_RATE_LIMITER_H_

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/common/auth/caller.h"
#include "services/common/rpc/policy.h"

namespace colloquy::auth {

// One token bucket a caller, kept as one number: the generic cell rate algorithm (ITU-T I.371, in
// its virtual scheduling form) stores only when the bucket would be full again, and a bucket that
// is full needs no memory. Thread-safe; 64 shards keep callers out of each other's way.
class RateLimiter : public rpc::Limiter {
 public:
  struct Options {
    double calls_per_second = 0;  // for each caller; 0 switches the limit off
    int burst = 0;                // calls that may come at once; 0 means one second's worth
    size_t max_callers = 65536;   // known at once; more than that share one bucket a shard
  };

  explicit RateLimiter(Options options, std::function<absl::Time()> now = absl::Now);

  // OK, or RESOURCE_EXHAUSTED with RATE_LIMITED and RetryInfo. The bucket is that of
  // `caller.actor`; all anonymous callers share one.
  absl::Status Admit(const Caller& caller) override;

  bool enabled() const { return interval_ > 0; }
  // Buckets in memory now.
  size_t size() const;

 private:
  static constexpr size_t kShards = 64;
  struct Shard {
    mutable absl::Mutex mu;
    absl::flat_hash_map<std::string, int64_t> full_at ABSL_GUARDED_BY(mu);  // ns since the epoch
    int64_t overflow_full_at ABSL_GUARDED_BY(mu) = 0;
    int64_t next_sweep ABSL_GUARDED_BY(mu) = 0;
  };

  int64_t& BucketOf(Shard& shard, absl::string_view key, int64_t now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mu);

  const std::function<absl::Time()> now_;
  const int64_t interval_;   // ns for one call to flow back into the bucket; 0: off
  const int64_t tolerance_;  // ns that a bucket may be in debt and still admit
  const size_t max_in_shard_;
  std::array<Shard, kShards> shards_;
};

}  // namespace colloquy::auth

#endif  // COLLOQUY_SERVICES_COMMON_AUTH_RATE_LIMITER_H_
