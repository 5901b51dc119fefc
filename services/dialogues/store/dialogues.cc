#include "services/dialogues/store/dialogues.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/folding.h"
#include "services/dialogues/store/rows.h"

namespace colloquy::dialogues::store {
namespace {

using db::Row;
using db::Rows;
using db::Value;
using v1::Dialogue;

// Tables with a column `dialogue_uid` that begins their key: all that is in a room.
constexpr absl::string_view kChildTables[] = {
    "participants", "statements", "moderation_entries", "agenda_items",      "speaker_requests",
    "polls",        "ballots",    "anonymous_voters",   "anonymous_ballots", "decisions",
    "action_items",
};

void SetCounts(int64_t participants, int64_t statements, int64_t votes, Dialogue& dialogue) {
  dialogue.set_participant_count(static_cast<int32_t>(participants));
  dialogue.set_statement_count(static_cast<int32_t>(statements));
  dialogue.set_vote_sequence(votes);
}

// Counts belong to the room.
Value Stored(Dialogue dialogue) {
  SetCounts(0, 0, 0, dialogue);
  return Value::Blob(dialogue.SerializeAsString());
}

std::string SearchText(const Dialogue& dialogue) { return resource::FoldText(dialogue.title()); }

}  // namespace

absl::StatusOr<Dialogue> ReadDialogue(db::Transaction& tx, const Room& room) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows, tx.Query("SELECT message FROM dialogues WHERE uid = ?", {Key(room.uid)}));
  if (rows.empty()) return absl::InternalError("a room without its dialogue");
  Dialogue dialogue = ParseMessage<Dialogue>(rows[0], 0);
  SetCounts(room.participant_count, room.statement_count, room.vote_sequence, dialogue);
  return dialogue;
}

absl::Status InsertDialogue(db::Transaction& tx, const Room& room, const Dialogue& dialogue) {
  return tx.InsertRows("dialogues",
                       {"uid", "organizer", "dialogue_id", "state", "event", "create_time",
                        "update_time", "search", "message"},
                       {{Key(room.uid), room.organizer, room.dialogue_id, dialogue.state(),
                         TextOrNull(dialogue.event()), Micros(dialogue.create_time()),
                         Micros(dialogue.update_time()), SearchText(dialogue), Stored(dialogue)}});
}

absl::Status UpdateDialogue(db::Transaction& tx, const Room& room, const Dialogue& dialogue) {
  return tx
      .Execute(
          "UPDATE dialogues SET state = ?, event = ?, update_time = ?, search = ?, "
          "message = ? WHERE uid = ?",
          {dialogue.state(), TextOrNull(dialogue.event()), Micros(dialogue.update_time()),
           SearchText(dialogue), Stored(dialogue), Key(room.uid)})
      .status();
}

absl::StatusOr<bool> HasChildren(db::Transaction& tx, const Uid& uid) {
  for (absl::string_view table : kChildTables) {
    COLLOQUY_ASSIGN_OR_RETURN(
        const Rows rows,
        tx.Query(absl::StrCat("SELECT 1 FROM ", table, " WHERE dialogue_uid = ? LIMIT 1"),
                 {Key(uid)}));
    if (!rows.empty()) return true;
  }
  return false;
}

absl::Status DeleteRoom(db::Transaction& tx, const Uid& uid) {
  for (absl::string_view table : kChildTables) {
    COLLOQUY_RETURN_IF_ERROR(
        tx.Execute(absl::StrCat("DELETE FROM ", table, " WHERE dialogue_uid = ?"), {Key(uid)})
            .status());
  }
  COLLOQUY_RETURN_IF_ERROR(tx.Execute("DELETE FROM dialogues WHERE uid = ?", {Key(uid)}).status());
  return tx.Execute("DELETE FROM rooms WHERE uid = ?", {Key(uid)}).status();
}

absl::StatusOr<DialoguePage> ListDialogues(db::Transaction& tx, absl::string_view organizer,
                                           const resource::SqlFragment& filter,
                                           const resource::OrderBy& order,
                                           const resource::PagePosition& after, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment start, order.After(after));
  std::vector<Value> parameters;
  std::string own = "1=1";
  if (!organizer.empty()) {
    own = "d.organizer = ?";
    parameters.push_back(organizer);
  }
  parameters.insert(parameters.end(), filter.params.begin(), filter.params.end());
  parameters.insert(parameters.end(), start.params.begin(), start.params.end());
  parameters.push_back(limit + 1);
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(
          absl::StrCat("SELECT d.message, r.participant_count, r.statement_count, "
                       "r.vote_sequence, ",
                       order.Columns(), " FROM dialogues d JOIN rooms r ON r.uid = d.uid WHERE ",
                       own, " AND ", filter.sql, " AND ", start.sql, " ORDER BY ", order.Clause(),
                       " LIMIT ?"),
          parameters));
  DialoguePage page;
  const size_t count = std::min(rows.size(), static_cast<size_t>(limit));
  for (size_t i = 0; i < count; ++i) {
    const Row row = rows[i];
    Dialogue& dialogue = page.dialogues.emplace_back(ParseMessage<Dialogue>(row, 0));
    SetCounts(row.Int64(1), row.Int64(2), row.Int64(3), dialogue);
  }
  if (rows.size() > count && count > 0) page.next = order.PositionOf(rows[count - 1], 4);
  return page;
}

const resource::FilterSchema& DialogueFilters() {
  using resource::FieldType;
  static const auto* const schema = new resource::FilterSchema({
      {.name = "state",
       .column = "d.state",
       .type = FieldType::kEnum,
       .enumeration = Dialogue::State_descriptor()},
      {.name = "event", .column = "d.event"},
      {.name = "create_time", .column = "d.create_time", .type = FieldType::kTime},
      {.name = "update_time", .column = "d.update_time", .type = FieldType::kTime},
      {.name = "", .column = "d.search", .type = FieldType::kTextSearch},
  });
  return *schema;
}

const resource::SortSchema& DialogueOrders() {
  using resource::SortType;
  // The uid is ordered by time, so it stands for create_time.
  static const auto* const schema = new resource::SortSchema{
      .fields = {{.name = "create_time", .column = "d.uid", .type = SortType::kBytes},
                 {.name = "name", .column = "d.dialogue_id", .type = SortType::kText},
                 {.name = "update_time", .column = "d.update_time"}},
      .unique = {{.name = "", .column = "d.uid", .type = SortType::kBytes}},
      .default_order = "create_time desc",
  };
  return *schema;
}

}  // namespace colloquy::dialogues::store
