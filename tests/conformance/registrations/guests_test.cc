// What guests do with their links, and what becomes of the seats.
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/time_util.h"
#include "tests/conformance/registrations/invited_fixture.h"

namespace colloquy::registrations {
namespace {

using rules::LinkPurpose;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using v1::Invitation;

class GuestsTest : public InvitedTest {
 protected:
  void TearDown() override {
    if (!IsSkipped()) {
      EXPECT_THAT(Verify().differences(), IsEmpty());
    }
    InvitedTest::TearDown();
  }

  // Of the registration with this address.
  Registration::State StateOf(const std::string& email) {
    const std::vector<Registration> found = List(absl::StrCat("email = \"", email, "\""));
    return found.empty() ? Registration::STATE_UNSPECIFIED : found.back().state();
  }

  static void Reserve(Invitation& invitation) { invitation.set_reserve_seats(true); }
};
INSTANTIATE_ENGINES(GuestsTest);

TEST_P(GuestsTest, AcceptingGoesThroughTheOneAllocator) {
  std::vector<Registration::State> states;
  for (const std::string email : {"a@example.org", "b@example.org", "c@example.org"}) {
    const auto invited = Invite(email);
    ASSERT_TRUE(invited.ok()) << invited.status();
    const auto accepted = Accept(LinkTo(*invited));
    ASSERT_TRUE(accepted.ok()) << accepted.status();
    states.push_back(accepted->registration().state());
    const Invitation now = Read(*invited);
    EXPECT_EQ(now.state(), Invitation::ACCEPTED);
    EXPECT_EQ(now.registration(), accepted->registration().name());
    EXPECT_EQ(now.registration_state(), accepted->registration().state());
  }
  EXPECT_THAT(states, ElementsAre(Registration::CONFIRMED, Registration::CONFIRMED,
                                  Registration::WAITLISTED));
}

TEST_P(GuestsTest, InvitationsTellWhatBecameOfTheirGuests) {
  std::vector<std::string> registrations;
  for (const std::string email : {"a@example.org", "b@example.org", "c@example.org"}) {
    const auto invited = Invite(email);
    ASSERT_TRUE(invited.ok()) << invited.status();
    const auto accepted = Accept(LinkTo(*invited));
    ASSERT_TRUE(accepted.ok()) << accepted.status();
    registrations.push_back(accepted->registration().name());
  }
  const auto silent = Invite("d@example.org");
  ASSERT_TRUE(silent.ok()) << silent.status();
  // The desk gives the first one's seat to who waits.
  ASSERT_TRUE(Cancel(registrations[0], auth::Role::kDesk).ok());
  std::map<std::string, Registration::State> states;
  for (const Invitation& invitation : Invitations()) {
    states[invitation.guest().email()] = invitation.registration_state();
    EXPECT_EQ(invitation.state(),
              invitation.registration().empty() ? Invitation::CREATED : Invitation::ACCEPTED);
  }
  EXPECT_THAT(states, ElementsAre(Pair("a@example.org", Registration::CANCELLED),
                                  Pair("b@example.org", Registration::CONFIRMED),
                                  Pair("c@example.org", Registration::CONFIRMED),
                                  Pair("d@example.org", Registration::STATE_UNSPECIFIED)));
}

TEST_P(GuestsTest, AcceptingTwiceIsAcceptingOnce) {
  const auto invited = Invite("a@example.org");
  ASSERT_TRUE(invited.ok()) << invited.status();
  const auto first = Accept(LinkTo(*invited));
  const auto second = Accept(LinkTo(*invited));
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_EQ(first->registration().name(), second->registration().name());
  EXPECT_EQ(first->registration_token(), second->registration_token());
  EXPECT_EQ(List().size(), 1u);
}

TEST_P(GuestsTest, ReservedSeatsAreTheGuestsOwn) {
  const auto invited = Invite("guest@example.org", Reserve);
  ASSERT_TRUE(invited.ok()) << invited.status();
  ASSERT_TRUE(Create("first@example.org").ok());
  ASSERT_TRUE(Create("second@example.org").ok());
  EXPECT_EQ(StateOf("first@example.org"), Registration::CONFIRMED);
  EXPECT_EQ(StateOf("second@example.org"), Registration::WAITLISTED);
  EXPECT_EQ(Explain().pools(0).held_by_invitations(), 1);
  const auto accepted = Accept(LinkTo(*invited));
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->registration().state(), Registration::CONFIRMED);
  EXPECT_EQ(Explain().pools(0).held_by_invitations(), 0);
  EXPECT_EQ(StateOf("second@example.org"), Registration::WAITLISTED);
}

TEST_P(GuestsTest, MoreSeatsThanAreLeftCannotBeReserved) {
  ASSERT_TRUE(Invite("one@example.org", Reserve).ok());
  const auto two = Invite("two@example.org", [](Invitation& invitation) {
    Reserve(invitation);
    invitation.set_party_size(2);
  });
  EXPECT_EQ(ReasonOf(two.status()), ErrorReason::SOLD_OUT);
  EXPECT_EQ(Invitations().size(), 1u);
}

TEST_P(GuestsTest, WhatIsGivenBackGoesToWhoeverWaits) {
  const auto declining = Invite("declining@example.org", Reserve);
  const auto revoked = Invite("revoked@example.org", Reserve);
  ASSERT_TRUE(declining.ok() && revoked.ok());
  for (const std::string email : {"first@example.org", "second@example.org"}) {
    ASSERT_TRUE(Create(email).ok());
    EXPECT_EQ(StateOf(email), Registration::WAITLISTED);
  }
  ASSERT_TRUE(Decline(LinkTo(*declining), "On a journey").ok());
  EXPECT_EQ(StateOf("first@example.org"), Registration::CONFIRMED);
  EXPECT_EQ(Read(*declining).reason(), "On a journey");
  ASSERT_TRUE(Revoke(revoked->name()).ok());
  EXPECT_EQ(StateOf("second@example.org"), Registration::CONFIRMED);
}

TEST_P(GuestsTest, DecliningCancelsAndMayBeTakenBack) {
  const auto invited = Invite("guest@example.org");
  ASSERT_TRUE(invited.ok()) << invited.status();
  const std::string token = LinkTo(*invited);
  ASSERT_TRUE(Accept(token).ok());
  ASSERT_TRUE(Decline(token).ok());
  EXPECT_EQ(StateOf("guest@example.org"), Registration::CANCELLED);
  EXPECT_EQ(Read(*invited).state(), Invitation::DECLINED);
  const auto again = Accept(token);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->registration().state(), Registration::CONFIRMED);
}

