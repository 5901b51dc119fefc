#include "services/dialogues/statements_service.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/masks.h"
#include "services/common/rpc/db_options.h"
#include "services/dialogues/lists.h"
#include "services/dialogues/requests.h"
#include "services/dialogues/rules/fields.h"
#include "services/dialogues/rules/names.h"
#include "services/dialogues/store/dialogues.h"
#include "services/dialogues/store/moderation.h"
#include "services/dialogues/store/votes.h"
#include "services/dialogues/wording.h"

namespace colloquy::dialogues {
namespace {

using rpc::CallContext;
using rules::StatementAction;
using store::StatementRow;
using v1::Dialogue;
using v1::Statement;

constexpr absl::string_view kService = "/colloquy.dialogues.v1.StatementsService/";
constexpr char kType[] = "colloquy/Statement";
constexpr int kMaxBatch = 1000;
constexpr int kUsualVotes = 1000;
constexpr int kMaxVotes = 10'000;

absl::StatusOr<ChildName> ParseName(const std::string& name, absl::string_view field) {
  return ParseChildName(name, rules::kStatements, kType, field);
}

absl::StatusOr<StatementRow> Read(db::Transaction& tx, const Uid& dialogue, const ChildName& name) {
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<StatementRow> row,
                            store::ReadStatement(tx, dialogue, name.number));
  if (!row.has_value()) return errors::NotFound(kType, name.name);
  return *std::move(row);
}

// What staff write: seeds, which nobody has to accept. `path_of` says where the request has the
// i-th.
absl::StatusOr<std::vector<Statement>> Seed(RoomChange& change, std::vector<Statement> statements,
                                            absl::FunctionRef<std::string(size_t)> path_of) {
  COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kNotOver));
  COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue, store::ReadDialogue(change.tx, change.room));
  for (size_t i = 0; i < statements.size(); ++i) {
    resource::ClearOutputOnly(&statements[i]);
    statements[i].set_seed(true);
    statements[i].set_state(Statement::ACCEPTED);
    COLLOQUY_RETURN_IF_ERROR(rules::NormalizeStatement(path_of(i), dialogue, &statements[i]));
  }
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<StatementRow> rows, WriteStatements(change, statements));
  for (size_t i = 0; i < rows.size(); ++i) {
    statements[i] = std::move(rows[i].message);
    statements[i].mutable_tally()->set_statement(static_cast<int32_t>(rows[i].number));
  }
  return statements;
}

absl::Status CheckBatch(const v1::BatchCreateStatementsRequest& request) {
  if (request.requests().empty()) return errors::RequiredField("requests");
  if (request.requests_size() > kMaxBatch)
    return errors::InvalidField("requests", absl::StrCat("takes at most ", kMaxBatch));
  for (int i = 0; i < request.requests_size(); ++i) {
    const v1::CreateStatementRequest& one = request.requests(i);
    const std::string path = absl::StrCat("requests[", i, "].");
    if (!one.parent().empty() && one.parent() != request.parent())
      return errors::InvalidField(absl::StrCat(path, "parent"), "must be empty or as above");
    if (!one.request_id().empty() && one.request_id() != request.request_id())
      return errors::InvalidField(absl::StrCat(path, "request_id"), "must be empty or as above");
  }
  return absl::OkStatus();
}

// Stores what became of a statement, and enters it into the public log.
absl::Status Decide(RoomChange& change, StatementRow& row, Statement::State state,
                    const std::string& other, const std::string& reason) {
  const Statement::State before = row.message.state();
  row.message.set_state(state);
  COLLOQUY_RETURN_IF_ERROR(SaveWording(change, row, before));
  return LogModeration(change, row.message, before, other, reason);
}

// The statement that stays, of the same dialogue.
absl::StatusOr<StatementRow> MergeTarget(RoomChange& change, const ChildName& merged,
                                         const ChildName& into) {
  if (into.dialogue.name != merged.dialogue.name)
    return errors::InvalidField("into", "must be a statement of the same dialogue");
  if (into.number == merged.number)
    return errors::InvalidField("into", "must be another statement");
  COLLOQUY_ASSIGN_OR_RETURN(StatementRow row, Read(change.tx, change.room.uid, into));
  if (rules::Counts(row.message.state())) return row;
  return errors::IllegalTransition(into.name, Statement::State_Name(row.message.state()),
                                   change.cause.method, "UNDECIDED or ACCEPTED");
}

absl::StatusOr<int> VotesPerPage(int32_t asked) {
  if (asked < 0) return errors::InvalidField("page_size", "must not be negative");
  return asked == 0 ? kUsualVotes : std::min(asked, kMaxVotes);
}

}  // namespace

