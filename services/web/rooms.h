// The rooms that browsers watch. One stream of the dialogues service a room feeds all of its
// browsers: what changes is turned into JSON once, and its bytes are shared.
#ifndef COLLOQUY_SERVICES_WEB_ROOMS_H_
#define COLLOQUY_SERVICES_WEB_ROOMS_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "services/web/calls.h"
#include "services/web/http/message.h"

namespace colloquy::web {

// Thread-safe.
class Rooms {
 public:
  static constexpr size_t kMaxBrowsers = 3000;

  explicit Rooms(const Calls& calls);
  // As Stop.
  ~Rooms();

  // Sends the dialogue's room to a browser until either leaves: events whose data is a RoomUpdate
  // as JSON and whose id is its cursor. One that saw `last_event_id` gets what came since, if that
  // is nothing; else the room as it is. `token` is one that opened the dialogue just now. False if
  // there are too many browsers.
  bool Join(const std::string& dialogue, const std::string& token, absl::string_view last_event_id,
            const std::shared_ptr<EventStream>& browser);

  size_t browsers() const;

  // Ends all streams of the service and waits for that. Nobody joins any more.
  void Stop();

 private:
  class Room;

  const Calls& calls_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<Room>> rooms_ ABSL_GUARDED_BY(mutex_);
  size_t browsers_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_ROOMS_H_
