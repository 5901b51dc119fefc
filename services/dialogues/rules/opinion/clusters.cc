#include "services/dialogues/rules/opinion/clusters.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace colloquy::dialogues::rules::opinion {
namespace {

constexpr double kStill = 0.01;
constexpr int kPatience = 4;

bool Before(const Point& a, const Point& b) { return std::pair(a.x, a.y) < std::pair(b.x, b.y); }

// The row of each name.
using Rows = absl::flat_hash_map<uint32_t, size_t>;

Rows RowsOf(const Named& data) {
  Rows rows;
  for (size_t row = 0; row < data.names.size(); ++row) rows[data.names[row]] = row;
  return rows;
}

double WeightOf(const Named& data, size_t row) {
  return data.weights.empty() ? 1.0 : data.weights[row];
}

std::vector<Point> Distinct(const Named& data, size_t at_most) {
  std::vector<Point> distinct;
  std::set<std::pair<double, double>> seen;
  for (const Point& point : data.points) {
    if (distinct.size() == at_most) break;
    // Adding 0 makes −0 and 0 the same.
    if (seen.emplace(point.x + 0.0, point.y + 0.0).second) distinct.push_back(point);
  }
  return distinct;
}

std::vector<Cluster> ColdStart(const Named& data, size_t k) {
  std::vector<Cluster> clusters;
  for (const Point& point : Distinct(data, k)) {
    clusters.push_back({.id = static_cast<int>(clusters.size()), .center = point});
  }
  return clusters;
}

// The mean of the members that still exist, by weight; nothing if none does.
std::optional<Point> MeanOf(const Named& data, const Rows& rows,
                            const std::vector<uint32_t>& members) {
  Point sum;
  double weights = 0;
  for (uint32_t member : members) {
    auto row = rows.find(member);
    if (row == rows.end()) continue;
    const double weight = WeightOf(data, row->second);
    sum.x += weight * data.points[row->second].x;
    sum.y += weight * data.points[row->second].y;
    weights += weight;
  }
  if (weights == 0) return std::nullopt;
  return Point{sum.x / weights, sum.y / weights};
}

// Moves every cluster to where its members are now; those without members are dropped.
void Recentre(const Named& data, const Rows& rows, std::vector<Cluster>& clusters) {
  std::erase_if(clusters, [&](Cluster& cluster) {
    const std::optional<Point> mean = MeanOf(data, rows, cluster.members);
    if (mean.has_value()) cluster.center = *mean;
    return !mean.has_value();
  });
}

// The one that takes the other in keeps its place; the larger's id stays.
std::vector<Cluster> MergeEqualCentres(const std::vector<Cluster>& clusters) {
  std::vector<Cluster> merged;
  for (const Cluster& cluster : clusters) {
    auto twin = std::find_if(merged.begin(), merged.end(),
                             [&](const Cluster& c) { return c.center == cluster.center; });
    if (twin == merged.end()) {
      merged.push_back(cluster);
      continue;
    }
    if (cluster.members.size() >= twin->members.size()) twin->id = cluster.id;
    twin->members.insert(twin->members.end(), cluster.members.begin(), cluster.members.end());
  }
  return merged;
}

size_t Nearest(const std::vector<Cluster>& clusters, const Point& point) {
  size_t nearest = 0;
  double least = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < clusters.size(); ++i) {
    const double distance = Distance(clusters[i].center, point);
    if (distance > least) continue;
    least = distance;
    nearest = i;
  }
  return nearest;
}

// The row that is farthest from all centres, and how far.
std::pair<size_t, double> MostDistant(const Named& data, const std::vector<Cluster>& clusters) {
  std::pair<size_t, double> most = {0, 0};
  for (size_t row = 0; row < data.points.size(); ++row) {
    const Point& point = data.points[row];
    const double distance = Distance(clusters[Nearest(clusters, point)].center, point);
    if (distance >= most.second) most = {row, distance};
  }
  return most;
}

// The old clusters where their members stand now, filled up to k with those who stand farthest.
std::vector<Cluster> WarmStart(const Named& data, size_t k, std::vector<Cluster> clusters) {
  const Rows rows = RowsOf(data);
  int next_id = 0;
  for (const Cluster& cluster : clusters) next_id = std::max(next_id, cluster.id + 1);
  Recentre(data, rows, clusters);
  if (clusters.empty()) {
    clusters.push_back({.id = next_id, .members = data.names});
    Recentre(data, rows, clusters);
  }
  clusters = MergeEqualCentres(clusters);
  const size_t possible = Distinct(data, k).size();
  while (true) {
    Recentre(data, rows, clusters);
    if (clusters.size() >= possible) return clusters;
    const auto [row, distance] = MostDistant(data, clusters);
    if (distance == 0) return clusters;
    const uint32_t name = data.names[row];
    int id = 0;
    for (Cluster& cluster : clusters) {
      std::erase(cluster.members, name);
      id = std::max(id, cluster.id + 1);
    }
    clusters.push_back({.id = id, .center = data.points[row], .members = {name}});
  }
}

