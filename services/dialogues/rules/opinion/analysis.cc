#include "services/dialogues/rules/opinion/analysis.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "services/dialogues/rules/opinion/stable_groups.h"

namespace colloquy::dialogues::rules::opinion {
namespace {

constexpr uint32_t kVotesToCount = 7;
constexpr size_t kFewestWhoCount = 15;
constexpr uint64_t kSeed = 2026;

// What follows from groups in both ways of analysing.
void Describe(const Snapshot& votes, const Moderation& moderation, Analysis& analysis) {
  const std::vector<bool> left_out = Zeroed(votes, moderation);
  analysis.statements = ProjectStatements(analysis.components);
  analysis.extremity = Extremity(analysis.statements);
  std::vector<StatementCounts> counts;
  for (Group& group : analysis.groups) {
    group.counts = CountVotes(votes, group.members);
    counts.push_back(group.counts);
  }
  auto representative = RepresentativeStatements(counts, left_out);
  ControlDiscoveries(counts, left_out, representative);
  for (size_t g = 0; g < analysis.groups.size(); ++g) {
    analysis.groups[g].representative = std::move(representative[g]);
  }
  analysis.consensus = FindConsensus(CountAllVotes(votes), left_out);
  analysis.group_aware_consensus = GroupAwareConsensus(counts);
  analysis.mean_agreement = MeanGroupAwareConsensus(counts, Direction::kAgree);
  analysis.mean_disagreement = MeanGroupAwareConsensus(counts, Direction::kDisagree);
  analysis.priorities = Priorities(counts, analysis.extremity, Marks(votes, moderation.meta));
}

// What stands in a vector by column of the matrix, by column of the snapshot; 1 where nothing does.
std::vector<double> ByStatement(const Snapshot& votes, const std::vector<double>& by_column) {
  std::vector<double> values;
  if (by_column.empty()) return values;
  for (uint32_t column : votes.statement_columns) {
    values.push_back(column < by_column.size() ? by_column[column] : 1.0);
  }
  return values;
}

std::vector<double> ByColumn(const Snapshot& votes, const std::vector<double>& by_statement) {
  std::vector<double> values;
  for (size_t j = 0; j < by_statement.size(); ++j) {
    const uint32_t column = votes.statement_columns[j];
    if (column >= values.size()) values.resize(column + 1, 1.0);
    values[column] = by_statement[j];
  }
  return values;
}

std::vector<Group> GroupsOf(const Snapshot& votes, const std::vector<Cluster>& base,
                            const std::vector<Cluster>& clusters) {
  absl::flat_hash_map<uint32_t, uint32_t> row_of;
  for (uint32_t i = 0; i < votes.participants(); ++i) row_of[votes.participant_rows[i]] = i;
  absl::flat_hash_map<uint32_t, const Cluster*> base_of;
  for (const Cluster& cluster : base) base_of[static_cast<uint32_t>(cluster.id)] = &cluster;
  std::vector<Group> groups;
  for (const Cluster& cluster : clusters) {
    Group group{.id = cluster.id, .center = cluster.center, .base = cluster.members};
    for (uint32_t id : cluster.members) {
      for (uint32_t row : base_of[id]->members) group.members.push_back(row_of[row]);
    }
    std::sort(group.members.begin(), group.members.end());
    groups.push_back(std::move(group));
  }
  return groups;
}

// What of it counts, with `names` as names.
Named WhoCountsOf(const Analysis& analysis, const std::vector<uint32_t>& names) {
  Named data;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!analysis.in[i]) continue;
    data.names.push_back(names[i]);
    data.points.push_back(analysis.participants[i]);
  }
  return data;
}

}  // namespace

std::vector<bool> Marks(const Snapshot& votes, const absl::flat_hash_set<std::string>& statements) {
  std::vector<bool> marks;
  for (const std::string& key : votes.statement_keys) marks.push_back(statements.contains(key));
  return marks;
}

std::vector<bool> Zeroed(const Snapshot& votes, const Moderation& moderation) {
  std::vector<bool> zeroed = Marks(votes, moderation.out);
  for (size_t j = 0; j < zeroed.size(); ++j) {
    if (moderation.meta.contains(votes.statement_keys[j])) zeroed[j] = true;
  }
  return zeroed;
}

