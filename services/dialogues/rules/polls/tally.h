// Polls that only need counting: choice, score and dots. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_POLLS_TALLY_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_POLLS_TALLY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace colloquy::dialogues::rules::polls {

struct Tally {
  std::vector<int64_t> totals;    // an option
  std::vector<uint32_t> leaders;  // with the largest total; empty if nobody chose anything
  int64_t ballots = 0;            // with at least one option, or dot
};

// Choice: the options of each ballot, each once and below `options`.
Tally CountChoices(uint32_t options, absl::Span<const std::vector<uint32_t>> ballots);

// Dots: how many of their dots each voter put on each option, an entry an option, none negative.
Tally CountDots(uint32_t options, absl::Span<const std::vector<int64_t>> ballots);

struct ScoreSummary {
  std::map<int64_t, int64_t> counts;  // by score
  int64_t ballots = 0;
  double mean = 0;    // 0 without ballots
  double median = 0;  // halfway between the two in the middle of an even number
};

// Score: an entry an option; nothing where the voter gave none.
std::vector<ScoreSummary> CountScores(
    uint32_t options, absl::Span<const std::vector<std::optional<int64_t>>> ballots);

}  // namespace colloquy::dialogues::rules::polls

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_POLLS_TALLY_H_
