// Finds out how opinion stands in the rooms of this process, off the request path.
#ifndef COLLOQUY_SERVICES_DIALOGUES_ANALYST_H_
#define COLLOQUY_SERVICES_DIALOGUES_ANALYST_H_

#include <cstdint>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/common/db/database.h"
#include "services/common/resource/ids.h"
#include "services/dialogues/live_rooms.h"
#include "services/dialogues/rules/opinion/analysis.h"
#include "services/dialogues/rules/opinion_message.h"

namespace colloquy::dialogues {

// One thread. A room with new votes, or with statements that count otherwise than before, is
// analysed at most once a second, and less often where that takes long: a fifth of the time at most
// goes into one room. Snapshots are stored while votes come, and when a dialogue is closed.
class Analyst {
 public:
  struct Options {
    absl::Duration every = absl::Seconds(1);
    absl::Duration snapshot_every = absl::Seconds(10);
    // How often it looks for work.
    absl::Duration look = absl::Milliseconds(50);
  };

  // Both must outlive it.
  Analyst(db::Database& db, LiveRooms& rooms, Options options);
  Analyst(db::Database& db, LiveRooms& rooms) : Analyst(db, rooms, Options()) {}
  ~Analyst();
  Analyst(const Analyst&) = delete;

  void Start();
  // Before the rooms stop. Idempotent.
  void Stop();

 private:
  // What it knows of a room.
  struct Notes {
    std::weak_ptr<LiveRoom> room;
    std::shared_ptr<const rules::RoomView> view;  // of the last analysis
    rules::OpinionContext context;                // likewise
    rules::opinion::History history;
    absl::Time next = absl::InfinitePast();  // not analysed before
    int64_t stored = 0;                      // votes of the last snapshot
    absl::Time stored_time = absl::InfinitePast();
    bool analysed = false;
  };

  void Loop();
  void Look(const LiveRooms::RoomPtr& room);
  // Who somebody is, and what was remembered.
  absl::Status Prepare(LiveRoom& room, Notes& notes);
  // False if nothing changed that an analysis would show.
  static bool NoteChanges(const LiveRoom& room, Notes& notes);
  void Analyse(const LiveRooms::RoomPtr& room, Notes& notes);
  void StoreWhenDue(const LiveRoom& room, Notes& notes);

  db::Database& db_;
  LiveRooms& rooms_;
  const Options options_;
  absl::flat_hash_map<resource::Uid, Notes> notes_;  // the thread's own

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// An analysis of the votes up to `through` from a cold start, with the statements as they are now.
// `mode` unspecified: the dialogue's.
absl::StatusOr<v1::Opinion> ComputeOpinion(db::Database& db, const LiveRoom& room, int64_t through,
                                           v1::Dialogue::AnalysisMode mode,
                                           const db::CallOptions& options);

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_ANALYST_H_
