// What stores have in common: cells and messages to and fro, and look-ups of many keys.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_ROWS_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_ROWS_H_

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/common/db/database.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/ids.h"

namespace colloquy::resource {

inline db::Value Key(const Uid& uid) { return db::Value::Blob(uid.bytes()); }

inline Uid UidOf(const db::Row& row, size_t column) {
  return Uid::FromBytes(row.Blob(column)).value_or(Uid());
}

template <typename Message>
Message ParseMessage(const db::Row& row, size_t column) {
  Message message;
  const absl::string_view bytes = row.Blob(column);
  message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return message;
}

// Microseconds, as time columns hold them.
inline int64_t Micros(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000 + time.nanos() / 1000;
}

// "(?, ?, …)" for at least `count` parameters; `padded` is how many there are. Few different texts,
// so that statements stay prepared.
inline std::string Placeholders(size_t count, size_t& padded) {
  padded = 1;
  while (padded < count) padded *= 4;
  std::string text = "(?";
  for (size_t i = 1; i < padded; ++i) text += ", ?";
  return text + ")";
}

// Runs `sql` + " IN (…)" for chunks of the keys; the last key is repeated to fill a chunk.
template <typename Keys, typename ToValue, typename Use>
absl::Status QueryIn(db::Transaction& tx, absl::string_view sql,
                     const std::vector<db::Value>& fixed, const Keys& keys, ToValue to_value,
                     Use use) {
  constexpr size_t kChunk = 256;
  for (size_t begin = 0; begin < keys.size(); begin += kChunk) {
    const size_t count = std::min(kChunk, keys.size() - begin);
    size_t padded = 0;
    const std::string text = absl::StrCat(sql, " IN ", Placeholders(count, padded));
    std::vector<db::Value> parameters = fixed;
    for (size_t i = 0; i < padded; ++i)
      parameters.push_back(to_value(keys[begin + std::min(i, count - 1)]));
    COLLOQUY_ASSIGN_OR_RETURN(const db::Rows rows, tx.Query(text, parameters));
    for (const db::Row row : rows) use(row);
  }
  return absl::OkStatus();
}

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_ROWS_H_
