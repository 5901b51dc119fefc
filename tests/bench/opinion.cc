// Speed of the opinion analysis of a very large dialogue, beside the same over a dense matrix.
//
//   bench_opinion
//
// 33,422 participants, 783 statements, about 1.87 million votes of three camps, made with a fixed
// seed. One thread; the best of three each, alternating. Prints one JSON line.
#include <Eigen/Dense>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>

#include "absl/strings/str_format.h"
#include "services/dialogues/rules/opinion/analysis.h"
#include "services/dialogues/rules/opinion/random.h"
#include "services/dialogues/rules/opinion/stable_groups.h"

namespace colloquy::bench {
namespace {

namespace rules = dialogues::rules::opinion;

constexpr uint32_t kParticipants = 33'422, kStatements = 783;
constexpr int kVotesEach = 58;  // drawn on average; some fall on the same statement

rules::VoteMatrix Generate() {
  rules::Random random(1);
  rules::VoteMatrix matrix;
  for (uint32_t j = 0; j < kStatements; ++j) matrix.Statement(absl::StrFormat("s%05d", j));
  for (uint32_t i = 0; i < kParticipants; ++i) {
    const uint32_t row = matrix.Participant(absl::StrFormat("p%06d", i));
    const uint64_t camp = random.Below(3);
    const uint64_t votes = 1 + random.Below(2 * kVotesEach);
    for (uint64_t v = 0; v < votes; ++v) {
      const uint32_t statement = static_cast<uint32_t>(random.Below(kStatements));
      // Whether a camp agrees with a statement is a hash of both.
      const uint64_t hash = rules::Random(statement * 3 + camp).Next();
      const double chance = hash % 2 == 0 ? 0.75 : 0.25, said = random.Fraction();
      const rules::Vote vote = random.Fraction() < 0.15 ? rules::Vote::kPass
                               : said < chance          ? rules::Vote::kAgree
                                                        : rules::Vote::kDisagree;
      matrix.Set(row, statement, vote);
    }
  }
  return matrix;
}

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::VectorXd PowerIteration(const Matrix& x, const Eigen::VectorXd& start,
                               const Eigen::VectorXd* without) {
  Eigen::VectorXd v = start;
  double last = 0;
  for (int round = 0; round < rules::kPublishedRounds; ++round) {
    Eigen::VectorXd s = v;
    if (without != nullptr) s -= s.dot(*without) * *without;
    v = x.transpose() * (x * s);
    if (without != nullptr) v -= v.dot(*without) * *without;
    const double length = v.norm();
    v /= length;
    if (length == last) break;
    last = length;
  }
  return v;
}

Eigen::VectorXd AsVector(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

// The stable analysis as one would write it with Eigen; everything after the projections is shared.
size_t AnalyseDensely(const rules::Snapshot& votes) {
  const auto rows = static_cast<Eigen::Index>(votes.participants());
  const auto columns = static_cast<Eigen::Index>(votes.statements());
  const rules::StatementCounts all = rules::CountAllVotes(votes);
  Eigen::VectorXd center(columns);
  for (Eigen::Index j = 0; j < columns; ++j) {
    center(j) =
        static_cast<double>(all[j].agree - all[j].disagree) / static_cast<double>(all[j].seen);
  }
  Matrix x = Matrix::Zero(rows, columns);
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (const rules::Cell& cell : votes.row(static_cast<uint32_t>(i))) {
      x(i, cell.statement()) = static_cast<int>(cell.vote()) - center(cell.statement());
    }
  }
  const rules::StartVectors start = rules::HashedStart(votes, 2026);
  const Eigen::VectorXd first = PowerIteration(x, AsVector(start[0]), nullptr);
  const Eigen::VectorXd second = PowerIteration(x, AsVector(start[1]), &first);
  const Eigen::VectorXd px = x * first, py = x * second;
  std::vector<rules::Point> points;
  rules::Members names;
  const std::vector<bool> in = rules::WhoCounts(votes, {});
  for (uint32_t i = 0; i < in.size(); ++i) {
    if (!in[i]) continue;
    const double scale = std::sqrt(static_cast<double>(columns) / votes.votes_of(i));
    points.push_back({scale * px(i), scale * py(i)});
    names.push_back(i);
  }
  const rules::StableGroups groups = rules::FindStableGroups(points, 2026);
  std::vector<rules::Members> members(groups.centers.size());
  for (size_t i = 0; i < names.size(); ++i) members[groups.labels[i]].push_back(names[i]);
  std::vector<rules::StatementCounts> counts;
  for (const rules::Members& group : members) counts.push_back(rules::CountVotes(votes, group));
  const std::vector<bool> none(votes.statements(), false);
  auto representative = rules::RepresentativeStatements(counts, none);
  rules::ControlDiscoveries(counts, none, representative);
  return representative.size();
}

template <typename Work>
double SecondsOf(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int Run() {
  const rules::VoteMatrix matrix = Generate();
  double ours = 1e9, dense = 1e9;
  size_t our_groups = 0, dense_groups = 0, votes = 0;
  for (int round = 0; round < 3; ++round) {
    ours = std::min(ours, SecondsOf([&] {
                      const rules::Snapshot snapshot(matrix, rules::Snapshot::Order::kCanonical);
                      votes = snapshot.cells.size();
                      our_groups = rules::AnalyseStably(snapshot, {}).groups.size();
                    }));
    dense = std::min(dense, SecondsOf([&] {
                       const rules::Snapshot snapshot(matrix, rules::Snapshot::Order::kCanonical);
                       dense_groups = AnalyseDensely(snapshot);
                     }));
  }
  if (our_groups != dense_groups) {
    absl::FPrintF(stderr, "%d groups here, %d over the dense matrix\n", our_groups, dense_groups);
    return 1;
  }
  absl::PrintF(
      "{\"name\":\"opinion.recompute\",\"value\":%.3f,\"unit\":\"s\",\"ratio\":%.2f,"
      "\"of\":\"the same over a dense Eigen matrix, %.3f s\","
      "\"conditions\":\"%d participants, %d statements, %d votes, %d groups, one thread\"}\n",
      ours, dense / ours, dense, kParticipants, kStatements, votes, our_groups);
  return 0;
}

}  // namespace
}  // namespace colloquy::bench

int main() { return colloquy::bench::Run(); }
