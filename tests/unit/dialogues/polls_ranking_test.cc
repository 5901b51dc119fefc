// Rankings, pairwise comparisons, and polls that are only counted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "services/dialogues/rules/polls/bradley_terry.h"
#include "services/dialogues/rules/polls/schulze.h"

namespace colloquy::dialogues::rules::polls {
namespace {

using ::testing::Contains;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// 'ACB' as often as said.
void Add(int times, const std::string& order, std::vector<Ranking>& ballots) {
  Ranking ranking;
  for (char option : order) ranking.push_back({static_cast<uint32_t>(option - 'A')});
  ballots.insert(ballots.end(), times, ranking);
}

Ranking RandomRanking(uint32_t options, std::mt19937& random) {
  std::vector<uint32_t> order(options);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  Ranking ranking;
  for (uint32_t option : order) {
    if (!ranking.empty() && random() % 4 == 0) {
      ranking.back().push_back(option);  // A tie.
    } else if (random() % 8 != 0) {
      ranking.push_back({option});  // Otherwise left out.
    }
  }
  return ranking;
}

std::vector<Ranking> RandomElection(uint32_t options, std::mt19937& random) {
  std::vector<Ranking> ballots(3 + random() % 20);
  for (Ranking& ballot : ballots) ballot = RandomRanking(options, random);
  return ballots;
}

TEST(Schulze, TheExampleOfFortyFiveVoters) {
  // Schulze: A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent
  // single-winner election method (2011), example 1.
  std::vector<Ranking> ballots;
  Add(5, "ACBED", ballots);
  Add(5, "ADECB", ballots);
  Add(8, "BEDAC", ballots);
  Add(3, "CABED", ballots);
  Add(7, "CAEBD", ballots);
  Add(2, "CBADE", ballots);
  Add(7, "DCEBA", ballots);
  Add(8, "EBADC", ballots);
  const SchulzeResult result = Schulze(5, ballots);
  EXPECT_THAT(result.preferences,
              ElementsAre(ElementsAre(0, 20, 26, 30, 22), ElementsAre(25, 0, 16, 33, 18),
                          ElementsAre(19, 29, 0, 17, 24), ElementsAre(15, 12, 28, 0, 14),
                          ElementsAre(23, 27, 21, 31, 0)));
  EXPECT_THAT(result.strengths,
              ElementsAre(ElementsAre(0, 28, 28, 30, 24), ElementsAre(25, 0, 28, 33, 24),
                          ElementsAre(25, 29, 0, 29, 24), ElementsAre(25, 28, 28, 0, 24),
                          ElementsAre(25, 28, 28, 31, 0)));
  EXPECT_EQ(result.places, (Ranking{{4}, {0}, {2}, {1}, {3}}));
}

TEST(Schulze, TiesAreShown) {
  std::vector<Ranking> ballots;
  Add(1, "ABC", ballots);
  Add(1, "BAC", ballots);
  EXPECT_EQ(Schulze(3, ballots).places, (Ranking{{0, 1}, {2}}));
  EXPECT_EQ(Schulze(3, {}).places, (Ranking{{0, 1, 2}}));
  EXPECT_THAT(Schulze(0, {}).places, IsEmpty());
}

TEST(Schulze, WhoBeatsEverybodyWinsAlone) {
  std::mt19937 random(1);
  int winners = 0;
  for (int election = 0; election < 500; ++election) {
    const uint32_t options = 2 + random() % 5;
    const SchulzeResult result = Schulze(options, RandomElection(options, random));
    for (uint32_t a = 0; a < options; ++a) {
      bool all = true;
      for (uint32_t b = 0; b < options; ++b) {
        all &= a == b || result.preferences[a][b] > result.preferences[b][a];
      }
      if (!all) continue;
      ++winners;
      EXPECT_THAT(result.places[0], ElementsAre(a));
    }
  }
  EXPECT_GT(winners, 100);
}

TEST(Schulze, AWinnerThatIsRaisedStillWins) {
  std::mt19937 random(2);
  for (int election = 0; election < 500; ++election) {
    const uint32_t options = 2 + random() % 5;
    std::vector<Ranking> ballots = RandomElection(options, random);
    const uint32_t winner = Schulze(options, ballots).places[0][0];
    Ranking& ballot = ballots[random() % ballots.size()];
    for (std::vector<uint32_t>& place : ballot) std::erase(place, winner);
    ballot.insert(ballot.begin(), {winner});
    EXPECT_THAT(Schulze(options, ballots).places[0], Contains(winner));
  }
}

TEST(Schulze, TheOrderOfBallotsDoesNotMatterAndTheNamesOfOptionsNeither) {
  std::mt19937 random(3);
  for (int election = 0; election < 200; ++election) {
    const uint32_t options = 2 + random() % 5;
    std::vector<Ranking> ballots = RandomElection(options, random);
    Ranking expected = Schulze(options, ballots).places;
    std::shuffle(ballots.begin(), ballots.end(), random);
    EXPECT_EQ(Schulze(options, ballots).places, expected);
    for (Ranking& ballot : ballots) {
      for (auto& place : ballot) {
        for (uint32_t& option : place) option = options - 1 - option;
      }
    }
    for (auto& place : expected) {
      for (uint32_t& option : place) option = options - 1 - option;
      std::sort(place.begin(), place.end());
    }
    EXPECT_EQ(Schulze(options, ballots).places, expected);
  }
}

TEST(BradleyTerry, TheWorkedExample) {
  // Wikipedia, "Bradley–Terry model", worked example of the iterated procedure: A, B, C, D.
  const Strengths found = BradleyTerry({{0, 2, 0, 1}, {3, 0, 5, 0}, {0, 3, 0, 1}, {4, 0, 3, 0}});
  EXPECT_FALSE(found.regularised);
  EXPECT_THAT(found.strengths, ElementsAre(DoubleNear(0.640, 5e-4), DoubleNear(1.043, 5e-4),
                                           DoubleNear(0.660, 5e-4), DoubleNear(2.270, 5e-4)));
}

TEST(BradleyTerry, EverybodyWinsAsOftenAsExpected) {
  // What makes it a maximum of the likelihood (Hunter 2004).
  std::mt19937 random(4);
  for (int poll = 0; poll < 100; ++poll) {
    const size_t options = 2 + random() % 6;
    std::vector<std::vector<double>> wins(options, std::vector<double>(options, 0));
    for (size_t a = 0; a < options; ++a) {
      for (size_t b = 0; b < options; ++b) wins[a][b] = a == b ? 0 : 1 + random() % 9;
    }
    const Strengths found = BradleyTerry(wins);
    EXPECT_FALSE(found.regularised);
    double logarithms = 0;
    for (size_t a = 0; a < options; ++a) {
      double won = 0, expected = 0;
      for (size_t b = 0; b < options; ++b) {
        if (a == b) continue;
        won += wins[a][b];
        expected += (wins[a][b] + wins[b][a]) * found.strengths[a] /
                    (found.strengths[a] + found.strengths[b]);
      }
      EXPECT_NEAR(won, expected, 1e-8);
      logarithms += std::log(found.strengths[a]);
    }
    EXPECT_NEAR(logarithms, 0, 1e-9);
  }
}

TEST(BradleyTerry, WhoNeverLostIsStrongestAndFinite) {
  const Strengths found = BradleyTerry({{0, 3, 3}, {0, 0, 2}, {0, 1, 0}});
  EXPECT_TRUE(found.regularised);
  EXPECT_GT(found.strengths[0], found.strengths[1]);
  EXPECT_GT(found.strengths[1], found.strengths[2]);
  EXPECT_LT(found.strengths[0], 1000);
  EXPECT_THAT(BradleyTerry({{0, 0}, {0, 0}}).strengths, ElementsAre(1, 1));
  EXPECT_THAT(BradleyTerry({}).strengths, IsEmpty());
}

}  // namespace
}  // namespace colloquy::dialogues::rules::polls
