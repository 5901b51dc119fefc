// What the stores of this room have in common.
#ifndef COLLOQUY_SERVICES_DIALOGUES_STORE_ROWS_H_
#define COLLOQUY_SERVICES_DIALOGUES_STORE_ROWS_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/rows.h"

namespace colloquy::dialogues::store {

using resource::Key;
using resource::Micros;
using resource::ParseMessage;
using resource::QueryIn;
using resource::Uid;
using resource::UidOf;

// NULL for an empty text: it does not match filters.
inline db::Value TextOrNull(const std::string& text) {
  return text.empty() ? db::Value::Null() : db::Value(text);
}

// Some of a dialogue's children by ascending number, and, when there are more, the number to go on
// after.
template <typename Child>
struct Page {
  std::vector<Child> children;
  std::optional<int64_t> next;
};

// Up to `limit` rows of a dialogue with a `number` after `after` (-1: from the first), with the
// columns `columns`, which begin with `number`.
template <typename Child, typename ToChild>
absl::StatusOr<Page<Child>> ListChildren(db::Transaction& tx, absl::string_view columns,
                                         absl::string_view table, const Uid& dialogue,
                                         const resource::SqlFragment& filter, int64_t after,
                                         int limit, ToChild to_child) {
  std::vector<db::Value> parameters = {Key(dialogue), after};
  parameters.insert(parameters.end(), filter.params.begin(), filter.params.end());
  parameters.push_back(limit + 1);
  COLLOQUY_ASSIGN_OR_RETURN(const db::Rows rows,
                            tx.Query(absl::StrCat("SELECT ", columns, " FROM ", table,
                                                  " WHERE dialogue_uid = ? AND number > ? AND ",
                                                  filter.sql, " ORDER BY number LIMIT ?"),
                                     parameters));
  Page<Child> page;
  const size_t count = std::min(rows.size(), static_cast<size_t>(limit));
  page.children.reserve(count);
  for (size_t i = 0; i < count; ++i) page.children.push_back(to_child(rows[i]));
  if (rows.size() > count && count > 0) page.next = rows[count - 1].Int64(0);
  return page;
}

}  // namespace colloquy::dialogues::store

#endif  // COLLOQUY_SERVICES_DIALOGUES_STORE_ROWS_H_
