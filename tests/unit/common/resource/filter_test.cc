#include "services/common/resource/filter.h"

#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"

namespace colloquy::resource {
namespace {

using ::testing::HasSubstr;

Filter Parsed(absl::string_view text) {
  absl::StatusOr<Filter> filter = ParseFilter(text);
  EXPECT_TRUE(filter.ok()) << text << ": " << filter.status();
  return filter.ok() ? *filter : Filter();
}

// What a filter means, fully parenthesised: (& a b), (| a b), (! a), field op value, 'text'.
std::string Shape(const Filter& filter) {
  std::string value = filter.value.any ? "<any>" : filter.value.text;
  if (filter.value.wildcard_before) value = "<*>" + value;
  if (filter.value.wildcard_after) value += "<*>";
  switch (filter.kind) {
    case Filter::Kind::kAll:
      return "all";
    case Filter::Kind::kComparison:
      return filter.field + std::string(FilterOpText(filter.op)) + value;
    case Filter::Kind::kText:
      return "'" + value + "'";
    default:
      break;
  }
  std::string shape = filter.kind == Filter::Kind::kAnd  ? "(&"
                      : filter.kind == Filter::Kind::kOr ? "(|"
                                                         : "(!";
  for (const Filter& child : filter.children) shape += " " + Shape(child);
  return shape + ")";
}

TEST(FilterTest, Precedence) {
  EXPECT_EQ(Shape(Parsed("")), "all");
  EXPECT_EQ(Shape(Parsed(" \n ")), "all");
  EXPECT_EQ(Shape(Parsed("a = 1 AND b = 2 OR c = 3")), "(& a=1 (| b=2 c=3))");
  EXPECT_EQ(Shape(Parsed("a = 1 OR b = 2 AND c = 3")), "(& (| a=1 b=2) c=3)");
  EXPECT_EQ(Shape(Parsed("New York Giants OR Yankees")), "(& 'New' 'York' (| 'Giants' 'Yankees'))");
  EXPECT_EQ(Shape(Parsed("a b AND c AND d")), "(& 'a' 'b' 'c' 'd')");
  EXPECT_EQ(Shape(Parsed("a AND (b AND c)")), "(& 'a' (& 'b' 'c'))");
  EXPECT_EQ(Shape(Parsed("(a OR b) AND c")), "(& (| 'a' 'b') 'c')");
  EXPECT_EQ(Shape(Parsed("((((a))))")), "'a'");
  EXPECT_EQ(Shape(Parsed("NOT a OR b")), "(| (! 'a') 'b')");
  EXPECT_EQ(Shape(Parsed("NOT(a OR b)")), "(! (| 'a' 'b'))");
  EXPECT_EQ(Shape(Parsed("-a -b = 3")), "(& (! 'a') (! b=3))");
  EXPECT_EQ(Shape(Parsed("-(a b)")), "(! (& 'a' 'b'))");
  EXPECT_EQ(Shape(Parsed("NOT (NOT a)")), "(! (! 'a'))");
}

TEST(FilterTest, Comparisons) {
  EXPECT_EQ(Shape(Parsed("a=1 b!=2 c<3 d<=4 e>5 f>=6 g:7")), "(& a=1 b!=2 c<3 d<=4 e>5 f>=6 g:7)");
  EXPECT_EQ(Shape(Parsed("location.city = \"São Paulo\"")), "location.city=São Paulo");
  EXPECT_EQ(Shape(Parsed("t >= 2026-05-01T09:00:00+02:00")), "t>=2026-05-01T09:00:00+02:00");
  EXPECT_EQ(Shape(Parsed("n > -30")), "n>-30");
  EXPECT_EQ(Shape(Parsed("a = 'it\\'s' b = \"\\\"q\\\" \\\\\"")), "(& a=it's b=\"q\" \\)");
  EXPECT_EQ(Shape(Parsed("a = ''")), "a=");
  EXPECT_EQ(Shape(Parsed("order = ORDER android oracle not")),
            "(& order=ORDER 'android' 'oracle' 'not')");
  EXPECT_EQ(Shape(Parsed("a = \"AND\" \"OR\"")), "(& a=AND 'OR')");
}

TEST(FilterTest, Wildcards) {
  EXPECT_EQ(Shape(Parsed("a:*")), "a:<any>");
  EXPECT_EQ(Shape(Parsed("a = \"*.org\" b = new* c = *mid* d = \"\\*\" e = \"2\\*3\"")),
            "(& a=<*>.org b=new<*> c=<*>mid<*> d=* e=2*3)");
  EXPECT_EQ(Shape(Parsed("a:**")), "a:<any>");
  EXPECT_EQ(Shape(Parsed("\"\\**\"")), "'*<*>'");
}

TEST(FilterTest, ListsOfValues) {
  EXPECT_EQ(Shape(Parsed("state = (OPEN OR DRAFT)")), "(| state=OPEN state=DRAFT)");
  EXPECT_EQ(Shape(Parsed("tags:(a \"b c\" OR d)")), "(& tags:a (| tags:b c tags:d))");
  EXPECT_EQ(Shape(Parsed("n = (-1 OR NOT 0)")), "(| n=-1 (! n=0))");
  EXPECT_EQ(Shape(Parsed("n = ((1 OR 2) OR 3) x")), "(& (| (| n=1 n=2) n=3) 'x')");
}

struct BadFilter {
  const char* text;
  int position;
};

class BadFilterTest : public ::testing::TestWithParam<BadFilter> {};

TEST_P(BadFilterTest, SaysWhere) {
  absl::StatusOr<Filter> filter = ParseFilter(GetParam().text);
  ASSERT_FALSE(filter.ok());
  EXPECT_EQ(filter.status().code(), absl::StatusCode::kInvalidArgument);
  auto info = errors::InfoOf(filter.status());
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->reason(), "FILTER_INVALID");
  EXPECT_EQ(info->metadata().at("field"), "filter");
  EXPECT_EQ(info->metadata().at("position"), std::to_string(GetParam().position))
      << filter.status();
}

INSTANTIATE_TEST_SUITE_P(
    All, BadFilterTest,
    ::testing::Values(BadFilter{"a =", 4}, BadFilter{"= 1", 1}, BadFilter{"a = 1 AND", 10},
                      BadFilter{"AND a", 1}, BadFilter{"a OR OR b", 6}, BadFilter{"NOT", 4},
                      BadFilter{"(a", 1}, BadFilter{"a)", 2}, BadFilter{"()", 2},
                      BadFilter{"a = \"x", 5}, BadFilter{"ä b = \"x", 7},
                      BadFilter{"a = \"x\\n\"", 8}, BadFilter{"a = 1 = 2", 7}, BadFilter{"f(x)", 2},
                      BadFilter{"a = f(x)", 6}, BadFilter{"a, b", 2}, BadFilter{"--a", 2},
                      BadFilter{"- a", 2}, BadFilter{"NOT NOT a", 5}, BadFilter{"NOT -a", 5},
                      BadFilter{".a = 1", 1}, BadFilter{"a..b = 1", 1}, BadFilter{"a. = 1", 1},
                      BadFilter{"\"a\" = 1", 1}, BadFilter{"a = x*y", 5}, BadFilter{"a = AND", 5},
                      BadFilter{"a != (1 OR 2)", 6}, BadFilter{"a < (1 OR 2)", 5},
                      BadFilter{"a = (b = 2)", 8}, BadFilter{"a = ()", 6},
                      BadFilter{"日本 b = (x", 8}, BadFilter{"ä = 1", 1}, BadFilter{"NOT = 1", 5},
                      BadFilter{"NOT=1", 1}, BadFilter{"x OR:1", 3}, BadFilter{"a = (1 OR 2", 5}));

TEST(FilterLimitTest, LengthDepthAndEncoding) {
  EXPECT_TRUE(ParseFilter(std::string(kMaxFilterBytes, 'a')).ok());
  EXPECT_FALSE(ParseFilter(std::string(kMaxFilterBytes + 1, 'a')).ok());
  std::string deepest = std::string(kMaxFilterDepth, '(') + "a" + std::string(kMaxFilterDepth, ')');
  EXPECT_TRUE(ParseFilter(deepest).ok());
  EXPECT_FALSE(ParseFilter("(" + deepest + ")").ok());
  // One beside the other is not deep.
  EXPECT_TRUE(ParseFilter(deepest + " " + deepest).ok());
  EXPECT_FALSE(ParseFilter(std::string(kMaxFilterBytes, '(')).ok());
  EXPECT_FALSE(ParseFilter("a = \"\xff\"").ok());
  EXPECT_FALSE(ParseFilter(absl::string_view("a = \"\0\"", 7)).ok());
}

TEST(FilterTest, KeepsPositionsInCharacters) {
  Filter filter = Parsed("ä AND b = c");
  EXPECT_EQ(filter.children[0].position, 1);
  EXPECT_EQ(filter.children[1].position, 7);
  EXPECT_EQ(filter.children[1].value_position, 11);
}

class RandomFilters {
 public:
  explicit RandomFilters(int seed) : random_(seed) {}

