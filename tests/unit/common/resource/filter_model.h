// A second reading of AIP-160, over plain items, and random items and filters to hold the first one
// against: compiled SQL must find what Naive::Eval calls true, on every engine.
#ifndef COLLOQUY_TESTS_UNIT_COMMON_RESOURCE_FILTER_MODEL_H_
#define COLLOQUY_TESTS_UNIT_COMMON_RESOURCE_FILTER_MODEL_H_

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/folding.h"
#include "tests/unit/common/resource/test_contract.h"

namespace colloquy::resource {

struct Item {
  int64_t id;
  std::optional<int64_t> time;
  std::optional<int64_t> seats;
  std::optional<int64_t> open;
  std::optional<int64_t> state;
  std::optional<std::string> code;   // compared by bytes
  std::optional<std::string> title;  // shown; its folded form is compared and searched in
  std::vector<std::string> tags;
  std::vector<std::string> languages;
};

inline FilterSchema ItemSchema() {
  return FilterSchema({
      {.name = "start_time", .column = "e.time", .type = FieldType::kTime},
      {.name = "seats", .column = "e.seats", .type = FieldType::kInt},
      {.name = "open", .column = "e.open", .type = FieldType::kBool},
      {.name = "state", .column = "e.state", .type = FieldType::kEnum, .enumeration = &TestEnum()},
      {.name = "place.code", .column = "e.code", .type = FieldType::kText},
      {.name = "title", .column = "e.title", .type = FieldType::kText, .fold = true},
      {.name = "tags",
       .column = "e.tags",
       .type = FieldType::kTokens,
       .normalize = [](absl::string_view text) -> absl::StatusOr<std::string> {
         if (text == "bad") return absl::InvalidArgumentError("is no tag");
         return std::string(text);
       }},
      {.name = "languages",
       .column = "SELECT l.tag FROM languages l WHERE l.id = e.id",
       .type = FieldType::kTokenRows},
      {.name = "text", .column = "e.title", .type = FieldType::kTextSearch},
      {.column = "e.more", .type = FieldType::kTextSearch},
      {.name = "free",
       .type = FieldType::kComputed,
       .compute = [](FilterOp op, const FilterValue& value) -> absl::StatusOr<SqlFragment> {
         if (value.text != "yes") return absl::InvalidArgumentError("free is compared with yes");
         return SqlFragment{"e.seats > ? OR e.open = 1", {10}};
       }},
  });
}

// The columns of an item, in the order of kItemColumns.
inline std::vector<SqlValue> ItemRow(const Item& item) {
  auto number = [](const std::optional<int64_t>& value) {
    return value.has_value() ? SqlValue(*value) : SqlValue::Null();
  };
  auto text = [](const std::optional<std::string>& value) {
    return value.has_value() ? SqlValue(*value) : SqlValue::Null();
  };
  std::optional<std::string> title;
  if (item.title.has_value()) title = FoldText(*item.title);
  std::optional<std::string> tags;
  if (!item.tags.empty()) tags = absl::StrCat(" ", absl::StrJoin(item.tags, " "), " ");
  return {item.id,           number(item.time),  number(item.seats),
          number(item.open), number(item.state), text(item.code),
          text(title),       SqlValue::Null(),   text(tags)};
}

inline constexpr absl::string_view kItemColumns[] = {"id",   "time",  "seats", "open", "state",
                                                     "code", "title", "more",  "tags"};

// True, false, or neither for unset fields.
class Naive {
 public:
  using Truth = std::optional<bool>;

  static Truth Eval(const Filter& filter, const Item& item) {
    switch (filter.kind) {
      case Filter::Kind::kAll:
        return true;
      case Filter::Kind::kAnd:
        return All(filter, item, /*decisive=*/false);
      case Filter::Kind::kOr:
        return All(filter, item, /*decisive=*/true);
      case Filter::Kind::kNot: {
        Truth inner = Eval(filter.children[0], item);
        return inner.has_value() ? Truth(!*inner) : inner;
      }
      case Filter::Kind::kText:
        return filter.value.any ||
               absl::StrContains(FoldText(item.title.value_or("")), FoldText(filter.value.text));
      case Filter::Kind::kComparison:
        return Compare(filter, item);
    }
    return false;
  }

 private:
  static Truth All(const Filter& filter, const Item& item, bool decisive) {
    Truth truth = !decisive;
    for (const Filter& child : filter.children) {
      Truth one = Eval(child, item);
      if (one == decisive) return decisive;
      if (!one.has_value()) truth = std::nullopt;
    }
    return truth;
  }

  static Truth Compare(const Filter& filter, const Item& item) {
    if (filter.field == "tags") return Has(filter.value, item.tags, /*unset=*/std::nullopt);
    if (filter.field == "languages") return Has(filter.value, item.languages, /*unset=*/false);
    if (filter.field == "title") {
      if (!item.title.has_value()) return Unset(filter);
      return Text(filter, FoldText(*item.title), FoldText(filter.value.text));
    }
    if (filter.field == "place.code") {
      if (!item.code.has_value()) return Unset(filter);
      return Text(filter, *item.code, filter.value.text);
    }
    std::optional<int64_t> cell = filter.field == "seats" ? item.seats : item.state;
    if (!cell.has_value()) return Unset(filter);
    if (filter.value.any) return true;
    int64_t literal = filter.field == "seats"
                          ? std::stoll(filter.value.text)
                          : TestEnum().FindValueByName(filter.value.text)->number();
    return Ordered(filter.op, *cell, literal);
  }

