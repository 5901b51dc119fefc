// The public log of moderation. Every function works inside the caller's transaction; errors are
// the transaction's.
#ifndef COLLOQUY_SERVICES_DIALOGUES_STORE_MODERATION_H_
#define COLLOQUY_SERVICES_DIALOGUES_STORE_MODERATION_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/common/db/database.h"
#include "services/dialogues/store/rooms.h"

namespace colloquy::dialogues::store {

// Under its `sequence`, which comes from the room.
absl::Status AddModerationEntry(db::Transaction& tx, const Uid& uid,
                                const v1::ModerationEntry& entry);
// Up to `limit` entries after `after`, oldest first.
absl::StatusOr<std::vector<v1::ModerationEntry>> ListModerationEntries(db::Transaction& tx,
                                                                       const Uid& uid,
                                                                       int64_t after, int limit);

}  // namespace colloquy::dialogues::store

#endif  // COLLOQUY_SERVICES_DIALOGUES_STORE_MODERATION_H_
