// Sort orders of List methods (AIP-132) and keyset pages over them. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_ORDER_BY_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_ORDER_BY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/common/resource/page_token.h"
#include "services/common/resource/sql.h"

namespace colloquy::resource {

// How a column's values are kept in a page token.
enum class SortType { kInt, kReal, kText, kBytes };

struct SortField {
  std::string name;    // as clients write it
  std::string column;  // an SQL expression; from the code, never from a request
  SortType type = SortType::kInt;
  // NULLs come first ascending and last descending, which is what SQLite and MySQL both do.
  bool nullable = false;
};

struct SortSchema {
  std::vector<SortField> fields;
  // Columns that are unique together and not nullable: they break ties, in the direction of the
  // last field that was asked for. Their names may be empty: they need not be sortable by clients.
  std::vector<SortField> unique;
  // What an empty order_by means: "start_time".
  std::string default_order;
};

class OrderBy {
 public:
  // "start_time desc, name". ORDER_BY_INVALID for an unknown or repeated field or bad syntax; names
  // the fields that can be sorted by.
  static absl::StatusOr<OrderBy> Parse(absl::string_view text, const SortSchema& schema);

  // What stands after ORDER BY: "e.start_time DESC, e.uid DESC".
  std::string Clause() const;

  // The key columns, in order, for the SELECT list: "e.start_time, e.uid".
  std::string Columns() const;
  size_t size() const { return keys_.size(); }

  // The position of a row that was selected with Columns() from its column `first` on.
  PagePosition PositionOf(const db::Row& row, size_t first) const;

  // The rows that come after `position`; "1=1" for an empty one (the first page). The condition
  // starts with a plain bound on the first column, so an index serves it. PAGE_TOKEN_INVALID if
  // `position` has another number of values.
  absl::StatusOr<SqlFragment> After(const PagePosition& position) const;

 private:
  struct Key {
    SortField field;
    bool descending = false;
  };

  SqlFragment AfterKey(const PagePosition& position, size_t index) const;

  std::vector<Key> keys_;
};

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_ORDER_BY_H_
