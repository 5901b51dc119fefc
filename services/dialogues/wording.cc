#include "services/dialogues/wording.h"

#include <algorithm>
#include <map>
#include <utility>

#include "services/common/errors/errors.h"
#include "services/dialogues/child_changes.h"
#include "services/dialogues/rules/names.h"
#include "services/dialogues/rules/texts.h"
#include "services/dialogues/store/moderation.h"

namespace colloquy::dialogues {
namespace {

using changes::v1::Change;
using store::StatementRow;
using v1::Statement;

std::string NameOf(const RoomChange& change, int64_t number) {
  return rules::ChildName(store::NameOf(change.room), rules::kStatements, number);
}

absl::Status SaidBefore(const RoomChange& change, int64_t number) {
  return errors::AlreadyExists("colloquy/Statement", NameOf(change, number));
}

}  // namespace

absl::StatusOr<std::vector<StatementRow>> WriteStatements(RoomChange& change,
                                                          absl::Span<const Statement> statements) {
  std::vector<StatementRow> rows;
  std::vector<std::string> keys;
  std::map<std::string, int64_t> numbers;
  for (const Statement& statement : statements) {
    StatementRow& row = rows.emplace_back();
    row.number = change.room.next_statement + static_cast<int64_t>(rows.size()) - 1;
    row.text_key = rules::TextKey(statement.text());
    const auto [known, fresh] = numbers.emplace(row.text_key, row.number);
    if (!fresh) return SaidBefore(change, known->second);
    keys.push_back(row.text_key);
    row.message = statement;
    row.message.clear_create_time();
  }
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<StatementRow> same,
                            store::FindStatementsByText(change.tx, change.room.uid, keys));
  if (!same.empty()) return SaidBefore(change, same[0].number);
  COLLOQUY_RETURN_IF_ERROR(AddWordings(change, rows));
  return rows;
}

absl::Status AddWordings(RoomChange& change, std::vector<StatementRow>& rows) {
  for (StatementRow& row : rows) {
    row.message.set_name(NameOf(change, row.number));
    row.message.set_revision(0);
    if (!row.message.has_create_time()) *row.message.mutable_create_time() = ToProto(change.now);
    row.message.clear_tally();
    Stamp(change, row.message);
    change.Record(Change::CREATED, row.message, "", Statement::State_Name(row.message.state()));
    change.room.next_statement = std::max(change.room.next_statement, row.number + 1);
  }
  change.room.statement_count += static_cast<int64_t>(rows.size());
  return store::AddStatements(change.tx, change.room.uid, rows);
}

absl::Status SaveWording(RoomChange& change, StatementRow& row, Statement::State old_state) {
  row.message.clear_tally();
  Stamp(change, row.message);
  COLLOQUY_RETURN_IF_ERROR(store::SaveStatement(change.tx, change.room.uid, row));
  const bool moved = old_state != row.message.state();
  change.Record(moved ? Change::STATE_CHANGED : Change::UPDATED, row.message,
                Statement::State_Name(old_state), Statement::State_Name(row.message.state()));
  return absl::OkStatus();
}

absl::Status LogModeration(RoomChange& change, const Statement& statement,
                           Statement::State old_state, const std::string& other,
                           const std::string& reason) {
  v1::ModerationEntry entry;
  entry.set_sequence(change.room.next_moderation++);
  entry.set_statement(statement.name());
  entry.set_old_state(old_state);
  entry.set_new_state(statement.state());
  entry.set_other_statement(other);
  entry.set_reason(reason);
  *entry.mutable_moderate_time() = ToProto(change.now);
  return store::AddModerationEntry(change.tx, change.room.uid, entry);
}

}  // namespace colloquy::dialogues
