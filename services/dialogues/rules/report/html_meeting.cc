// What happened in the room: agenda, speaking, polls, and when people took part.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/dialogues/rules/report/html_sections.h"
#include "services/dialogues/rules/report/pictures.h"

namespace colloquy::dialogues::rules::report {
namespace {

void AddItem(const Facts& facts, const v1::AgendaItem& item, Markup& html) {
  const absl::Duration ran = RanFor(item, facts.data().time);
  html.Add("<tr id=\"item-", NumberOf(item.name()), "\"><th scope=\"row\" class=\"deep",
           facts.DepthOf(item), "\" dir=\"auto\">", Text{item.title()}, "</th><td dir=\"auto\">",
           Text{item.presenter()}, "</td><td>", item.planned_minutes(), " min");
  if (item.extended_minutes() > 0) html.Add(" + ", item.extended_minutes());
  html.Add("</td><td>", Text{ran > absl::ZeroDuration() ? Span(ran) : "–"}, "</td><td>",
           Text{StateWords(v1::AgendaItem::State_Name(item.state()))}, "</td></tr>");
}

void AddMinutes(const v1::AgendaItem& item, const Detail& detail, Markup& html) {
  if (item.minutes().empty() && item.document_uris().empty()) return;
  html.Add("<h4><bdi>", Text{item.title()}, "</bdi></h4>",
           Paragraphs(CutTo(item.minutes(), detail.characters)));
  if (item.document_uris().empty()) return;
  html.Add("<ul>");
  for (const std::string& uri : item.document_uris()) {
    if (!absl::StartsWith(uri, "https://")) continue;
    html.Add("<li><a rel=\"nofollow noreferrer\" href=\"", Text{uri}, "\">", Text{uri},
             "</a></li>");
  }
  html.Add("</ul>");
}

using Spoken = v1::SummarizeSpeakingResponse::Spoken;

template <typename List, typename Name>
void AddSpoken(absl::string_view caption, const List& list, const Name& name, Markup& html) {
  if (list.empty()) return;
  int64_t longest = 1;
  for (const Spoken& one : list) longest = std::max(longest, one.spoken_milliseconds());
  html.Add(
      "<table class=\"votes\"><caption>", Text{caption},
      "</caption><thead><tr><th scope=\"col\">Who</th><td></td><th scope=\"col\">Spoke</th><th "
      "scope=\"col\">Times</th></tr></thead><tbody>");
  for (const Spoken& one : list) {
    html.Add("<tr><th scope=\"row\" dir=\"auto\">", Text{name(one)}, "</th><td>",
             ShareBar(static_cast<double>(one.spoken_milliseconds()) / longest), "</td><td>",
             Text{Span(absl::Milliseconds(one.spoken_milliseconds()))}, "</td><td>",
             one.speech_count(), "</td></tr>");
  }
  html.Add("</tbody></table>");
}

void AddStanding(const v1::Poll& poll, const v1::PollResult::Standing& standing, double best,
                 Markup& html) {
  if (standing.option() < 0 || standing.option() >= poll.options_size()) return;
  const v1::Poll::Option& option = poll.options(standing.option());
  html.Add("<tr><td>", standing.rank(), "</td><th scope=\"row\" dir=\"auto\">",
           Text{option.text()});
  const int statement = NumberOf(option.statement());
  if (statement >= 0) {
    html.Add(" <a href=\"#statement-", statement, "\">(statement ", statement, ")</a>");
  }
  html.Add("</th><td>", ShareBar(best > 0 ? standing.score() / best : 0), "</td><td>",
           Text{Score(poll, standing)}, "</td>");
  if (poll.method() == v1::Poll::BUDGET) html.Add("<td>", option.cost(), "</td>");
  html.Add("</tr>");
}

void AddResult(const v1::Poll& poll, Markup& html) {
  double best = 0;
  for (const auto& standing : poll.result().standings()) best = std::max(best, standing.score());
  html.Add(
      "<table class=\"votes\"><caption>Result</caption><thead><tr><th scope=\"col\">Rank</th>"
      "<th scope=\"col\">Option</th><td></td><th scope=\"col\">Result</th>");
  if (poll.method() == v1::Poll::BUDGET) html.Add("<th scope=\"col\">Cost</th>");
  html.Add("</tr></thead><tbody>");
  for (const auto& standing : poll.result().standings()) AddStanding(poll, standing, best, html);
  html.Add("</tbody></table>");
  if (poll.method() == v1::Poll::BUDGET) {
    html.Add("<p class=\"faint\">", poll.result().spent(), " of ", poll.budget(), " spent.</p>");
  }
  if (poll.result().tied())
    html.Add("<p class=\"faint\">A place that decides something is shared.</p>");
  if (poll.result().regularized()) {
    html.Add(
        "<p class=\"faint\">An option never lost or never won, so each was also compared with an "
        "imaginary average one.</p>");
  }
}

}  // namespace

Markup Paragraphs(absl::string_view text) {
  Markup html;
  for (const absl::string_view block : absl::StrSplit(text, "\n\n")) {
    const absl::string_view words = absl::StripAsciiWhitespace(block);
    if (words.empty()) continue;
    html.Add("<p dir=\"auto\">");
    bool first = true;
    for (const absl::string_view line : absl::StrSplit(words, '\n')) {
      if (!first) html.Add("<br/>");
      first = false;
      html.Add(Text{line});
    }
    html.Add("</p>");
  }
  return html;
}

Markup AgendaSection(const Facts& facts, const Detail& detail) {
  Markup html;
  const std::vector<v1::AgendaItem>& agenda = facts.data().agenda;
  if (agenda.empty()) return html;
  html.Add("<section id=\"agenda\"><h2>Agenda and minutes</h2><figure>", AgendaChart(facts),
           "<figcaption>Light: planned, hatched: added; dark: actual, orange: over time."
           "</figcaption></figure><table><caption>Agenda</caption><thead><tr><th scope=\"col\">Item"
           "</th><th scope=\"col\">Presenter</th><th scope=\"col\">Planned</th><th scope=\"col\">"
           "Actual</th><th scope=\"col\">State</th></tr></thead><tbody>");
  for (const v1::AgendaItem& item : agenda) AddItem(facts, item, html);
  html.Add("</tbody></table>");
  const bool minutes = std::any_of(agenda.begin(), agenda.end(), [](const v1::AgendaItem& item) {
    return !item.minutes().empty() || !item.document_uris().empty();
  });
  if (minutes) html.Add("<h3>Minutes</h3>");
  for (const v1::AgendaItem& item : agenda) AddMinutes(item, detail, html);
  html.Add("</section>");
  return html;
}

Markup SpeakingSection(const Facts& facts) {
  Markup html;
  const v1::SummarizeSpeakingResponse& speaking = facts.data().speaking;
  if (speaking.participants().empty()) return html;
  html.Add("<section id=\"speaking\"><h2>Who spoke</h2>");
  AddSpoken(
      "By stakeholder type", speaking.stakeholder_types(),
      [](const Spoken& one) { return TypeName(one.stakeholder_type()); }, html);
  AddSpoken(
      "By participant", speaking.participants(), [](const Spoken& one) { return one.pseudonym(); },
      html);
  html.Add("</section>");
  return html;
}

Markup PollsSection(const Facts& facts) {
  Markup html;
  if (facts.polls().empty()) return html;
  html.Add("<section id=\"polls\"><h2>Polls</h2>");
  for (const v1::Poll* poll : facts.polls()) {
    html.Add("<article class=\"poll\" id=\"poll-", NumberOf(poll->name()), "\"><h3 dir=\"auto\">",
             Text{poll->question()}, "</h3><p class=\"faint\">", Text{MethodWords(poll->method())},
             " · ", Text{Counted(poll->ballot_count(), "ballot", "ballots")});
    if (poll->anonymous()) html.Add(" · anonymous");
    html.Add("</p>");
    if (poll->has_result()) {
      AddResult(*poll, html);
    } else {
      html.Add("<p>Not closed yet.</p>");
    }
    html.Add("</article>");
  }
  html.Add("</section>");
  return html;
}

Markup ParticipationSection(const Facts& facts) {
  Markup html;
  const std::vector<Interval>& intervals = facts.data().participation;
  if (intervals.empty()) return html;
  int64_t votes = 0, voters = 0;
  for (const Interval& one : intervals) {
    votes += one.votes;
    voters += one.new_voters;
  }
  html.Add("<section id=\"participation\"><h2>When people took part</h2><figure>",
           ParticipationChart(intervals), "<figcaption>", Text{Counted(votes, "vote", "votes")},
           ", changed ones too, of ", Text{Counted(voters, "participant", "participants")},
           "; a bar is ", Text{Span(intervals.front().length)},
           ", times are UTC.</figcaption></figure></section>");
  return html;
}

}  // namespace colloquy::dialogues::rules::report
