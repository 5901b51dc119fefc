// Decisions that trace back to the votes, and what is done about them, on either engine.
#include "services/dialogues/outcomes_service.h"

#include "services/dialogues/reminders.h"
#include "services/dialogues/store/children.h"
#include "tests/conformance/dialogues/live_fixture.h"

namespace colloquy::dialogues {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using v1::ActionItem;
using v1::Decision;
using v1::Dialogue;
using v1::Statement;

class OutcomesServiceTest : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    if (book_ == nullptr) return;
    outcomes_ = std::make_unique<OutcomesService>(*book_, server_->rooms, tokens_);
  }

  // Two camps of eight over six statements; the even ones are companies.
  Uid MakeAndVote() {
    const Uid uid = MakeDialogue(Dialogue::OPEN);
    AddParticipants(uid, 16, [](int index, v1::Participant& participant) {
      participant.set_stakeholder_type(index % 2 == 0 ? "company" : "research");
    });
    AddStatements(uid, 6);
    for (int person = 0; person < 16; ++person) {
      for (int statement = 0; statement < 6; ++statement) {
        const bool agrees = (person % 2 == 0) == (statement < 3);
        EXPECT_TRUE(Cast(uid, person, statement, agrees ? v1::AGREE : v1::DISAGREE).ok());
      }
    }
    return uid;
  }
  static std::string In(absl::string_view collection, int number,
                        absl::string_view dialogue = kDialogue) {
    return absl::StrCat(dialogue, "/", collection, "/", number);
  }
  absl::StatusOr<Decision> Decide(const std::vector<int>& statements,
                                  const std::function<void(Decision&)>& edit = {}) {
    v1::CreateDecisionRequest request;
    request.set_parent(kDialogue);
    request.mutable_decision()->set_text("We build the pilot line");
    for (int number : statements)
      request.mutable_decision()->add_statements(In("statements", number));
    if (edit) edit(*request.mutable_decision());
    return outcomes_->CreateDecision(*Call("CreateDecision"), request);
  }
  absl::StatusOr<Decision> GetDecision(const std::string& name) {
    v1::GetDecisionRequest request;
    request.set_name(name);
    return outcomes_->GetDecision(*Call("GetDecision"), request);
  }
  absl::StatusOr<ActionItem> Plan(const std::string& title, const std::string& decision = "",
                                  const std::function<void(ActionItem&)>& edit = {},
                                  const std::string& parent = kDialogue) {
    v1::CreateActionItemRequest request;
    request.set_parent(parent);
    ActionItem& item = *request.mutable_action_item();
    item.set_title(title);
    item.set_owner("Ada");
    item.set_decision(decision);
    if (edit) edit(item);
    return outcomes_->CreateActionItem(*Call("CreateActionItem"), request);
  }
  absl::StatusOr<ActionItem> Update(const std::string& name,
                                    const std::function<void(ActionItem&)>& edit) {
    v1::UpdateActionItemRequest request;
    request.mutable_action_item()->set_name(name);
    edit(*request.mutable_action_item());
    return outcomes_->UpdateActionItem(*Call("UpdateActionItem"), request);
  }
  std::vector<std::string> Titles(const std::string& parent, const std::string& filter = "",
                                  int page_size = 0) {
    std::vector<std::string> titles;
    v1::ListActionItemsRequest request;
    request.set_parent(parent);
    request.set_filter(filter);
    request.set_page_size(page_size);
    do {
      const auto page = outcomes_->ListActionItems(*Call("ListActionItems"), request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return titles;
      for (const ActionItem& item : page->action_items()) titles.push_back(item.title());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return titles;
  }
  static void SetDay(absl::CivilDay day, google::type::Date* date) {
    date->set_year(static_cast<int>(day.year()));
    date->set_month(day.month());
    date->set_day(day.day());
  }
  absl::CivilDay Today() const { return absl::ToCivilDay(book_->Now(), absl::UTCTimeZone()); }

  std::unique_ptr<OutcomesService> outcomes_;
};

TEST_P(OutcomesServiceTest, ADecisionRecordsHowItsStatementsStand) {
  const Uid uid = MakeAndVote();
  const auto decision = Decide({0, 4});
  ASSERT_TRUE(decision.ok()) << decision.status();
  EXPECT_EQ(decision->name(), In("decisions", 1));
  EXPECT_EQ(decision->vote_sequence(), 16 * 6);
  ASSERT_EQ(decision->support_size(), 2);
  const Decision::Support& first = decision->support(0);
  EXPECT_EQ(first.text(), StatementOf(uid, 0).text());
  EXPECT_EQ(first.all().agree_count(), 8);
  EXPECT_EQ(first.all().disagree_count(), 8);
  ASSERT_EQ(first.groups_size(), 2) << "the two camps";
  EXPECT_EQ(first.groups(0).agree_count() + first.groups(1).agree_count(), 8);
  EXPECT_EQ(first.groups(0).agree_count() * first.groups(1).agree_count(), 0)
      << "each camp is of one mind";
  EXPECT_EQ(first.stakeholder_types().at("company").agree_count(), 8);
  EXPECT_EQ(first.stakeholder_types().at("research").disagree_count(), 8);
  EXPECT_EQ(decision->support(1).stakeholder_types().at("company").disagree_count(), 8);

  // What is voted and written afterwards changes nothing of it.
  ASSERT_TRUE(Cast(uid, 0, 0, v1::DISAGREE).ok());
  ChangeStatement(uid, 0, [](Statement& statement) { statement.set_text("Other words"); });
  v1::UpdateDecisionRequest update;
  *update.mutable_decision() = *decision;
  update.mutable_decision()->set_text("We build two pilot lines");
  update.mutable_decision()->clear_support();
  update.mutable_decision()->clear_statements();
  update.mutable_update_mask()->add_paths("*");
  const auto reworded = outcomes_->UpdateDecision(*Call("UpdateDecision"), update);
  ASSERT_TRUE(reworded.ok()) << reworded.status();
  EXPECT_EQ(reworded->text(), "We build two pilot lines");
  EXPECT_EQ(reworded->support_size(), 2);
  EXPECT_EQ(reworded->statements_size(), 2);
  EXPECT_EQ(reworded->support(0).all().agree_count(), 8);
  EXPECT_EQ(reworded->vote_sequence(), 16 * 6);
  EXPECT_EQ(ReasonOf(outcomes_->UpdateDecision(*Call("UpdateDecision"), update).status()),
            ErrorReason::ETAG_MISMATCH);

  // The opinion it rests on is found again by its number.
  v1::ComputeOpinionRequest compute;
  compute.set_name(kDialogue);
  compute.set_vote_sequence(decision->vote_sequence());
  const auto again = server_->opinion.ComputeOpinion(*Call("ComputeOpinion"), compute);
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(again->groups_size(), 2);
  for (int group = 0; group < 2; ++group)
    EXPECT_EQ(again->groups(group).tallies(0).agree_count(), first.groups(group).agree_count());
}

TEST_P(OutcomesServiceTest, ADecisionRestsOnWhatIsThere) {
  const Uid uid = MakeDialogue(Dialogue::OPEN);
  AddStatements(uid, 2);
  ChangeStatement(uid, 1, [](Statement& statement) { statement.set_state(Statement::REJECTED); });
  const auto unvoted = Decide({0});
  ASSERT_TRUE(unvoted.ok()) << unvoted.status();
  EXPECT_EQ(unvoted->vote_sequence(), 0);
  EXPECT_EQ(unvoted->support(0).all().agree_count(), 0);
  EXPECT_THAT(unvoted->support(0).groups(), IsEmpty());
  EXPECT_EQ(ReasonOf(Decide({7}).status()), ErrorReason::FIELD_INVALID);
  const absl::Status rejected = Decide({1}).status();
  EXPECT_EQ(ReasonOf(rejected), ErrorReason::FIELD_INVALID);
  EXPECT_THAT(std::string(rejected.message()), HasSubstr("REJECTED"));
  EXPECT_EQ(
      ReasonOf(Decide({}, [](Decision& decision) { decision.add_polls(In("polls", 1)); }).status()),
      ErrorReason::FIELD_INVALID);
  Change(uid, [](RoomChange& change) {
    v1::Poll poll;
    poll.set_name(In("polls", 1));
    poll.set_state(v1::Poll::OPEN);
    return store::Save(change.tx, change.room.uid, poll);
  });
  const absl::Status open =
      Decide({}, [](Decision& decision) { decision.add_polls(In("polls", 1)); }).status();
  EXPECT_THAT(std::string(open.message()), HasSubstr("not CLOSED"));
  EXPECT_EQ(
      ReasonOf(
          Decide({}, [](Decision& decision) { decision.set_agenda_item(In("agendaItems", 3)); })
              .status()),
      ErrorReason::FIELD_INVALID);
}

TEST_P(OutcomesServiceTest, ProgressOfADecisionIsThatOfItsActionItems) {
  MakeDialogue(Dialogue::CLOSED);
  const auto decision = Decide({});
  ASSERT_TRUE(decision.ok()) << decision.status();
  EXPECT_EQ(decision->action_item_count(), 0);
  ASSERT_TRUE(Plan("Offers", decision->name(), [](ActionItem& item) {
                item.set_progress_percent(25);
              }).ok());
  const auto done = Plan("Done", decision->name());
  ASSERT_TRUE(
      Update(done->name(), [](ActionItem& item) { item.set_state(ActionItem::DONE); }).ok());
  ASSERT_TRUE(Plan("Given up", decision->name(), [](ActionItem& item) {
                item.set_state(ActionItem::DROPPED);
                item.set_progress_percent(5);
              }).ok());
  ASSERT_TRUE(Plan("Of no decision").ok());
  const auto grown = GetDecision(decision->name());
  EXPECT_EQ(grown->action_item_count(), 3);
  EXPECT_EQ(grown->progress_percent(), 63) << "of 25 and 100; what was given up does not count";
  EXPECT_EQ(grown->etag(), decision->etag());
  v1::ListDecisionsRequest list;
  list.set_parent(kDialogue);
  EXPECT_EQ(outcomes_->ListDecisions(*Call("ListDecisions"), list)->decisions(0).progress_percent(),
            63);
  v1::DeleteDecisionRequest remove;
  remove.set_name(decision->name());
  EXPECT_EQ(ReasonOf(outcomes_->DeleteDecision(*Call("DeleteDecision"), remove).status()),
            ErrorReason::RESOURCE_HAS_CHILDREN);
  for (int number = 1; number <= 3; ++number) {
    v1::DeleteActionItemRequest drop;
    drop.set_name(In("actionItems", number));
    ASSERT_TRUE(outcomes_->DeleteActionItem(*Call("DeleteActionItem"), drop).ok());
  }
  EXPECT_TRUE(outcomes_->DeleteDecision(*Call("DeleteDecision"), remove).ok());
  EXPECT_EQ(ReasonOf(Plan("Orphan", decision->name()).status()), ErrorReason::FIELD_INVALID);
}

TEST_P(OutcomesServiceTest, ActionItemsAreListedInOneDialogueOrInAllOfTheOrganizer) {
  MakeDialogue(Dialogue::CLOSED);
  MakeDialogue(Dialogue::CLOSED, {}, "other");
  const auto decision = Decide({});
  ASSERT_TRUE(Plan("First", decision->name(), [](ActionItem& item) {
                SetDay(absl::CivilDay(2040, 1, 31), item.mutable_due_date());
              }).ok());
  ASSERT_TRUE(Plan("Second", "", [](ActionItem& item) { item.set_owner("Grace"); }).ok());
  ASSERT_TRUE(Plan("Third", "", {}, "organizers/mst/dialogues/other").ok());
  EXPECT_THAT(Titles(kDialogue), ElementsAre("First", "Second"));
  EXPECT_THAT(Titles("organizers/mst/dialogues/-", "", 1), ElementsAre("First", "Second", "Third"));
  EXPECT_THAT(Titles("organizers/nobody/dialogues/-"), IsEmpty());
  EXPECT_THAT(Titles("organizers/mst/dialogues/-", "owner = 'Grace' AND state = PLANNED"),
              ElementsAre("Second"));
  EXPECT_THAT(Titles(kDialogue, absl::StrCat("decision = '", decision->name(), "'")),
              ElementsAre("First"));
  EXPECT_THAT(Titles(kDialogue, "due_date < '2040-02-01'"), ElementsAre("First"));
  EXPECT_THAT(Titles(kDialogue, "due_date < '2040-01-31'"), IsEmpty());
  v1::ListActionItemsRequest request;
  request.set_parent("organizers/mst/dialogues/ghost");
  EXPECT_EQ(ReasonOf(outcomes_->ListActionItems(*Call("ListActionItems"), request).status()),
            ErrorReason::RESOURCE_NOT_FOUND);
}

TEST_P(OutcomesServiceTest, WhatIsDueIsSaidOnceInTheFeed) {
  MakeDialogue(Dialogue::PUBLISHED);
  const auto due =
      Plan("Due today", "", [&](ActionItem& item) { SetDay(Today(), item.mutable_due_date()); });
  ASSERT_TRUE(due.ok()) << due.status();
  const auto review = Plan("Reviewed today", "", [&](ActionItem& item) {
    SetDay(Today() + 300, item.mutable_due_date());
    SetDay(Today(), item.mutable_review_date());
    item.set_state(ActionItem::IN_PROGRESS);
  });
  ASSERT_TRUE(Plan("Later", "", [&](ActionItem& item) {
                SetDay(Today() + 300, item.mutable_due_date());
              }).ok());
  EXPECT_FALSE(due->reminder_due());
  Reminders reminders(*book_);
  EXPECT_EQ(reminders.Remind().value(), 0);
  // The day passes.
  RoomBook tomorrow(*db_, *feed_, {.now = [&] { return absl::Now() + absl::Hours(24); }});
  Reminders later(tomorrow);
  const size_t records = History().size();
  EXPECT_EQ(later.Remind().value(), 2);
  EXPECT_EQ(later.Remind().value(), 0) << "once";
  const auto history = History();
  ASSERT_EQ(history.size(), records + 2);
  ActionItem told;
  ASSERT_TRUE(history.back().payload().UnpackTo(&told));
  EXPECT_TRUE(told.reminder_due());
  EXPECT_EQ(history.back().kind(), changes::v1::Change::UPDATED);
  EXPECT_THAT(Titles(kDialogue, "reminder_due = true"), ElementsAre("Due today", "Reviewed today"));

  // A new date is a new reminder.
  const auto moved = Update(
      review->name(), [&](ActionItem& item) { SetDay(Today() + 1, item.mutable_review_date()); });
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_FALSE(moved->reminder_due());
  RoomBook in_a_week(*db_, *feed_, {.now = [&] { return absl::Now() + absl::Hours(7 * 24); }});
  EXPECT_EQ(Reminders(in_a_week).Remind().value(), 1);
  const auto finished =
      Update(review->name(), [&](ActionItem& item) { item.set_state(ActionItem::DONE); });
  EXPECT_FALSE(finished->reminder_due()) << "nothing left to do";
}

TEST_P(OutcomesServiceTest, TheRunningReminderStops) {
  MakeDialogue(Dialogue::CLOSED);
  ASSERT_TRUE(Plan("Overdue", "", [&](ActionItem& item) {
                SetDay(Today(), item.mutable_due_date());
              }).ok());
  RoomBook tomorrow(*db_, *feed_, {.now = [&] { return absl::Now() + absl::Hours(24); }});
  Reminders reminders(tomorrow, absl::Milliseconds(5));
  const auto staff = WatchAsStaff(*server_);
  reminders.Start();
  EXPECT_TRUE(staff->Await([](const Watcher& room) {
    return room.action_items().contains(1) && room.action_items().at(1).reminder_due();
  }));
  reminders.Stop();
  reminders.Stop();
  staff->Leave();
}

TEST_P(OutcomesServiceTest, AreLiveInTheRoomAndKeepAddressesFromParticipants) {
  const Uid uid = MakeDialogue(Dialogue::OPEN);
  AddParticipants(uid, 1);
  const auto staff = WatchAsStaff(*server_);
  const auto seat = Watch(*server_, uid, 0);
  const auto decision = Decide({});
  ASSERT_TRUE(Plan("Offers", decision->name(), [](ActionItem& item) {
                item.set_owner_email("ada@example.org");
                item.set_progress_percent(50);
              }).ok());
  const auto seen = [](const Watcher& room) {
    return room.decisions().contains(1) && room.decisions().at(1).progress_percent() == 50 &&
           room.action_items().contains(1);
  };
  ASSERT_TRUE(staff->Await(seen));
  ASSERT_TRUE(seat->Await(seen));
  staff->Leave();
  seat->Leave();
  EXPECT_EQ(staff->action_items().at(1).owner_email(), "ada@example.org");
  EXPECT_EQ(seat->action_items().at(1).owner_email(), "");
}

TEST_P(OutcomesServiceTest, TheReportTracesADecisionToItsVotes) {
  MakeAndVote();
  const auto decision =
      Decide({0}, [](Decision& draft) { draft.set_rationale("Because most want it."); });
  ASSERT_TRUE(decision.ok()) << decision.status();
  ASSERT_TRUE(Plan("Ask for offers", decision->name(), [](ActionItem& item) {
                item.set_owner_email("ada@example.org");
              }).ok());
  v1::RenderReportRequest request;
  request.set_name(kDialogue);
  const auto html = server_->opinion.RenderReport(*Call("RenderReport"), request);
  ASSERT_TRUE(html.ok()) << html.status();
  for (const char* there : {"We build the pilot line", "Because most want it.",
                            "as they stood after vote 96", "Ask for offers"})
    EXPECT_THAT(html->data(), HasSubstr(there));
  EXPECT_THAT(html->data(), ::testing::Not(HasSubstr("ada@example.org")));
  request.set_format(v1::MARKDOWN);
  EXPECT_THAT(server_->opinion.RenderReport(*Call("RenderReport"), request)->data(),
              HasSubstr("Ask for offers"));
}

INSTANTIATE_ENGINES(OutcomesServiceTest);

}  // namespace
}  // namespace colloquy::dialogues
