// `colloquy dialogues statements accept, reject, merge, reword, moderate, log`
#include <iostream>

#include "absl/strings/str_split.h"
#include "clients/cli/commands/dialogues/dialogues.h"
#include "clients/cli/terminal.h"

namespace colloquy::cli {
namespace {

namespace pb = dialogues::v1;
constexpr char kStatement[] = "organizers/*/dialogues/*/statements/*";

struct Args {
  std::string dialogue, statement, reason, into, text, etag;
  std::vector<std::string> statements;
  ListFlags list;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

void StatementArgument(CLI::App* app, Args* args) {
  app->add_option("statement", args->statement, "DIALOGUE/NUMBER or full name")->required();
  app->add_option("--etag", args->etag, "Only if this is still its etag");
}

std::string DialogueOf(const std::string& statement) {
  return statement.substr(0, statement.rfind("/statements/"));
}

// Each of several; those before one that is refused stay done.
template <typename Request, typename Method>
absl::Status DecideOnAll(Session& session, const Args& args, Method method) {
  COLLOQUY_RETURN_IF_ERROR(session.printer().CheckFields(pb::Statement::default_instance()));
  session.printer().Begin({"id", "state", "text", "reason"});
  absl::Status status;
  for (const std::string& typed : args.statements) {
    Request request;
    COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(typed, kStatement));
    if constexpr (requires { request.set_reason(args.reason); }) request.set_reason(args.reason);
    COLLOQUY_RETURN_IF_ERROR(SetDryRun(session, request));
    absl::StatusOr<pb::Statement> statement = CallOnce(session, method, request);
    status = statement.status();
    if (status.ok()) status = session.printer().Add(*statement);
    if (!status.ok()) break;
  }
  if (status.ok()) {
    session.printer().End();
  } else {
    session.printer().Flush();
  }
  return status;
}

absl::StatusOr<pb::Statement> Merge(Session& session, const std::string& name,
                                    const std::string& into, const std::string& reason,
                                    const std::string& etag) {
  pb::MergeStatementRequest request;
  request.set_name(name);
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_into(),
                            ChildName(session, DialogueOf(name), "statements", into));
  request.set_reason(reason);
  request.set_etag(etag);
  COLLOQUY_RETURN_IF_ERROR(SetDryRun(session, request));
  return CallOnce(session, &sdk::Statements::MergeStatement, request);
}

// One statement after another, with a letter each.
class Queue {
 public:
  Queue(Session& session, std::string dialogue)
      : session_(session), dialogue_(std::move(dialogue)) {}

  absl::Status Run() {
    pb::ListStatementsRequest request;
    request.set_parent(dialogue_);
    request.set_filter("state = UNDECIDED");
    COLLOQUY_ASSIGN_OR_RETURN(const std::vector<pb::Statement> waiting,
                              CollectAll(session_, &sdk::Statements::ListStatements, request,
                                         &pb::ListStatementsResponse::statements));
    for (size_t i = 0; i < waiting.size() && !ended_; ++i) {
      session_.io().err << "\n" << i + 1 << " of " << waiting.size() << "\n";
      COLLOQUY_RETURN_IF_ERROR(Decide(waiting[i]));
    }
    session_.Note(waiting.empty() ? "No statement waits for moderation."
                                  : absl::StrCat(decided_, " of ", waiting.size(), " decided."));
    return absl::OkStatus();
  }

 private:
  absl::Status Decide(const pb::Statement& statement) {
    std::ostream& err = session_.io().err;
    err << "  " << NumberIn(statement.name()) << "  " << VisibleLines(statement.text()) << "\n";
    for (const auto& [language, text] : statement.translations()) {
      err << "  " << Visible(language) << ": " << VisibleLines(text) << "\n";
    }
    while (!ended_) {
      const std::string answer = Ask("[a]ccept [r]eject [m]erge re[w]ord [s]kip [q]uit");
      if (answer == "s") return absl::OkStatus();
      if (answer == "q") {
        ended_ = true;
        return absl::OkStatus();
      }
      if (answer != "a" && answer != "r" && answer != "m" && answer != "w") continue;
      const absl::Status status = Do(answer, statement);
      if (status.ok()) {
        ++decided_;
        return status;
      }
      // Somebody else may have decided meanwhile: that is for the moderator to see.
      err << RenderFailure(status, "");
    }
    return absl::OkStatus();
  }

  absl::Status Do(const std::string& answer, const pb::Statement& statement) {
    if (answer == "a") {
      pb::AcceptStatementRequest request;
      request.set_name(statement.name());
      return CallOnce(session_, &sdk::Statements::AcceptStatement, request).status();
    }
    if (answer == "m") {
      const std::string into = Ask("Into which number?");
      return Merge(session_, statement.name(), into, Ask("Why (may be empty)?"), "").status();
    }
    if (answer == "w") {
      pb::RewordStatementRequest request;
      request.set_name(statement.name());
      request.set_text(Ask("New words?"));
      request.set_reason(Ask("Why (may be empty)?"));
      return CallOnce(session_, &sdk::Statements::RewordStatement, request).status();
    }
    pb::RejectStatementRequest request;
    request.set_name(statement.name());
    request.set_reason(Ask("Why? Everyone can read it."));
    return CallOnce(session_, &sdk::Statements::RejectStatement, request).status();
  }

