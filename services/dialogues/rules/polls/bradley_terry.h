// Pairwise polls: how strong options are, from comparisons of two at a time.
//
// The model of R. A. Bradley and M. E. Terry (1952), fitted by the minorization of D. R. Hunter: MM
// algorithms for generalized Bradley–Terry models (2004). Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_POLLS_BRADLEY_TERRY_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_POLLS_BRADLEY_TERRY_H_

#include <vector>

namespace colloquy::dialogues::rules::polls {

struct Strengths {
  // An option; above 0, with a geometric mean of 1. a is preferred to b with a chance of
  // s[a] / (s[a] + s[b]).
  std::vector<double> strengths;
  // True if the comparisons alone have no finite answer, because some options never lost to, or
  // were never compared with, the others. Then each was also compared once with an imaginary
  // average option, half won and half lost.
  bool regularised = false;
};

// wins[a][b]: how often a was preferred to b. A tie is half a win each. Square; none negative; the
// diagonal does not count.
Strengths BradleyTerry(const std::vector<std::vector<double>>& wins);

}  // namespace colloquy::dialogues::rules::polls

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_POLLS_BRADLEY_TERRY_H_
