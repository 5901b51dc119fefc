// Names of what is in a dialogue: their last part is a number. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_NAMES_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace colloquy::dialogues::rules {

// "17" as the server writes it: no sign, no zero before, at most 2^31 − 1. nullopt for any other
// text, which names nothing that there ever was.
inline std::optional<int64_t> ParseNumber(absl::string_view text) {
  int32_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 0 || absl::StrCat(number) != text)
    return std::nullopt;
  return number;
}

// Of the last part of a name; nullopt if it is none.
inline std::optional<int64_t> NumberOf(absl::string_view name) {
  return ParseNumber(name.substr(name.rfind('/') + 1));
}

// `dialogue` + "/statements/17".
inline std::string ChildName(absl::string_view dialogue, absl::string_view collection,
                             int64_t number) {
  return absl::StrCat(dialogue, "/", collection, "/", number);
}

inline constexpr absl::string_view kParticipants = "participants";
inline constexpr absl::string_view kStatements = "statements";
inline constexpr absl::string_view kAgendaItems = "agendaItems";
inline constexpr absl::string_view kSpeakerRequests = "speakerRequests";
inline constexpr absl::string_view kPolls = "polls";
inline constexpr absl::string_view kDecisions = "decisions";
inline constexpr absl::string_view kActionItems = "actionItems";

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_NAMES_H_
