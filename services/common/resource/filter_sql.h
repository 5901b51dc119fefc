// Filters compiled to SQL with bound parameters, against a table of documented fields. Pure and
// thread-safe; a schema is made once and only read.
//
// An unset field is NULL in its column and never matches: SQL's three-valued logic makes a
// comparison with NULL neither true nor false, so `state != DRAFT` and `NOT state = DRAFT` leave
// out rows without a state, as AIP-160 asks. `field:*` is true for set and false for unset fields;
// `NOT field:*` finds the unset ones. Text search treats unset fields as empty text.
//
// No LIKE is used: SQLite's ignores the case of ASCII letters only, MySQL's follows the collation.
// `=`, INSTR and SUBSTR on binary-collated columns give the same answer on both, and need no
// escapes. Case-insensitive fields are therefore columns that hold FoldText of the value
// (folding.h).
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_FILTER_SQL_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_FILTER_SQL_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "services/common/resource/filter.h"
#include "services/common/resource/sql.h"

namespace colloquy::resource {

enum class FieldType {
  kTime,       // int64 microseconds UTC; literals are RFC 3339 with an offset. = != < <= > >=
  kInt,        // int64. = != < <= > >=
  kBool,       // 0 or 1; literals true, false. = !=
  kText,       // text, or text folded with FoldText if `fold`. = != with wildcards, < <= > >= by
               // bytes, `:` contains
  kEnum,       // the value's number; literals are the names in `enumeration`. = !=
  kTokens,     // several words in one column, each between spaces: " de en ". Only `:`
  kTokenRows,  // several words, one a row: `column` is a SELECT of them for the row that is
               // filtered, e.g. "SELECT l.tag FROM event_languages l WHERE l.uid = e.uid". Only `:`
  kTextSearch,  // folded text that bare words are searched in; with a name, `:` works on it too
  kComputed,    // `compute` writes the SQL
};

struct FilterField {
  // As clients write it; sub-fields with dots. May be empty for kTextSearch.
  std::string name;
  // An SQL expression, usually a column: "e.start_time". From the code, never from a request.
  std::string column;
  FieldType type = FieldType::kText;
  // kText, kTokens, kTokenRows: the column holds FoldText of the value.
  bool fold = false;
  // kEnum: where the value names are. Zero values that end in _UNSPECIFIED are not offered: store
  // them as NULL.
  const google::protobuf::EnumDescriptor* enumeration = nullptr;
  // kText, kTokens, kTokenRows: turns the literal into the form the column holds (an upper-case
  // country, a resource name's id), or says what is wrong with it. May be empty.
  std::function<absl::StatusOr<std::string>(absl::string_view)> normalize;
  // kComputed: the SQL for `op` and the literal, for fields that follow from several columns. Its
  // error's message becomes the description of FILTER_INVALID.
  std::function<absl::StatusOr<SqlFragment>(FilterOp op, const FilterValue& value)> compute;
};

class FilterSchema {
 public:
  explicit FilterSchema(std::vector<FilterField> fields) : fields_(std::move(fields)) {}

  const std::vector<FilterField>& fields() const { return fields_; }
  const FilterField* Find(absl::string_view name) const;
  // "kind, start_time, state", for errors.
  std::string FieldNames() const;

 private:
  std::vector<FilterField> fields_;
};

// FILTER_INVALID, with the position, for an unknown field (names the known ones), an operator that
// the field's type does not have, or a bad literal. The empty filter is "1=1".
absl::StatusOr<SqlFragment> CompileFilter(const Filter& filter, const FilterSchema& schema);

// Parses, then compiles.
absl::StatusOr<SqlFragment> CompileFilter(absl::string_view text, const FilterSchema& schema);

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_FILTER_SQL_H_
