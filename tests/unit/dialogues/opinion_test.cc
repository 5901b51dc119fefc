// The opinion analysis on small dialogues whose answer is known by hand.
#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/dialogues/rules/opinion/analysis.h"
#include "services/dialogues/rules/opinion/stable_groups.h"

namespace colloquy::dialogues::rules::opinion {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::SizeIs;

void Say(VoteMatrix& matrix, const std::string& participant, const std::string& statement,
         Vote vote) {
  const uint32_t row = matrix.Participant(participant);
  matrix.Set(row, matrix.Statement(statement), vote);
}

// `camps` camps of `size` people. All camps agree with the last statement; statement s divides:
// camp s mod camps agrees, the others do not.
VoteMatrix Camps(int camps, int size, int statements) {
  VoteMatrix matrix;
  for (int i = 0; i < camps * size; ++i) {
    for (int s = 0; s < statements; ++s) {
      const bool agrees = i % camps == s % camps;
      Say(matrix, absl::StrCat("p", 1000 + i), absl::StrCat("s", 100 + s),
          agrees ? Vote::kAgree : Vote::kDisagree);
    }
    Say(matrix, absl::StrCat("p", 1000 + i), "t", Vote::kAgree);
  }
  return matrix;
}

Analysis Stable(const VoteMatrix& matrix, const Moderation& moderation = {}) {
  return AnalyseStably(Snapshot(matrix, Snapshot::Order::kCanonical), moderation);
}

Analysis Published(const VoteMatrix& matrix, const Moderation& moderation = {},
                   const History& history = {}) {
  return AnalyseAsPublished(Snapshot(matrix, Snapshot::Order::kMatrix), moderation, history);
}

TEST(VoteMatrixTest, LastVoteWinsAndRemovedOnesAreGone) {
  VoteMatrix matrix;
  Say(matrix, "p", "b", Vote::kAgree);
  Say(matrix, "p", "a", Vote::kPass);
  Say(matrix, "p", "b", Vote::kDisagree);
  EXPECT_EQ(matrix.votes(), 2u);
  EXPECT_THAT(matrix.row(0), ElementsAre(Cell(0, Vote::kDisagree), Cell(1, Vote::kPass)));
  EXPECT_TRUE(matrix.Remove(0, 0));
  EXPECT_FALSE(matrix.Remove(0, 0));
  const Snapshot votes(matrix, Snapshot::Order::kMatrix);
  EXPECT_THAT(votes.statement_keys, ElementsAre("a"));
  EXPECT_THAT(votes.row(0), ElementsAre(Cell(0, Vote::kPass)));
}

// All ones is orthogonal to what divides them, so that a start from ones finds only rounding error.
TEST(StableTest, FindsTwoEqualCampsOverEquallyManyStatements) {
  const Analysis analysis = Stable(Camps(2, 20, 10));
  ASSERT_THAT(analysis.groups, SizeIs(2));
  EXPECT_THAT(analysis.groups[0].members, SizeIs(20));
  EXPECT_THAT(analysis.groups[1].members, SizeIs(20));
  for (uint32_t member : analysis.groups[1].members) {
    EXPECT_NE(member % 2, analysis.groups[0].members.front() % 2);
  }
}

TEST(StableTest, FindsThreeAndTellsThemApart) {
  const Analysis analysis = Stable(Camps(3, 12, 9));
  ASSERT_THAT(analysis.groups, SizeIs(3));
  EXPECT_DOUBLE_EQ(analysis.uncertainty.bootstrap_agreement, 1);
  for (const Group& group : analysis.groups) {
    ASSERT_FALSE(group.representative.empty());
    EXPECT_EQ(group.representative.front().direction, Direction::kAgree);
    EXPECT_EQ(group.representative.front().successes, 12);
    EXPECT_LT(group.representative.front().q, 0.01);
  }
  ASSERT_THAT(analysis.consensus.agree, SizeIs(1));
  EXPECT_EQ(analysis.consensus.agree.front().successes, 36);
}

TEST(StableTest, NobodyAndNothingToDivideAreNoTrouble) {
  EXPECT_THAT(Stable(VoteMatrix()).groups, SizeIs(0));
  VoteMatrix agreed;
  for (int i = 0; i < 20; ++i) {
    for (int s = 0; s < 8; ++s)
      Say(agreed, absl::StrCat("p", i), absl::StrCat("s", s), Vote::kAgree);
  }
  const Analysis analysis = Stable(agreed);
  ASSERT_THAT(analysis.groups, SizeIs(1));
  EXPECT_THAT(analysis.groups[0].members, SizeIs(20));
}

TEST(PublishedTest, FewerThanFifteenAreFilledWithTheMostActive) {
  VoteMatrix matrix;
  for (int i = 0; i < 30; ++i) {
    const int votes = i < 3 ? 10 : i < 20 ? 2 : 3;
    for (int s = 0; s < votes; ++s) {
      Say(matrix, absl::StrCat("p", i), absl::StrCat("s", s),
          i % 2 == 0 ? Vote::kAgree : Vote::kPass);
    }
  }
  const Analysis analysis = Published(matrix);
  std::vector<uint32_t> in;
  for (uint32_t i = 0; i < analysis.in.size(); ++i) {
    if (analysis.in[i]) in.push_back(i);
  }
  EXPECT_THAT(in, ElementsAre(0, 1, 2, 3, 4, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29));
}

TEST(PublishedTest, WhoWasInOnceStaysIn) {
  VoteMatrix matrix = Camps(2, 10, 8);
  const Analysis before = Published(matrix);
  for (uint32_t s = 1; s <= 5; ++s) matrix.Remove(0, s);
  EXPECT_FALSE(Published(matrix).in[0]);
  EXPECT_TRUE(Published(matrix, {}, before.next).in[0]);
}

TEST(PublishedTest, MetaAndRejectedStatementsShapeNoGroupsAndRepresentNobody) {
  const VoteMatrix matrix = Camps(2, 20, 10);
  const Moderation moderation = {.out = {"s100"}, .meta = {"s101"}};
  const Analysis analysis = Published(matrix, moderation);
  const Snapshot votes(matrix, Snapshot::Order::kMatrix);
  for (size_t j = 0; j < votes.statements(); ++j) {
    const std::string& key = votes.statement_keys[j];
    if (key != "s100" && key != "s101") continue;
    EXPECT_EQ(analysis.components.center[j], 0);
    EXPECT_EQ(analysis.components.axes[0][j], 0);
    EXPECT_EQ(analysis.extremity[j], 0);
    for (const Group& group : analysis.groups) {
      for (const Representative& statement : group.representative)
        EXPECT_NE(statement.statement, j);
    }
    EXPECT_EQ(analysis.priorities[j] == 49, key == "s101");
  }
}

TEST(GroupCountTest, ChangesOnlyWhenTheSameWasBestInFourRounds) {
  GroupCount count;
  std::vector<size_t> adopted;
  for (size_t best : {2, 3, 3, 3, 2, 3, 3, 3, 3, 2}) {
    count = count.Next(best);
    adopted.push_back(count.adopted);
  }
  EXPECT_THAT(adopted, ElementsAre(2, 2, 2, 2, 2, 2, 2, 2, 3, 3));
}

TEST(StatisticsTest, FormulasByHand) {
  EXPECT_THAT(ProportionTest(8, 8), DoubleNear(3, 1e-12));                    // 2·3·(1 − ½)
  EXPECT_EQ(TwoProportionTest(5, 5, 5, 5), 0);                                // everybody
  EXPECT_THAT(TwoProportionTest(7, 1, 9, 9), DoubleNear(2.683281573, 1e-9));  // 0.6 / √(0.25·0.2)
  const StatementCounts one = {{.agree = 3, .disagree = 0, .seen = 4}},
                        two = {{.agree = 0, .disagree = 2, .seen = 2}};
  EXPECT_THAT(GroupAwareConsensus({one, two}), ElementsAre(DoubleNear(4.0 / 6 * 1 / 4, 1e-15)));
  EXPECT_THAT(MeanGroupAwareConsensus({one, two}, Direction::kAgree),
              ElementsAre(DoubleNear(std::sqrt(4.0 / 6 * 1 / 4), 1e-15)));
  // Nobody has seen it: a = p = ½, so that (½ · 1 · ½ · 9)².
  EXPECT_THAT(Priorities({StatementCounts(1)}, {0.0}, {false}),
              ElementsAre(DoubleNear(5.0625, 1e-12)));
}

// Two of the three pairs of the second partition are among the six of the first.
TEST(AdjustedRandIndexTest, ByHand) {
  EXPECT_DOUBLE_EQ(AdjustedRandIndex({0, 0, 1, 1}, {1, 1, 0, 0}), 1);
  const double expected = (2 - 6.0 * 3 / 15) / ((6 + 3) / 2.0 - 6.0 * 3 / 15);
  EXPECT_DOUBLE_EQ(AdjustedRandIndex({0, 0, 0, 1, 1, 1}, {0, 0, 1, 1, 2, 2}), expected);
}

TEST(StableGroupsTest, LargestFirstAndAllPointsOnce) {
  std::vector<Point> points;
  for (int i = 0; i < 90; ++i) points.push_back({i < 60 ? 5.0 + i % 7 * 0.01 : -5.0, i % 5 * 0.01});
  const StableGroups groups = FindStableGroups(points, 1);
  ASSERT_THAT(groups.centers, SizeIs(2));
  EXPECT_EQ(std::count(groups.labels.begin(), groups.labels.end(), 0u), 60);
  EXPECT_GT(groups.silhouettes.at(2), 0.9);
}

}  // namespace
}  // namespace colloquy::dialogues::rules::opinion
