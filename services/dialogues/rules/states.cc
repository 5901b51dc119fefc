#include "services/dialogues/rules/states.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/errors/errors.h"

namespace colloquy::dialogues::rules {
namespace {

using v1::Dialogue;
using v1::Statement;

struct DialogueRule {
  DialogueAction action;
  absl::string_view method;
  States from;
  DialogueState to;
};

// The state machine: the README draws it.
constexpr std::array<DialogueRule, 4> kDialogueRules = {{
    {DialogueAction::kOpen, "OpenDialogue", {Dialogue::DRAFT, Dialogue::LIVE}, Dialogue::OPEN},
    {DialogueAction::kStart, "StartDialogue", {Dialogue::OPEN}, Dialogue::LIVE},
    {DialogueAction::kClose, "CloseDialogue", {Dialogue::OPEN, Dialogue::LIVE}, Dialogue::CLOSED},
    {DialogueAction::kPublish, "PublishDialogue", {Dialogue::CLOSED}, Dialogue::PUBLISHED},
}};

struct StatementRule {
  StatementAction action;
  absl::string_view method;
  std::array<StatementState, 2> from;
  StatementState to;
  absl::string_view needed;
};

constexpr std::array<StatementRule, 4> kStatementRules = {{
    {StatementAction::kAccept,
     "AcceptStatement",
     {Statement::UNDECIDED, Statement::REJECTED},
     Statement::ACCEPTED,
     "UNDECIDED or REJECTED"},
    {StatementAction::kReject,
     "RejectStatement",
     {Statement::UNDECIDED, Statement::ACCEPTED},
     Statement::REJECTED,
     "UNDECIDED or ACCEPTED"},
    {StatementAction::kMerge,
     "MergeStatement",
     {Statement::UNDECIDED, Statement::ACCEPTED},
     Statement::MERGED,
     "UNDECIDED or ACCEPTED"},
    {StatementAction::kReword,
     "RewordStatement",
     {Statement::UNDECIDED, Statement::ACCEPTED},
     Statement::MERGED,
     "UNDECIDED or ACCEPTED"},
}};

}  // namespace

std::string States::Names() const {
  std::vector<std::string> names;
  for (int state = Dialogue::State_MIN; state <= Dialogue::State_MAX; ++state) {
    if (Has(static_cast<DialogueState>(state)))
      names.push_back(Dialogue::State_Name(static_cast<DialogueState>(state)));
  }
  if (names.size() < 2) return absl::StrJoin(names, "");
  const std::string last = names.back();
  names.pop_back();
  return absl::StrCat(absl::StrJoin(names, ", "), " or ", last);
}

absl::Status CheckState(absl::string_view dialogue, DialogueState state, absl::string_view method,
                        States needed) {
  if (needed.Has(state)) return absl::OkStatus();
  return errors::IllegalTransition(dialogue, Dialogue::State_Name(state), method,
                                   absl::StrCat("a dialogue that is ", needed.Names()));
}

absl::StatusOr<DialogueState> Next(absl::string_view name, DialogueState state,
                                   DialogueAction action) {
  const DialogueRule& rule = kDialogueRules[static_cast<size_t>(action)];
  if (state == rule.to || rule.from.Has(state)) return rule.to;
  return errors::IllegalTransition(name, Dialogue::State_Name(state), rule.method,
                                   rule.from.Names());
}

absl::StatusOr<StatementState> Next(absl::string_view name, StatementState state,
                                    StatementAction action) {
  const StatementRule& rule = kStatementRules[static_cast<size_t>(action)];
  const bool done = state == rule.to && rule.to != Statement::MERGED;
  if (done || std::find(rule.from.begin(), rule.from.end(), state) != rule.from.end())
    return rule.to;
  return errors::IllegalTransition(name, Statement::State_Name(state), rule.method, rule.needed);
}

bool IsShown(StatementState state, Dialogue::Moderation moderation) {
  return state == Statement::ACCEPTED ||
         (state == Statement::UNDECIDED && moderation != Dialogue::BEFORE);
}

bool Counts(StatementState state) {
  return state == Statement::ACCEPTED || state == Statement::UNDECIDED;
}

}  // namespace colloquy::dialogues::rules
