#include "services/dialogues/rules/room_view.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "google/protobuf/util/message_differencer.h"

namespace colloquy::dialogues::rules {
namespace {

using google::protobuf::RepeatedPtrField;
using google::protobuf::util::MessageDifferencer;

template <typename Message>
bool Same(const std::shared_ptr<const Message>& a, const std::shared_ptr<const Message>& b) {
  return a == b || MessageDifferencer::Equals(*a, *b);
}

bool SameDialogue(const v1::Dialogue& a, const v1::Dialogue& b) {
  v1::Dialogue counted = a;
  counted.set_vote_sequence(b.vote_sequence());
  return MessageDifferencer::Equals(counted, b);
}

// Adds what is new or different after, and the names of what is gone.
template <typename Message>
void AddChanges(const Numbered<Message>& before, const Numbered<Message>& after,
                RepeatedPtrField<Message>& changed, RepeatedPtrField<std::string>& deleted) {
  for (const auto& [number, message] : after) {
    const auto old = before.find(number);
    if (old == before.end() || !Same(old->second, message)) *changed.Add() = *message;
  }
  for (const auto& [number, message] : before) {
    if (!after.contains(number)) *deleted.Add() = message->name();
  }
}

template <typename Message, typename Change>
Numbered<Message> Changed(const Numbered<Message>& messages, Change change) {
  Numbered<Message> all;
  for (const auto& [number, message] : messages) {
    Message copy = *message;
    change(copy);
    all[number] = std::make_shared<const Message>(std::move(copy));
  }
  return all;
}

}  // namespace

int64_t NumberIn(absl::string_view name) {
  int64_t number = -1;
  return absl::SimpleAtoi(name.substr(name.rfind('/') + 1), &number) ? number : -1;
}

bool ParticipantsSee(const v1::Statement& statement, const v1::Dialogue& dialogue) {
  if (statement.state() == v1::Statement::ACCEPTED) return true;
  return statement.state() == v1::Statement::UNDECIDED &&
         dialogue.moderation() != v1::Dialogue::BEFORE;
}

v1::Statement ForParticipants(const v1::Statement& statement, const v1::Dialogue& dialogue) {
  v1::Statement shown = statement;
  if (!dialogue.names_shown()) shown.clear_author();
  return shown;
}

RoomView ForParticipants(const RoomView& staff) {
  RoomView view = staff;
  view.statements.clear();
  for (const auto& [number, statement] : staff.statements) {
    if (!ParticipantsSee(*statement, *staff.dialogue)) continue;
    view.statements[number] =
        statement->author().empty() || staff.dialogue->names_shown()
            ? statement
            : std::make_shared<const v1::Statement>(ForParticipants(*statement, *staff.dialogue));
  }
  std::erase_if(view.polls,
                [](const auto& poll) { return poll.second->state() == v1::Poll::DRAFT; });
  view.action_items = Changed(staff.action_items, [](auto& item) { item.clear_owner_email(); });
  return view;
}

v1::RoomUpdate WholeRoom(const RoomView& room, TallyOf tally_of) {
  RoomView nothing;
  v1::RoomUpdate update = Difference(nothing, room, tally_of);
  update.set_reset(true);
  return update;
}

v1::RoomUpdate Difference(const RoomView& before, const RoomView& after, TallyOf tally_of) {
  v1::RoomUpdate update;
  if (before.dialogue == nullptr || !SameDialogue(*before.dialogue, *after.dialogue)) {
    *update.mutable_dialogue() = *after.dialogue;
  }
  RepeatedPtrField<std::string>& deleted = *update.mutable_deleted();
  AddChanges(before.statements, after.statements, *update.mutable_statements(), deleted);
  for (v1::Statement& statement : *update.mutable_statements()) {
    *statement.mutable_tally() = tally_of(NumberIn(statement.name()));
  }
  AddChanges(before.agenda_items, after.agenda_items, *update.mutable_agenda_items(), deleted);
  AddChanges(before.speaker_requests, after.speaker_requests, *update.mutable_speaker_requests(),
             deleted);
  AddChanges(before.polls, after.polls, *update.mutable_polls(), deleted);
  AddChanges(before.decisions, after.decisions, *update.mutable_decisions(), deleted);
  AddChanges(before.action_items, after.action_items, *update.mutable_action_items(), deleted);
  return update;
}

void AddTallies(const RoomView& room, absl::Span<const v1::StatementTally> tallies,
                v1::RoomUpdate& update) {
  absl::flat_hash_set<int64_t> told;
  for (const v1::Statement& statement : update.statements()) {
    told.insert(NumberIn(statement.name()));
  }
  for (const v1::StatementTally& tally : tallies) {
    if (room.statements.contains(tally.statement()) && !told.contains(tally.statement())) {
      *update.add_tallies() = tally;
    }
  }
}

bool IsEmpty(const v1::RoomUpdate& update) { return update.ByteSizeLong() == 0; }

}  // namespace colloquy::dialogues::rules