TEST_P(GuestsTest, RegisteringUnderTheInvitedAddressAccepts) {
  const auto invited = Invite("Guest@Example.org", Reserve);
  ASSERT_TRUE(invited.ok()) << invited.status();
  const auto registered = Create("guest@example.org");
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_EQ(registered->state(), Registration::CONFIRMED);
  EXPECT_EQ(Read(*invited).state(), Invitation::ACCEPTED);
  EXPECT_EQ(Read(*invited).registration(), registered->name());
  EXPECT_EQ(Explain().pools(0).held_by_invitations(), 0);
}

TEST_P(GuestsTest, WhoRegisteredBeforeAcceptsThatRegistration) {
  const auto registered = Create("guest@example.org");
  const auto invited = Invite("guest@example.org");
  ASSERT_TRUE(registered.ok() && invited.ok()) << invited.status();
  const auto accepted = Accept(LinkTo(*invited));
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->registration().name(), registered->name());
  EXPECT_EQ(List().size(), 1u);
}

TEST_P(GuestsTest, NoMoreComeThanWereInvited) {
  const auto invited =
      Invite("guest@example.org", [](Invitation& invitation) { invitation.set_party_size(2); });
  ASSERT_TRUE(invited.ok()) << invited.status();
  const auto three = Accept(LinkTo(*invited), [](auto& request) { request.set_party_size(3); });
  EXPECT_EQ(three.status().code(), absl::StatusCode::kInvalidArgument) << three.status();
  const auto one = Accept(LinkTo(*invited), [](auto& request) { request.set_party_size(1); });
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(one->registration().party_size(), 1);
}

TEST_P(GuestsTest, LookingChangesNothingAndShowsNothingOfTheOrganisers) {
  const auto invited = Invite("guest@example.org", [](Invitation& invitation) {
    invitation.set_note("difficult");
    (*invitation.mutable_placeholders())["seating"] = "7";
  });
  ASSERT_TRUE(invited.ok()) << invited.status();
  const auto shown = Resolve(LinkTo(*invited));
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_TRUE(shown->acceptable());
  EXPECT_EQ(shown->organizer_display_name(), "MST cluster");
  EXPECT_THAT(shown->DebugString(), AllOf(Not(HasSubstr("difficult")), Not(HasSubstr("seating"))));
  EXPECT_EQ(Read(*invited).SerializeAsString(), invited->SerializeAsString());
}