absl::Status StatementsService::Count(const Call& call, const Uid& dialogue,
                                      std::vector<Statement*> statements) const {
  COLLOQUY_ASSIGN_OR_RETURN(const LiveRooms::RoomPtr room,
                            rooms_.OpenWithVotes(dialogue, rpc::DbOptions(call)));
  for (Statement* statement : statements) {
    const int64_t number = rules::NumberOf(statement->name()).value_or(-1);
    *statement->mutable_tally() = room->votes().TallyOf(number);
    statement->mutable_tally()->set_statement(static_cast<int32_t>(number));
  }
  return absl::OkStatus();
}

// ---- Writing and reading ----

absl::StatusOr<Statement> StatementsService::CreateStatement(
    const Call& call, const v1::CreateStatementRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  return book_.Write<Statement>(
      call, parent, request, [&](RoomChange& change) -> absl::StatusOr<Statement> {
        COLLOQUY_ASSIGN_OR_RETURN(
            std::vector<Statement> written,
            Seed(change, {request.statement()}, [](size_t) { return "statement"; }));
        return std::move(written[0]);
      });
}

absl::StatusOr<v1::BatchCreateStatementsResponse> StatementsService::BatchCreateStatements(
    const Call& call, const v1::BatchCreateStatementsRequest& request) {
  using Response = v1::BatchCreateStatementsResponse;
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  COLLOQUY_RETURN_IF_ERROR(CheckBatch(request));
  std::vector<Statement> statements;
  for (const auto& one : request.requests()) statements.push_back(one.statement());
  return book_.Write<Response>(
      call, parent, request, [&](RoomChange& change) -> absl::StatusOr<Response> {
        COLLOQUY_ASSIGN_OR_RETURN(std::vector<Statement> written,
                                  Seed(change, statements, [](size_t i) {
                                    return absl::StrCat("requests[", i, "].statement");
                                  }));
        Response response;
        for (Statement& statement : written) response.add_statements()->Swap(&statement);
        return response;
      });
}

absl::StatusOr<Statement> StatementsService::GetStatement(const Call& call,
                                                          const v1::GetStatementRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name, ParseName(request.name(), "name"));
  Statement statement;
  Uid dialogue;
  COLLOQUY_RETURN_IF_ERROR(book_.Read(
      call, name.dialogue, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        dialogue = room.uid;
        COLLOQUY_ASSIGN_OR_RETURN(StatementRow row, Read(tx, room.uid, name));
        statement.Swap(&row.message);
        return absl::OkStatus();
      }));
  COLLOQUY_RETURN_IF_ERROR(Count(call, dialogue, {&statement}));
  return statement;
}

absl::StatusOr<v1::ListStatementsResponse> StatementsService::ListStatements(
    const Call& call, const v1::ListStatementsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  COLLOQUY_ASSIGN_OR_RETURN(const PageStart start, StartOf(tokens_, call, request, -1));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(request.filter(), store::StatementFilters()));
  v1::ListStatementsResponse response;
  Uid dialogue;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, parent, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        response.Clear();
        dialogue = room.uid;
        COLLOQUY_ASSIGN_OR_RETURN(store::Page<StatementRow> page,
                                  store::ListStatements(tx, room.uid, start.after, size, filter));
        for (StatementRow& row : page.children) response.add_statements()->Swap(&row.message);
        response.set_next_page_token(NextToken(tokens_, start, page.next));
        return absl::OkStatus();
      }));
  COLLOQUY_RETURN_IF_ERROR(Count(call, dialogue,
                                 {response.mutable_statements()->pointer_begin(),
                                  response.mutable_statements()->pointer_end()}));
  return response;
}

// ---- Moderation ----

template <typename Request>
absl::StatusOr<Statement> StatementsService::Moderate(const Call& call, const std::string& name,
                                                      absl::string_view field,
                                                      const std::string& etag,
                                                      const Request& request, Deed deed) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName child, ParseName(name, field));
  Uid dialogue;
  COLLOQUY_ASSIGN_OR_RETURN(
      Statement statement,
      book_.Write<Statement>(
          call, child.dialogue, request, [&](RoomChange& change) -> absl::StatusOr<Statement> {
            dialogue = change.room.uid;
            COLLOQUY_ASSIGN_OR_RETURN(StatementRow row, Read(change.tx, change.room.uid, child));
            COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(etag, row.message.etag(), name));
            COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kNotOver));
            return deed(change, row);
          }));
  COLLOQUY_RETURN_IF_ERROR(Count(call, dialogue, {&statement}));
  return statement;
}

