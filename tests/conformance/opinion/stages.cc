#include "tests/conformance/opinion/stages.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace colloquy::opinion_conformance {
namespace {

namespace rules = dialogues::rules::opinion;
using nlohmann::json;
using rules::Point;

constexpr double kExact = 1e-13;
// What is computed by another order of additions, or printed from single precision.
constexpr double kRounding = 1e-9, kSingle = 1e-6;

std::string KeyOf(const json& id) {
  return id.is_string() ? id.get<std::string>() : absl::StrCat(id.get<int64_t>());
}

std::vector<std::string> KeysOf(const json& ids) {
  std::vector<std::string> keys;
  for (const json& id : ids) keys.push_back(KeyOf(id));
  return keys;
}

void CompareNumber(Stage& stage, double found, double expected, double allowed) {
  const double difference = std::abs(found - expected);
  ++stage.compared;
  stage.allowed = std::max(stage.allowed, allowed);
  if (!(difference <= stage.largest)) stage.largest = difference;
  // Not the other way round, so that NaN is a mismatch.
  if (!(difference <= allowed * std::max(1.0, std::abs(expected)))) ++stage.mismatches;
}

template <typename T>
void CompareValue(Stage& stage, const T& found, const T& expected) {
  ++stage.compared;
  if (found != expected) ++stage.mismatches;
}

void CompareNumbers(Stage& stage, const std::vector<double>& found, const json& expected,
                    double allowed) {
  CompareValue(stage, found.size(), expected.size());
  for (size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
    CompareNumber(stage, found[i], expected.at(i).get<double>(), allowed);
  }
}

class Comparison {
 public:
  Comparison(const Conversation& conversation, const json& expected)
      : expected_(expected), votes_(Columns(conversation, expected)) {
    for (const std::string& key : KeysOf(expected.value("mod-out", json::array()))) {
      moderation_.out.insert(key);
    }
    for (const std::string& key : KeysOf(expected.value("meta-tids", json::array()))) {
      moderation_.meta.insert(key);
    }
    for (uint32_t i = 0; i < votes_.participants(); ++i) row_of_[votes_.participant_keys[i]] = i;
    zeroed_ = rules::Zeroed(votes_, moderation_);
  }

  absl::StatusOr<std::vector<Stage>> Run() {
    for (const char* place :
         {"/pca/center", "/pca/comps/0", "/pca/comps/1", "/pca/comment-extremity"}) {
      const size_t length = expected_.at(json::json_pointer(place)).size();
      if (length == votes_.statements()) continue;
      return absl::InvalidArgumentError(absl::StrCat("expected_math.json: ", place, " has ", length,
                                                     " numbers for ", votes_.statements(),
                                                     " statements with votes"));
    }
    std::vector<Stage> stages = {Votes(), Centre(), Axes()};
    published_ = PublishedComponents();
    for (Stage& stage : Statements()) stages.push_back(std::move(stage));
    stages.push_back(In());
    base_ = PublishedBase();
    stages.push_back(Participants());
    for (Stage& stage : Groups()) stages.push_back(std::move(stage));
    ReadPublishedGroups();
    stages.push_back(GroupVotes());
    stages.push_back(ByStatement("group-aware consensus", rules::GroupAwareConsensus(counts_),
                                 expected_.at("group-aware-consensus")));
    stages.push_back(Representative());
    stages.push_back(Consensus());
    stages.push_back(ByStatement(
        "priorities",
        rules::Priorities(counts_,
                          expected_.at("pca").at("comment-extremity").get<std::vector<double>>(),
                          rules::Marks(votes_, moderation_.meta)),
        expected_.at("comment-priorities")));
    return stages;
  }

 private:
  static rules::Snapshot Columns(const Conversation& conversation, const json& expected) {
    std::vector<uint32_t> rows(conversation.votes.participants()), columns;
    std::iota(rows.begin(), rows.end(), 0);
    for (const std::string& key : KeysOf(expected.at("tids"))) {
      if (auto column = conversation.votes.FindStatement(key)) columns.push_back(*column);
    }
    return rules::Snapshot(conversation.votes, rows, columns);
  }

  Stage Votes() const {
    Stage stage{.name = "votes"};
    CompareValue(stage, votes_.statement_keys, KeysOf(expected_.at("tids")));
    const json& counts = expected_.at("user-vote-counts");
    CompareValue(stage, votes_.participants(), counts.size());
    for (uint32_t i = 0; i < votes_.participants(); ++i) {
      const auto count = counts.find(votes_.participant_keys[i]);
      CompareValue<int64_t>(stage, votes_.votes_of(i),
                            count == counts.end() ? -1 : count->get<int>());
    }
    return stage;
  }