  Filter Make(int depth) {
    switch (depth == 0 ? 3 + Pick(2) : Pick(5)) {
      case 0:
        return Inner(Filter::Kind::kAnd, depth);
      case 1:
        return Inner(Filter::Kind::kOr, depth);
      case 2: {
        Filter filter{Filter::Kind::kNot};
        filter.children.push_back(Make(depth - 1));
        return filter;
      }
      case 3: {
        Filter filter{Filter::Kind::kText};
        filter.value = Value();
        return filter;
      }
      default: {
        Filter filter{Filter::Kind::kComparison};
        constexpr const char* kFields[] = {"a", "start_time", "a.b.c", "x-1", "ORDER", "NOTE"};
        filter.field = kFields[Pick(6)];
        filter.op = static_cast<FilterOp>(Pick(7));
        filter.value = Value();
        return filter;
      }
    }
  }

 private:
  size_t Pick(size_t size) { return random_() % size; }

  Filter Inner(Filter::Kind kind, int depth) {
    Filter filter{kind};
    size_t size = 2 + Pick(3);
    for (size_t i = 0; i < size; ++i) filter.children.push_back(Make(depth - 1));
    return filter;
  }

  FilterValue Value() {
    constexpr const char* kPieces[] = {"a",   "*", "\\", "\"", "'", " ", "(", ")",  "OR", "AND",
                                       "NOT", "=", ":",  ",",  "-", "é", "🎫", "!=", ".",  "<"};
    FilterValue value;
    value.any = Pick(8) == 0;
    if (value.any) return value;
    size_t size = Pick(5);
    for (size_t i = 0; i < size; ++i) value.text += kPieces[Pick(20)];
    if (value.text.empty()) return value;
    value.wildcard_before = Pick(4) == 0;
    value.wildcard_after = Pick(4) == 0;
    return value;
  }

