// The analysis beside what the published engine computed, stage by stage.
//
// Each stage starts from what was published of the one before, so that history (warm starts, who
// was once in) does not hide differences: the published engine ran for weeks.
#ifndef COLLOQUY_TESTS_CONFORMANCE_OPINION_STAGES_H_
#define COLLOQUY_TESTS_CONFORMANCE_OPINION_STAGES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "tests/conformance/opinion/conversation.h"

namespace colloquy::opinion_conformance {

struct Stage {
  std::string name;
  double largest = 0;  // difference of numbers
  double allowed = 0;
  int compared = 0;
  int mismatches = 0;  // numbers that differ by more than allowed, and other values that differ
  std::string note;

  bool ok() const { return mismatches == 0 && compared > 0; }
};

// INVALID_ARGUMENT if `expected` is not of the published form.
absl::StatusOr<std::vector<Stage>> CompareStages(const Conversation& conversation,
                                                 const nlohmann::json& expected);

// A first analysis of all votes, without moderation.
struct ColdRun {
  size_t in = 0, base = 0;
  std::vector<size_t> group_sizes;  // base clusters
};
ColdRun RunCold(const Conversation& conversation);

}  // namespace colloquy::opinion_conformance

#endif  // COLLOQUY_TESTS_CONFORMANCE_OPINION_STAGES_H_
