// `colloquy dialogues analyse, snapshots, report`
#include <fstream>

#include "absl/strings/str_format.h"
#include "clients/cli/commands/dialogues/dialogues.h"
#include "clients/cli/commands/dialogues/opinion_text.h"
#include "clients/cli/terminal.h"

namespace colloquy::cli {
namespace {

namespace pb = dialogues::v1;

struct Args {
  std::string dialogue, mode, format = "html", to;
  int64_t at = 0;
  ListFlags list;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

absl::Status Analyse(Session& session, const Args& args) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string name, session.Name(args.dialogue, kDialogue));
  pb::Opinion opinion;
  if (args.mode.empty() && args.at == 0) {
    pb::GetOpinionRequest request;
    request.set_name(name);
    COLLOQUY_ASSIGN_OR_RETURN(opinion, CallOnce(session, &sdk::Opinions::GetOpinion, request));
  } else {
    pb::ComputeOpinionRequest request;
    request.set_name(name);
    request.set_vote_sequence(args.at);
    if (!args.mode.empty()) {
      COLLOQUY_ASSIGN_OR_RETURN(const auto mode,
                                EnumOf<pb::Dialogue::AnalysisMode>(args.mode, "--mode"));
      request.set_mode(mode);
    }
    COLLOQUY_ASSIGN_OR_RETURN(opinion, CallOnce(session, &sdk::Opinions::ComputeOpinion, request));
  }
  return ShowOpinion(session, name, opinion);
}

absl::Status Report(Session& session, const Args& args) {
  pb::RenderReportRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(args.dialogue, kDialogue));
  COLLOQUY_ASSIGN_OR_RETURN(const auto format, EnumOf<pb::ReportFormat>(args.format, "--format"));
  request.set_format(format);
  COLLOQUY_ASSIGN_OR_RETURN(const pb::RenderReportResponse report,
                            CallOnce(session, &sdk::Opinions::RenderReport, request));
  if (args.to.empty()) {
    session.io().out << (session.io().out_is_terminal ? VisibleLines(report.data())
                                                      : report.data());
    return absl::OkStatus();
  }
  std::ofstream file(args.to, std::ios::binary | std::ios::trunc);
  file << report.data();
  file.close();
  if (!file) return UsageError(absl::StrCat("Cannot write ", args.to, "."));
  session.Note(absl::StrCat("The report is in ", args.to, "."));
  return absl::OkStatus();
}

}  // namespace

void AddAnalysis(CommandTree& tree, CLI::App* group) {
  auto analyse = NewArgs();
  CLI::App* app =
      tree.Add(group, "analyse", "Show the groups of opinion and what tells them apart",
               "colloquy dialogues analyse roadmap\n"
               "  colloquy dialogues analyse roadmap --mode polis-compatible --at 1000 -o json",
               [analyse](Session& session) { return Analyse(session, *analyse); });
  app->alias("analyze");
  DialogueArgument(app, &analyse->dialogue);
  app->add_option("--mode", analyse->mode, "stable or polis-compatible; the dialogue's if absent");
  app->add_option("--at", analyse->at, "As it was after this vote");

  auto snapshots = NewArgs();
  app = tree.Add(
      group, "snapshots", "List how opinion moved: the analyses that were kept",
      "colloquy dialogues snapshots roadmap", [snapshots](Session& session) -> absl::Status {
        pb::ListOpinionSnapshotsRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                  session.Name(snapshots->dialogue, kDialogue));
        return ListAndShow(session, &sdk::Opinions::ListOpinionSnapshots, request,
                           &pb::ListOpinionSnapshotsResponse::opinions, snapshots->list,
                           {"vote_sequence", "compute_time", "mode", "voter_count",
                            "participant_count", "statement_count", "bootstrap_agreement"});
      });
  DialogueArgument(app, &snapshots->dialogue);
  AddPageFlags(app, &snapshots->list);

  auto report = NewArgs();
  app = tree.Add(group, "report", "Write the report of a dialogue",
                 "colloquy dialogues report roadmap --to report.html\n"
                 "  colloquy dialogues report roadmap --format markdown >report.md",
                 [report](Session& session) { return Report(session, *report); });
  DialogueArgument(app, &report->dialogue);
  app->add_option("--format", report->format, "html or markdown");
  app->add_option("--to", report->to, "File to write; standard output otherwise");
}

}  // namespace colloquy::cli
