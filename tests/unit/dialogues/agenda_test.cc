// Agendas: a tree that keeps its numbers in order, whatever is done to it.
#include "services/dialogues/rules/agenda.h"

#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"

namespace colloquy::dialogues::rules {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;
using ::testing::ElementsAre;
using v1::AgendaItem;

std::string Name(int64_t number) {
  return absl::StrCat("organizers/mst/dialogues/rooms/agendaItems/", number);
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  google::rpc::BadRequest bad;
  if (const auto details = status.GetPayload("type.googleapis.com/google.rpc.BadRequest"))
    bad.ParseFromString(std::string(*details));
  std::vector<std::string> fields;
  for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
  return fields;
}

absl::Time At(int minute) { return absl::FromUnixSeconds(1'800'000'000) + absl::Minutes(minute); }

absl::Status Add(Agenda& agenda, int64_t number, int64_t parent = 0, int minutes = 0) {
  AgendaItem& item = agenda[number];
  item.set_name(Name(number));
  item.set_title(absl::StrCat("Item ", number));
  item.set_state(AgendaItem::PLANNED);
  item.set_planned_minutes(minutes);
  if (parent > 0) item.set_parent_item(Name(parent));
  absl::Status status = AppendItem("agenda_item", number, agenda);
  if (!status.ok()) agenda.erase(number);
  return status;
}

std::vector<int> Order(const Agenda& agenda) {
  std::vector<int> numbers;
  for (const AgendaItem& item : InOrder(agenda))
    numbers.push_back(std::stoi(item.name().substr(item.name().rfind('/') + 1)));
  return numbers;
}

// 1 (2 (3), 4), 5
Agenda Sample() {
  Agenda agenda;
  for (const auto& [number, parent] :
       std::vector<std::pair<int, int>>{{1, 0}, {2, 1}, {3, 2}, {4, 1}, {5, 0}})
    EXPECT_TRUE(Add(agenda, number, parent).ok());
  return agenda;
}

TEST(Agenda, EachItemComesBeforeItsChildren) {
  Agenda agenda = Sample();
  EXPECT_THAT(Order(agenda), ElementsAre(1, 2, 3, 4, 5));
  ASSERT_TRUE(MoveItem(5, "", 1, agenda).ok());
  EXPECT_THAT(Order(agenda), ElementsAre(5, 1, 2, 3, 4));
  ASSERT_TRUE(MoveItem(2, Name(5), 0, agenda).ok());
  EXPECT_THAT(Order(agenda), ElementsAre(5, 2, 3, 1, 4)) << "what is below an item moves with it";
  ASSERT_TRUE(MoveItem(1, "", 99, agenda).ok()) << "one place too many is the last";
  EXPECT_THAT(Order(agenda), ElementsAre(5, 2, 3, 1, 4));
}

TEST(Agenda, NothingMovesIntoItselfOrTooDeep) {
  Agenda agenda = Sample();
  EXPECT_EQ(ReasonOf(MoveItem(1, Name(3), 0, agenda)), ErrorReason::FIELD_INVALID);
  agenda = Sample();
  EXPECT_EQ(ReasonOf(MoveItem(1, Name(1), 0, agenda)), ErrorReason::FIELD_INVALID);
  agenda = Sample();
  EXPECT_EQ(ReasonOf(MoveItem(1, Name(17), 0, agenda)), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(ReasonOf(MoveItem(1, "", -1, agenda)), ErrorReason::FIELD_INVALID);
  agenda = Sample();
  ASSERT_TRUE(Add(agenda, 6, 3).ok());
  ASSERT_TRUE(Add(agenda, 7, 6).ok()) << "five deep";
  EXPECT_EQ(ReasonOf(Add(agenda, 8, 7)), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(ReasonOf(MoveItem(1, Name(5), 0, agenda)), ErrorReason::FIELD_INVALID)
      << "what hangs below counts";
}

TEST(Agenda, ChildrenFitInTheMinutesOfTheirParent) {
  Agenda agenda;
  ASSERT_TRUE(Add(agenda, 1, 0, 60).ok());
  ASSERT_TRUE(Add(agenda, 2, 1, 45).ok());
  EXPECT_EQ(ReasonOf(Add(agenda, 3, 1, 16)), ErrorReason::FIELD_INVALID);
  ASSERT_TRUE(Add(agenda, 3, 1, 15).ok());
  ASSERT_TRUE(Add(agenda, 4, 0, 5).ok());
  EXPECT_EQ(ReasonOf(MoveItem(4, Name(1), 0, agenda)), ErrorReason::FIELD_INVALID);
  Agenda changed = agenda;
  changed[1].set_planned_minutes(59);
  EXPECT_EQ(ReasonOf(CheckMinutes("agenda_item", 1, changed)), ErrorReason::FIELD_INVALID);
  changed[1].set_planned_minutes(0);
  EXPECT_TRUE(CheckMinutes("agenda_item", 1, changed).ok()) << "not planned, so anything fits";
}

TEST(Agenda, StartingAnItemFinishesWhatRanBesideIt) {
  Agenda agenda = Sample();
  ASSERT_TRUE(StartItem(3, At(0), agenda).ok());
  for (int number : {1, 2, 3}) EXPECT_EQ(agenda[number].state(), AgendaItem::RUNNING) << number;
  EXPECT_EQ(RunningItem(agenda), Name(3));
  ASSERT_TRUE(StartItem(4, At(10), agenda).ok());
  EXPECT_EQ(agenda[1].state(), AgendaItem::RUNNING);
  EXPECT_EQ(agenda[1].start_time().seconds(), absl::ToUnixSeconds(At(0)));
  for (int number : {2, 3}) {
    EXPECT_EQ(agenda[number].state(), AgendaItem::FINISHED) << number;
    EXPECT_EQ(agenda[number].finish_time().seconds(), absl::ToUnixSeconds(At(10)));
  }
  ASSERT_TRUE(StartItem(4, At(11), agenda).ok());
  EXPECT_EQ(agenda[4].start_time().seconds(), absl::ToUnixSeconds(At(10))) << "asked for twice";
  EXPECT_EQ(ReasonOf(StartItem(3, At(12), agenda)), ErrorReason::STATE_INVALID);
  ASSERT_TRUE(FinishItem(1, At(20), agenda).ok());
  EXPECT_EQ(agenda[4].state(), AgendaItem::FINISHED);
  EXPECT_EQ(RunningItem(agenda), "");
  EXPECT_EQ(ReasonOf(Add(agenda, 6, 1)), ErrorReason::STATE_INVALID) << "below what is over";
}

TEST(Agenda, OnlyWhatRunsIsExtendedOrFinished) {
  Agenda agenda = Sample();
  EXPECT_EQ(ReasonOf(ExtendItem(5, 5, agenda)), ErrorReason::STATE_INVALID);
  EXPECT_EQ(ReasonOf(FinishItem(5, At(0), agenda)), ErrorReason::STATE_INVALID);
  ASSERT_TRUE(StartItem(5, At(0), agenda).ok());
  EXPECT_EQ(ReasonOf(ExtendItem(5, 0, agenda)), ErrorReason::FIELD_INVALID);
  ASSERT_TRUE(ExtendItem(5, 1000, agenda).ok());
  EXPECT_EQ(ReasonOf(ExtendItem(5, 441, agenda)), ErrorReason::FIELD_INVALID);
  ASSERT_TRUE(ExtendItem(5, 440, agenda).ok());
  EXPECT_EQ(agenda[5].extended_minutes(), 1440);
}

TEST(Agenda, RemovingClosesTheGap) {
  Agenda agenda = Sample();
  EXPECT_EQ(ReasonOf(RemoveItem(1, agenda)), ErrorReason::RESOURCE_HAS_CHILDREN);
  ASSERT_TRUE(RemoveItem(3, agenda).ok());
  ASSERT_TRUE(RemoveItem(2, agenda).ok());
  EXPECT_EQ(agenda[4].position(), 1);
  ASSERT_TRUE(StartItem(4, At(0), agenda).ok());
  EXPECT_EQ(ReasonOf(RemoveItem(4, agenda)), ErrorReason::STATE_INVALID);
}

TEST(Agenda, FieldsAreCheckedTogether) {
  AgendaItem item;
  item.set_planned_minutes(1441);
  item.set_presenter("Ada\nLovelace");
  item.add_document_uris("javascript:alert(1)");
  EXPECT_THAT(FieldsOf(NormalizeAgendaItem("agenda_item", &item)),
              ElementsAre("agenda_item.title", "agenda_item.planned_minutes",
                          "agenda_item.presenter", "agenda_item.document_uris[0]"));
}

// Whatever is done: positions have no gaps, every item is there once, and of the running items each
// is a part of the next.
TEST(Agenda, HoldsItsInvariantsUnderRandomChanges) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Agenda agenda;
    int64_t next = 1;
    for (int step = 0; step < 40; ++step) {
      Agenda tried = agenda;
      const auto any = [&] { return static_cast<int64_t>(1 + random() % (next + 1)); };
      const int64_t number = any();
      const bool there = tried.contains(number);
      const int64_t parent = random() % 2 == 0 ? 0 : any();
      absl::Status status = absl::OkStatus();
      switch (random() % 5) {
        case 0:
        case 1:
          status = Add(tried, next++, parent, static_cast<int>(random() % 20));
          break;
        case 2:
          if (there)
            status = MoveItem(number, parent == 0 ? "" : Name(parent),
                              static_cast<int32_t>(random() % 5), tried);
          break;
        case 3:
          if (there) status = StartItem(number, At(step), tried);
          break;
        default:
          if (there)
            status =
                random() % 2 == 0 ? FinishItem(number, At(step), tried) : RemoveItem(number, tried);
      }
      if (status.ok()) agenda = tried;
    }
    const std::vector<int> order = Order(agenda);
    ASSERT_EQ(order.size(), agenda.size());
    ASSERT_EQ(std::set<int>(order.begin(), order.end()).size(), agenda.size());
    std::map<std::string, std::set<int>> positions;
    std::set<std::string> running;
    for (const auto& [number, item] : agenda) {
      positions[item.parent_item()].insert(item.position());
      if (item.state() == AgendaItem::RUNNING) running.insert(item.parent_item());
    }
    int siblings = 0;
    for (const auto& [parent, at] : positions) {
      ASSERT_EQ(*at.begin(), 1);
      ASSERT_EQ(*at.rbegin(), static_cast<int>(at.size())) << "below " << parent;
      siblings += static_cast<int>(at.size());
    }
    ASSERT_EQ(siblings, static_cast<int>(agenda.size())) << "nobody shares a position";
    int running_count = 0;
    for (const auto& [number, item] : agenda)
      running_count += item.state() == AgendaItem::RUNNING ? 1 : 0;
    ASSERT_EQ(running_count, static_cast<int>(running.size())) << "two run below one parent";
  }
}

}  // namespace
}  // namespace colloquy::dialogues::rules
