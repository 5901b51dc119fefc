#include "services/common/resource/order_by.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "tests/unit/common/resource/sqlite_memory.h"

namespace colloquy::resource {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

SortSchema Schema() {
  return {
      .fields = {{.name = "start_time", .column = "time"},
                 {.name = "title", .column = "title", .type = SortType::kText, .nullable = true},
                 {.name = "seats", .column = "seats", .nullable = true},
                 {.name = "id", .column = "id"}},
      .unique = {{.column = "id"}},
      .default_order = "start_time"};
}

OrderBy Parsed(absl::string_view text) {
  absl::StatusOr<OrderBy> order = OrderBy::Parse(text, Schema());
  EXPECT_TRUE(order.ok()) << text;
  return *order;
}

TEST(OrderByTest, Parses) {
  EXPECT_EQ(Parsed("").Clause(), "time ASC, id ASC");
  EXPECT_EQ(Parsed("title desc").Clause(), "title DESC, id DESC");
  EXPECT_EQ(Parsed("  title   desc ,start_time asc").Clause(), "title DESC, time ASC, id ASC");
  EXPECT_EQ(Parsed("title,id desc").Clause(), "title ASC, id DESC");
  EXPECT_EQ(Parsed("title").Columns(), "title, id");
}

TEST(OrderByTest, RefusesTheRest) {
  for (const char* text :
       {"colour", "title,", ",title", "title,,id", "title descending", "title desc desc",
        "title DESC", "title; DROP TABLE x", "title, title desc", "-title", "\xfc"}) {
    bool ok = OrderBy::Parse(text, Schema()).ok();
    ASSERT_FALSE(ok) << text;
    EXPECT_EQ(errors::ReasonOf(OrderBy::Parse(text, Schema()).status()),
              errors::ErrorReason::ORDER_BY_INVALID);
  }
  EXPECT_FALSE(OrderBy::Parse(std::string(5000, 'a'), Schema()).ok());
  EXPECT_THAT(OrderBy::Parse("colour", Schema()).status().message(),
              HasSubstr("start_time, title, seats, id"));
}

TEST(OrderByTest, PositionsOfAnotherOrderAreRefused) {
  absl::StatusOr<SqlFragment> after = Parsed("title").After({int64_t{1}});
  EXPECT_EQ(errors::ReasonOf(after.status()), errors::ErrorReason::PAGE_TOKEN_INVALID);
  EXPECT_EQ(Parsed("title").After({})->sql, "1=1");
}

TEST(OrderByTest, StartsWithABoundThatAnIndexServes) {
  EXPECT_THAT(Parsed("").After({int64_t{1}, int64_t{2}})->sql, StartsWith("(time >= ? AND ("));
}

struct Row {
  int64_t id;
  int64_t time;
  SqlValue title;
  SqlValue seats;
};

SqlValue CellOf(const Row& row, absl::string_view column) {
  if (column == "id") return row.id;
  if (column == "time") return row.time;
  return column == "title" ? row.title : row.seats;
}

// Walking page by page gives each row once, in the order of one long query.
TEST(OrderByPropertyTest, PagesJoinToTheWhole) {
  std::mt19937 random(5);
  SqliteMemory db;
  db.Run("CREATE TABLE items (id INTEGER PRIMARY KEY, time INTEGER, title TEXT, seats INTEGER)");
  std::vector<Row> rows;
  for (int64_t id = 1; id <= 120; ++id) {
    Row row{id, static_cast<int64_t>(random() % 5), SqlValue::Null(), SqlValue::Null()};
    if (random() % 3 > 0) row.title = std::string(1, static_cast<char>('a' + random() % 4));
    if (random() % 3 > 0) row.seats = static_cast<int64_t>(random() % 3);
    db.Run("INSERT INTO items VALUES (?, ?, ?, ?)", {row.id, row.time, row.title, row.seats});
    rows.push_back(row);
  }
  constexpr const char* kFields[] = {"start_time", "title", "seats", "id"};
  for (int i = 0; i < 200; ++i) {
    std::vector<std::string> fields(std::begin(kFields), std::end(kFields));
    std::shuffle(fields.begin(), fields.end(), random);
    fields.resize(1 + random() % 4);
    std::string text;
    for (const std::string& field : fields)
      absl::StrAppend(&text, text.empty() ? "" : ", ", field, random() % 2 == 0 ? "" : " desc");
    OrderBy order = Parsed(text);
    std::vector<int64_t> whole =
        db.Run(absl::StrCat("SELECT id FROM items ORDER BY ", order.Clause()));
    std::vector<int64_t> joined;
    PagePosition position;
    while (true) {
      SqlFragment after = *order.After(position);
      std::vector<int64_t> page = db.Run(absl::StrCat("SELECT id FROM items WHERE ", after.sql,
                                                      " ORDER BY ", order.Clause(), " LIMIT 7"),
                                         after.params);
      if (page.empty()) break;
      joined.insert(joined.end(), page.begin(), page.end());
      ASSERT_LE(joined.size(), whole.size()) << text;
      position.clear();
      for (absl::string_view column : absl::StrSplit(order.Columns(), ", "))
        position.push_back(CellOf(rows[page.back() - 1], column));
    }
    ASSERT_EQ(joined, whole) << text;
  }
}

}  // namespace
}  // namespace colloquy::resource
