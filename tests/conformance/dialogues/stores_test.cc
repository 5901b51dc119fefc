// Rooms, participants and statements as both engines keep them, and what the room book promises.
#include <thread>

#include "colloquy/dialogues/v1/statements.pb.h"
#include "services/common/resource/folding.h"
#include "services/dialogues/rules/texts.h"
#include "services/dialogues/seats.h"
#include "services/dialogues/wording.h"
#include "tests/conformance/dialogues/dialogues_fixture.h"

namespace colloquy::dialogues {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using v1::Dialogue;
using v1::Participant;
using v1::Statement;

class StoresTest : public DialoguesTest {
 protected:
  template <typename Value>
  Value Read(const std::function<absl::StatusOr<Value>(db::Transaction&)>& body) {
    Value value;
    const absl::Status read = db_->Read({}, [&](db::Transaction& tx) -> absl::Status {
      COLLOQUY_ASSIGN_OR_RETURN(value, body(tx));
      return absl::OkStatus();
    });
    EXPECT_EQ(read, absl::OkStatus());
    return value;
  }

  std::vector<int64_t> ParticipantNumbers(const Uid& uid, absl::string_view filter,
                                          int64_t after = -1, int limit = 100) {
    const auto fragment = resource::CompileFilter(filter, store::ParticipantFilters());
    EXPECT_TRUE(fragment.ok()) << fragment.status();
    const auto page = Read<store::Page<store::ParticipantRow>>([&](db::Transaction& tx) {
      return store::ListParticipants(tx, uid, after, limit, *fragment);
    });
    std::vector<int64_t> numbers;
    for (const auto& row : page.children) numbers.push_back(row.number);
    return numbers;
  }

