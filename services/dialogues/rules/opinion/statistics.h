// What groups think of statements: counts, tests, representative statements, consensus, and which
// statement should be asked next.
//
// The formulas are the published ones (compdemocracy/polis: repness, conversation). A group is any
// set of participants: an opinion group, or all who come from research. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_STATISTICS_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_STATISTICS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "services/dialogues/rules/opinion/votes.h"

namespace colloquy::dialogues::rules::opinion {

// One-sided 90 %.
inline constexpr double kZ90 = 1.2816;

struct Counts {
  int64_t agree = 0, disagree = 0;
  int64_t seen = 0;  // with those who passed
  int64_t pass() const { return seen - agree - disagree; }

  Counts& operator+=(const Counts& other);
  friend Counts operator-(const Counts& a, const Counts& b);
  friend bool operator==(const Counts&, const Counts&) = default;
};

using Members = std::vector<uint32_t>;        // rows of a snapshot
using StatementCounts = std::vector<Counts>;  // an entry a statement

StatementCounts CountVotes(const Snapshot& votes, const Members& members);
StatementCounts CountAllVotes(const Snapshot& votes);

// z of a share against one half, with one success added: 2 √(n + 1) ((s + 1) / (n + 1) − ½).
double ProportionTest(int64_t successes, int64_t trials);
// z of a share inside against one outside, 1 added to all four numbers; 0 if everybody succeeded.
double TwoProportionTest(int64_t in, int64_t out, int64_t trials_in, int64_t trials_out);

enum class Direction { kAgree, kDisagree };

// How a group votes in one direction.
struct Share {
  double p = 0;             // (s + 1) / (n + 2)
  double p_test = 0;        // z against one half
  double repness = 0;       // p over the same of everybody else
  double repness_test = 0;  // z against everybody else
};

struct Comparison {
  Counts inside;
  Share agree, disagree;
};

Comparison Compare(const Counts& inside, const Counts& outside);

// A statement that tells a group from the others.
struct Representative {
  uint32_t statement = 0;
  Direction direction = Direction::kAgree;
  int64_t successes = 0, trials = 0;
  Share share;
  bool best_agree = false;  // what the group agrees on most, first for that reason
  int64_t agrees = 0;       // of the group
  double q = 1;             // false discovery rate at which it is found; see ControlDiscoveries
};

// Up to five statements a group, agrees first. `groups` has the counts of each; `left_out`
// (rejected or meta) an entry a statement.
std::vector<std::vector<Representative>> RepresentativeStatements(
    absl::Span<const StatementCounts> groups, const std::vector<bool>& left_out);

// Fills q of what was found: the Benjamini–Hochberg adjusted p-value of its test against everybody
// else, among the tests of all groups, statements and both directions (J. R. Stat. Soc. B 57,
// 1995).
void ControlDiscoveries(absl::Span<const StatementCounts> groups, const std::vector<bool>& left_out,
                        std::vector<std::vector<Representative>>& found);

struct ConsensusStatement {
  uint32_t statement = 0;
  int64_t successes = 0, trials = 0;
  double p = 0, p_test = 0;
};

struct Consensus {
  std::vector<ConsensusStatement> agree, disagree;  // up to five each, strongest first
};

// What most of all agree, or disagree, with.
Consensus FindConsensus(const StatementCounts& all, const std::vector<bool>& left_out);

// Π over groups of (agrees + 1) / (seen + 2), an entry a statement: high only where every group
// agrees.
std::vector<double> GroupAwareConsensus(absl::Span<const StatementCounts> groups);

// The same as a geometric mean, so that it compares between dialogues with different numbers of
// groups; of agrees or of disagrees. 0 to 1.
std::vector<double> MeanGroupAwareConsensus(absl::Span<const StatementCounts> groups,
                                            Direction direction);

// How much is gained by asking a statement: those that few have seen, that are seldom passed on and
// that divide come first. 49 for meta statements. Counts are summed over groups.
std::vector<double> Priorities(absl::Span<const StatementCounts> groups,
                               absl::Span<const double> extremity, const std::vector<bool>& meta);

}  // namespace colloquy::dialogues::rules::opinion

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_STATISTICS_H_
