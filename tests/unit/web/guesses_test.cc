#include "services/web/guesses.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace colloquy::web {
namespace {

TEST(GuessesTest, SoManyAtOnceThenAsTimeGoesBy) {
  absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  Guesses guesses(3, 60, [&now] { return now; });
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(guesses.MayTry("a"));
    EXPECT_EQ(guesses.Wrong("a"), i == 2);
  }
  EXPECT_FALSE(guesses.MayTry("a"));
  EXPECT_TRUE(guesses.MayTry("b"));
  now += absl::Seconds(1);
  EXPECT_TRUE(guesses.MayTry("a"));
  guesses.Wrong("a");
  EXPECT_FALSE(guesses.MayTry("a"));
  now += absl::Minutes(1);
  for (int i = 0; i < 3; ++i) guesses.Wrong("a");
  EXPECT_FALSE(guesses.MayTry("a"));
}

TEST(GuessesTest, ManyClientsShareABucketRatherThanMemory) {
  absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  Guesses guesses(1, 60, [&now] { return now; });
  for (size_t i = 0; i < Guesses::kMaxClients; ++i) guesses.Wrong(absl::StrCat(i));
  guesses.Wrong("one more");
  EXPECT_FALSE(guesses.MayTry("another"));
  now += absl::Seconds(1);
  EXPECT_TRUE(guesses.MayTry("another"));
}

}  // namespace
}  // namespace colloquy::web