  std::vector<int64_t> StatementNumbers(const Uid& uid, absl::string_view filter) {
    const auto fragment = resource::CompileFilter(filter, store::StatementFilters());
    EXPECT_TRUE(fragment.ok()) << fragment.status();
    const auto page = Read<store::Page<store::StatementRow>>(
        [&](db::Transaction& tx) { return store::ListStatements(tx, uid, -1, 100, *fragment); });
    std::vector<int64_t> numbers;
    for (const auto& row : page.children) numbers.push_back(row.number);
    return numbers;
  }
};
INSTANTIATE_ENGINES(StoresTest);

TEST_P(StoresTest, ARoomComesBackAsItWasSaved) {
  const Uid uid = MakeDialogue();
  store::Room saved;
  Change(uid, [&](RoomChange& change) {
    store::Room& room = change.room;
    room.state = Dialogue::LIVE;
    int64_t value = 100;
    for (int64_t* counter :
         {&room.vote_sequence, &room.next_participant, &room.participant_count,
          &room.next_statement, &room.statement_count, &room.next_agenda_item,
          &room.next_speaker_request, &room.next_poll, &room.next_decision, &room.next_action_item,
          &room.next_moderation, &room.import_run, &room.link_generation})
      *counter = ++value;
    saved = room;
    return absl::OkStatus();
  });
  EXPECT_EQ(RoomOf(uid), saved);
  const auto by_name = Read<std::optional<store::Room>>(
      [](db::Transaction& tx) { return store::FindRoom(tx, "mst", "rooms"); });
  ASSERT_TRUE(by_name.has_value());
  EXPECT_EQ(*by_name, saved);
  EXPECT_EQ(store::NameOf(saved), kDialogue);
  EXPECT_FALSE(Read<std::optional<store::Room>>([](db::Transaction& tx) {
                 return store::FindRoom(tx, "mst", "other");
               }).has_value());
}

TEST_P(StoresTest, TheRoomCountsWhatADialogueShows) {
  const Uid uid = MakeDialogue();
  AddParticipants(uid, 3);
  AddStatements(uid, 2);
  ChangeParticipant(uid, 1, [](Participant& one) { one.set_state(Participant::REMOVED); });
  const Dialogue dialogue = DialogueOf(uid);
  EXPECT_EQ(dialogue.participant_count(), 2);
  EXPECT_EQ(dialogue.statement_count(), 2);
  EXPECT_EQ(dialogue.vote_sequence(), 0);
  EXPECT_EQ(RoomOf(uid).next_participant, 3);
}

TEST_P(StoresTest, TwoWritersOfOneRoomWaitForEachOther) {
  const Uid uid = MakeDialogue();
  constexpr int kThreads = 4;
  constexpr int kEach = 10;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kEach; ++j) {
        const absl::Status status = db_->Write({}, [&](db::Transaction& tx) -> absl::Status {
          COLLOQUY_ASSIGN_OR_RETURN(std::optional<store::Room> room, store::LockRoom(tx, uid));
          ++room->vote_sequence;
          return store::SaveRoom(tx, *room);
        });
        EXPECT_EQ(status, absl::OkStatus());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(RoomOf(uid).vote_sequence, kThreads * kEach);
}

TEST_P(StoresTest, SeatsAreNumberedFromZeroAndOnePersonHasOne) {
  const Uid uid = MakeDialogue(
      Dialogue::OPEN, [](Dialogue& dialogue) { dialogue.set_event("organizers/mst/events/fair"); });
  const auto rows = AddParticipants(uid, 2, [](int index, Participant& participant) {
    participant.set_email(index == 0 ? "Ada@Example.org" : "");
    participant.set_registration(index == 1 ? "organizers/mst/events/fair/registrations/r1" : "");
  });
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].message.name(), absl::StrCat(kDialogue, "/participants/0"));
  EXPECT_EQ(ParticipantOf(uid, 0).email(), "Ada@Example.org");
  const auto again = [&](Participant participant) {
    return book_
        ->Write<Dialogue>(
            *Call("CreateParticipant"), uid, Dialogue(),
            [&](RoomChange& change) -> absl::StatusOr<Dialogue> {
              COLLOQUY_RETURN_IF_ERROR(
                  GiveSeats(change, {SeatDraft{.participant = participant}}).status());
              return Dialogue();
            })
        .status();
  };
  Participant same_address;
  same_address.set_email("ada@example.ORG");
  EXPECT_TRUE(absl::IsAlreadyExists(again(same_address)));
  Participant same_registration;
  same_registration.set_registration("organizers/mst/events/fair/registrations/r1");
  EXPECT_TRUE(absl::IsAlreadyExists(again(same_registration)));
  EXPECT_EQ(RoomOf(uid).next_participant, 2) << "a refusal changes nothing";
  // Who was removed has no seat any more.
  ChangeParticipant(uid, 0, [](Participant& one) { one.set_state(Participant::REMOVED); });
  EXPECT_EQ(again(same_address), absl::OkStatus());
  EXPECT_EQ(ParticipantOf(uid, 2).email(), "ada@example.ORG");
}

