// Decisions and action items: what is said of them, when somebody is to be reminded, and how a
// statement stood when it was decided. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_OUTCOMES_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_OUTCOMES_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "colloquy/dialogues/v1/live.pb.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "google/type/date.pb.h"

namespace colloquy::dialogues::rules {

// Everything that is wrong at once. `dialogue` is the name that what they refer to must be below;
// whether it exists is not looked at.
absl::Status NormalizeDecision(absl::string_view path, absl::string_view dialogue,
                               v1::Decision* decision);
// PLANNED if it has no state; 100 percent when it is DONE.
absl::Status NormalizeActionItem(absl::string_view path, absl::string_view dialogue,
                                 v1::ActionItem* item);

// 2026-12-01 (ISO 8601): dates sort as their texts do.
std::string DateText(absl::CivilDay day);
std::string DateText(const google::type::Date& date);

// Whether there is something left to do and its due date or review date is over.
bool IsReminderDue(const v1::ActionItem& item, absl::CivilDay today);
// The first day on which IsReminderDue; none where nothing is left to do or no date is set.
std::optional<absl::CivilDay> ReminderDay(const v1::ActionItem& item);

// How a statement stands, by the counts of all votes and of those in the opinion.
v1::Decision::Support SupportOf(const v1::Statement& statement, v1::StatementTally all,
                                const v1::Opinion& opinion);

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_OUTCOMES_H_
