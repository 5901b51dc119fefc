#include "services/dialogues/rules/routing.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "services/dialogues/rules/opinion/statistics.h"

namespace colloquy::dialogues::rules {
namespace {

// So that everything is asked some day.
constexpr double kLeast = 1e-9;

double WeightOf(const Candidate& candidate) {
  return std::isfinite(candidate.priority) ? std::max(candidate.priority, kLeast) : kLeast;
}

}  // namespace

double PriorityUnseen(bool meta) { return opinion::Priorities({}, {0.0}, {meta}).front(); }

std::optional<int64_t> DrawStatement(absl::Span<const Candidate> candidates, double fraction) {
  if (candidates.empty()) return std::nullopt;
  double total = 0;
  for (const Candidate& candidate : candidates) total += WeightOf(candidate);
  double left = fraction * total;
  for (const Candidate& candidate : candidates) {
    left -= WeightOf(candidate);
    if (left < 0) return candidate.statement;
  }
  return candidates.back().statement;  // rounding
}

}  // namespace colloquy::dialogues::rules
