// One dialogue in memory: its votes, what is in it, how opinion stands, and who watches it.
#ifndef COLLOQUY_SERVICES_DIALOGUES_LIVE_ROOM_H_
#define COLLOQUY_SERVICES_DIALOGUES_LIVE_ROOM_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "colloquy/dialogues/v1/live.pb.h"
#include "services/common/resource/ids.h"
#include "services/dialogues/frames.h"
#include "services/dialogues/room_votes.h"
#include "services/dialogues/rules/room_view.h"

namespace colloquy::dialogues {

// What a change may have touched; a set of them, as bits.
using Parts = uint32_t;
namespace parts {
enum : Parts {
  kVotes = 1,
  kDialogue = 2,
  kStatements = 4,
  kAgenda = 8,
  kSpeakers = 16,
  kPolls = 32,
  kOutcomes = 64,
  kParticipants = 128,  // who they say they are: for the analyst
};
inline constexpr Parts kEverything = 255;
}  // namespace parts

enum class Audience { kStaff = 0, kParticipants = 1 };

// Thread-safe but for what is marked as the ticker's.
class LiveRoom {
 public:
  using Writer = Frames::Writer;

  LiveRoom(const resource::Uid& uid, Frames::Options frames);

  const resource::Uid& uid() const { return uid_; }
  RoomVotes& votes() { return votes_; }
  const RoomVotes& votes() const { return votes_; }

  // As staff sees it. Null until it was read.
  std::shared_ptr<const rules::RoomView> view() const;
  void SetView(std::shared_ptr<const rules::RoomView> view);
  // The newest analysis; null before the first.
  std::shared_ptr<const v1::Opinion> opinion() const;
  void SetOpinion(std::shared_ptr<const v1::Opinion> opinion);
  // Waits for an analysis of the votes up to `sequence`; the newest there is by `deadline`.
  std::shared_ptr<const v1::Opinion> AwaitOpinion(int64_t sequence, absl::Time deadline) const;

  void Mark(Parts parts) { dirty_.fetch_or(parts); }
  Parts TakeMarks(Parts of = parts::kEverything) { return dirty_.fetch_and(~of) & of; }
  bool marked(Parts parts) const { return (dirty_.load() & parts) != 0; }
  void Use(absl::Time now) { used_.store(absl::ToUnixMicros(now)); }
  absl::Time used() const { return absl::FromUnixMicros(used_.load()); }
  int watchers() const { return watchers_.load(); }
  bool watched() const { return watchers() > 0; }

  // A stream that the next Publish serves; ended at once when the room is over.
  void Join(Audience audience, std::string cursor, std::shared_ptr<Writer> writer);
  // Ends all streams, those that join later too.
  void End(const absl::Status& status);

  // The ticker's: what changed since the last time, to all who watch.
  void Publish(absl::Time now);

 private:
  struct Joining {
    Audience audience;
    std::string cursor;
    std::shared_ptr<Writer> writer;
  };
  // What an audience was sent so far.
  struct Channel {
    Frames frames;
    rules::RoomView sent;
  };

  bool NoteWatchers(absl::Time now);
  void Extend(Channel& channel, const rules::RoomView& view, v1::RoomUpdate& update) const;
  v1::RoomUpdate Whole(const Channel& channel, absl::Time now) const;

  const resource::Uid uid_;
  RoomVotes votes_;
  std::atomic<Parts> dirty_{parts::kEverything};
  std::atomic<int64_t> used_{0};
  std::atomic<int> watchers_{0};

  mutable absl::Mutex mutex_;
  std::shared_ptr<const rules::RoomView> view_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const v1::Opinion> opinion_ ABSL_GUARDED_BY(mutex_);
  std::vector<Joining> joining_ ABSL_GUARDED_BY(mutex_);
  absl::Status ended_ ABSL_GUARDED_BY(mutex_);

  // Of the ticker.
  std::array<Channel, 2> channels_;
  std::shared_ptr<const rules::RoomView> sent_view_;
  std::shared_ptr<const v1::Opinion> sent_opinion_;
  int64_t sent_sequence_ = 0;
  int sent_watchers_ = 0;
  absl::Time watchers_sent_ = absl::InfinitePast();
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_LIVE_ROOM_H_
