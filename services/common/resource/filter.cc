#include "services/common/resource/filter.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/validation.h"

namespace colloquy::resource {
namespace {

constexpr std::pair<absl::string_view, FilterOp> kOps[] = {
    // Longer signs before their own beginnings.
    {"!=", FilterOp::kNotEqual}, {"<=", FilterOp::kLessEqual}, {">=", FilterOp::kGreaterEqual},
    {"=", FilterOp::kEqual},     {"<", FilterOp::kLess},       {">", FilterOp::kGreater},
    {":", FilterOp::kHas},
};

bool IsKeyword(absl::string_view word) { return word == "AND" || word == "OR" || word == "NOT"; }

int CharactersIn(absl::string_view text) {
  int count = 0;
  for (unsigned char c : text) count += (c & 0xc0) != 0x80;
  return count;
}

// A value while its escapes are being resolved: which asterisks are wildcards is known only then.
struct RawValue {
  std::string text;
  std::vector<size_t> wildcards;  // where in `text` the unescaped asterisks are

  void Append(char c, bool escaped) {
    if (c == '*' && !escaped) wildcards.push_back(text.size());
    text += c;
  }
};

// Recursive descent over the EBNF of AIP-160. Each function begins at a token, not at white space,
// and leaves `at_` behind white space. ParseFilter has checked that the text is UTF-8.
class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) {}

  absl::StatusOr<Filter> Parse() {
    SkipSpace();
    if (AtEnd()) return Filter();
    COLLOQUY_ASSIGN_OR_RETURN(Filter filter, Expression(nullptr));
    if (!AtEnd()) return Error(Unexpected());
    return filter;
  }

 private:
  // `a b AND c`. With a `comparison`, this is the list of values on its right side and every value
  // stands for that comparison with it.
  absl::StatusOr<Filter> Expression(const Filter* comparison) {
    Filter all{Filter::Kind::kAnd};
    all.position = Position();
    while (true) {
      COLLOQUY_ASSIGN_OR_RETURN(Filter factor, Factor(comparison));
      all.children.push_back(std::move(factor));
      if (TakeKeyword("AND")) continue;
      if (AtEnd() || Peek() == ')') break;
    }
    return Collapse(std::move(all));
  }

  absl::StatusOr<Filter> Factor(const Filter* comparison) {
    Filter any{Filter::Kind::kOr};
    any.position = Position();
    do {
      COLLOQUY_ASSIGN_OR_RETURN(Filter term, Term(comparison));
      any.children.push_back(std::move(term));
    } while (TakeKeyword("OR"));
    return Collapse(std::move(any));
  }

  absl::StatusOr<Filter> Term(const Filter* comparison) {
    int position = Position();
    // In a list of values a hyphen is a sign: `seats = (-1 OR 0)`.
    bool negated = TakeKeyword("NOT") || (comparison == nullptr && TakeMinus());
    COLLOQUY_ASSIGN_OR_RETURN(Filter simple, Simple(comparison));
    if (!negated) return simple;
    Filter negation{Filter::Kind::kNot};
    negation.position = position;
    negation.children.push_back(std::move(simple));
    return negation;
  }

  absl::StatusOr<Filter> Simple(const Filter* comparison) {
    if (AtEnd()) return Error("ends where a term is expected");
    if (Peek() == '(') return Parenthesis(comparison);
    if (comparison != nullptr) return ListedValue(*comparison);
    return Restriction();
  }

  absl::StatusOr<Filter> Parenthesis(const Filter* comparison) {
    if (++depth_ > kMaxFilterDepth)
      return Error(absl::StrCat("is nested deeper than ", kMaxFilterDepth));
    int open = Position();
    ++at_;
    SkipSpace();
    COLLOQUY_ASSIGN_OR_RETURN(Filter inner, Expression(comparison));
    if (AtEnd()) return FilterError(open, "this parenthesis is not closed");
    ++at_;
    --depth_;
    SkipSpace();
    return inner;
  }

  absl::StatusOr<Filter> ListedValue(const Filter& comparison) {
    Filter one = comparison;
    one.value_position = Position();
    COLLOQUY_ASSIGN_OR_RETURN(one.value, Value());
    if (PeekOp().has_value()) return Error("a list of values holds no comparisons");
    return one;
  }

