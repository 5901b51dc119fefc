// What those who watch a room see, and when.
#include "services/dialogues/rules/names.h"
#include "tests/conformance/dialogues/live_fixture.h"

namespace colloquy::dialogues {
namespace {

using v1::Dialogue;
using v1::Participant;
using v1::Statement;

class RoomTest : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    if (server_ == nullptr) return;
    uid_ = MakeDialogue();
    AddParticipants(uid_, 4);
    AddStatements(uid_, 3);
  }
  Uid uid_;
};

TEST_P(RoomTest, IsSeenWholeAndThenAsItChanges) {
  ASSERT_TRUE(Cast(uid_, 0, 1).ok());
  const auto watcher = Watch(*server_, uid_, 0);
  EXPECT_TRUE(watcher->Await([](const Watcher& w) {
    return w.statements().size() == 3 && w.agrees(1) == 1 && w.dialogue().title() != "" &&
           w.watcher_count() == 1;
  }));
  ASSERT_TRUE(Cast(uid_, 1, 1).ok());
  ASSERT_TRUE(Cast(uid_, 2, 0, v1::DISAGREE).ok());
  EXPECT_TRUE(watcher->Await([](const Watcher& w) {
    return w.agrees(1) == 2 && w.statements().at(0).tally().disagree_count() == 1;
  }));
  AddStatements(uid_, {"Said later"});
  EXPECT_TRUE(watcher->Await([](const Watcher& w) {
    return w.statements().count(3) == 1 && w.dialogue().statement_count() == 4;
  }));
  ChangeStatement(uid_, 1, [](Statement& s) { s.set_state(Statement::REJECTED); });
  EXPECT_TRUE(watcher->Await([](const Watcher& w) { return w.statements().count(1) == 0; }));
  EXPECT_TRUE(watcher->Await([](const Watcher& w) { return w.opinion().vote_sequence() == 3; }));
  EXPECT_EQ(watcher->resets(), 1);
}

TEST_P(RoomTest, StaffSeesWhatParticipantsDoNot) {
  ChangeStatement(uid_, 0, [](Statement& s) { s.set_state(Statement::REJECTED); });
  ChangeStatement(uid_, 1,
                  [](Statement& s) { s.set_author(absl::StrCat(kDialogue, "/participants/2")); });
  const auto staff = WatchAsStaff(*server_);
  const auto participant = Watch(*server_, uid_, 0);
  EXPECT_TRUE(staff->Await([](const Watcher& w) { return w.statements().size() == 3; }));
  EXPECT_TRUE(participant->Await([](const Watcher& w) { return w.statements().size() == 2; }));
  EXPECT_NE(staff->statements().at(1).author(), "");
  EXPECT_EQ(participant->statements().at(1).author(), "");
}

TEST_P(RoomTest, AWatcherResumesAtItsCursorWithoutAReset) {
  const auto first = Watch(*server_, uid_, 0);
  const auto other = Watch(*server_, uid_, 1);
  ASSERT_TRUE(Cast(uid_, 0, 0).ok());
  EXPECT_TRUE(first->Await([](const Watcher& w) { return w.agrees(0) == 1; }));
  first->Leave();
  ASSERT_TRUE(Cast(uid_, 1, 0).ok());
  ASSERT_TRUE(Cast(uid_, 1, 2).ok());
  EXPECT_TRUE(other->Await([](const Watcher& w) { return w.agrees(0) == 2 && w.agrees(2) == 1; }));
  const auto again = Watch(*server_, uid_, 0, first->cursor());
  EXPECT_TRUE(again->Await([](const Watcher& w) { return w.agrees(0) == 2 && w.agrees(2) == 1; }));
  EXPECT_EQ(again->resets(), 0);
  // A cursor of another process, as after a restart, begins from nothing: no gap either.
  server_ = nullptr;
  EXPECT_EQ(ReasonOf(again->status()), ErrorReason::SERVER_STOPPING);
  server_ = MakeReplica();
  const auto restarted = Watch(*server_, uid_, 0, again->cursor());
  EXPECT_TRUE(
      restarted->Await([](const Watcher& w) { return w.agrees(0) == 2 && w.agrees(2) == 1; }));
  EXPECT_EQ(restarted->resets(), 1);
}

