#include "services/web/room_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/text_format.h"

namespace colloquy::web {
namespace {

dialogues::v1::RoomUpdate Update(const char* text) {
  dialogues::v1::RoomUpdate update;
  if (!google::protobuf::TextFormat::ParseFromString(text, &update)) std::abort();
  return update;
}

TEST(RoomStateTest, UpdatesMakeUpTheRoom) {
  RoomState state;
  EXPECT_FALSE(state.known());
  state.Apply(Update(R"pb(
    cursor: "1"
    reset: true
    statements { name: "d/statements/0" text: "a" }
    statements { name: "d/statements/1" text: "b" }
    polls { name: "d/polls/1" question: "?" }
  )pb"));
  EXPECT_TRUE(state.known());
  state.Apply(Update(R"pb(
    cursor: "2"
    statements { name: "d/statements/1" text: "B" }
    statements { name: "d/statements/2" text: "c" }
    tallies { statement: 2 agree_count: 3 }
    deleted: "d/statements/0"
    deleted: "d/polls/1"
  )pb"));
  const auto& whole = state.whole();
  EXPECT_EQ(whole.cursor(), "2");
  EXPECT_TRUE(whole.reset());
  ASSERT_EQ(whole.statements_size(), 2);
  EXPECT_EQ(whole.statements(0).text(), "B");
  EXPECT_EQ(whole.statements(1).tally().agree_count(), 3);
  EXPECT_EQ(whole.polls_size(), 0);
}

TEST(RoomStateTest, AResetForgetsWhatWas) {
  RoomState state;
  state.Apply(Update(R"pb(reset: true
                          statements { name: "d/statements/0" })pb"));
  state.Apply(Update(R"pb(cursor: "9" reset: true)pb"));
  EXPECT_EQ(state.whole().statements_size(), 0);
}

}  // namespace
}  // namespace colloquy::web
