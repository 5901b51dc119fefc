#include "services/dialogues/rules/report/markdown.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/dialogues/rules/report/detail.h"
#include "services/dialogues/rules/report/facts.h"
#include "services/dialogues/rules/report/markup.h"

namespace colloquy::dialogues::rules::report {
namespace {

// Escaped wherever they stand; CommonMark takes a backslash before any ASCII punctuation (2.4).
constexpr absl::string_view kMarks = "\\`*_[]<>&|~#!";
// Mean something at the start of a line only.
constexpr absl::string_view kStarts = "-+=";

std::string E(absl::string_view words) { return EscapeMarkdown(words); }

std::string Anchor(absl::string_view id) { return absl::StrCat("<a id=\"", id, "\"></a>"); }

std::string Link(absl::string_view text, absl::string_view kind, int number) {
  return absl::StrCat("[", text, "](#", kind, "-", number, ")");
}

std::string StatementLine(const Facts& facts, int number) {
  return absl::StrCat(Link(absl::StrCat("Statement ", number), "statement", number), ": ",
                      E(facts.WordsOf(number)));
}

void AddParagraphs(absl::string_view text, std::string* out) {
  for (const absl::string_view block : absl::StrSplit(text, "\n\n")) {
    const absl::string_view words = absl::StripAsciiWhitespace(block);
    if (words.empty()) continue;
    std::vector<std::string> lines;
    for (const absl::string_view line : absl::StrSplit(words, '\n')) lines.push_back(E(line));
    absl::StrAppend(out, absl::StrJoin(lines, "\\\n"), "\n\n");
  }
}

void AddVotes(const std::vector<Row>& rows, std::string* out) {
  absl::StrAppend(out, "| Who | Agree | Pass | Disagree |\n|---|---:|---:|---:|\n");
  for (const Row& row : rows) {
    const int64_t votes = VotesOf(row.tally);
    absl::StrAppend(out, "| ", E(row.who));
    for (const int count :
         {row.tally.agree_count(), row.tally.pass_count(), row.tally.disagree_count()}) {
      absl::StrAppend(out, " | ",
                      votes == 0 ? "" : absl::StrCat(Percent(count, votes), " % (", count, ")"));
    }
    absl::StrAppend(out, " |\n");
  }
  absl::StrAppend(out, "\n");
}

void AddActions(const std::vector<const v1::ActionItem*>& actions, std::string* out) {
  if (actions.empty()) return;
  absl::StrAppend(out, "| Action | Who | Until | State | Progress | Evidence |\n",
                  "|---|---|---|---|---:|---|\n");
  for (const v1::ActionItem* action : actions) {
    std::vector<std::string> evidence;
    for (const std::string& one : action->evidence()) evidence.push_back(E(one));
    absl::StrAppend(out, "| ", E(action->title()), " | ", E(action->owner()), " | ",
                    Day(action->due_date()), " | ",
                    StateWords(v1::ActionItem::State_Name(action->state())));
    absl::StrAppend(out, " | ", action->progress_percent(), " % | ", absl::StrJoin(evidence, "; "),
                    " |\n");
  }
  absl::StrAppend(out, "\n");
}

void AddDecision(const Facts& facts, const Detail& detail, const v1::Decision& decision,
                 std::string* out) {
  const int number = NumberOf(decision.name());
  absl::StrAppend(out, Anchor(absl::StrCat("decision-", number)), "\n\n### Decision ", number,
                  "\n\n**", E(decision.text()), "**\n\n");
  AddParagraphs(CutTo(decision.rationale(), detail.characters), out);
  absl::StrAppend(out, "Recorded ", Moment(decision.create_time()), ", after vote ",
                  decision.vote_sequence(), ".\n\n");
  if (const v1::AgendaItem* item = facts.Item(decision.agenda_item()); item != nullptr) {
    absl::StrAppend(out, "- Agenda: ", Link(E(item->title()), "item", NumberOf(item->name())),
                    "\n");
  }
  for (const std::string& name : decision.polls()) {
    const v1::Poll* const poll = facts.Poll(name);
    if (poll == nullptr) continue;
    absl::StrAppend(out, "- Poll: ", Link(E(poll->question()), "poll", NumberOf(name)), ": ",
                    E(Winners(*poll)), "\n");
  }
  absl::StrAppend(out, "\n");
  for (const v1::Decision::Support& support : decision.support()) {
    const int statement = NumberOf(support.statement());
    absl::StrAppend(out, Link(absl::StrCat("Statement ", statement), "statement", statement), ": ",
                    E(support.text()), "\n\n");
    AddVotes(Facts::RowsOf(support), out);
  }
  AddActions(facts.ActionsOf(decision.name()), out);
}

void AddDecisions(const Facts& facts, const Detail& detail, std::string* out) {
  std::vector<const v1::ActionItem*> others;
  for (const v1::ActionItem& action : facts.data().actions) {
    if (facts.Decision(action.decision()) == nullptr) others.push_back(&action);
  }
  if (facts.data().decisions.empty() && others.empty()) return;
  absl::StrAppend(out, "## Decisions\n\n");
  for (const v1::Decision& decision : facts.data().decisions) {
    AddDecision(facts, detail, decision, out);
  }
  if (!others.empty()) absl::StrAppend(out, "### Other actions\n\n");
  AddActions(others, out);
}

void AddOpinion(const Facts& facts, std::string* out) {
  const v1::Opinion& opinion = facts.data().opinion;
  if (opinion.positions().empty()) return;
  absl::StrAppend(out, "## Where opinions lie\n\n",
                  opinion.groups_size() < 2 ? "No groups stand out." : facts.Certainty(), "\n\n");
  for (const v1::Opinion::Group& group : opinion.groups()) {
    absl::StrAppend(out, "### ", GroupName(group.id()), "\n\n",
                    Counted(group.participant_count(), "participant", "participants"), "\n\n");
    for (const v1::Opinion::Representative& one : group.representatives()) {
      absl::StrAppend(out, "- ", one.agree() ? "Agrees" : "Disagrees", " by ",
                      static_cast<int>(100 * one.probability() + 0.5),
                      " %: ", StatementLine(facts, one.statement()), "\n");
    }
    absl::StrAppend(out, "\n");
  }
  if (opinion.consensus().empty()) return;
  absl::StrAppend(out, "### What nearly everyone says\n\n");
  for (const v1::Opinion::Consensus& one : opinion.consensus()) {
    absl::StrAppend(out, "- ", one.agree() ? "Agree" : "Disagree", " by ",
                    static_cast<int>(100 * one.probability() + 0.5),
                    " %: ", StatementLine(facts, one.statement()), "\n");
  }
  absl::StrAppend(out, "\n");
}

void AddPolls(const Facts& facts, std::string* out) {
  if (!facts.polls().empty()) absl::StrAppend(out, "## Polls\n\n");
  for (const v1::Poll* poll : facts.polls()) {
    absl::StrAppend(out, Anchor(absl::StrCat("poll-", NumberOf(poll->name()))), "\n\n### ",
                    E(poll->question()), "\n\n", MethodWords(poll->method()), ", ",
                    Counted(poll->ballot_count(), "ballot", "ballots"),
                    poll->anonymous() ? ", anonymous" : "", ".\n\n");
    if (!poll->has_result()) {
      absl::StrAppend(out, "Not closed yet.\n\n");
      continue;
    }
    absl::StrAppend(out, "| Rank | Option | Result |\n|---:|---|---|\n");
    for (const v1::PollResult::Standing& one : poll->result().standings()) {
      if (one.option() < 0 || one.option() >= poll->options_size()) continue;
      absl::StrAppend(out, "| ", one.rank(), " | ", E(poll->options(one.option()).text()), " | ",
                      Score(*poll, one), " |\n");
    }
    absl::StrAppend(
        out, poll->result().tied() ? "\nA place that decides something is shared.\n" : "", "\n");
  }
}

void AddAgenda(const Facts& facts, const Detail& detail, std::string* out) {
  const ReportData& data = facts.data();
  if (data.agenda.empty()) return;
  absl::StrAppend(out, "## Agenda and minutes\n\n| Item | Presenter | Planned | Actual | State |\n",
                  "|---|---|---:|---:|---|\n");
  for (const v1::AgendaItem& item : data.agenda) {
    const absl::Duration ran = RanFor(item, data.time);
    absl::StrAppend(out, "| ", Anchor(absl::StrCat("item-", NumberOf(item.name()))));
    for (int i = 0; i < facts.DepthOf(item); ++i) absl::StrAppend(out, "– ");
    absl::StrAppend(out, E(item.title()), " | ", E(item.presenter()), " | ");
    absl::StrAppend(out, item.planned_minutes(), " min",
                    item.extended_minutes() > 0 ? absl::StrCat(" + ", item.extended_minutes()) : "",
                    " | ", ran > absl::ZeroDuration() ? Span(ran) : "–", " | ",
                    StateWords(v1::AgendaItem::State_Name(item.state())), " |\n");
  }
  absl::StrAppend(out, "\n");
  for (const v1::AgendaItem& item : data.agenda) {
    if (item.minutes().empty()) continue;
    absl::StrAppend(out, "### ", E(item.title()), "\n\n");
    AddParagraphs(CutTo(item.minutes(), detail.characters), out);
  }
}

void AddSpeaking(const Facts& facts, std::string* out) {
  const v1::SummarizeSpeakingResponse& speaking = facts.data().speaking;
  if (speaking.participants().empty()) return;
  absl::StrAppend(out, "## Who spoke\n\n| Who | Spoke | Times |\n|---|---:|---:|\n");
  const auto add = [out](const std::string& who, const auto& one) {
    absl::StrAppend(out, "| ", who, " | ", Span(absl::Milliseconds(one.spoken_milliseconds())),
                    " | ", one.speech_count(), " |\n");
  };
  for (const auto& one : speaking.stakeholder_types()) {
    add(absl::StrCat("*", E(TypeName(one.stakeholder_type())), "*"), one);
  }
  for (const auto& one : speaking.participants()) add(E(one.pseudonym()), one);
  absl::StrAppend(out, "\n");
}

void AddStatements(const Facts& facts, const Detail& detail, std::string* out) {
  if (facts.data().statements.empty()) return;
  const std::vector<const v1::Statement*> statements = StatementsOf(facts, detail);
  absl::StrAppend(out, "## Statements and votes\n\n");
  if (statements.size() < facts.shown().size()) {
    absl::StrAppend(out, "The ", statements.size(),
                    " that decisions rest on or that have the most votes, of ",
                    facts.shown().size(), ".\n\n");
  }
  for (const v1::Statement* statement : statements) {
    const int number = NumberOf(statement->name());
    absl::StrAppend(out, Anchor(absl::StrCat("statement-", number)), "\n\n**", number, "** ",
                    E(statement->text()), "\n\n");
    AddVotes(facts.RowsOf(*statement, detail.types), out);
  }
  const std::vector<const v1::Statement*> hidden = HiddenOf(facts, detail);
  if (!hidden.empty()) absl::StrAppend(out, "### Not shown\n\n");
  for (const v1::Statement* statement : hidden) {
    const int number = NumberOf(statement->name());
    const int into = NumberOf(statement->merged_into());
    absl::StrAppend(out, "- ", Anchor(absl::StrCat("statement-", number)), "Statement ", number,
                    ": ", StateWords(v1::Statement::State_Name(statement->state())),
                    into >= 0 ? absl::StrCat(" into ", Link(absl::StrCat("statement ", into),
                                                            "statement", into))
                              : "",
                    statement->reason().empty() ? "" : ", ", E(statement->reason()), "\n");
  }
  if (!hidden.empty()) absl::StrAppend(out, "\n");
}

std::string Document(const Facts& facts, const Detail& detail) {
  const ReportData& data = facts.data();
  const v1::Dialogue& dialogue = data.dialogue;
  std::string out = absl::StrCat("# ", E(dialogue.title()), "\n\n");
  AddParagraphs(CutTo(dialogue.description(), detail.characters), &out);
  absl::StrAppend(&out, Counted(dialogue.participant_count(), "participant", "participants"), ", ",
                  Counted(dialogue.statement_count(), "statement", "statements"), ", ",
                  Counted(dialogue.vote_sequence(), "vote", "votes"), ", ");
  absl::StrAppend(&out,
                  Counted(static_cast<int64_t>(data.decisions.size()), "decision", "decisions"),
                  "; state of ", Moment(data.time), ".\n\n");
  AddDecisions(facts, detail, &out);
  AddOpinion(facts, &out);
  AddPolls(facts, &out);
  AddAgenda(facts, detail, &out);
  AddSpeaking(facts, &out);
  AddStatements(facts, detail, &out);
  return out;
}

}  // namespace

std::string EscapeMarkdown(absl::string_view words) {
  const std::string clean = Clean(absl::StripAsciiWhitespace(words));
  std::string out;
  for (size_t i = 0; i < clean.size(); ++i) {
    const char c = clean[i];
    if (c == '\n' || c == '\t') {
      out += ' ';
      continue;
    }
    const bool start = i == 0 && absl::StrContains(kStarts, c);
    // "1." and "1)" begin a list.
    const bool list = (c == '.' || c == ')') && i > 0 &&
                      std::all_of(clean.begin(), clean.begin() + static_cast<ptrdiff_t>(i),
                                  [](char digit) { return absl::ascii_isdigit(digit); });
    if (start || list || absl::StrContains(kMarks, c)) out += '\\';
    out += c;
  }
  return out;
}

std::string RenderMarkdown(const ReportData& data, size_t max_bytes) {
  const Facts facts(data);
  std::string document;
  for (const Detail& detail : kDetails) {
    document = Document(facts, detail);
    if (document.size() <= max_bytes) break;
  }
  return document;
}

}  // namespace colloquy::dialogues::rules::report
