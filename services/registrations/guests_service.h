// colloquy.registrations.v1.GuestsService: what guests do with the links that they were sent. The
// token is the credential: callers need no other.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_GUESTS_SERVICE_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_GUESTS_SERVICE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/guests.pb.h"
#include "google/protobuf/empty.pb.h"
#include "services/common/auth/permissions.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/common/rpc/service.h"
#include "services/registrations/allocator.h"
#include "services/registrations/event_rules.h"
#include "services/registrations/organizer_names.h"
#include "services/registrations/rules/links.h"
#include "services/registrations/store/invitations.h"

namespace colloquy::registrations {

// Who may call what, for the server's table: anyone, everything.
std::vector<auth::Permission> GuestsPermissions();

// Handlers are thread-safe and may be called without gRPC.
class GuestsService {
 public:
  // Reads an event with its texts in a language (none if empty), as the peer
  // `services/registrations`.
  using EventSource = std::function<absl::StatusOr<events::v1::Event>(
      const std::string& name, const std::string& language, absl::Time deadline)>;

  // All must outlive the service: those of the RegistrationsService beside it, and the links that
  // mails are written with.
  GuestsService(db::Database& db, feed::Feed& feed, EventRules& rules, Allocator& allocator,
                const rules::Links& links, OrganizerNames& organizers, EventSource event_source)
      : db_(db),
        feed_(feed),
        rules_(rules),
        allocator_(allocator),
        links_(links),
        organizers_(organizers),
        event_source_(std::move(event_source)) {}

  // Adds every method to the table of `GuestsService::descriptor()`.
  void Mount(rpc::Service& table);

  using Context = std::shared_ptr<const rpc::CallContext>;
  absl::StatusOr<v1::ResolveInvitationResponse> ResolveInvitation(
      const rpc::CallContext& call, const v1::ResolveInvitationRequest& request);
  void AcceptInvitation(const Context& call, const v1::AcceptInvitationRequest& request,
                        rpc::Done<v1::AcceptInvitationResponse> done);
  void DeclineInvitation(const Context& call, const v1::DeclineInvitationRequest& request,
                         rpc::Done<v1::Invitation> done);
  absl::StatusOr<v1::ResolveRegistrationResponse> ResolveRegistration(
      const rpc::CallContext& call, const v1::ResolveRegistrationRequest& request);
  void WithdrawRegistration(const Context& call, const v1::WithdrawRegistrationRequest& request,
                            rpc::Done<v1::Registration> done);
  absl::StatusOr<google::protobuf::Empty> Unsubscribe(const rpc::CallContext& call,
                                                      const v1::UnsubscribeRequest& request);

 private:
  // What an invitation's link leads to.
  struct Invited {
    store::EventRow event;
    store::InvitationEntry entry;
    std::optional<v1::Registration> registration;
    bool suppressed = false;
  };
  // PERMISSION_DENIED, always the same, for a token that does not open one.
  absl::StatusOr<Invited> Find(const rpc::CallContext& call, const rules::LinkTarget& target);
  absl::StatusOr<rules::LinkTarget> Open(const rpc::CallContext& call, rules::LinkPurpose purpose,
                                         absl::string_view token) const;
  absl::StatusOr<std::unique_ptr<Op>> AcceptOp(const rpc::CallContext& call,
                                               const v1::AcceptInvitationRequest& request);
  absl::StatusOr<std::unique_ptr<Op>> DeclineOp(const rpc::CallContext& call,
                                                const v1::DeclineInvitationRequest& request);
  absl::StatusOr<std::unique_ptr<Op>> WithdrawOp(const rpc::CallContext& call,
                                                 const v1::WithdrawRegistrationRequest& request);
  // The event as its guest may see it, in the first of the languages that it has.
  absl::StatusOr<events::v1::Event> EventPage(const rpc::CallContext& call,
                                              const store::EventRow& row,
                                              std::vector<std::string> languages, bool confirmed);

  db::Database& db_;
  feed::Feed& feed_;
  EventRules& rules_;
  Allocator& allocator_;
  const rules::Links& links_;
  OrganizerNames& organizers_;
  const EventSource event_source_;
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_GUESTS_SERVICE_H_
