#include "services/dialogues/rules/opinion/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

namespace colloquy::dialogues::rules::opinion {
namespace {

constexpr size_t kListed = 5;
constexpr double kMetaImportance = 7;

double Real(int64_t n) { return static_cast<double>(n); }

void Add(Counts& counts, Vote vote) {
  ++counts.seen;
  counts.agree += vote == Vote::kAgree;
  counts.disagree += vote == Vote::kDisagree;
}

Share ShareOf(int64_t in, int64_t out, int64_t seen_in, int64_t seen_out) {
  return {
      .p = Real(in + 1) / Real(seen_in + 2),
      .p_test = ProportionTest(in, seen_in),
      // One division of whole numbers, so that equal ratios are equal.
      .repness = Real((in + 1) * (seen_out + 2)) / Real((seen_in + 2) * (out + 1)),
      .repness_test = TwoProportionTest(in, out, seen_in, seen_out),
  };
}

// The chance of a standard normal number above z.
double UpperTail(double z) { return std::erfc(z / std::sqrt(2.0)) / 2; }

bool Significant(const Share& share) { return share.repness_test > kZ90 && share.p_test > kZ90; }

double Metric(const Share& share) {
  return share.repness * share.repness_test * share.p * share.p_test;
}

Representative Describe(uint32_t statement, const Comparison& group) {
  const bool agree = group.agree.repness_test > group.disagree.repness_test;
  return {.statement = statement,
          .direction = agree ? Direction::kAgree : Direction::kDisagree,
          .successes = agree ? group.inside.agree : group.inside.disagree,
          .trials = group.inside.seen,
          .share = agree ? group.agree : group.disagree,
          .agrees = group.inside.agree};
}

// What one group's statements have shown so far, in the order of statements.
class Scan {
 public:
  void Take(uint32_t statement, const Comparison& group) {
    if (Significant(group.agree) || Significant(group.disagree)) {
      sufficient_.push_back(Describe(statement, group));
    }
    const double test = std::max(group.agree.repness_test, group.disagree.repness_test);
    if (sufficient_.empty() && (!best_.has_value() || test > best_->share.repness_test)) {
      best_ = Describe(statement, group);
    }
    if (BeatsBestAgree(group)) best_agree_ = {statement, group};
  }

  std::vector<Representative> Result() && {
    std::vector<Representative> listed;
    if (best_agree_.has_value()) {
      const auto& [statement, group] = *best_agree_;
      listed.push_back(Describe(statement, group));
      listed.back().best_agree = true;
      std::erase_if(sufficient_, [&](const auto& other) { return other.statement == statement; });
    } else if (sufficient_.empty() && best_.has_value()) {
      listed.push_back(*best_);
    }
    std::stable_sort(sufficient_.begin(), sufficient_.end(), [](const auto& a, const auto& b) {
      return Metric(a.share) > Metric(b.share);
    });
    listed.insert(listed.end(), sufficient_.begin(), sufficient_.end());
    listed.resize(std::min(listed.size(), kListed));
    std::stable_partition(listed.begin(), listed.end(), [](const Representative& statement) {
      return statement.direction == Direction::kAgree;
    });
    return listed;
  }

 private:
  bool BeatsBestAgree(const Comparison& group) const {
    if (group.inside.agree == 0 && group.inside.disagree == 0) return false;
    const Share& share = group.agree;
    if (!best_agree_.has_value())
      return share.p_test > kZ90 || (share.repness > 1 && share.p > 0.5);
    const Share& best = best_agree_->second.agree;
    if (best.repness > 1) return Metric(share) > Metric(best);
    return share.p * share.p_test > best.p * best.p_test;
  }

