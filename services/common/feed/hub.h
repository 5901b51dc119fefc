// Serves all StreamChanges of a process from one reader of the feed.
//
// Two threads. The tail reads what is new into a bounded window and hands it to the streams that
// are near the end. The catcher-up reads pages for streams that are further back, in turn, until
// they reach the window. A stream with no room waits where it is: nothing is buffered for it beyond
// its writer's bounded queue. One that takes nothing for Options::stall is ended with
// CONSUMER_TOO_SLOW.
#ifndef COLLOQUY_SERVICES_COMMON_FEED_HUB_H_
#define COLLOQUY_SERVICES_COMMON_FEED_HUB_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/common/feed/pulse.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/context.h"
#include "services/common/rpc/stream.h"

namespace colloquy::feed {

using StreamChangesWriter = rpc::StreamWriter<StreamChangesResponse>;

class Hub {
 public:
  struct Options {
    absl::Duration poll = absl::Milliseconds(40);
    absl::Duration stall = absl::Seconds(30);
    size_t window_records = 8192;
    size_t window_bytes = 16 << 20;
    int page = 256;
    size_t max_streams = 5000;
    absl::Duration retention = absl::InfiniteDuration();
    std::function<bool(const auth::Caller&, const Change&)> may_see_payload;
    std::function<absl::Time()> now = absl::Now;  // what records' age is measured by
  };

  Hub(db::Database& db, Options options);
  ~Hub();

  void Start();
  // Ends all streams with SERVER_STOPPING and joins. Idempotent.
  void Stop();
  // Records were appended and may be committed, or were stamped.
  void Expect() { tail_pulse_.Expect(); }

  // Begins a stream; blocks for a look at the database. CURSOR_TOO_OLD, CURSOR_AHEAD,
  // FIELD_INVALID, OVERLOADED with too many streams.
  absl::Status Add(std::shared_ptr<const rpc::CallContext> call,
                   const StreamChangesRequest& request,
                   std::shared_ptr<StreamChangesWriter> writer);

  size_t streams() const;

 private:
  struct Stream {
    std::shared_ptr<const rpc::CallContext> call;
    std::shared_ptr<StreamChangesWriter> writer;
    std::string organizer;  // id; empty: all
    std::string prefix;
    absl::flat_hash_set<std::string> types;
    absl::Duration checkpoint_every;  // zero: never
    int64_t cursor = 0;               // everything up to here was delivered or does not match
    absl::Time last_sent;             // by the monotonous wall clock, for checkpoints
    absl::Time moving_since;          // when it last had room
    bool greeted = false;             // the first checkpoint says where a stream starts
  };
  using StreamPtr = std::unique_ptr<Stream>;
  using Streams = std::vector<StreamPtr>;
  // Records after `floor` up to `newest`, without a gap.
  struct Window {
    std::deque<Entry> entries;
    size_t bytes = 0;
    int64_t floor = 0;
    int64_t newest = 0;
    bool valid = false;
  };

  void TailLoop();
  bool ReadTail();  // false if there may be more to read at once
  void ServeLive();
  void ServeFromWindow(Stream& stream);

  void CatchUpLoop();
  void ServeLate();
  void ServePage(Stream& stream, int64_t newest);
  void PurgeWhenDue();

  static bool Matches(const Stream& stream, const Entry& entry);
  // False if there is no room. The cursor moves past the entry only if it was delivered or does not
  // match.
  bool Deliver(Stream& stream, const Entry& entry) const;
  void CheckpointWhenDue(Stream& stream) const;
  bool IsOver(const Stream& stream) const;

  db::Database& db_;
  const Options options_;
  Pulse tail_pulse_;
  Pulse late_pulse_;
  std::thread tail_;
  std::thread late_;

  Window window_;                                 // the tail's own
  Streams live_;                                  // the tail's own
  Streams behind_;                                // the catcher-up's own
  absl::Time next_purge_ = absl::InfinitePast();  // the catcher-up's own

  mutable absl::Mutex mu_;
  bool running_ ABSL_GUARDED_BY(mu_) = false;
  // The window as the catcher-up knows it.
  bool window_valid_ ABSL_GUARDED_BY(mu_) = false;
  int64_t floor_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t newest_ ABSL_GUARDED_BY(mu_) = 0;
  // On their way from one thread to the other.
  Streams to_live_ ABSL_GUARDED_BY(mu_);
  Streams to_behind_ ABSL_GUARDED_BY(mu_);
  size_t streams_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace colloquy::feed

#endif  // COLLOQUY_SERVICES_COMMON_FEED_HUB_H_