  Stage Centre() {
    Stage stage{.name = "centre"};
    cold_ = rules::PrincipalComponents(votes_, zeroed_, {});
    for (double x : cold_.center) negated_center_.push_back(-x);
    CompareNumbers(stage, negated_center_, expected_.at("pca").at("center"), kExact);
    return stage;
  }

  // 1 − |cos| of each axis; two axes of zeros agree.
  Stage Axes() const {
    Stage stage{.name = "components"};
    for (size_t axis = 0; axis < cold_.axes.size(); ++axis) {
      auto other = expected_.at("pca").at("comps").at(axis).get<std::vector<double>>();
      const std::vector<double>& own = cold_.axes[axis];
      CompareValue(stage, own.size(), other.size());
      other.resize(own.size());
      const double lengths =
          std::sqrt(std::inner_product(own.begin(), own.end(), own.begin(), 0.0) *
                    std::inner_product(other.begin(), other.end(), other.begin(), 0.0));
      const double dot = std::inner_product(own.begin(), own.end(), other.begin(), 0.0);
      const bool same_zeros = own == other;
      CompareNumber(stage, same_zeros ? 1 : std::abs(dot) / lengths, 1, 1e-10);
    }
    return stage;
  }

  rules::Components PublishedComponents() const {
    rules::Components components = cold_;
    components.center.clear();
    for (double x : expected_.at("pca").at("center").get<std::vector<double>>()) {
      components.center.push_back(-x);
    }
    for (size_t axis = 0; axis < components.axes.size(); ++axis) {
      components.axes[axis] = expected_.at("pca").at("comps").at(axis).get<std::vector<double>>();
    }
    return components;
  }

  // The published engine projects disagreement as −1 times our agreement, so that both signs are
  // turned: −1 (theirs, disagree +1) minus a mean of the other sign.
  std::vector<Stage> Statements() const {
    Stage projections{.name = "statement projections"}, extremity{.name = "extremity"};
    const std::vector<Point> points = rules::ProjectStatements(published_);
    std::vector<double> x, y;
    for (const Point& point : points) {
      x.push_back(-point.x);
      y.push_back(-point.y);
    }
    CompareNumbers(projections, x, expected_.at("pca").at("comment-projection").at(0), kExact);
    CompareNumbers(projections, y, expected_.at("pca").at("comment-projection").at(1), kExact);
    CompareNumbers(extremity, rules::Extremity(points), expected_.at("pca").at("comment-extremity"),
                   kExact);
    return {projections, extremity};
  }

  // Everybody whom a cold run lets in is in; who is in besides was so before.
  Stage In() const {
    Stage stage{.name = "who counts"};
    const std::vector<std::string> keys = KeysOf(expected_.at("in-conv"));
    const absl::flat_hash_set<std::string> published(keys.begin(), keys.end());
    const std::vector<bool> in = rules::WhoCounts(votes_, {});
    size_t counting = 0;
    const uint32_t enough = std::min<uint32_t>(7, static_cast<uint32_t>(votes_.statements()));
    for (uint32_t i = 0; i < in.size(); ++i) {
      counting += in[i];
      if (votes_.votes_of(i) >= enough) {
        CompareValue(stage, true, published.contains(votes_.participant_keys[i]));
      }
    }
    CompareValue(stage, true, published.size() >= counting);
    for (const std::string& key : published) CompareValue(stage, true, row_of_.contains(key));
    FillsWithMostActive(stage, published, enough);
    stage.note = absl::StrCat(counting, " in a cold run, ", published.size(), " published");
    return stage;
  }

  // Among those below the threshold nobody who is out may have voted more than one who fills up,
  // unless history let that one in.
  void FillsWithMostActive(Stage& stage, const absl::flat_hash_set<std::string>& published,
                           uint32_t enough) const {
    if (published.size() != std::min<size_t>(15, votes_.participants())) return;
    uint32_t least_in = enough, most_out = 0;
    for (uint32_t i = 0; i < votes_.participants(); ++i) {
      const uint32_t n = votes_.votes_of(i);
      if (n >= enough) continue;
      if (published.contains(votes_.participant_keys[i])) {
        least_in = std::min(least_in, n);
      } else {
        most_out = std::max(most_out, n);
      }
    }
    CompareValue(stage, true, most_out <= least_in);
  }