TEST_P(StoresTest, ParticipantsAreFoundByWhatTheyAre) {
  const Uid uid = MakeDialogue();
  AddParticipants(uid, 4, [](int index, Participant& participant) {
    participant.set_display_name(index == 0 ? "Ada Lovelace" : "Grace Hopper");
    participant.set_stakeholder_type(index < 2 ? "research" : "");
    participant.set_language_code(index == 3 ? "de" : "en");
    participant.set_viewer(index == 2);
    if (index == 0) participant.set_email("ada@example.org");
  });
  ChangeParticipant(uid, 1, [](Participant& one) { one.set_state(Participant::REMOVED); });
  EXPECT_THAT(ParticipantNumbers(uid, ""), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(ParticipantNumbers(uid, "", 1, 1), ElementsAre(2));
  EXPECT_THAT(ParticipantNumbers(uid, "state = ACTIVE"), ElementsAre(0, 2, 3));
  EXPECT_THAT(ParticipantNumbers(uid, "stakeholder_type = research"), ElementsAre(0, 1));
  EXPECT_THAT(ParticipantNumbers(uid, "language_code = de"), ElementsAre(3));
  EXPECT_THAT(ParticipantNumbers(uid, "email = \"ADA@example.org\""), ElementsAre(0));
  EXPECT_THAT(ParticipantNumbers(uid, "viewer = true"), ElementsAre(2));
  EXPECT_THAT(ParticipantNumbers(uid, "hopper"), ElementsAre(1, 2, 3));
}

TEST_P(StoresTest, ASeatIsFoundByTheKeyOfItsBrowser) {
  const Uid uid = MakeDialogue();
  const Uid other = MakeDialogue(Dialogue::OPEN, {}, "other");
  Change(uid, [&](RoomChange& change) {
    return GiveSeats(change, {SeatDraft{.seat_key = "first"}, SeatDraft{.seat_key = "second"}})
        .status();
  });
  const auto find = [&](const Uid& dialogue, absl::string_view key) {
    return Read<std::optional<store::ParticipantRow>>(
        [&](db::Transaction& tx) { return store::FindBySeatKey(tx, dialogue, key); });
  };
  ASSERT_TRUE(find(uid, "second").has_value());
  EXPECT_EQ(find(uid, "second")->number, 1);
  EXPECT_FALSE(find(uid, "third").has_value());
  EXPECT_FALSE(find(other, "second").has_value());
}

TEST_P(StoresTest, ADialogueSaysTheSameWordsOnce) {
  const Uid uid = MakeDialogue();
  AddStatements(uid, {"Models must be open"});
  const auto write = [&](const Uid& dialogue, const std::vector<std::string>& texts) {
    return book_
        ->Write<Dialogue>(*Call("CreateStatement"), dialogue, Dialogue(),
                          [&](RoomChange& change) -> absl::StatusOr<Dialogue> {
                            std::vector<Statement> statements(texts.size());
                            for (size_t i = 0; i < texts.size(); ++i)
                              statements[i].set_text(texts[i]);
                            COLLOQUY_RETURN_IF_ERROR(WriteStatements(change, statements).status());
                            return Dialogue();
                          })
        .status();
  };
  const absl::Status refused = write(uid, {"MODELS  must\nbe open"});
  EXPECT_TRUE(absl::IsAlreadyExists(refused));
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("/statements/0"));
  EXPECT_TRUE(absl::IsAlreadyExists(write(uid, {"Ｏne", "one"})));
  EXPECT_EQ(RoomOf(uid).next_statement, 1) << "a refusal changes nothing";
  const Uid other = MakeDialogue(Dialogue::OPEN, {}, "other");
  EXPECT_EQ(write(other, {"Models must be open"}), absl::OkStatus());
}

