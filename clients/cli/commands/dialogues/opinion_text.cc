#include "clients/cli/commands/dialogues/opinion_text.h"

#include <map>

#include "absl/strings/str_format.h"
#include "clients/cli/commands/dialogues/dialogues.h"

namespace colloquy::cli {
namespace {

namespace pb = dialogues::v1;

void AddRow(Session& session, const std::string& who, int people, int statement, bool agree,
            double share, const std::map<std::string, std::string>& words) {
  const auto found = words.find(absl::StrCat(statement));
  session.printer().AddCells({who, absl::StrCat(people), agree ? "agree" : "disagree",
                              absl::StrFormat("%.0f", 100 * share), absl::StrCat(statement),
                              found == words.end() ? "" : found->second});
}

void NoteCertainty(Session& session, const pb::Opinion& opinion) {
  session.Note(absl::StrCat(opinion.voter_count(), " voted, ", opinion.participant_count(),
                            " of them often enough; ", opinion.groups_size(),
                            " groups; state after vote ", opinion.vote_sequence(), "."));
  if (opinion.mode() == pb::Dialogue::POLIS_COMPATIBLE || opinion.groups().empty()) return;
  session.Note(
      absl::StrFormat("Certainty: bootstrap agreement %.2f (1 is certain), silhouette margin %.3f.",
                      opinion.bootstrap_agreement(), opinion.silhouette_margin()));
}

}  // namespace

std::string GroupWord(int group) {
  const bool letter = group >= 0 && group < 26;
  return letter ? absl::StrFormat("Group %c", 'A' + group) : absl::StrCat("Group ", group + 1);
}

absl::Status ShowOpinion(Session& session, const std::string& dialogue,
                         const pb::Opinion& opinion) {
  if (!session.printer().has_columns()) return session.printer().Object(opinion);
  pb::ListStatementsRequest request;
  request.set_parent(dialogue);
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<pb::Statement> statements,
                            CollectAll(session, &sdk::Statements::ListStatements, request,
                                       &pb::ListStatementsResponse::statements));
  std::map<std::string, std::string> words;
  for (const pb::Statement& one : statements) words[NumberIn(one.name())] = one.text();
  session.printer().Begin({"who", "people", "says", "percent", "statement", "text"});
  for (const pb::Opinion::Group& group : opinion.groups()) {
    for (const pb::Opinion::Representative& one : group.representatives()) {
      AddRow(session, GroupWord(group.id()), group.participant_count(), one.statement(),
             one.agree(), one.probability(), words);
    }
  }
  for (const pb::Opinion::Consensus& one : opinion.consensus()) {
    AddRow(session, "Everyone", opinion.participant_count(), one.statement(), one.agree(),
           one.probability(), words);
  }
  session.printer().End();
  NoteCertainty(session, opinion);
  return absl::OkStatus();
}

}  // namespace colloquy::cli
