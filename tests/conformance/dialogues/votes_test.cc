// Votes: who may cast which, that the log holds what was answered, and that memory says the same.
#include <set>
#include <thread>

#include "services/dialogues/rules/opinion/random.h"
#include "tests/conformance/dialogues/live_fixture.h"

namespace colloquy::dialogues {
namespace {

using ::testing::IsEmpty;
using v1::Dialogue;
using v1::Participant;
using v1::Statement;

class VotesTest : public LiveTest {
 protected:
  // What every replica of the dialogue must agree on.
  void ExpectMemoryMatchesLog(Replica& server, const Uid& uid) {
    auto room = server.rooms.OpenWithVotes(uid, {});
    ASSERT_TRUE(room.ok()) << room.status();
    const std::vector<store::VoteRow> log = Log(uid);
    for (size_t i = 0; i < log.size(); ++i) {
      ASSERT_EQ(log[i].sequence, static_cast<int64_t>(i) + 1) << "no gap";
    }
    EXPECT_EQ((*room)->votes().sequence(), static_cast<int64_t>(log.size()));
    EXPECT_EQ(RoomOf(uid).vote_sequence, static_cast<int64_t>(log.size()));
    for (const auto& [statement, tally] : Count(uid)) {
      EXPECT_EQ((*room)->votes().TallyOf(statement).SerializeAsString(), tally.SerializeAsString())
          << "statement " << statement;
    }
  }
};

TEST_P(VotesTest, AreNumberedInTheirOrderAndTheLastOneCounts) {
  const Uid uid = MakeDialogue();
  AddParticipants(uid, 2);
  AddStatements(uid, 2);
  EXPECT_EQ(*Cast(uid, 0, 0, v1::AGREE), 1);
  EXPECT_EQ(*Cast(uid, 1, 0, v1::PASS), 2);
  EXPECT_EQ(*Cast(uid, 0, 0, v1::DISAGREE), 3);
  EXPECT_EQ(*Cast(uid, 0, 1, v1::AGREE), 4);
  EXPECT_EQ(*Cast(uid, 0, 1, v1::VOTE_VALUE_UNSPECIFIED), 5);
  const store::Tallies tallies = Count(uid);
  EXPECT_EQ(tallies.at(0).agree_count(), 0);
  EXPECT_EQ(tallies.at(0).disagree_count(), 1);
  EXPECT_EQ(tallies.at(0).pass_count(), 1);
  EXPECT_EQ(tallies.at(1).agree_count(), 0) << "taken back";
  ExpectMemoryMatchesLog(*server_, uid);
}

TEST_P(VotesTest, TheSameVoteAgainIsTheSameVote) {
  const Uid uid = MakeDialogue();
  AddParticipants(uid, 1);
  AddStatements(uid, 1);
  EXPECT_EQ(*Cast(uid, 0, 0, v1::VOTE_VALUE_UNSPECIFIED), 0) << "nothing to take back";
  EXPECT_EQ(*Cast(uid, 0, 0, v1::AGREE), 1);
  EXPECT_EQ(*Cast(uid, 0, 0, v1::AGREE), 1);
  EXPECT_EQ(*Cast(uid, 0, 0, v1::PASS), 2);
  EXPECT_EQ(*Cast(uid, 0, 0, v1::PASS), 2);
  EXPECT_EQ(Log(uid).size(), 2u);
  // Another process does not have it in memory.
  server_ = MakeReplica();
  EXPECT_EQ(*Cast(uid, 0, 0, v1::PASS), 2);
  EXPECT_EQ(*Cast(uid, 0, 0, v1::AGREE), 3);
}

TEST_P(VotesTest, StatementsThatAreNotShownTakeNone) {
  const Uid uid = MakeDialogue(
      Dialogue::OPEN, [](Dialogue& dialogue) { dialogue.set_moderation(Dialogue::BEFORE); });
  AddParticipants(uid, 1);
  AddStatements(uid, 4);
  ChangeStatement(uid, 1, [](Statement& s) { s.set_state(Statement::REJECTED); });
  ChangeStatement(uid, 2, [](Statement& s) { s.set_state(Statement::MERGED); });
  ChangeStatement(uid, 3, [](Statement& s) { s.set_state(Statement::UNDECIDED); });
  EXPECT_TRUE(Cast(uid, 0, 0).ok());
  for (int statement : {1, 2, 3}) {
    EXPECT_EQ(ReasonOf(Cast(uid, 0, statement).status()), ErrorReason::STATE_INVALID);
  }
  EXPECT_EQ(ReasonOf(Cast(uid, 0, 4).status()), ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_EQ(ReasonOf(Cast(uid, 0, -1).status()), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(ReasonOf(Cast(uid, 0, 0, static_cast<v1::VoteValue>(9)).status()),
            ErrorReason::FIELD_INVALID);
  EXPECT_EQ(Log(uid).size(), 1u);
}

TEST_P(VotesTest, OnlyWhoHasASeatVotes) {
  const Uid uid = MakeDialogue();
  AddParticipants(uid, 3, [](int index, Participant& p) { p.set_viewer(index == 1); });
  AddStatements(uid, 1);
  ChangeParticipant(uid, 2, [](Participant& p) { p.set_state(Participant::REMOVED); });
  EXPECT_EQ(ReasonOf(Cast(uid, 1, 0).status()), ErrorReason::PERMISSION_DENIED) << "a viewer";
  EXPECT_EQ(ReasonOf(Cast(uid, 2, 0).status()), ErrorReason::PERMISSION_DENIED) << "removed";
  EXPECT_EQ(ReasonOf(Cast(uid, 3, 0).status()), ErrorReason::PERMISSION_DENIED) << "no such seat";
  const auto call = Call("CastVote", auth::Role::kAnonymous);
  for (const std::string& token :
       {std::string("nonsense"), SeatToken(uid, 0).substr(1) + "A",
        links_.Token(rules::LinkPurpose::kPresenter, {.dialogue = uid}),
        links_.Token(rules::LinkPurpose::kSeat, {.dialogue = uid, .number = 0, .generation = 1}),
        SeatToken(resource::NewUid(), 0)}) {
    EXPECT_EQ(ReasonOf(CastWith(*server_, token, 0, v1::AGREE, call).status()),
              ErrorReason::PERMISSION_DENIED)
        << token;
  }
  EXPECT_THAT(Log(uid), IsEmpty());
}

TEST_P(VotesTest, NobodyVotesBeforeItOpensOrAfterItIsClosed) {
  const Uid uid = MakeDialogue(Dialogue::DRAFT);
  AddParticipants(uid, 1);
  AddStatements(uid, 1);
  EXPECT_EQ(ReasonOf(Cast(uid, 0, 0).status()), ErrorReason::STATE_INVALID);
  SetState(uid, Dialogue::LIVE);
  EXPECT_TRUE(Cast(uid, 0, 0).ok());
  SetState(uid, Dialogue::CLOSED);
  EXPECT_EQ(ReasonOf(Cast(uid, 0, 0, v1::PASS).status()), ErrorReason::STATE_INVALID);
  EXPECT_EQ(Log(uid).size(), 1u);
}

// Whatever is answered is in the log, once, where the answer says.
TEST_P(VotesTest, ABurstLosesNothingAndCountsNothingTwice) {
  const Uid uid = MakeDialogue();
  constexpr int kPeople = 40, kStatements = 12, kThreads = 6, kEach = 150;
  AddParticipants(uid, kPeople);
  AddStatements(uid, kStatements);
  const std::unique_ptr<Replica> other = MakeReplica();
  struct Answered {
    int64_t sequence;
    int participant, statement;
    v1::VoteValue value;
  };
  std::vector<std::vector<Answered>> answered(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      rules::opinion::Random random(static_cast<uint64_t>(t));
      for (int i = 0; i < kEach; ++i) {
        const int participant = static_cast<int>(random.Below(kPeople));
        const int statement = static_cast<int>(random.Below(kStatements));
        const auto value = static_cast<v1::VoteValue>(random.Below(4));
        const auto sequence =
            Cast(t % 2 == 0 ? *server_ : *other, uid, participant, statement, value);
        ASSERT_TRUE(sequence.ok()) << sequence.status();
        answered[static_cast<size_t>(t)].push_back({*sequence, participant, statement, value});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<store::VoteRow> log = Log(uid);
  for (const auto& answers : answered) {
    for (const Answered& answer : answers) {
      if (answer.sequence == 0) continue;  // there was nothing to take back
      ASSERT_LE(answer.sequence, static_cast<int64_t>(log.size()));
      const store::VoteRow& row = log[static_cast<size_t>(answer.sequence) - 1];
      EXPECT_EQ(row.participant, answer.participant);
      EXPECT_EQ(row.statement, answer.statement);
      EXPECT_EQ(row.value, answer.value);
    }
  }
  // No two neighbours in one cell's history say the same.
  std::map<std::pair<int64_t, int64_t>, v1::VoteValue> last;
  for (const store::VoteRow& row : log) {
    v1::VoteValue& value = last[{row.participant, row.statement}];
    EXPECT_NE(value, row.value) << "vote " << row.sequence;
    value = row.value;
  }
  ExpectMemoryMatchesLog(*server_, uid);
  ExpectMemoryMatchesLog(*other, uid);
}

TEST_P(VotesTest, OneBatchMayHoldGoodAndBadOnes) {
  const Uid uid = MakeDialogue();
  AddParticipants(uid, 2);
  AddStatements(uid, 1);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0, bad = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const auto vote = Cast(uid, t % 2, (t + i) % 3 == 0 ? 7 : 0, v1::AGREE);
        vote.ok() ? ++good : ++bad;
        if (vote.ok()) continue;
        EXPECT_EQ(ReasonOf(vote.status()), ErrorReason::RESOURCE_NOT_FOUND);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good + bad, 160);
  EXPECT_GT(bad, 0);
  EXPECT_EQ(Log(uid).size(), 2u);
}

TEST_P(VotesTest, ADeletedDialoguesLinksOpenNothing) {
  const Uid uid = MakeDialogue();
  AddParticipants(uid, 1);
  AddStatements(uid, 1);
  EXPECT_TRUE(Cast(uid, 0, 0).ok());
  ASSERT_EQ(db_->Write({}, [&](db::Transaction& tx) { return store::DeleteRoom(tx, uid); }),
            absl::OkStatus());
  EXPECT_EQ(ReasonOf(Cast(uid, 0, 0, v1::PASS).status()), ErrorReason::PERMISSION_DENIED);
}

INSTANTIATE_ENGINES(VotesTest);

}  // namespace
}  // namespace colloquy::dialogues
