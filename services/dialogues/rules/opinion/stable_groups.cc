#include "services/dialogues/rules/opinion/stable_groups.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "services/dialogues/rules/opinion/clusters.h"
#include "services/dialogues/rules/opinion/random.h"

namespace colloquy::dialogues::rules::opinion {
namespace {

constexpr int kStarts = 20;
constexpr int kRounds = 100;
constexpr size_t kSample = 1500;
constexpr size_t kMost = 5;
constexpr int kResamples = 20;
constexpr int kResampleStarts = 3;

using Points = std::vector<Point>;
using Labels = std::vector<uint32_t>;

double Squared(const Point& a, const Point& b) {
  return (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y);
}

struct Partition {
  Points centers;
  Labels labels;
  double spread = std::numeric_limits<double>::infinity();  // sum of squared distances
};

// Everybody to the nearest centre, the first of equally near ones. Whether anything changed.
bool Assign(absl::Span<const Point> points, Partition& partition) {
  bool changed = partition.labels.size() != points.size();
  partition.labels.resize(points.size());
  partition.spread = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    uint32_t nearest = 0;
    double least = std::numeric_limits<double>::infinity();
    for (uint32_t c = 0; c < partition.centers.size(); ++c) {
      const double distance = Squared(points[i], partition.centers[c]);
      if (distance < least) std::tie(least, nearest) = std::pair(distance, c);
    }
    partition.spread += least;
    changed |= partition.labels[i] != nearest;
    partition.labels[i] = nearest;
  }
  return changed;
}

// A centre that nobody is nearest to stays where it is.
void Recentre(absl::Span<const Point> points, Partition& partition) {
  Points sums(partition.centers.size());
  std::vector<double> sizes(sums.size());
  for (size_t i = 0; i < points.size(); ++i) {
    sums[partition.labels[i]].x += points[i].x;
    sums[partition.labels[i]].y += points[i].y;
    sizes[partition.labels[i]] += 1;
  }
  for (size_t c = 0; c < sums.size(); ++c) {
    if (sizes[c] > 0) partition.centers[c] = {sums[c].x / sizes[c], sums[c].y / sizes[c]};
  }
}

Partition Settle(absl::Span<const Point> points, Points centers) {
  Partition partition{.centers = std::move(centers)};
  for (int round = 0; round < kRounds && Assign(points, partition); ++round) {
    Recentre(points, partition);
  }
  return partition;
}

// Each next centre is drawn in proportion to the squared distance from those before.
Points PlusPlus(absl::Span<const Point> points, size_t k, Random& random) {
  Points centers = {points[random.Below(points.size())]};
  std::vector<double> distances(points.size(), std::numeric_limits<double>::infinity());
  while (centers.size() < k) {
    double total = 0;
    for (size_t i = 0; i < points.size(); ++i) {
      distances[i] = std::min(distances[i], Squared(points[i], centers.back()));
      total += distances[i];
    }
    double left = random.Fraction() * total;
    size_t drawn = 0;
    for (size_t i = 0; i < points.size(); ++i) {
      if (distances[i] == 0) continue;
      drawn = i;
      left -= distances[i];
      if (left < 0) break;
    }
    centers.push_back(points[drawn]);
  }
  return centers;
}

Partition BestOf(int starts, absl::Span<const Point> points, size_t k, Random& random) {
  Partition best;
  for (int start = 0; start < starts; ++start) {
    Partition partition = Settle(points, PlusPlus(points, k, random));
    if (partition.spread < best.spread) best = std::move(partition);
  }
  return best;
}

Points Sample(absl::Span<const Point> points, Random& random) {
  Points sample(points.begin(), points.end());
  if (sample.size() <= kSample) return sample;
  for (size_t i = 0; i < kSample; ++i) {
    std::swap(sample[i], sample[i + random.Below(sample.size() - i)]);
  }
  sample.resize(kSample);
  return sample;
}

size_t DistinctUpTo(size_t most, absl::Span<const Point> points) {
  std::set<std::pair<double, double>> seen;
  for (const Point& point : points) {
    if (seen.size() == most) break;
    seen.emplace(point.x + 0.0, point.y + 0.0);
  }
  return seen.size();
}

// Whether those who are drawn again, with repetition, would be grouped the same way.
double BootstrapAgreement(absl::Span<const Point> points, const Partition& found, Random& random) {
  double total = 0;
  for (int resample = 0; resample < kResamples; ++resample) {
    Points drawn;
    for (size_t i = 0; i < points.size(); ++i) drawn.push_back(points[random.Below(points.size())]);
    const size_t k = DistinctUpTo(found.centers.size(), drawn);
    Partition again = BestOf(kResampleStarts, drawn, k, random);
    Assign(points, again);
    total += AdjustedRandIndex(found.labels, again.labels);
  }
  return total / kResamples;
}

// Numbers groups by size; among equal ones whose first point comes first.
void Renumber(Partition& partition) {
  const size_t k = partition.centers.size();
  std::vector<size_t> sizes(k), first(k, partition.labels.size());
  for (size_t i = partition.labels.size(); i-- > 0;) {
    ++sizes[partition.labels[i]];
    first[partition.labels[i]] = i;
  }
  Labels order(k);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(sizes[b], first[a]) < std::pair(sizes[a], first[b]);
  });
  Labels place(k);
  Points centers;
  for (uint32_t i = 0; i < k; ++i) {
    place[order[i]] = i;
    centers.push_back(partition.centers[order[i]]);
  }
  partition.centers = std::move(centers);
  for (uint32_t& label : partition.labels) label = place[label];
}

