// A dialogue's report as one page of HTML that needs nothing else: no script, no fonts, styles or
// pictures from elsewhere. Every decision leads by links to the statements that it rests on, how
// each group and stakeholder type had voted at that moment, and its polls.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_HTML_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_HTML_H_

#include <cstddef>
#include <string>

#include "services/dialogues/rules/report/report_data.h"

namespace colloquy::dialogues::rules::report {

// A message of gRPC has 4 MiB by default, with what is around it.
inline constexpr size_t kMaxReportBytes = 3900 << 10;

// HTML that is well-formed XML too, in UTF-8. Where it would be larger than `max_bytes` it has less
// detail, and says so: no votes by stakeholder type in the list of statements, then fewer
// statements (never fewer than decisions rest on), then long texts cut off. Pure and thread-safe.
std::string RenderHtml(const ReportData& data, size_t max_bytes = kMaxReportBytes);

}  // namespace colloquy::dialogues::rules::report

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_HTML_H_
