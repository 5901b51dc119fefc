// What goes into a statement (Value) and what comes out (Rows, Row).
//
// Types are the five that both engines hold: int64, uint64, double, text, bytes; and NULL.
// A bool is an int64 of 0 or 1; a time is int64 microseconds since the Unix epoch, UTC.
#ifndef COLLOQUY_SERVICES_COMMON_DB_VALUE_H_
#define COLLOQUY_SERVICES_COMMON_DB_VALUE_H_

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace colloquy::db {

// Microseconds since the Unix epoch. absl::InfiniteFuture() and InfinitePast() become the greatest
// and the smallest int64, so they sort where they belong and come back as what they were.
int64_t ToMicros(absl::Time time);
absl::Time FromMicros(int64_t micros);

// A statement's parameter. Owns its bytes; conversions from plain values are implicit so that
// `tx.Execute(sql, {id, name, now})` reads like a call.
class Value {
 public:
  struct Bytes {
    std::string bytes;
  };
  using Variant = std::variant<std::monostate, int64_t, uint64_t, double, std::string, Bytes>;

  Value() = default;  // NULL

  // Integers, bool and enums: signed and bool as int64, unsigned as uint64.
  template <typename T>
  requires std::integral<T> || std::is_enum_v<T> Value(
      T value) {  // NOLINT(google-explicit-constructor)
    // An enum is signed here, whatever lies under it: is_unsigned says no to it.
    constexpr bool kUnsigned = std::is_unsigned_v<T> && !std::same_as<T, bool>;
    value_ = static_cast<std::conditional_t<kUnsigned, uint64_t, int64_t>>(value);
  }
  Value(double value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  // Text must be UTF-8 without a NUL character; the API's validation sees to both.
  template <typename T>
  requires std::convertible_to<const T&, absl::string_view> Value(
      const T& text)  // NOLINT(google-explicit-constructor)
      : value_(std::string(absl::string_view(text))) {}
  Value(std::string&& text) : value_(std::move(text)) {}  // NOLINT(google-explicit-constructor)
  Value(absl::Time time) : value_(ToMicros(time)) {}      // NOLINT(google-explicit-constructor)

  static Value Null() { return Value(); }
  template <typename T>
  requires std::convertible_to<const T&, absl::string_view>
  static Value Blob(const T& bytes) { return Value(Bytes{std::string(absl::string_view(bytes))}); }
  static Value Blob(std::string&& bytes) { return Value(Bytes{std::move(bytes)}); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const Variant& variant() const { return value_; }

 private:
  explicit Value(Bytes bytes) : value_(std::move(bytes)) {}
  Variant value_;
};

class Row;

// All rows of one query, materialised: cells in one array, text and bytes in one buffer. Views and
// rows handed out stay valid while this object lives and is not moved from (moving keeps the bytes
// in place, but a Row points to its Rows).
//
// Reading a cell as a type that it does not have is a defect of the calling code. The accessor then
// returns zero or empty, and the Read or Write around it fails with INTERNAL instead of committing;
// so rows are read inside the body that fetched them.
class Rows {
 public:
  class Iterator;

  Rows() = default;

  size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
  bool empty() const { return cells_.empty(); }
  Row operator[](size_t index) const;
  Iterator begin() const;
  Iterator end() const;

 private:
  friend class Row;
  friend class RowsBuilder;

  enum class Type : uint8_t { kNull, kInt64, kUint64, kDouble, kText, kBlob };
  struct Cell {
    Type type = Type::kNull;
    uint32_t size = 0;  // of text and bytes
    union {
      int64_t int64 = 0;
      uint64_t uint64;
      double real;
      size_t offset;  // of text and bytes, in buffer_
    };
  };

  size_t columns_ = 0;
  std::vector<Cell> cells_;
  std::vector<char> buffer_;
  std::shared_ptr<std::atomic<bool>> mismatch_;
};

// A view of one row. Columns count from 0 in the order of the SELECT list.
class Row {
 public:
  Row(const Rows& rows, size_t index) : rows_(&rows), index_(index) {}

  bool IsNull(size_t column) const;
  // An unsigned cell above INT64_MAX is a mismatch. A sum over integers is an int64 on both
  // engines.
  int64_t Int64(size_t column) const;
  // Exact over the full range on both engines. SQLite has no unsigned type and keeps the same 64
  // bits as a signed number: values above INT64_MAX come back right, but sort below zero there.
  uint64_t Uint64(size_t column) const;
  bool Bool(size_t column) const { return Int64(column) != 0; }
  double Double(size_t column) const;  // integers convert
  absl::string_view Text(size_t column) const;
  absl::string_view Blob(size_t column) const;
  absl::Time Time(size_t column) const { return FromMicros(Int64(column)); }

 private:
  const Rows::Cell& At(size_t column) const;
  void Mismatch() const;
  absl::string_view Bytes(size_t column, Rows::Type type) const;

  const Rows* rows_;
  size_t index_;
};

class Rows::Iterator {
 public:
  Iterator(const Rows& rows, size_t index) : rows_(&rows), index_(index) {}
  Row operator*() const { return Row(*rows_, index_); }
  Iterator& operator++() {
    ++index_;
    return *this;
  }
  bool operator!=(const Iterator& other) const { return index_ != other.index_; }

 private:
  const Rows* rows_;
  size_t index_;
};

inline Row Rows::operator[](size_t index) const { return Row(*this, index); }
inline Rows::Iterator Rows::begin() const { return Iterator(*this, 0); }
inline Rows::Iterator Rows::end() const { return Iterator(*this, size()); }

// For drivers: cells are added in order, row after row.
class RowsBuilder {
 public:
  // `mismatch` is set when a cell is read as a type that it does not have.
  RowsBuilder(size_t columns, std::shared_ptr<std::atomic<bool>> mismatch);
  void AddNull() { rows_.cells_.emplace_back(); }
  void AddInt64(int64_t value);
  void AddUint64(uint64_t value);
  void AddDouble(double value);
  void AddText(absl::string_view text) { AddBytes(text, Rows::Type::kText); }
  void AddBlob(absl::string_view bytes) { AddBytes(bytes, Rows::Type::kBlob); }
  Rows Build() && { return std::move(rows_); }

 private:
  void AddBytes(absl::string_view bytes, Rows::Type type);
  Rows rows_;
};

}  // namespace colloquy::db

#endif  // COLLOQUY_SERVICES_COMMON_DB_VALUE_H_
