// Pages out of templates. Thread-safe.
#ifndef COLLOQUY_SERVICES_WEB_PAGES_RENDER_H_
#define COLLOQUY_SERVICES_WEB_PAGES_RENDER_H_

#include <kainjow/mustache.hpp>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/web/http/message.h"
#include "services/web/pages/reader.h"

namespace colloquy::web {

using Data = kainjow::mustache::data;

// A section shows text that is empty; this makes it one that it does not show.
Data Optional(const std::string& text);
Data Flag(bool value);
Data List();

struct Page {
  absl::string_view name;  // of the template: "invitation"
  std::string title;       // plain text
  Data data;
  int status = 200;
  std::string organizer = {};  // above the page
  std::string description = {};
  // Where the language links of the page lead: its own path. None for an answer to POST.
  std::string path = {};
  // Shown to whoever has a token: neither kept nor found.
  bool is_private = false;
  // Of the script that makes it live: "seat" is templates/seat.js. None if empty.
  absl::string_view module = {};
};

// The template named, inside the frame of all pages; every value in `data` is escaped for HTML.
Answer Render(const Reader& reader, Page page);

// What pages load, from templates/.
struct Asset {
  std::string path;  // "/assets/style.css"
  Answer answer;
};
std::vector<Asset> Assets();

// All texts for scripts, as a JSON object.
std::string ScriptTexts(const Reader& reader);

// Headers of every answer, whatever it is.
void Secure(Answer& answer);

// For what anybody may see: an ETag, 60 seconds in caches, and 304 if the browser has it already.
// `body` is what the tag is made of.
Answer Cacheable(Answer answer, absl::string_view body, const Request& request);

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_PAGES_RENDER_H_
