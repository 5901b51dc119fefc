#include "services/dialogues/seats.h"

#include <algorithm>
#include <set>
#include <utility>

#include "services/common/errors/errors.h"
#include "services/common/resource/folding.h"
#include "services/dialogues/child_changes.h"
#include "services/dialogues/rules/names.h"

namespace colloquy::dialogues {
namespace {

using changes::v1::Change;
using store::ParticipantRow;
using v1::Participant;

std::string NameOf(const RoomChange& change, int64_t number) {
  return rules::ChildName(store::NameOf(change.room), rules::kParticipants, number);
}

absl::Status HasSeat(const RoomChange& change, int64_t number) {
  return errors::AlreadyExists("colloquy/Participant", NameOf(change, number));
}

// Refuses what somebody else with a seat has; `self` may have it.
absl::Status CheckFree(const RoomChange& change, absl::Span<const store::Taken> taken,
                       int64_t self) {
  for (const store::Taken& other : taken) {
    if (other.state == Participant::ACTIVE && other.number != self)
      return HasSeat(change, other.number);
  }
  return absl::OkStatus();
}

// What must be one person's alone.
struct Keys {
  std::vector<std::string> emails;
  std::vector<std::string> registrations;
};

void AddKeys(const Participant& participant, Keys& keys) {
  if (!participant.email().empty()) keys.emails.push_back(resource::FoldEmail(participant.email()));
  if (!participant.registration().empty()) keys.registrations.push_back(participant.registration());
}

absl::Status CheckFree(RoomChange& change, const Keys& keys, int64_t self) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<store::Taken> by_email,
                            store::FindByEmail(change.tx, change.room.uid, keys.emails));
  COLLOQUY_RETURN_IF_ERROR(CheckFree(change, by_email, self));
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::vector<store::Taken> by_registration,
      store::FindByRegistration(change.tx, change.room.uid, keys.registrations));
  return CheckFree(change, by_registration, self);
}

// Whose key of these is there twice; −1 if nobody's.
int64_t FindTwin(absl::Span<const SeatDraft> drafts) {
  std::set<std::string> emails;
  std::set<std::string> registrations;
  for (size_t i = 0; i < drafts.size(); ++i) {
    Keys keys;
    AddKeys(drafts[i].participant, keys);
    for (const std::string& email : keys.emails)
      if (!emails.insert(email).second) return static_cast<int64_t>(i);
    for (const std::string& registration : keys.registrations)
      if (!registrations.insert(registration).second) return static_cast<int64_t>(i);
  }
  return -1;
}

}  // namespace

absl::StatusOr<std::vector<ParticipantRow>> GiveSeats(RoomChange& change,
                                                      absl::Span<const SeatDraft> drafts) {
  // Named as the seat that the batch would have given to the first of the two.
  if (const int64_t twin = FindTwin(drafts); twin >= 0)
    return HasSeat(change, change.room.next_participant + twin);
  Keys keys;
  for (const SeatDraft& draft : drafts) AddKeys(draft.participant, keys);
  COLLOQUY_RETURN_IF_ERROR(CheckFree(change, keys, /*self=*/-1));
  std::vector<ParticipantRow> rows;
  rows.reserve(drafts.size());
  for (const SeatDraft& draft : drafts) {
    ParticipantRow& row = rows.emplace_back();
    row.number = change.room.next_participant + static_cast<int64_t>(rows.size()) - 1;
    row.seat_key = draft.seat_key;
    row.message = draft.participant;
    row.message.clear_create_time();
  }
  COLLOQUY_RETURN_IF_ERROR(AddSeats(change, rows));
  return rows;
}

absl::Status AddSeats(RoomChange& change, std::vector<ParticipantRow>& rows) {
  for (ParticipantRow& row : rows) {
    row.state = Participant::ACTIVE;
    row.viewer = row.message.viewer();
    row.message.set_name(NameOf(change, row.number));
    row.message.set_state(row.state);
    row.message.set_revision(0);
    if (!row.message.has_create_time()) *row.message.mutable_create_time() = ToProto(change.now);
    row.message.clear_pseudonym();
    Stamp(change, row.message);
    change.Record(Change::CREATED, row.message, "", Participant::State_Name(row.state));
    change.room.next_participant = std::max(change.room.next_participant, row.number + 1);
  }
  change.room.participant_count += static_cast<int64_t>(rows.size());
  return store::AddParticipants(change.tx, change.room.uid, rows);
}

absl::Status SaveSeat(RoomChange& change, ParticipantRow& row) {
  const Participant::State before = row.state;
  const Participant::State after = row.message.state();
  if (after == Participant::ACTIVE) {
    Keys keys;
    AddKeys(row.message, keys);
    COLLOQUY_RETURN_IF_ERROR(CheckFree(change, keys, row.number));
  }
  row.message.clear_pseudonym();
  Stamp(change, row.message);
  row.state = after;
  row.viewer = row.message.viewer();
  COLLOQUY_RETURN_IF_ERROR(store::SaveParticipant(change.tx, change.room.uid, row));
  change.room.participant_count +=
      (after == Participant::ACTIVE ? 1 : 0) - (before == Participant::ACTIVE ? 1 : 0);
  change.Record(before == after ? Change::UPDATED : Change::STATE_CHANGED, row.message,
                Participant::State_Name(before), Participant::State_Name(after));
  return absl::OkStatus();
}

}  // namespace colloquy::dialogues
