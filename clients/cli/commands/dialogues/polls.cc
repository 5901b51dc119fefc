// `colloquy dialogues polls …`
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "clients/cli/commands/dialogues/dialogues.h"
#include "clients/cli/files.h"

namespace colloquy::cli {
namespace {

namespace pb = dialogues::v1;
constexpr char kPoll[] = "organizers/*/dialogues/*/polls/*";

struct Args {
  std::string dialogue, poll, file, question, method, item;
  std::vector<std::string> options;
  int max_choices = 0, max_score = 0, dots = 0;
  int64_t budget = 0;
  bool anonymous = false, after_vote = false, open = false;
  ListFlags list;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

// `Text`, or `Text=300` with what it costs in polls about a budget.
absl::Status AddOption(const std::string& typed, pb::Poll* poll) {
  pb::Poll::Option* option = poll->add_options();
  option->set_text(typed);
  if (poll->method() != pb::Poll::BUDGET) return absl::OkStatus();
  const size_t equals = typed.rfind('=');
  int64_t cost = 0;
  if (equals == std::string::npos || !absl::SimpleAtoi(typed.substr(equals + 1), &cost)) {
    return UsageError(absl::StrCat("An option of a budget is TEXT=COST; '", typed, "' is not."));
  }
  option->set_text(typed.substr(0, equals));
  option->set_cost(cost);
  return absl::OkStatus();
}

absl::Status Create(Session& session, const Args& args) {
  pb::CreatePollRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(args.dialogue, kDialogue));
  pb::Poll* poll = request.mutable_poll();
  if (!args.file.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(const std::string text, ReadFile(session.io(), args.file));
    COLLOQUY_RETURN_IF_ERROR(ParseMessage(text, poll));
  }
  if (!args.method.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(const auto method, EnumOf<pb::Poll::Method>(args.method, "--method"));
    poll->set_method(method);
  }
  if (!args.question.empty()) poll->set_question(args.question);
  for (const std::string& option : args.options) {
    COLLOQUY_RETURN_IF_ERROR(AddOption(option, poll));
  }
  if (!args.item.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(*poll->mutable_agenda_item(),
                              ChildName(session, request.parent(), "agendaItems", args.item));
  }
  if (args.anonymous) poll->set_anonymous(true);
  if (args.after_vote) poll->set_result_visibility(pb::Poll::AFTER_VOTE);
  if (args.max_choices > 0) poll->set_max_choices(args.max_choices);
  if (args.max_score > 0) poll->set_max_score(args.max_score);
  if (args.dots > 0) poll->set_dots(args.dots);
  if (args.budget > 0) poll->set_budget(args.budget);
  if (!args.open || session.flags().dry_run) {
    return Mutate(session, &sdk::Polls::CreatePoll, request);
  }
  COLLOQUY_ASSIGN_OR_RETURN(const pb::Poll created,
                            CallOnce(session, &sdk::Polls::CreatePoll, request));
  pb::OpenPollRequest open;
  open.set_name(created.name());
  return Mutate(session, &sdk::Polls::OpenPoll, open);
}

std::string TextOf(const pb::Poll& poll, int option) {
  const bool known = option >= 0 && option < poll.options_size();
  return known ? poll.options(option).text() : absl::StrCat("option ", option);
}

absl::Status Results(Session& session, const Args& args) {
  pb::GetPollRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(args.poll, kPoll));
  COLLOQUY_ASSIGN_OR_RETURN(const pb::Poll poll, CallOnce(session, &sdk::Polls::GetPoll, request));
  if (!session.printer().has_columns()) return session.printer().Object(poll.result());
  session.printer().Begin({"rank", "option", "text", "score", "ballot_count", "funded"});
  for (const pb::PollResult::Standing& one : poll.result().standings()) {
    session.printer().AddCells({absl::StrCat(one.rank()), absl::StrCat(one.option()),
                                TextOf(poll, one.option()), absl::StrFormat("%.6g", one.score()),
                                absl::StrCat(one.ballot_count()), one.funded() ? "yes" : ""});
  }
  session.printer().End();
  if (!poll.has_result()) {
    session.Note("There is no result until it is closed.");
  } else if (poll.result().tied()) {
    session.Note("A place that decides something is shared.");
  }
  return absl::OkStatus();
}

void AddCreate(CommandTree& tree, CLI::App* group) {
  auto args = NewArgs();
  CLI::App* app = tree.Add(
      group, "create", "Create a poll, as a draft",
      "colloquy dialogues polls create roadmap --question 'What first?' --method ranking \\\n"
      "      --option Glass --option Polymer --anonymous --open\n"
      "  colloquy dialogues polls create roadmap --question 'What do we pay for?' \\\n"
      "      --method budget --budget 500 --option 'Pilot line=400' --option 'Training=90'",
      [args](Session& session) { return Create(session, *args); });
  DialogueArgument(app, &args->dialogue);
  app->add_option("-f,--file", args->file, "Poll as YAML or JSON; - for standard input");
  app->add_option("--question", args->question, "What is asked");
  app->add_option("--method", args->method, "choice, score, dots, ranking, pairwise or budget");
  app->add_option("--option", args->options, "TEXT, for a budget TEXT=COST; repeat")
      ->allow_extra_args(false);
  app->add_flag("--anonymous", args->anonymous, "Nobody can join ballot and person");
  app->add_flag("--after-vote", args->after_vote, "Whoever has voted sees the result");
  app->add_option("--max-choices", args->max_choices, "choice: at most this many")
      ->check(Positive());
  app->add_option("--max-score", args->max_score, "score, budget: up to 100 points")
      ->check(CLI::Range(1, 100));
  app->add_option("--dots", args->dots, "dots: how many to spread")->check(CLI::Range(1, 1000));
  app->add_option("--budget", args->budget, "budget: what there is to spend");
  app->add_option("--item", args->item, "Number of the agenda item that it belongs to");
  app->add_flag("--open", args->open, "Open it at once");
}

}  // namespace

