// The parts of the HTML report. Each is a <section> with an id, or empty where there is nothing.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_HTML_SECTIONS_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_HTML_SECTIONS_H_

#include <string>
#include <vector>

#include "services/dialogues/rules/report/detail.h"
#include "services/dialogues/rules/report/facts.h"
#include "services/dialogues/rules/report/markup.h"

namespace colloquy::dialogues::rules::report {

// Somebody's text of several lines: a paragraph for each blank line.
Markup Paragraphs(absl::string_view text);
// A link to a statement of this page with its words.
Markup StatementLink(const Facts& facts, int statement);
// How each row voted: a bar and the figures.
Markup VotesTable(const std::vector<Row>& rows, absl::string_view caption);

Markup DecisionsSection(const Facts& facts, const Detail& detail);
Markup OpinionSection(const Facts& facts);
Markup StatementsSection(const Facts& facts, const Detail& detail);
Markup AgendaSection(const Facts& facts, const Detail& detail);
Markup SpeakingSection(const Facts& facts);
Markup PollsSection(const Facts& facts);
Markup ParticipationSection(const Facts& facts);
Markup ModerationSection(const Facts& facts);

}  // namespace colloquy::dialogues::rules::report

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_HTML_SECTIONS_H_
