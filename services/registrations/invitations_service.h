// colloquy.registrations.v1.InvitationsService: one function an RPC.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_INVITATIONS_SERVICE_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_INVITATIONS_SERVICE_H_

#include <string>
#include <vector>

#include "colloquy/registrations/v1/invitations.pb.h"
#include "google/longrunning/operations.pb.h"
#include "services/common/auth/permissions.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/service.h"
#include "services/registrations/event_rules.h"
#include "services/registrations/import_turns.h"

namespace colloquy::registrations {

// Who may call what, for the server's table.
std::vector<auth::Permission> InvitationsPermissions();

// Handlers are thread-safe and may be called without gRPC.
class InvitationsService {
 public:
  // All must outlive the service: those of the RegistrationsService beside it.
  InvitationsService(db::Database& db, feed::Feed& feed, const resource::PageTokens& tokens,
                     EventRules& rules)
      : db_(db), feed_(feed), tokens_(tokens), rules_(rules) {}

  // Adds every method to the table of `InvitationsService::descriptor()`.
  void Mount(rpc::Service& table);

  absl::StatusOr<v1::Invitation> CreateInvitation(const rpc::CallContext& call,
                                                  const v1::CreateInvitationRequest& request);
  absl::StatusOr<v1::Invitation> GetInvitation(const rpc::CallContext& call,
                                               const v1::GetInvitationRequest& request);
  absl::StatusOr<v1::ListInvitationsResponse> ListInvitations(
      const rpc::CallContext& call, const v1::ListInvitationsRequest& request);
  absl::StatusOr<v1::Invitation> RevokeInvitation(const rpc::CallContext& call,
                                                  const v1::RevokeInvitationRequest& request);
  absl::StatusOr<v1::SummarizeInvitationsResponse> SummarizeInvitations(
      const rpc::CallContext& call, const v1::SummarizeInvitationsRequest& request);
  absl::StatusOr<google::longrunning::Operation> StartInvitationImport(
      const rpc::CallContext& call, const v1::StartInvitationImportRequest& request);
  absl::StatusOr<v1::ImportInvitationsResponse> ImportInvitations(
      const rpc::CallContext& call, const v1::ImportInvitationsRequest& request);

 private:
  absl::StatusOr<EventRules::EventPtr> EventFor(const rpc::CallContext& call,
                                                const std::string& name);
  // As it is now: for what would be refused on older rules.
  absl::StatusOr<EventRules::EventPtr> FreshEvent(const rpc::CallContext& call,
                                                  const std::string& name);

  db::Database& db_;
  feed::Feed& feed_;
  const resource::PageTokens& tokens_;
  EventRules& rules_;
  ImportTurns turns_;
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_INVITATIONS_SERVICE_H_
