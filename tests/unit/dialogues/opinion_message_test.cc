#include "services/dialogues/rules/opinion_message.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/dialogues/rules/opinion/history.h"

namespace colloquy::dialogues::rules {
namespace {

using google::protobuf::util::MessageDifferencer;
using opinion::History;
using opinion::Snapshot;
using opinion::Vote;
using opinion::VoteMatrix;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using v1::Dialogue;
using v1::Opinion;

constexpr int kPeople = 20;

// Two camps of ten: even numbers agree with statements 0 to 5 and disagree with 6 to 9, odd ones
// the other way round. All agree with 10, nobody but 3 votes on 11.
VoteMatrix TwoCamps() {
  VoteMatrix matrix;
  const auto say = [&](int participant, int statement, Vote vote) {
    const uint32_t row = matrix.Participant(absl::StrCat(participant));
    matrix.Set(row, matrix.Statement(absl::StrCat(statement)), vote);
  };
  for (int participant = kPeople - 1; participant >= 0; --participant) {
    for (int statement = 0; statement < 10; ++statement) {
      const bool agrees = (participant % 2 == 0) == (statement < 6);
      say(participant, statement, agrees ? Vote::kAgree : Vote::kDisagree);
    }
    say(participant, 10, Vote::kAgree);
  }
  say(3, 11, Vote::kPass);
  return matrix;
}

OpinionContext Context(Dialogue::AnalysisMode mode) {
  OpinionContext context{.mode = mode,
                         .vote_sequence = 221,
                         .compute_time = absl::FromUnixMicros(1'700'000'000'123'456)};
  for (int number = 0; number < kPeople; ++number) {
    if (number % 4 != 3) context.stakeholder_types[number] = number % 2 == 0 ? "company" : "policy";
  }
  return context;
}

Opinion Find(const OpinionContext& context, History* history = nullptr) {
  return FindOpinion(Snapshot(TwoCamps(), OrderOf(context.mode)), context, history);
}

std::vector<int> StatementsOf(const Opinion& opinion) {
  std::vector<int> numbers;
  for (const auto& statement : opinion.statements()) numbers.push_back(statement.statement());
  return numbers;
}

TEST(OpinionMessage, SaysWhoVotedAndHowTheyStand) {
  const Opinion opinion = Find(Context(Dialogue::STABLE));
  EXPECT_EQ(opinion.mode(), Dialogue::STABLE);
  EXPECT_EQ(opinion.vote_sequence(), 221);
  EXPECT_EQ(opinion.compute_time().nanos(), 123'456'000);
  EXPECT_EQ(opinion.voter_count(), kPeople);
  EXPECT_EQ(opinion.participant_count(), kPeople);
  EXPECT_EQ(opinion.statement_count(), 12);
  ASSERT_EQ(opinion.groups_size(), 2);
  ASSERT_EQ(opinion.positions_size(), kPeople);
  for (int number = 0; number < kPeople; ++number) {
    const Opinion::Position& position = opinion.positions(number);
    EXPECT_EQ(position.participant(), number) << "by number, not as text";
    EXPECT_EQ(position.group(), opinion.positions(number % 2).group());
  }
  EXPECT_NE(opinion.positions(0).group(), opinion.positions(1).group());
  EXPECT_GT(opinion.silhouettes().at(2), 0.9);
  EXPECT_GT(opinion.bootstrap_agreement(), 0.9);
}

TEST(OpinionMessage, GroupsHaveTheirVotesTheirPeopleAndWhatTellsThemApart) {
  const Opinion opinion = Find(Context(Dialogue::STABLE));
  const Opinion::Group& even = opinion.groups(opinion.positions(0).group());
  const Opinion::Group& odd = opinion.groups(opinion.positions(1).group());
  EXPECT_EQ(even.participant_count(), 10);
  EXPECT_THAT(even.stakeholder_types(), UnorderedElementsAre(Pair("company", 10)));
  EXPECT_THAT(odd.stakeholder_types(), UnorderedElementsAre(Pair("policy", 5), Pair("", 5)));
  ASSERT_EQ(even.tallies_size(), 11) << "11 has no vote of this group";
  EXPECT_EQ(even.tallies(0).statement(), 0);
  EXPECT_EQ(even.tallies(0).agree_count(), 10);
  EXPECT_EQ(even.tallies(6).disagree_count(), 10);
  EXPECT_EQ(odd.tallies(11).pass_count(), 1);
  ASSERT_EQ(even.representatives_size(), 5);
  EXPECT_TRUE(even.representatives(0).agree());
  EXPECT_LT(even.representatives(0).statement(), 6);
  EXPECT_GT(even.representatives(0).representativeness(), 5);
  EXPECT_TRUE(even.representatives(0).significant());
}

TEST(OpinionMessage, ConsensusAndStakeholderTypes) {
  const Opinion opinion = Find(Context(Dialogue::STABLE));
  ASSERT_EQ(opinion.consensus_size(), 1);
  EXPECT_EQ(opinion.consensus(0).statement(), 10);
  EXPECT_TRUE(opinion.consensus(0).agree());
  ASSERT_EQ(opinion.stakeholder_types_size(), 3);
  EXPECT_EQ(opinion.stakeholder_types(0).stakeholder_type(), "");
  EXPECT_EQ(opinion.stakeholder_types(1).stakeholder_type(), "company");
  EXPECT_EQ(opinion.stakeholder_types(1).participant_count(), 10);
  EXPECT_EQ(opinion.stakeholder_types(2).tallies(0).disagree_count(), 5);
  EXPECT_NEAR(opinion.statements(10).group_aware_consensus(), 11.0 / 12, 1e-12);
  EXPECT_NEAR(opinion.statements(0).group_aware_disagreement(), std::sqrt(11.0 / 144), 1e-12);
}

TEST(OpinionMessage, PublishedConsensusIsTheProductAndClaimsNoUncertainty) {
  const Opinion opinion = Find(Context(Dialogue::POLIS_COMPATIBLE));
  ASSERT_EQ(opinion.groups_size(), 2);
  EXPECT_NEAR(opinion.statements(10).group_aware_consensus(), 121.0 / 144, 1e-12);
  EXPECT_EQ(opinion.bootstrap_agreement(), 0);
  EXPECT_EQ(opinion.groups(0).representatives(0).significant(), false);
}

TEST(OpinionMessage, WhatModerationTookOutIsNowhere) {
  OpinionContext context = Context(Dialogue::STABLE);
  context.moderation.out = {"0", "10"};
  const Opinion opinion = Find(context);
  EXPECT_EQ(opinion.statement_count(), 10);
  EXPECT_THAT(StatementsOf(opinion), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 11));
  EXPECT_EQ(opinion.groups(0).tallies(0).statement(), 1);
  EXPECT_EQ(opinion.consensus_size(), 0);
  for (const auto& type : opinion.stakeholder_types()) EXPECT_EQ(type.tallies(0).statement(), 1);
}

TEST(OpinionMessage, WithoutVotesThereIsNothingToSay) {
  for (auto mode : {Dialogue::STABLE, Dialogue::POLIS_COMPATIBLE}) {
    History history;
    const Opinion opinion =
        FindOpinion(Snapshot(VoteMatrix(), OrderOf(mode)), Context(mode), &history);
    EXPECT_EQ(opinion.voter_count(), 0);
    EXPECT_EQ(opinion.groups_size(), 0);
    EXPECT_EQ(opinion.mode(), mode);
  }
}

TEST(OpinionMessage, HistorySurvivesBeingStored) {
  History history;
  const OpinionContext context = Context(Dialogue::POLIS_COMPATIBLE);
  Find(context, &history);
  ASSERT_FALSE(history.base.empty());
  const std::string bytes = opinion::EncodeHistory(history);
  std::optional<History> restored = opinion::DecodeHistory(bytes);
  ASSERT_TRUE(restored.has_value());
  EXPECT_EQ(opinion::EncodeHistory(*restored), bytes);
  EXPECT_TRUE(MessageDifferencer::Equals(Find(context, &history), Find(context, &*restored)));
  for (size_t size = 0; size < bytes.size(); size += 7) {
    EXPECT_FALSE(opinion::DecodeHistory(bytes.substr(0, size)).has_value());
  }
  EXPECT_FALSE(opinion::DecodeHistory(bytes + "12345678").has_value());
  EXPECT_FALSE(opinion::DecodeHistory(std::string(bytes.size(), '\xff')).has_value());
}

TEST(OpinionMessage, StatementsCountThatParticipantsSee) {
  RoomView room;
  Dialogue dialogue;
  dialogue.set_moderation(Dialogue::BEFORE);
  room.dialogue = std::make_shared<const Dialogue>(dialogue);
  const auto add = [&](int64_t number, v1::Statement::State state, bool meta) {
    v1::Statement statement;
    statement.set_state(state);
    statement.set_meta(meta);
    room.statements[number] = std::make_shared<const v1::Statement>(statement);
  };
  add(0, v1::Statement::ACCEPTED, false);
  add(1, v1::Statement::UNDECIDED, false);
  add(2, v1::Statement::REJECTED, false);
  add(3, v1::Statement::MERGED, false);
  add(4, v1::Statement::ACCEPTED, true);
  EXPECT_THAT(ModerationOf(room).out, UnorderedElementsAre("1", "2", "3"));
  EXPECT_THAT(ModerationOf(room).meta, UnorderedElementsAre("4"));
}

}  // namespace
}  // namespace colloquy::dialogues::rules