absl::StatusOr<Statement> StatementsService::UpdateStatement(
    const Call& call, const v1::UpdateStatementRequest& request) {
  const auto update = [&](RoomChange& change, StatementRow& row) -> absl::StatusOr<Statement> {
    const std::string text = row.message.text();
    COLLOQUY_RETURN_IF_ERROR(
        resource::ApplyUpdate(request.update_mask(), request.statement(), &row.message));
    COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue, store::ReadDialogue(change.tx, change.room));
    // An import may have brought words that are longer than people's may be; they stay.
    if (row.message.text() != text) {
      return errors::InvalidField("statement.text",
                                  "is changed by RewordStatement: votes were cast on these words");
    }
    row.message.set_text("checked when it was written");
    COLLOQUY_RETURN_IF_ERROR(rules::NormalizeStatement("statement", dialogue, &row.message));
    row.message.set_text(text);
    COLLOQUY_RETURN_IF_ERROR(SaveWording(change, row, row.message.state()));
    return row.message;
  };
  return Moderate(call, request.statement().name(), "statement.name", request.statement().etag(),
                  request, update);
}

absl::StatusOr<Statement> StatementsService::AcceptStatement(
    const Call& call, const v1::AcceptStatementRequest& request) {
  const auto accept = [](RoomChange& change, StatementRow& row) -> absl::StatusOr<Statement> {
    const Statement::State before = row.message.state();
    COLLOQUY_ASSIGN_OR_RETURN(const Statement::State next,
                              rules::Next(row.message.name(), before, StatementAction::kAccept));
    if (next == before) return row.message;
    row.message.clear_reason();
    COLLOQUY_RETURN_IF_ERROR(Decide(change, row, next, "", ""));
    return row.message;
  };
  return Moderate(call, request.name(), "name", request.etag(), request, accept);
}

absl::StatusOr<Statement> StatementsService::RejectStatement(
    const Call& call, const v1::RejectStatementRequest& request) {
  std::string reason = request.reason();
  if (reason.empty()) return errors::RequiredField("reason");
  COLLOQUY_RETURN_IF_ERROR(rules::NormalizeReason(&reason));
  const auto reject = [&](RoomChange& change, StatementRow& row) -> absl::StatusOr<Statement> {
    const Statement::State before = row.message.state();
    COLLOQUY_ASSIGN_OR_RETURN(const Statement::State next,
                              rules::Next(row.message.name(), before, StatementAction::kReject));
    if (next == before && row.message.reason() == reason) return row.message;
    row.message.set_reason(reason);
    COLLOQUY_RETURN_IF_ERROR(Decide(change, row, next, "", reason));
    return row.message;
  };
  return Moderate(call, request.name(), "name", request.etag(), request, reject);
}

absl::StatusOr<Statement> StatementsService::MergeStatement(
    const Call& call, const v1::MergeStatementRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name, ParseName(request.name(), "name"));
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName into, ParseName(request.into(), "into"));
  std::string reason = request.reason();
  COLLOQUY_RETURN_IF_ERROR(rules::NormalizeReason(&reason));
  const auto merge = [&](RoomChange& change, StatementRow& row) -> absl::StatusOr<Statement> {
    const Statement::State before = row.message.state();
    if (before == Statement::MERGED && row.message.merged_into() == into.name) return row.message;
    COLLOQUY_ASSIGN_OR_RETURN(const Statement::State next,
                              rules::Next(row.message.name(), before, StatementAction::kMerge));
    COLLOQUY_RETURN_IF_ERROR(MergeTarget(change, name, into).status());
    row.message.set_merged_into(into.name);
    row.message.set_reason(reason);
    COLLOQUY_RETURN_IF_ERROR(Decide(change, row, next, into.name, reason));
    return row.message;
  };
  return Moderate(call, request.name(), "name", request.etag(), request, merge);
}

absl::StatusOr<Statement> StatementsService::RewordStatement(
    const Call& call, const v1::RewordStatementRequest& request) {
  std::string reason = request.reason();
  COLLOQUY_RETURN_IF_ERROR(rules::NormalizeReason(&reason));
  const auto reword = [&](RoomChange& change, StatementRow& row) -> absl::StatusOr<Statement> {
    COLLOQUY_ASSIGN_OR_RETURN(
        const Statement::State next,
        rules::Next(row.message.name(), row.message.state(), StatementAction::kReword));
    COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue, store::ReadDialogue(change.tx, change.room));
    Statement wording = row.message;
    wording.set_text(request.text());
    wording.clear_translations();  // they say the old words
    wording.clear_reason();
    wording.set_state(Statement::ACCEPTED);
    wording.set_reworded_from(row.message.name());
    COLLOQUY_RETURN_IF_ERROR(rules::NormalizeStatement("", dialogue, &wording));
    COLLOQUY_ASSIGN_OR_RETURN(std::vector<StatementRow> written,
                              WriteStatements(change, {wording}));
    row.message.set_merged_into(written[0].message.name());
    row.message.set_reason(reason);
    COLLOQUY_RETURN_IF_ERROR(Decide(change, row, next, written[0].message.name(), reason));
    return std::move(written[0].message);
  };
  return Moderate(call, request.name(), "name", request.etag(), request, reword);
}

