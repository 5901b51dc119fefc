// `colloquy dialogues decisions …` and `colloquy dialogues actions …`
#include <map>

#include "clients/cli/commands/dialogues/dialogues.h"
#include "clients/cli/terminal.h"
#include "clients/cli/text_flag.h"

namespace colloquy::cli {
namespace {

namespace pb = dialogues::v1;
constexpr char kDecision[] = "organizers/*/dialogues/*/decisions/*";
constexpr char kAction[] = "organizers/*/dialogues/*/actionItems/*";

struct Args {
  std::string dialogue, name, text, state, decision, etag;
  TextFlag rationale, item, title, owner, owner_email, due, review;
  std::vector<std::string> statements, polls, evidence;
  int progress = -1;
  ListFlags list;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

absl::Status Decide(Session& session, const Args& args) {
  pb::CreateDecisionRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(args.dialogue, kDialogue));
  pb::Decision* decision = request.mutable_decision();
  decision->set_text(args.text);
  decision->set_rationale(*args.rationale);
  if (!args.item.text.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(*decision->mutable_agenda_item(),
                              ChildName(session, request.parent(), "agendaItems", *args.item));
  }
  for (const std::string& typed : args.statements) {
    COLLOQUY_ASSIGN_OR_RETURN(*decision->add_statements(),
                              ChildName(session, request.parent(), "statements", typed));
  }
  for (const std::string& typed : args.polls) {
    COLLOQUY_ASSIGN_OR_RETURN(*decision->add_polls(),
                              ChildName(session, request.parent(), "polls", typed));
  }
  return Mutate(session, &sdk::Outcomes::CreateDecision, request);
}

absl::Status UpdateDecision(Session& session, const Args& args) {
  pb::GetDecisionRequest get;
  COLLOQUY_ASSIGN_OR_RETURN(*get.mutable_name(), session.Name(args.name, kDecision));
  pb::UpdateDecisionRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_decision(),
                            CallOnce(session, &sdk::Outcomes::GetDecision, get));
  const auto set = [&](bool given, const std::string& typed, std::string* field, const char* path) {
    if (!given) return;
    *field = typed;
    request.mutable_update_mask()->add_paths(path);
  };
  pb::Decision* const decision = request.mutable_decision();
  set(!args.text.empty(), args.text, decision->mutable_text(), "text");
  set(args.rationale.given, *args.rationale, decision->mutable_rationale(), "rationale");
  std::string item;
  if (!args.item.text.empty()) {
    const std::string dialogue = get.name().substr(0, get.name().rfind("/decisions/"));
    COLLOQUY_ASSIGN_OR_RETURN(item, ChildName(session, dialogue, "agendaItems", *args.item));
  }
  set(args.item.given, item, decision->mutable_agenda_item(), "agenda_item");
  if (request.update_mask().paths().empty()) {
    return UsageError("Nothing to change: give at least one flag.");
  }
  if (!args.etag.empty()) request.mutable_decision()->set_etag(args.etag);
  return Mutate(session, &sdk::Outcomes::UpdateDecision, request);
}

std::string TallyWords(const pb::StatementTally& tally) {
  return absl::StrCat(tally.agree_count(), " agree, ", tally.pass_count(), " pass, ",
                      tally.disagree_count(), " disagree");
}

void TraceSupport(const pb::Decision::Support& support, std::ostream& out) {
  out << "  Statement " << NumberIn(support.statement()) << ": " << Visible(support.text())
      << "\n    all       " << TallyWords(support.all()) << "\n";
  for (int i = 0; i < support.groups_size(); ++i) {
    out << "    group " << static_cast<char>('A' + i % 26) << "   " << TallyWords(support.groups(i))
        << "\n";
  }
  const std::map<std::string, pb::StatementTally> types(support.stakeholder_types().begin(),
                                                        support.stakeholder_types().end());
  for (const auto& [type, tally] : types) {
    out << "    " << (type.empty() ? "not said" : Visible(type)) << "  " << TallyWords(tally)
        << "\n";
  }
}

absl::Status TracePolls(Session& session, const pb::Decision& decision) {
  for (const std::string& name : decision.polls()) {
    pb::GetPollRequest request;
    request.set_name(name);
    COLLOQUY_ASSIGN_OR_RETURN(const pb::Poll poll,
                              CallOnce(session, &sdk::Polls::GetPoll, request));
    session.io().out << "  Poll " << NumberIn(name) << ": " << Visible(poll.question()) << "\n";
    for (const pb::PollResult::Standing& one : poll.result().standings()) {
      if (one.option() < 0 || one.option() >= poll.options_size()) continue;
      session.io().out << "    " << one.rank() << ". " << Visible(poll.options(one.option()).text())
                       << "  " << one.score() << "\n";
    }
  }
  return absl::OkStatus();
}

absl::Status TraceActions(Session& session, const pb::Decision& decision) {
  pb::ListActionItemsRequest request;
  request.set_parent(decision.name().substr(0, decision.name().rfind("/decisions/")));
  request.set_filter(absl::StrCat("decision = \"", decision.name(), "\""));
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<pb::ActionItem> actions,
                            CollectAll(session, &sdk::Outcomes::ListActionItems, request,
                                       &pb::ListActionItemsResponse::action_items));
  for (const pb::ActionItem& action : actions) {
    session.io().out << "  Action " << NumberIn(action.name()) << ": " << Visible(action.title())
                     << ", " << Visible(action.owner()) << ", "
                     << pb::ActionItem::State_Name(action.state()) << ", "
                     << action.progress_percent() << " %\n";
  }
  return absl::OkStatus();
}

