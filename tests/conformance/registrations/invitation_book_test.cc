// Invitations in the database: one live one an address, counts and reserved seats that agree, and
// the stores that mailings stand on.
#include "services/registrations/invitation_book.h"

#include "services/registrations/store/suppressions.h"
#include "services/registrations/verify.h"
#include "tests/conformance/registrations/fixture.h"

namespace colloquy::registrations {
namespace {

using rules::InvitationAction;
using testing::ElementsAre;
using testing::IsEmpty;
using v1::Invitation;

const Cause kCause{"organizers/mst/apiKeys/office", "Test"};

class InvitationBookTest : public RegistrationsTest {
 protected:
  void SetUp() override {
    RegistrationsTest::SetUp();
    if (IsSkipped()) return;
    event_uid_ = *Uid::FromUuid(event().uid());
  }

  // Runs `change` on the event's books in one transaction.
  absl::Status Change(const std::function<absl::Status(SeatBook&, InvitationBook&)>& change) {
    return db_->Write({}, [&](db::Transaction& tx) -> absl::Status {
      COLLOQUY_ASSIGN_OR_RETURN(SeatBook seats,
                                SeatBook::Open(tx, event_uid_, "mst", "dialogue", absl::Now()));
      seats.Sync(event());
      InvitationBook invitations(tx, seats, absl::Now());
      COLLOQUY_RETURN_IF_ERROR(change(seats, invitations));
      COLLOQUY_RETURN_IF_ERROR(invitations.Save(*feed_));
      return seats.Save(*feed_);
    });
  }

  absl::StatusOr<Uid> Invite(const std::string& email,
                             const std::function<void(Invitation&)>& edit = {}) {
    const NewInvitation invitation = New(email, edit);
    COLLOQUY_RETURN_IF_ERROR(Change([&](SeatBook&, InvitationBook& invitations) {
      invitations.Add(invitation);
      return absl::OkStatus();
    }));
    return invitation.entry.uid;
  }

  NewInvitation New(const std::string& email, const std::function<void(Invitation&)>& edit = {}) {
    store::InvitationEntry entry{.uid = resource::NewUid(), .email_key = email};
    entry.message.mutable_guest()->set_email(email);
    entry.message.set_party_size(1);
    if (edit) edit(entry.message);
    return MakeInvitation({event_uid_, "mst", "dialogue"}, std::move(entry), kCause, absl::Now());
  }

  absl::Status Apply(const Uid& uid, InvitationAction action) {
    return Change([&](SeatBook&, InvitationBook& invitations) -> absl::Status {
      COLLOQUY_ASSIGN_OR_RETURN(const auto loaded, invitations.Load({uid}));
      if (loaded.size() != 1) return absl::NotFoundError("no such invitation");
      return invitations.Apply(*loaded[0], action, kCause).status();
    });
  }

  std::optional<Invitation> Find(const Uid& uid, absl::Time now = absl::Now()) {
    std::optional<Invitation> found;
    EXPECT_TRUE(db_->Read({},
                          [&](db::Transaction& tx) -> absl::Status {
                            COLLOQUY_ASSIGN_OR_RETURN(
                                found, store::FindInvitation(tx, "mst", "dialogue", uid, now));
                            return absl::OkStatus();
                          })
                    .ok());
    return found;
  }

  // "group STATE count people" of every count kept.
  std::vector<std::string> Counts() {
    std::vector<std::string> texts;
    EXPECT_TRUE(db_->Read({},
                          [&](db::Transaction& tx) -> absl::Status {
                            texts.clear();
                            COLLOQUY_ASSIGN_OR_RETURN(const auto counts,
                                                      store::LoadInvitationCounts(tx, event_uid_));
                            for (const auto& count : counts) {
                              texts.push_back(absl::StrCat(count.group, " ",
                                                           Invitation::State_Name(count.state), " ",
                                                           count.invitations, " ", count.people));
                            }
                            return absl::OkStatus();
                          })
                    .ok());
    return texts;
  }

