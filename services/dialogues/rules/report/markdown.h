// A dialogue's report as CommonMark with tables (GitHub Flavored Markdown, section 4.10).
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_MARKDOWN_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_MARKDOWN_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "services/dialogues/rules/report/html.h"
#include "services/dialogues/rules/report/report_data.h"

namespace colloquy::dialogues::rules::report {

// Somebody's words as text of one line, whatever they hold: nothing in them is markup, HTML or an
// entity. Line ends become spaces.
std::string EscapeMarkdown(absl::string_view words);

// The same report as RenderHtml gives, without pictures; shortened in the same way. The only HTML
// in it are anchors for its links: `<a id="statement-12"></a>`. Pure and thread-safe.
std::string RenderMarkdown(const ReportData& data, size_t max_bytes = kMaxReportBytes);

}  // namespace colloquy::dialogues::rules::report

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_MARKDOWN_H_
