// Groups of opinion, what tells them apart, and all statements with their votes.
#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/dialogues/rules/report/html_sections.h"
#include "services/dialogues/rules/report/pictures.h"

namespace colloquy::dialogues::rules::report {
namespace {

void AddGroup(const Facts& facts, const v1::Opinion::Group& group, Markup& html) {
  html.Add("<div class=\"group\"><h4><span class=\"swatch g", group.id() % 5, "\"></span>",
           Text{GroupName(group.id())}, "</h4><p class=\"faint\">",
           Text{Counted(group.participant_count(), "participant", "participants")});
  const std::map<std::string, int> types(group.stakeholder_types().begin(),
                                         group.stakeholder_types().end());
  for (const auto& [type, count] : types) {
    html.Add(" · ", Text{TypeName(type)}, " ", count);
  }
  html.Add("</p><ul>");
  for (const v1::Opinion::Representative& one : group.representatives()) {
    html.Add("<li>", Text{one.agree() ? "Agrees" : "Disagrees"}, " by ",
             static_cast<int>(100 * one.probability() + 0.5),
             " %: ", StatementLink(facts, one.statement()));
    if (facts.data().opinion.mode() != v1::Dialogue::POLIS_COMPATIBLE && !one.significant()) {
      html.Add(" <span class=\"faint\">(may be chance)</span>");
    }
    html.Add("</li>");
  }
  html.Add("</ul></div>");
}

template <typename List, typename Each>
void AddList(absl::string_view title, absl::string_view says, const List& list, Markup& html,
             const Each& each) {
  if (list.empty()) return;
  html.Add("<h3>", Text{title}, "</h3><p class=\"faint\">", Text{says}, "</p><ul>");
  for (const auto& one : list) {
    html.Add("<li>");
    each(one);
    html.Add("</li>");
  }
  html.Add("</ul>");
}

void AddStandouts(const Facts& facts, Markup& html) {
  AddList("What nearly everyone says", "Over all who count, by the test of the published method.",
          facts.data().opinion.consensus(), html, [&](const v1::Opinion::Consensus& one) {
            html.Add(Text{one.agree() ? "Agree" : "Disagree"}, " by ",
                     static_cast<int>(100 * one.probability() + 0.5),
                     " %: ", StatementLink(facts, one.statement()));
          });
  if (facts.data().opinion.groups_size() < 2) return;
  const auto show = [&](const v1::Opinion::StatementOpinion* one) {
    html.Add(StatementLink(facts, one->statement()));
  };
  AddList("What the groups agree on", "Highest agreement in every group at once.",
          facts.Top(5, [](const auto& one) { return one.group_aware_consensus(); }), html, show);
  AddList("What divides", "Furthest from the middle of the map.",
          facts.Top(5, [](const auto& one) { return one.extremity(); }), html, show);
}

void AddStatement(const Facts& facts, const Detail& detail, const v1::Statement& statement,
                  Markup& html) {
  const int number = NumberOf(statement.name());
  const std::string& language = statement.language_code().empty()
                                    ? facts.data().dialogue.language_code()
                                    : statement.language_code();
  html.Add("<article class=\"statement\" id=\"statement-", number, "\"><h3>Statement ", number,
           "</h3><p class=\"words\" dir=\"auto\" lang=\"", Text{language}, "\">",
           Text{statement.text()}, "</p>");
  const std::map<std::string, std::string> translations(statement.translations().begin(),
                                                        statement.translations().end());
  for (const auto& [tag, words] : translations) {
    html.Add("<p class=\"faint\" dir=\"auto\" lang=\"", Text{tag}, "\">", Text{words}, "</p>");
  }
  html.Add("<p class=\"faint\">",
           Text{statement.seed() ? "From the organizer" : "From a participant"});
  if (statement.meta()) html.Add(" · about who somebody is: does not shape the groups");
  if (statement.state() == v1::Statement::UNDECIDED) html.Add(" · not moderated");
  for (const v1::Decision& decision : facts.data().decisions) {
    const auto& its = decision.statements();
    if (std::find(its.begin(), its.end(), statement.name()) == its.end()) continue;
    const int decided = NumberOf(decision.name());
    html.Add(" · <a href=\"#decision-", decided, "\">Decision ", decided, "</a>");
  }
  html.Add("</p>",
           VotesTable(facts.RowsOf(statement, detail.types), absl::StrCat("Votes on ", number)),
           "</article>");
}

void AddHidden(const Facts& facts, const Detail& detail, Markup& html) {
  const std::vector<const v1::Statement*> hidden = HiddenOf(facts, detail);
  if (hidden.empty()) return;
  html.Add(
      "<h3>Not shown</h3><p class=\"faint\">Their votes count for nothing; their words are not "
      "repeated here.</p><ul class=\"log\">");
  for (const v1::Statement* statement : hidden) {
    const int number = NumberOf(statement->name());
    html.Add("<li id=\"statement-", number, "\">Statement ", number, ": ",
             Text{StateWords(v1::Statement::State_Name(statement->state()))});
    const int into = NumberOf(statement->merged_into());
    if (into >= 0) html.Add(" into <a href=\"#statement-", into, "\">statement ", into, "</a>");
    if (!statement->reason().empty()) html.Add(", <bdi>", Text{statement->reason()}, "</bdi>");
    html.Add("</li>");
  }
  html.Add("</ul>");
}

}  // namespace

Markup StatementLink(const Facts& facts, int statement) {
  Markup html;
  html.Add("<a href=\"#statement-", statement, "\">", statement, "</a> <span dir=\"auto\">",
           Text{facts.WordsOf(statement)}, "</span>");
  return html;
}

Markup VotesTable(const std::vector<Row>& rows, absl::string_view caption) {
  Markup html;
  html.Add(
      "<table class=\"votes\"><caption>", Text{caption},
      "</caption><thead><tr><th scope=\"col\">Who</th><td></td><th scope=\"col\">Agree</th><th "
      "scope=\"col\">Pass</th><th scope=\"col\">Disagree</th></tr></thead><tbody>");
  for (const Row& row : rows) {
    const int64_t votes = VotesOf(row.tally);
    html.Add("<tr><th scope=\"row\">", Text{row.who}, "</th><td>", VoteBar(row.tally), "</td>");
    for (const int count :
         {row.tally.agree_count(), row.tally.pass_count(), row.tally.disagree_count()}) {
      html.Add("<td>");
      if (votes > 0) html.Add(Percent(count, votes), " % <i>", count, "</i>");
      html.Add("</td>");
    }
    html.Add("</tr>");
  }
  html.Add("</tbody></table>");
  return html;
}

Markup OpinionSection(const Facts& facts) {
  Markup html;
  const v1::Opinion& opinion = facts.data().opinion;
  if (opinion.positions().empty()) return html;
  html.Add("<section id=\"opinion\"><h2>Where opinions lie</h2><figure>", OpinionMap(facts),
           "<figcaption>Everybody who voted is a dot; who votes alike is near. ",
           Text{Counted(opinion.participant_count(), "person", "people")},
           " with enough votes were grouped. State after vote ", opinion.vote_sequence(),
           ".</figcaption></figure>");
  if (opinion.groups_size() < 2) {
    html.Add("<p>No groups stand out.</p>");
  } else {
    html.Add("<h3>Groups</h3><p class=\"faint\">", Text{facts.Certainty()},
             "</p><div class=\"groups\">");
    for (const v1::Opinion::Group& group : opinion.groups()) AddGroup(facts, group, html);
    html.Add("</div>");
  }
  AddStandouts(facts, html);
  html.Add("</section>");
  return html;
}

Markup StatementsSection(const Facts& facts, const Detail& detail) {
  Markup html;
  if (facts.data().statements.empty()) return html;
  const std::vector<const v1::Statement*> statements = StatementsOf(facts, detail);
  html.Add("<section id=\"statements\"><h2>Statements and votes</h2>");
  if (statements.size() < facts.shown().size()) {
    html.Add("<p class=\"note\">The ", statements.size(),
             " statements that decisions rest on or that have the most votes, of ",
             facts.shown().size(), "; the export of the dialogue has all.</p>");
  } else if (!detail.types && facts.data().opinion.stakeholder_types_size() > 1) {
    html.Add(
        "<p class=\"note\">Votes by stakeholder type are with decisions only, as this dialogue "
        "is large.</p>");
  }
  for (const v1::Statement* statement : statements) AddStatement(facts, detail, *statement, html);
  AddHidden(facts, detail, html);
  html.Add("</section>");
  return html;
}

}  // namespace colloquy::dialogues::rules::report
