// The tables of access. The three kinds of resources have the same columns but for what keys add,
// so one set of functions serves all. Errors are the transaction's.
#ifndef COLLOQUY_SERVICES_ACCESS_STORE_STORE_H_
#define COLLOQUY_SERVICES_ACCESS_STORE_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/access/v1/access.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/order_by.h"

namespace colloquy::access::store {

using resource::Uid;

// A table, with what its List may filter by.
struct Table {
  absl::string_view name;
  const resource::FilterSchema* filters;
};
const Table& Organizers();
const Table& Partners();
const Table& ApiKeys();
const resource::SortSchema& Orders();

// A row's columns that all tables have.
struct Stored {
  Uid uid;
  std::string organizer;
  std::string id;
  std::string display_name;
  absl::Time create_time;
  int64_t revision = 1;
  std::string message;
};

// kAlreadyExists without details if the id is taken.
absl::Status Insert(db::Transaction& tx, const Table& table, const Stored& row);
// kForUpdate: nobody else changes the row until the transaction ends.
enum class Lock { kNone, kForUpdate };
absl::StatusOr<std::optional<Stored>> Find(db::Transaction& tx, const Table& table,
                                           absl::string_view organizer, absl::string_view id,
                                           Lock lock = Lock::kNone);
absl::Status Update(db::Transaction& tx, const Table& table, const Stored& row);
absl::Status Delete(db::Transaction& tx, const Table& table, const Uid& uid);

// Up to `limit` rows of an organizer (all, if empty) and, when there are more, the position of the
// last.
struct Page {
  std::vector<Stored> rows;
  resource::PagePosition next;
};
absl::StatusOr<Page> List(db::Transaction& tx, const Table& table, absl::string_view organizer,
                          const resource::SqlFragment& filter, const resource::OrderBy& order,
                          const resource::PagePosition& after, int limit);

// What a key has besides.
struct Secrets {
  v1::ApiKey::Role role = v1::ApiKey::ROLE_UNSPECIFIED;
  std::string partner;  // id
  std::optional<absl::Time> expire_time;
  std::optional<absl::Time> revoke_time;
  std::string secret_hash;    // SHA-256
  std::string previous_hash;  // empty: none
  absl::Time previous_expire_time = absl::UnixEpoch();
};
struct StoredKey {
  Stored row;
  Secrets secrets;
};
absl::Status InsertKey(db::Transaction& tx, const StoredKey& key);
absl::Status UpdateKey(db::Transaction& tx, const StoredKey& key);
// Locked, to be changed.
absl::StatusOr<std::optional<StoredKey>> FindKey(db::Transaction& tx, absl::string_view organizer,
                                                 absl::string_view id);
// Not locked: it is looked up with every call that is not cached.
absl::StatusOr<std::optional<StoredKey>> FindKey(db::Transaction& tx, const Uid& uid);
// Keys of a partner that are not revoked.
absl::StatusOr<std::vector<StoredKey>> LiveKeys(db::Transaction& tx, absl::string_view organizer,
                                                absl::string_view partner);

}  // namespace colloquy::access::store

#endif  // COLLOQUY_SERVICES_ACCESS_STORE_STORE_H_
