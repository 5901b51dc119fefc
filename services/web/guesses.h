// How many links that do not work one client may try.
#ifndef COLLOQUY_SERVICES_WEB_GUESSES_H_
#define COLLOQUY_SERVICES_WEB_GUESSES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace colloquy::web {

// Only wrong links count, so that an office behind one address, or a mail provider that
// unsubscribes for thousands, is never refused. Tokens have 256 bits; this is against load, and so
// that guessing shows in the log. The generic cell rate algorithm, as in auth::RateLimiter.
// Thread-safe.
class Guesses {
 public:
  Guesses(int at_once, int per_minute, std::function<absl::Time()> now);

  // Whether `client` may try another link.
  bool MayTry(absl::string_view client) const;
  // One did not work. True if it was the last for now.
  bool Wrong(absl::string_view client);

  static constexpr size_t kMaxClients = 100'000;  // more share a bucket

 private:
  absl::string_view KeyOf(absl::string_view client) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  const int64_t interval_;   // ns for one guess to be forgotten
  const int64_t tolerance_;  // ns of guesses that are not held against anyone
  const std::function<absl::Time()> now_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, int64_t> forgotten_at_ ABSL_GUARDED_BY(mutex_);  // ns since 1970
};

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_GUESSES_H_
