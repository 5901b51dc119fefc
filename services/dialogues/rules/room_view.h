// A room as its watchers see it, and the updates that keep them up to date. Pure and thread-safe.
//
// Messages are shared between views and never changed: a view is cheap to copy, and two views of a
// room differ only where their messages do.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_ROOM_VIEW_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_ROOM_VIEW_H_

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "colloquy/dialogues/v1/live.pb.h"
#include "colloquy/dialogues/v1/resources.pb.h"

namespace colloquy::dialogues::rules {

// By the number that ends the resource's name.
template <typename Message>
using Numbered = std::map<int64_t, std::shared_ptr<const Message>>;

struct RoomView {
  std::shared_ptr<const v1::Dialogue> dialogue;
  Numbered<v1::Statement> statements;  // without tallies
  Numbered<v1::AgendaItem> agenda_items;
  Numbered<v1::SpeakerRequest> speaker_requests;
  Numbered<v1::Poll> polls;
  Numbered<v1::Decision> decisions;
  Numbered<v1::ActionItem> action_items;
};

// The number that ends a name, such as 17 of `…/statements/17`; -1 if there is none.
int64_t NumberIn(absl::string_view name);

// Messages that have a `name`, by its number.
template <typename Message>
Numbered<Message> ByNumber(std::vector<Message> messages) {
  Numbered<Message> numbered;
  for (Message& message : messages) {
    const int64_t number = NumberIn(message.name());
    numbered[number] = std::make_shared<const Message>(std::move(message));
  }
  return numbered;
}

// Whether participants see a statement in such a dialogue: ACCEPTED ones, and UNDECIDED ones where
// moderation comes AFTER.
bool ParticipantsSee(const v1::Statement& statement, const v1::Dialogue& dialogue);
// The statement as other participants see it: its author is a secret unless names are shown.
v1::Statement ForParticipants(const v1::Statement& statement, const v1::Dialogue& dialogue);

// The room as participants see it, of the room as staff does: the statements they see, no DRAFT
// polls, nobody's address.
RoomView ForParticipants(const RoomView& staff);

// How a statement stands, by its number.
using TallyOf = absl::FunctionRef<v1::StatementTally(int64_t)>;

// Everything, as an update that starts from nothing.
v1::RoomUpdate WholeRoom(const RoomView& room, TallyOf tally_of);
// What turns `before` into `after`. The dialogue's `vote_sequence` alone is no change.
v1::RoomUpdate Difference(const RoomView& before, const RoomView& after, TallyOf tally_of);
// Adds the tallies of statements that the view shows and the update does not have already.
void AddTallies(const RoomView& room, absl::Span<const v1::StatementTally> tallies,
                v1::RoomUpdate& update);
// Whether the update says nothing.
bool IsEmpty(const v1::RoomUpdate& update);

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_ROOM_VIEW_H_
