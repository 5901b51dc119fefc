// The table of statements. Every function works inside the caller's transaction; errors are the
// transaction's. Whoever changes rows has locked the room.
#ifndef COLLOQUY_SERVICES_DIALOGUES_STORE_STATEMENTS_H_
#define COLLOQUY_SERVICES_DIALOGUES_STORE_STATEMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/filter_sql.h"
#include "services/dialogues/store/rooms.h"
#include "services/dialogues/store/rows.h"

namespace colloquy::dialogues::store {

struct StatementRow {
  int64_t number = 0;
  // As stored: without a tally.
  v1::Statement message;
  // rules::TextKey of its words.
  std::string text_key;
};

// Those that exist, in no order.
absl::StatusOr<std::vector<StatementRow>> ReadStatements(db::Transaction& tx, const Uid& uid,
                                                         absl::Span<const int64_t> numbers);
absl::StatusOr<std::optional<StatementRow>> ReadStatement(db::Transaction& tx, const Uid& uid,
                                                          int64_t number);
// By number, after `after` (-1: from the first).
absl::StatusOr<Page<StatementRow>> ListStatements(db::Transaction& tx, const Uid& uid,
                                                  int64_t after, int limit,
                                                  const resource::SqlFragment& filter);
// What ListStatements may filter by.
const resource::FilterSchema& StatementFilters();

// kAlreadyExists without details if the dialogue has a statement with one of the keys.
absl::Status AddStatements(db::Transaction& tx, const Uid& uid,
                           absl::Span<const StatementRow> rows);
absl::Status SaveStatement(db::Transaction& tx, const Uid& uid, const StatementRow& row);

// The statement with these words, whatever its state.
absl::StatusOr<std::optional<StatementRow>> FindStatementByText(db::Transaction& tx, const Uid& uid,
                                                                absl::string_view text_key);
// Those with one of these keys, in no order.
absl::StatusOr<std::vector<StatementRow>> FindStatementsByText(
    db::Transaction& tx, const Uid& uid, absl::Span<const std::string> text_keys);
// Those that a participant wrote, whatever their state, by number.
absl::StatusOr<std::vector<StatementRow>> StatementsByAuthor(db::Transaction& tx, const Uid& uid,
                                                             int64_t participant);

}  // namespace colloquy::dialogues::store

#endif  // COLLOQUY_SERVICES_DIALOGUES_STORE_STATEMENTS_H_