  absl::StatusOr<Filter> Restriction() {
    Filter filter{Filter::Kind::kText};
    filter.position = filter.value_position = Position();
    bool quoted = IsQuote(Peek());
    absl::string_view name;
    if (quoted) {
      COLLOQUY_ASSIGN_OR_RETURN(filter.value, Quoted());
    } else {
      COLLOQUY_ASSIGN_OR_RETURN(name, Word(/*colon_ends=*/true));
      if (name[0] == '-') return FilterError(filter.position, "a term is negated once only");
    }
    std::optional<FilterOp> op = PeekOp();
    if (!op.has_value()) {
      if (quoted) return filter;
      COLLOQUY_ASSIGN_OR_RETURN(filter.value, Unquoted(name, filter.position));
      return filter;
    }
    if (quoted) return FilterError(filter.position, "a field's name is not quoted");
    if (!IsFieldName(name) || IsKeyword(name)) {
      return FilterError(filter.position, absl::StrCat("'", name, "' is no field name"));
    }
    filter.kind = Filter::Kind::kComparison;
    filter.field = std::string(name);
    filter.op = *op;
    at_ += FilterOpText(*op).size();
    SkipSpace();
    filter.value_position = Position();
    if (AtEnd()) return Error("ends where a value is expected");
    if (Peek() == '(') {
      if (*op != FilterOp::kEqual && *op != FilterOp::kHas)
        return Error("a list of values goes with '=' and ':' only");
      return Parenthesis(&filter);
    }
    COLLOQUY_ASSIGN_OR_RETURN(filter.value, Value());
    if (PeekOp().has_value()) return Error("comparisons cannot be chained; join them with AND");
    return filter;
  }

  absl::StatusOr<FilterValue> Value() {
    if (IsQuote(Peek())) return Quoted();
    int position = Position();
    COLLOQUY_ASSIGN_OR_RETURN(absl::string_view word, Word(/*colon_ends=*/false));
    if (IsKeyword(word)) {
      return FilterError(position, absl::StrCat(word, " is a keyword; quote it to mean the word"));
    }
    return Unquoted(word, position);
  }

  absl::StatusOr<FilterValue> Unquoted(absl::string_view word, int position) {
    if (IsKeyword(word))
      return FilterError(position, absl::StrCat(word, " stands where a term is expected"));
    RawValue raw;
    for (char c : word) raw.Append(c, /*escaped=*/false);
    return Finish(std::move(raw), position);
  }

  absl::StatusOr<FilterValue> Quoted() {
    int position = Position();
    char quote = Peek();
    RawValue raw;
    for (++at_; !AtEnd() && Peek() != quote; ++at_) {
      bool escaped = Peek() == '\\';
      if (escaped) {
        ++at_;
        if (AtEnd()) break;
        if (!absl::StrContains("\"'\\*", Peek()))
          return Error("a backslash goes before a quote, a backslash or an asterisk only");
      }
      raw.Append(Peek(), escaped);
    }
    if (AtEnd()) return FilterError(position, "this quote is not closed");
    ++at_;
    SkipSpace();
    return Finish(std::move(raw), position);
  }

  static absl::StatusOr<FilterValue> Finish(RawValue raw, int position) {
    FilterValue value;
    size_t size = raw.text.size();
    for (size_t at : raw.wildcards) {
      if (at == 0) value.wildcard_before = true;
      if (at + 1 == size) value.wildcard_after = true;
      if (at != 0 && at + 1 != size) {
        return FilterError(position,
                           "'*' is a wildcard and stands first or last; within quotes \\* is an "
                           "asterisk");
      }
    }
    if (raw.wildcards.size() == size && size > 0) {
      value = FilterValue();
      value.any = true;
      return value;
    }
    if (value.wildcard_after) raw.text.pop_back();
    if (value.wildcard_before) raw.text.erase(0, 1);
    value.text = std::move(raw.text);
    return value;
  }

  // Characters up to white space or a sign with a meaning; at least one.
  absl::StatusOr<absl::string_view> Word(bool colon_ends) {
    size_t begin = at_;
    while (!AtEnd() && !EndsWord(colon_ends)) ++at_;
    if (at_ == begin) return Error(Unexpected());
    if (!AtEnd() && Peek() == '(')
      return Error("functions are not supported, and a term before '(' needs a space");
    absl::string_view word = text_.substr(begin, at_ - begin);
    SkipSpace();
    return word;
  }

  bool EndsWord(bool colon_ends) const {
    char c = Peek();
    if (absl::ascii_isspace(c) || absl::StrContains("(),=<>\"", c)) return true;
    if (c == ':') return colon_ends;
    return c == '!' && absl::StartsWith(text_.substr(at_), "!=");
  }

  // Takes the keyword if it is the next word, and not the beginning of another one.
  bool TakeKeyword(absl::string_view keyword) {
    if (!absl::StartsWith(text_.substr(at_), keyword)) return false;
    size_t end = at_ + keyword.size();
    if (end < text_.size() && !absl::ascii_isspace(text_[end]) &&
        !absl::StrContains("()\"'", text_[end])) {
      return false;
    }
    at_ = end;
    SkipSpace();
    return true;
  }