// ---- Logs ----

absl::StatusOr<v1::ListModerationEntriesResponse> StatementsService::ListModerationEntries(
    const Call& call, const v1::ListModerationEntriesRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  COLLOQUY_ASSIGN_OR_RETURN(const PageStart start, StartOf(tokens_, call, request, 0));
  std::vector<v1::ModerationEntry> entries;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, parent, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(
            entries, store::ListModerationEntries(tx, room.uid, start.after, size + 1));
        return absl::OkStatus();
      }));
  v1::ListModerationEntriesResponse response;
  if (entries.size() > static_cast<size_t>(size)) {
    entries.pop_back();
    response.set_next_page_token(NextToken(tokens_, start, entries.back().sequence()));
  }
  for (v1::ModerationEntry& entry : entries) response.add_moderation_entries()->Swap(&entry);
  return response;
}

absl::StatusOr<v1::ListVotesResponse> StatementsService::ListVotes(
    const Call& call, const v1::ListVotesRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const int size, VotesPerPage(request.page_size()));
  COLLOQUY_ASSIGN_OR_RETURN(const PageStart start, StartOf(tokens_, call, request, 0));
  if (request.through_sequence() < 0)
    return errors::InvalidField("through_sequence", "must be 0 or a vote's");
  const int64_t through =
      request.through_sequence() == 0 ? store::kNewestVote : request.through_sequence();
  std::vector<store::VoteRow> votes;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, parent, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(votes,
                                  store::ListVotes(tx, room.uid, start.after, through, size + 1));
        return absl::OkStatus();
      }));
  v1::ListVotesResponse response;
  if (votes.size() > static_cast<size_t>(size)) {
    votes.pop_back();
    response.set_next_page_token(NextToken(tokens_, start, votes.back().sequence));
  }
  for (const store::VoteRow& vote : votes) *response.add_votes() = store::ToVote(vote);
  return response;
}

// ---- The table ----

void StatementsService::Mount(rpc::Service& table) {
  const auto unary = [&]<typename Request, typename Response>(
                         absl::string_view method,
                         absl::StatusOr<Response> (StatementsService::*handler)(const CallContext&,
                                                                                const Request&)) {
    table.Unary<Request, Response>(
        method, rpc::Execution::kPool,
        [this, handler](const CallContext& call, const Request& request) {
          return (this->*handler)(call, request);
        });
  };
  unary("CreateStatement", &StatementsService::CreateStatement);
  unary("BatchCreateStatements", &StatementsService::BatchCreateStatements);
  unary("GetStatement", &StatementsService::GetStatement);
  unary("ListStatements", &StatementsService::ListStatements);
  unary("UpdateStatement", &StatementsService::UpdateStatement);
  unary("AcceptStatement", &StatementsService::AcceptStatement);
  unary("RejectStatement", &StatementsService::RejectStatement);
  unary("MergeStatement", &StatementsService::MergeStatement);
  unary("RewordStatement", &StatementsService::RewordStatement);
  unary("ListModerationEntries", &StatementsService::ListModerationEntries);
  unary("ListVotes", &StatementsService::ListVotes);
  unary("ImportConversation", &StatementsService::ImportConversation);
}

std::vector<auth::Permission> StatementsPermissions() {
  const auto method = [](absl::string_view name) { return absl::StrCat(kService, name); };
  return {{method("CreateStatement"), auth::kModerators, {"parent"}},
          {method("BatchCreateStatements"), auth::kModerators, {"parent", "requests[].parent?"}},
          {method("GetStatement"), auth::kStaff, {"name"}},
          {method("ListStatements"), auth::kStaff, {"parent"}},
          {method("UpdateStatement"), auth::kModerators, {"statement.name"}},
          {method("AcceptStatement"), auth::kModerators, {"name"}},
          {method("RejectStatement"), auth::kModerators, {"name"}},
          {method("MergeStatement"), auth::kModerators, {"name", "into"}},
          {method("RewordStatement"), auth::kModerators, {"name"}},
          {method("ListModerationEntries"), auth::kStaff, {"parent"}},
          {method("ListVotes"), auth::kStaff, {"parent"}},
          {method("ImportConversation"), auth::kModerators, {"parent"}}};
}

}  // namespace colloquy::dialogues
