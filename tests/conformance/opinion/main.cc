// Compares the published analysis with ours on conversations of one's own.
//
//   opinion_conformance FOLDER…   each with votes.csv, comments.csv and expected_math.json
//
// Prints a line a stage: values compared, the largest difference of numbers, mismatches. Exit code
// 1 on any mismatch, 2 if something cannot be read.
#include <cstdio>
#include <string>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tests/conformance/opinion/stages.h"

namespace colloquy::opinion_conformance {
namespace {

int Report(const std::string& folder) {
  auto fail = [&](const absl::Status& status) {
    absl::FPrintF(stderr, "%s: %s\n", folder, status.message());
    return 2;
  };
  auto conversation = ReadConversation(folder);
  if (!conversation.ok()) return fail(conversation.status());
  auto expected = ReadExpectedMath(folder);
  if (!expected.ok()) return fail(expected.status());
  auto stages = CompareStages(*conversation, *expected);
  if (!stages.ok()) return fail(stages.status());
  absl::PrintF("%s\n", folder);
  bool ok = true;
  for (const Stage& stage : *stages) {
    ok &= stage.ok();
    absl::PrintF("  %-26s %6d compared  largest difference %.2e  mismatches %d  %s%s\n", stage.name,
                 stage.compared, stage.largest, stage.mismatches, stage.ok() ? "ok" : "FAILED",
                 stage.note.empty() ? "" : " (" + stage.note + ")");
  }
  const ColdRun cold = RunCold(*conversation);
  absl::PrintF("  cold run without moderation: %d in, %d base clusters, k = %d of %s\n", cold.in,
               cold.base, cold.group_sizes.size(), absl::StrJoin(cold.group_sizes, " and "));
  return ok ? 0 : 1;
}

}  // namespace
}  // namespace colloquy::opinion_conformance

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: opinion_conformance FOLDER…\n", stderr);
    return 2;
  }
  int worst = 0;
  for (int i = 1; i < argc; ++i) {
    worst = std::max(worst, colloquy::opinion_conformance::Report(argv[i]));
  }
  return worst;
}