  Uid event_uid_;
};

TEST_P(InvitationBookTest, AnAddressHasOneLiveInvitation) {
  const auto first = Invite("ada@example.org");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(absl::IsAlreadyExists(Invite("ada@example.org").status()));
  ASSERT_TRUE(Apply(*first, InvitationAction::kRevoke).ok());
  const auto second = Invite("ada@example.org");
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_TRUE(Apply(*second, InvitationAction::kRevoke).ok());
  EXPECT_TRUE(Invite("ada@example.org").ok());
  EXPECT_THAT(Counts(), ElementsAre(" CREATED 1 1", " REVOKED 2 2"));
}

TEST_P(InvitationBookTest, ANewOneIsStoredAsItIsInTheEnd) {
  const NewInvitation queued = New("ada@example.org");
  const NewInvitation returned = New("bell@example.org");
  ASSERT_TRUE(Change([&](SeatBook&, InvitationBook& invitations) -> absl::Status {
                InvitationBook::Tracked& first = invitations.Add(queued);
                InvitationBook::Tracked& second = invitations.Add(returned);
                COLLOQUY_RETURN_IF_ERROR(
                    invitations.Apply(first, InvitationAction::kQueue, kCause).status());
                const size_t mark = invitations.Here();
                COLLOQUY_RETURN_IF_ERROR(
                    invitations.Apply(second, InvitationAction::kQueue, kCause).status());
                invitations.ReturnTo(mark);
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(Find(queued.entry.uid)->state(), Invitation::QUEUED);
  EXPECT_EQ(Find(queued.entry.uid)->revision(), 2);
  EXPECT_EQ(Find(returned.entry.uid)->SerializeAsString(),
            returned.entry.message.SerializeAsString());
  EXPECT_THAT(Counts(), ElementsAre(" CREATED 1 1", " QUEUED 1 1"));
}

TEST_P(InvitationBookTest, StatesTimesCountsAndFeedGoTogether) {
  const auto uid = Invite("ada@example.org", [](Invitation& invitation) {
    invitation.set_group("research");
    invitation.set_party_size(2);
    invitation.set_note("brings a robot");
  });
  ASSERT_TRUE(uid.ok()) << uid.status();
  const Invitation created = *Find(*uid);
  EXPECT_EQ(created.name(), absl::StrCat(kEvent, "/invitations/", uid->ToId('i')));
  ASSERT_TRUE(Apply(*uid, InvitationAction::kQueue).ok());
  ASSERT_TRUE(Apply(*uid, InvitationAction::kSend).ok());
  const Invitation sent = *Find(*uid);
  EXPECT_EQ(sent.state(), Invitation::SENT);
  EXPECT_TRUE(sent.has_send_time());
  EXPECT_EQ(sent.revision(), 3);
  EXPECT_NE(sent.etag(), created.etag());
  EXPECT_THAT(Counts(), ElementsAre("research SENT 1 2"));
  // A reminder changes nothing.
  ASSERT_TRUE(Apply(*uid, InvitationAction::kSend).ok());
  EXPECT_EQ(Find(*uid)->revision(), 3);
  ASSERT_TRUE(Apply(*uid, InvitationAction::kRevoke).ok());
  EXPECT_EQ(ReasonOf(Apply(*uid, InvitationAction::kSend)), ErrorReason::STATE_INVALID);

  std::vector<std::string> states;
  for (const auto& change : History()) {
    ASSERT_EQ(change.resource(), created.name());
    states.push_back(absl::StrCat(change.old_state(), ">", change.new_state()));
    EXPECT_EQ(change.payload().value().find("ada@"), std::string::npos) << "no person in the feed";
    EXPECT_EQ(change.payload().value().find("robot"), std::string::npos);
  }
  EXPECT_THAT(states, ElementsAre(">CREATED", "CREATED>QUEUED", "QUEUED>SENT", "SENT>REVOKED"));
}

TEST_P(InvitationBookTest, ReservedSeatsAreHeldUntilItEnds) {
  const auto uid = Invite("ada@example.org", [](Invitation& invitation) {
    invitation.set_party_size(2);
    invitation.set_reserve_seats(true);
  });
  ASSERT_TRUE(uid.ok()) << uid.status();
  EXPECT_EQ(Explain().pools(0).held_by_invitations(), 2);
  EXPECT_EQ(Explain().pools(0).available(), 0);
  EXPECT_THAT(Verify().differences(), IsEmpty());
  ASSERT_TRUE(Apply(*uid, InvitationAction::kSend).ok());
  EXPECT_EQ(Explain().pools(0).held_by_invitations(), 2);
  ASSERT_TRUE(Apply(*uid, InvitationAction::kRevoke).ok());
  EXPECT_EQ(Explain().pools(0).held_by_invitations(), 0);
  EXPECT_THAT(Verify().differences(), IsEmpty());
}

TEST_P(InvitationBookTest, VerifySeatsSeesWhenReservedSeatsAreWrong) {
  ASSERT_TRUE(Invite("ada@example.org", [](Invitation& invitation) {
                invitation.set_reserve_seats(true);
              }).ok());
  ASSERT_TRUE(Change([&](SeatBook& seats, InvitationBook&) {
                seats.seats().Hold(seats.seats().PoolsFor("", Registration::IN_PERSON), 1);
                return absl::OkStatus();
              }).ok());
  const auto verified = Verify();
  ASSERT_EQ(verified.differences_size(), 1);
  EXPECT_EQ(verified.differences(0).quantity(), "held_invitations");
  EXPECT_EQ(verified.differences(0).recorded(), 2);
  EXPECT_EQ(verified.differences(0).counted(), 1);
}

TEST_P(InvitationBookTest, ChangesCanBeTakenBackInsideATransaction) {
  const auto uid =
      Invite("ada@example.org", [](Invitation& invitation) { invitation.set_reserve_seats(true); });
  ASSERT_TRUE(uid.ok()) << uid.status();
  const Invitation before = *Find(*uid);
  ASSERT_TRUE(Change([&](SeatBook& seats, InvitationBook& invitations) -> absl::Status {
                COLLOQUY_ASSIGN_OR_RETURN(const auto loaded, invitations.Load({*uid}));
                SeatBook::Mark mark = seats.Here();
                const size_t here = invitations.Here();
                COLLOQUY_ASSIGN_OR_RETURN(
                    const bool freed,
                    invitations.Apply(*loaded[0], InvitationAction::kDecline, kCause));
                EXPECT_TRUE(freed);
                seats.ReturnTo(std::move(mark));
                invitations.ReturnTo(here);
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(Find(*uid)->SerializeAsString(), before.SerializeAsString());
  EXPECT_THAT(Verify().differences(), IsEmpty());
  EXPECT_EQ(History().size(), 1u);
}

TEST_P(InvitationBookTest, SuppressionsAreAnOrganizersOwn) {
  const auto add = [&](const std::string& organizer, const std::string& key) {
    bool added = false;
    EXPECT_TRUE(db_->Write({},
                           [&](db::Transaction& tx) -> absl::Status {
                             COLLOQUY_ASSIGN_OR_RETURN(
                                 added,
                                 store::AddSuppression(tx, {.uid = resource::NewUid(),
                                                            .organizer = organizer,
                                                            .email_key = key,
                                                            .email = key,
                                                            .source = v1::Suppression::UNSUBSCRIBED,
                                                            .create_time = absl::Now()}));
                             return absl::OkStatus();
                           })
                    .ok());
    return added;
  };
  EXPECT_TRUE(add("mst", "ada@example.org"));
  EXPECT_FALSE(add("mst", "ada@example.org"));
  EXPECT_TRUE(add("nano", "bob@example.org"));
  EXPECT_TRUE(
      db_->Read({},
                [&](db::Transaction& tx) -> absl::Status {
                  const std::vector<std::string> keys = {"ada@example.org", "bob@example.org"};
                  COLLOQUY_ASSIGN_OR_RETURN(const auto suppressed,
                                            store::SuppressedAddresses(tx, "mst", keys));
                  EXPECT_THAT(suppressed, ElementsAre("ada@example.org"));
                  return absl::OkStatus();
                })
          .ok());
}

INSTANTIATE_ENGINES(InvitationBookTest);

}  // namespace
}  // namespace colloquy::registrations
