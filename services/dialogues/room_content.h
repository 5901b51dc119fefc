// What is in a room, read from the database. Every function works inside the caller's transaction;
// errors are the transaction's.
#ifndef COLLOQUY_SERVICES_DIALOGUES_ROOM_CONTENT_H_
#define COLLOQUY_SERVICES_DIALOGUES_ROOM_CONTENT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/db/database.h"
#include "services/common/resource/ids.h"
#include "services/dialogues/live_room.h"
#include "services/dialogues/rules/opinion_message.h"
#include "services/dialogues/rules/room_view.h"

namespace colloquy::dialogues {

// The room as staff sees it: `parts` of it as they are now, the rest as `before` has it (null: all
// of it is to be read). The queue of speakers is as at `now`. `before` itself where no part is
// anything to see. NOT_FOUND for a dialogue that does not exist.
absl::StatusOr<std::shared_ptr<const rules::RoomView>> ReadRoomView(
    db::Transaction& tx, const resource::Uid& dialogue, Parts parts, absl::Time now,
    std::shared_ptr<const rules::RoomView> before);

// What the participants of a dialogue say they are.
absl::StatusOr<rules::StakeholderTypes> ReadStakeholderTypes(db::Transaction& tx,
                                                             const resource::Uid& dialogue);

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_ROOM_CONTENT_H_
