// Ranking polls by the method of Schulze.
//
// M. Schulze: A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent
// single-winner election method (2011), with the strength of a link measured by winning votes. Pure
// and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_POLLS_SCHULZE_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_POLLS_SCHULZE_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace colloquy::dialogues::rules::polls {

// Options from best to worst; those in one place are equal. Each at most once; those that are
// missing share the last place.
using Ranking = std::vector<std::vector<uint32_t>>;

struct SchulzeResult {
  // [a][b]: voters who rank a above b.
  std::vector<std::vector<int64_t>> preferences;
  // [a][b]: the weakest link of the strongest path from a to b; 0 where there is none.
  std::vector<std::vector<int64_t>> strengths;
  // Each option once. A place holds all that are beaten by nobody but those in the places before;
  // more than one is a tie.
  Ranking places;
};

// Every option of a ballot is below `options`. O(options³ + ballots · options²).
SchulzeResult Schulze(uint32_t options, absl::Span<const Ranking> ballots);

}  // namespace colloquy::dialogues::rules::polls

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_POLLS_SCHULZE_H_
