#include "services/dialogues/rules/room_view.h"

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace colloquy::dialogues::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using v1::Dialogue;
using v1::Poll;
using v1::RoomUpdate;
using v1::Statement;

constexpr char kDialogue[] = "organizers/o/dialogues/d";

Statement MakeStatement(int number, Statement::State state, const std::string& author = "") {
  Statement statement;
  statement.set_name(absl::StrCat(kDialogue, "/statements/", number));
  statement.set_state(state);
  statement.set_text(absl::StrCat("Statement ", number));
  statement.set_author(author);
  return statement;
}

template <typename Message>
void Put(Numbered<Message>& messages, const Message& message) {
  messages[NumberIn(message.name())] = std::make_shared<const Message>(message);
}

void SetDialogue(RoomView& room, const Dialogue& dialogue) {
  room.dialogue = std::make_shared<const Dialogue>(dialogue);
}

RoomView MakeRoom() {
  RoomView room;
  Dialogue dialogue;
  dialogue.set_name(kDialogue);
  SetDialogue(room, dialogue);
  Put(room.statements, MakeStatement(0, Statement::ACCEPTED));
  Put(room.statements, MakeStatement(1, Statement::UNDECIDED, "somebody"));
  Put(room.statements, MakeStatement(2, Statement::REJECTED, "somebody"));
  return room;
}

v1::StatementTally Tally(int64_t statement) {
  v1::StatementTally tally;
  tally.set_statement(static_cast<int32_t>(statement));
  tally.set_agree_count(static_cast<int32_t>(10 + statement));
  return tally;
}

std::vector<int64_t> NumbersOf(const RoomUpdate& update) {
  std::vector<int64_t> numbers;
  for (const Statement& statement : update.statements()) {
    numbers.push_back(NumberIn(statement.name()));
  }
  return numbers;
}

// What a client does with an update.
void Take(const RoomUpdate& update, std::map<std::string, std::string>& client) {
  if (update.reset()) client.clear();
  const auto set = [&](const auto& messages) {
    for (auto message : messages) client[message.name()] = message.SerializeAsString();
  };
  if (update.has_dialogue()) client[update.dialogue().name()] = "there";
  for (Statement statement : update.statements()) {
    statement.clear_tally();
    client[statement.name()] = statement.SerializeAsString();
  }
  set(update.agenda_items());
  set(update.polls());
  set(update.action_items());
  for (const std::string& name : update.deleted()) client.erase(name);
}

TEST(RoomView, ParticipantsSeeWhatModerationLetsThem) {
  RoomView room = MakeRoom();
  EXPECT_THAT(NumbersOf(WholeRoom(ForParticipants(room), Tally)), ElementsAre(0, 1));
  Dialogue strict = *room.dialogue;
  strict.set_moderation(Dialogue::BEFORE);
  SetDialogue(room, strict);
  EXPECT_THAT(NumbersOf(WholeRoom(ForParticipants(room), Tally)), ElementsAre(0));
  EXPECT_THAT(NumbersOf(WholeRoom(room, Tally)), ElementsAre(0, 1, 2)) << "staff sees all";
}

TEST(RoomView, AnAuthorIsASecretUnlessNamesAreShown) {
  RoomView room = MakeRoom();
  EXPECT_EQ(ForParticipants(room).statements[1]->author(), "");
  Dialogue open = *room.dialogue;
  open.set_names_shown(true);
  SetDialogue(room, open);
  EXPECT_EQ(ForParticipants(room).statements[1]->author(), "somebody");
}

TEST(RoomView, DraftPollsAndAddressesAreForStaff) {
  RoomView room = MakeRoom();
  Poll draft, open;
  draft.set_name(absl::StrCat(kDialogue, "/polls/1"));
  draft.set_state(Poll::DRAFT);
  open.set_name(absl::StrCat(kDialogue, "/polls/2"));
  open.set_state(Poll::OPEN);
  Put(room.polls, draft);
  Put(room.polls, open);
  v1::ActionItem item;
  item.set_name(absl::StrCat(kDialogue, "/actionItems/1"));
  item.set_owner("Ada");
  item.set_owner_email("ada@example.org");
  Put(room.action_items, item);
  const RoomUpdate update = WholeRoom(ForParticipants(room), Tally);
  ASSERT_EQ(update.polls_size(), 1);
  EXPECT_EQ(update.polls(0).name(), open.name());
  EXPECT_EQ(update.action_items(0).owner(), "Ada");
  EXPECT_FALSE(absl::StrContains(update.SerializeAsString(), "ada@example.org"));
  EXPECT_TRUE(absl::StrContains(WholeRoom(room, Tally).SerializeAsString(), "ada@example.org"));
}

