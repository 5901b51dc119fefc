// StatementsService.ImportConversation: a conversation that took place elsewhere.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/digest.h"
#include "services/dialogues/requests.h"
#include "services/dialogues/rules/names.h"
#include "services/dialogues/rules/texts.h"
#include "services/dialogues/seats.h"
#include "services/dialogues/statements_service.h"
#include "services/dialogues/store/dialogues.h"
#include "services/dialogues/store/participants.h"
#include "services/dialogues/store/votes.h"
#include "services/dialogues/wording.h"

namespace colloquy::dialogues {
namespace {

using store::ParticipantRow;
using store::StatementRow;
using v1::Dialogue;
using v1::ImportConversationRequest;
using v1::ImportedStatement;
using v1::Statement;

constexpr int kMaxRun = 10'000;
constexpr rules::States kDraft{Dialogue::DRAFT};
using Numbers = absl::flat_hash_set<int64_t>;

absl::Status CheckSizes(const ImportConversationRequest& request) {
  const std::string limit = absl::StrCat("takes at most ", kMaxRun);
  if (request.run() < 1) return errors::InvalidField("run", "counts from 1");
  if (request.participants_size() > kMaxRun) return errors::InvalidField("participants", limit);
  if (request.statements_size() > kMaxRun) return errors::InvalidField("statements", limit);
  if (request.votes_size() > kMaxRun) return errors::InvalidField("votes", limit);
  return absl::OkStatus();
}

std::vector<int64_t> Sorted(const Numbers& numbers) {
  std::vector<int64_t> sorted(numbers.begin(), numbers.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

// Which of these numbers there are.
absl::StatusOr<Numbers> KnownParticipants(RoomChange& change, const Numbers& asked) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<ParticipantRow> rows,
                            store::ReadParticipants(change.tx, change.room.uid, Sorted(asked)));
  Numbers known;
  for (const ParticipantRow& row : rows) known.insert(row.number);
  return known;
}

absl::StatusOr<Numbers> KnownStatements(RoomChange& change, const Numbers& asked) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<StatementRow> rows,
                            store::ReadStatements(change.tx, change.room.uid, Sorted(asked)));
  Numbers known;
  for (const StatementRow& row : rows) known.insert(row.number);
  return known;
}

// The numbers of new things, each there once and not in the dialogue.
template <typename Things, typename FindKnown>
absl::StatusOr<Numbers> NewNumbers(const Things& things, absl::string_view field,
                                   FindKnown find_known) {
  Numbers numbers;
  for (int i = 0; i < things.size(); ++i) {
    const std::string path = absl::StrCat(field, "[", i, "].number");
    if (things[i].number() < 0) return errors::InvalidField(path, "must not be negative");
    if (!numbers.insert(things[i].number()).second)
      return errors::InvalidField(path, "is there twice");
  }
  COLLOQUY_ASSIGN_OR_RETURN(const Numbers known, find_known(numbers));
  for (int i = 0; i < things.size(); ++i) {
    if (known.contains(things[i].number())) {
      return errors::InvalidField(absl::StrCat(field, "[", i, "].number"),
                                  "is taken in this dialogue");
    }
  }
  return numbers;
}

absl::Status ImportParticipants(RoomChange& change, const Dialogue& dialogue,
                                const ImportConversationRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(
      NewNumbers(request.participants(), "participants", [&](const Numbers& numbers) {
        return KnownParticipants(change, numbers);
      }).status());
  const auto& types = dialogue.stakeholder_types();
  std::vector<ParticipantRow> rows;
  rows.reserve(static_cast<size_t>(request.participants_size()));
  for (const v1::ImportedParticipant& participant : request.participants()) {
    const std::string& type = participant.stakeholder_type();
    if (!type.empty() && std::find(types.begin(), types.end(), type) == types.end()) {
      return errors::InvalidField(absl::StrCat("participants[", rows.size(), "].stakeholder_type"),
                                  "must be one of the dialogue's");
    }
    ParticipantRow& row = rows.emplace_back();
    row.number = participant.number();
    row.message.set_stakeholder_type(type);
  }
  return AddSeats(change, rows);
}

bool IsImportable(Statement::State state) {
  return state == Statement::UNDECIDED || state == Statement::ACCEPTED ||
         state == Statement::REJECTED;
}

absl::StatusOr<StatementRow> ToRow(const ImportedStatement& statement, const std::string& path,
                                   const Dialogue& dialogue) {
  StatementRow row;
  row.number = statement.number();
  row.message.set_text(rules::CleanText(statement.text()));
  if (row.message.text().empty()) return errors::RequiredField(absl::StrCat(path, "text"));
  if (!IsImportable(statement.state()))
    return errors::InvalidField(absl::StrCat(path, "state"),
                                "must be UNDECIDED, ACCEPTED or REJECTED");
  row.message.set_state(statement.state());
  row.message.set_language_code(dialogue.language_code());
  row.message.set_meta(statement.meta());
  row.message.set_seed(!statement.has_author());
  if (statement.has_author()) {
    row.message.set_author(
        rules::ChildName(dialogue.name(), rules::kParticipants, statement.author()));
  }
  if (statement.has_create_time()) *row.message.mutable_create_time() = statement.create_time();
  row.text_key = rules::TextKey(row.message.text());
  return row;
}

