// The feed's SQL. For the files of this room.
#ifndef COLLOQUY_SERVICES_COMMON_FEED_STORE_H_
#define COLLOQUY_SERVICES_COMMON_FEED_STORE_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/changes/v1/changes.pb.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/common/resource/sql.h"

namespace colloquy::feed {

// One record as it is read.
struct Entry {
  Change change;
  std::string organizer;  // id
  std::string partner;    // id, or empty
  size_t bytes = 0;       // what it takes in memory, about
};

// The id in "organizers/acme", empty for "organizers/-". RESOURCE_NAME_INVALID for `parent`.
absl::StatusOr<std::string> OrganizerOfParent(absl::string_view parent);

// Where the sequence is: on SQLite the row's id, on MySQL a column that is stamped later.
absl::string_view SequenceColumn(db::Engine engine);

absl::Status InsertRecords(db::Transaction& tx, absl::Span<const RecordRow> rows);

struct EntryQuery {
  int64_t after = 0;
  int64_t through = std::numeric_limits<int64_t>::max();
  std::string organizer;               // empty: all
  std::optional<std::string> partner;  // only this one's
  resource::SqlFragment filter;        // empty: none
  int limit = 0;
};

// By ascending sequence; only records that have one.
absl::StatusOr<std::vector<Entry>> ReadEntries(db::Transaction& tx, const EntryQuery& query);

struct Bounds {
  int64_t newest = 0;          // 0 if there is no record
  int64_t purged_through = 0;  // records up to here were purged
};
absl::StatusOr<Bounds> ReadBounds(db::Transaction& tx);

// Removes up to `limit` records that are older than `before`, oldest first, never the newest:
// SQLite would give its sequence away again. The number removed.
absl::StatusOr<int64_t> PurgeRecords(db::Transaction& tx, absl::Time before, int limit);

// Stamps up to `limit` committed records that have no sequence yet (MySQL). The number stamped.
absl::StatusOr<int64_t> StampRecords(db::Transaction& tx, int limit);
// Whether there is one to stamp; takes no lock.
absl::StatusOr<bool> AnyUnstamped(db::Transaction& tx);

// The position of a consumer of the feed `feed`; 0 if it has none. `lock`: until the transaction
// ends.
absl::StatusOr<int64_t> ReadPosition(db::Transaction& tx, absl::string_view feed, bool lock);
// Makes the row if it is missing, so that it can be locked.
absl::Status EnsurePosition(db::Transaction& tx, absl::string_view feed);
absl::Status WritePosition(db::Transaction& tx, absl::string_view feed, int64_t position);

}  // namespace colloquy::feed

#endif  // COLLOQUY_SERVICES_COMMON_FEED_STORE_H_
