// Filters of List methods (AIP-160): text to syntax tree. filter_sql.h compiles the tree to SQL.
//
// The language in short, where it is easy to get wrong:
//  - OR binds tighter than AND: `a AND b OR c` is `a AND (b OR c)`.
//  - Terms side by side are joined by AND: `kind = WORKSHOP paris`.
//  - NOT and `-` negate one term. The three keywords are upper case.
//  - `field = (A OR B)` and `field:(a b)` apply the comparison to each of the values.
//  - A word or "phrase" without a comparison is searched for in the text fields.
//  - `*` first or last in a value is a wildcard; `field:*` asks whether the field is set. Inside
//    quotes `\*` is an asterisk, and `\"`, `\'` and `\\` are what follows the backslash.
//  - Unquoted values end at white space, a parenthesis, a comma or a comparison sign; a colon is
//    part of them (`start_time >= 2026-05-01T09:00:00Z`).
//  - Functions are refused.
// Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_FILTER_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_FILTER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace colloquy::resource {

inline constexpr size_t kMaxFilterBytes = 4096;
inline constexpr int kMaxFilterDepth = 32;

enum class FilterOp { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kHas };

// "=", "!=", … as written.
absl::string_view FilterOpText(FilterOp op);

// A literal with its escapes resolved and its wildcards taken off. `*` alone is a FilterValue
// with `any` set and nothing else.
struct FilterValue {
  std::string text;
  bool any = false;
  bool wildcard_before = false;  // *text
  bool wildcard_after = false;   // text*

  friend bool operator==(const FilterValue& a, const FilterValue& b) {
    return a.text == b.text && a.any == b.any && a.wildcard_before == b.wildcard_before &&
           a.wildcard_after == b.wildcard_after;
  }
};

// A node of the syntax tree. Equality ignores positions.
struct Filter {
  enum class Kind {
    kAll,         // the empty filter: matches everything; only as the root
    kAnd,         // all of `children`, two or more
    kOr,          // any of `children`, two or more
    kNot,         // not children[0]
    kComparison,  // field op value
    kText,        // value anywhere in the text fields
  };

  Kind kind = Kind::kAll;
  std::vector<Filter> children;
  std::string field;  // "start_time", "location.city"
  FilterOp op = FilterOp::kEqual;
  FilterValue value;
  // Where the field (or the text) and the value begin: 1-based, in characters (code points), not
  // bytes.
  int position = 1;
  int value_position = 1;

  friend bool operator==(const Filter& a, const Filter& b) {
    return a.kind == b.kind && a.children == b.children && a.field == b.field && a.op == b.op &&
           a.value == b.value;
  }
};

// Parses `text`. FILTER_INVALID (see FilterError) if it is longer than kMaxFilterBytes, nested
// deeper than kMaxFilterDepth, not UTF-8, or not in the language.
absl::StatusOr<Filter> ParseFilter(absl::string_view text);

// The tree as text that parses to an equal tree.
std::string FilterText(const Filter& filter);

// INVALID_ARGUMENT, FILTER_INVALID for the field `filter`, with `position` (1-based, characters) in
// the message and the metadata.
absl::Status FilterError(int position, absl::string_view description);

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_FILTER_H_