std::vector<Cluster> Step(const Named& data, const std::vector<Cluster>& clusters) {
  struct Sum {
    Point point;
    double weight = 0;
  };
  std::vector<Cluster> next(clusters.size());
  std::vector<Sum> sums(clusters.size());
  for (size_t i = 0; i < clusters.size(); ++i) next[i].id = clusters[i].id;
  for (size_t row = 0; row < data.points.size(); ++row) {
    const size_t i = Nearest(clusters, data.points[row]);
    const double weight = WeightOf(data, row);
    next[i].members.push_back(data.names[row]);
    sums[i].point.x += weight * data.points[row].x;
    sums[i].point.y += weight * data.points[row].y;
    sums[i].weight += weight;
  }
  for (size_t i = 0; i < next.size(); ++i) {
    next[i].center = {sums[i].point.x / sums[i].weight, sums[i].point.y / sums[i].weight};
  }
  std::erase_if(next, [](const Cluster& cluster) { return cluster.members.empty(); });
  return next;
}

std::vector<Point> SortedCentres(const std::vector<Cluster>& clusters) {
  std::vector<Point> centres;
  for (const Cluster& cluster : clusters) centres.push_back(cluster.center);
  std::sort(centres.begin(), centres.end(), Before);
  return centres;
}

bool Still(const std::vector<Cluster>& before, const std::vector<Cluster>& after) {
  const std::vector<Point> a = SortedCentres(before), b = SortedCentres(after);
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (Distance(a[i], b[i]) >= kStill) return false;
  }
  return true;
}

}  // namespace

std::vector<Cluster> KMeans(const Named& data, size_t k, int rounds,
                            const std::vector<Cluster>& last) {
  if (data.points.empty()) return {};
  std::vector<Cluster> clusters = last.empty() ? ColdStart(data, k) : WarmStart(data, k, last);
  for (int left = rounds; true; --left) {
    std::vector<Cluster> next = Step(data, clusters);
    const bool done = left == 0 || Still(clusters, next);
    clusters = std::move(next);
    if (done) break;
  }
  std::sort(clusters.begin(), clusters.end(),
            [](const Cluster& a, const Cluster& b) { return a.id < b.id; });
  return clusters;
}

double MeanSilhouette(absl::Span<const Point> points, absl::Span<const uint32_t> labels,
                      size_t clusters) {
  std::vector<size_t> sizes(clusters, 0);
  for (uint32_t label : labels) ++sizes[label];
  const auto inhabited = std::count_if(sizes.begin(), sizes.end(), [](size_t n) { return n > 0; });
  if (inhabited < 2) return 0;
  double total = 0;
  std::vector<double> sums(clusters);
  for (size_t i = 0; i < points.size(); ++i) {
    if (sizes[labels[i]] == 1) continue;
    std::fill(sums.begin(), sums.end(), 0.0);
    for (size_t j = 0; j < points.size(); ++j) sums[labels[j]] += Distance(points[i], points[j]);
    const double own = sums[labels[i]] / static_cast<double>(sizes[labels[i]] - 1);
    double other = std::numeric_limits<double>::infinity();
    for (size_t c = 0; c < clusters; ++c) {
      if (c != labels[i] && sizes[c] > 0) {
        other = std::min(other, sums[c] / static_cast<double>(sizes[c]));
      }
    }
    if (const double most = std::max(own, other); most > 0) total += (other - own) / most;
  }
  return total / static_cast<double>(points.size());
}

size_t MostGroups(size_t base_clusters) { return std::min<size_t>(5, 2 + base_clusters / 12); }

GroupCount GroupCount::Next(size_t best) const {
  GroupCount next{.last = best, .rounds = best == last ? rounds + 1 : 1, .adopted = adopted};
  if (next.rounds >= kPatience || adopted == 0) next.adopted = best;
  return next;
}

Grouping GroupBaseClusters(const std::vector<Cluster>& base,
                           const std::map<size_t, std::vector<Cluster>>& last) {
  Named data;
  absl::flat_hash_map<uint32_t, uint32_t> position;
  for (const Cluster& cluster : base) {
    position[static_cast<uint32_t>(cluster.id)] = static_cast<uint32_t>(data.names.size());
    data.names.push_back(static_cast<uint32_t>(cluster.id));
    data.points.push_back(cluster.center);
    data.weights.push_back(static_cast<double>(cluster.members.size()));
  }
  Grouping grouping;
  if (base.empty()) return grouping;
  for (size_t k = 2; k <= MostGroups(base.size()); ++k) {
    auto before = last.find(k);
    std::vector<Cluster>& clusters = grouping.clusterings[k] = KMeans(
        data, k, kGroupRounds, before == last.end() ? std::vector<Cluster>() : before->second);
    std::vector<uint32_t> labels(base.size());
    for (uint32_t c = 0; c < clusters.size(); ++c) {
      for (uint32_t member : clusters[c].members) labels[position[member]] = c;
    }
    const double silhouette = MeanSilhouette(data.points, labels, clusters.size());
    grouping.silhouettes[k] = silhouette;
    if (grouping.best == 0 || silhouette >= grouping.silhouettes[grouping.best]) grouping.best = k;
  }
  return grouping;
}

}  // namespace colloquy::dialogues::rules::opinion