  static Truth Unset(const Filter& filter) {
    return filter.value.any ? Truth(false) : std::nullopt;
  }

  template <typename T>
  static bool Ordered(FilterOp op, const T& a, const T& b) {
    switch (op) {
      case FilterOp::kEqual:
        return a == b;
      case FilterOp::kNotEqual:
        return a != b;
      case FilterOp::kLess:
        return a < b;
      case FilterOp::kLessEqual:
        return a <= b;
      case FilterOp::kGreater:
        return a > b;
      default:
        return a >= b;
    }
  }

  static Truth Text(const Filter& filter, const std::string& cell, const std::string& literal) {
    const FilterValue& value = filter.value;
    if (value.any) return true;
    if (filter.op == FilterOp::kHas) return absl::StrContains(cell, literal);
    if (!value.wildcard_before && !value.wildcard_after) return Ordered(filter.op, cell, literal);
    bool matches = value.wildcard_before && value.wildcard_after ? absl::StrContains(cell, literal)
                   : value.wildcard_before                       ? absl::EndsWith(cell, literal)
                                                                 : absl::StartsWith(cell, literal);
    return matches == (filter.op == FilterOp::kEqual);
  }

  static Truth Has(const FilterValue& value, const std::vector<std::string>& tokens, Truth unset) {
    if (value.any) return !tokens.empty();
    if (tokens.empty()) return unset;
    for (const std::string& token : tokens) {
      if (token == value.text) return true;
    }
    return false;
  }
};

class RandomConditions {
 public:
  explicit RandomConditions(int seed) : random_(seed) {}

  size_t Pick(size_t size) { return random_() % size; }

  Item MakeItem(int64_t id) {
    Item item{id};
    if (Pick(3) > 0) item.seats = Pick(4);
    if (Pick(3) > 0) item.state = 1 + Pick(3);
    if (Pick(3) > 0) item.code = Word();
    if (Pick(3) > 0) item.title = Word() + " " + Word();
    for (size_t i = Pick(3); i > 0; --i) item.tags.push_back(Token());
    for (size_t i = Pick(3); i > 0; --i) item.languages.push_back(Token());
    return item;
  }

  Filter Make(int depth) {
    size_t kind = depth == 0 ? 3 + Pick(6) : Pick(9);
    if (kind < 2) {
      Filter filter{kind == 0 ? Filter::Kind::kAnd : Filter::Kind::kOr};
      for (size_t i = 2 + Pick(3); i > 0; --i) filter.children.push_back(Make(depth - 1));
      return filter;
    }
    if (kind == 2) {
      Filter filter{Filter::Kind::kNot};
      filter.children.push_back(Make(depth - 1));
      return filter;
    }
    if (kind == 3) {
      Filter filter{Filter::Kind::kText};
      filter.value.text = Word();
      return filter;
    }
    return Condition();
  }

 private:
  std::string Word() {
    constexpr const char* kWords[] = {"a",  "A",  "ab", "Ab", "ba", "b%",
                                      "_b", "äß", "🎫",  "a'", "ss", "*a"};
    return kWords[Pick(12)];
  }
  std::string Token() { return Pick(2) == 0 ? "ab" : "a"; }

  Filter Condition() {
    Filter filter{Filter::Kind::kComparison};
    constexpr const char* kFields[] = {"seats", "state", "place.code",
                                       "title", "tags",  "languages"};
    filter.field = kFields[Pick(6)];
    if (Pick(8) == 0) {
      filter.op = FilterOp::kHas;
      filter.value.any = true;
      return filter;
    }
    if (filter.field == "seats") {
      filter.op = static_cast<FilterOp>(Pick(6));
      filter.value.text = std::to_string(Pick(4));
    } else if (filter.field == "state") {
      filter.op = static_cast<FilterOp>(Pick(2));
      filter.value.text = TestEnum().FindValueByNumber(1 + Pick(3))->name();
    } else if (filter.field == "tags" || filter.field == "languages") {
      filter.op = FilterOp::kHas;
      filter.value.text = Token();
    } else {
      filter.op = static_cast<FilterOp>(Pick(7));
      filter.value.text = Word();
      bool wild = filter.op == FilterOp::kEqual || filter.op == FilterOp::kNotEqual;
      filter.value.wildcard_before = wild && Pick(3) == 0;
      filter.value.wildcard_after = wild && Pick(3) == 0;
    }
    return filter;
  }

  std::mt19937 random_;
};

}  // namespace colloquy::resource

#endif  // COLLOQUY_TESTS_UNIT_COMMON_RESOURCE_FILTER_MODEL_H_