TEST_P(StoresTest, StatementsAreFoundByWhatTheyAre) {
  const Uid uid = MakeDialogue();
  AddParticipants(uid, 2);
  AddStatements(uid, {"Alpha", "Beta", "Gamma"});
  ChangeStatement(uid, 1, [](Statement& one) {
    one.set_state(Statement::REJECTED);
    one.set_meta(true);
    (*one.mutable_translations())["de"] = "Zweiter Gedanke";
  });
  Change(uid, [&](RoomChange& change) {
    Statement statement;
    statement.set_text("Delta");
    statement.set_state(Statement::UNDECIDED);
    statement.set_author(absl::StrCat(kDialogue, "/participants/1"));
    statement.set_language_code("fr");
    return WriteStatements(change, {statement}).status();
  });
  EXPECT_THAT(StatementNumbers(uid, ""), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(StatementNumbers(uid, "state = REJECTED"), ElementsAre(1));
  EXPECT_THAT(StatementNumbers(uid, "meta = true"), ElementsAre(1));
  EXPECT_THAT(StatementNumbers(uid, "seed = false"), ElementsAre(3));
  EXPECT_THAT(StatementNumbers(uid, "language_code = fr"), ElementsAre(3));
  EXPECT_THAT(StatementNumbers(uid, "author = \"organizers/mst/dialogues/rooms/participants/1\""),
              ElementsAre(3));
  EXPECT_THAT(StatementNumbers(uid, "zweiter"), ElementsAre(1));
  const auto by_author = Read<std::vector<store::StatementRow>>(
      [&](db::Transaction& tx) { return store::StatementsByAuthor(tx, uid, 1); });
  ASSERT_EQ(by_author.size(), 1u);
  EXPECT_EQ(by_author[0].number, 3);
  const auto by_text = Read<std::optional<store::StatementRow>>([&](db::Transaction& tx) {
    return store::FindStatementByText(tx, uid, rules::TextKey(" alpha "));
  });
  ASSERT_TRUE(by_text.has_value());
  EXPECT_EQ(by_text->number, 0);
}

TEST_P(StoresTest, ManyRowsAreReadByTheirNumbers) {
  const Uid uid = MakeDialogue();
  AddStatements(uid, 600);
  std::vector<int64_t> wanted = {599, 0, 7000, 300};
  const auto rows = Read<std::vector<store::StatementRow>>(
      [&](db::Transaction& tx) { return store::ReadStatements(tx, uid, wanted); });
  std::vector<int64_t> numbers;
  for (const auto& row : rows) numbers.push_back(row.number);
  EXPECT_THAT(numbers, UnorderedElementsAre(0, 300, 599));
}

TEST_P(StoresTest, NothingIsLeftOfADeletedRoom) {
  const Uid uid = MakeDialogue();
  const Uid other = MakeDialogue(Dialogue::OPEN, {}, "other");
  const auto has_children = [&](const Uid& dialogue) {
    return Read<bool>([&](db::Transaction& tx) { return store::HasChildren(tx, dialogue); });
  };
  EXPECT_FALSE(has_children(uid));
  AddParticipants(uid, 1);
  AddParticipants(other, 1);
  EXPECT_TRUE(has_children(uid));
  Change(uid, [&](RoomChange& change) {
    change.Deleted();
    return store::DeleteRoom(change.tx, uid);
  });
  EXPECT_FALSE(has_children(uid));
  EXPECT_TRUE(has_children(other));
  EXPECT_FALSE(Read<std::optional<store::Room>>([&](db::Transaction& tx) {
                 return store::ReadRoom(tx, uid);
               }).has_value());
}

class RoomBookTest : public DialoguesTest {
 protected:
  // One more vote in the room's counter.
  absl::StatusOr<Dialogue> Count(const v1::CreateStatementRequest& request,
                                 const RoomKey& key = DialogueName{"mst", "rooms", kDialogue}) {
    return book_->Write<Dialogue>(*Call("CreateStatement"), key, request,
                                  [](RoomChange& change) -> absl::StatusOr<Dialogue> {
                                    Dialogue answer;
                                    answer.set_name(kDialogue);
                                    answer.set_vote_sequence(++change.room.vote_sequence);
                                    change.Record(changes::v1::Change::UPDATED, answer);
                                    return answer;
                                  });
  }
};
INSTANTIATE_ENGINES(RoomBookTest);

TEST_P(RoomBookTest, ARequestIdIsAnsweredOnce) {
  const Uid uid = MakeDialogue();
  v1::CreateStatementRequest request;
  request.set_request_id("018f4f2e-9b5e-7cc0-8000-000000000001");
  EXPECT_EQ(Count(request)->vote_sequence(), 1);
  EXPECT_EQ(Count(request)->vote_sequence(), 1);
  request.set_parent("another request");
  EXPECT_EQ(ReasonOf(Count(request).status()), ErrorReason::REQUEST_ID_REUSED);
  EXPECT_EQ(RoomOf(uid).vote_sequence, 1);
  EXPECT_THAT(touched_, ElementsAre(uid)) << "a replay touches nothing";
}

TEST_P(RoomBookTest, ValidatingChangesNothing) {
  const Uid uid = MakeDialogue();
  v1::CreateStatementRequest request;
  request.set_validate_only(true);
  request.set_request_id("018f4f2e-9b5e-7cc0-8000-000000000001");
  const auto answer = Count(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->vote_sequence(), 1) << "it is answered as if it had happened";
  EXPECT_EQ(RoomOf(uid).vote_sequence, 0);
  EXPECT_THAT(History(), IsEmpty());
  EXPECT_THAT(touched_, IsEmpty());
  request.set_validate_only(false);
  EXPECT_EQ(Count(request)->vote_sequence(), 1) << "the id was not used up";
  EXPECT_EQ(History().size(), 1u);
}

TEST_P(RoomBookTest, WhatDoesNotExistIsNotToldToWhoeverHasAToken) {
  EXPECT_EQ(Count({}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Count({}, resource::NewUid()).status().code(), absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace colloquy::dialogues