  std::string Ask(absl::string_view question) {
    session_.io().err << question << " " << std::flush;
    std::string answer;
    if (!std::getline(session_.io().in, answer)) ended_ = true;
    return std::string(absl::StripAsciiWhitespace(answer));
  }

  Session& session_;
  const std::string dialogue_;
  int decided_ = 0;
  bool ended_ = false;
};

absl::Status Moderate(Session& session, const Args& args) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string dialogue, session.Name(args.dialogue, kDialogue));
  if (session.io().in_is_terminal) {
    if (session.flags().dry_run) return UsageError("This command has no --dry-run.");
    return Queue(session, dialogue).Run();
  }
  pb::ListStatementsRequest request;
  request.set_parent(dialogue);
  ListFlags flags = args.list;
  flags.filter = "state = UNDECIDED";
  return ListAndShow(session, &sdk::Statements::ListStatements, request,
                     &pb::ListStatementsResponse::statements, flags,
                     {"id", "text", "author", "create_time"});
}

absl::Status Reword(Session& session, const Args& args) {
  pb::RewordStatementRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(args.statement, kStatement));
  request.set_text(args.text);
  request.set_reason(args.reason);
  request.set_etag(args.etag);
  return Mutate(session, &sdk::Statements::RewordStatement, request);
}

}  // namespace

void AddModeration(CommandTree& tree, CLI::App* group) {
  auto moderate = NewArgs();
  CLI::App* app = tree.Add(group, "moderate",
                           "Decide on what waits, one after another; a list when not on a terminal",
                           "colloquy dialogues statements moderate roadmap",
                           [moderate](Session& session) { return Moderate(session, *moderate); });
  DialogueArgument(app, &moderate->dialogue);
  AddPageFlags(app, &moderate->list);

  auto accept = NewArgs();
  app = tree.Add(group, "accept", "Accept statements",
                 "colloquy dialogues statements accept roadmap/3 roadmap/4",
                 [accept](Session& session) {
                   return DecideOnAll<pb::AcceptStatementRequest>(
                       session, *accept, &sdk::Statements::AcceptStatement);
                 });
  app->add_option("statement", accept->statements, "DIALOGUE/NUMBER or full name; repeat")
      ->required();

  auto reject = NewArgs();
  app = tree.Add(group, "reject", "Reject statements: not shown any more, their votes do not count",
                 "colloquy dialogues statements reject roadmap/3 --reason 'Names a person'",
                 [reject](Session& session) {
                   return DecideOnAll<pb::RejectStatementRequest>(
                       session, *reject, &sdk::Statements::RejectStatement);
                 });
  app->add_option("statement", reject->statements, "DIALOGUE/NUMBER or full name; repeat")
      ->required();
  app->add_option("--reason", reject->reason, "Why; everyone can read it")->required();

  auto merge = NewArgs();
  app = tree.Add(group, "merge", "Merge a statement into another that says the same",
                 "colloquy dialogues statements merge roadmap/7 --into 3",
                 [merge](Session& session) -> absl::Status {
                   COLLOQUY_ASSIGN_OR_RETURN(const std::string name,
                                             session.Name(merge->statement, kStatement));
                   COLLOQUY_ASSIGN_OR_RETURN(
                       const pb::Statement statement,
                       Merge(session, name, merge->into, merge->reason, merge->etag));
                   return session.printer().Object(statement);
                 });
  StatementArgument(app, merge.get());
  app->add_option("--into", merge->into, "Number of the one that stays")->required();
  app->add_option("--reason", merge->reason, "Why; everyone can read it");

  auto reword = NewArgs();
  app = tree.Add(group, "reword", "Replace a statement by a new wording; votes do not move",
                 "colloquy dialogues statements reword roadmap/3 'Glass is ready for pilot lines'",
                 [reword](Session& session) { return Reword(session, *reword); });
  StatementArgument(app, reword.get());
  app->add_option("text", reword->text, "The new words")->required();
  app->add_option("--reason", reword->reason, "Why; everyone can read it");

  auto log = NewArgs();
  app = tree.Add(
      group, "log", "List what moderators did, oldest first",
      "colloquy dialogues statements log roadmap", [log](Session& session) -> absl::Status {
        pb::ListModerationEntriesRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                  session.Name(log->dialogue, kDialogue));
        return ListAndShow(session, &sdk::Statements::ListModerationEntries, request,
                           &pb::ListModerationEntriesResponse::moderation_entries, log->list,
                           {"sequence", "moderate_time", "statement", "old_state", "new_state",
                            "other_statement", "reason"});
      });
  DialogueArgument(app, &log->dialogue);
  AddPageFlags(app, &log->list);
}

}  // namespace colloquy::cli
