// Which statement is asked next. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_ROUTING_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_ROUTING_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/types/span.h"

namespace colloquy::dialogues::rules {

struct Candidate {
  int64_t statement = 0;
  double priority = 0;  // as the analysis has it; what is not above 0 counts as very little
};

// The priority of a statement that no analysis knows: as if nobody had seen it.
double PriorityUnseen(bool meta);

// One of them, each with a chance in proportion to its priority; nullopt if there is none.
// `fraction` is random, from 0 to below 1.
std::optional<int64_t> DrawStatement(absl::Span<const Candidate> candidates, double fraction);

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_ROUTING_H_
