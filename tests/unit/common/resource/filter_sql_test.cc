#include "services/common/resource/filter_sql.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "tests/unit/common/resource/filter_model.h"
#include "tests/unit/common/resource/sqlite_memory.h"

namespace colloquy::resource {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class FilterSqlTest : public ::testing::Test {
 protected:
  FilterSqlTest() {
    db_.Run(
        "CREATE TABLE items (id INTEGER PRIMARY KEY, time INTEGER, seats INTEGER, open INTEGER, "
        "state INTEGER, code TEXT, title TEXT, more TEXT, tags TEXT)");
    db_.Run("CREATE TABLE languages (id INTEGER, tag TEXT)");
  }

  void Insert(const Item& item) {
    db_.Run("INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", ItemRow(item));
    for (const std::string& tag : item.languages)
      db_.Run("INSERT INTO languages VALUES (?, ?)", {item.id, tag});
  }

  std::vector<int64_t> Find(absl::string_view text) {
    absl::StatusOr<SqlFragment> fragment = CompileFilter(text, ItemSchema());
    EXPECT_TRUE(fragment.ok()) << text << ": " << fragment.status();
    if (!fragment.ok()) return {};
    return db_.Run(absl::StrCat("SELECT id FROM items e WHERE id > 0 AND ", fragment->sql,
                                " AND 1=1 ORDER BY id"),
                   fragment->params);
  }