  std::mt19937 random_;
};

TEST(FilterPropertyTest, PrintedTreesParseToThemselves) {
  RandomFilters filters(17);
  int parsed = 0;
  for (int i = 0; i < 5000; ++i) {
    Filter filter = filters.Make(i % 5);
    std::string text = FilterText(filter);
    if (text.size() > kMaxFilterBytes) continue;
    absl::StatusOr<Filter> again = ParseFilter(text);
    ASSERT_TRUE(again.ok()) << text << ": " << again.status();
    ASSERT_EQ(*again, filter) << text << "\n" << FilterText(*again);
    ++parsed;
  }
  EXPECT_GT(parsed, 4000);
}

TEST(FilterPropertyTest, DamagedTextNeverBreaksTheParser) {
  RandomFilters filters(18);
  std::mt19937 random(19);
  for (int i = 0; i < 5000; ++i) {
    std::string text = FilterText(filters.Make(3));
    for (int j = 0; j < 3 && !text.empty(); ++j) text.erase(random() % text.size(), 1);
    absl::StatusOr<Filter> filter = ParseFilter(text);
    if (filter.ok()) {
      absl::StatusOr<Filter> again = ParseFilter(FilterText(*filter));
      if (again.ok()) {
        EXPECT_EQ(*again, *filter) << text;
      }
    } else {
      EXPECT_EQ(errors::ReasonOf(filter.status()), errors::ErrorReason::FILTER_INVALID);
    }
  }
}

}  // namespace
}  // namespace colloquy::resource
