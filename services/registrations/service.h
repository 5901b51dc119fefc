// colloquy.registrations.v1.RegistrationsService: one function an RPC.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_SERVICE_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_SERVICE_H_

#include <memory>
#include <vector>

#include "colloquy/registrations/v1/registrations.pb.h"
#include "google/longrunning/operations.pb.h"
#include "services/common/auth/permissions.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/service.h"
#include "services/registrations/allocator.h"
#include "services/registrations/event_rules.h"
#include "services/registrations/housekeeping.h"

namespace colloquy::registrations {

// Who may call what, for the server's table.
std::vector<auth::Permission> Permissions();

// The tables, for db.Migrate: this room's, the feed's and the request log's.
std::vector<db::Schema> Schemas();

class Operations;

// Handlers are thread-safe and may be called without gRPC.
class RegistrationsService {
 public:
  struct Options {
    // Reads an event as the peer `services/registrations`.
    EventRules::Source event_source;
    Allocator::Options allocator;
  };

  // All must outlive the service. `db` is migrated.
  RegistrationsService(db::Database& db, feed::Feed& feed, const resource::PageTokens& tokens,
                       Options options);
  ~RegistrationsService();

  // Adds every method to the table of `RegistrationsService::descriptor()`.
  void Mount(rpc::Service& table);
  // Adds google.longrunning.Operations to its table.
  void MountOperations(rpc::Service& table);

  // Applies a change of the events feed in `tx`; for feed::Consumer.
  absl::Status Apply(db::Transaction& tx, const changes::v1::Change& change);
  // Has the work in the background looked at; call it after changes were applied.
  void WakeHousekeeping();

  Operations& operations() { return *operations_; }
  // What the services beside this one stand on.
  EventRules& rules() { return rules_; }
  Allocator& allocator() { return allocator_; }

  using Context = std::shared_ptr<const rpc::CallContext>;
  void CreateRegistration(Context call, const v1::CreateRegistrationRequest& request,
                          rpc::Done<v1::Registration> done);
  void BatchCreateRegistrations(Context call, const v1::BatchCreateRegistrationsRequest& request,
                                rpc::Done<v1::BatchCreateRegistrationsResponse> done);
  void UpdateRegistration(Context call, const v1::UpdateRegistrationRequest& request,
                          rpc::Done<v1::Registration> done);
  void CancelRegistration(Context call, const v1::CancelRegistrationRequest& request,
                          rpc::Done<v1::Registration> done);
  void ApproveRegistration(Context call, const v1::ApproveRegistrationRequest& request,
                           rpc::Done<v1::Registration> done);
  void RejectRegistration(Context call, const v1::RejectRegistrationRequest& request,
                          rpc::Done<v1::Registration> done);
  absl::StatusOr<v1::Registration> GetRegistration(const rpc::CallContext& call,
                                                   const v1::GetRegistrationRequest& request);
  absl::StatusOr<v1::ListRegistrationsResponse> ListRegistrations(
      const rpc::CallContext& call, const v1::ListRegistrationsRequest& request);
  absl::StatusOr<v1::Availability> ExplainAvailability(
      const rpc::CallContext& call, const v1::ExplainAvailabilityRequest& request);
  absl::StatusOr<v1::VerifySeatsResponse> VerifySeats(const rpc::CallContext& call,
                                                      const v1::VerifySeatsRequest& request);
  absl::StatusOr<google::longrunning::Operation> VerifyAllSeats(
      const rpc::CallContext& call, const v1::VerifyAllSeatsRequest& request);
  absl::StatusOr<v1::LimitSeatsResponse> LimitSeats(const rpc::CallContext& call,
                                                    const v1::LimitSeatsRequest& request);

 private:
  absl::StatusOr<EventRules::EventPtr> EventFor(const rpc::CallContext& call,
                                                const std::string& name);

  db::Database& db_;
  feed::Feed& feed_;
  const resource::PageTokens& tokens_;
  EventRules rules_;
  Allocator allocator_;
  Housekeeping housekeeping_;
  std::unique_ptr<Operations> operations_;
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_SERVICE_H_
