// The table of dialogues: what is said of them, apart from their rooms (rooms.h). Every function
// works inside the caller's transaction; errors are the transaction's.
#ifndef COLLOQUY_SERVICES_DIALOGUES_STORE_DIALOGUES_H_
#define COLLOQUY_SERVICES_DIALOGUES_STORE_DIALOGUES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/order_by.h"
#include "services/dialogues/store/rooms.h"

namespace colloquy::dialogues::store {

// The whole message, with the counts that the room keeps.
absl::StatusOr<v1::Dialogue> ReadDialogue(db::Transaction& tx, const Room& room);

// The message beside a room that was inserted.
absl::Status InsertDialogue(db::Transaction& tx, const Room& room, const v1::Dialogue& dialogue);
// Replaces the message; the room must be locked, and is saved by its own.
absl::Status UpdateDialogue(db::Transaction& tx, const Room& room, const v1::Dialogue& dialogue);

// Whether there is anything in the room.
absl::StatusOr<bool> HasChildren(db::Transaction& tx, const Uid& uid);
// The room, its dialogue and all that is in it.
absl::Status DeleteRoom(db::Transaction& tx, const Uid& uid);

// One page of an organizer's dialogues (everybody's, if `organizer` is empty), with their counts.
struct DialoguePage {
  std::vector<v1::Dialogue> dialogues;
  resource::PagePosition next;  // empty on the last page
};
absl::StatusOr<DialoguePage> ListDialogues(db::Transaction& tx, absl::string_view organizer,
                                           const resource::SqlFragment& filter,
                                           const resource::OrderBy& order,
                                           const resource::PagePosition& after, int limit);
// What ListDialogues may filter and sort by.
const resource::FilterSchema& DialogueFilters();
const resource::SortSchema& DialogueOrders();

}  // namespace colloquy::dialogues::store

#endif  // COLLOQUY_SERVICES_DIALOGUES_STORE_DIALOGUES_H_
