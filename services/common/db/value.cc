#include "services/common/db/value.h"

#include <limits>

namespace colloquy::db {
namespace {

constexpr int64_t kFuture = std::numeric_limits<int64_t>::max();
constexpr int64_t kPast = std::numeric_limits<int64_t>::min();

}  // namespace

int64_t ToMicros(absl::Time time) {
  if (time == absl::InfiniteFuture()) return kFuture;
  if (time == absl::InfinitePast()) return kPast;
  return absl::ToUnixMicros(time);
}

absl::Time FromMicros(int64_t micros) {
  if (micros == kFuture) return absl::InfiniteFuture();
  if (micros == kPast) return absl::InfinitePast();
  return absl::FromUnixMicros(micros);
}

void Row::Mismatch() const {
  if (rows_->mismatch_ != nullptr) rows_->mismatch_->store(true, std::memory_order_relaxed);
}

const Rows::Cell& Row::At(size_t column) const {
  static constexpr Rows::Cell kNone{};
  const size_t at = index_ * rows_->columns_ + column;
  if (column < rows_->columns_ && at < rows_->cells_.size()) return rows_->cells_[at];
  Mismatch();
  return kNone;
}

bool Row::IsNull(size_t column) const { return At(column).type == Rows::Type::kNull; }

int64_t Row::Int64(size_t column) const {
  const Rows::Cell& cell = At(column);
  if (cell.type == Rows::Type::kInt64) return cell.int64;
  if (cell.type == Rows::Type::kUint64 && cell.uint64 <= static_cast<uint64_t>(kFuture)) {
    return static_cast<int64_t>(cell.uint64);
  }
  Mismatch();
  return 0;
}

uint64_t Row::Uint64(size_t column) const {
  const Rows::Cell& cell = At(column);
  if (cell.type == Rows::Type::kUint64) return cell.uint64;
  if (cell.type == Rows::Type::kInt64) return static_cast<uint64_t>(cell.int64);
  Mismatch();
  return 0;
}

double Row::Double(size_t column) const {
  const Rows::Cell& cell = At(column);
  switch (cell.type) {
    case Rows::Type::kDouble:
      return cell.real;
    case Rows::Type::kInt64:
      return static_cast<double>(cell.int64);
    case Rows::Type::kUint64:
      return static_cast<double>(cell.uint64);
    default:
      Mismatch();
      return 0;
  }
}

absl::string_view Row::Bytes(size_t column, Rows::Type type) const {
  const Rows::Cell& cell = At(column);
  if (cell.type == type) return {rows_->buffer_.data() + cell.offset, cell.size};
  Mismatch();
  return {};
}

absl::string_view Row::Text(size_t column) const { return Bytes(column, Rows::Type::kText); }
absl::string_view Row::Blob(size_t column) const { return Bytes(column, Rows::Type::kBlob); }

RowsBuilder::RowsBuilder(size_t columns, std::shared_ptr<std::atomic<bool>> mismatch) {
  rows_.columns_ = columns;
  rows_.mismatch_ = std::move(mismatch);
}

void RowsBuilder::AddInt64(int64_t value) {
  Rows::Cell& cell = rows_.cells_.emplace_back();
  cell.type = Rows::Type::kInt64;
  cell.int64 = value;
}

void RowsBuilder::AddUint64(uint64_t value) {
  Rows::Cell& cell = rows_.cells_.emplace_back();
  cell.type = Rows::Type::kUint64;
  cell.uint64 = value;
}

void RowsBuilder::AddDouble(double value) {
  Rows::Cell& cell = rows_.cells_.emplace_back();
  cell.type = Rows::Type::kDouble;
  cell.real = value;
}

void RowsBuilder::AddBytes(absl::string_view bytes, Rows::Type type) {
  Rows::Cell& cell = rows_.cells_.emplace_back();
  cell.type = type;
  cell.size = static_cast<uint32_t>(bytes.size());
  cell.offset = rows_.buffer_.size();
  rows_.buffer_.insert(rows_.buffer_.end(), bytes.begin(), bytes.end());
}

}  // namespace colloquy::db
