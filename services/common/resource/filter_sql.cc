#include "services/common/resource/filter_sql.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/folding.h"

namespace colloquy::resource {
namespace {

// A condition, and how much of the parser's stack it takes at most: SQLite's has 100 entries.
struct Piece {
  SqlFragment fragment;
  int stack;
};
using Pieces = std::vector<Piece>;

// Of `NOT (COALESCE(INSTR(column, ?), 0) > 0)` and its like, with something to spare.
constexpr int kLeafStack = 12;

SqlFragment Sql(std::string sql) { return {std::move(sql), {}}; }

SqlFragment Sql(std::string sql, SqlValue param) {
  SqlFragment fragment{std::move(sql), {}};
  fragment.params.push_back(std::move(param));
  return fragment;
}

bool TakesMore(const Piece& a, const Piece& b) { return a.stack > b.stack; }

Piece TakeSmallest(Pieces& heap) {
  std::pop_heap(heap.begin(), heap.end(), TakesMore);
  Piece piece = std::move(heap.back());
  heap.pop_back();
  return piece;
}

// Joins all pieces, the two smallest at a time and the greater of them on the left. Many leaves
// become a balanced tree, a deep one stays near the root: SQLite bounds the depth of an expression
// (1,000) and the stack of its parser (100), and 4,096 bytes of filter could exceed both. On the
// left of `(a AND b)` one entry of the stack is taken already, on the right three.
Piece Join(Pieces pieces, absl::string_view separator) {
  std::make_heap(pieces.begin(), pieces.end(), TakesMore);
  while (pieces.size() > 1) {
    Piece right = TakeSmallest(pieces);
    Piece left = TakeSmallest(pieces);
    left.fragment.sql = absl::StrCat("(", left.fragment.sql, separator, right.fragment.sql, ")");
    std::move(right.fragment.params.begin(), right.fragment.params.end(),
              std::back_inserter(left.fragment.params));
    left.stack = std::max(left.stack + 1, right.stack + 3);
    pieces.push_back(std::move(left));
    std::push_heap(pieces.begin(), pieces.end(), TakesMore);
  }
  return std::move(pieces[0]);
}

absl::string_view SqlSign(FilterOp op) {
  return op == FilterOp::kNotEqual ? "<>" : FilterOpText(op);
}

bool IsEquality(FilterOp op) { return op == FilterOp::kEqual || op == FilterOp::kNotEqual; }

bool HasWildcard(const FilterValue& value) { return value.wildcard_before || value.wildcard_after; }

int CharactersIn(absl::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// Compiles one comparison. Errors are at the operator's field or at the value.
class Comparison {
 public:
  Comparison(const Filter& filter, const FilterField& field) : filter_(filter), field_(field) {}

  absl::StatusOr<SqlFragment> Compile() const {
    if (field_.type == FieldType::kComputed) return Computed();
    if (value().any) return Presence();
    switch (field_.type) {
      case FieldType::kTime:
        return Time();
      case FieldType::kInt:
        return Int();
      case FieldType::kBool:
        return Bool();
      case FieldType::kEnum:
        return Enum();
      case FieldType::kText:
        return Text();
      case FieldType::kTokens:
        return Tokens();
      case FieldType::kTokenRows:
        return TokenRows();
      case FieldType::kTextSearch:
        return Search();
      case FieldType::kComputed:
        break;
    }
    return BadOp("no comparison");
  }

 private:
  const FilterValue& value() const { return filter_.value; }
  FilterOp op() const { return filter_.op; }

  absl::Status BadOp(absl::string_view allowed) const {
    return FilterError(filter_.position, absl::StrCat("'", field_.name, "' takes ", allowed,
                                                      ", not '", FilterOpText(op()), "'"));
  }
  absl::Status BadValue(absl::string_view wanted) const {
    return FilterError(filter_.value_position,
                       absl::StrCat("'", field_.name, "' is compared with ", wanted));
  }

  absl::StatusOr<SqlFragment> Computed() const {
    absl::StatusOr<SqlFragment> fragment = field_.compute(op(), value());
    if (!fragment.ok()) return FilterError(filter_.position, fragment.status().message());
    fragment->sql = absl::StrCat("(", fragment->sql, ")");
    return fragment;
  }

  absl::StatusOr<SqlFragment> Presence() const {
    if (op() != FilterOp::kHas) {
      return FilterError(filter_.position,
                         absl::StrCat("to ask whether '", field_.name, "' is set, write ",
                                      field_.name, ":* or NOT ", field_.name, ":*"));
    }
    if (field_.type == FieldType::kTokenRows) {
      return Sql(absl::StrCat("EXISTS (", field_.column, ")"));
    }
    return Sql(absl::StrCat(field_.column, " IS NOT NULL"));
  }

  SqlFragment Compare(SqlValue param) const {
    return Sql(absl::StrCat(field_.column, " ", SqlSign(op()), " ?"), std::move(param));
  }

  absl::StatusOr<SqlFragment> Time() const {
    if (op() == FilterOp::kHas) return BadOp("= != < <= > >= and :*");
    constexpr absl::string_view kWanted = "an RFC 3339 time like 2026-05-01T09:00:00Z";
    absl::Time time;
    std::string error;
    // ParseTime knows "infinite-future" too, which no client needs.
    bool starts_with_year = !value().text.empty() && absl::ascii_isdigit(value().text[0]);
    if (HasWildcard(value()) || !starts_with_year ||
        !absl::ParseTime(absl::RFC3339_full, value().text, &time, &error)) {
      return BadValue(kWanted);
    }
    static const absl::Time kFirst = absl::FromUnixSeconds(-62135596800);  // 0001-01-01
    static const absl::Time kEnd = absl::FromUnixSeconds(253402300800);    // 10000-01-01
    if (time < kFirst || time >= kEnd) return BadValue(kWanted);
    return Compare(absl::ToUnixMicros(time));
  }

  absl::StatusOr<SqlFragment> Int() const {
    if (op() == FilterOp::kHas) return BadOp("= != < <= > >= and :*");
    int64_t number;
    if (HasWildcard(value()) || !absl::SimpleAtoi(value().text, &number))
      return BadValue("a whole number");
    return Compare(number);
  }

  absl::StatusOr<SqlFragment> Bool() const {
    if (!IsEquality(op())) return BadOp("= != and :*");
    bool yes = value().text == "true";
    if (HasWildcard(value()) || (!yes && value().text != "false")) return BadValue("true or false");
    return Compare(yes);
  }

  absl::StatusOr<SqlFragment> Enum() const {
    if (!IsEquality(op())) return BadOp("= != and :*");
    const auto* known = field_.enumeration->FindValueByName(value().text);
    if (HasWildcard(value()) || known == nullptr || IsUnspecified(*known)) {
      return BadValue(absl::StrCat("one of ", EnumNames()));
    }
    return Compare(known->number());
  }

  static bool IsUnspecified(const google::protobuf::EnumValueDescriptor& value) {
    return value.number() == 0 && absl::EndsWith(value.name(), "UNSPECIFIED");
  }

  std::string EnumNames() const {
    std::vector<std::string> names;
    for (int i = 0; i < field_.enumeration->value_count(); ++i) {
      const auto& value = *field_.enumeration->value(i);
      if (!IsUnspecified(value)) names.push_back(value.name());
    }
    return absl::StrJoin(names, ", ");
  }

  // The literal in the form the column holds.
  absl::StatusOr<std::string> Literal() const {
    std::string text = value().text;
    if (field_.normalize) {
      absl::StatusOr<std::string> normal = field_.normalize(text);
      if (!normal.ok()) return FilterError(filter_.value_position, normal.status().message());
      text = *std::move(normal);
    }
    return field_.fold ? FoldText(text) : text;
  }

  absl::StatusOr<SqlFragment> Text() const {
    COLLOQUY_ASSIGN_OR_RETURN(std::string text, Literal());
    const std::string& column = field_.column;
    bool equality = IsEquality(op());
    if (HasWildcard(value()) && !equality && op() != FilterOp::kHas) {
      return BadValue("a text without wildcards here");
    }
    if (HasWildcard(value()) && text.empty()) return BadValue("a text with more than wildcards");
    if (op() == FilterOp::kHas || (value().wildcard_before && value().wildcard_after)) {
      return Contains(column, text, op() != FilterOp::kNotEqual);
    }
    absl::string_view sign = SqlSign(op());
    if (value().wildcard_after)
      return Sql(absl::StrCat("INSTR(", column, ", ?) ", sign, " 1"), std::move(text));
    if (value().wildcard_before) {
      std::string sql =
          absl::StrCat("SUBSTR(", column, ", ", -CharactersIn(text), ") ", sign, " ?");
      return Sql(std::move(sql), std::move(text));
    }
    return Compare(std::move(text));
  }

  static SqlFragment Contains(absl::string_view column, std::string text, bool contains) {
    return Sql(absl::StrCat("INSTR(", column, ", ?) ", contains ? "> 0" : "= 0"), std::move(text));
  }

  absl::StatusOr<SqlFragment> Tokens() const {
    if (op() != FilterOp::kHas) return BadOp("':' only");
    COLLOQUY_ASSIGN_OR_RETURN(std::string token, Literal());
    if (token.empty() || absl::StrContains(token, ' ')) return BadValue("one word");
    return Contains(
        field_.column,
        absl::StrCat(value().wildcard_before ? "" : " ", token, value().wildcard_after ? "" : " "),
        true);
  }

  absl::StatusOr<SqlFragment> TokenRows() const {
    if (op() != FilterOp::kHas) return BadOp("':' only");
    if (HasWildcard(value())) return BadValue("a word without wildcards");
    COLLOQUY_ASSIGN_OR_RETURN(std::string token, Literal());
    return Sql(absl::StrCat("? IN (", field_.column, ")"), std::move(token));
  }

  absl::StatusOr<SqlFragment> Search() const {
    if (op() != FilterOp::kHas) return BadOp("':' only");
    return Contains(field_.column, FoldText(value().text), true);
  }

  const Filter& filter_;
  const FilterField& field_;
};

// NOT is carried down to the comparisons (De Morgan's laws hold for SQL's three values too) and
// nodes of one kind below each other become one, which keeps the SQL flat.
class Compiler {
 public:
  explicit Compiler(const FilterSchema& schema) : schema_(schema) {}

  absl::StatusOr<SqlFragment> Compile(const Filter& filter) const {
    if (filter.kind == Filter::Kind::kAll) return Sql("1=1");
    COLLOQUY_ASSIGN_OR_RETURN(Piece piece, Node(filter, /*negated=*/false));
    return std::move(piece.fragment);
  }

 private:
  absl::StatusOr<Piece> Node(const Filter& filter, bool negated) const {
    if (filter.kind == Filter::Kind::kNot) return Node(filter.children[0], !negated);
    if (IsJoin(filter)) {
      bool conjunction = IsConjunction(filter, negated);
      Pieces pieces;
      COLLOQUY_RETURN_IF_ERROR(Collect(filter, negated, conjunction, pieces));
      return Join(std::move(pieces), conjunction ? " AND " : " OR ");
    }
    COLLOQUY_ASSIGN_OR_RETURN(Piece leaf, Leaf(filter));
    if (negated) leaf.fragment.sql = absl::StrCat("NOT (", leaf.fragment.sql, ")");
    return leaf;
  }

  static bool IsJoin(const Filter& filter) {
    return filter.kind == Filter::Kind::kAnd || filter.kind == Filter::Kind::kOr;
  }
  static bool IsConjunction(const Filter& filter, bool negated) {
    return (filter.kind == Filter::Kind::kAnd) != negated;
  }

  // Appends the terms that `filter` is joined from, its own and those of like nodes below it.
  absl::Status Collect(const Filter& filter, bool negated, bool conjunction, Pieces& pieces) const {
    if (filter.kind == Filter::Kind::kNot)
      return Collect(filter.children[0], !negated, conjunction, pieces);
    if (IsJoin(filter) && IsConjunction(filter, negated) == conjunction) {
      for (const Filter& child : filter.children)
        COLLOQUY_RETURN_IF_ERROR(Collect(child, negated, conjunction, pieces));
      return absl::OkStatus();
    }
    COLLOQUY_ASSIGN_OR_RETURN(Piece piece, Node(filter, negated));
    pieces.push_back(std::move(piece));
    return absl::OkStatus();
  }

  absl::StatusOr<Piece> Leaf(const Filter& filter) const {
    if (filter.kind == Filter::Kind::kText) return Search(filter);
    const FilterField* field = schema_.Find(filter.field);
    if (field == nullptr) {
      return FilterError(filter.position,
                         absl::StrCat("there is no field '", filter.field,
                                      "' to filter by; the fields are ", schema_.FieldNames()));
    }
    COLLOQUY_ASSIGN_OR_RETURN(SqlFragment fragment, Comparison(filter, *field).Compile());
    return Piece{std::move(fragment), kLeafStack};
  }

  absl::StatusOr<Piece> Search(const Filter& filter) const {
    std::string text = FoldText(filter.value.text);
    Pieces pieces;
    for (const FilterField& field : schema_.fields()) {
      if (field.type != FieldType::kTextSearch) continue;
      pieces.push_back(
          {Sql(absl::StrCat("COALESCE(INSTR(", field.column, ", ?), 0) > 0"), text), kLeafStack});
    }
    if (pieces.empty()) {
      return FilterError(filter.position,
                         absl::StrCat("this list has no text search; compare a field with a value, "
                                      "as in field = value. The fields are ",
                                      schema_.FieldNames()));
    }
    if (filter.value.any) return Piece{Sql("1=1"), kLeafStack};
    return Join(std::move(pieces), " OR ");
  }

  const FilterSchema& schema_;
};

}  // namespace

const FilterField* FilterSchema::Find(absl::string_view name) const {
  auto field = std::find_if(fields_.begin(), fields_.end(),
                            [&](const FilterField& known) { return known.name == name; });
  return field == fields_.end() ? nullptr : &*field;
}

std::string FilterSchema::FieldNames() const {
  std::vector<absl::string_view> names;
  for (const FilterField& field : fields_) {
    if (!field.name.empty()) names.push_back(field.name);
  }
  return absl::StrJoin(names, ", ");
}

absl::StatusOr<SqlFragment> CompileFilter(const Filter& filter, const FilterSchema& schema) {
  return Compiler(schema).Compile(filter);
}

absl::StatusOr<SqlFragment> CompileFilter(absl::string_view text, const FilterSchema& schema) {
  COLLOQUY_ASSIGN_OR_RETURN(Filter filter, ParseFilter(text));
  return CompileFilter(filter, schema);
}

}  // namespace colloquy::resource
