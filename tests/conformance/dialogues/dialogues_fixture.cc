#include "tests/conformance/dialogues/dialogues_fixture.h"

#include "absl/strings/str_cat.h"
#include "services/common/feed/sequencer.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/ids.h"
#include "services/dialogues/rules/fields.h"
#include "services/dialogues/schemas.h"
#include "services/dialogues/seats.h"
#include "services/dialogues/wording.h"

namespace colloquy::dialogues {

using v1::Dialogue;
using v1::Participant;
using v1::Statement;

void DialoguesTest::SetUp() {
  if (!db::TestStore::Available(GetParam())) GTEST_SKIP() << "COLLOQUY_TEST_MYSQL is not set";
  store_ = std::make_unique<db::TestStore>(GetParam());
  db_ = store_->Open();
  const std::vector<db::Schema> schemas = Schemas();
  ASSERT_TRUE(db_->Migrate(schemas).ok());
  feed_ = std::make_unique<feed::Feed>(*db_, tokens_);
  feed_->Start();
  book_ = std::make_unique<RoomBook>(
      *db_, *feed_,
      RoomBook::Options{.touched = [this](const Uid& uid) { touched_.push_back(uid); }});
}

void DialoguesTest::TearDown() {
  book_.reset();
  if (feed_ != nullptr) feed_->Stop();
  feed_.reset();
  if (db_ != nullptr) db_->Close();
}

Uid DialoguesTest::MakeDialogue(Dialogue::State state, const std::function<void(Dialogue&)>& edit,
                                const std::string& id) {
  const Uid uid = resource::NewUid();
  Dialogue dialogue;
  dialogue.set_title("Modelling, simulation and training");
  if (edit) edit(dialogue);
  EXPECT_EQ(rules::NormalizeDialogue("dialogue", "mst", &dialogue), absl::OkStatus());
  dialogue.set_name(absl::StrCat(kOrganizer, "/dialogues/", id));
  dialogue.set_uid(uid.ToUuid());
  dialogue.set_state(state);
  dialogue.set_revision(1);
  dialogue.set_etag(resource::MakeEtag(uid, 1));
  *dialogue.mutable_create_time() = ToProto(absl::Now());
  *dialogue.mutable_update_time() = dialogue.create_time();
  if (state != Dialogue::DRAFT) *dialogue.mutable_open_time() = dialogue.create_time();
  const absl::Status made = db_->Write({}, [&](db::Transaction& tx) -> absl::Status {
    const store::Room room{.uid = uid, .organizer = "mst", .dialogue_id = id, .state = state};
    COLLOQUY_RETURN_IF_ERROR(store::InsertRoom(tx, room));
    return store::InsertDialogue(tx, room, dialogue);
  });
  EXPECT_EQ(made, absl::OkStatus());
  return uid;
}

void DialoguesTest::SetState(const Uid& uid, Dialogue::State state) {
  Change(uid, [&](RoomChange& change) -> absl::Status {
    change.room.state = state;
    COLLOQUY_ASSIGN_OR_RETURN(Dialogue dialogue, store::ReadDialogue(change.tx, change.room));
    dialogue.set_state(state);
    return store::UpdateDialogue(change.tx, change.room, dialogue);
  });
}

std::vector<store::ParticipantRow> DialoguesTest::AddParticipants(
    const Uid& uid, int count, const std::function<void(int, Participant&)>& edit) {
  std::vector<SeatDraft> drafts(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i)
    if (edit) edit(i, drafts[static_cast<size_t>(i)].participant);
  std::vector<store::ParticipantRow> rows;
  Change(uid, [&](RoomChange& change) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(rows, GiveSeats(change, drafts));
    return absl::OkStatus();
  });
  return rows;
}

std::vector<store::StatementRow> DialoguesTest::AddStatements(
    const Uid& uid, const std::vector<std::string>& texts) {
  std::vector<Statement> statements;
  for (const std::string& text : texts) {
    Statement& statement = statements.emplace_back();
    statement.set_text(text);
    statement.set_language_code("en");
    statement.set_seed(true);
    statement.set_state(Statement::ACCEPTED);
  }
  std::vector<store::StatementRow> rows;
  Change(uid, [&](RoomChange& change) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(rows, WriteStatements(change, statements));
    return absl::OkStatus();
  });
  return rows;
}

std::vector<store::StatementRow> DialoguesTest::AddStatements(const Uid& uid, int count) {
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) texts.push_back(absl::StrCat("Thought ", ++texts_));
  return AddStatements(uid, texts);
}

