// How much a report tells, so that a large dialogue's fits in one message.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_DETAIL_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_DETAIL_H_

#include <cstddef>
#include <string>
#include <vector>

#include "services/dialogues/rules/report/facts.h"

namespace colloquy::dialogues::rules::report {

struct Detail {
  bool types;         // votes by stakeholder type with each statement
  size_t statements;  // at most so many, besides those that decisions rest on
  size_t characters;  // of a text that may be long: description, rationale, minutes
};

// From everything to the least.
inline constexpr Detail kDetails[] = {
    {true, 100000, 1000000}, {false, 100000, 1000000}, {false, 1000, 20000}, {false, 200, 1000}};

// The statements of a report: those that decisions rest on and those with the most votes, by
// number.
std::vector<const v1::Statement*> StatementsOf(const Facts& facts, const Detail& detail);

// Those that are not shown, of which only the number and the reason are told.
std::vector<const v1::Statement*> HiddenOf(const Facts& facts, const Detail& detail);

// At most so many characters of it, with an ellipsis where something is missing.
std::string CutTo(absl::string_view text, size_t characters);

}  // namespace colloquy::dialogues::rules::report

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_DETAIL_H_