  std::vector<rules::Cluster> PublishedBase() const {
    const json& base = expected_.at("base-clusters");
    std::vector<rules::Cluster> clusters;
    for (size_t i = 0; i < base.at("id").size(); ++i) {
      rules::Cluster cluster{
          .id = base.at("id").at(i).get<int>(),
          .center = {-base.at("x").at(i).get<double>(), -base.at("y").at(i).get<double>()}};
      for (const std::string& key : KeysOf(base.at("members").at(i))) {
        if (auto row = row_of_.find(key); row != row_of_.end())
          cluster.members.push_back(row->second);
      }
      clusters.push_back(std::move(cluster));
    }
    return clusters;
  }

  // A published base cluster stands where its members stand.
  Stage Participants() const {
    Stage stage{.name = "participant projections"};
    const std::vector<Point> points = rules::Project(votes_, zeroed_, published_);
    for (size_t c = 0; c < base_.size(); ++c) {
      CompareValue(stage, base_[c].members.size(),
                   expected_.at("base-clusters").at("members").at(c).size());
      Point sum;
      for (uint32_t member : base_[c].members) {
        sum.x += points[member].x;
        sum.y += points[member].y;
      }
      const double n = static_cast<double>(base_[c].members.size());
      CompareNumber(stage, sum.x / n, base_[c].center.x, kRounding);
      CompareNumber(stage, sum.y / n, base_[c].center.y, kRounding);
    }
    return stage;
  }

  std::vector<Stage> Groups() const {
    Stage groups{.name = "groups"}, centres{.name = "group centres"};
    const rules::Grouping grouping = rules::GroupBaseClusters(base_);
    const json& published = expected_.at("group-clusters");
    // Where all stand in one place there are fewer clusters than were asked for.
    auto own = grouping.clusterings.find(grouping.best);
    const size_t best = own == grouping.clusterings.end() ? 0 : own->second.size();
    CompareValue(groups, best, published.size());
    groups.note = absl::StrCat(best, " by silhouette, ", published.size(), " published");
    if (best != published.size()) own = grouping.clusterings.find(published.size());
    if (own == grouping.clusterings.end()) return {groups, centres};
    std::map<std::set<uint32_t>, Point> sets;
    for (const rules::Cluster& cluster : own->second) {
      sets[{cluster.members.begin(), cluster.members.end()}] = cluster.center;
    }
    for (const json& group : published) {
      const auto members = group.at("members").get<std::set<uint32_t>>();
      const auto same = sets.find(members);
      CompareValue(groups, true, same != sets.end());
      if (same == sets.end()) continue;
      CompareNumber(centres, -same->second.x, group.at("center").at(0).get<double>(), kRounding);
      CompareNumber(centres, -same->second.y, group.at("center").at(1).get<double>(), kRounding);
    }
    return {groups, centres};
  }

  void ReadPublishedGroups() {
    std::map<uint32_t, const rules::Cluster*> base;
    for (const rules::Cluster& cluster : base_) base[static_cast<uint32_t>(cluster.id)] = &cluster;
    for (const json& group : expected_.at("group-clusters")) {
      group_ids_.push_back(KeyOf(group.at("id")));
      rules::Members members;
      for (uint32_t id : group.at("members").get<std::vector<uint32_t>>()) {
        if (auto cluster = base.find(id); cluster != base.end()) {
          members.insert(members.end(), cluster->second->members.begin(),
                         cluster->second->members.end());
        }
      }
      members_.push_back(members.size());
      counts_.push_back(rules::CountVotes(votes_, members));
    }
  }

  Stage GroupVotes() const {
    Stage stage{.name = "group votes"};
    CompareValue(stage, group_ids_.size(), expected_.at("group-votes").size());
    for (size_t g = 0; g < group_ids_.size(); ++g) {
      const json& group = expected_.at("group-votes").at(group_ids_[g]);
      CompareValue(stage, members_[g], group.at("n-members").get<size_t>());
      CompareValue(stage, votes_.statements(), group.at("votes").size());
      for (size_t j = 0; j < votes_.statements(); ++j) {
        const json& published = group.at("votes").at(votes_.statement_keys[j]);
        CompareValue(
            stage, counts_[g][j],
            rules::Counts{published.at("A").get<int64_t>(), published.at("D").get<int64_t>(),
                          published.at("S").get<int64_t>()});
      }
    }
    return stage;
  }

  Stage ByStatement(const std::string& name, const std::vector<double>& found,
                    const json& published) const {
    Stage stage{.name = name};
    CompareValue(stage, found.size(), published.size());
    for (size_t j = 0; j < found.size(); ++j) {
      const auto value = published.find(votes_.statement_keys[j]);
      CompareValue(stage, true, value != published.end());
      if (value != published.end()) CompareNumber(stage, found[j], value->get<double>(), kRounding);
    }
    return stage;
  }