// From the decision back to what it rests on, and on to what became of it.
absl::Status ShowDecision(Session& session, const Args& args) {
  pb::GetDecisionRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(args.name, kDecision));
  if (session.flags().format != Format::kTable) {
    return CallAndShow(session, &sdk::Outcomes::GetDecision, request);
  }
  COLLOQUY_ASSIGN_OR_RETURN(const pb::Decision decision,
                            CallOnce(session, &sdk::Outcomes::GetDecision, request));
  std::ostream& out = session.io().out;
  out << "Decision " << NumberIn(decision.name()) << ": " << Visible(decision.text()) << "\n";
  if (!decision.rationale().empty()) out << VisibleLines(decision.rationale()) << "\n";
  out << "Rests on, after vote " << decision.vote_sequence() << ":\n";
  if (!decision.agenda_item().empty()) {
    out << "  Agenda item " << NumberIn(decision.agenda_item()) << "\n";
  }
  for (const pb::Decision::Support& support : decision.support()) TraceSupport(support, out);
  COLLOQUY_RETURN_IF_ERROR(TracePolls(session, decision));
  if (decision.action_item_count() == 0) return absl::OkStatus();
  out << "Carried out by " << decision.progress_percent() << " %:\n";
  return TraceActions(session, decision);
}

// Sets what the flags give, and adds the path of each to `mask`.
absl::Status Apply(const Args& args, pb::ActionItem* action, google::protobuf::FieldMask* mask) {
  const auto text = [&](const TextFlag& typed, std::string* field, const char* path) {
    if (!typed) return;
    *field = *typed;
    mask->add_paths(path);
  };
  text(args.title, action->mutable_title(), "title");
  text(args.owner, action->mutable_owner(), "owner");
  text(args.owner_email, action->mutable_owner_email(), "owner_email");
  if (args.due) {
    action->clear_due_date();
    mask->add_paths("due_date");
  }
  if (!args.due.text.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(*action->mutable_due_date(), ParseDate(*args.due));
  }
  if (args.review) {
    action->clear_review_date();
    mask->add_paths("review_date");
  }
  if (!args.review.text.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(*action->mutable_review_date(), ParseDate(*args.review));
  }
  if (!args.state.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(const auto state,
                              EnumOf<pb::ActionItem::State>(args.state, "--state"));
    action->set_state(state);
    mask->add_paths("state");
  }
  if (args.progress >= 0) {
    action->set_progress_percent(args.progress);
    mask->add_paths("progress_percent");
  }
  for (const std::string& one : args.evidence) action->add_evidence(one);
  if (!args.evidence.empty()) mask->add_paths("evidence");
  return absl::OkStatus();
}