  bool TakeMinus() {
    if (AtEnd() || Peek() != '-') return false;
    ++at_;
    return true;
  }

  std::optional<FilterOp> PeekOp() const {
    for (const auto& [sign, op] : kOps) {
      if (absl::StartsWith(text_.substr(at_), sign)) return op;
    }
    return std::nullopt;
  }

  static bool IsQuote(char c) { return c == '"' || c == '\''; }

  // Names joined by dots, none of them empty.
  static bool IsFieldName(absl::string_view name) {
    bool after_dot = true;
    for (char c : name) {
      if (c == '.' ? after_dot : !absl::ascii_isalnum(c) && c != '_' && c != '-') return false;
      after_dot = c == '.';
    }
    return !after_dot;
  }

  // Inner nodes have two children or more.
  static Filter Collapse(Filter filter) {
    if (filter.children.size() != 1) return filter;
    Filter only = std::move(filter.children[0]);
    return only;
  }

  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek() const { return text_[at_]; }
  void SkipSpace() {
    while (!AtEnd() && absl::ascii_isspace(Peek())) ++at_;
  }

  // Positions are asked for from left to right, so each character is counted about once.
  int Position() {
    if (at_ < counted_bytes_) counted_bytes_ = counted_characters_ = 0;
    counted_characters_ += CharactersIn(text_.substr(counted_bytes_, at_ - counted_bytes_));
    counted_bytes_ = at_;
    return static_cast<int>(counted_characters_) + 1;
  }

  absl::Status Error(absl::string_view description) { return FilterError(Position(), description); }

  std::string Unexpected() const {
    return AtEnd() ? "ends where a term is expected"
                   : absl::StrCat("'", text_.substr(at_, 1), "' is not expected here");
  }

  absl::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  size_t counted_bytes_ = 0;
  size_t counted_characters_ = 0;
};

std::string ValueText(const FilterValue& value) {
  if (value.any) return "*";
  std::string text = value.wildcard_before ? "\"*" : "\"";
  for (char c : value.text) {
    if (absl::StrContains("\"\\*", c)) text += '\\';
    text += c;
  }
  text += value.wildcard_after ? "*\"" : "\"";
  return text;
}

// OR binds tighter than AND; an inner node of the same kind stays a node of its own.
std::string Joined(const Filter& filter, absl::string_view separator) {
  std::string text;
  for (const Filter& child : filter.children) {
    bool inner = child.kind == Filter::Kind::kAnd ||
                 (child.kind == Filter::Kind::kOr && filter.kind == Filter::Kind::kOr);
    absl::StrAppend(&text, text.empty() ? "" : separator, inner ? "(" : "", FilterText(child),
                    inner ? ")" : "");
  }
  return text;
}

}  // namespace

absl::string_view FilterOpText(FilterOp op) {
  for (const auto& [sign, known] : kOps) {
    if (known == op) return sign;
  }
  return "";
}

absl::Status FilterError(int position, absl::string_view description) {
  std::string at = absl::StrCat(position);
  return errors::InvalidField("filter", absl::StrCat("at character ", at, ": ", description),
                              errors::ErrorReason::FILTER_INVALID, {{"position", at}});
}

absl::StatusOr<Filter> ParseFilter(absl::string_view text) {
  if (text.size() > kMaxFilterBytes)
    return FilterError(1, absl::StrCat("is longer than ", kMaxFilterBytes, " bytes"));
  if (!IsCleanUtf8(text)) return FilterError(1, "is not UTF-8, or holds a NUL character");
  return Parser(text).Parse();
}

std::string FilterText(const Filter& filter) {
  switch (filter.kind) {
    case Filter::Kind::kAll:
      return "";
    case Filter::Kind::kAnd:
      return Joined(filter, " AND ");
    case Filter::Kind::kOr:
      return Joined(filter, " OR ");
    case Filter::Kind::kNot: {
      Filter::Kind inner = filter.children[0].kind;
      bool simple = inner == Filter::Kind::kComparison || inner == Filter::Kind::kText;
      return absl::StrCat("NOT ", simple ? "" : "(", FilterText(filter.children[0]),
                          simple ? "" : ")");
    }
    case Filter::Kind::kComparison:
      return absl::StrCat(filter.field, " ", FilterOpText(filter.op), " ", ValueText(filter.value));
    case Filter::Kind::kText:
      return ValueText(filter.value);
  }
  return "";
}

}  // namespace colloquy::resource
