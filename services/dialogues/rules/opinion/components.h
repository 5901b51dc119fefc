// The two axes along which a dialogue's opinions differ most, and where everybody stands on them.
//
// A vote that was not cast counts as the statement's mean, which after centring is exactly 0: only
// the votes that exist are ever visited. Agree is +1, disagree −1, pass 0. Statements that are
// zeroed (rejected or meta) are 0 for everybody, as if all had passed.
//
// After "Polis: Scaling deliberation by mapping high dimensional opinion spaces" (Small et al.,
// 2021) and the published method of compdemocracy/polis. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_COMPONENTS_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_COMPONENTS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "services/dialogues/rules/opinion/votes.h"

namespace colloquy::dialogues::rules::opinion {

struct Point {
  double x = 0, y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

double Distance(const Point& a, const Point& b);

// Rounds of power iteration of the published method: one, and up to 100 more.
inline constexpr int kPublishedRounds = 101;

struct Components {
  std::vector<double> center;               // a statement's mean vote; 0 where zeroed
  std::array<std::vector<double>, 2> axes;  // of unit length, or all 0 where nothing varies
  std::array<double, 2> eigenvalues = {};   // of the centred XᵀX
  std::array<int, 2> rounds = {};           // of power iteration that it took

  // The method places nobody with fewer than two participants or statements.
  bool flat = false;
};

// Vectors to start power iteration from. One that is shorter than the statements is continued with
// ones; an empty one, or one of zeros, is all ones.
using StartVectors = std::array<std::vector<double>, 2>;

// A direction made from the statements' keys. All ones, the published start, is orthogonal to what
// divides two equal camps over equally many statements, and then finds nothing.
StartVectors HashedStart(const Snapshot& votes, uint64_t seed);

// By power iteration on XᵀX until the length no longer changes, at most `rounds`; the second axis
// after deflation by the first. `zeroed` has an entry a statement.
Components PrincipalComponents(const Snapshot& votes, const std::vector<bool>& zeroed,
                               const StartVectors& start, int rounds = kPublishedRounds);

// Where each participant stands: √(C / n) · Σ over their n votes of (x − mean)(axis 1, axis 2),
// with C statements. Zeroed statements count in n for everybody.
std::vector<Point> Project(const Snapshot& votes, const std::vector<bool>& zeroed,
                           const Components& components);

// Where somebody would stand who agreed with this statement and voted on nothing else. The
// published engine's signs are the other way round (agree −1), and so are its projections.
std::vector<Point> ProjectStatements(const Components& components);

// How far from the middle that is, a statement.
std::vector<double> Extremity(absl::Span<const Point> projections);

}  // namespace colloquy::dialogues::rules::opinion

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_COMPONENTS_H_