double Pairs(double n) { return n * (n - 1) / 2; }

}  // namespace

StableGroups FindStableGroups(absl::Span<const Point> points, uint64_t seed) {
  StableGroups found;
  Random random(seed);
  const Points sample = Sample(points, random);
  const size_t most = DistinctUpTo(std::min(kMost, MostGroups(sample.size())), sample);
  Partition best;
  if (most < 2) {
    best = Settle(points, Points(sample.begin(), sample.begin() + static_cast<long>(most)));
  }
  double second = 0;
  for (size_t k = 2; k <= most; ++k) {
    Partition partition = BestOf(kStarts, sample, k, random);
    const double silhouette = MeanSilhouette(sample, partition.labels, k);
    found.silhouettes[k] = silhouette;
    if (k == 2 || silhouette > found.silhouettes[best.centers.size()]) best = std::move(partition);
  }
  for (const auto& [k, silhouette] : found.silhouettes) {
    if (k != best.centers.size()) second = std::max(second, silhouette);
  }
  if (most >= 2) {
    found.silhouette_margin = found.silhouettes[best.centers.size()] - second;
    found.bootstrap_agreement = BootstrapAgreement(sample, best, random);
    best = Settle(points, best.centers);
  }
  Renumber(best);
  found.centers = std::move(best.centers);
  found.labels = std::move(best.labels);
  return found;
}

double AdjustedRandIndex(absl::Span<const uint32_t> a, absl::Span<const uint32_t> b) {
  std::map<std::pair<uint32_t, uint32_t>, double> both;
  std::map<uint32_t, double> of_a, of_b;
  for (size_t i = 0; i < a.size(); ++i) {
    both[{a[i], b[i]}] += 1;
    of_a[a[i]] += 1;
    of_b[b[i]] += 1;
  }
  double together = 0, in_a = 0, in_b = 0;
  for (const auto& [cell, n] : both) together += Pairs(n);
  for (const auto& [label, n] : of_a) in_a += Pairs(n);
  for (const auto& [label, n] : of_b) in_b += Pairs(n);
  const double all = Pairs(static_cast<double>(a.size()));
  const double expected = all > 0 ? in_a * in_b / all : 0;
  const double most = (in_a + in_b) / 2;
  return most == expected ? 1 : (together - expected) / (most - expected);
}

}  // namespace colloquy::dialogues::rules::opinion
