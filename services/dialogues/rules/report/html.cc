#include "services/dialogues/rules/report/html.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/dialogues/rules/report/detail.h"
#include "services/dialogues/rules/report/facts.h"
#include "services/dialogues/rules/report/html_sections.h"
#include "services/dialogues/rules/report/style.h"

namespace colloquy::dialogues::rules::report {
namespace {

void AddFigure(absl::string_view what, int64_t figure, Markup& html) {
  html.Add("<div><dt>", Text{what}, "</dt><dd>", figure, "</dd></div>");
}

void AddHead(const ReportData& data, Markup& html) {
  const v1::Dialogue& dialogue = data.dialogue;
  const std::string opened = Moment(dialogue.open_time()), closed = Moment(dialogue.close_time());
  html.Add("<header><h1 dir=\"auto\" lang=\"", Text{dialogue.language_code()}, "\">",
           Text{dialogue.title()}, "</h1><p class=\"faint\">Report of a dialogue");
  if (!opened.empty()) html.Add(" · opened ", Text{opened});
  if (!closed.empty()) html.Add(" · closed ", Text{closed});
  html.Add(" · state of ", Text{Moment(data.time)}, "</p><dl class=\"figures\">");
  AddFigure("participants", dialogue.participant_count(), html);
  AddFigure("voted", data.opinion.voter_count(), html);
  AddFigure("statements", dialogue.statement_count(), html);
  AddFigure("votes", dialogue.vote_sequence(), html);
  AddFigure("decisions", static_cast<int64_t>(data.decisions.size()), html);
  html.Add("</dl></header>");
}

void AddMethod(Markup& html) {
  html.Add(
      "<section id=\"method\"><h2>How this was found</h2><p>Participants agree, disagree or pass "
      "on "
      "statements; the last vote of each on a statement counts. The map shows the two directions "
      "in which votes differ most (principal components; a missing vote counts as the statement’s "
      "mean). Groups are found by k-means over these places. A statement stands for a group if its "
      "members say so more often than the others, by tests of proportions at 90 %. After “Polis: "
      "Scaling deliberation by mapping high dimensional opinion spaces” (Small et al., 2021)."
      "</p></section>");
}

std::string Page(const Facts& facts, const Detail& detail) {
  const ReportData& data = facts.data();
  const std::pair<const char*, Markup> sections[] = {
      {"Decisions", DecisionsSection(facts, detail)},
      {"Where opinions lie", OpinionSection(facts)},
      {"Polls", PollsSection(facts)},
      {"Agenda and minutes", AgendaSection(facts, detail)},
      {"Who spoke", SpeakingSection(facts)},
      {"When people took part", ParticipationSection(facts)},
      {"Statements and votes", StatementsSection(facts, detail)},
      {"What moderators did", ModerationSection(facts)}};
  static constexpr const char* kIds[] = {"decisions", "opinion",       "polls",      "agenda",
                                         "speaking",  "participation", "statements", "moderation"};
  Markup html;
  // Nothing in it may run or be fetched, whoever serves it.
  html.Add(
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\"><head><meta "
      "charset=\"utf-8\"/><meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
      "&#39;none&#39;; style-src &#39;unsafe-inline&#39;\"/><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\"/><meta name=\"robots\" "
      "content=\"noindex\"/><title>",
      Text{data.dialogue.title()}, "</title><style>", kStyle, "</style></head><body>");
  AddHead(data, html);
  html.Add("<main><div lang=\"", Text{data.dialogue.language_code()}, "\">",
           Paragraphs(CutTo(data.dialogue.description(), detail.characters)),
           "</div><nav aria-label=\"Contents\"><ul>");
  for (size_t i = 0; i < std::size(sections); ++i) {
    if (sections[i].second.size() == 0) continue;
    html.Add("<li><a href=\"#", Text{kIds[i]}, "\">", Text{sections[i].first}, "</a></li>");
  }
  html.Add("<li><a href=\"#method\">How this was found</a></li></ul></nav>");
  for (const auto& [title, section] : sections) html.Add(section);
  AddMethod(html);
  html.Add("</main><footer class=\"faint\"><p>Made with Colloquy, ", Text{Moment(data.time)},
           ".</p></footer></body></html>\n");
  return html.str();
}

}  // namespace

std::string RenderHtml(const ReportData& data, size_t max_bytes) {
  const Facts facts(data);
  std::string page;
  for (const Detail& detail : kDetails) {
    page = Page(facts, detail);
    if (page.size() <= max_bytes) break;
  }
  return page;
}

}  // namespace colloquy::dialogues::rules::report
