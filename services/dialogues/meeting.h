// The meeting in a dialogue: its agenda and who speaks. Inside a transaction; what changes things,
// inside a RoomChange.
#ifndef COLLOQUY_SERVICES_DIALOGUES_MEETING_H_
#define COLLOQUY_SERVICES_DIALOGUES_MEETING_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "services/dialogues/room_book.h"
#include "services/dialogues/rules/agenda.h"
#include "services/dialogues/rules/speakers.h"
#include "services/dialogues/store/participants.h"

namespace colloquy::dialogues {

absl::StatusOr<rules::Agenda> ReadAgenda(db::Transaction& tx, const Uid& dialogue);
// Stores the items that are not as they were before.
absl::Status SaveAgenda(RoomChange& change, const rules::Agenda& before, rules::Agenda& agenda);

// All requests as they are shown: with pseudonyms, stakeholder types and positions at `now`, in the
// order of lists.
absl::StatusOr<rules::SpeakerRequests> ReadSpeakers(db::Transaction& tx, const store::Room& room,
                                                    absl::Time now);
// The one with this number, or null.
v1::SpeakerRequest* FindSpeaker(rules::SpeakerRequests& speakers, int64_t number);
// The participant's WAITING or CALLED one, or null.
v1::SpeakerRequest* FindPending(rules::SpeakerRequests& speakers, const std::string& participant);
// Stores the requests that are not as they were before, and works positions out anew.
absl::Status SaveSpeakers(RoomChange& change, const rules::SpeakerRequests& before,
                          rules::SpeakerRequests& speakers);

// Puts `participant`'s wish (kind and topic, normalised) at the end of the queue. Whoever waits
// already only says it anew; one that was withdrawn unspoken is taken up again, so that asking and
// withdrawing leaves one row a participant.
absl::StatusOr<v1::SpeakerRequest> Ask(RoomChange& change, const std::string& participant,
                                       const v1::SpeakerRequest& wish);

// The dialogue is LIVE no more: what runs is finished and who speaks is interrupted.
absl::Status PauseMeeting(RoomChange& change);
// The dialogue is over: besides, speeches end and whoever waits is sent home.
absl::Status EndMeeting(RoomChange& change);

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_MEETING_H_