// Elsewhere the same words may stand twice, with votes on each. The first keeps the key that people
// are held against; the others get one that no words have.
absl::Status ParkTwins(RoomChange& change, std::vector<StatementRow>& rows) {
  std::vector<std::string> keys;
  for (const StatementRow& row : rows) keys.push_back(row.text_key);
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<StatementRow> same,
                            store::FindStatementsByText(change.tx, change.room.uid, keys));
  absl::flat_hash_set<std::string> taken;
  for (const StatementRow& row : same) taken.insert(row.text_key);
  for (StatementRow& row : rows) {
    if (!taken.insert(row.text_key).second)
      row.text_key = resource::Sha256(absl::StrCat("colloquy-imported-twin", row.number));
  }
  return absl::OkStatus();
}

absl::Status ImportStatements(RoomChange& change, const Dialogue& dialogue,
                              const ImportConversationRequest& request) {
  COLLOQUY_RETURN_IF_ERROR(
      NewNumbers(request.statements(), "statements", [&](const Numbers& numbers) {
        return KnownStatements(change, numbers);
      }).status());
  Numbers authors;
  for (const ImportedStatement& statement : request.statements())
    if (statement.has_author()) authors.insert(statement.author());
  COLLOQUY_ASSIGN_OR_RETURN(const Numbers known, KnownParticipants(change, authors));
  std::vector<StatementRow> rows;
  rows.reserve(static_cast<size_t>(request.statements_size()));
  for (const ImportedStatement& statement : request.statements()) {
    const std::string path = absl::StrCat("statements[", rows.size(), "].");
    if (statement.has_author() && !known.contains(statement.author()))
      return errors::InvalidField(absl::StrCat(path, "author"), "is no participant");
    COLLOQUY_ASSIGN_OR_RETURN(StatementRow row, ToRow(statement, path, dialogue));
    rows.push_back(std::move(row));
  }
  COLLOQUY_RETURN_IF_ERROR(ParkTwins(change, rows));
  return AddWordings(change, rows);
}

absl::Status ImportVotes(RoomChange& change, const ImportConversationRequest& request) {
  Numbers participants, statements;
  for (const v1::Vote& vote : request.votes()) {
    participants.insert(vote.participant());
    statements.insert(vote.statement());
  }
  COLLOQUY_ASSIGN_OR_RETURN(const Numbers people, KnownParticipants(change, participants));
  COLLOQUY_ASSIGN_OR_RETURN(const Numbers said, KnownStatements(change, statements));
  std::vector<store::VoteRow> rows;
  rows.reserve(static_cast<size_t>(request.votes_size()));
  for (const v1::Vote& vote : request.votes()) {
    const auto refuse = [&](absl::string_view field, absl::string_view why) {
      return errors::InvalidField(absl::StrCat("votes[", rows.size(), "].", field), why);
    };
    if (!people.contains(vote.participant())) return refuse("participant", "is no participant");
    if (!said.contains(vote.statement())) return refuse("statement", "is no statement");
    if (!v1::VoteValue_IsValid(vote.value())) return refuse("value", "is no vote");
    using google::protobuf::util::TimeUtil;
    rows.push_back({.participant = vote.participant(),
                    .statement = vote.statement(),
                    .value = vote.value(),
                    .vote_time = vote.has_vote_time()
                                     ? absl::FromUnixMicros(
                                           TimeUtil::TimestampToMicroseconds(vote.vote_time()))
                                     : change.now});
  }
  return store::AppendVotes(change.tx, change.room, absl::MakeSpan(rows));
}

}  // namespace

absl::StatusOr<v1::ImportConversationResponse> StatementsService::ImportConversation(
    const Call& call, const ImportConversationRequest& request) {
  using Response = v1::ImportConversationResponse;
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  COLLOQUY_RETURN_IF_ERROR(CheckSizes(request));
  return book_.Write<Response>(
      call, parent, request, [&](RoomChange& change) -> absl::StatusOr<Response> {
        COLLOQUY_RETURN_IF_ERROR(change.CheckState(kDraft));
        Response response;
        response.set_repeated_run(request.run() <= change.room.import_run);
        if (!response.repeated_run()) {
          if (request.run() != change.room.import_run + 1) {
            return errors::InvalidField(
                "run", absl::StrCat("must be ", change.room.import_run + 1, ", the next one"));
          }
          COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue,
                                    store::ReadDialogue(change.tx, change.room));
          COLLOQUY_RETURN_IF_ERROR(ImportParticipants(change, dialogue, request));
          COLLOQUY_RETURN_IF_ERROR(ImportStatements(change, dialogue, request));
          COLLOQUY_RETURN_IF_ERROR(ImportVotes(change, request));
          change.room.import_run = request.run();
        }
        response.set_vote_sequence(change.room.vote_sequence);
        return response;
      });
}

}  // namespace colloquy::dialogues
