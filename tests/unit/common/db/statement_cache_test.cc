#include "services/common/db/statement_cache.h"

#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace colloquy::db {
namespace {

TEST(StatementCache, DropsTheOneUnusedLongest) {
  StatementCache<std::unique_ptr<int>> cache(2);
  cache.Insert("a", std::make_unique<int>(1));
  cache.Insert("b", std::make_unique<int>(2));
  ASSERT_NE(cache.Find("a"), nullptr);
  cache.Insert("c", std::make_unique<int>(3));
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_EQ(**cache.Find("a"), 1);
  EXPECT_EQ(**cache.Find("c"), 3);
  cache.Clear();
  EXPECT_EQ(cache.Find("a"), nullptr);
}

TEST(StatementCache, NeverHoldsMoreThanItsCapacityNorTheWrongStatement) {
  std::mt19937 random(7);
  for (const size_t capacity : {0, 1, 5}) {
    StatementCache<int> cache(capacity);
    for (int i = 0; i < 2000; ++i) {
      const int key = static_cast<int>(random() % 12);
      const std::string sql = absl::StrCat("a statement longer than a short string ", key);
      const int* found = cache.Find(sql);
      if (found == nullptr) found = cache.Insert(sql, key);
      ASSERT_EQ(*found, key);
      ASSERT_LE(cache.size(), std::max<size_t>(capacity, 1));
    }
  }
}

}  // namespace
}  // namespace colloquy::db