  Stage Representative() const {
    Stage stage{.name = "representative statements"};
    const auto found = rules::RepresentativeStatements(counts_, zeroed_);
    for (size_t g = 0; g < group_ids_.size(); ++g) {
      const json& published = expected_.at("repness").at(group_ids_[g]);
      CompareValue(stage, found[g].size(), published.size());
      for (size_t i = 0; i < std::min(found[g].size(), published.size()); ++i) {
        CompareRepresentative(stage, found[g][i], published.at(i));
      }
    }
    return stage;
  }

  void CompareRepresentative(Stage& stage, const rules::Representative& found,
                             const json& published) const {
    CompareValue(stage, votes_.statement_keys[found.statement], KeyOf(published.at("tid")));
    const bool agree = found.direction == rules::Direction::kAgree;
    CompareValue<std::string>(stage, agree ? "agree" : "disagree",
                              published.at("repful-for").get<std::string>());
    CompareValue(stage, found.successes, published.at("n-success").get<int64_t>());
    CompareValue(stage, found.trials, published.at("n-trials").get<int64_t>());
    CompareValue(stage, found.best_agree, published.value("best-agree", false));
    if (found.best_agree)
      CompareValue(stage, found.agrees, published.value("n-agree", int64_t{-1}));
    CompareNumber(stage, found.share.p, published.at("p-success").get<double>(), kRounding);
    CompareNumber(stage, found.share.p_test, published.at("p-test").get<double>(), kRounding);
    CompareNumber(stage, found.share.repness, published.at("repness").get<double>(), kRounding);
    CompareNumber(stage, found.share.repness_test, published.at("repness-test").get<double>(),
                  kSingle);
  }

  Stage Consensus() const {
    Stage stage{.name = "consensus"};
    const rules::Consensus found = rules::FindConsensus(rules::CountAllVotes(votes_), zeroed_);
    for (const auto& [side, name] :
         {std::pair(&found.agree, "agree"), std::pair(&found.disagree, "disagree")}) {
      const json& published = expected_.at("consensus").at(name);
      CompareValue(stage, side->size(), published.size());
      for (size_t i = 0; i < std::min(side->size(), published.size()); ++i) {
        const rules::ConsensusStatement& own = (*side)[i];
        CompareValue(stage, votes_.statement_keys[own.statement], KeyOf(published.at(i).at("tid")));
        CompareValue(stage, own.successes, published.at(i).at("n-success").get<int64_t>());
        CompareValue(stage, own.trials, published.at(i).at("n-trials").get<int64_t>());
        CompareNumber(stage, own.p, published.at(i).at("p-success").get<double>(), kRounding);
        CompareNumber(stage, own.p_test, published.at(i).at("p-test").get<double>(), kRounding);
      }
    }
    return stage;
  }

  const json& expected_;
  const rules::Snapshot votes_;
  rules::Moderation moderation_;
  std::vector<bool> zeroed_;
  absl::flat_hash_map<std::string, uint32_t> row_of_;
  rules::Components cold_, published_;
  std::vector<double> negated_center_;
  std::vector<rules::Cluster> base_;  // members are rows of the snapshot
  std::vector<std::string> group_ids_;
  std::vector<size_t> members_;
  std::vector<rules::StatementCounts> counts_;
};

}  // namespace

absl::StatusOr<std::vector<Stage>> CompareStages(const Conversation& conversation,
                                                 const json& expected) {
  for (const char* key :
       {"tids", "pca", "in-conv", "base-clusters", "group-clusters", "group-votes", "repness",
        "consensus", "group-aware-consensus", "comment-priorities", "user-vote-counts"}) {
    if (!expected.contains(key)) {
      return absl::InvalidArgumentError(absl::StrCat("expected_math.json has no ", key));
    }
  }
  // The library's only way to say that something is missing or of another type.
  try {
    return Comparison(conversation, expected).Run();
  } catch (const json::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("expected_math.json: ", error.what()));
  }
}

ColdRun RunCold(const Conversation& conversation) {
  const rules::Snapshot votes(conversation.votes, rules::Snapshot::Order::kMatrix);
  const rules::Analysis analysis = rules::AnalyseAsPublished(votes, {}, {});
  ColdRun run{.in = static_cast<size_t>(std::count(analysis.in.begin(), analysis.in.end(), true)),
              .base = analysis.base.size()};
  for (const rules::Group& group : analysis.groups) run.group_sizes.push_back(group.base.size());
  return run;
}

}  // namespace colloquy::opinion_conformance
