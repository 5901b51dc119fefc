// A service's change feed: one record for every change of state, appended in the transaction that
// made it. It is the audit log, the source of Watch and StreamChanges, and how services react to
// each other.
//
// A reader who has handled everything up to a cursor resumes there and misses nothing: sequences
// become visible in their own order. On SQLite the one writer assigns them in commit order. On
// MySQL an id assigned at insert becomes visible at commit, out of order, so committed records are
// stamped afterwards, under a row lock (sequencer.h).
#ifndef COLLOQUY_SERVICES_COMMON_FEED_FEED_H_
#define COLLOQUY_SERVICES_COMMON_FEED_FEED_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/changes/v1/changes.pb.h"
#include "google/protobuf/message.h"
#include "services/common/auth/caller.h"
#include "services/common/db/database.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/context.h"
#include "services/common/rpc/stream.h"

namespace colloquy::rpc {
class Service;
}  // namespace colloquy::rpc

namespace colloquy::feed {

using changes::v1::Change;
using changes::v1::ListChangesRequest;
using changes::v1::ListChangesResponse;
using changes::v1::StreamChangesRequest;
using changes::v1::StreamChangesResponse;

// A change to append.
struct Record {
  // Everything but `sequence`. Never put a secret into the payload.
  Change change;
  // Id of the partner that the changed resource belongs to ("portal"), empty if it is no partner's:
  // callers of that partner see only records that carry it.
  std::string partner;
};

// The record of a change of `resource`, which must have a field `name` and the google.api.resource
// option (its type becomes resource_type, the organizer is taken from the name) and is packed as
// the payload. `cause` is the method ("CancelEvent") or the rule ("promotion"). States are enum
// value names, empty where there are none.
Record MakeRecord(Change::Kind kind, const google::protobuf::Message& resource,
                  absl::string_view actor, absl::string_view cause, absl::Time now,
                  absl::string_view old_state = {}, absl::string_view new_state = {});

// A record as its table has it (store.cc, beside the columns). Whoever appends many may make them
// before the transaction, which others wait for.
using RecordRow = std::vector<db::Value>;
RecordRow RowOf(const Record& record);

class Hub;
class Sequencer;

// Thread-safe. Its tables (changes, feed_state, feed_cursors) are schema::feed() of
// services/common/feed/schema/schema.h, to be migrated beside the service's own. A service that
// only consumes feeds needs them too.
class Feed {
 public:
  struct Options {
    // Records older than this are purged, except the newest. A cursor before the oldest is too old.
    absl::Duration retention = absl::Hours(24 * 400);
    // How soon a commit of another replica is noticed, at most. Commits of this process are noticed
    // at once.
    absl::Duration poll = absl::Milliseconds(40);
    // Whether the payload of a change may be shown to a caller who may see that it happened. May be
    // empty: everyone.
    std::function<bool(const auth::Caller&, const Change&)> may_see_payload;
    std::function<absl::Time()> now = absl::Now;
  };

  // `db` and `tokens` must outlive the feed.
  Feed(db::Database& db, const resource::PageTokens& tokens, Options options);
  Feed(db::Database& db, const resource::PageTokens& tokens);
  ~Feed();
  Feed(const Feed&) = delete;

  // Appends in `tx`: the records exist if it commits. Multi-row; cheap for hundreds.
  absl::Status Append(db::Transaction& tx, absl::Span<const Record> records);
  absl::Status Append(db::Transaction& tx, const Record& record);
  absl::Status AppendRows(db::Transaction& tx, absl::Span<const RecordRow> rows);

  // The handler of ListChanges. Staff and partners see their organizer's changes (the permission
  // table holds them to it), partners only their own records. `method` is what the page token is
  // bound to.
  absl::StatusOr<ListChangesResponse> List(const rpc::CallContext& call,
                                           const ListChangesRequest& request);

  // The handler of StreamChanges. Staff and partners as above; what waits for a slow reader is
  // bounded. CURSOR_TOO_OLD, CURSOR_AHEAD, FIELD_INVALID, OVERLOADED; later, through `writer`:
  // CONSUMER_TOO_SLOW, SERVER_STOPPING.
  absl::Status Stream(std::shared_ptr<const rpc::CallContext> call,
                      const StreamChangesRequest& request,
                      std::shared_ptr<rpc::StreamWriter<StreamChangesResponse>> writer);

  // Puts both handlers into a service's table, as ListChanges and StreamChanges.
  void Mount(rpc::Service& service);

  // Starts what runs in the background: stamping (MySQL), the live tail, the purge. Needed only by
  // Stream and, on MySQL, for anything to become visible.
  void Start();
  // Ends all streams with SERVER_STOPPING and joins the threads. Idempotent.
  void Stop();

  Hub& hub() { return *hub_; }
  // Null on SQLite.
  Sequencer* sequencer() { return sequencer_.get(); }

 private:
  db::Database& db_;
  const resource::PageTokens& tokens_;
  const Options options_;
  const resource::FilterSchema filter_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<Sequencer> sequencer_;  // after the hub, which it wakes
};

}  // namespace colloquy::feed

#endif  // COLLOQUY_SERVICES_COMMON_FEED_FEED_H_
