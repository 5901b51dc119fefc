#include "services/common/resource/order_by.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/validation.h"

namespace colloquy::resource {
namespace {

constexpr size_t kMaxOrderByBytes = 1024;

absl::Status Invalid(absl::string_view description) {
  return errors::InvalidField("order_by", description, errors::ErrorReason::ORDER_BY_INVALID);
}

absl::Status Unknown(absl::string_view name, const SortSchema& schema) {
  std::string names = absl::StrJoin(
      schema.fields, ", ",
      [](std::string* out, const SortField& field) { absl::StrAppend(out, field.name); });
  return errors::InvalidField(
      "order_by", absl::StrCat("cannot sort by '", name, "'; the fields to sort by are ", names),
      errors::ErrorReason::ORDER_BY_INVALID, {{"name", name}});
}

}  // namespace

absl::StatusOr<OrderBy> OrderBy::Parse(absl::string_view text, const SortSchema& schema) {
  if (text.size() > kMaxOrderByBytes) return Invalid("is longer than 1024 bytes");
  // Words of it come back in the error, which is text.
  if (!IsCleanUtf8(text)) return Invalid("is not UTF-8, or holds a NUL character");
  text = absl::StripAsciiWhitespace(text);
  if (text.empty()) text = schema.default_order;
  OrderBy order;
  std::vector<absl::string_view> items;
  if (!text.empty()) items = absl::StrSplit(text, ',');
  for (absl::string_view item : items) {
    std::vector<absl::string_view> words =
        absl::StrSplit(item, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty());
    if (words.empty()) return Invalid("has a comma without a field beside it");
    if (words.size() > 2 || (words.size() == 2 && words[1] != "asc" && words[1] != "desc")) {
      return Invalid("must be fields joined by commas, each followed by 'desc' or nothing");
    }
    auto field = std::find_if(schema.fields.begin(), schema.fields.end(),
                              [&](const SortField& known) { return known.name == words[0]; });
    if (field == schema.fields.end()) return Unknown(words[0], schema);
    bool repeated = std::any_of(order.keys_.begin(), order.keys_.end(),
                                [&](const Key& key) { return key.field.name == words[0]; });
    if (repeated) return Invalid(absl::StrCat("names '", words[0], "' twice"));
    order.keys_.push_back({*field, words.size() == 2 && words[1] == "desc"});
  }
  bool descending = !order.keys_.empty() && order.keys_.back().descending;
  for (const SortField& field : schema.unique) {
    bool present = std::any_of(order.keys_.begin(), order.keys_.end(),
                               [&](const Key& key) { return key.field.column == field.column; });
    if (!present) order.keys_.push_back({field, descending});
  }
  return order;
}

std::string OrderBy::Clause() const {
  return absl::StrJoin(keys_, ", ", [](std::string* out, const Key& key) {
    absl::StrAppend(out, key.field.column, key.descending ? " DESC" : " ASC");
  });
}

std::string OrderBy::Columns() const {
  return absl::StrJoin(keys_, ", ", [](std::string* out, const Key& key) {
    absl::StrAppend(out, key.field.column);
  });
}

PagePosition OrderBy::PositionOf(const db::Row& row, size_t first) const {
  PagePosition position;
  position.reserve(keys_.size());
  for (size_t i = 0; i < keys_.size(); ++i) {
    size_t column = first + i;
    if (row.IsNull(column)) {
      position.emplace_back();
      continue;
    }
    switch (keys_[i].field.type) {
      case SortType::kInt:
        position.emplace_back(row.Int64(column));
        break;
      case SortType::kReal:
        position.emplace_back(row.Double(column));
        break;
      case SortType::kText:
        position.emplace_back(row.Text(column));
        break;
      case SortType::kBytes:
        position.push_back(SqlValue::Blob(row.Blob(column)));
        break;
    }
  }
  return position;
}

// Rows after `position` by the keys from `index` on:
//   ascending   (k >= ? AND (k > ? OR (rest)))      after NULL: (k IS NOT NULL OR (rest))
//   descending  (k <= ? AND (k < ? OR (rest)))      after NULL: (k IS NULL AND (rest))
// with `OR k IS NULL` to both comparisons where a descending key is nullable. The last key has no
// rest and is unique, so only the strict comparison is left.
SqlFragment OrderBy::AfterKey(const PagePosition& position, size_t index) const {
  const Key& key = keys_[index];
  const std::string& column = key.field.column;
  bool last = index + 1 == keys_.size();
  SqlFragment rest = last ? SqlFragment{"1=0", {}} : AfterKey(position, index + 1);
  SqlFragment out;
  if (position[index].is_null()) {
    out.sql = key.descending ? absl::StrCat("(", column, " IS NULL AND ", rest.sql, ")")
                             : absl::StrCat("(", column, " IS NOT NULL OR ", rest.sql, ")");
    out.params = std::move(rest.params);
    return out;
  }
  absl::string_view sign = key.descending ? " < ?" : " > ?";
  std::string strict = absl::StrCat(column, sign);
  std::string bound = absl::StrCat(column, key.descending ? " <= ?" : " >= ?");
  if (key.descending && key.field.nullable) {
    absl::StrAppend(&strict, " OR ", column, " IS NULL");
    bound = absl::StrCat("(", bound, " OR ", column, " IS NULL)");
  }
  if (last) {
    out.sql = absl::StrCat("(", strict, ")");
    out.params = {position[index]};
    return out;
  }
  out.sql = absl::StrCat("(", bound, " AND (", strict, " OR ", rest.sql, "))");
  out.params = {position[index], position[index]};
  out.params.insert(out.params.end(), rest.params.begin(), rest.params.end());
  return out;
}

absl::StatusOr<SqlFragment> OrderBy::After(const PagePosition& position) const {
  if (position.empty()) return SqlFragment{"1=1", {}};
  if (position.size() != keys_.size()) {
    return errors::InvalidField("page_token", "is not a token of this order",
                                errors::ErrorReason::PAGE_TOKEN_INVALID);
  }
  return AfterKey(position, 0);
}

}  // namespace colloquy::resource
