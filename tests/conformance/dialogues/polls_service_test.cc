// Polls as staff hold them and participants answer them, on either engine.
#include "services/dialogues/polls_service.h"

#include <fstream>
#include <iterator>
#include <set>

#include "absl/strings/strip.h"
#include "services/dialogues/dialogues_service.h"
#include "tests/conformance/dialogues/live_fixture.h"

namespace colloquy::dialogues {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Ballot;
using v1::Dialogue;
using v1::Poll;

class PollsServiceTest : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    if (book_ != nullptr) polls_ = std::make_unique<PollsService>(*book_, tokens_);
  }

  absl::StatusOr<Poll> Add(const std::function<void(Poll&)>& edit = {}) {
    v1::CreatePollRequest request;
    request.set_parent(kDialogue);
    Poll& poll = *request.mutable_poll();
    poll.set_question("What first?");
    poll.set_method(Poll::CHOICE);
    for (const char* text : {"Packaging", "Sensors", "Training"})
      poll.add_options()->set_text(text);
    if (edit) edit(poll);
    return polls_->CreatePoll(*Call("CreatePoll"), request);
  }
  absl::StatusOr<Poll> Open(const std::string& name) {
    v1::OpenPollRequest request;
    request.set_name(name);
    return polls_->OpenPoll(*Call("OpenPoll"), request);
  }
  absl::StatusOr<Poll> Close(const std::string& name) {
    v1::ClosePollRequest request;
    request.set_name(name);
    return polls_->ClosePoll(*Call("ClosePoll"), request);
  }
  absl::StatusOr<Poll> Get(const std::string& name) {
    v1::GetPollRequest request;
    request.set_name(name);
    return polls_->GetPoll(*Call("GetPoll"), request);
  }
  // Chooses an option in poll `number`.
  absl::StatusOr<Poll> Choose(const Uid& uid, int64_t participant, int option, int number = 1) {
    v1::CastBallotRequest request;
    request.set_token(SeatToken(uid, participant));
    request.set_poll(number);
    request.mutable_ballot()->add_entries()->set_option(option);
    const auto answer =
        server_->seats.CastBallot(*Call("CastBallot", auth::Role::kAnonymous), request);
    if (!answer.ok()) return answer.status();
    return answer->poll();
  }
  v1::Seat SeatOf(const Uid& uid, int64_t participant) {
    v1::GetSeatRequest request;
    request.set_token(SeatToken(uid, participant));
    const auto seat = server_->seats.GetSeat(*Call("GetSeat", auth::Role::kAnonymous), request);
    EXPECT_TRUE(seat.ok()) << seat.status();
    return seat.value_or(v1::Seat());
  }
  // All ballots of a poll, two a page.
  std::vector<v1::ListBallotsResponse::CastBallot> BallotsIn(const std::string& name) {
    std::vector<v1::ListBallotsResponse::CastBallot> all;
    v1::ListBallotsRequest request;
    request.set_parent(name);
    request.set_page_size(2);
    do {
      const auto page = polls_->ListBallots(*Call("ListBallots"), request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return all;
      all.insert(all.end(), page->ballots().begin(), page->ballots().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return all;
  }
  db::Rows Table(const std::string& sql) {
    db::Rows rows;
    EXPECT_EQ(db_->Read({},
                        [&](db::Transaction& tx) -> absl::Status {
                          COLLOQUY_ASSIGN_OR_RETURN(rows, tx.Query(sql, {}));
                          return absl::OkStatus();
                        }),
              absl::OkStatus());
    return rows;
  }

  std::unique_ptr<PollsService> polls_;
};

TEST_P(PollsServiceTest, APollIsPreparedOpenedAnsweredAndCounted) {
  const Uid uid = MakeDialogue(Dialogue::OPEN);
  AddParticipants(uid, 4);
  const auto draft = Add();
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->name(), absl::StrCat(kDialogue, "/polls/1"));
  EXPECT_EQ(draft->state(), Poll::DRAFT);
  EXPECT_EQ(ReasonOf(Choose(uid, 1, 0).status()), ErrorReason::RESOURCE_NOT_FOUND)
      << "participants do not see it";

  v1::UpdatePollRequest update;
  update.mutable_poll()->set_name(draft->name());
  update.mutable_poll()->set_etag(draft->etag());
  update.mutable_poll()->set_question("What comes first?");
  update.mutable_update_mask()->add_paths("question");
  const auto asked = polls_->UpdatePoll(*Call("UpdatePoll"), update);
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->revision(), 2);
  EXPECT_EQ(ReasonOf(polls_->UpdatePoll(*Call("UpdatePoll"), update).status()),
            ErrorReason::ETAG_MISMATCH);

  EXPECT_EQ(ReasonOf(Close(draft->name()).status()), ErrorReason::STATE_INVALID);
  const auto open = Open(draft->name());
  ASSERT_TRUE(open.ok()) << open.status();
  EXPECT_TRUE(open->has_open_time());
  EXPECT_EQ(Open(draft->name())->revision(), open->revision()) << "again changes nothing";
  update.mutable_poll()->clear_etag();
  EXPECT_EQ(ReasonOf(polls_->UpdatePoll(*Call("UpdatePoll"), update).status()),
            ErrorReason::STATE_INVALID);
  v1::ListBallotsRequest peek;
  peek.set_parent(draft->name());
  EXPECT_EQ(ReasonOf(polls_->ListBallots(*Call("ListBallots"), peek).status()),
            ErrorReason::STATE_INVALID);

  const size_t records = History().size();
  const auto cast = Choose(uid, 1, 0);
  ASSERT_TRUE(cast.ok()) << cast.status();
  EXPECT_EQ(cast->ballot_count(), 1);
  EXPECT_FALSE(cast->has_result()) << "hidden until it is closed";
  ASSERT_TRUE(Choose(uid, 2, 1).ok());
  EXPECT_EQ(Choose(uid, 1, 1)->ballot_count(), 2) << "changed, not cast again";
  EXPECT_EQ(ReasonOf(Choose(uid, 3, 7).status()), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(ReasonOf(Choose(uid, 3, 1, 9).status()), ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_EQ(History().size(), records) << "the feed does not tell who voted when";
  const auto between = Get(draft->name());
  EXPECT_EQ(between->ballot_count(), 2);
  EXPECT_EQ(between->etag(), open->etag()) << "ballots change no etag";
  EXPECT_FALSE(between->has_result());

  const v1::Seat seat = SeatOf(uid, 1);
  EXPECT_THAT(seat.voted_polls(), ElementsAre(1));
  EXPECT_EQ(seat.ballots().at(1).entries(0).option(), 1);
  EXPECT_THAT(SeatOf(uid, 3).voted_polls(), IsEmpty());

  const auto closed = Close(draft->name());
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->result().ballot_count(), 2);
  EXPECT_EQ(closed->result().standings(0).option(), 1);
  EXPECT_EQ(closed->result().standings(0).score(), 2);
  EXPECT_EQ(Close(draft->name())->revision(), closed->revision());
  EXPECT_EQ(History().back().new_state(), "CLOSED");
  EXPECT_EQ(ReasonOf(Choose(uid, 3, 0).status()), ErrorReason::STATE_INVALID);
  EXPECT_EQ(Get(draft->name())->ballot_count(), 2);
  const auto ballots = BallotsIn(draft->name());
  ASSERT_EQ(ballots.size(), 2U);
  EXPECT_EQ(ballots[0].participant(), 1);
  EXPECT_EQ(ballots[1].participant(), 2);
  v1::DeletePollRequest remove;
  remove.set_name(draft->name());
  EXPECT_EQ(ReasonOf(polls_->DeletePoll(*Call("DeletePoll"), remove).status()),
            ErrorReason::STATE_INVALID);
}

TEST_P(PollsServiceTest, WhoHasVotedMaySeeTheResultWhereThePollSaysSo) {
  const Uid uid = MakeDialogue(Dialogue::OPEN);
  AddParticipants(uid, 3);
  const auto poll = Add([](Poll& draft) { draft.set_result_visibility(Poll::AFTER_VOTE); });
  ASSERT_TRUE(Open(poll->name()).ok());
  ASSERT_TRUE(Choose(uid, 1, 2).ok());
  const auto cast = Choose(uid, 2, 2);
  ASSERT_TRUE(cast.ok()) << cast.status();
  EXPECT_EQ(cast->result().ballot_count(), 2);
  EXPECT_EQ(cast->result().standings(0).option(), 2);
  EXPECT_FALSE(Get(poll->name())->has_result()) << "of those who did not vote, staff too";
}

TEST_P(PollsServiceTest, NobodyCanJoinBallotAndPersonOfAnAnonymousPoll) {
  constexpr int kVoters = 24;
  const Uid uid = MakeDialogue(Dialogue::OPEN);
  AddParticipants(uid, kVoters);
  const auto poll = Add([](Poll& draft) {
    draft.set_anonymous(true);
    for (int i = 3; i < kVoters; ++i) draft.add_options()->set_text(absl::StrCat("Option ", i));
  });
  ASSERT_TRUE(poll.ok()) << poll.status();
  ASSERT_TRUE(Open(poll->name()).ok());
  const size_t records = History().size();
  // Everybody chooses the option of their own number.
  for (int voter = 0; voter < kVoters; ++voter) {
    const auto cast = Choose(uid, voter, voter);
    ASSERT_TRUE(cast.ok()) << cast.status();
    EXPECT_FALSE(cast->has_result());
    EXPECT_EQ(cast->ballot_count(), voter + 1);
  }
  EXPECT_EQ(ReasonOf(Choose(uid, 3, 0).status()), ErrorReason::BALLOT_CAST);
  EXPECT_EQ(Get(poll->name())->ballot_count(), kVoters);
  const v1::Seat seat = SeatOf(uid, 3);
  EXPECT_THAT(seat.voted_polls(), ElementsAre(1));
  EXPECT_TRUE(seat.ballots().empty());
  EXPECT_EQ(History().size(), records);
  ASSERT_TRUE(Close(poll->name()).ok());

  // What the database has: who voted, in one row without time or order …
  EXPECT_THAT(Table("SELECT * FROM ballots"), testing::SizeIs(0));
  const db::Rows voters = Table("SELECT voters FROM anonymous_voters");
  ASSERT_EQ(voters.size(), 1U);
  EXPECT_EQ(voters[0].Blob(0), "\xff\xff\xff");
  // … and ballots without voters, by lots that say nothing.
  std::vector<int> stored, listed;
  for (const db::Row row : Table("SELECT ballot FROM anonymous_ballots")) {
    Ballot ballot;
    ASSERT_TRUE(ballot.ParseFromString(std::string(row.Blob(0))));
    stored.push_back(ballot.entries(0).option());
  }
  for (const auto& ballot : BallotsIn(poll->name())) {
    EXPECT_FALSE(ballot.has_participant());
    listed.push_back(ballot.ballot().entries(0).option());
  }
  EXPECT_EQ(std::set<int>(listed.begin(), listed.end()).size(), static_cast<size_t>(kVoters));
  EXPECT_EQ(stored, listed);
  EXPECT_FALSE(std::is_sorted(listed.begin(), listed.end())) << "not in the order of casting";
}

// Rows lie in the file in the order in which they were written, whatever their keys; and what was
// deleted may still be there.
TEST_P(PollsServiceTest, TheFileDoesNotTellTheOrderInWhichBallotsWereCast) {
  if (GetParam() != db::Engine::kSqlite) GTEST_SKIP() << "reads SQLite's file";
  constexpr int kVoters = 24;
  const Uid uid = MakeDialogue(Dialogue::OPEN);
  AddParticipants(uid, kVoters);
  const auto poll = Add([](Poll& draft) {
    draft.set_anonymous(true);
    for (int i = 3; i < kVoters; ++i) draft.add_options()->set_text(absl::StrCat("Option ", i));
  });
  ASSERT_TRUE(Open(poll->name()).ok());
  for (int voter = 0; voter < kVoters; ++voter) ASSERT_TRUE(Choose(uid, voter, voter).ok());
  const auto lots = [&] {
    std::vector<std::string> all(kVoters);  // by option, so in the order of casting
    for (const db::Row row : Table("SELECT lot, ballot FROM anonymous_ballots")) {
      Ballot ballot;
      EXPECT_TRUE(ballot.ParseFromString(std::string(row.Blob(1))));
      all[ballot.entries(0).option()] = std::string(row.Blob(0));
    }
    return all;
  };
  const std::vector<std::string> cast = lots();
  ASSERT_TRUE(Close(poll->name()).ok());
  const std::vector<std::string> counted = lots();
  // Closed, so that everything is in the one file.
  server_.reset();
  TearDown();
  db_.reset();

  std::ifstream file(std::string(absl::StripPrefix(store_->url(), "sqlite:")), std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  ASSERT_NE(bytes.find(poll->question()), std::string::npos) << "it is the file";
  std::vector<size_t> places;
  for (int voter = 0; voter < kVoters; ++voter) {
    EXPECT_EQ(bytes.find(cast[voter]), std::string::npos) << "of what was deleted nothing is left";
    places.push_back(bytes.find(counted[voter]));
    EXPECT_NE(places.back(), std::string::npos);
  }
  EXPECT_FALSE(std::is_sorted(places.begin(), places.end()));
  EXPECT_FALSE(std::is_sorted(places.rbegin(), places.rend()));
}

TEST_P(PollsServiceTest, SomeMayNotVoteAndSomeStatesDoNotAllowIt) {
  const Uid uid = MakeDialogue(Dialogue::DRAFT);
  AddParticipants(uid, 3);
  const auto poll = Add();
  EXPECT_EQ(ReasonOf(Open(poll->name()).status()), ErrorReason::STATE_INVALID);
  SetState(uid, Dialogue::LIVE);
  ASSERT_TRUE(Open(poll->name()).ok());
  ASSERT_TRUE(Choose(uid, 2, 0).ok());
  ChangeParticipant(uid, 1,
                    [](v1::Participant& seat) { seat.set_state(v1::Participant::REMOVED); });
  EXPECT_TRUE(absl::IsPermissionDenied(Choose(uid, 1, 0).status()));

  // The end of the dialogue counts what is open.
  DialoguesService dialogues(*book_, links_, tokens_, DialoguesService::Options());
  v1::CloseDialogueRequest close;
  close.set_name(kDialogue);
  ASSERT_TRUE(dialogues.CloseDialogue(*Call("CloseDialogue"), close).ok());
  const auto counted = Get(poll->name());
  EXPECT_EQ(counted->state(), Poll::CLOSED);
  EXPECT_EQ(counted->result().ballot_count(), 1);
  EXPECT_EQ(ReasonOf(Choose(uid, 2, 1).status()), ErrorReason::STATE_INVALID);
  EXPECT_EQ(ReasonOf(Add().status()), ErrorReason::STATE_INVALID);
}

TEST_P(PollsServiceTest, WhatAPollRefersToMustExist) {
  const Uid uid = MakeDialogue(Dialogue::OPEN);
  AddStatements(uid, 1);
  const std::string statement = absl::StrCat(kDialogue, "/statements/");
  EXPECT_TRUE(
      Add([&](Poll& poll) { poll.mutable_options(0)->set_statement(statement + "0"); }).ok());
  EXPECT_EQ(ReasonOf(Add([&](Poll& poll) {
                       poll.mutable_options(0)->set_statement(statement + "9");
                     }).status()),
            ErrorReason::FIELD_INVALID);
  EXPECT_EQ(ReasonOf(Add([](Poll& poll) {
                       poll.set_agenda_item(absl::StrCat(kDialogue, "/agendaItems/9"));
                     }).status()),
            ErrorReason::FIELD_INVALID);
}

TEST_P(PollsServiceTest, AreListedByPageAndFilter) {
  MakeDialogue(Dialogue::OPEN);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Add().ok());
  ASSERT_TRUE(Open(absl::StrCat(kDialogue, "/polls/2")).ok());
  v1::DeletePollRequest remove;
  remove.set_name(absl::StrCat(kDialogue, "/polls/1"));
  ASSERT_TRUE(polls_->DeletePoll(*Call("DeletePoll"), remove).ok());
  v1::ListPollsRequest request;
  request.set_parent(kDialogue);
  request.set_page_size(1);
  const auto first = polls_->ListPolls(*Call("ListPolls"), request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->polls(0).name(), absl::StrCat(kDialogue, "/polls/2"));
  request.set_page_token(first->next_page_token());
  const auto second = polls_->ListPolls(*Call("ListPolls"), request);
  EXPECT_EQ(second->polls(0).name(), absl::StrCat(kDialogue, "/polls/3"));
  EXPECT_EQ(second->next_page_token(), "");
  request.Clear();
  request.set_parent(kDialogue);
  request.set_filter("state = OPEN AND method = CHOICE");
  EXPECT_EQ(polls_->ListPolls(*Call("ListPolls"), request)->polls_size(), 1);
  request.set_filter("question = 'x'");
  EXPECT_EQ(ReasonOf(polls_->ListPolls(*Call("ListPolls"), request).status()),
            ErrorReason::FILTER_INVALID);
}

TEST_P(PollsServiceTest, AreLiveInTheRoom) {
  const Uid uid = MakeDialogue(Dialogue::OPEN);
  AddParticipants(uid, 3);
  const auto staff = WatchAsStaff(*server_);
  const auto seat = Watch(*server_, uid, 1);
  const auto poll = Add();
  ASSERT_TRUE(staff->Await([](const Watcher& room) { return room.polls().contains(1); }));
  ASSERT_TRUE(Open(poll->name()).ok());
  ASSERT_TRUE(seat->Await([](const Watcher& room) { return room.polls().contains(1); }));
  ASSERT_TRUE(Choose(uid, 2, 1).ok());
  ASSERT_TRUE(
      seat->Await([](const Watcher& room) { return room.polls().at(1).ballot_count() == 1; }));
  ASSERT_TRUE(Close(poll->name()).ok());
  ASSERT_TRUE(seat->Await(
      [](const Watcher& room) { return room.polls().at(1).result().standings_size() == 3; }));
  staff->Leave();
  seat->Leave();
}

INSTANTIATE_ENGINES(PollsServiceTest);

}  // namespace
}  // namespace colloquy::dialogues
