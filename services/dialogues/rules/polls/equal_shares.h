// Budgeted selection: which projects a limited budget pays for, so that every group of voters
// decides about its share.
//
// The Method of Equal Shares: D. Peters, G. Pierczyński, P. Skowron: Proportional participatory
// budgeting with additive utilities (2021). Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_POLLS_EQUAL_SHARES_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_POLLS_EQUAL_SHARES_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace colloquy::dialogues::rules::polls {

// What each project is worth to one voter, 0 or more; 1 for an approval.
using Utilities = std::vector<double>;

struct Selection {
  struct Chosen {
    uint32_t project = 0;
    // What its supporters pay for each unit of utility; 0 for one that was added at the end.
    double price = 0;
    // Another project could have been bought at the same price with the same support.
    bool tied = false;
  };
  std::vector<Chosen> chosen;  // in order of choice
  double spent = 0;
};

enum class Completion {
  // What no group can pay from its shares stays unspent.
  kNone,
  // Shares are raised in steps of a hundredth, to three times at most, for as long as the outcome
  // stays within the budget; what is left then buys what has the most utility for its cost.
  kRaiseSharesThenGreedy,
};

// Costs are above 0 and every ballot has an entry a project. Each round buys the project that asks
// its supporters the least for a unit of utility, each paying in proportion but no more than is
// left to them. Equal prices go to more total utility, then to the project that comes first.
// The order of ballots does not matter.
Selection EqualShares(absl::Span<const double> costs, absl::Span<const Utilities> ballots,
                      double budget, Completion completion = Completion::kRaiseSharesThenGreedy);

}  // namespace colloquy::dialogues::rules::polls

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_POLLS_EQUAL_SHARES_H_
