#include "services/dialogues/rules/polls/bradley_terry.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace colloquy::dialogues::rules::polls {
namespace {

constexpr int kRounds = 10'000;
constexpr double kStill = 1e-12;  // relative
constexpr double kImaginaryWin = 0.5;

using Matrix = std::vector<std::vector<double>>;

// Options that can be reached from the first along wins, or along losses.
size_t Reached(const Matrix& wins, bool forward) {
  std::vector<bool> seen(wins.size(), false);
  std::vector<size_t> open = {0};
  seen[0] = true;
  size_t reached = 1;
  while (!open.empty()) {
    const size_t a = open.back();
    open.pop_back();
    for (size_t b = 0; b < wins.size(); ++b) {
      if (seen[b] || (forward ? wins[a][b] : wins[b][a]) <= 0) continue;
      seen[b] = true;
      ++reached;
      open.push_back(b);
    }
  }
  return reached;
}

// A maximum of the likelihood exists if and only if everybody beat everybody, directly or through
// others (Ford 1957).
bool HasMaximum(const Matrix& wins) {
  return Reached(wins, true) == wins.size() && Reached(wins, false) == wins.size();
}

void Normalise(std::vector<double>& strengths) {
  double logarithms = 0;
  for (double s : strengths) logarithms += std::log(s);
  const double mean = std::exp(logarithms / static_cast<double>(strengths.size()));
  for (double& s : strengths) s /= mean;
}

std::vector<double> Round(const Matrix& wins, const std::vector<double>& s, double imaginary) {
  std::vector<double> next(s.size());
  for (size_t a = 0; a < s.size(); ++a) {
    double won = imaginary;
    double expected = 2 * imaginary / (s[a] + 1);
    for (size_t b = 0; b < s.size(); ++b) {
      if (a == b) continue;
      won += wins[a][b];
      expected += (wins[a][b] + wins[b][a]) / (s[a] + s[b]);
    }
    next[a] = won / expected;
  }
  return next;
}

bool Still(const std::vector<double>& before, const std::vector<double>& after) {
  for (size_t i = 0; i < before.size(); ++i) {
    if (std::abs(after[i] - before[i]) > kStill * before[i]) return false;
  }
  return true;
}

}  // namespace

Strengths BradleyTerry(const Matrix& wins) {
  Strengths result{.strengths = std::vector<double>(wins.size(), 1.0)};
  if (wins.size() < 2) return result;
  result.regularised = !HasMaximum(wins);
  const double imaginary = result.regularised ? kImaginaryWin : 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> next = Round(wins, result.strengths, imaginary);
    // The imaginary option has a fixed strength; only without it is the scale free.
    if (!result.regularised) Normalise(next);
    const bool still = Still(result.strengths, next);
    result.strengths = std::move(next);
    if (still) break;
  }
  Normalise(result.strengths);
  return result;
}

}  // namespace colloquy::dialogues::rules::polls
