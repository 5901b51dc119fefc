#include "services/dialogues/rules/routing.h"

#include <gmock/gmock.h>

#include <map>

#include "services/dialogues/rules/opinion/random.h"

namespace colloquy::dialogues::rules {
namespace {

TEST(Routing, ThereIsNothingToDrawFromNothing) { EXPECT_EQ(DrawStatement({}, 0.5), std::nullopt); }

TEST(Routing, StatementsAreDrawnInProportionToTheirPriority) {
  const std::vector<Candidate> candidates = {{7, 1}, {8, 0}, {9, 3}};
  opinion::Random random(1);
  std::map<int64_t, int> drawn;
  constexpr int kDraws = 40'000;
  for (int i = 0; i < kDraws; ++i) ++drawn[*DrawStatement(candidates, random.Fraction())];
  EXPECT_NEAR(drawn[7], kDraws / 4, 400);  // five standard deviations
  EXPECT_NEAR(drawn[9], kDraws * 3 / 4, 400);
}

TEST(Routing, EveryFractionDrawsOneOfThem) {
  const std::vector<Candidate> candidates = {{1, 0.1}, {2, 0.2}, {3, 0.3}};
  EXPECT_EQ(DrawStatement(candidates, 0), 1);
  EXPECT_EQ(DrawStatement(candidates, std::nextafter(1.0, 0.0)), 3);
  EXPECT_EQ(DrawStatement({{{5, 0}}}, 0.99), 5) << "without any priority it is still asked";
}

TEST(Routing, AnUnseenStatementIsWorthAskingAndAMetaOneMore) {
  // [(1 − ½)(0 + 1) · ½ · (1 + 8)]² and 7².
  EXPECT_DOUBLE_EQ(PriorityUnseen(false), 5.0625);
  EXPECT_DOUBLE_EQ(PriorityUnseen(true), 49);
}

}  // namespace
}  // namespace colloquy::dialogues::rules
