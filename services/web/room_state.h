// A dialogue's room, put together from what its stream says. Pure; not thread-safe.
#ifndef COLLOQUY_SERVICES_WEB_ROOM_STATE_H_
#define COLLOQUY_SERVICES_WEB_ROOM_STATE_H_

#include "colloquy/dialogues/v1/live.pb.h"

namespace colloquy::web {

class RoomState {
 public:
  // As `RoomUpdate` says it: a list's entries are set by their names.
  void Apply(const dialogues::v1::RoomUpdate& update);

  // The room as it is, as an update that begins anew (`reset`); its cursor is that of the last one.
  const dialogues::v1::RoomUpdate& whole() const { return whole_; }
  // Whether it begins with the room as it was: nothing can be told from updates alone.
  bool known() const { return whole_.reset(); }

 private:
  dialogues::v1::RoomUpdate whole_;
};

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_ROOM_STATE_H_
