#include "services/dialogues/rules/agenda.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/common/errors/errors.h"
#include "services/dialogues/rules/field_checks.h"
#include "services/dialogues/rules/room_view.h"

namespace colloquy::dialogues::rules {
namespace {

using resource::Violations;
using v1::AgendaItem;

constexpr int kMaxTitle = 200;
constexpr int kMaxDescription = 20'000;
constexpr int kMaxPresenter = 200;
constexpr int kMaxMinutesTaken = 100'000;  // characters
constexpr int kMaxPlannedMinutes = 1440;
constexpr int kMaxDocuments = 20;
constexpr int kMaxDepth = 5;

constexpr int64_t kNone = -1;  // the parent of items on top

google::protobuf::Timestamp At(absl::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

int64_t ParentOf(const AgendaItem& item) {
  return item.parent_item().empty() ? kNone : NumberIn(item.parent_item());
}

std::vector<int64_t> ChildrenOf(int64_t parent, const Agenda& agenda) {
  std::vector<int64_t> children;
  for (const auto& [number, item] : agenda) {
    if (item.position() > 0 && ParentOf(item) == parent) children.push_back(number);
  }
  std::sort(children.begin(), children.end(), [&](int64_t a, int64_t b) {
    return agenda.at(a).position() < agenda.at(b).position();
  });
  return children;
}

// An item and what it is a part of, from the bottom.
std::vector<int64_t> LineOf(int64_t number, const Agenda& agenda) {
  std::vector<int64_t> line;
  for (int64_t at = number; at != kNone; at = ParentOf(agenda.at(at))) line.push_back(at);
  return line;
}

// How many levels are below and with an item.
int HeightOf(int64_t number, const Agenda& agenda) {
  int below = 0;
  for (int64_t child : ChildrenOf(number, agenda)) below = std::max(below, HeightOf(child, agenda));
  return below + 1;
}

void Number(const std::vector<int64_t>& siblings, Agenda& agenda) {
  int32_t position = 0;
  for (int64_t number : siblings) agenda.at(number).set_position(++position);
}

void AddInOrder(int64_t parent, const Agenda& agenda, std::vector<AgendaItem>& all) {
  for (int64_t number : ChildrenOf(parent, agenda)) {
    all.push_back(agenda.at(number));
    AddInOrder(number, agenda, all);
  }
}

absl::Status Illegal(const AgendaItem& item, absl::string_view method, absl::string_view needed) {
  return errors::IllegalTransition(item.name(), AgendaItem::State_Name(item.state()), method,
                                   needed);
}

// That `number` may lie below its parent.
absl::Status CheckParent(absl::string_view path, int64_t number, absl::string_view method,
                         const Agenda& agenda) {
  const std::string field = Path(path, "parent_item");
  const int64_t parent = ParentOf(agenda.at(number));
  if (parent == kNone) return absl::OkStatus();
  if (!agenda.contains(parent) || agenda.at(parent).name() != agenda.at(number).parent_item())
    return errors::InvalidField(field, "there is no such agenda item in the dialogue");
  int depth = 0;
  for (int64_t at = parent; at != kNone; at = ParentOf(agenda.at(at))) {
    if (at == number)
      return errors::InvalidField(field, "must not be the item itself or a part of it");
    ++depth;
  }
  if (depth + HeightOf(number, agenda) > kMaxDepth)
    return errors::InvalidField(field, absl::StrCat("items are at most ", kMaxDepth, " deep"));
  if (agenda.at(parent).state() == AgendaItem::FINISHED)
    return Illegal(agenda.at(parent), method, "a parent that is not FINISHED");
  return absl::OkStatus();
}

// What the children of `parent` take fits in what it is planned to take.
bool Fits(int64_t parent, const Agenda& agenda) {
  if (parent == kNone || agenda.at(parent).planned_minutes() == 0) return true;
  int64_t minutes = 0;
  for (int64_t child : ChildrenOf(parent, agenda)) minutes += agenda.at(child).planned_minutes();
  return minutes <= agenda.at(parent).planned_minutes();
}

void Finish(absl::Time now, AgendaItem& item) {
  if (item.state() != AgendaItem::RUNNING) return;
  item.set_state(AgendaItem::FINISHED);
  *item.mutable_finish_time() = At(now);
}

void FinishBelow(int64_t number, absl::Time now, Agenda& agenda) {
  Finish(now, agenda.at(number));
  for (int64_t child : ChildrenOf(number, agenda)) FinishBelow(child, now, agenda);
}

}  // namespace

absl::Status NormalizeAgendaItem(absl::string_view path, AgendaItem* item) {
  Violations out;
  NormalizeLineIn(Path(path, "title"), kMaxTitle, item->mutable_title(), out);
  NormalizeOptionalTextIn(Path(path, "description"), kMaxDescription, item->mutable_description(),
                          out);
  CheckRange(Path(path, "planned_minutes"), item->planned_minutes(), 0, kMaxPlannedMinutes, out);
  NormalizeOptionalLineIn(Path(path, "presenter"), kMaxPresenter, item->mutable_presenter(), out);
  if (item->document_uris_size() > kMaxDocuments)
    out.Add(Path(path, "document_uris"), absl::StrCat("takes at most ", kMaxDocuments));
  for (int i = 0; i < item->document_uris_size(); ++i)
    out.CheckUri(absl::StrCat(Path(path, "document_uris"), "[", i, "]"), item->document_uris(i));
  NormalizeOptionalTextIn(Path(path, "minutes"), kMaxMinutesTaken, item->mutable_minutes(), out);
  return out.ToStatus();
}

std::vector<AgendaItem> InOrder(const Agenda& agenda) {
  std::vector<AgendaItem> all;
  all.reserve(agenda.size());
  AddInOrder(kNone, agenda, all);
  return all;
}

absl::Status AppendItem(absl::string_view path, int64_t number, Agenda& agenda) {
  COLLOQUY_RETURN_IF_ERROR(CheckParent(path, number, "CreateAgendaItem", agenda));
  AgendaItem& item = agenda.at(number);
  item.set_position(static_cast<int32_t>(ChildrenOf(ParentOf(item), agenda).size()) + 1);
  return CheckMinutes(path, number, agenda);
}

absl::Status MoveItem(int64_t number, const std::string& parent_item, int32_t position,
                      Agenda& agenda) {
  if (position < 0) return errors::InvalidField("position", "must be 1 or more, or 0 for the last");
  AgendaItem& item = agenda.at(number);
  const bool elsewhere = parent_item != item.parent_item();
  if (elsewhere && item.state() != AgendaItem::PLANNED)
    return Illegal(item, "MoveAgendaItem", "PLANNED to go below another item");
  std::vector<int64_t> left = ChildrenOf(ParentOf(item), agenda);
  std::erase(left, number);
  Number(left, agenda);
  item.set_parent_item(parent_item);
  if (elsewhere) COLLOQUY_RETURN_IF_ERROR(CheckParent("", number, "MoveAgendaItem", agenda));
  std::vector<int64_t> siblings = ChildrenOf(ParentOf(item), agenda);
  std::erase(siblings, number);
  const size_t place =
      position == 0 ? siblings.size() : std::min<size_t>(position - 1, siblings.size());
  siblings.insert(siblings.begin() + static_cast<ptrdiff_t>(place), number);
  Number(siblings, agenda);
  if (Fits(ParentOf(item), agenda)) return absl::OkStatus();
  return errors::InvalidField(
      "parent_item", absl::StrCat("its ", agenda.at(ParentOf(item)).planned_minutes(),
                                  " planned minutes do not hold this item besides the others"));
}

absl::Status RemoveItem(int64_t number, Agenda& agenda) {
  const AgendaItem item = agenda.at(number);
  if (item.state() != AgendaItem::PLANNED) return Illegal(item, "DeleteAgendaItem", "PLANNED");
  if (!ChildrenOf(number, agenda).empty()) {
    return errors::FailedPrecondition(
        errors::ErrorReason::RESOURCE_HAS_CHILDREN, item.name(),
        "the agenda item has items below it; move or delete those first");
  }
  agenda.erase(number);
  Number(ChildrenOf(ParentOf(item), agenda), agenda);
  return absl::OkStatus();
}

absl::Status CheckMinutes(absl::string_view path, int64_t number, const Agenda& agenda) {
  const std::string field = Path(path, "planned_minutes");
  if (!Fits(number, agenda))
    return errors::InvalidField(field, "are fewer than those of the items below it");
  if (Fits(ParentOf(agenda.at(number)), agenda)) return absl::OkStatus();
  const AgendaItem& parent = agenda.at(ParentOf(agenda.at(number)));
  return errors::InvalidField(
      field, absl::StrCat("do not fit, besides the others, in the ", parent.planned_minutes(),
                          " minutes of ", parent.name()));
}

absl::Status StartItem(int64_t number, absl::Time now, Agenda& agenda) {
  if (agenda.at(number).state() == AgendaItem::RUNNING) return absl::OkStatus();
  const std::vector<int64_t> line = LineOf(number, agenda);
  for (int64_t at : line) {
    if (agenda.at(at).state() == AgendaItem::FINISHED)
      return Illegal(agenda.at(at), "StartAgendaItem", "an item that is not FINISHED");
  }
  for (auto& [other, item] : agenda) {
    if (std::find(line.begin(), line.end(), other) == line.end()) Finish(now, item);
  }
  for (int64_t at : line) {
    AgendaItem& item = agenda.at(at);
    if (item.state() == AgendaItem::RUNNING) continue;
    item.set_state(AgendaItem::RUNNING);
    *item.mutable_start_time() = At(now);
  }
  return absl::OkStatus();
}

absl::Status ExtendItem(int64_t number, int32_t minutes, Agenda& agenda) {
  AgendaItem& item = agenda.at(number);
  Violations out;
  CheckRange("minutes", minutes, 1, kMaxPlannedMinutes - item.extended_minutes(), out);
  COLLOQUY_RETURN_IF_ERROR(out.ToStatus());
  if (item.state() != AgendaItem::RUNNING) return Illegal(item, "ExtendAgendaItem", "RUNNING");
  item.set_extended_minutes(item.extended_minutes() + minutes);
  return absl::OkStatus();
}

absl::Status FinishItem(int64_t number, absl::Time now, Agenda& agenda) {
  const AgendaItem& item = agenda.at(number);
  if (item.state() == AgendaItem::PLANNED) return Illegal(item, "FinishAgendaItem", "RUNNING");
  FinishBelow(number, now, agenda);
  return absl::OkStatus();
}

void FinishAgenda(absl::Time now, Agenda& agenda) {
  for (auto& [number, item] : agenda) Finish(now, item);
}

std::string RunningItem(const Agenda& agenda) {
  std::string deepest;
  size_t depth = 0;
  for (const auto& [number, item] : agenda) {
    if (item.state() != AgendaItem::RUNNING) continue;
    const size_t at = LineOf(number, agenda).size();
    if (at <= depth) continue;
    depth = at;
    deepest = item.name();
  }
  return deepest;
}

}  // namespace colloquy::dialogues::rules
