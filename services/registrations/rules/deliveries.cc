#include "services/registrations/rules/deliveries.h"

#include <algorithm>

namespace colloquy::registrations::rules {
namespace {

constexpr absl::Duration kFirst = absl::Seconds(5);
constexpr absl::Duration kLongest = absl::Hours(1);
constexpr int kMostSteps = 12;  // far beyond the longest
constexpr size_t kMaxReason = 500;

absl::Duration Grown(absl::Duration first, int64_t factor, int64_t steps, absl::Duration longest) {
  absl::Duration delay = first;
  for (int64_t i = 0; i < std::min<int64_t>(steps, kMostSteps); ++i) delay *= factor;
  return std::min(delay, longest);
}

}  // namespace

std::optional<absl::Duration> NextAttempt(int64_t attempts, absl::Duration age, double jitter) {
  if (age >= kDeliveryLifetime) return std::nullopt;
  const absl::Duration delay = Grown(kFirst, 3, attempts - 1, kLongest);
  return delay * (0.5 + 0.5 * std::clamp(jitter, 0.0, 1.0));
}

absl::Duration RelayPause(int failures) {
  return Grown(absl::Seconds(1), 2, failures - 1, absl::Minutes(1));
}

std::string KeptReason(absl::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (kept.size() == kMaxReason) break;
    // Relays answer in ASCII (RFC 5321, section 2.4); what is not may be anything.
    const bool printable = c >= 0x20 && c < 0x7F;
    kept.push_back(printable ? c : (c == '\r' || c == '\n' || c == '\t') ? ' ' : '?');
  }
  while (!kept.empty() && kept.back() == ' ') kept.pop_back();
  return kept;
}

}  // namespace colloquy::registrations::rules
