// A dialogue that is under way, with participants who have their links.
#ifndef COLLOQUY_TESTS_FAULT_DIALOGUE_H_
#define COLLOQUY_TESTS_FAULT_DIALOGUE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tests/lib/world.h"

namespace colloquy::test {

struct OpenDialogue {
  std::string name;
  std::vector<std::string> tokens;  // by number of participant
  int statements = 0;               // accepted ones, numbered from 0
};

// OPEN, at most 1,000 of each.
absl::Status MakeOpenDialogue(const World& world, absl::string_view id, int participants,
                              int statements, OpenDialogue& dialogue);

}  // namespace colloquy::test

#endif  // COLLOQUY_TESTS_FAULT_DIALOGUE_H_
