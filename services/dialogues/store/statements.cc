#include "services/dialogues/store/statements.h"

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/folding.h"

namespace colloquy::dialogues::store {
namespace {

using db::Row;
using db::Rows;
using db::Value;
using v1::Statement;

constexpr absl::string_view kColumns = "number, text_key, message";

StatementRow ToStatement(const Row& row) {
  return {.number = row.Int64(0),
          .message = ParseMessage<Statement>(row, 2),
          .text_key = std::string(row.Blob(1))};
}

std::vector<StatementRow> ToStatements(const Rows& rows) {
  std::vector<StatementRow> statements;
  statements.reserve(rows.size());
  for (const Row row : rows) statements.push_back(ToStatement(row));
  return statements;
}

// The number in its author's name.
Value Author(const Statement& message) {
  const std::string& name = message.author();
  return TextOrNull(name.substr(name.rfind('/') + 1));
}

std::string SearchText(const Statement& message) {
  std::string text = message.text();
  for (const auto& [language, translation] : message.translations())
    absl::StrAppend(&text, " ", translation);
  return resource::FoldText(text);
}

// Votes are counted when it is read.
Value Stored(Statement message) {
  message.clear_tally();
  return Value::Blob(message.SerializeAsString());
}

}  // namespace

absl::StatusOr<std::vector<StatementRow>> ReadStatements(db::Transaction& tx, const Uid& uid,
                                                         absl::Span<const int64_t> numbers) {
  std::vector<StatementRow> statements;
  COLLOQUY_RETURN_IF_ERROR(QueryIn(
      tx, absl::StrCat("SELECT ", kColumns, " FROM statements WHERE dialogue_uid = ? AND number"),
      {Key(uid)}, numbers, [](int64_t number) { return Value(number); },
      [&](const Row& row) { statements.push_back(ToStatement(row)); }));
  return statements;
}

absl::StatusOr<std::optional<StatementRow>> ReadStatement(db::Transaction& tx, const Uid& uid,
                                                          int64_t number) {
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<StatementRow> found, ReadStatements(tx, uid, {number}));
  if (found.empty()) return std::nullopt;
  return std::move(found[0]);
}

absl::StatusOr<Page<StatementRow>> ListStatements(db::Transaction& tx, const Uid& uid,
                                                  int64_t after, int limit,
                                                  const resource::SqlFragment& filter) {
  return ListChildren<StatementRow>(tx, kColumns, "statements", uid, filter, after, limit,
                                    ToStatement);
}

const resource::FilterSchema& StatementFilters() {
  using resource::FieldType;
  static const auto* const schema = new resource::FilterSchema({
      {.name = "state",
       .column = "state",
       .type = FieldType::kEnum,
       .enumeration = Statement::State_descriptor()},
      {.name = "seed", .column = "seed", .type = FieldType::kBool},
      {.name = "meta", .column = "meta", .type = FieldType::kBool},
      {.name = "language_code", .column = "language_code"},
      {.name = "author",
       .column = "author",
       .normalize = [](absl::string_view name) -> absl::StatusOr<std::string> {
         return std::string(name.substr(name.rfind('/') + 1));
       }},
      {.name = "create_time", .column = "create_time", .type = FieldType::kTime},
      {.name = "", .column = "search", .type = FieldType::kTextSearch},
  });
  return *schema;
}

absl::Status AddStatements(db::Transaction& tx, const Uid& uid,
                           absl::Span<const StatementRow> statements) {
  std::vector<std::vector<Value>> rows;
  rows.reserve(statements.size());
  for (const StatementRow& row : statements) {
    const Statement& message = row.message;
    rows.push_back({Key(uid), row.number, message.state(), message.seed(), message.meta(),
                    Author(message), message.language_code(), Value::Blob(row.text_key),
                    Micros(message.create_time()), SearchText(message), Stored(message)});
  }
  return tx.InsertRows("statements",
                       {"dialogue_uid", "number", "state", "seed", "meta", "author",
                        "language_code", "text_key", "create_time", "search", "message"},
                       rows);
}

absl::Status SaveStatement(db::Transaction& tx, const Uid& uid, const StatementRow& row) {
  const Statement& message = row.message;
  return tx
      .Execute(
          "UPDATE statements SET state = ?, meta = ?, language_code = ?, search = ?, "
          "message = ? WHERE dialogue_uid = ? AND number = ?",
          {message.state(), message.meta(), message.language_code(), SearchText(message),
           Stored(message), Key(uid), row.number})
      .status();
}

absl::StatusOr<std::optional<StatementRow>> FindStatementByText(db::Transaction& tx, const Uid& uid,
                                                                absl::string_view text_key) {
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<StatementRow> found,
                            FindStatementsByText(tx, uid, {std::string(text_key)}));
  if (found.empty()) return std::nullopt;
  return std::move(found[0]);
}

absl::StatusOr<std::vector<StatementRow>> FindStatementsByText(
    db::Transaction& tx, const Uid& uid, absl::Span<const std::string> text_keys) {
  std::vector<StatementRow> statements;
  COLLOQUY_RETURN_IF_ERROR(QueryIn(
      tx, absl::StrCat("SELECT ", kColumns, " FROM statements WHERE dialogue_uid = ? AND text_key"),
      {Key(uid)}, text_keys, [](const std::string& key) { return Value::Blob(key); },
      [&](const Row& row) { statements.push_back(ToStatement(row)); }));
  return statements;
}

absl::StatusOr<std::vector<StatementRow>> StatementsByAuthor(db::Transaction& tx, const Uid& uid,
                                                             int64_t participant) {
  COLLOQUY_ASSIGN_OR_RETURN(const Rows rows,
                            tx.Query(absl::StrCat("SELECT ", kColumns,
                                                  " FROM statements WHERE dialogue_uid = ? AND "
                                                  "author = ? ORDER BY number"),
                                     {Key(uid), absl::StrCat(participant)}));
  return ToStatements(rows);
}

}  // namespace colloquy::dialogues::store