TEST_P(GuestsTest, ATokenOpensOneThing) {
  const auto invited = Invite("guest@example.org");
  const auto taken_back = Invite("revoked@example.org");
  ASSERT_TRUE(invited.ok() && taken_back.ok());
  ASSERT_TRUE(Revoke(taken_back->name()).ok());
  Invitation nobody;
  nobody.set_uid(resource::NewUid().ToUuid());
  std::string forged = LinkTo(*invited);
  forged[40] = forged[40] == 'A' ? 'B' : 'A';
  const absl::Status refused = Resolve(forged).status();
  EXPECT_EQ(ReasonOf(refused), ErrorReason::PERMISSION_DENIED);
  // One that was never given out, one for something else, one that was taken back, one of nobody,
  // and what is no token at all: nobody can tell them apart.
  for (const std::string& token :
       {LinkTo(*invited, LinkPurpose::kRegistration), LinkTo(*taken_back), LinkTo(nobody),
        std::string(), std::string("AAAA"), std::string(10'000, 'A')}) {
    EXPECT_EQ(Resolve(token).status(), refused);
    EXPECT_EQ(ReasonOf(Accept(token).status()), ErrorReason::PERMISSION_DENIED);
    EXPECT_EQ(ReasonOf(Decline(token).status()), ErrorReason::PERMISSION_DENIED);
  }
  EXPECT_EQ(ReasonOf(Withdraw(LinkTo(*invited)).status()), ErrorReason::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(Accept(LinkTo(*invited, LinkPurpose::kUnsubscribe)).status()),
            ErrorReason::PERMISSION_DENIED);
  EXPECT_THAT(List(), IsEmpty());
}

TEST_P(GuestsTest, TheRegistrationsLinkWithdrawsIt) {
  const auto invited = Invite("guest@example.org");
  ASSERT_TRUE(invited.ok()) << invited.status();
  const auto accepted = Accept(LinkTo(*invited));
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  for (int time = 0; time < 2; ++time) {
    const auto withdrawn = Withdraw(accepted->registration_token());
    ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
    EXPECT_EQ(withdrawn->state(), Registration::CANCELLED);
  }
}

TEST_P(GuestsTest, UnsubscribedIsUnsubscribed) {
  const auto invited = Invite("guest@example.org");
  ASSERT_TRUE(invited.ok()) << invited.status();
  const std::string token = LinkTo(*invited, LinkPurpose::kUnsubscribe);
  EXPECT_EQ(ReasonOf(Unsubscribe(LinkTo(*invited))), ErrorReason::PERMISSION_DENIED);
  ASSERT_TRUE(Unsubscribe(token).ok());
  ASSERT_TRUE(Unsubscribe(token).ok());
  EXPECT_EQ(Read(*invited).state(), Invitation::OPTED_OUT);
  const auto page = Resolve(token);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->invitation().state(), Invitation::OPTED_OUT);
  // They may still come.
  EXPECT_TRUE(Accept(LinkTo(*invited)).ok());
}

TEST_P(GuestsTest, AfterItsTimeItCannotBeAnsweredAndHoldsNothing) {
  const auto invited = Invite("guest@example.org", Reserve);
  ASSERT_TRUE(invited.ok()) << invited.status();
  ChangeEvent([](events::v1::Event& event) {
    event.set_state(events::v1::Event::IN_PROGRESS);
    *event.mutable_start_time() = google::protobuf::util::TimeUtil::SecondsToTimestamp(
        absl::ToUnixSeconds(absl::Now() - absl::Hours(1)));
  });
  const auto late = Accept(LinkTo(*invited));
  EXPECT_EQ(late.status().code(), absl::StatusCode::kFailedPrecondition) << late.status();
  EXPECT_EQ(Read(*invited).state(), Invitation::EXPIRED);
  // Housekeeping gives the seat back.
  for (const absl::Time patience = absl::Now() + absl::Seconds(30); absl::Now() < patience;) {
    if (Explain().pools(0).held_by_invitations() == 0) break;
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(Explain().pools(0).held_by_invitations(), 0);
}

TEST_P(GuestsTest, OneLiveInvitationAnAddress) {
  const auto invited = Invite("guest@example.org");
  ASSERT_TRUE(invited.ok()) << invited.status();
  EXPECT_EQ(Invite("GUEST@example.org").status().code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(Revoke(invited->name()).ok());
  EXPECT_TRUE(Invite("guest@example.org").ok());
  EXPECT_EQ(Invitations().size(), 2u);
  EXPECT_EQ(Invitations("state = REVOKED").size(), 1u);
}

}  // namespace
}  // namespace colloquy::registrations
