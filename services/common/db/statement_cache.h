// Prepared statements of one connection by their text; the one unused longest makes room.
#ifndef COLLOQUY_SERVICES_COMMON_DB_STATEMENT_CACHE_H_
#define COLLOQUY_SERVICES_COMMON_DB_STATEMENT_CACHE_H_

#include <cstddef>
#include <list>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace colloquy::db {

// `Statement` frees what it holds when destroyed. Not thread-safe, as a connection is not.
template <typename Statement>
class StatementCache {
 public:
  explicit StatementCache(size_t capacity) : capacity_(capacity < 1 ? 1 : capacity) {}

  // Null when the text is not there. Valid until the next Insert or Clear.
  Statement* Find(absl::string_view sql) {
    const auto it = index_.find(sql);
    if (it == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, it->second);
    return &it->second->statement;
  }

  // `sql` must not be there yet.
  Statement* Insert(absl::string_view sql, Statement statement) {
    if (entries_.size() >= capacity_) {
      index_.erase(entries_.back().sql);
      entries_.pop_back();
    }
    entries_.push_front({std::string(sql), std::move(statement)});
    index_.emplace(entries_.front().sql, entries_.begin());
    return &entries_.front().statement;
  }

  void Clear() {
    index_.clear();
    entries_.clear();
  }

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string sql;
    Statement statement;
  };
  const size_t capacity_;
  std::list<Entry> entries_;  // most recently used first
  absl::flat_hash_map<absl::string_view, typename std::list<Entry>::iterator> index_;
};

}  // namespace colloquy::db

#endif  // COLLOQUY_SERVICES_COMMON_DB_STATEMENT_CACHE_H_