absl::Status CreateAction(Session& session, const Args& args) {
  pb::CreateActionItemRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(args.dialogue, kDialogue));
  google::protobuf::FieldMask mask;
  COLLOQUY_RETURN_IF_ERROR(Apply(args, request.mutable_action_item(), &mask));
  if (!args.decision.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_action_item()->mutable_decision(),
                              ChildName(session, request.parent(), "decisions", args.decision));
  }
  return Mutate(session, &sdk::Outcomes::CreateActionItem, request);
}

absl::Status UpdateAction(Session& session, const Args& args) {
  pb::GetActionItemRequest get;
  COLLOQUY_ASSIGN_OR_RETURN(*get.mutable_name(), session.Name(args.name, kAction));
  pb::UpdateActionItemRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_action_item(),
                            CallOnce(session, &sdk::Outcomes::GetActionItem, get));
  COLLOQUY_RETURN_IF_ERROR(
      Apply(args, request.mutable_action_item(), request.mutable_update_mask()));
  if (request.update_mask().paths().empty()) {
    return UsageError("Nothing to change: give at least one flag.");
  }
  if (!args.etag.empty()) request.mutable_action_item()->set_etag(args.etag);
  return Mutate(session, &sdk::Outcomes::UpdateActionItem, request);
}

void ActionFlags(CLI::App* app, Args* args) {
  AddText(app, "--title", args->title, "What is to be done");
  AddText(app, "--owner", args->owner, "Who does it");
  AddText(app, "--owner-email", args->owner_email, "Address that reminders go to");
  AddText(app, "--due", args->due, "Until when, such as 2027-03-09");
  AddText(app, "--review", args->review, "When it is looked at next");
  app->add_option("--state", args->state, "planned, in-progress, done or dropped");
  app->add_option("--progress", args->progress, "Percent")->check(CLI::Range(0, 100));
  app->add_option("--evidence", args->evidence, "What shows that it was done; repeat")
      ->allow_extra_args(false);
}

void AddDecisions(CommandTree& tree, CLI::App* dialogues) {
  CLI::App* group = tree.Group(dialogues, "decisions", "What was decided, and what it came of");
  auto add = NewArgs();
  CLI::App* app = tree.Add(
      group, "add", "Record a decision with how its statements stand now",
      "colloquy dialogues decisions add roadmap --text 'A shared packaging line is planned' \\\n"
      "      --statement 3 --statement 7 --poll 1 --item 2",
      [add](Session& session) { return Decide(session, *add); });
  DialogueArgument(app, &add->dialogue);
  app->add_option("--text", add->text, "What was decided")->required();
  AddText(app, "--rationale", add->rationale, "Why");
  AddText(app, "--item", add->item, "Number of the agenda item under which it was taken");
  app->add_option("--statement", add->statements, "Number of a statement it rests on; repeat")
      ->allow_extra_args(false);
  app->add_option("--poll", add->polls, "Number of a poll that it rests on; repeat")
      ->allow_extra_args(false);

  auto list = NewArgs();
  app = tree.Add(group, "list", "List decisions", "colloquy dialogues decisions list roadmap",
                 [list](Session& session) -> absl::Status {
                   pb::ListDecisionsRequest request;
                   COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                             session.Name(list->dialogue, kDialogue));
                   return ListAndShow(session, &sdk::Outcomes::ListDecisions, request,
                                      &pb::ListDecisionsResponse::decisions, list->list,
                                      {"id", "text", "vote_sequence", "action_item_count",
                                       "progress_percent", "create_time"});
                 });
  DialogueArgument(app, &list->dialogue);
  AddPageFlags(app, &list->list);

  auto show = NewArgs();
  app = tree.Add(group, "show", "Show a decision with its statements, votes, polls and actions",
                 "colloquy dialogues decisions show roadmap/1",
                 [show](Session& session) { return ShowDecision(session, *show); });
  app->alias("get");
  app->add_option("decision", show->name, "DIALOGUE/NUMBER or full name")->required();

  auto update = NewArgs();
  app = tree.Add(group, "update", "Change a decision's words; what it rests on stays",
                 "colloquy dialogues decisions update roadmap/1 --rationale 'Costs are shared'",
                 [update](Session& session) { return UpdateDecision(session, *update); });
  app->add_option("decision", update->name, "DIALOGUE/NUMBER or full name")->required();
  app->add_option("--text", update->text, "What was decided");
  AddText(app, "--rationale", update->rationale, "Why");
  AddText(app, "--item", update->item, "Number of the agenda item under which it was taken");
  app->add_option("--etag", update->etag, "Only if this is still its etag");

  AddVerb<pb::DeleteDecisionRequest>(tree, group, "delete", "Delete a decision without actions",
                                     "colloquy dialogues decisions delete roadmap/1 --yes",
                                     kDecision, "decision", &sdk::Outcomes::DeleteDecision,
                                     "Delete {name}?");
}

