// Decisions, what follows from them, and what moderators did.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/dialogues/rules/report/html_sections.h"
#include "services/dialogues/rules/report/pictures.h"

namespace colloquy::dialogues::rules::report {
namespace {

// A reference of evidence as a link where it is one; other schemes could run something.
Markup Evidence(const std::string& evidence) {
  Markup html;
  if (!absl::StartsWith(evidence, "https://")) {
    html.Add(Text{evidence});
    return html;
  }
  html.Add("<a rel=\"nofollow noreferrer\" href=\"", Text{evidence}, "\">", Text{evidence}, "</a>");
  return html;
}

Markup ActionRow(const v1::ActionItem& action, bool with_decision) {
  Markup html;
  html.Add("<tr id=\"action-", NumberOf(action.name()), "\"><th scope=\"row\" dir=\"auto\">",
           Text{action.title()}, "</th><td dir=\"auto\">", Text{action.owner()}, "</td><td>",
           Text{Day(action.due_date())}, "</td><td>",
           Text{StateWords(v1::ActionItem::State_Name(action.state()))}, "</td><td>",
           ShareBar(action.progress_percent() / 100.0), action.progress_percent(), " %</td><td>");
  if (with_decision && NumberOf(action.decision()) >= 0) {
    const int number = NumberOf(action.decision());
    html.Add("<a href=\"#decision-", number, "\">Decision ", number, "</a> ");
  }
  for (const std::string& evidence : action.evidence()) {
    html.Add("<span class=\"item\" dir=\"auto\">", Evidence(evidence), "</span> ");
  }
  html.Add("</td></tr>");
  return html;
}

Markup ActionsTable(const std::vector<const v1::ActionItem*>& actions, bool with_decision,
                    absl::string_view caption) {
  Markup html;
  html.Add("<table class=\"actions\"><caption>", Text{caption},
           "</caption><thead><tr><th scope=\"col\">What</th><th scope=\"col\">Who</th><th "
           "scope=\"col\">Until</th><th scope=\"col\">State</th><th scope=\"col\">Progress</th><th "
           "scope=\"col\">Evidence</th></tr></thead><tbody>");
  for (const v1::ActionItem* action : actions) html.Add(ActionRow(*action, with_decision));
  html.Add("</tbody></table>");
  return html;
}

void AddOrigin(const Facts& facts, const v1::Decision& decision, Markup& html) {
  html.Add("<h4>What it rests on</h4><ul class=\"origin\">");
  if (const v1::AgendaItem* item = facts.Item(decision.agenda_item()); item != nullptr) {
    html.Add("<li>Agenda: <a href=\"#item-", NumberOf(item->name()), "\"><bdi>",
             Text{item->title()}, "</bdi></a></li>");
  }
  for (const std::string& name : decision.polls()) {
    const int number = NumberOf(name);
    const v1::Poll* const poll = facts.Poll(name);
    html.Add("<li>Poll: <a href=\"#poll-", number, "\"><bdi>",
             Text{poll == nullptr ? absl::StrCat("poll ", number) : poll->question()},
             "</bdi></a>");
    const std::string winners = poll == nullptr ? "" : Winners(*poll);
    if (!winners.empty()) html.Add(": <bdi>", Text{winners}, "</bdi>");
    html.Add("</li>");
  }
  html.Add("<li>Statements: ", decision.support_size(), ", as they stood after vote ",
           decision.vote_sequence(), "</li></ul>");
}

void AddSupport(const v1::Decision::Support& support, Markup& html) {
  const int number = NumberOf(support.statement());
  html.Add("<div class=\"support\"><p class=\"words\"><a href=\"#statement-", number,
           "\">Statement ", number, "</a> <q dir=\"auto\">", Text{support.text()}, "</q></p>",
           VotesTable(Facts::RowsOf(support),
                      absl::StrCat("Votes on statement ", number, " when it was decided")),
           "</div>");
}

void AddDecision(const Facts& facts, const Detail& detail, const v1::Decision& decision,
                 Markup& html) {
  const int number = NumberOf(decision.name());
  html.Add("<article class=\"decision\" id=\"decision-", number, "\"><h3>Decision ", number,
           "</h3><p class=\"decided\" dir=\"auto\">", Text{decision.text()}, "</p>");
  html.Add("<p class=\"faint\">Recorded ", Text{Moment(decision.create_time())});
  if (decision.action_item_count() > 0) {
    html.Add(" · carried out by ", decision.progress_percent(), " %");
  }
  html.Add("</p>", Paragraphs(CutTo(decision.rationale(), detail.characters)));
  AddOrigin(facts, decision, html);
  for (const v1::Decision::Support& support : decision.support()) AddSupport(support, html);
  const std::vector<const v1::ActionItem*> actions = facts.ActionsOf(decision.name());
  if (!actions.empty()) html.Add(ActionsTable(actions, false, "Actions"));
  html.Add("</article>");
}

}  // namespace

Markup DecisionsSection(const Facts& facts, const Detail& detail) {
  Markup html;
  const ReportData& data = facts.data();
  // Those that belong to no decision of this report.
  std::vector<const v1::ActionItem*> others;
  for (const v1::ActionItem& action : data.actions) {
    if (facts.Decision(action.decision()) == nullptr) others.push_back(&action);
  }
  if (data.decisions.empty() && others.empty()) return html;
  html.Add("<section id=\"decisions\"><h2>Decisions</h2>");
  for (const v1::Decision& decision : data.decisions) AddDecision(facts, detail, decision, html);
  if (!others.empty()) html.Add(ActionsTable(others, true, "Other actions"));
  html.Add("</section>");
  return html;
}

Markup ModerationSection(const Facts& facts) {
  Markup html;
  // The log of a long dialogue is read elsewhere.
  constexpr size_t kMost = 500;
  const std::vector<v1::ModerationEntry>& log = facts.data().moderation;
  if (log.empty()) return html;
  html.Add("<section id=\"moderation\"><h2>What moderators did</h2><ol class=\"log\">");
  for (size_t i = log.size() > kMost ? log.size() - kMost : 0; i < log.size(); ++i) {
    const v1::ModerationEntry& entry = log[i];
    const int number = NumberOf(entry.statement());
    html.Add("<li value=\"", entry.sequence(), "\"><span class=\"faint\">",
             Text{Moment(entry.moderate_time())}, "</span> <a href=\"#statement-", number,
             "\">Statement ", number, "</a> ",
             Text{StateWords(v1::Statement::State_Name(entry.new_state()))});
    if (NumberOf(entry.other_statement()) >= 0) {
      const int other = NumberOf(entry.other_statement());
      html.Add(" (<a href=\"#statement-", other, "\">statement ", other, "</a>)");
    }
    if (!entry.reason().empty()) html.Add(": <bdi>", Text{entry.reason()}, "</bdi>");
    html.Add("</li>");
  }
  html.Add("</ol></section>");
  return html;
}

}  // namespace colloquy::dialogues::rules::report