void AddPolls(CommandTree& tree, CLI::App* dialogues) {
  CLI::App* group = tree.Group(dialogues, "polls", "Questions with options, and their results");
  AddCreate(tree, group);
  AddVerb<pb::OpenPollRequest>(tree, group, "open", "Let participants cast ballots",
                               "colloquy dialogues polls open roadmap/1", kPoll, "poll",
                               &sdk::Polls::OpenPoll);
  AddVerb<pb::ClosePollRequest>(tree, group, "close", "End a poll and count it",
                                "colloquy dialogues polls close roadmap/1", kPoll, "poll",
                                &sdk::Polls::ClosePoll);
  AddVerb<pb::DeletePollRequest>(tree, group, "delete", "Delete a draft",
                                 "colloquy dialogues polls delete roadmap/1 --yes", kPoll, "poll",
                                 &sdk::Polls::DeletePoll, "Delete {name}?");
  AddShow<pb::GetPollRequest>(tree, group, "Show a poll",
                              "colloquy dialogues polls show roadmap/1 -o yaml", kPoll, "poll",
                              &sdk::Polls::GetPoll);
  auto list = NewArgs();
  CLI::App* app = tree.Add(
      group, "list", "List polls", "colloquy dialogues polls list roadmap --filter 'state = OPEN'",
      [list](Session& session) -> absl::Status {
        pb::ListPollsRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                  session.Name(list->dialogue, kDialogue));
        return ListAndShow(session, &sdk::Polls::ListPolls, request, &pb::ListPollsResponse::polls,
                           list->list,
                           {"id", "state", "method", "question", "anonymous", "ballot_count"});
      });
  DialogueArgument(app, &list->dialogue);
  AddListFlags(app, &list->list, "state, method, agenda_item", Order::kFixed);

  auto results = NewArgs();
  app = tree.Add(group, "results", "Show the result of a poll, best first",
                 "colloquy dialogues polls results roadmap/1",
                 [results](Session& session) { return Results(session, *results); });
  app->add_option("poll", results->poll, "DIALOGUE/NUMBER or full name")->required();

  auto ballots = NewArgs();
  app = tree.Add(group, "ballots", "List the ballots of a closed poll",
                 "colloquy dialogues polls ballots roadmap/1 -o json",
                 [ballots](Session& session) -> absl::Status {
                   pb::ListBallotsRequest request;
                   COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                             session.Name(ballots->poll, kPoll));
                   return ListAndShow(session, &sdk::Polls::ListBallots, request,
                                      &pb::ListBallotsResponse::ballots, ballots->list,
                                      {"participant", "ballot"});
                 });
  app->add_option("poll", ballots->poll, "DIALOGUE/NUMBER or full name")->required();
  AddPageFlags(app, &ballots->list);
}

}  // namespace colloquy::cli
