// colloquy.dialogues.v1.StatementsService: statements and their moderation, the log of votes, and
// conversations that come from elsewhere; for staff.
#ifndef COLLOQUY_SERVICES_DIALOGUES_STATEMENTS_SERVICE_H_
#define COLLOQUY_SERVICES_DIALOGUES_STATEMENTS_SERVICE_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "colloquy/dialogues/v1/statements.pb.h"
#include "services/common/auth/permissions.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/service.h"
#include "services/dialogues/live_rooms.h"
#include "services/dialogues/room_book.h"
#include "services/dialogues/rules/states.h"
#include "services/dialogues/store/statements.h"

namespace colloquy::dialogues {

// Who may call what, for the server's table.
std::vector<auth::Permission> StatementsPermissions();

// Handlers are thread-safe and may be called without gRPC.
class StatementsService {
 public:
  // All must outlive the service.
  StatementsService(RoomBook& book, LiveRooms& rooms, const resource::PageTokens& tokens)
      : book_(book), rooms_(rooms), tokens_(tokens) {}

  // Adds every method to the table of `StatementsService::descriptor()`.
  void Mount(rpc::Service& table);

  using Call = rpc::CallContext;
  absl::StatusOr<v1::Statement> CreateStatement(const Call& call,
                                                const v1::CreateStatementRequest& request);
  absl::StatusOr<v1::BatchCreateStatementsResponse> BatchCreateStatements(
      const Call& call, const v1::BatchCreateStatementsRequest& request);
  absl::StatusOr<v1::Statement> GetStatement(const Call& call,
                                             const v1::GetStatementRequest& request);
  absl::StatusOr<v1::ListStatementsResponse> ListStatements(
      const Call& call, const v1::ListStatementsRequest& request);
  absl::StatusOr<v1::Statement> UpdateStatement(const Call& call,
                                                const v1::UpdateStatementRequest& request);
  absl::StatusOr<v1::Statement> AcceptStatement(const Call& call,
                                                const v1::AcceptStatementRequest& request);
  absl::StatusOr<v1::Statement> RejectStatement(const Call& call,
                                                const v1::RejectStatementRequest& request);
  absl::StatusOr<v1::Statement> MergeStatement(const Call& call,
                                               const v1::MergeStatementRequest& request);
  absl::StatusOr<v1::Statement> RewordStatement(const Call& call,
                                                const v1::RewordStatementRequest& request);
  absl::StatusOr<v1::ListModerationEntriesResponse> ListModerationEntries(
      const Call& call, const v1::ListModerationEntriesRequest& request);
  absl::StatusOr<v1::ListVotesResponse> ListVotes(const Call& call,
                                                  const v1::ListVotesRequest& request);
  // conversation_import.cc
  absl::StatusOr<v1::ImportConversationResponse> ImportConversation(
      const Call& call, const v1::ImportConversationRequest& request);

 private:
  // What a moderator does to one statement, once it is read and its etag was compared.
  using Deed = absl::FunctionRef<absl::StatusOr<v1::Statement>(RoomChange&, store::StatementRow&)>;
  template <typename Request>
  absl::StatusOr<v1::Statement> Moderate(const Call& call, const std::string& name,
                                         absl::string_view field, const std::string& etag,
                                         const Request& request, Deed deed);
  // Puts the votes to statements, as they are counted now.
  absl::Status Count(const Call& call, const Uid& dialogue,
                     std::vector<v1::Statement*> statements) const;

  RoomBook& book_;
  LiveRooms& rooms_;
  const resource::PageTokens& tokens_;
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_STATEMENTS_SERVICE_H_