TEST(RoomView, TheWholeRoomStartsFromNothingAndCarriesTallies) {
  const RoomUpdate update = WholeRoom(MakeRoom(), Tally);
  EXPECT_TRUE(update.reset());
  EXPECT_EQ(update.dialogue().name(), kDialogue);
  EXPECT_EQ(update.statements(1).tally().agree_count(), 11);
  EXPECT_THAT(update.deleted(), IsEmpty());
}

TEST(RoomView, ADifferenceTellsWhatChangedAndWhatIsGone) {
  const RoomView before = MakeRoom();
  RoomView after = before;
  Put(after.statements, MakeStatement(0, Statement::ACCEPTED));  // the same words in new memory
  Put(after.statements, MakeStatement(1, Statement::REJECTED, "somebody"));
  Put(after.statements, MakeStatement(3, Statement::ACCEPTED));
  const RoomUpdate staff = Difference(before, after, Tally);
  EXPECT_THAT(NumbersOf(staff), ElementsAre(1, 3));
  EXPECT_THAT(staff.deleted(), IsEmpty());
  const RoomUpdate participants =
      Difference(ForParticipants(before), ForParticipants(after), Tally);
  EXPECT_THAT(NumbersOf(participants), ElementsAre(3));
  EXPECT_THAT(participants.deleted(), ElementsAre(absl::StrCat(kDialogue, "/statements/1")));
  EXPECT_FALSE(participants.reset());
}

TEST(RoomView, ANewVoteAloneIsNoChangeOfTheDialogue) {
  const RoomView before = MakeRoom();
  RoomView after = before;
  Dialogue voted = *before.dialogue;
  voted.set_vote_sequence(17);
  SetDialogue(after, voted);
  EXPECT_TRUE(rules::IsEmpty(Difference(before, after, Tally)));
  voted.set_participant_count(3);
  SetDialogue(after, voted);
  EXPECT_EQ(Difference(before, after, Tally).dialogue().vote_sequence(), 17);
}

TEST(RoomView, TalliesAreToldOfStatementsThatTheAudienceSees) {
  const RoomView view = ForParticipants(MakeRoom());
  RoomUpdate update;
  *update.add_statements() = *view.statements.at(0);
  AddTallies(view, {Tally(0), Tally(1), Tally(2), Tally(99)}, update);
  ASSERT_EQ(update.tallies_size(), 1) << "0 came with its statement, 2 was rejected";
  EXPECT_EQ(update.tallies(0).statement(), 1);
}

// Whatever happens in a room, a client that takes the differences has what one has that starts now.
TEST(RoomView, DifferencesAddUpToTheWhole) {
  uint64_t state = 5;
  const auto random = [&](uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  RoomView room = MakeRoom();
  RoomView sent = ForParticipants(room);
  std::map<std::string, std::string> follower;
  Take(WholeRoom(sent, Tally), follower);
  for (int step = 0; step < 500; ++step) {
    const int number = static_cast<int>(random(6));
    if (random(5) == 0) {
      Dialogue dialogue = *room.dialogue;
      dialogue.set_moderation(random(2) == 0 ? Dialogue::BEFORE : Dialogue::AFTER);
      SetDialogue(room, dialogue);
    } else if (random(3) == 0) {
      Poll poll;
      poll.set_name(absl::StrCat(kDialogue, "/polls/", number));
      poll.set_state(static_cast<Poll::State>(1 + random(3)));
      Put(room.polls, poll);
      if (random(4) == 0) room.polls.erase(static_cast<int64_t>(random(6)));
    } else {
      Put(room.statements,
          MakeStatement(number, static_cast<Statement::State>(1 + random(4)), "somebody"));
    }
    const RoomView now = ForParticipants(room);
    Take(Difference(sent, now, Tally), follower);
    sent = now;
    std::map<std::string, std::string> newcomer;
    Take(WholeRoom(now, Tally), newcomer);
    ASSERT_EQ(follower, newcomer) << "after step " << step;
  }
}

}  // namespace
}  // namespace colloquy::dialogues::rules