std::vector<bool> WhoCounts(const Snapshot& votes, const std::vector<bool>& before) {
  const uint32_t enough = std::min(kVotesToCount, static_cast<uint32_t>(votes.statements()));
  std::vector<bool> in(votes.participants());
  std::vector<uint32_t> others;
  for (uint32_t i = 0; i < in.size(); ++i) {
    const uint32_t row = votes.participant_rows[i];
    in[i] = votes.votes_of(i) >= enough || (row < before.size() && before[row]);
    if (!in[i]) others.push_back(i);
  }
  const size_t counting = in.size() - others.size();
  if (counting >= kFewestWhoCount) return in;
  std::stable_sort(others.begin(), others.end(),
                   [&](uint32_t a, uint32_t b) { return votes.votes_of(a) > votes.votes_of(b); });
  others.resize(std::min(others.size(), kFewestWhoCount - counting));
  for (uint32_t i : others) in[i] = true;
  return in;
}

Analysis AnalyseAsPublished(const Snapshot& votes, const Moderation& moderation,
                            const History& history) {
  const std::vector<bool> zeroed = Zeroed(votes, moderation);
  Analysis analysis;
  analysis.components = PrincipalComponents(
      votes, zeroed, {ByStatement(votes, history.axes[0]), ByStatement(votes, history.axes[1])});
  analysis.participants = Project(votes, zeroed, analysis.components);
  analysis.in = WhoCounts(votes, history.in);
  analysis.base = KMeans(WhoCountsOf(analysis, votes.participant_rows), kBaseClusters, kBaseRounds,
                         history.base);
  Grouping grouping = GroupBaseClusters(analysis.base, history.clusterings);
  analysis.silhouettes = grouping.silhouettes;
  History& next = analysis.next;
  next.count = history.count.Next(grouping.best);
  // The number in use may be more than so few base clusters allow.
  auto adopted = grouping.clusterings.find(next.count.adopted);
  if (adopted == grouping.clusterings.end()) adopted = grouping.clusterings.find(grouping.best);
  if (adopted != grouping.clusterings.end()) {
    analysis.groups = GroupsOf(votes, analysis.base, adopted->second);
  }
  Describe(votes, moderation, analysis);
  next.in = history.in;
  for (size_t i = 0; i < analysis.in.size(); ++i) {
    const uint32_t row = votes.participant_rows[i];
    if (row >= next.in.size()) next.in.resize(row + 1);
    if (analysis.in[i]) next.in[row] = true;
  }
  for (size_t axis = 0; axis < next.axes.size(); ++axis) {
    next.axes[axis] = ByColumn(votes, analysis.components.axes[axis]);
  }
  next.base = analysis.base;
  next.clusterings = std::move(grouping.clusterings);
  return analysis;
}

Analysis AnalyseStably(const Snapshot& votes, const Moderation& moderation) {
  const std::vector<bool> zeroed = Zeroed(votes, moderation);
  Analysis analysis;
  analysis.components = PrincipalComponents(votes, zeroed, HashedStart(votes, kSeed));
  analysis.participants = Project(votes, zeroed, analysis.components);
  analysis.in = WhoCounts(votes, {});
  std::vector<uint32_t> rows(votes.participants());
  std::iota(rows.begin(), rows.end(), 0);
  const Named data = WhoCountsOf(analysis, rows);
  const StableGroups found = FindStableGroups(data.points, kSeed);
  analysis.silhouettes = found.silhouettes;
  analysis.uncertainty = {found.silhouette_margin, found.bootstrap_agreement};
  for (size_t g = 0; g < found.centers.size(); ++g) {
    analysis.groups.push_back({.id = static_cast<int>(g), .center = found.centers[g]});
  }
  for (size_t i = 0; i < data.names.size(); ++i) {
    analysis.groups[found.labels[i]].members.push_back(data.names[i]);
  }
  Describe(votes, moderation, analysis);
  return analysis;
}

}  // namespace colloquy::dialogues::rules::opinion
