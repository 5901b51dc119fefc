#include "services/common/db/value.h"

#include <limits>
#include <utility>

#include "gtest/gtest.h"

namespace colloquy::db {
namespace {

enum Plain { kPlain = 3 };

TEST(Value, ConvertsFromPlainTypes) {
  EXPECT_EQ(std::get<int64_t>(Value(true).variant()), 1);
  EXPECT_EQ(std::get<int64_t>(Value(-7).variant()), -7);
  EXPECT_EQ(std::get<int64_t>(Value(kPlain).variant()), 3);
  EXPECT_EQ(std::get<uint64_t>(Value(7u).variant()), 7u);
  EXPECT_EQ(std::get<std::string>(Value("text").variant()), "text");
  EXPECT_EQ(std::get<std::string>(Value(absl::string_view("text")).variant()), "text");
  EXPECT_EQ(std::get<Value::Bytes>(Value::Blob("text").variant()).bytes, "text");
  EXPECT_EQ(std::get<int64_t>(Value(absl::FromUnixMicros(5)).variant()), 5);
  EXPECT_TRUE(Value().is_null());
  EXPECT_FALSE(Value("").is_null());
}

TEST(Micros, KeepInfinities) {
  EXPECT_EQ(ToMicros(absl::InfiniteFuture()), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(FromMicros(ToMicros(absl::InfiniteFuture())), absl::InfiniteFuture());
  EXPECT_EQ(FromMicros(ToMicros(absl::InfinitePast())), absl::InfinitePast());
}

TEST(Rows, KeepTheirBytesWhenMoved) {
  auto mismatch = std::make_shared<std::atomic<bool>>(false);
  RowsBuilder builder(2, mismatch);
  builder.AddText("a");
  builder.AddUint64(std::numeric_limits<uint64_t>::max());
  builder.AddNull();
  builder.AddInt64(-1);
  Rows rows = std::move(builder).Build();
  const absl::string_view view = rows[0].Text(0);
  const Rows moved = std::move(rows);
  EXPECT_EQ(view, "a");
  ASSERT_EQ(moved.size(), 2u);
  EXPECT_EQ(moved[0].Uint64(1), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(moved[0].Double(1), 18446744073709551615.0);
  EXPECT_TRUE(moved[1].IsNull(0));
  EXPECT_EQ(moved[1].Uint64(1), std::numeric_limits<uint64_t>::max()) << "SQLite's way to keep it";
  EXPECT_FALSE(*mismatch);
  EXPECT_EQ(moved[0].Int64(1), 0) << "does not fit";
  EXPECT_TRUE(*mismatch);
}

TEST(Rows, CellsThatAreNotThereAreAMismatch) {
  auto mismatch = std::make_shared<std::atomic<bool>>(false);
  RowsBuilder builder(1, mismatch);
  builder.AddInt64(1);
  const Rows rows = std::move(builder).Build();
  EXPECT_EQ(rows[1].Int64(0), 0);
  EXPECT_TRUE(mismatch->exchange(false));
  EXPECT_EQ(rows[0].Int64(1), 0);
  EXPECT_TRUE(*mismatch);
  EXPECT_EQ(Rows()[0].Int64(0), 0);
}

}  // namespace
}  // namespace colloquy::db
