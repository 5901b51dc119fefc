// Groups of points that depend on nothing but the points and their order, and how certain they are.
//
// k-means from k-means++ seeds (Arthur and Vassilvitskii, 2007), the best of 20 starts, for 2 to 5
// groups; the number by the best mean silhouette. Above 1,500 points the starts, silhouettes and
// resampling work on 1,500 of them, drawn with the seed; all points then go to the nearest centre
// until nothing moves. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_STABLE_GROUPS_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_STABLE_GROUPS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/types/span.h"
#include "services/dialogues/rules/opinion/components.h"

namespace colloquy::dialogues::rules::opinion {

struct StableGroups {
  std::vector<Point> centers;    // largest group first
  std::vector<uint32_t> labels;  // a point's group
  std::map<size_t, double> silhouettes;
  double silhouette_margin = 0;
  double bootstrap_agreement = 1;
};

// As many groups as there are distinct points, where those are fewer than two.
StableGroups FindStableGroups(absl::Span<const Point> points, uint64_t seed);

// How far two partitions of the same things agree, corrected for chance: 1 the same, about 0 for
// unrelated ones (Hubert and Arabie, 1985). Sizes must be equal.
double AdjustedRandIndex(absl::Span<const uint32_t> a, absl::Span<const uint32_t> b);

}  // namespace colloquy::dialogues::rules::opinion

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_STABLE_GROUPS_H_
