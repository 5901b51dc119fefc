// An event as templates show it. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_WEB_PAGES_EVENT_VIEW_H_
#define COLLOQUY_SERVICES_WEB_PAGES_EVENT_VIEW_H_

#include <string>
#include <vector>

#include "colloquy/events/v1/events.pb.h"
#include "services/web/pages/reader.h"
#include "services/web/pages/render.h"

namespace colloquy::web {

// What the template "event" shows. `shows_online_link`: the reader may come.
Data ViewOf(const events::v1::Event& event, const Reader& reader, bool shows_online_link);

// What the template "entry" shows in a list of events.
Data EntryOf(const events::v1::Event& event, const Reader& reader);

Data TimetableOf(const events::v1::Event& event, const std::vector<events::v1::Session>& sessions,
                 const Reader& reader);

std::string TitleOf(const events::v1::Event& event, const Reader& reader);

// "/e/{organizer}/{event}" of an event's name; empty if it is none.
std::string PathOf(const std::string& event_name);

// Paragraphs and lists of plain text or simple Markdown: a blank line ends a paragraph, "- " begins
// an item, "# " a heading. Everything else is shown as it was written.
Data BlocksOf(const std::string& text);

// Whether `uri` is an absolute http or https address, hence fit for a link.
bool IsWebAddress(absl::string_view uri);

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_PAGES_EVENT_VIEW_H_
