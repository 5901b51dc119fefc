#include "services/dialogues/rules/polls/tally.h"

#include <algorithm>

namespace colloquy::dialogues::rules::polls {
namespace {

void FindLeaders(Tally& tally) {
  if (tally.ballots == 0) return;
  const int64_t most = *std::max_element(tally.totals.begin(), tally.totals.end());
  for (uint32_t option = 0; option < tally.totals.size(); ++option) {
    if (tally.totals[option] == most) tally.leaders.push_back(option);
  }
}

// The score at a place in ascending order.
double ScoreAt(const std::map<int64_t, int64_t>& counts, int64_t place) {
  for (const auto& [score, count] : counts) {
    if (place < count) return static_cast<double>(score);
    place -= count;
  }
  return 0;
}

void Summarise(ScoreSummary& summary) {
  if (summary.ballots == 0) return;
  double sum = 0;
  for (const auto& [score, count] : summary.counts) {
    sum += static_cast<double>(score) * static_cast<double>(count);
  }
  summary.mean = sum / static_cast<double>(summary.ballots);
  summary.median = (ScoreAt(summary.counts, (summary.ballots - 1) / 2) +
                    ScoreAt(summary.counts, summary.ballots / 2)) /
                   2;
}

}  // namespace

Tally CountChoices(uint32_t options, absl::Span<const std::vector<uint32_t>> ballots) {
  Tally tally{.totals = std::vector<int64_t>(options, 0)};
  for (const auto& ballot : ballots) {
    tally.ballots += ballot.empty() ? 0 : 1;
    for (uint32_t option : ballot) ++tally.totals[option];
  }
  FindLeaders(tally);
  return tally;
}

Tally CountDots(uint32_t options, absl::Span<const std::vector<int64_t>> ballots) {
  Tally tally{.totals = std::vector<int64_t>(options, 0)};
  for (const auto& ballot : ballots) {
    bool any = false;
    for (uint32_t option = 0; option < options; ++option) {
      tally.totals[option] += ballot[option];
      any |= ballot[option] > 0;
    }
    tally.ballots += any ? 1 : 0;
  }
  FindLeaders(tally);
  return tally;
}

std::vector<ScoreSummary> CountScores(
    uint32_t options, absl::Span<const std::vector<std::optional<int64_t>>> ballots) {
  std::vector<ScoreSummary> summaries(options);
  for (const auto& ballot : ballots) {
    for (uint32_t option = 0; option < options; ++option) {
      if (!ballot[option].has_value()) continue;
      ++summaries[option].counts[*ballot[option]];
      ++summaries[option].ballots;
    }
  }
  for (ScoreSummary& summary : summaries) Summarise(summary);
  return summaries;
}

}  // namespace colloquy::dialogues::rules::polls
