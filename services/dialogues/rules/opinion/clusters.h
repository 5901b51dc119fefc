// The published method's clusters: up to 100 base clusters of participants, groups of those, and
// when the number of groups changes.
//
// Follows compdemocracy/polis (clusters, conversation), including what depends on history: warm
// starts keep the ids of clusters over time. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_CLUSTERS_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_CLUSTERS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/types/span.h"
#include "services/dialogues/rules/opinion/components.h"

namespace colloquy::dialogues::rules::opinion {

struct Cluster {
  int id = 0;
  Point center;
  std::vector<uint32_t> members;  // names of points, in the order of the data
};

// Points to cluster, each with a name that lasts from round to round and a weight.
struct Named {
  std::vector<uint32_t> names;
  std::vector<Point> points;
  std::vector<double> weights;  // empty: 1 each
};

inline constexpr size_t kBaseClusters = 100;
inline constexpr int kBaseRounds = 100;
inline constexpr int kGroupRounds = 20;

// k-means from `last`, or from the first k distinct points where there was nothing before. Stops
// when all centres, sorted, have moved less than 0.01, after one round and at most `rounds` more;
// a point as near to two centres goes to the later; empty clusters are dropped. Sorted by id.
std::vector<Cluster> KMeans(const Named& data, size_t k, int rounds,
                            const std::vector<Cluster>& last = {});

// The mean over all points of (b − a) / max(a, b), with a the mean distance to the own cluster's
// others and b that to the nearest other cluster; 0 for a point alone (Rousseeuw 1987). −1 to 1;
// 0 where there are fewer than two clusters. `labels` has a cluster a point, each below `clusters`.
double MeanSilhouette(absl::Span<const Point> points, absl::Span<const uint32_t> labels,
                      size_t clusters);

// The largest number of groups that is tried over so many base clusters (2 to 5).
size_t MostGroups(size_t base_clusters);

// A new number of groups is taken up once it was the best in four rounds in a row.
struct GroupCount {
  size_t last = 0;  // best in the last round; 0 before the first
  int rounds = 0;   // that it has been so
  size_t adopted = 0;

  GroupCount Next(size_t best) const;
};

struct Grouping {
  std::map<size_t, std::vector<Cluster>> clusterings;  // by k; members are ids of base clusters
  std::map<size_t, double> silhouettes;
  size_t best = 0;  // k
};

// Groups of base clusters, weighted by size, for every k that is tried. Among equal silhouettes the
// largest k is best.
Grouping GroupBaseClusters(const std::vector<Cluster>& base,
                           const std::map<size_t, std::vector<Cluster>>& last = {});

}  // namespace colloquy::dialogues::rules::opinion

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_CLUSTERS_H_
