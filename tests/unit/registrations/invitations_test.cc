#include "services/registrations/rules/invitations.h"

#include <map>

#include "gmock/gmock.h"
#include "google/protobuf/util/time_util.h"
#include "gtest/gtest.h"

namespace colloquy::registrations::rules {
namespace {

using errors::ErrorReason;
using google::protobuf::util::TimeUtil;
using testing::ElementsAre;
using testing::Field;
using v1::Invitation;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

google::protobuf::Timestamp At(absl::Time time) {
  return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

Invitation In(Invitation::State state) {
  Invitation invitation;
  invitation.set_name("organizers/mst/events/dialogue/invitations/i1");
  invitation.mutable_guest()->set_email("ada@example.org");
  invitation.set_state(state);
  return invitation;
}

constexpr Invitation::State kStates[] = {
    Invitation::CREATED,  Invitation::QUEUED,  Invitation::SENT,    Invitation::ACCEPTED,
    Invitation::DECLINED, Invitation::EXPIRED, Invitation::REVOKED, Invitation::OPTED_OUT};
constexpr InvitationAction kActions[] = {InvitationAction::kQueue,   InvitationAction::kUnqueue,
                                         InvitationAction::kSend,    InvitationAction::kAccept,
                                         InvitationAction::kDecline, InvitationAction::kExpire,
                                         InvitationAction::kRevoke,  InvitationAction::kOptOut};

TEST(InvitationStatesTest, EveryStateAndActionHasItsPlace) {
  // By state, the letters of what follows from each action in the order of kActions; "-" is
  // refused. C, Q, S, A, D, X (expired), R, O.
  const std::map<Invitation::State, std::string> table = {
      {Invitation::CREATED, "Q-SADXRO"},  {Invitation::QUEUED, "QCSADXRO"},
      {Invitation::SENT, "SSSADXRO"},     {Invitation::ACCEPTED, "----D-R-"},
      {Invitation::DECLINED, "---AD-R-"}, {Invitation::EXPIRED, "--------"},
      {Invitation::REVOKED, "--------"},  {Invitation::OPTED_OUT, "---ADXRO"},
  };
  const std::map<Invitation::State, char> letters = {
      {Invitation::CREATED, 'C'},  {Invitation::QUEUED, 'Q'},   {Invitation::SENT, 'S'},
      {Invitation::ACCEPTED, 'A'}, {Invitation::DECLINED, 'D'}, {Invitation::EXPIRED, 'X'},
      {Invitation::REVOKED, 'R'},  {Invitation::OPTED_OUT, 'O'}};
  for (Invitation::State state : kStates) {
    std::string row;
    for (InvitationAction action : kActions) {
      const auto next = Next(In(state), action);
      row += next.ok() ? letters.at(*next) : '-';
      if (next.ok()) continue;
      EXPECT_EQ(errors::ReasonOf(next.status()), ErrorReason::STATE_INVALID);
    }
    EXPECT_EQ(row, table.at(state)) << Invitation::State_Name(state);
  }
}

TEST(InvitationStatesTest, WhatEndedStaysEnded) {
  for (Invitation::State state : kStates) {
    bool moves = false;
    for (InvitationAction action : kActions) moves |= Next(In(state), action).ok();
    EXPECT_EQ(moves, IsLive(state)) << Invitation::State_Name(state);
    EXPECT_EQ(Next(In(state), InvitationAction::kExpire).ok(), IsOpen(state));
  }
}

TEST(InvitationStatesTest, ARefusalSaysWhatIsNeeded) {
  const absl::Status status = Next(In(Invitation::REVOKED), InvitationAction::kAccept).status();
  EXPECT_THAT(std::string(status.message()),
              testing::AllOf(testing::HasSubstr("REVOKED"), testing::HasSubstr("AcceptInvitation"),
                             testing::HasSubstr("DECLINED")));
}

TEST(InvitationStatesTest, HoldsItsPartyWhileOpenAndOnlyIfItReserves) {
  for (Invitation::State state : kStates) {
    Invitation invitation = In(state);
    invitation.set_party_size(3);
    EXPECT_EQ(HeldSeats(invitation), 0);
    invitation.set_reserve_seats(true);
    EXPECT_EQ(HeldSeats(invitation), IsOpen(state) ? 3 : 0);
  }
}

TEST(InvitationEndTest, EndsAtItsTimeOrAtTheStart) {
  const absl::Time start = kNow + absl::Hours(10);
  Invitation invitation = In(Invitation::SENT);
  EXPECT_EQ(EndOf(invitation, start), start);
  EXPECT_EQ(EndOf(invitation, absl::UnixEpoch()), absl::InfiniteFuture());
  *invitation.mutable_expire_time() = At(kNow + absl::Hours(1));
  EXPECT_EQ(EndOf(invitation, start), kNow + absl::Hours(1));

  Invitation shown = invitation;
  ShowExpiry(start, kNow + absl::Minutes(59), shown);
  EXPECT_EQ(shown.state(), Invitation::SENT);
  ShowExpiry(start, kNow + absl::Hours(1), shown);
  EXPECT_EQ(shown.state(), Invitation::EXPIRED);
  EXPECT_EQ(TimeUtil::ToString(shown.answer_time()), TimeUtil::ToString(invitation.expire_time()));
  Invitation accepted = In(Invitation::ACCEPTED);
  ShowExpiry(start, absl::InfiniteFuture(), accepted);
  EXPECT_EQ(accepted.state(), Invitation::ACCEPTED);
}

TEST(InvitationFieldsTest, SaysEverythingThatIsWrongByItsPath) {
  Invitation invitation = In(Invitation::CREATED);
  EXPECT_TRUE(CheckFields(invitation, kNow, "invitation").empty());
  invitation.mutable_guest()->set_email("nobody");
  invitation.mutable_guest()->set_region_code("XX");
  invitation.set_group(std::string(201, 'g'));
  invitation.set_party_size(101);
  *invitation.mutable_expire_time() = At(kNow);
  invitation.set_note(std::string(1001, 'n'));
  (*invitation.mutable_placeholders())["seat"] = std::string(501, 's');
  const auto field = [](const char* name) { return Field(&errors::FieldViolation::field, name); };
  EXPECT_THAT(CheckFields(invitation, kNow, "invitation"),
              ElementsAre(field("invitation.guest.email"), field("invitation.guest.region_code"),
                          field("invitation.group"), field("invitation.note"),
                          field("invitation.party_size"), field("invitation.expire_time"),
                          field("invitation.placeholders")));
}

TEST(InvitationFieldsTest, CountsCharactersAndNotBytes) {
  Invitation invitation = In(Invitation::CREATED);
  std::string group;
  for (int i = 0; i < 200; ++i) group += "ü";
  invitation.set_group(group);
  EXPECT_TRUE(CheckFields(invitation, kNow, "invitation").empty());
}

TEST(InvitationFieldsTest, FitsTheEvent) {
  events::v1::Event event;
  event.add_categories()->set_id("speaker");
  *event.mutable_start_time() = At(kNow + absl::Hours(5));
  Invitation invitation = In(Invitation::CREATED);
  EXPECT_TRUE(CheckAgainst(event, invitation, "invitation").empty());
  invitation.set_category("speaker");
  *invitation.mutable_expire_time() = At(kNow + absl::Hours(5));
  EXPECT_TRUE(CheckAgainst(event, invitation, "invitation").empty());
  invitation.set_category("student");
  *invitation.mutable_expire_time() = At(kNow + absl::Hours(6));
  EXPECT_EQ(CheckAgainst(event, invitation, "invitation").size(), 2u);
}

TEST(InvitationFieldsTest, OnlyWhatOrganisersGiveIsTaken) {
  Invitation invitation = In(Invitation::ACCEPTED);
  invitation.set_registration("organizers/mst/events/dialogue/registrations/r1");
  invitation.set_revision(7);
  invitation.mutable_guest()->add_consents()->set_purpose("photos");
  invitation.set_note("speaks first");
  const Invitation clean = Clean(invitation);
  EXPECT_EQ(clean.state(), Invitation::STATE_UNSPECIFIED);
  EXPECT_TRUE(clean.name().empty() && clean.registration().empty() && clean.revision() == 0);
  EXPECT_EQ(clean.guest().consents_size(), 0);
  EXPECT_EQ(clean.note(), "speaks first");
  EXPECT_EQ(clean.party_size(), 1);
}

TEST(InvitationFieldsTest, TheEventsStateSaysWhoMayBeAsked) {
  events::v1::Event event;
  const auto pair = [&](events::v1::Event::State state) {
    event.set_state(state);
    return std::make_pair(CheckMayInvite(event).ok(), CheckTakesGuests(event).ok());
  };
  EXPECT_EQ(pair(events::v1::Event::DRAFT), std::make_pair(true, false));
  EXPECT_EQ(pair(events::v1::Event::PUBLISHED), std::make_pair(true, true));
  EXPECT_EQ(pair(events::v1::Event::IN_PROGRESS), std::make_pair(true, true));
  EXPECT_EQ(pair(events::v1::Event::COMPLETED), std::make_pair(false, false));
  EXPECT_EQ(pair(events::v1::Event::CANCELLED), std::make_pair(false, false));
}

}  // namespace
}  // namespace colloquy::registrations::rules
