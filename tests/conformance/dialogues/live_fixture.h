// Votes, live rooms and opinion on a real database of either engine: one server's worth of them, or
// several on one database.
#ifndef COLLOQUY_TESTS_CONFORMANCE_DIALOGUES_LIVE_FIXTURE_H_
#define COLLOQUY_TESTS_CONFORMANCE_DIALOGUES_LIVE_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "services/dialogues/analyst.h"
#include "services/dialogues/live_rooms.h"
#include "services/dialogues/opinion_service.h"
#include "services/dialogues/seats_service.h"
#include "services/dialogues/store/votes.h"
#include "services/dialogues/vote_book.h"
#include "tests/conformance/dialogues/dialogues_fixture.h"

namespace colloquy::dialogues {

// A client of a room: it does with updates what the contract says that clients do.
class Watcher : public rpc::StreamWriter<v1::RoomUpdate> {
 public:
  using StreamWriter::TryWrite;
  bool TryWrite(const v1::RoomUpdate& update) override {
    absl::MutexLock lock(&mutex_);
    if (over_) return false;
    if (update.reset()) {
      statements_.clear();
      polls_.clear();
      decisions_.clear();
      action_items_.clear();
      ++resets_;
    }
    if (update.has_dialogue()) dialogue_ = update.dialogue();
    for (const v1::Statement& statement : update.statements()) {
      statements_[rules::NumberIn(statement.name())] = statement;
    }
    for (const v1::Poll& poll : update.polls()) polls_[rules::NumberIn(poll.name())] = poll;
    for (const v1::Decision& decision : update.decisions())
      decisions_[rules::NumberIn(decision.name())] = decision;
    for (const v1::ActionItem& item : update.action_items())
      action_items_[rules::NumberIn(item.name())] = item;
    for (const v1::StatementTally& tally : update.tallies()) {
      *statements_[tally.statement()].mutable_tally() = tally;
    }
    for (const std::string& name : update.deleted()) statements_.erase(rules::NumberIn(name));
    if (update.has_opinion()) opinion_ = update.opinion();
    watcher_count_ = update.watcher_count();
    cursor_ = update.cursor();
    return true;
  }
  bool WaitForRoom(absl::Time) override { return !cancelled(); }
  void Finish(absl::Status status) override {
    absl::MutexLock lock(&mutex_);
    if (over_) return;
    status_ = std::move(status);
    over_ = true;
  }
  bool cancelled() const override {
    absl::MutexLock lock(&mutex_);
    return over_;
  }
  void OnDone(absl::AnyInvocable<void()>) override {}

  void Leave() { Finish(absl::CancelledError()); }

  // Waits until what was received satisfies `condition`. False after a minute.
  bool Await(const std::function<bool(const Watcher&)>& condition) {
    absl::MutexLock lock(&mutex_);
    const auto satisfied = [&] { return condition(*this); };
    return mutex_.AwaitWithTimeout(absl::Condition(&satisfied), absl::Seconds(60));
  }
  // For use in conditions, and once nothing comes any more.
  const std::map<int64_t, v1::Statement>& statements() const { return statements_; }
  const std::map<int64_t, v1::Poll>& polls() const { return polls_; }
  const std::map<int64_t, v1::Decision>& decisions() const { return decisions_; }
  const std::map<int64_t, v1::ActionItem>& action_items() const { return action_items_; }
  int agrees(int64_t statement) const {
    const auto found = statements_.find(statement);
    return found == statements_.end() ? -1 : found->second.tally().agree_count();
  }
  const v1::Dialogue& dialogue() const { return dialogue_; }
  const v1::Opinion& opinion() const { return opinion_; }
  int watcher_count() const { return watcher_count_; }
  int resets() const { return resets_; }
  const std::string& cursor() const { return cursor_; }
  const absl::Status& status() const { return status_; }
  bool over() const { return over_; }

 private:
  mutable absl::Mutex mutex_;
  std::map<int64_t, v1::Statement> statements_;
  std::map<int64_t, v1::Poll> polls_;
  std::map<int64_t, v1::Decision> decisions_;
  std::map<int64_t, v1::ActionItem> action_items_;
  v1::Dialogue dialogue_;
  v1::Opinion opinion_;
  int watcher_count_ = 0;
  int resets_ = 0;
  std::string cursor_;
  absl::Status status_;
  bool over_ = false;
};

// What one server process has.
struct Replica {
  Replica(db::Database& db, feed::Feed& feed, RoomBook& book, const rules::Links& links,
          const resource::PageTokens& tokens, Analyst::Options analysis)
      : rooms(db, feed, {.tick = absl::Milliseconds(10)}),
        analyst(db, rooms, analysis),
        votes(db, rooms),
        seats(book, links, rooms, votes),
        opinion(book, rooms, tokens) {
    rooms.Start();
    analyst.Start();
  }
  ~Replica() {
    analyst.Stop();
    rooms.Stop();
  }

