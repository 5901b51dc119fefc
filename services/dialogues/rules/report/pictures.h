// The pictures of a report, as SVG inside its page: styled by the page's CSS, no script, no fonts
// or images from elsewhere. Each has a title that says in words what it shows.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_PICTURES_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_PICTURES_H_

#include "services/dialogues/rules/report/facts.h"
#include "services/dialogues/rules/report/markup.h"

namespace colloquy::dialogues::rules::report {

// Where everybody stands, an outline around each group. Participants are not labelled. Of more than
// 20,000 people every n-th is drawn.
Markup OpinionMap(const Facts& facts);

// Agree, pass and disagree as shares of those who voted. Says nothing to a screen reader: the
// figures stand beside it.
Markup VoteBar(const v1::StatementTally& tally);

// Votes in each interval as bars.
Markup ParticipationChart(const std::vector<Interval>& intervals);

// A pair of bars for each item: planned with what was added, and actual.
Markup AgendaChart(const Facts& facts);

// A bar for a share of the longest, 0 to 1.
Markup ShareBar(double share);

}  // namespace colloquy::dialogues::rules::report

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_PICTURES_H_