TEST_P(RoomTest, VotesOfAnotherReplicaAreSeen) {
  const std::unique_ptr<Replica> other = MakeReplica();
  const auto here = Watch(*server_, uid_, 0);
  const auto there = Watch(*other, uid_, 1);
  ASSERT_TRUE(Cast(*server_, uid_, 0, 0, v1::AGREE).ok());
  ASSERT_TRUE(Cast(*other, uid_, 1, 0, v1::AGREE).ok());
  ASSERT_TRUE(Cast(*server_, uid_, 2, 0, v1::AGREE).ok());
  EXPECT_TRUE(here->Await([](const Watcher& w) { return w.agrees(0) == 3; }));
  EXPECT_TRUE(there->Await([](const Watcher& w) { return w.agrees(0) == 3; }));
  AddStatements(uid_, {"Written on neither"});
  EXPECT_TRUE(here->Await([](const Watcher& w) { return w.statements().size() == 4; }));
  EXPECT_TRUE(there->Await([](const Watcher& w) { return w.statements().size() == 4; }));
}

TEST_P(RoomTest, LinksOpenWhatTheyAreFor) {
  const auto watch = [&](const std::string& token) {
    auto watcher = std::make_shared<Watcher>();
    v1::WatchRoomRequest request;
    request.set_token(token);
    return server_->seats.WatchRoom(Call("WatchRoom", auth::Role::kAnonymous), request, watcher);
  };
  EXPECT_EQ(watch(links_.Token(rules::LinkPurpose::kPresenter, {.dialogue = uid_})),
            absl::OkStatus());
  EXPECT_EQ(ReasonOf(watch(links_.Token(rules::LinkPurpose::kJoin, {.dialogue = uid_}))),
            ErrorReason::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(watch(SeatToken(uid_, 9))), ErrorReason::PERMISSION_DENIED);
  ChangeParticipant(uid_, 1, [](Participant& p) { p.set_state(Participant::REMOVED); });
  EXPECT_EQ(ReasonOf(watch(SeatToken(uid_, 1))), ErrorReason::PERMISSION_DENIED);
  const Uid draft = MakeDialogue(Dialogue::DRAFT, {}, "draft");
  AddParticipants(draft, 1);
  EXPECT_EQ(ReasonOf(watch(SeatToken(draft, 0))), ErrorReason::STATE_INVALID);
}

TEST_P(RoomTest, EndsWithItsDialogue) {
  const auto watcher = WatchAsStaff(*server_);
  EXPECT_TRUE(watcher->Await([](const Watcher& w) { return w.statements().size() == 3; }));
  Change(uid_, [&](RoomChange& change) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue, store::ReadDialogue(change.tx, change.room));
    change.Record(changes::v1::Change::DELETED, dialogue);
    change.Deleted();
    return store::DeleteRoom(change.tx, uid_);
  });
  EXPECT_TRUE(watcher->Await([](const Watcher& w) { return w.over(); }));
  EXPECT_EQ(ReasonOf(watcher->status()), ErrorReason::RESOURCE_NOT_FOUND);
}

TEST_P(RoomTest, TooManyStreamsAreRefused) {
  LiveRooms rooms(*db_, *feed_, {.max_streams = 2});
  rooms.Start();
  const auto watch = [&] {
    return rooms.Watch(uid_, Audience::kStaff, "", std::make_shared<Watcher>(), {});
  };
  EXPECT_EQ(watch(), absl::OkStatus());
  EXPECT_EQ(watch(), absl::OkStatus());
  EXPECT_EQ(ReasonOf(watch()), ErrorReason::OVERLOADED);
  rooms.Stop();
  EXPECT_EQ(ReasonOf(rooms.Open(resource::NewUid(), {}).status()), ErrorReason::RESOURCE_NOT_FOUND);
}

TEST_P(RoomTest, IsForgottenWhenNobodyNeedsIt) {
  LiveRooms rooms(*db_, *feed_, {.tick = absl::Milliseconds(5), .idle = absl::Milliseconds(20)});
  rooms.Start();
  auto watcher = std::make_shared<Watcher>();
  ASSERT_EQ(rooms.Watch(uid_, Audience::kStaff, "", watcher, {}), absl::OkStatus());
  ASSERT_TRUE(watcher->Await([](const Watcher& w) { return w.statements().size() == 3; }));
  EXPECT_EQ(rooms.rooms().size(), 1u);
  watcher->Leave();
  const absl::Time end = absl::Now() + absl::Seconds(60);
  while (!rooms.rooms().empty() && absl::Now() < end) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_TRUE(rooms.rooms().empty());
}

INSTANTIATE_ENGINES(RoomTest);

}  // namespace
}  // namespace colloquy::dialogues
