// What participants do with their links, votes and rooms apart.
#include <set>

#include "tests/conformance/dialogues/live_fixture.h"

namespace colloquy::dialogues {
namespace {

using ::testing::ElementsAre;
using v1::Dialogue;
using v1::Participant;
using v1::Statement;

class SeatsTest : public LiveTest {
 protected:
  static void ByLink(Dialogue& dialogue) { dialogue.set_admission(Dialogue::JOIN_LINK); }

  std::shared_ptr<rpc::CallContext> Guest(absl::string_view method) const {
    return Call(method, auth::Role::kAnonymous);
  }
  std::string JoinToken(const Uid& uid) const {
    return links_.Token(rules::LinkPurpose::kJoin, {.dialogue = uid});
  }
  absl::StatusOr<v1::JoinResponse> Join(const Uid& uid, const std::string& seat_id,
                                        const std::string& type = "research") {
    v1::JoinRequest request;
    request.set_join_token(JoinToken(uid));
    request.set_seat_id(seat_id);
    request.set_stakeholder_type(type);
    return server_->seats.Join(*Guest("Join"), request);
  }
  absl::StatusOr<v1::Seat> GetSeat(const std::string& token) {
    v1::GetSeatRequest request;
    request.set_token(token);
    return server_->seats.GetSeat(*Guest("GetSeat"), request);
  }
  absl::StatusOr<Statement> Write(const Uid& uid, int64_t participant, const std::string& text,
                                  const std::string& request_id = "") {
    v1::WriteStatementRequest request;
    request.set_token(SeatToken(uid, participant));
    request.set_text(text);
    request.set_request_id(request_id);
    return server_->seats.WriteStatement(*Guest("WriteStatement"), request);
  }
  absl::StatusOr<v1::NextStatementResponse> Next(const Uid& uid, int64_t participant,
                                                 const std::vector<int>& except = {}) {
    v1::NextStatementRequest request;
    request.set_token(SeatToken(uid, participant));
    for (int number : except) request.add_except(number);
    return server_->seats.NextStatement(*Guest("NextStatement"), request);
  }
};

TEST_P(SeatsTest, WhoJoinsTwiceHasOneSeat) {
  const Uid uid = MakeDialogue(Dialogue::OPEN, ByLink);
  const std::string me = resource::NewUid().ToUuid();
  const auto joined = Join(uid, me);
  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_EQ(joined->participant().pseudonym(), "Participant 0");
  EXPECT_EQ(joined->token(), SeatToken(uid, 0));
  EXPECT_EQ(Join(uid, me)->token(), joined->token());
  EXPECT_EQ(Join(uid, resource::NewUid().ToUuid())->token(), SeatToken(uid, 1));
  EXPECT_EQ(RoomOf(uid).participant_count, 2);
  const std::vector<changes::v1::Change> history = History();
  EXPECT_EQ(history.back().actor(), absl::StrCat(kDialogue, "/participants/1"));
  EXPECT_EQ(history.back().cause(), "Join");
  ChangeParticipant(uid, 0, [](Participant& p) { p.set_state(Participant::REMOVED); });
  EXPECT_EQ(ReasonOf(Join(uid, me).status()), ErrorReason::PERMISSION_DENIED)
      << "who was removed does not come back by the same door";
}

TEST_P(SeatsTest, JoiningIsForDialoguesThatAdmitSo) {
  const std::string me = resource::NewUid().ToUuid();
  EXPECT_EQ(ReasonOf(Join(MakeDialogue(Dialogue::OPEN, {}, "own"), me).status()),
            ErrorReason::JOINING_CLOSED);
  EXPECT_EQ(ReasonOf(Join(MakeDialogue(Dialogue::CLOSED, ByLink, "over"), me).status()),
            ErrorReason::JOINING_CLOSED);
  const Uid uid = MakeDialogue(Dialogue::LIVE, ByLink);
  EXPECT_EQ(ReasonOf(Join(uid, "").status()), ErrorReason::FIELD_REQUIRED);
  EXPECT_EQ(ReasonOf(Join(uid, "me").status()), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(ReasonOf(Join(uid, me, "astrologer").status()), ErrorReason::FIELD_INVALID);
  Change(uid, [](RoomChange& change) {
    ++change.room.link_generation;
    return absl::OkStatus();
  });
  EXPECT_EQ(ReasonOf(Join(uid, me).status()), ErrorReason::PERMISSION_DENIED) << "renewed";
}

TEST_P(SeatsTest, TheLobbyAndThePresentationShowTheDialogue) {
  const Uid uid = MakeDialogue(Dialogue::OPEN, ByLink);
  v1::GetLobbyRequest lobby;
  lobby.set_join_token(JoinToken(uid));
  EXPECT_EQ(server_->seats.GetLobby(*Guest("GetLobby"), lobby)->name(), kDialogue);
  lobby.set_join_token(SeatToken(uid, 0));
  EXPECT_EQ(ReasonOf(server_->seats.GetLobby(*Guest("GetLobby"), lobby).status()),
            ErrorReason::PERMISSION_DENIED);
  v1::GetPresentationRequest request;
  request.set_presenter_token(links_.Token(rules::LinkPurpose::kPresenter, {.dialogue = uid}));
  const auto shown = server_->seats.GetPresentation(*Guest("GetPresentation"), request);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->dialogue().name(), kDialogue);
  EXPECT_EQ(shown->join_token(), JoinToken(uid));
}

TEST_P(SeatsTest, ASeatHasOwnVotesAndStatements) {
  const Uid uid = MakeDialogue();
  AddParticipants(uid, 2);
  AddStatements(uid, 2);
  ASSERT_TRUE(Cast(uid, 0, 0, v1::PASS).ok());
  ASSERT_TRUE(Cast(uid, 0, 1, v1::AGREE).ok());
  ASSERT_TRUE(Cast(uid, 0, 1, v1::VOTE_VALUE_UNSPECIFIED).ok());
  ASSERT_TRUE(Cast(uid, 1, 1, v1::AGREE).ok());
  ASSERT_TRUE(Write(uid, 0, "Let us share the models").ok());
  ChangeStatement(uid, 2, [](Statement& s) {
    s.set_state(Statement::REJECTED);
    s.set_reason("said before");
  });
  const auto seat = GetSeat(SeatToken(uid, 0));
  ASSERT_TRUE(seat.ok()) << seat.status();
  EXPECT_EQ(seat->participant().pseudonym(), "Participant 0");
  ASSERT_EQ(seat->votes_size(), 2);
  EXPECT_EQ(seat->votes(0).value(), v1::PASS);
  EXPECT_EQ(seat->votes(1).statement(), 2) << "who writes a statement agrees with it";
  ASSERT_EQ(seat->statements_size(), 1);
  EXPECT_EQ(seat->statements(0).reason(), "said before");
  EXPECT_EQ(seat->dialogue().vote_sequence(), 5);
  EXPECT_EQ(ReasonOf(GetSeat("x").status()), ErrorReason::PERMISSION_DENIED);
}

TEST_P(SeatsTest, StatementsAreWrittenOnceAndWithinTheRules) {
  const Uid uid = MakeDialogue();
  AddParticipants(uid, 2, [](int index, Participant& p) { p.set_viewer(index == 1); });
  const std::string id = resource::NewUid().ToUuid();
  const auto written = Write(uid, 0, "<script>alert(1)</script>", id);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->text(), "<script>alert(1)</script>") << "kept as it is, escaped where shown";
  EXPECT_EQ(written->state(), Statement::UNDECIDED);
  EXPECT_EQ(written->author(), absl::StrCat(kDialogue, "/participants/0"));
  EXPECT_EQ(written->tally().agree_count(), 1);
  EXPECT_EQ(Write(uid, 0, "<script>alert(1)</script>", id)->name(), written->name()) << "replayed";
  EXPECT_EQ(Log(uid).size(), 1u);
  const auto again = Write(uid, 0, " <SCRIPT>alert(1)</script>");
  EXPECT_EQ(ReasonOf(again.status()), ErrorReason::RESOURCE_ALREADY_EXISTS);
  EXPECT_THAT(std::string(again.status().message()), testing::HasSubstr("statements/0"));
  for (const std::string& bad : {std::string(1001, 'x'), std::string("turned \u202E round"),
                                 std::string("bell\a"), std::string("  ")}) {
    EXPECT_EQ(Write(uid, 0, bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
  EXPECT_TRUE(Write(uid, 0, std::string(1000, 'x')).ok());
  EXPECT_EQ(ReasonOf(Write(uid, 1, "I only watch").status()), ErrorReason::PERMISSION_DENIED);
  SetState(uid, Dialogue::CLOSED);
  EXPECT_EQ(ReasonOf(Write(uid, 0, "Too late").status()), ErrorReason::STATE_INVALID);
  const Uid seeds = MakeDialogue(
      Dialogue::OPEN, [](Dialogue& d) { d.set_statements_closed(true); }, "seeds");
  AddParticipants(seeds, 1);
  EXPECT_EQ(ReasonOf(Write(seeds, 0, "Not asked for").status()), ErrorReason::STATE_INVALID);
}

TEST_P(SeatsTest, StatementsAreAskedUntilNoneIsLeft) {
  const Uid uid = MakeDialogue();
  AddParticipants(uid, 2);
  AddStatements(uid, 6);
  ChangeStatement(uid, 5, [](Statement& s) { s.set_state(Statement::REJECTED); });
  std::set<int64_t> asked;
  for (int left = 5; left > 0; --left) {
    const auto next = Next(uid, 0);
    ASSERT_TRUE(next.ok()) << next.status();
    EXPECT_EQ(next->remaining_count(), left);
    const int64_t number = rules::NumberIn(next->statement().name());
    EXPECT_TRUE(asked.insert(number).second) << "asked twice: " << number;
    ASSERT_TRUE(Cast(uid, 0, static_cast<int>(number), v1::PASS).ok());
  }
  EXPECT_FALSE(asked.contains(5));
  EXPECT_FALSE(Next(uid, 0)->has_statement());
  EXPECT_EQ(Next(uid, 0)->remaining_count(), 0);
  EXPECT_EQ(rules::NumberIn(Next(uid, 1, {0, 1, 3, 4})->statement().name()), 2);
  ASSERT_TRUE(Cast(uid, 0, 3, v1::VOTE_VALUE_UNSPECIFIED).ok());
  EXPECT_EQ(rules::NumberIn(Next(uid, 0)->statement().name()), 3) << "taken back: asked again";
  // Rejected a moment ago, perhaps unknown to memory.
  ChangeStatement(uid, 3, [](Statement& s) { s.set_state(Statement::REJECTED); });
  EXPECT_FALSE(Next(uid, 0)->has_statement());
}

INSTANTIATE_ENGINES(SeatsTest);

}  // namespace
}  // namespace colloquy::dialogues
