#include "services/common/db/mysql/transaction.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/errors/errors.h"

namespace colloquy::db::mysql {
namespace {

constexpr size_t kMostRows = 128;
constexpr size_t kMostPlaceholders = 60000;
constexpr size_t kMostBytes = size_t{4} << 20;

size_t SizeOf(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.variant())) return text->size();
  if (const auto* blob = std::get_if<Value::Bytes>(&value.variant())) return blob->bytes.size();
  return sizeof(int64_t);
}

size_t SizeOf(const std::vector<Value>& row) {
  size_t size = 0;
  for (const Value& value : row) size += SizeOf(value);
  return size;
}

}  // namespace

size_t NextChunk(absl::Span<const std::vector<Value>> rows) {
  const size_t most =
      std::min({rows.size(), kMostRows, std::max<size_t>(1, kMostPlaceholders / rows[0].size())});
  size_t fits = 1;
  for (size_t bytes = SizeOf(rows[0]); fits < most; ++fits) {
    bytes += SizeOf(rows[fits]);
    if (bytes > kMostBytes) break;
  }
  size_t chunk = 1;
  while (chunk * 2 <= fits) chunk *= 2;
  return chunk;
}

Failure MysqlTransaction::RunQuery(absl::string_view sql, absl::Span<const Value> parameters,
                                   const std::shared_ptr<std::atomic<bool>>& mismatch, Rows& rows) {
  return connection_.Query(sql, parameters, mismatch, rows);
}

Failure MysqlTransaction::RunExecute(absl::string_view sql, absl::Span<const Value> parameters,
                                     int64_t& matched) {
  return connection_.Execute(sql, parameters, matched);
}

Failure MysqlTransaction::RunInsert(InsertKind kind, const InsertText& text, RowsIn rows,
                                    int64_t& inserted) {
  while (!rows.empty()) {
    const size_t chunk = NextChunk(rows);
    const std::string sql = absl::StrCat(
        text.head, absl::StrJoin(std::vector<absl::string_view>(chunk, text.tuple), ", "),
        text.tail);
    int64_t here = 0;
    const Failure failure =
        connection_.Insert(sql, rows.subspan(0, chunk), kind == InsertKind::kNewOnly, here);
    if (failure != Failure::kNone) return failure;
    inserted += here;
    rows.remove_prefix(chunk);
  }
  return Failure::kNone;
}

absl::StatusOr<int64_t> MysqlTransaction::LastInsertId() {
  COLLOQUY_ASSIGN_OR_RETURN(const Rows rows, Query("SELECT LAST_INSERT_ID()", {}));
  return static_cast<int64_t>(rows[0].Uint64(0));
}

}  // namespace colloquy::db::mysql