  std::vector<Representative> sufficient_;
  std::optional<Representative> best_;
  std::optional<std::pair<uint32_t, Comparison>> best_agree_;
};

std::vector<ConsensusStatement> Strongest(std::vector<ConsensusStatement> statements) {
  std::erase_if(statements, [](const auto& s) { return !(s.p > 0.5 && s.p_test > kZ90); });
  std::stable_sort(statements.begin(), statements.end(),
                   [](const auto& a, const auto& b) { return a.p * a.p_test > b.p * b.p_test; });
  statements.resize(std::min(statements.size(), kListed));
  return statements;
}

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  agree += other.agree;
  disagree += other.disagree;
  seen += other.seen;
  return *this;
}

Counts operator-(const Counts& a, const Counts& b) {
  return {a.agree - b.agree, a.disagree - b.disagree, a.seen - b.seen};
}

StatementCounts CountVotes(const Snapshot& votes, const Members& members) {
  StatementCounts counts(votes.statements());
  for (uint32_t member : members) {
    for (const Cell& cell : votes.row(member)) Add(counts[cell.statement()], cell.vote());
  }
  return counts;
}

StatementCounts CountAllVotes(const Snapshot& votes) {
  StatementCounts counts(votes.statements());
  for (const Cell& cell : votes.cells) Add(counts[cell.statement()], cell.vote());
  return counts;
}

double ProportionTest(int64_t successes, int64_t trials) {
  return 2 * std::sqrt(Real(trials + 1)) * (Real(successes + 1) / Real(trials + 1) - 0.5);
}

double TwoProportionTest(int64_t in, int64_t out, int64_t trials_in, int64_t trials_out) {
  if (in + out == trials_in + trials_out) return 0;
  const double n_in = Real(trials_in + 1), n_out = Real(trials_out + 1);
  const double pooled = Real(in + out + 2) / (n_in + n_out);
  return (Real(in + 1) / n_in - Real(out + 1) / n_out) /
         std::sqrt(pooled * (1 - pooled) * (1 / n_in + 1 / n_out));
}

Comparison Compare(const Counts& inside, const Counts& outside) {
  return {.inside = inside,
          .agree = ShareOf(inside.agree, outside.agree, inside.seen, outside.seen),
          .disagree = ShareOf(inside.disagree, outside.disagree, inside.seen, outside.seen)};
}

std::vector<std::vector<Representative>> RepresentativeStatements(
    absl::Span<const StatementCounts> groups, const std::vector<bool>& left_out) {
  std::vector<Scan> scans(groups.size());
  for (uint32_t statement = 0; statement < left_out.size(); ++statement) {
    if (left_out[statement]) continue;
    Counts all;
    for (const StatementCounts& group : groups) all += group[statement];
    for (size_t g = 0; g < groups.size(); ++g) {
      const Counts& inside = groups[g][statement];
      scans[g].Take(statement, Compare(inside, all - inside));
    }
  }
  std::vector<std::vector<Representative>> found;
  for (Scan& scan : scans) found.push_back(std::move(scan).Result());
  return found;
}

void ControlDiscoveries(absl::Span<const StatementCounts> groups, const std::vector<bool>& left_out,
                        std::vector<std::vector<Representative>>& found) {
  std::vector<double> p_values;
  for (uint32_t statement = 0; statement < left_out.size(); ++statement) {
    if (left_out[statement]) continue;
    Counts all;
    for (const StatementCounts& group : groups) all += group[statement];
    for (const StatementCounts& group : groups) {
      const Comparison compared = Compare(group[statement], all - group[statement]);
      p_values.push_back(UpperTail(compared.agree.repness_test));
      p_values.push_back(UpperTail(compared.disagree.repness_test));
    }
  }
  std::sort(p_values.begin(), p_values.end());
  std::vector<double> adjusted(p_values.size());
  double least = 1;
  for (size_t i = p_values.size(); i-- > 0;) {
    const double tests_a_rank =
        Real(static_cast<int64_t>(p_values.size())) / Real(static_cast<int64_t>(i) + 1);
    adjusted[i] = least = std::min(least, p_values[i] * tests_a_rank);
  }
  for (auto& group : found) {
    for (Representative& statement : group) {
      const double p = UpperTail(statement.share.repness_test);
      const auto at = std::lower_bound(p_values.begin(), p_values.end(), p);
      if (at != p_values.end()) statement.q = adjusted[at - p_values.begin()];
    }
  }
}

Consensus FindConsensus(const StatementCounts& all, const std::vector<bool>& left_out) {
  Consensus found;
  for (uint32_t statement = 0; statement < all.size(); ++statement) {
    if (left_out[statement]) continue;
    const Counts& counts = all[statement];
    auto describe = [&](int64_t successes) {
      return ConsensusStatement{.statement = statement,
                                .successes = successes,
                                .trials = counts.seen,
                                .p = Real(successes + 1) / Real(counts.seen + 2),
                                .p_test = ProportionTest(successes, counts.seen)};
    };
    found.agree.push_back(describe(counts.agree));
    found.disagree.push_back(describe(counts.disagree));
  }
  return {Strongest(std::move(found.agree)), Strongest(std::move(found.disagree))};
}

std::vector<double> GroupAwareConsensus(absl::Span<const StatementCounts> groups) {
  if (groups.empty()) return {};
  std::vector<double> product(groups.front().size(), 1.0);
  for (const StatementCounts& group : groups) {
    for (size_t j = 0; j < product.size(); ++j) {
      product[j] *= Real(group[j].agree + 1) / Real(group[j].seen + 2);
    }
  }
  return product;
}

std::vector<double> MeanGroupAwareConsensus(absl::Span<const StatementCounts> groups,
                                            Direction direction) {
  if (groups.empty()) return {};
  std::vector<double> mean(groups.front().size());
  for (size_t j = 0; j < mean.size(); ++j) {
    double logarithms = 0;
    for (const StatementCounts& group : groups) {
      const int64_t n = direction == Direction::kAgree ? group[j].agree : group[j].disagree;
      logarithms += std::log(Real(n + 1) / Real(group[j].seen + 2));
    }
    mean[j] = std::exp(logarithms / Real(static_cast<int64_t>(groups.size())));
  }
  return mean;
}

std::vector<double> Priorities(absl::Span<const StatementCounts> groups,
                               absl::Span<const double> extremity, const std::vector<bool>& meta) {
  std::vector<double> priorities(extremity.size());
  for (size_t j = 0; j < priorities.size(); ++j) {
    Counts all;
    for (const StatementCounts& group : groups) all += group[j];
    const double passed = Real(all.pass() + 1) / Real(all.seen + 2);
    const double agreed = Real(all.agree + 1) / Real(all.seen + 2);
    const double importance = (1 - passed) * (extremity[j] + 1) * agreed;
    const double novelty = 1 + 8 * std::pow(2.0, Real(all.seen) / -5.0);
    const double metric = meta[j] ? kMetaImportance : importance * novelty;
    priorities[j] = metric * metric;
  }
  return priorities;
}

}  // namespace colloquy::dialogues::rules::opinion
