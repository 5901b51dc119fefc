#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "services/dialogues/rules/polls/equal_shares.h"

namespace colloquy::dialogues::rules::polls {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<uint32_t> Projects(const Selection& selection) {
  std::vector<uint32_t> projects;
  for (const auto& chosen : selection.chosen) projects.push_back(chosen.project);
  return projects;
}

std::vector<Utilities> RandomApprovals(size_t voters, size_t projects, std::mt19937& random) {
  std::vector<Utilities> ballots(voters, Utilities(projects));
  for (Utilities& ballot : ballots) {
    for (double& utility : ballot) utility = random() % 3 == 0 ? 1 : 0;
  }
  return ballots;
}

TEST(EqualShares, FiftyOneAgainstFortyNine) {
  // Electowiki and Wikipedia, "Method of Equal Shares", motivation: 51 % want ten red projects,
  // 49 % ten blue ones, and there is money for ten. The greedy choice is ten red ones; equal shares
  // buy five and five.
  std::vector<Utilities> ballots;
  for (int voter = 0; voter < 100; ++voter) {
    Utilities ballot(20, 0.0);
    std::fill_n(ballot.begin() + (voter < 51 ? 0 : 10), 10, 1.0);
    ballots.push_back(ballot);
  }
  const std::vector<double> costs(20, 1.0);
  const auto red = [](const Selection& selection) {
    return std::count_if(selection.chosen.begin(), selection.chosen.end(),
                         [](const auto& chosen) { return chosen.project < 10; });
  };
  const Selection selection = EqualShares(costs, ballots, 10);
  EXPECT_THAT(selection.chosen, SizeIs(10));
  EXPECT_EQ(red(selection), 5);
  // From their own shares alone, 49 voters pay for four.
  const Selection alone = EqualShares(costs, ballots, 10, Completion::kNone);
  EXPECT_THAT(alone.chosen, SizeIs(9));
  EXPECT_EQ(red(alone), 5);
  EXPECT_TRUE(alone.chosen.front().tied);
}

TEST(EqualShares, ThePriceIsWhatTheSupportersCanPay) {
  // Shares of 10. All three pay 4 for the first; of the second, voter 0 wants nothing and the
  // others pay 6 each; nobody can pay for the third any more.
  const std::vector<double> costs = {12, 12, 7};
  const std::vector<Utilities> ballots = {{1, 0, 0}, {1, 1, 1}, {1, 1, 0}};
  const Selection selection = EqualShares(costs, ballots, 30, Completion::kNone);
  EXPECT_EQ(Projects(selection), (std::vector<uint32_t>{0, 1}));
  EXPECT_DOUBLE_EQ(selection.chosen[0].price, 4);
  EXPECT_DOUBLE_EQ(selection.chosen[1].price, 6);
  EXPECT_DOUBLE_EQ(selection.spent, 24);
}

TEST(EqualShares, WhoCannotPayTheirPartGiveAllTheyHave) {
  // Voter 0 has 2 left after the first project, so that voter 1 pays 5 of the second one's 7.
  const std::vector<double> costs = {4, 7};
  const std::vector<Utilities> ballots = {{2, 1}, {0, 1}};
  const Selection selection = EqualShares(costs, ballots, 12, Completion::kNone);
  EXPECT_EQ(Projects(selection), (std::vector<uint32_t>{0, 1}));
  EXPECT_DOUBLE_EQ(selection.chosen[0].price, 2);
  EXPECT_DOUBLE_EQ(selection.chosen[1].price, 5);
}

TEST(EqualShares, NothingForNobody) {
  EXPECT_THAT(EqualShares(std::vector<double>{1}, {}, 10).chosen, IsEmpty());
  EXPECT_THAT(EqualShares(std::vector<double>{1}, std::vector<Utilities>{{1}}, 0).chosen,
              IsEmpty());
  EXPECT_THAT(EqualShares(std::vector<double>{1}, std::vector<Utilities>{{0}}, 9).chosen,
              IsEmpty());
}

// EJR+ (Brill, Peters 2023), which implies extended and plain justified representation: among the
// supporters of a project that was not chosen, fewer than l · n / k have less than l of theirs.
void ExpectJustified(const std::vector<Utilities>& ballots, const Selection& selection,
                     size_t seats) {
  const std::vector<uint32_t> chosen = Projects(selection);
  for (uint32_t project = 0; project < ballots[0].size(); ++project) {
    if (std::find(chosen.begin(), chosen.end(), project) != chosen.end()) continue;
    for (size_t least = 1; least <= seats; ++least) {
      const auto without =
          std::count_if(ballots.begin(), ballots.end(), [&](const Utilities& ballot) {
            const auto own = std::count_if(chosen.begin(), chosen.end(),
                                           [&](uint32_t c) { return ballot[c] > 0; });
            return ballot[project] > 0 && own < static_cast<std::ptrdiff_t>(least);
          });
      EXPECT_LT(static_cast<size_t>(without) * seats, least * ballots.size());
    }
  }
}

TEST(EqualShares, EveryGroupThatDeservesSeatsIsRepresented) {
  std::mt19937 random(1);
  for (int election = 0; election < 300; ++election) {
    const size_t projects = 3 + random() % 8, seats = 1 + random() % projects;
    const auto ballots = RandomApprovals(2 + random() % 20, projects, random);
    const std::vector<double> costs(projects, 1.0);
    for (const Completion completion : {Completion::kNone, Completion::kRaiseSharesThenGreedy}) {
      const Selection selection =
          EqualShares(costs, ballots, static_cast<double>(seats), completion);
      EXPECT_LE(selection.chosen.size(), seats);
      ExpectJustified(ballots, selection, seats);
    }
  }
}

TEST(EqualShares, StaysWithinTheBudgetAndLeavesNothingThatFits) {
  std::mt19937 random(2);
  for (int election = 0; election < 200; ++election) {
    const size_t projects = 2 + random() % 8;
    const auto ballots = RandomApprovals(2 + random() % 15, projects, random);
    std::vector<double> costs(projects);
    for (double& cost : costs) cost = 1 + random() % 50;
    const double budget = 20 + random() % 100;
    const Selection selection = EqualShares(costs, ballots, budget);
    const std::vector<uint32_t> chosen = Projects(selection);
    double spent = 0;
    for (uint32_t project : chosen) spent += costs[project];
    EXPECT_DOUBLE_EQ(spent, selection.spent);
    EXPECT_LE(spent, budget);
    EXPECT_EQ(std::set<uint32_t>(chosen.begin(), chosen.end()).size(), chosen.size());
    for (uint32_t project = 0; project < projects; ++project) {
      const bool wanted = std::any_of(ballots.begin(), ballots.end(),
                                      [&](const Utilities& ballot) { return ballot[project] > 0; });
      const bool taken = std::find(chosen.begin(), chosen.end(), project) != chosen.end();
      EXPECT_TRUE(taken || !wanted || spent + costs[project] > budget);
      EXPECT_TRUE(wanted || !taken);
    }
  }
}

// One voter alone would need 1,800 times her share.
TEST(EqualShares, WhatFewCanPayIsNotWaitedFor) {
  std::vector<Utilities> ballots(2'000, Utilities{1, 0});
  ballots[0] = {0, 1};
  EXPECT_THAT(Projects(EqualShares(std::vector<double>{1, 90}, ballots, 100)),
              testing::ElementsAre(0, 1))
      << "the second is bought of what is left";
}

TEST(EqualShares, WhatCostsMoreThanThereIsIsNotFunded) {
  const std::vector<Utilities> ballots(10, Utilities{5, 1});
  const Selection selection = EqualShares(std::vector<double>{1e13, 10}, ballots, 20);
  EXPECT_THAT(Projects(selection), testing::ElementsAre(1));
  EXPECT_EQ(selection.spent, 10);
}

TEST(EqualShares, TheOrderOfBallotsDoesNotMatter) {
  std::mt19937 random(3);
  for (int election = 0; election < 200; ++election) {
    const size_t projects = 2 + random() % 8;
    auto ballots = RandomApprovals(2 + random() % 15, projects, random);
    for (Utilities& ballot : ballots) {
      for (double& utility : ballot) utility *= 1 + random() % 5;
    }
    std::vector<double> costs(projects);
    for (double& cost : costs) cost = 1 + random() % 50;
    const auto before = Projects(EqualShares(costs, ballots, 80));
    std::shuffle(ballots.begin(), ballots.end(), random);
    EXPECT_EQ(Projects(EqualShares(costs, ballots, 80)), before);
  }
}

}  // namespace
}  // namespace colloquy::dialogues::rules::polls
