#include "tests/conformance/registrations/invited_fixture.h"

namespace colloquy::registrations {

using v1::Invitation;

void InvitedTest::SetUp() {
  RegistrationsTest::SetUp();
  if (IsSkipped()) return;
  invitations_ = std::make_unique<InvitationsService>(*db_, *feed_, tokens_, service_->rules());
  guests_ = std::make_unique<GuestsService>(
      *db_, *feed_, service_->rules(), service_->allocator(), links_, organizers_,
      [this](const std::string&, const std::string&,
             absl::Time) -> absl::StatusOr<events::v1::Event> { return event(); });
}

void InvitedTest::TearDown() {
  guests_.reset();
  invitations_.reset();
  RegistrationsTest::TearDown();
}

absl::StatusOr<Invitation> InvitedTest::Invite(const std::string& email,
                                               const std::function<void(Invitation&)>& edit) {
  v1::CreateInvitationRequest request;
  request.set_parent(kEvent);
  request.mutable_invitation()->mutable_guest()->set_email(email);
  if (edit) edit(*request.mutable_invitation());
  return invitations_->CreateInvitation(*Call(auth::Role::kManager, "CreateInvitation"), request);
}

absl::StatusOr<Invitation> InvitedTest::Revoke(const std::string& name) {
  v1::RevokeInvitationRequest request;
  request.set_name(name);
  return invitations_->RevokeInvitation(*Call(auth::Role::kManager, "RevokeInvitation"), request);
}

Invitation InvitedTest::Read(const Invitation& invitation) {
  v1::GetInvitationRequest request;
  request.set_name(invitation.name());
  const auto answer =
      invitations_->GetInvitation(*Call(auth::Role::kManager, "GetInvitation"), request);
  EXPECT_TRUE(answer.ok()) << answer.status();
  return answer.value_or(Invitation());
}

std::vector<Invitation> InvitedTest::Invitations(const std::string& filter) {
  v1::ListInvitationsRequest request;
  request.set_parent(kEvent);
  request.set_filter(filter);
  request.set_page_size(3);
  std::vector<Invitation> all;
  do {
    const auto page =
        invitations_->ListInvitations(*Call(auth::Role::kManager, "ListInvitations"), request);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return all;
    all.insert(all.end(), page->invitations().begin(), page->invitations().end());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return all;
}

std::string InvitedTest::LinkTo(const Invitation& invitation, rules::LinkPurpose purpose) const {
  return links_.Token(purpose, {*resource::Uid::FromUuid(event().uid()),
                                *resource::Uid::FromUuid(invitation.uid())});
}

absl::StatusOr<v1::ResolveInvitationResponse> InvitedTest::Resolve(const std::string& token) {
  v1::ResolveInvitationRequest request;
  request.set_token(token);
  return guests_->ResolveInvitation(*Call(auth::Role::kAnonymous, "ResolveInvitation"), request);
}

absl::StatusOr<v1::AcceptInvitationResponse> InvitedTest::Accept(
    const std::string& token, const std::function<void(v1::AcceptInvitationRequest&)>& edit) {
  v1::AcceptInvitationRequest request;
  request.set_token(token);
  if (edit) edit(request);
  Answer<v1::AcceptInvitationResponse> answer;
  guests_->AcceptInvitation(Call(auth::Role::kAnonymous, "AcceptInvitation"), request,
                            answer.done());
  return answer.Wait();
}

absl::StatusOr<Invitation> InvitedTest::Decline(const std::string& token,
                                                const std::string& reason) {
  v1::DeclineInvitationRequest request;
  request.set_token(token);
  request.set_reason(reason);
  Answer<Invitation> answer;
  guests_->DeclineInvitation(Call(auth::Role::kAnonymous, "DeclineInvitation"), request,
                             answer.done());
  return answer.Wait();
}

absl::StatusOr<Registration> InvitedTest::Withdraw(const std::string& token) {
  v1::WithdrawRegistrationRequest request;
  request.set_token(token);
  Answer<Registration> answer;
  guests_->WithdrawRegistration(Call(auth::Role::kAnonymous, "WithdrawRegistration"), request,
                                answer.done());
  return answer.Wait();
}

absl::Status InvitedTest::Unsubscribe(const std::string& token) {
  v1::UnsubscribeRequest request;
  request.set_token(token);
  return guests_->Unsubscribe(*Call(auth::Role::kAnonymous, "Unsubscribe"), request).status();
}

}  // namespace colloquy::registrations
