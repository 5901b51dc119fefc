#include "services/web/guesses.h"

#include <algorithm>
#include <utility>

namespace colloquy::web {
namespace {

constexpr absl::string_view kOthers = "others";

}  // namespace

Guesses::Guesses(int at_once, int per_minute, std::function<absl::Time()> now)
    : interval_(absl::ToInt64Nanoseconds(absl::Minutes(1)) / std::max(1, per_minute)),
      tolerance_(interval_ * std::max(1, at_once)),
      now_(std::move(now)) {}

absl::string_view Guesses::KeyOf(absl::string_view client) const {
  const bool known = forgotten_at_.contains(client);
  return known || forgotten_at_.size() < kMaxClients ? client : kOthers;
}

bool Guesses::MayTry(absl::string_view client) const {
  const int64_t now = absl::ToUnixNanos(now_());
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = forgotten_at_.find(KeyOf(client));
  return found == forgotten_at_.end() || found->second + interval_ - tolerance_ <= now;
}

bool Guesses::Wrong(absl::string_view client) {
  const int64_t now = absl::ToUnixNanos(now_());
  absl::MutexLock lock(&mutex_);
  if (forgotten_at_.size() >= kMaxClients) {
    absl::erase_if(forgotten_at_, [now](const auto& entry) { return entry.second <= now; });
  }
  int64_t& at = forgotten_at_[KeyOf(client)];
  const bool could = at + interval_ - tolerance_ <= now;
  at = std::max(at, now) + interval_;
  return could && at + interval_ - tolerance_ > now;
}

}  // namespace colloquy::web
