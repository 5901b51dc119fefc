// A dialogue's opinion groups and what tells them apart, from its votes.
//
// Two ways. The published method (compdemocracy/polis) clusters in two steps and carries history
// from one analysis to the next. The stable one is ours: a function of the votes alone, with its
// uncertainty. Pure and thread-safe; O(votes × rounds of power iteration), no more memory than a
// few numbers a participant and a statement.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_ANALYSIS_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_ANALYSIS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "services/dialogues/rules/opinion/clusters.h"
#include "services/dialogues/rules/opinion/components.h"
#include "services/dialogues/rules/opinion/statistics.h"
#include "services/dialogues/rules/opinion/votes.h"

namespace colloquy::dialogues::rules::opinion {

// Keys of statements that do not shape the groups.
struct Moderation {
  absl::flat_hash_set<std::string> out;   // rejected; with strict moderation the undecided ones too
  absl::flat_hash_set<std::string> meta;  // about who somebody is, not what they think
};

// What the published method remembers. Empty: a cold run.
struct History {
  std::vector<bool> in;       // who counted, a row of the matrix; once in, always in
  StartVectors axes;          // an entry a column of the matrix
  std::vector<Cluster> base;  // members are rows of the matrix
  std::map<size_t, std::vector<Cluster>> clusterings;  // by k; members are ids of base clusters
  GroupCount count;
};

struct Group {
  int id = 0;
  Point center;
  std::vector<uint32_t> base;  // ids of base clusters; empty in the stable analysis
  Members members;             // rows of the snapshot, ascending
  StatementCounts counts;
  std::vector<Representative> representative;
};

// How far to trust the groups; of the stable analysis only.
struct Uncertainty {
  double silhouette_margin = 0;    // of the chosen number of groups before the next best
  double bootstrap_agreement = 1;  // mean adjusted Rand index with groups of resampled participants
};

struct Analysis {
  Components components;
  std::vector<Point> participants;  // where each stands, a row of the snapshot
  std::vector<bool> in;             // who counts, a row of the snapshot
  std::vector<Cluster> base;        // members are rows of the matrix; none in the stable analysis
  std::vector<Group> groups;
  std::map<size_t, double> silhouettes;  // by number of groups
  Uncertainty uncertainty;

  // An entry a statement of the snapshot.
  std::vector<Point> statements;
  std::vector<double> extremity, group_aware_consensus, priorities;
  std::vector<double> mean_agreement, mean_disagreement;  // MeanGroupAwareConsensus
  Consensus consensus;

  History next;  // of the published method
};

// Whether each statement of the snapshot is in the set.
std::vector<bool> Marks(const Snapshot& votes, const absl::flat_hash_set<std::string>& statements);
std::vector<bool> Zeroed(const Snapshot& votes, const Moderation& moderation);

// Who counts: at least min(7, C) votes, and who did before; the most active besides, up to 15 of
// them; those who came first among equally active. `before` is by row of the matrix.
std::vector<bool> WhoCounts(const Snapshot& votes, const std::vector<bool>& before);

// The published method. `votes` in the order of the matrix.
Analysis AnalyseAsPublished(const Snapshot& votes, const Moderation& moderation,
                            const History& history);

// The same votes give the same analysis whatever came first, on every machine. Groups are numbered
// by size, largest first. `votes` in canonical order.
Analysis AnalyseStably(const Snapshot& votes, const Moderation& moderation);

}  // namespace colloquy::dialogues::rules::opinion

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_ANALYSIS_H_