void AddActions(CommandTree& tree, CLI::App* dialogues) {
  CLI::App* group = tree.Group(dialogues, "actions", "Who does what until when");
  auto add = NewArgs();
  CLI::App* app = tree.Add(
      group, "add", "Record an action item",
      "colloquy dialogues actions add roadmap --title 'Write the call' --owner 'Ada Lovelace' \\\n"
      "      --due 2027-03-09 --decision 1",
      [add](Session& session) { return CreateAction(session, *add); });
  DialogueArgument(app, &add->dialogue);
  ActionFlags(app, add.get());
  app->add_option("--decision", add->decision, "Number of the decision that it carries out");

  auto list = NewArgs();
  app = tree.Add(group, "list", "List action items; those of all dialogues without a name",
                 "colloquy dialogues actions list --filter 'reminder_due = true'",
                 [list](Session& session) -> absl::Status {
                   pb::ListActionItemsRequest request;
                   if (list->dialogue.empty()) {
                     COLLOQUY_ASSIGN_OR_RETURN(const std::string organizer,
                                               session.RequiredOrganizer());
                     request.set_parent(absl::StrCat(organizer, "/dialogues/-"));
                   } else {
                     COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                               session.Name(list->dialogue, kDialogue));
                   }
                   return ListAndShow(session, &sdk::Outcomes::ListActionItems, request,
                                      &pb::ListActionItemsResponse::action_items, list->list,
                                      {list->dialogue.empty() ? "name" : "id", "state", "title",
                                       "owner", "due_date", "progress_percent", "reminder_due"});
                 });
  app->add_option("dialogue", list->dialogue, "Id or full name of the dialogue");
  AddListFlags(app, &list->list, "state, decision, owner, due_date, reminder_due", Order::kFixed);

  AddShow<pb::GetActionItemRequest>(tree, group, "Show an action item",
                                    "colloquy dialogues actions show roadmap/1", kAction, "action",
                                    &sdk::Outcomes::GetActionItem);
  auto update = NewArgs();
  app = tree.Add(group, "update", "Change an action item: only what is given",
                 "colloquy dialogues actions update roadmap/1 --state done \\\n"
                 "      --evidence https://example.org/call",
                 [update](Session& session) { return UpdateAction(session, *update); });
  app->add_option("action", update->name, "DIALOGUE/NUMBER or full name")->required();
  ActionFlags(app, update.get());
  app->add_option("--etag", update->etag, "Only if this is still its etag");
  AddVerb<pb::DeleteActionItemRequest>(tree, group, "delete", "Delete an action item",
                                       "colloquy dialogues actions delete roadmap/1 --yes", kAction,
                                       "action", &sdk::Outcomes::DeleteActionItem,
                                       "Delete {name}?");
}

}  // namespace

void AddOutcomes(CommandTree& tree, CLI::App* dialogues) {
  AddDecisions(tree, dialogues);
  AddActions(tree, dialogues);
}

}  // namespace colloquy::cli
