// The updates of one room for one audience, and the streams that they go to.
#ifndef COLLOQUY_SERVICES_DIALOGUES_FRAMES_H_
#define COLLOQUY_SERVICES_DIALOGUES_FRAMES_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/dialogues/v1/live.pb.h"
#include "services/common/rpc/encoded.h"
#include "services/common/rpc/stream.h"

namespace colloquy::dialogues {

// Every update is encoded once; the last ones are kept, bounded in number and bytes. A reader that
// falls behind goes on where it is while its next update is kept, and otherwise gets the room as it
// is: nobody waits for it and nothing is kept for it alone. Not thread-safe.
class Frames {
 public:
  using Writer = rpc::StreamWriter<v1::RoomUpdate>;
  struct Options {
    size_t frames = 256;
    size_t bytes = 4 << 20;
    // A reader that takes nothing for so long is ended with CONSUMER_TOO_SLOW.
    absl::Duration stall = absl::Seconds(30);
  };

  // `epoch` tells these frames from all others, of other rooms, audiences and processes.
  Frames(std::string epoch, Options options) : epoch_(std::move(epoch)), options_(options) {}

  // Goes on behind `cursor` if that is one of these frames and the next is still kept; otherwise,
  // and for an empty cursor, begins with the whole room.
  void Add(std::shared_ptr<Writer> writer, absl::string_view cursor, absl::Time now);
  // Adds an update for everybody.
  void Push(v1::RoomUpdate update);
  // Writes to each reader what it has room for, and lets go of those that are over. `whole` makes
  // the room as of the last update; it is asked once for all who need it.
  void Serve(absl::Time now, absl::FunctionRef<v1::RoomUpdate()> whole);
  // Ends all streams.
  void End(const absl::Status& status);

  size_t readers() const { return readers_.size(); }
  // Whether anybody ever read: until then nobody has a cursor.
  bool used() const { return used_; }

 private:
  struct Frame {
    rpc::Encoded<v1::RoomUpdate> update;
    size_t bytes;
  };
  struct Reader {
    std::shared_ptr<Writer> writer;
    std::optional<int64_t> next;  // the number of its next frame; nullopt: the whole room
    absl::Time moving_since;      // when it last took something, or had taken everything
  };

  std::string CursorAt(int64_t number) const;
  std::optional<int64_t> NumberOf(absl::string_view cursor) const;
  int64_t oldest() const { return newest_ + 1 - static_cast<int64_t>(frames_.size()); }
  // True if it took anything.
  bool Write(Reader& reader, absl::FunctionRef<v1::RoomUpdate()> whole);
  const rpc::Encoded<v1::RoomUpdate>& Whole(absl::FunctionRef<v1::RoomUpdate()> whole);

  const std::string epoch_;
  const Options options_;
  std::deque<Frame> frames_;
  size_t bytes_ = 0;
  int64_t newest_ = 0;                                 // number of the last frame
  std::optional<rpc::Encoded<v1::RoomUpdate>> whole_;  // as of newest_
  std::vector<Reader> readers_;
  bool used_ = false;
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_FRAMES_H_