  LiveRooms rooms;
  Analyst analyst;
  VoteBook votes;
  SeatsService seats;
  OpinionService opinion;
};

class LiveTest : public DialoguesTest {
 protected:
  void SetUp() override {
    DialoguesTest::SetUp();
    if (book_ != nullptr) server_ = MakeReplica();
  }
  void TearDown() override {
    server_.reset();
    DialoguesTest::TearDown();
  }

  std::unique_ptr<Replica> MakeReplica(Analyst::Options analysis = {
                                           .every = absl::Milliseconds(20),
                                           .look = absl::Milliseconds(5)}) {
    return std::make_unique<Replica>(*db_, *feed_, *book_, links_, tokens_, analysis);
  }

  static absl::StatusOr<int64_t> CastWith(Replica& server, const std::string& token, int statement,
                                          v1::VoteValue value,
                                          const std::shared_ptr<rpc::CallContext>& call) {
    v1::CastVoteRequest request;
    request.set_token(token);
    request.set_statement(statement);
    request.set_value(value);
    absl::StatusOr<v1::CastVoteResponse> response = absl::UnknownError("none");
    absl::Notification arrived;
    server.seats.CastVote(call, request, [&](absl::StatusOr<v1::CastVoteResponse> answer) {
      response = std::move(answer);
      arrived.Notify();
    });
    arrived.WaitForNotification();
    if (!response.ok()) return response.status();
    return response->sequence();
  }
  // The vote's place in the log.
  absl::StatusOr<int64_t> Cast(Replica& server, const Uid& uid, int64_t participant, int statement,
                               v1::VoteValue value) {
    return CastWith(server, SeatToken(uid, participant), statement, value,
                    Call("/colloquy.dialogues.v1.SeatsService/CastVote", auth::Role::kAnonymous));
  }
  absl::StatusOr<int64_t> Cast(const Uid& uid, int64_t participant, int statement,
                               v1::VoteValue value = v1::AGREE) {
    return Cast(*server_, uid, participant, statement, value);
  }

  std::vector<store::VoteRow> Log(const Uid& uid) {
    std::vector<store::VoteRow> rows;
    const absl::Status read = db_->Read({}, [&](db::Transaction& tx) -> absl::Status {
      COLLOQUY_ASSIGN_OR_RETURN(rows, store::ListVotes(tx, uid, 0, store::kNewestVote, 1'000'000));
      return absl::OkStatus();
    });
    EXPECT_EQ(read, absl::OkStatus());
    return rows;
  }
  store::Tallies Count(const Uid& uid) {
    store::Tallies tallies;
    const absl::Status read = db_->Read({}, [&](db::Transaction& tx) -> absl::Status {
      COLLOQUY_ASSIGN_OR_RETURN(tallies, store::CountVotes(tx, uid));
      return absl::OkStatus();
    });
    EXPECT_EQ(read, absl::OkStatus());
    return tallies;
  }

  std::shared_ptr<Watcher> WatchAsStaff(Replica& server, const std::string& cursor = "",
                                        const std::string& name = kDialogue) {
    auto watcher = std::make_shared<Watcher>();
    v1::WatchDialogueRequest request;
    request.set_name(name);
    request.set_cursor(cursor);
    EXPECT_EQ(server.opinion.WatchDialogue(Call("WatchDialogue"), request, watcher),
              absl::OkStatus());
    return watcher;
  }
  std::shared_ptr<Watcher> Watch(Replica& server, const Uid& uid, int64_t participant,
                                 const std::string& cursor = "") {
    auto watcher = std::make_shared<Watcher>();
    v1::WatchRoomRequest request;
    request.set_token(SeatToken(uid, participant));
    request.set_cursor(cursor);
    EXPECT_EQ(server.seats.WatchRoom(Call("WatchRoom", auth::Role::kAnonymous), request, watcher),
              absl::OkStatus());
    return watcher;
  }

  std::unique_ptr<Replica> server_;
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_TESTS_CONFORMANCE_DIALOGUES_LIVE_FIXTURE_H_
