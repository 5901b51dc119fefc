// The rooms of this process that somebody watches or votes in, kept up to date from the database.
//
// One thread, the ticker, reads what is new in them, ten times a second at most, and sends it to
// all who watch. It learns of changes from the feed, of votes from whoever committed them here
// (Committed) and, for those of other replicas, from the sequences of watched rooms.
#ifndef COLLOQUY_SERVICES_DIALOGUES_LIVE_ROOMS_H_
#define COLLOQUY_SERVICES_DIALOGUES_LIVE_ROOMS_H_

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/common/resource/ids.h"
#include "services/dialogues/live_room.h"
#include "services/dialogues/store/votes.h"

namespace colloquy::dialogues {

class FeedTap;

// Thread-safe.
class LiveRooms {
 public:
  struct Options {
    // Between two updates of a room, at least; what others committed is noticed as soon.
    absl::Duration tick = absl::Milliseconds(100);
    // A room that nobody watches, votes in or asks for is forgotten after this time.
    absl::Duration idle = absl::Minutes(10);
    size_t max_streams = 5000;
    Frames::Options frames;
  };
  using RoomPtr = std::shared_ptr<LiveRoom>;

  // Both must outlive it, the feed running from before Start until after Stop.
  LiveRooms(db::Database& db, feed::Feed& feed, Options options);
  LiveRooms(db::Database& db, feed::Feed& feed) : LiveRooms(db, feed, Options()) {}
  ~LiveRooms();
  LiveRooms(const LiveRooms&) = delete;

  // Without it rooms are opened but not followed.
  void Start();
  // Ends all streams with SERVER_STOPPING and joins. Idempotent.
  void Stop();

  // The room with all that is in it; read from the database if it is not in memory. Blocks.
  // NOT_FOUND for a dialogue that does not exist.
  absl::StatusOr<RoomPtr> Open(const resource::Uid& dialogue, const db::CallOptions& options);
  // As Open, with all votes that were committed before the call.
  absl::StatusOr<RoomPtr> OpenWithVotes(const resource::Uid& dialogue,
                                        const db::CallOptions& options);

  // These votes were committed by this process.
  void Committed(const RoomPtr& room, absl::Span<const store::VoteRow> votes);
  // Something was committed that the feed does not tell: ballots.
  void Touch(const resource::Uid& dialogue, Parts parts);
  // The analyst has a new one.
  void Analysed(const RoomPtr& room, std::shared_ptr<const v1::Opinion> opinion);

  // Begins a stream. OVERLOADED with too many, SERVER_STOPPING; later, through the writer:
  // CONSUMER_TOO_SLOW, NOT_FOUND when the dialogue is deleted, SERVER_STOPPING.
  absl::Status Watch(const resource::Uid& dialogue, Audience audience, const std::string& cursor,
                     std::shared_ptr<LiveRoom::Writer> writer, const db::CallOptions& options);

  // Those in memory.
  std::vector<RoomPtr> rooms() const;

 private:
  void Loop();
  void Tick(absl::Time now);
  // Follows the feed from now on, if nothing does.
  absl::Status Tap();
  void Untap();
  void NoteForeignVotes(const std::vector<RoomPtr>& rooms);
  void Forget(const std::vector<RoomPtr>& rooms, absl::Time now);
  void Wake();
  // Reads what is marked. NOT_FOUND when the dialogue is gone.
  absl::Status Refresh(LiveRoom& room, const db::CallOptions& options);
  void OnChange(absl::string_view resource, absl::string_view resource_type);

  db::Database& db_;
  feed::Feed& feed_;
  const Options options_;
  std::thread ticker_;

  absl::Mutex tap_mutex_;  // before mutex_
  std::shared_ptr<FeedTap> tap_ ABSL_GUARDED_BY(tap_mutex_);

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<resource::Uid, RoomPtr> rooms_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, RoomPtr> by_name_ ABSL_GUARDED_BY(mutex_);
  bool awake_ ABSL_GUARDED_BY(mutex_) = false;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_LIVE_ROOMS_H_
