#include "services/dialogues/store/rooms.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/dialogues/store/rows.h"

namespace colloquy::dialogues::store {
namespace {

using db::Row;
using db::Rows;
using db::Value;

constexpr absl::string_view kColumns[] = {"uid",
                                          "organizer",
                                          "dialogue_id",
                                          "state",
                                          "vote_sequence",
                                          "next_participant",
                                          "participant_count",
                                          "next_statement",
                                          "statement_count",
                                          "next_agenda_item",
                                          "next_speaker_request",
                                          "next_poll",
                                          "next_decision",
                                          "next_action_item",
                                          "next_moderation",
                                          "import_run",
                                          "link_generation"};

constexpr absl::string_view kSelect =
    "SELECT uid, organizer, dialogue_id, state, vote_sequence, next_participant, "
    "participant_count, next_statement, statement_count, next_agenda_item, next_speaker_request, "
    "next_poll, next_decision, next_action_item, next_moderation, import_run, link_generation "
    "FROM rooms WHERE ";

Room ToRoom(const Row& row) {
  return {.uid = UidOf(row, 0),
          .organizer = std::string(row.Text(1)),
          .dialogue_id = std::string(row.Text(2)),
          .state = static_cast<v1::Dialogue::State>(row.Int64(3)),
          .vote_sequence = row.Int64(4),
          .next_participant = row.Int64(5),
          .participant_count = row.Int64(6),
          .next_statement = row.Int64(7),
          .statement_count = row.Int64(8),
          .next_agenda_item = row.Int64(9),
          .next_speaker_request = row.Int64(10),
          .next_poll = row.Int64(11),
          .next_decision = row.Int64(12),
          .next_action_item = row.Int64(13),
          .next_moderation = row.Int64(14),
          .import_run = row.Int64(15),
          .link_generation = row.Int64(16)};
}

absl::StatusOr<std::optional<Room>> Select(db::Transaction& tx, absl::string_view condition,
                                           absl::Span<const Value> parameters,
                                           absl::string_view suffix = "") {
  COLLOQUY_ASSIGN_OR_RETURN(const Rows rows,
                            tx.Query(absl::StrCat(kSelect, condition, suffix), parameters));
  if (rows.empty()) return std::nullopt;
  return ToRoom(rows[0]);
}

constexpr absl::string_view kByUid = "uid = ?";
constexpr absl::string_view kByName = "organizer = ? AND dialogue_id = ?";

}  // namespace

std::string NameOf(const Room& room) {
  return absl::StrCat("organizers/", room.organizer, "/dialogues/", room.dialogue_id);
}

absl::StatusOr<std::optional<Room>> FindRoom(db::Transaction& tx, absl::string_view organizer,
                                             absl::string_view dialogue_id) {
  return Select(tx, kByName, {organizer, dialogue_id});
}

absl::StatusOr<std::optional<Room>> ReadRoom(db::Transaction& tx, const Uid& uid) {
  return Select(tx, kByUid, {Key(uid)});
}

absl::StatusOr<std::optional<Room>> LockRoom(db::Transaction& tx, const Uid& uid) {
  return Select(tx, kByUid, {Key(uid)}, tx.for_update());
}

absl::StatusOr<std::optional<Room>> LockRoomByName(db::Transaction& tx, absl::string_view organizer,
                                                   absl::string_view dialogue_id) {
  return Select(tx, kByName, {organizer, dialogue_id}, tx.for_update());
}

absl::Status InsertRoom(db::Transaction& tx, const Room& room) {
  return tx.InsertRows(
      "rooms", kColumns,
      std::vector<std::vector<Value>>{
          {Key(room.uid), room.organizer, room.dialogue_id, room.state, room.vote_sequence,
           room.next_participant, room.participant_count, room.next_statement, room.statement_count,
           room.next_agenda_item, room.next_speaker_request, room.next_poll, room.next_decision,
           room.next_action_item, room.next_moderation, room.import_run, room.link_generation}});
}

absl::Status SaveRoom(db::Transaction& tx, const Room& room) {
  return tx
      .Execute(
          "UPDATE rooms SET state = ?, vote_sequence = ?, next_participant = ?, "
          "participant_count = ?, next_statement = ?, statement_count = ?, next_agenda_item = ?, "
          "next_speaker_request = ?, next_poll = ?, next_decision = ?, next_action_item = ?, "
          "next_moderation = ?, import_run = ?, link_generation = ? WHERE uid = ?",
          {room.state, room.vote_sequence, room.next_participant, room.participant_count,
           room.next_statement, room.statement_count, room.next_agenda_item,
           room.next_speaker_request, room.next_poll, room.next_decision, room.next_action_item,
           room.next_moderation, room.import_run, room.link_generation, Key(room.uid)})
      .status();
}

}  // namespace colloquy::dialogues::store
