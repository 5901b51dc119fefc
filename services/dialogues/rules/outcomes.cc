#include "services/dialogues/rules/outcomes.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/repeated_field.h"
#include "services/common/resource/validation.h"
#include "services/dialogues/rules/field_checks.h"
#include "services/dialogues/rules/names.h"
#include "services/dialogues/rules/room_view.h"

namespace colloquy::dialogues::rules {
namespace {

using google::type::Date;
using resource::Violations;
using v1::ActionItem;
using v1::Decision;
using v1::StatementTally;

constexpr int kMaxDecision = 2000;
constexpr int kMaxRationale = 20'000;
constexpr int kMaxStatements = 50;
constexpr int kMaxPolls = 10;
constexpr int kMaxTitle = 500;
constexpr int kMaxOwner = 200;
constexpr int kMaxEvidence = 20;
constexpr int kMaxEvidenceText = 1000;
constexpr int kMaxYear = 9999;

std::string At(const std::string& path, int index) { return absl::StrCat(path, "[", index, "]"); }

void CheckNames(const std::string& path, absl::string_view dialogue, absl::string_view collection,
                int most, const google::protobuf::RepeatedPtrField<std::string>& names,
                Violations& out) {
  if (names.size() > most) out.Add(path, absl::StrCat("takes at most ", most));
  std::set<std::string> seen;
  for (int i = 0; i < names.size(); ++i) {
    if (names[i].empty()) out.Missing(At(path, i));
    CheckChildName(At(path, i), names[i], dialogue, collection, out);
    if (!seen.insert(names[i]).second) out.Add(At(path, i), "is there twice");
  }
}

absl::CivilDay DayOf(const Date& date) {
  return absl::CivilDay(date.year(), date.month(), date.day());
}

void CheckDate(const std::string& path, const Date& date, Violations& out) {
  const absl::CivilDay day = DayOf(date);
  if (date.year() < 1 || date.year() > kMaxYear || day.month() != date.month() ||
      day.day() != date.day())
    out.Add(path, "must be a day of the calendar, with year, month and day");
}

bool IsOpen(const ActionItem& item) {
  return item.state() == ActionItem::PLANNED || item.state() == ActionItem::IN_PROGRESS;
}

// A statement's counts in a list of the opinion's; none of it is no vote.
template <typename Tallies>
StatementTally TallyIn(const Tallies& tallies, int32_t statement) {
  const auto found = std::find_if(tallies.begin(), tallies.end(), [&](const auto& tally) {
    return tally.statement() == statement;
  });
  if (found != tallies.end()) return *found;
  StatementTally none;
  none.set_statement(statement);
  return none;
}

}  // namespace

absl::Status NormalizeDecision(absl::string_view path, absl::string_view dialogue,
                               Decision* decision) {
  Violations out;
  NormalizeTextIn(Path(path, "text"), kMaxDecision, decision->mutable_text(), out);
  NormalizeOptionalTextIn(Path(path, "rationale"), kMaxRationale, decision->mutable_rationale(),
                          out);
  CheckChildName(Path(path, "agenda_item"), decision->agenda_item(), dialogue, kAgendaItems, out);
  CheckNames(Path(path, "statements"), dialogue, kStatements, kMaxStatements,
             decision->statements(), out);
  CheckNames(Path(path, "polls"), dialogue, kPolls, kMaxPolls, decision->polls(), out);
  return out.ToStatus();
}

absl::Status NormalizeActionItem(absl::string_view path, absl::string_view dialogue,
                                 ActionItem* item) {
  Violations out;
  NormalizeLineIn(Path(path, "title"), kMaxTitle, item->mutable_title(), out);
  NormalizeLineIn(Path(path, "owner"), kMaxOwner, item->mutable_owner(), out);
  if (!item->owner_email().empty()) {
    out.Collect(resource::ValidateEmailAddress(item->owner_email(), Path(path, "owner_email")));
  }
  CheckChildName(Path(path, "decision"), item->decision(), dialogue, kDecisions, out);
  if (!ActionItem::State_IsValid(item->state())) out.Add(Path(path, "state"), "is no state");
  if (item->state() == ActionItem::STATE_UNSPECIFIED) item->set_state(ActionItem::PLANNED);
  CheckRange(Path(path, "progress_percent"), item->progress_percent(), 0, 100, out);
  if (item->state() == ActionItem::DONE) item->set_progress_percent(100);
  if (item->has_due_date()) CheckDate(Path(path, "due_date"), item->due_date(), out);
  if (item->has_review_date()) CheckDate(Path(path, "review_date"), item->review_date(), out);
  const std::string evidence = Path(path, "evidence");
  if (item->evidence_size() > kMaxEvidence)
    out.Add(evidence, absl::StrCat("takes at most ", kMaxEvidence));
  for (int i = 0; i < item->evidence_size(); ++i)
    NormalizeTextIn(At(evidence, i), kMaxEvidenceText, item->mutable_evidence(i), out);
  return out.ToStatus();
}

std::string DateText(absl::CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}
std::string DateText(const Date& date) { return DateText(DayOf(date)); }

std::optional<absl::CivilDay> ReminderDay(const ActionItem& item) {
  if (!IsOpen(item)) return std::nullopt;
  std::optional<absl::CivilDay> last;
  if (item.has_due_date()) last = DayOf(item.due_date());
  if (item.has_review_date())
    last = std::min(last.value_or(absl::CivilDay::max()), DayOf(item.review_date()));
  return last.has_value() ? std::optional(*last + 1) : std::nullopt;
}

bool IsReminderDue(const ActionItem& item, absl::CivilDay today) {
  const std::optional<absl::CivilDay> day = ReminderDay(item);
  return day.has_value() && *day <= today;
}

Decision::Support SupportOf(const v1::Statement& statement, StatementTally all,
                            const v1::Opinion& opinion) {
  const auto number = static_cast<int32_t>(NumberIn(statement.name()));
  Decision::Support support;
  support.set_statement(statement.name());
  support.set_text(statement.text());
  *support.mutable_all() = std::move(all);
  support.mutable_all()->set_statement(number);
  for (const auto& group : opinion.groups())
    *support.add_groups() = TallyIn(group.tallies(), number);
  for (const auto& type : opinion.stakeholder_types()) {
    (*support.mutable_stakeholder_types())[type.stakeholder_type()] =
        TallyIn(type.tallies(), number);
  }
  return support;
}

}  // namespace colloquy::dialogues::rules
