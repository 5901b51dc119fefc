// colloquy.registrations.v1.MailingsService: one function an RPC.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_MAILINGS_SERVICE_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_MAILINGS_SERVICE_H_

#include <functional>
#include <string>
#include <vector>

#include "colloquy/registrations/v1/mailings.pb.h"
#include "google/protobuf/empty.pb.h"
#include "services/common/auth/permissions.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/service.h"
#include "services/registrations/event_rules.h"
#include "services/registrations/store/mailings.h"

namespace colloquy::registrations {

// Who may call what, for the server's table.
std::vector<auth::Permission> MailingsPermissions();

// Handlers are thread-safe and may be called without gRPC.
class MailingsService {
 public:
  // All must outlive the service: those of the RegistrationsService beside it. `wake` is called
  // when there is something to send.
  MailingsService(db::Database& db, feed::Feed& feed, const resource::PageTokens& tokens,
                  EventRules& rules, std::function<void()> wake)
      : db_(db), feed_(feed), tokens_(tokens), rules_(rules), wake_(std::move(wake)) {}

  // Adds every method to the table of `MailingsService::descriptor()`.
  void Mount(rpc::Service& table);

  absl::StatusOr<v1::Mailing> SendInvitations(const rpc::CallContext& call,
                                              const v1::SendInvitationsRequest& request);
  absl::StatusOr<v1::Mailing> GetMailing(const rpc::CallContext& call,
                                         const v1::GetMailingRequest& request);
  absl::StatusOr<v1::ListMailingsResponse> ListMailings(const rpc::CallContext& call,
                                                        const v1::ListMailingsRequest& request);
  absl::StatusOr<v1::Mailing> CancelMailing(const rpc::CallContext& call,
                                            const v1::CancelMailingRequest& request);
  absl::StatusOr<v1::ListDeliveriesResponse> ListDeliveries(
      const rpc::CallContext& call, const v1::ListDeliveriesRequest& request);
  absl::StatusOr<v1::RetryDeliveriesResponse> RetryDeliveries(
      const rpc::CallContext& call, const v1::RetryDeliveriesRequest& request);
  absl::StatusOr<v1::Suppression> CreateSuppression(const rpc::CallContext& call,
                                                    const v1::CreateSuppressionRequest& request);
  absl::StatusOr<v1::ListSuppressionsResponse> ListSuppressions(
      const rpc::CallContext& call, const v1::ListSuppressionsRequest& request);
  absl::StatusOr<google::protobuf::Empty> DeleteSuppression(
      const rpc::CallContext& call, const v1::DeleteSuppressionRequest& request);

 private:
  // The answer of a dry run.
  absl::StatusOr<v1::Mailing> WouldSend(const rpc::CallContext& call,
                                        const events::v1::Event& event,
                                        const resource::SqlFragment& filter);

  db::Database& db_;
  feed::Feed& feed_;
  const resource::PageTokens& tokens_;
  EventRules& rules_;
  const std::function<void()> wake_;
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_MAILINGS_SERVICE_H_
