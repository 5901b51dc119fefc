#include "services/common/auth/rate_limiter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/hash/hash.h"
#include "services/common/errors/errors.h"

namespace colloquy::auth {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

int64_t IntervalOf(const RateLimiter::Options& options) {
  if (options.calls_per_second <= 0) return 0;
  return std::max<int64_t>(1, std::llround(kSecond / options.calls_per_second));
}

int64_t ToleranceOf(const RateLimiter::Options& options) {
  const int64_t interval = IntervalOf(options);
  if (interval == 0) return 0;
  const int64_t burst =
      options.burst > 0 ? options.burst : std::max<int64_t>(1, kSecond / interval);
  return (burst - 1) * interval;
}

}  // namespace

RateLimiter::RateLimiter(Options options, std::function<absl::Time()> now)
    : now_(std::move(now)),
      interval_(IntervalOf(options)),
      tolerance_(ToleranceOf(options)),
      max_in_shard_(std::max<size_t>(1, options.max_callers / kShards)) {}

absl::Status RateLimiter::Admit(const Caller& caller) {
  if (!enabled()) return absl::OkStatus();
  const absl::string_view key = caller.actor;

  Shard& shard = shards_[absl::Hash<absl::string_view>{}(key) % kShards];
  const int64_t now = absl::ToUnixNanos(now_());
  int64_t wait;
  {
    absl::MutexLock lock(&shard.mu);
    int64_t& full_at = BucketOf(shard, key, now);
    const int64_t start = std::max(full_at, now);
    wait = start - tolerance_ - now;
    if (wait <= 0) {
      full_at = start + interval_;
      return absl::OkStatus();
    }
  }
  return errors::Retryable(absl::StatusCode::kResourceExhausted, errors::ErrorReason::RATE_LIMITED,
                           "Too many calls by this caller.", absl::Nanoseconds(wait));
}

int64_t& RateLimiter::BucketOf(Shard& shard, absl::string_view key, int64_t now) {
  const auto found = shard.full_at.find(key);
  if (found != shard.full_at.end()) return found->second;
  if (shard.full_at.size() >= max_in_shard_) {
    // Sweeping is linear, so a flood of new callers may cause one only now and then.
    if (now < shard.next_sweep) return shard.overflow_full_at;
    shard.next_sweep = now + kSecond;
    absl::erase_if(shard.full_at, [now](const auto& bucket) { return bucket.second <= now; });
    if (shard.full_at.size() >= max_in_shard_) return shard.overflow_full_at;
  }
  return shard.full_at.emplace(std::string(key), 0).first->second;
}

size_t RateLimiter::size() const {
  size_t total = 0;
  for (const Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mu);
    total += shard.full_at.size();
  }
  return total;
}

}  // namespace colloquy::auth
