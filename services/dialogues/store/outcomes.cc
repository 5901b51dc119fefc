#include "services/dialogues/store/outcomes.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "services/dialogues/rules/outcomes.h"
#include "services/dialogues/store/children.h"

namespace colloquy::dialogues::store {
namespace {

using db::Row;
using db::Rows;
using db::Value;
using resource::SqlFragment;
using v1::ActionItem;
using v1::Decision;

struct Progress {
  int64_t items = 0;
  int64_t kept = 0;  // those that were not given up
  int64_t percent = 0;
};

// By number of the decision.
absl::StatusOr<std::map<std::string, Progress>> ReadProgress(db::Transaction& tx,
                                                             const Uid& dialogue) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT decision, COUNT(*), SUM(CASE WHEN state = ? THEN 0 ELSE 1 END), "
               "SUM(CASE WHEN state = ? THEN 0 ELSE progress_percent END) FROM action_items "
               "WHERE dialogue_uid = ? AND decision IS NOT NULL GROUP BY decision",
               {ActionItem::DROPPED, ActionItem::DROPPED, Key(dialogue)}));
  std::map<std::string, Progress> progress;
  for (const Row row : rows)
    progress[std::string(row.Text(0))] = {row.Int64(1), row.Int64(2), row.Int64(3)};
  return progress;
}

Value DateOrNull(bool there, const google::type::Date& date) {
  return there ? Value(rules::DateText(date)) : Value::Null();
}

Value RemindDate(const ActionItem& item) {
  const std::optional<absl::CivilDay> day = rules::ReminderDay(item);
  return item.reminder_due() || !day.has_value() ? Value::Null() : Value(rules::DateText(*day));
}

}  // namespace

absl::Status Save(db::Transaction& tx, const Uid& dialogue, Decision decision) {
  decision.clear_progress_percent();
  decision.clear_action_item_count();
  return tx.UpsertRows(Table<Decision>::kName, {"dialogue_uid", "number"},
                       {"dialogue_uid", "number", "message"},
                       {{Key(dialogue), *rules::NumberOf(decision.name()),
                         Value::Blob(decision.SerializeAsString())}});
}

absl::Status Save(db::Transaction& tx, const Uid& dialogue, const ActionItem& item) {
  return tx.UpsertRows(
      Table<ActionItem>::kName, {"dialogue_uid", "number"},
      {"dialogue_uid", "number", "state", "decision", "owner", "due_date", "remind_date",
       "reminder_due", "progress_percent", "message"},
      {{Key(dialogue), *rules::NumberOf(item.name()), item.state(), NumberOrNull(item.decision()),
        item.owner(), DateOrNull(item.has_due_date(), item.due_date()), RemindDate(item),
        item.reminder_due(), item.progress_percent(), Value::Blob(item.SerializeAsString())}});
}

absl::Status FillProgress(db::Transaction& tx, const Uid& dialogue,
                          absl::Span<Decision> decisions) {
  COLLOQUY_ASSIGN_OR_RETURN(const auto known, ReadProgress(tx, dialogue));
  for (Decision& decision : decisions) {
    const auto found = known.find(*LastPart(decision.name()));
    const Progress progress = found == known.end() ? Progress() : found->second;
    decision.set_action_item_count(static_cast<int32_t>(progress.items));
    decision.set_progress_percent(
        progress.kept == 0
            ? 0
            : static_cast<int32_t>((progress.percent + progress.kept / 2) / progress.kept));
  }
  return absl::OkStatus();
}

SqlFragment ActionItemsIn(const Uid& dialogue) { return {"a.dialogue_uid = ?", {Key(dialogue)}}; }
SqlFragment ActionItemsOf(const std::string& organizer) { return {"r.organizer = ?", {organizer}}; }

absl::StatusOr<ActionItemPage> ListActionItems(db::Transaction& tx, const SqlFragment& whose,
                                               const SqlFragment& filter,
                                               const resource::PagePosition& after, int limit) {
  std::vector<Value> parameters = whose.params;
  parameters.insert(parameters.end(), filter.params.begin(), filter.params.end());
  std::string start = "1 = 1";
  if (!after.empty()) {
    start = "(a.dialogue_uid > ? OR (a.dialogue_uid = ? AND a.number > ?))";
    parameters.insert(parameters.end(), {after[0], after[0], after[1]});
  }
  parameters.push_back(limit + 1);
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(absl::StrCat("SELECT a.number, a.message, a.dialogue_uid FROM action_items a JOIN "
                            "rooms r ON r.uid = a.dialogue_uid WHERE ",
                            whose.sql, " AND ", filter.sql, " AND ", start,
                            " ORDER BY a.dialogue_uid, a.number LIMIT ?"),
               parameters));
  ActionItemPage page;
  const size_t count = std::min(rows.size(), static_cast<size_t>(limit));
  page.action_items.reserve(count);
  for (size_t i = 0; i < count; ++i) page.action_items.push_back(ToChild<ActionItem>(rows[i]));
  if (rows.size() > count && count > 0)
    page.next = {Value::Blob(rows[count - 1].Blob(2)), rows[count - 1].Int64(0)};
  return page;
}

const resource::FilterSchema& ActionItemFilters() {
  using resource::FieldType;
  static const auto* const schema = new resource::FilterSchema({
      {.name = "state",
       .column = "a.state",
       .type = FieldType::kEnum,
       .enumeration = ActionItem::State_descriptor()},
      {.name = "decision", .column = "a.decision", .normalize = LastPart},
      {.name = "owner", .column = "a.owner"},
      {.name = "due_date", .column = "a.due_date"},
      {.name = "reminder_due", .column = "a.reminder_due", .type = FieldType::kBool},
  });
  return *schema;
}

absl::StatusOr<std::vector<DueReminder>> DueReminders(db::Transaction& tx, absl::CivilDay today,
                                                      int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT dialogue_uid, number FROM action_items WHERE remind_date <= ? ORDER BY "
               "remind_date, dialogue_uid, number LIMIT ?",
               {rules::DateText(today), limit}));
  std::vector<DueReminder> due;
  due.reserve(rows.size());
  for (const Row row : rows) due.push_back({resource::UidOf(row, 0), row.Int64(1)});
  return due;
}

}  // namespace colloquy::dialogues::store
