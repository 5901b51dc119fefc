// Statements: how they are written, moderated and counted. Inside a RoomChange.
#ifndef COLLOQUY_SERVICES_DIALOGUES_WORDING_H_
#define COLLOQUY_SERVICES_DIALOGUES_WORDING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/dialogues/room_book.h"
#include "services/dialogues/store/statements.h"

namespace colloquy::dialogues {

// Adds statements, all or none, in their order: number, name, times, counters, feed records. Each
// is normalised (rules/fields.h) and says text, state, author (a name) or seed. ALREADY_EXISTS,
// with the statement's name, where the dialogue has those words, or two of them are the same. The
// rows as stored.
absl::StatusOr<std::vector<store::StatementRow>> WriteStatements(
    RoomChange& change, absl::Span<const v1::Statement> statements);

// Stores new statements whose numbers and words nobody has: name, times (create time unless it is
// set), feed records, counters.
absl::Status AddWordings(RoomChange& change, std::vector<store::StatementRow>& rows);

// Stores a statement whose message was changed (not its text): revision, etag, update time, feed
// record.
absl::Status SaveWording(RoomChange& change, store::StatementRow& row,
                         v1::Statement::State old_state);

// Enters what a moderator did into the public log.
absl::Status LogModeration(RoomChange& change, const v1::Statement& statement,
                           v1::Statement::State old_state, const std::string& other,
                           const std::string& reason);

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_WORDING_H_
