// Seats in a dialogue: how participants come, change and go. Inside a RoomChange.
#ifndef COLLOQUY_SERVICES_DIALOGUES_SEATS_H_
#define COLLOQUY_SERVICES_DIALOGUES_SEATS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/dialogues/room_book.h"
#include "services/dialogues/store/participants.h"

namespace colloquy::dialogues {

// Somebody who is to have a seat.
struct SeatDraft {
  v1::Participant participant;  // normalised (rules/fields.h)
  std::string seat_key;         // see ParticipantRow
};

// Gives each a seat, all or none, in their order: number, name, times, counters, feed records.
// ALREADY_EXISTS, with the name of who has it, where the address or registration of one has a seat,
// or two of them share one. The rows as stored.
absl::StatusOr<std::vector<store::ParticipantRow>> GiveSeats(RoomChange& change,
                                                             absl::Span<const SeatDraft> drafts);

// Stores new seats whose numbers nobody has: name, times (create time unless it is set), feed
// records, counters. Nothing is looked at that must be one person's alone.
absl::Status AddSeats(RoomChange& change, std::vector<store::ParticipantRow>& rows);

// Stores a participant whose message was changed: revision, etag, update time, feed record. The
// room's count follows the state. ALREADY_EXISTS as above for a new address or registration.
absl::Status SaveSeat(RoomChange& change, store::ParticipantRow& row);

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_SEATS_H_
