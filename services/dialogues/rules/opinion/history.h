// What the published method remembers, as bytes to be stored. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_HISTORY_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_HISTORY_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "services/dialogues/rules/opinion/analysis.h"

namespace colloquy::dialogues::rules::opinion {

// Format 1: little-endian 64-bit numbers and doubles, lists behind their length.
std::string EncodeHistory(const History& history);
// nullopt for bytes that EncodeHistory did not make.
std::optional<History> DecodeHistory(absl::string_view bytes);

}  // namespace colloquy::dialogues::rules::opinion

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_HISTORY_H_