  SqliteMemory db_;
};

TEST_F(FilterSqlTest, EachTypeCompares) {
  int64_t may = absl::ToUnixMicros(absl::FromUnixSeconds(1777626000));  // 2026-05-01T09:00:00Z
  Insert({1, may, 40, 1, 1, "AbC", "Straße nach Wien", {"rust", "c++"}, {"de", "en-GB"}});
  Insert({2, may + 1, 5, 0, 2, "abc", "50% off_all | 'x'", {"rusty"}, {"en"}});
  Insert({3});
  EXPECT_THAT(Find(""), ElementsAre(1, 2, 3));
  EXPECT_THAT(Find("start_time = 2026-05-01T11:00:00+02:00"), ElementsAre(1));
  EXPECT_THAT(Find("start_time > \"2026-05-01T09:00:00Z\""), ElementsAre(2));
  EXPECT_THAT(Find("start_time <= 2026-05-01T09:00:00.000001Z"), ElementsAre(1, 2));
  EXPECT_THAT(Find("seats >= 40"), ElementsAre(1));
  EXPECT_THAT(Find("seats > -9223372036854775808"), ElementsAre(1, 2));
  EXPECT_THAT(Find("open = true"), ElementsAre(1));
  EXPECT_THAT(Find("state = DRAFT"), ElementsAre(1));
  EXPECT_THAT(Find("state = (DRAFT OR OPEN)"), ElementsAre(1, 2));
  EXPECT_THAT(Find("place.code = abc"), ElementsAre(2));
  EXPECT_THAT(Find("place.code = A*"), ElementsAre(1));
  EXPECT_THAT(Find("place.code = *bc"), ElementsAre(2));
  EXPECT_THAT(Find("place.code:b"), ElementsAre(1, 2));
  EXPECT_THAT(Find("title = \"STRASSE NACH wien\""), ElementsAre(1));
  EXPECT_THAT(Find("title = straße*"), ElementsAre(1));
  EXPECT_THAT(Find("title = *WIEN"), ElementsAre(1));
  EXPECT_THAT(Find("title != *WIEN"), ElementsAre(2));
  EXPECT_THAT(Find("title = *nach*"), ElementsAre(1));
  EXPECT_THAT(Find("title = *xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), IsEmpty());
  EXPECT_THAT(Find("tags:rust"), ElementsAre(1));
  EXPECT_THAT(Find("tags:rust*"), ElementsAre(1, 2));
  EXPECT_THAT(Find("tags:(rust \"c++\")"), ElementsAre(1));
  EXPECT_THAT(Find("languages:en"), ElementsAre(2));
  EXPECT_THAT(Find("languages:en-GB"), ElementsAre(1));
  EXPECT_THAT(Find("wien"), ElementsAre(1));
  EXPECT_THAT(Find("text:wien"), ElementsAre(1));
  EXPECT_THAT(Find("-wien"), ElementsAre(2, 3));
  EXPECT_THAT(Find("strasse wien"), ElementsAre(1));
  EXPECT_THAT(Find("*"), ElementsAre(1, 2, 3));
  EXPECT_THAT(Find("free = yes"), ElementsAre(1));
  EXPECT_THAT(Find("free = yes AND state = OPEN"), IsEmpty());
}

TEST_F(FilterSqlTest, SignsThatSqlKnowsAreText) {
  Insert({1, {}, {}, {}, {}, "a%b", "50% off_all | 'x'"});
  Insert({2, {}, {}, {}, {}, "aXb", "505 offXall"});
  EXPECT_THAT(Find("\"50%\""), ElementsAre(1));
  EXPECT_THAT(Find("\"off_all\""), ElementsAre(1));
  EXPECT_THAT(Find("\"| 'x'\""), ElementsAre(1));
  EXPECT_THAT(Find("place.code = \"a%b\""), ElementsAre(1));
  EXPECT_THAT(Find("place.code:\"%\""), ElementsAre(1));
  EXPECT_THAT(Find("place.code = \"'; DROP TABLE items; --\""), IsEmpty());
  EXPECT_THAT(Find(""), ElementsAre(1, 2));
}

TEST_F(FilterSqlTest, UnsetFieldsNeverMatch) {
  Insert({1});
  Insert({2, {}, {}, {}, 1});
  EXPECT_THAT(Find("state != OPEN"), ElementsAre(2));
  EXPECT_THAT(Find("NOT state = OPEN"), ElementsAre(2));
  EXPECT_THAT(Find("-seats = 3"), IsEmpty());
  EXPECT_THAT(Find("NOT title = *x"), IsEmpty());
  EXPECT_THAT(Find("state:*"), ElementsAre(2));
  EXPECT_THAT(Find("NOT state:*"), ElementsAre(1));
  EXPECT_THAT(Find("NOT languages:*"), ElementsAre(1, 2));
  EXPECT_THAT(Find("NOT (state = OPEN AND seats = 1)"), ElementsAre(2));
}

TEST_F(FilterSqlTest, ManyTermsRun) {
  Insert({1, {}, 7});
  std::string text = "seats=7";
  while (text.size() + 8 <= kMaxFilterBytes) text += " seats=7";
  EXPECT_THAT(Find(text), ElementsAre(1));
  std::string words = "a";
  while (words.size() + 2 <= kMaxFilterBytes) words += " a";
  EXPECT_THAT(Find(words), IsEmpty());
  std::string mixed;
  for (int i = 0; i < kMaxFilterDepth; ++i) mixed += "NOT (seats = 7 AND ";
  mixed += "seats = 1";
  mixed += std::string(kMaxFilterDepth, ')');
  EXPECT_THAT(Find(mixed), IsEmpty());
  // Wide and deep at once: as many terms on every level as the length allows.
  std::string wide;
  for (int i = 0; i < kMaxFilterDepth; ++i) {
    wide += i % 2 == 0 ? "(" : "(x OR ";
    for (int j = 0; j < 57; ++j) wide += i % 2 == 0 ? "b " : "b OR ";
  }
  for (size_t at = 0; wide.size() + 1 + kMaxFilterDepth > kMaxFilterBytes;) {
    at = wide.rfind("b ");
    wide.erase(at, wide.compare(at, 5, "b OR ") == 0 ? 5 : 2);
  }
  wide += "a" + std::string(kMaxFilterDepth, ')');
  EXPECT_THAT(Find(wide), IsEmpty());
}

struct BadCondition {
  const char* text;
  int position;
  const char* says;
};

class BadConditionTest : public ::testing::TestWithParam<BadCondition> {};

TEST_P(BadConditionTest, SaysWhereAndWhat) {
  absl::StatusOr<SqlFragment> fragment = CompileFilter(GetParam().text, ItemSchema());
  ASSERT_FALSE(fragment.ok());
  EXPECT_EQ(errors::ReasonOf(fragment.status()), errors::ErrorReason::FILTER_INVALID);
  EXPECT_EQ(errors::InfoOf(fragment.status())->metadata().at("position"),
            std::to_string(GetParam().position));
  EXPECT_THAT(fragment.status().message(), HasSubstr(GetParam().says));
  EXPECT_THAT(fragment.status().message(), Not(HasSubstr("e.time")));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadConditionTest,
    ::testing::Values(
        BadCondition{"x AND colour = red", 7, "start_time, seats, open, state, place.code"},
        BadCondition{"start_time = tomorrow", 14, "RFC 3339"},
        BadCondition{"start_time = 2026-05-01", 14, "RFC 3339"},
        BadCondition{"start_time = infinite-future", 14, "RFC 3339"},
        BadCondition{"start_time < 99999-01-01T00:00:00Z", 14, "RFC 3339"},
        BadCondition{"start_time:2026-05-01T09:00:00Z", 1, "takes ="},
        BadCondition{"seats = 1.5", 9, "whole number"},
        BadCondition{"seats = 9223372036854775808", 9, "whole number"},
        BadCondition{"seats = 1*", 9, "whole number"}, BadCondition{"open = 1", 8, "true or false"},
        BadCondition{"open < true", 1, "takes ="},
        BadCondition{"state = draft", 9, "DRAFT, OPEN, CLOSED"},
        BadCondition{"state = STATE_UNSPECIFIED", 9, "DRAFT, OPEN, CLOSED"},
        BadCondition{"state < OPEN", 1, "takes ="}, BadCondition{"state = *", 1, "state:*"},
        BadCondition{"title > a*", 9, "without wildcards"}, BadCondition{"tags = a", 1, "':' only"},
        BadCondition{"tags:\"a b\"", 6, "one word"}, BadCondition{"tags:bad", 6, "is no tag"},
        BadCondition{"languages:d*", 11, "without wildcards"},
        BadCondition{"free = no", 1, "compared with yes"}));

TEST(FilterSchemaTest, WithoutTextSearchWordsAreRefused) {
  FilterSchema schema({{.name = "seats", .column = "seats", .type = FieldType::kInt}});
  absl::StatusOr<SqlFragment> fragment = CompileFilter("seats = 3 wien", schema);
  ASSERT_FALSE(fragment.ok());
  EXPECT_EQ(errors::InfoOf(fragment.status())->metadata().at("position"), "11");
}

TEST_F(FilterSqlTest, SqlAgreesWithANaiveReading) {
  RandomConditions random(29);
  std::vector<Item> items;
  db_.Run("BEGIN");
  for (int64_t id = 1; id <= 200; ++id) {
    items.push_back(random.MakeItem(id));
    Insert(items.back());
  }
  db_.Run("COMMIT");
  size_t found = 0;
  for (int i = 0; i < 2000; ++i) {
    Filter filter = random.Make(i % 4);
    std::string text = FilterText(filter);
    std::vector<int64_t> expected;
    for (const Item& item : items) {
      if (Naive::Eval(filter, item) == true) expected.push_back(item.id);
    }
    ASSERT_EQ(Find(text), expected) << text;
    found += expected.size();
  }
  EXPECT_GT(found, 20000u);
}

}  // namespace
}  // namespace colloquy::resource
