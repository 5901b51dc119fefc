// The services for invitations and for guests, beside the registrations service.
#ifndef COLLOQUY_TESTS_CONFORMANCE_REGISTRATIONS_INVITED_FIXTURE_H_
#define COLLOQUY_TESTS_CONFORMANCE_REGISTRATIONS_INVITED_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "services/registrations/guests_service.h"
#include "services/registrations/invitations_service.h"
#include "tests/conformance/registrations/fixture.h"

namespace colloquy::registrations {

class InvitedTest : public RegistrationsTest {
 protected:
  void SetUp() override;
  void TearDown() override;

  absl::StatusOr<v1::Invitation> Invite(const std::string& email,
                                        const std::function<void(v1::Invitation&)>& edit = {});
  absl::StatusOr<v1::Invitation> Revoke(const std::string& name);
  v1::Invitation Read(const v1::Invitation& invitation);
  std::vector<v1::Invitation> Invitations(const std::string& filter = "");

  // The token of a link to it.
  std::string LinkTo(const v1::Invitation& invitation,
                     rules::LinkPurpose purpose = rules::LinkPurpose::kInvitation) const;

  absl::StatusOr<v1::ResolveInvitationResponse> Resolve(const std::string& token);
  absl::StatusOr<v1::AcceptInvitationResponse> Accept(
      const std::string& token, const std::function<void(v1::AcceptInvitationRequest&)>& edit = {});
  absl::StatusOr<v1::Invitation> Decline(const std::string& token, const std::string& reason = "");
  absl::StatusOr<Registration> Withdraw(const std::string& token);
  absl::Status Unsubscribe(const std::string& token);

  std::unique_ptr<InvitationsService> invitations_;
  std::unique_ptr<GuestsService> guests_;

  const rules::Links links_{"thirty-two bytes that nobody knows"};
  OrganizerNames organizers_{[](const std::string&, absl::Time) -> absl::StatusOr<std::string> {
    return std::string("MST cluster");
  }};
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_TESTS_CONFORMANCE_REGISTRATIONS_INVITED_FIXTURE_H_
