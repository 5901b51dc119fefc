// Decisions and action items: what may be said of them, and when somebody is to be reminded.
#include "services/dialogues/rules/outcomes.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"

namespace colloquy::dialogues::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::ActionItem;
using v1::Decision;

constexpr char kDialogue[] = "organizers/mst/dialogues/rooms";

std::string In(absl::string_view collection, int number) {
  return absl::StrCat(kDialogue, "/", collection, "/", number);
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  google::rpc::BadRequest bad;
  if (const auto details = status.GetPayload("type.googleapis.com/google.rpc.BadRequest"))
    bad.ParseFromString(std::string(*details));
  std::vector<std::string> fields;
  for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
  return fields;
}

void SetDate(int year, int month, int day, google::type::Date* date) {
  date->set_year(year);
  date->set_month(month);
  date->set_day(day);
}

ActionItem Item() {
  ActionItem item;
  item.set_title("Ask for offers");
  item.set_owner("Ada");
  return item;
}

TEST(Decisions, RestOnWhatIsInTheirDialogueOnceEach) {
  Decision decision;
  decision.set_text(" We build the pilot line. ");
  decision.add_statements(In("statements", 0));
  decision.add_polls(In("polls", 2));
  decision.set_agenda_item(In("agendaItems", 1));
  ASSERT_EQ(NormalizeDecision("decision", kDialogue, &decision), absl::OkStatus());
  EXPECT_EQ(decision.text(), "We build the pilot line.");

  decision.clear_text();
  decision.set_rationale(std::string(20'001, 'x'));
  decision.set_agenda_item("agendaItems/1");
  decision.add_statements(In("statements", 0));
  decision.add_statements("organizers/mst/dialogues/other/statements/0");
  decision.add_statements("");
  decision.add_polls(In("statements", 1));
  EXPECT_THAT(FieldsOf(NormalizeDecision("decision", kDialogue, &decision)),
              ElementsAre("decision.text", "decision.rationale", "decision.agenda_item",
                          "decision.statements[1]", "decision.statements[2]",
                          "decision.statements[3]", "decision.polls[1]"));
  decision.Clear();
  decision.set_text("Too much");
  for (int i = 0; i <= 50; ++i) decision.add_statements(In("statements", i));
  for (int i = 0; i <= 10; ++i) decision.add_polls(In("polls", i));
  EXPECT_THAT(FieldsOf(NormalizeDecision("decision", kDialogue, &decision)),
              ElementsAre("decision.statements", "decision.polls"));
}

TEST(ActionItems, ArePlannedAndDoneIsAllOfIt) {
  ActionItem item = Item();
  ASSERT_EQ(NormalizeActionItem("action_item", kDialogue, &item), absl::OkStatus());
  EXPECT_EQ(item.state(), ActionItem::PLANNED);
  EXPECT_EQ(item.progress_percent(), 0);
  item.set_state(ActionItem::DONE);
  item.set_progress_percent(40);
  ASSERT_EQ(NormalizeActionItem("action_item", kDialogue, &item), absl::OkStatus());
  EXPECT_EQ(item.progress_percent(), 100);
}

TEST(ActionItems, EverythingWrongIsSaidAtOnce) {
  ActionItem item;
  item.set_title("Two\nlines");
  item.set_owner_email("ada at example.org");
  item.set_decision(In("polls", 1));
  item.set_state(static_cast<ActionItem::State>(9));
  item.set_progress_percent(101);
  SetDate(2027, 2, 29, item.mutable_due_date());
  item.mutable_review_date()->set_year(2027);
  item.add_evidence("");
  EXPECT_THAT(
      FieldsOf(NormalizeActionItem("action_item", kDialogue, &item)),
      ElementsAre("action_item.title", "action_item.owner", "action_item.owner_email",
                  "action_item.decision", "action_item.state", "action_item.progress_percent",
                  "action_item.due_date", "action_item.review_date", "action_item.evidence[0]"));
  item = Item();
  SetDate(2028, 2, 29, item.mutable_due_date());
  for (int i = 0; i <= 20; ++i) item.add_evidence("https://example.org/offer.pdf");
  EXPECT_THAT(FieldsOf(NormalizeActionItem("action_item", kDialogue, &item)),
              ElementsAre("action_item.evidence"));
}

TEST(ActionItems, RemindAfterTheEarlierDateWhileThereIsSomethingToDo) {
  ActionItem item = Item();
  item.set_state(ActionItem::IN_PROGRESS);
  EXPECT_EQ(ReminderDay(item), std::nullopt) << "no date, no reminder";
  SetDate(2026, 12, 31, item.mutable_due_date());
  EXPECT_FALSE(IsReminderDue(item, absl::CivilDay(2026, 12, 31))) << "until the end of that day";
  EXPECT_TRUE(IsReminderDue(item, absl::CivilDay(2027, 1, 1)));
  EXPECT_EQ(DateText(*ReminderDay(item)), "2027-01-01");
  SetDate(2026, 12, 1, item.mutable_review_date());
  EXPECT_TRUE(IsReminderDue(item, absl::CivilDay(2026, 12, 2)));
  SetDate(2027, 3, 1, item.mutable_review_date());
  EXPECT_FALSE(IsReminderDue(item, absl::CivilDay(2026, 12, 2)));
  for (const auto state : {ActionItem::DONE, ActionItem::DROPPED}) {
    item.set_state(state);
    EXPECT_FALSE(IsReminderDue(item, absl::CivilDay(2030, 1, 1)));
  }
}

TEST(ActionItems, DatesSortAsTheirTexts) {
  google::type::Date date;
  SetDate(987, 6, 5, &date);
  EXPECT_EQ(DateText(date), "0987-06-05");
  EXPECT_LT(DateText(absl::CivilDay(999, 12, 31)), DateText(absl::CivilDay(1000, 1, 1)));
}

TEST(Support, IsByGroupAndByTypeInTheOrderOfTheOpinion) {
  v1::Statement statement;
  statement.set_name(In("statements", 3));
  statement.set_text("Share the clean room");
  v1::StatementTally all;
  all.set_agree_count(5);
  v1::Opinion opinion;
  opinion.add_groups()->add_tallies()->set_statement(1);
  v1::StatementTally* of_second = opinion.add_groups()->add_tallies();
  of_second->set_statement(3);
  of_second->set_agree_count(5);
  auto* companies = opinion.add_stakeholder_types();
  companies->set_stakeholder_type("company");
  *companies->add_tallies() = *of_second;

  const Decision::Support support = SupportOf(statement, all, opinion);
  EXPECT_EQ(support.statement(), statement.name());
  EXPECT_EQ(support.text(), "Share the clean room");
  EXPECT_EQ(support.all().agree_count(), 5);
  EXPECT_EQ(support.all().statement(), 3);
  ASSERT_EQ(support.groups_size(), 2);
  EXPECT_EQ(support.groups(0).agree_count(), 0);
  EXPECT_EQ(support.groups(0).statement(), 3);
  EXPECT_EQ(support.groups(1).agree_count(), 5);
  EXPECT_EQ(support.stakeholder_types().at("company").agree_count(), 5);
  EXPECT_THAT(SupportOf(statement, all, v1::Opinion()).groups(), IsEmpty());
}

}  // namespace
}  // namespace colloquy::dialogues::rules
