#include "clients/cli/commands/dialogues/dialogues.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/time/civil_time.h"
#include "clients/cli/names.h"

namespace colloquy::cli {

void AddPageFlags(CLI::App* app, ListFlags* flags) {
  app->add_option("--limit", flags->limit, "At most this many")->check(Positive());
  app->add_option("--page-size", flags->page_size, "Items asked for at a time, up to 1000")
      ->check(CLI::Range(1, 1000));
}

absl::StatusOr<std::string> ChildName(Session& session, const std::string& dialogue,
                                      absl::string_view collection, const std::string& typed) {
  const bool number = !typed.empty() && std::all_of(typed.begin(), typed.end(),
                                                    [](char c) { return absl::ascii_isdigit(c); });
  if (number) return absl::StrCat(dialogue, "/", collection, "/", typed);
  return session.Name(typed, absl::StrCat(kDialogue, "/", collection, "/*"));
}

std::string NumberIn(absl::string_view name) { return std::string(LastSegment(name)); }

absl::StatusOr<google::type::Date> ParseDate(absl::string_view typed) {
  absl::CivilDay day;
  // Civil times normalise: 2027-02-30 would be a day in March.
  if (!absl::ParseCivilTime(typed, &day) || absl::FormatCivilTime(day) != typed) {
    return UsageError(absl::StrCat("'", typed, "' is no date; write 2027-03-09."));
  }
  google::type::Date date;
  date.set_year(static_cast<int32_t>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return date;
}

void AddDialogues(CommandTree& tree) {
  CLI::App* group = tree.Group(
      "dialogues", "Prepare, run and evaluate dialogues: statements, votes, agenda, decisions");
  AddRooms(tree, group);
  AddParticipants(tree, group);
  AddStatements(tree, group);
  AddAgenda(tree, group);
  AddSpeakers(tree, group);
  AddPolls(tree, group);
  AddOutcomes(tree, group);
  AddWatch(tree, group);
  AddAnalysis(tree, group);
  AddTransfer(tree, group);
}

}  // namespace colloquy::cli
