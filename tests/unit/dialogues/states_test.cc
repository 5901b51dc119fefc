#include "services/dialogues/rules/states.h"

#include <map>
#include <random>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"

namespace colloquy::dialogues::rules {
namespace {

using testing::HasSubstr;
using v1::Dialogue;
using v1::Statement;

constexpr char kName[] = "organizers/mst/dialogues/rooms";
constexpr DialogueState kStates[] = {Dialogue::DRAFT, Dialogue::OPEN, Dialogue::LIVE,
                                     Dialogue::CLOSED, Dialogue::PUBLISHED};
constexpr DialogueAction kActions[] = {DialogueAction::kOpen, DialogueAction::kStart,
                                       DialogueAction::kClose, DialogueAction::kPublish};

TEST(DialogueStatesTest, EveryActionInEveryState) {
  const std::map<std::pair<DialogueState, DialogueAction>, DialogueState> allowed = {
      {{Dialogue::DRAFT, DialogueAction::kOpen}, Dialogue::OPEN},
      {{Dialogue::OPEN, DialogueAction::kOpen}, Dialogue::OPEN},
      {{Dialogue::OPEN, DialogueAction::kStart}, Dialogue::LIVE},
      {{Dialogue::OPEN, DialogueAction::kClose}, Dialogue::CLOSED},
      {{Dialogue::LIVE, DialogueAction::kOpen}, Dialogue::OPEN},
      {{Dialogue::LIVE, DialogueAction::kStart}, Dialogue::LIVE},
      {{Dialogue::LIVE, DialogueAction::kClose}, Dialogue::CLOSED},
      {{Dialogue::CLOSED, DialogueAction::kClose}, Dialogue::CLOSED},
      {{Dialogue::CLOSED, DialogueAction::kPublish}, Dialogue::PUBLISHED},
      {{Dialogue::PUBLISHED, DialogueAction::kPublish}, Dialogue::PUBLISHED},
  };
  for (DialogueState state : kStates) {
    for (DialogueAction action : kActions) {
      const auto next = Next(kName, state, action);
      const auto found = allowed.find({state, action});
      if (found == allowed.end()) {
        EXPECT_EQ(errors::ReasonOf(next.status()), errors::ErrorReason::STATE_INVALID)
            << Dialogue::State_Name(state) << static_cast<int>(action);
        EXPECT_THAT(std::string(next.status().message()), HasSubstr(Dialogue::State_Name(state)));
      } else {
        ASSERT_TRUE(next.ok()) << next.status();
        EXPECT_EQ(*next, found->second);
      }
    }
  }
}

TEST(DialogueStatesTest, NothingLeadsBackFromTheEnd) {
  std::mt19937 random(3);
  for (int walk = 0; walk < 200; ++walk) {
    DialogueState state = Dialogue::DRAFT;
    bool over = false;
    for (int step = 0; step < 30; ++step) {
      const auto next = Next(kName, state, kActions[random() % 4]);
      if (next.ok()) state = *next;
      EXPECT_FALSE(over && kNotOver.Has(state));
      over = over || !kNotOver.Has(state);
      EXPECT_NE(state, Dialogue::STATE_UNSPECIFIED);
    }
  }
}

TEST(DialogueStatesTest, WhatAMethodNeedsIsSaid) {
  EXPECT_EQ(CheckState(kName, Dialogue::OPEN, "CastVote", kUnderWay), absl::OkStatus());
  EXPECT_EQ(CheckState(kName, Dialogue::LIVE, "CastVote", kUnderWay), absl::OkStatus());
  for (DialogueState state : {Dialogue::DRAFT, Dialogue::CLOSED, Dialogue::PUBLISHED}) {
    const absl::Status refused = CheckState(kName, state, "CastVote", kUnderWay);
    EXPECT_EQ(errors::ReasonOf(refused), errors::ErrorReason::STATE_INVALID);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("CastVote needs a dialogue that is "
                                                          "OPEN or LIVE"));
  }
  EXPECT_EQ(kNotOver.Names(), "DRAFT, OPEN or LIVE");
  EXPECT_EQ(kMeeting.Names(), "LIVE");
}

TEST(StatementStatesTest, EveryActionInEveryState) {
  using A = StatementAction;
  const std::map<std::pair<StatementState, A>, StatementState> allowed = {
      {{Statement::UNDECIDED, A::kAccept}, Statement::ACCEPTED},
      {{Statement::REJECTED, A::kAccept}, Statement::ACCEPTED},
      {{Statement::ACCEPTED, A::kAccept}, Statement::ACCEPTED},
      {{Statement::UNDECIDED, A::kReject}, Statement::REJECTED},
      {{Statement::ACCEPTED, A::kReject}, Statement::REJECTED},
      {{Statement::REJECTED, A::kReject}, Statement::REJECTED},
      {{Statement::UNDECIDED, A::kMerge}, Statement::MERGED},
      {{Statement::ACCEPTED, A::kMerge}, Statement::MERGED},
      {{Statement::UNDECIDED, A::kReword}, Statement::MERGED},
      {{Statement::ACCEPTED, A::kReword}, Statement::MERGED},
  };
  for (StatementState state :
       {Statement::UNDECIDED, Statement::ACCEPTED, Statement::REJECTED, Statement::MERGED}) {
    for (A action : {A::kAccept, A::kReject, A::kMerge, A::kReword}) {
      const auto next = Next("s", state, action);
      const auto found = allowed.find({state, action});
      if (found == allowed.end()) {
        EXPECT_EQ(errors::ReasonOf(next.status()), errors::ErrorReason::STATE_INVALID);
      } else {
        ASSERT_TRUE(next.ok()) << next.status();
        EXPECT_EQ(*next, found->second);
      }
    }
  }
}

TEST(StatementStatesTest, WhatIsShownCounts) {
  for (StatementState state :
       {Statement::UNDECIDED, Statement::ACCEPTED, Statement::REJECTED, Statement::MERGED}) {
    EXPECT_EQ(IsShown(state, Dialogue::AFTER), Counts(state));
    EXPECT_EQ(IsShown(state, Dialogue::BEFORE), state == Statement::ACCEPTED);
  }
}

}  // namespace
}  // namespace colloquy::dialogues::rules