void DialoguesTest::ChangeStatement(const Uid& uid, int64_t number,
                                    const std::function<void(Statement&)>& edit) {
  Change(uid, [&](RoomChange& change) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(std::optional<store::StatementRow> row,
                              store::ReadStatement(change.tx, uid, number));
    if (!row.has_value()) return absl::NotFoundError("statement");
    const Statement::State before = row->message.state();
    edit(row->message);
    return SaveWording(change, *row, before);
  });
}

void DialoguesTest::ChangeParticipant(const Uid& uid, int64_t number,
                                      const std::function<void(Participant&)>& edit) {
  Change(uid, [&](RoomChange& change) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(std::optional<store::ParticipantRow> row,
                              store::ReadParticipant(change.tx, uid, number));
    if (!row.has_value()) return absl::NotFoundError("participant");
    edit(row->message);
    return SaveSeat(change, *row);
  });
}

store::Room DialoguesTest::RoomOf(const Uid& uid) {
  store::Room room;
  const absl::Status read =
      book_->Read(*Call("GetDialogue"), uid, [&](db::Transaction&, const store::Room& found) {
        room = found;
        return absl::OkStatus();
      });
  EXPECT_EQ(read, absl::OkStatus());
  return room;
}

Dialogue DialoguesTest::DialogueOf(const Uid& uid) {
  Dialogue dialogue;
  const absl::Status read = book_->Read(
      *Call("GetDialogue"), uid, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(dialogue, store::ReadDialogue(tx, room));
        return absl::OkStatus();
      });
  EXPECT_EQ(read, absl::OkStatus());
  return dialogue;
}

Participant DialoguesTest::ParticipantOf(const Uid& uid, int64_t number) {
  Participant participant;
  const absl::Status read = book_->Read(
      *Call("GetParticipant"), uid, [&](db::Transaction& tx, const store::Room&) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const auto row, store::ReadParticipant(tx, uid, number));
        if (!row.has_value()) return absl::NotFoundError("participant");
        participant = row->message;
        return absl::OkStatus();
      });
  EXPECT_EQ(read, absl::OkStatus());
  return participant;
}

Statement DialoguesTest::StatementOf(const Uid& uid, int64_t number) {
  Statement statement;
  const absl::Status read = book_->Read(
      *Call("GetStatement"), uid, [&](db::Transaction& tx, const store::Room&) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const auto row, store::ReadStatement(tx, uid, number));
        if (!row.has_value()) return absl::NotFoundError("statement");
        statement = row->message;
        return absl::OkStatus();
      });
  EXPECT_EQ(read, absl::OkStatus());
  return statement;
}

std::shared_ptr<rpc::CallContext> DialoguesTest::Call(absl::string_view method,
                                                      auth::Role role) const {
  auth::Caller caller{.role = role};
  if (role == auth::Role::kAnonymous) {
    caller.actor = "anonymous";
  } else {
    caller.organizer = "mst";
    caller.actor = absl::StrCat("organizers/mst/apiKeys/", static_cast<int>(role));
  }
  return std::make_shared<rpc::CallContext>(std::move(caller), absl::Now() + absl::Seconds(60),
                                            "test", method);
}

std::string DialoguesTest::SeatToken(const Uid& uid, int64_t participant) const {
  return links_.Token(rules::LinkPurpose::kSeat, {.dialogue = uid, .number = participant});
}

void DialoguesTest::Change(const Uid& uid, const std::function<absl::Status(RoomChange&)>& body) {
  const absl::StatusOr<Dialogue> changed = book_->Write<Dialogue>(
      *Call("Test"), uid, Dialogue(), [&](RoomChange& change) -> absl::StatusOr<Dialogue> {
        COLLOQUY_RETURN_IF_ERROR(body(change));
        return Dialogue();
      });
  ASSERT_EQ(changed.status(), absl::OkStatus());
}

std::vector<changes::v1::Change> DialoguesTest::History() {
  // On MySQL what is committed becomes visible when it is stamped.
  if (feed::Sequencer* sequencer = feed_->sequencer()) {
    EXPECT_TRUE(sequencer->StampOnce(absl::Now() + absl::Seconds(30)).ok());
  }
  changes::v1::ListChangesRequest request;
  request.set_parent(kOrganizer);
  request.set_page_size(1000);
  std::vector<changes::v1::Change> all;
  do {
    const auto response = feed_->List(*Call("ListChanges"), request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return all;
    all.insert(all.end(), response->changes().begin(), response->changes().end());
    request.set_page_token(response->next_page_token());
  } while (!request.page_token().empty());
  return all;
}

}  // namespace colloquy::dialogues
