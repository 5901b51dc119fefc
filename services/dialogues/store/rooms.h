// The rooms: one row a dialogue, which is the lock of everything in it. Every function works inside
// the caller's transaction; errors are the transaction's.
//
// Whoever changes anything in a dialogue locks its room first, so that state and counters that the
// transaction sees are final. Nobody locks two.
#ifndef COLLOQUY_SERVICES_DIALOGUES_STORE_ROOMS_H_
#define COLLOQUY_SERVICES_DIALOGUES_STORE_ROOMS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/ids.h"

namespace colloquy::dialogues::store {

using resource::Uid;

struct Room {
  Uid uid;
  std::string organizer;  // ids, not names
  std::string dialogue_id;
  v1::Dialogue::State state = v1::Dialogue::DRAFT;
  // Of the newest vote; votes are numbered from 1.
  int64_t vote_sequence = 0;
  // The numbers that are given next; participants and statements are numbered from 0.
  int64_t next_participant = 0;
  int64_t participant_count = 0;  // those with a seat
  int64_t next_statement = 0;
  int64_t statement_count = 0;
  int64_t next_agenda_item = 1;
  int64_t next_speaker_request = 1;
  int64_t next_poll = 1;
  int64_t next_decision = 1;
  int64_t next_action_item = 1;
  int64_t next_moderation = 1;
  // The last run of an import.
  int64_t import_run = 0;
  // Of the join and presenter links.
  int64_t link_generation = 0;

  friend bool operator==(const Room&, const Room&) = default;
};

// organizers/o/dialogues/d
std::string NameOf(const Room& room);

// These read without locking: for what changes nothing.
absl::StatusOr<std::optional<Room>> FindRoom(db::Transaction& tx, absl::string_view organizer,
                                             absl::string_view dialogue_id);
absl::StatusOr<std::optional<Room>> ReadRoom(db::Transaction& tx, const Uid& uid);

// These lock the room until the transaction ends.
absl::StatusOr<std::optional<Room>> LockRoom(db::Transaction& tx, const Uid& uid);
absl::StatusOr<std::optional<Room>> LockRoomByName(db::Transaction& tx, absl::string_view organizer,
                                                   absl::string_view dialogue_id);

// kAlreadyExists without details if the name is taken.
absl::Status InsertRoom(db::Transaction& tx, const Room& room);
// State and counters of a room that this transaction has locked.
absl::Status SaveRoom(db::Transaction& tx, const Room& room);

}  // namespace colloquy::dialogues::store

#endif  // COLLOQUY_SERVICES_DIALOGUES_STORE_ROOMS_H_
