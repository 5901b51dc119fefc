// Opinion as it is computed, shown, stored and computed again.
#include "google/protobuf/util/message_differencer.h"
#include "tests/conformance/dialogues/live_fixture.h"

namespace colloquy::dialogues {
namespace {

using google::protobuf::util::MessageDifferencer;
using v1::Dialogue;
using v1::Opinion;
using v1::Statement;

constexpr int kPeople = 20, kStatements = 8;

class OpinionTest : public LiveTest {
 protected:
  void Make(Dialogue::AnalysisMode mode) {
    uid_ = MakeDialogue(Dialogue::OPEN, [&](Dialogue& d) { d.set_analysis_mode(mode); });
    AddParticipants(uid_, kPeople, [](int index, v1::Participant& participant) {
      participant.set_stakeholder_type(index % 2 == 0 ? "company" : "research");
    });
    AddStatements(uid_, kStatements);
  }
  // Even people agree with the first five, odd ones with the others.
  void VoteAll(int from = 0, int to = kPeople) {
    for (int person = from; person < to; ++person) {
      for (int statement = 0; statement < kStatements; ++statement) {
        const bool agrees = (person % 2 == 0) == (statement < 5);
        ASSERT_TRUE(Cast(uid_, person, statement, agrees ? v1::AGREE : v1::DISAGREE).ok());
      }
    }
  }
  absl::StatusOr<Opinion> Get(const std::string& name = kDialogue) {
    v1::GetOpinionRequest request;
    request.set_name(name);
    return server_->opinion.GetOpinion(*Call("GetOpinion"), request);
  }
  // The analysis that has every vote.
  Opinion GetNewest() {
    const int64_t newest = RoomOf(uid_).vote_sequence;
    while (true) {
      const absl::StatusOr<Opinion> opinion = Get();
      EXPECT_TRUE(opinion.ok()) << opinion.status();
      if (!opinion.ok() || opinion->vote_sequence() == newest) return opinion.value_or(Opinion());
      absl::SleepFor(absl::Milliseconds(5));
    }
  }
  absl::StatusOr<Opinion> Compute(
      int64_t sequence = 0, Dialogue::AnalysisMode mode = Dialogue::ANALYSIS_MODE_UNSPECIFIED) {
    v1::ComputeOpinionRequest request;
    request.set_name(kDialogue);
    request.set_vote_sequence(sequence);
    request.set_mode(mode);
    return server_->opinion.ComputeOpinion(*Call("ComputeOpinion"), request);
  }
  v1::ListOpinionSnapshotsResponse List(int page_size = 0, const std::string& token = "") {
    v1::ListOpinionSnapshotsRequest request;
    request.set_parent(kDialogue);
    request.set_page_size(page_size);
    request.set_page_token(token);
    const auto response =
        server_->opinion.ListOpinionSnapshots(*Call("ListOpinionSnapshots"), request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(v1::ListOpinionSnapshotsResponse());
  }
  void AwaitSnapshot(int64_t sequence) {
    const absl::Time end = absl::Now() + absl::Seconds(60);
    while (absl::Now() < end) {
      const auto snapshots = List(1000).opinions();
      if (!snapshots.empty() && snapshots.rbegin()->vote_sequence() >= sequence) return;
      absl::SleepFor(absl::Milliseconds(5));
    }
    FAIL() << "no snapshot of vote " << sequence;
  }
  static Opinion Timeless(Opinion opinion) {
    opinion.clear_compute_time();
    opinion.clear_positions();
    return opinion;
  }

  Uid uid_;
};

TEST_P(OpinionTest, IsThereBeforeAnybodyVotedAndFollowsTheVotes) {
  Make(Dialogue::STABLE);
  absl::StatusOr<Opinion> nothing = Get();
  ASSERT_TRUE(nothing.ok()) << nothing.status();
  EXPECT_EQ(nothing->voter_count(), 0);
  VoteAll();
  const Opinion opinion = GetNewest();
  EXPECT_EQ(opinion.voter_count(), kPeople);
  EXPECT_EQ(opinion.groups_size(), 2);
  ASSERT_EQ(opinion.stakeholder_types_size(), 2);
  EXPECT_EQ(opinion.stakeholder_types(0).stakeholder_type(), "company");
  EXPECT_EQ(opinion.stakeholder_types(0).tallies(0).agree_count(), kPeople / 2);
  ChangeStatement(uid_, 0, [](Statement& s) { s.set_state(Statement::REJECTED); });
  while (Get()->statement_count() != kStatements - 1) absl::SleepFor(absl::Milliseconds(5));
  ChangeParticipant(uid_, 0, [](v1::Participant& p) { p.set_stakeholder_type("policy"); });
  while (Get()->stakeholder_types_size() != 3) absl::SleepFor(absl::Milliseconds(5));
}

TEST_P(OpinionTest, AnyPastMomentIsComputedAgain) {
  Make(Dialogue::STABLE);
  VoteAll(0, 8);
  const Opinion early = GetNewest();
  VoteAll(8, kPeople);
  const Opinion late = GetNewest();
  const absl::StatusOr<Opinion> again = Compute(early.vote_sequence());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(MessageDifferencer::Equals(Timeless(*again), Timeless(early)));
  EXPECT_EQ(again->positions_size(), 8);
  EXPECT_TRUE(MessageDifferencer::Equals(Timeless(*Compute()), Timeless(late)));
  EXPECT_FALSE(MessageDifferencer::Equals(Timeless(*again), Timeless(late)));
  EXPECT_EQ(Compute(0, Dialogue::POLIS_COMPATIBLE)->mode(), Dialogue::POLIS_COMPATIBLE);
  EXPECT_EQ(ReasonOf(Compute(-1).status()), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(ReasonOf(Compute(late.vote_sequence() + 1).status()), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(ReasonOf(Get("organizers/mst/dialogues/none").status()),
            ErrorReason::RESOURCE_NOT_FOUND);
}

TEST_P(OpinionTest, ASnapshotIsWhatItsVotesGiveAgain) {
  server_ = nullptr;
  server_ = MakeReplica({.every = absl::Milliseconds(1),
                         .snapshot_every = absl::ZeroDuration(),
                         .look = absl::Milliseconds(1)});
  Make(Dialogue::STABLE);
  VoteAll();
  AwaitSnapshot(RoomOf(uid_).vote_sequence);
  const auto all = List(1000);
  ASSERT_GT(all.opinions_size(), 1);
  int64_t before = 0;
  for (const Opinion& snapshot : all.opinions()) {
    EXPECT_GT(snapshot.vote_sequence(), before);
    before = snapshot.vote_sequence();
    EXPECT_EQ(snapshot.positions_size(), 0);
    EXPECT_TRUE(MessageDifferencer::Equals(Timeless(snapshot),
                                           Timeless(*Compute(snapshot.vote_sequence()))))
        << "at vote " << snapshot.vote_sequence();
  }
  // Pages add up to the whole.
  std::vector<int64_t> paged;
  std::string token;
  do {
    const auto page = List(2, token);
    for (const Opinion& snapshot : page.opinions()) paged.push_back(snapshot.vote_sequence());
    token = page.next_page_token();
  } while (!token.empty());
  ASSERT_EQ(paged.size(), static_cast<size_t>(all.opinions_size()));
}

TEST_P(OpinionTest, ClosingStoresTheLastWord) {
  Make(Dialogue::STABLE);
  VoteAll(0, 3);
  AwaitSnapshot(1);  // the first one comes at once, the next after ten seconds
  VoteAll(3, kPeople);
  const Opinion last = GetNewest();
  SetState(uid_, Dialogue::CLOSED);
  Change(uid_, [&](RoomChange& change) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue, store::ReadDialogue(change.tx, change.room));
    change.Record(changes::v1::Change::STATE_CHANGED, dialogue, "OPEN", "CLOSED");
    return absl::OkStatus();
  });
  AwaitSnapshot(last.vote_sequence());
}

TEST_P(OpinionTest, ThePublishedMethodGoesOnWithItsHistoryAfterARestart) {
  Make(Dialogue::POLIS_COMPATIBLE);
  VoteAll();
  const Opinion before = GetNewest();
  ASSERT_EQ(before.groups_size(), 2);
  SetState(uid_, Dialogue::CLOSED);
  Change(uid_, [&](RoomChange& change) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue, store::ReadDialogue(change.tx, change.room));
    change.Record(changes::v1::Change::STATE_CHANGED, dialogue, "OPEN", "CLOSED");
    return absl::OkStatus();
  });
  AwaitSnapshot(before.vote_sequence());
  server_ = MakeReplica();
  const Opinion after = GetNewest();
  EXPECT_EQ(after.mode(), Dialogue::POLIS_COMPATIBLE);
  EXPECT_EQ(after.groups_size(), 2);
  for (int i = 0; i < kPeople; ++i) {
    EXPECT_EQ(after.positions(i).group(), before.positions(i).group()) << "ids are kept";
  }
}

INSTANTIATE_ENGINES(OpinionTest);

}  // namespace
}  // namespace colloquy::dialogues
