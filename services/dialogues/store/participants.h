// The table of participants. Every function works inside the caller's transaction; errors are the
// transaction's. Whoever changes rows has locked the room.
#ifndef COLLOQUY_SERVICES_DIALOGUES_STORE_PARTICIPANTS_H_
#define COLLOQUY_SERVICES_DIALOGUES_STORE_PARTICIPANTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/filter_sql.h"
#include "services/dialogues/store/rooms.h"
#include "services/dialogues/store/rows.h"

namespace colloquy::dialogues::store {

struct ParticipantRow {
  int64_t number = 0;
  v1::Participant::State state = v1::Participant::ACTIVE;
  bool viewer = false;
  // Of the link that opens the seat; grows when the link is renewed.
  int64_t link_generation = 0;
  // At most 32 bytes by which a browser finds the seat again that it took with the join link; empty
  // for others.
  std::string seat_key;
  // As stored: without a pseudonym (rules/people.h).
  v1::Participant message;
};

// Those that exist, in no order.
absl::StatusOr<std::vector<ParticipantRow>> ReadParticipants(db::Transaction& tx, const Uid& uid,
                                                             absl::Span<const int64_t> numbers);
absl::StatusOr<std::optional<ParticipantRow>> ReadParticipant(db::Transaction& tx, const Uid& uid,
                                                              int64_t number);
// By number, after `after` (-1: from the first).
absl::StatusOr<Page<ParticipantRow>> ListParticipants(db::Transaction& tx, const Uid& uid,
                                                      int64_t after, int limit,
                                                      const resource::SqlFragment& filter);
// What ListParticipants may filter by.
const resource::FilterSchema& ParticipantFilters();

// State and viewer follow the messages.
absl::Status AddParticipants(db::Transaction& tx, const Uid& uid,
                             absl::Span<const ParticipantRow> rows);
absl::Status SaveParticipant(db::Transaction& tx, const Uid& uid, const ParticipantRow& row);

// The seat that was taken with this key, whatever its state.
absl::StatusOr<std::optional<ParticipantRow>> FindBySeatKey(db::Transaction& tx, const Uid& uid,
                                                            absl::string_view seat_key);
// A participant by a key that two of them should not have.
struct Taken {
  std::string key;
  int64_t number = 0;
  v1::Participant::State state = v1::Participant::ACTIVE;
};
// Whose addresses (folded, not empty) these are, by number.
absl::StatusOr<std::vector<Taken>> FindByEmail(db::Transaction& tx, const Uid& uid,
                                               absl::Span<const std::string> email_keys);
// Who came of these registrations (names), by number.
absl::StatusOr<std::vector<Taken>> FindByRegistration(db::Transaction& tx, const Uid& uid,
                                                      absl::Span<const std::string> registrations);

}  // namespace colloquy::dialogues::store

#endif  // COLLOQUY_SERVICES_DIALOGUES_STORE_PARTICIPANTS_H_
