#include "services/web/pages/render.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "services/common/resource/digest.h"
#include "services/web/http/urls.h"
#include "services/web/templates/templates.h"

namespace colloquy::web {
namespace {

using kainjow::mustache::mustache;

// Partials are put in once, before parsing: {{>event}}.
std::string Assembled(absl::string_view name) {
  std::string text(templates::Find(absl::StrCat(name, ".mustache")));
  for (const absl::string_view partial : {"event", "entry", "control", "hints"}) {
    absl::StrReplaceAll(
        {{absl::StrCat("{{>", partial, "}}"), templates::Find(absl::StrCat(partial, ".mustache"))}},
        &text);
  }
  return text;
}

// Rendering is not const, so each thread has templates of its own.
mustache& TemplateOf(absl::string_view name) {
  thread_local std::map<std::string, mustache, std::less<>> parsed;
  const auto found = parsed.find(name);
  if (found != parsed.end()) return found->second;
  mustache& made = parsed.emplace(std::string(name), mustache(Assembled(name))).first->second;
  if (!made.is_valid()) std::abort();  // templates are code
  return made;
}

const Data& WordingIn(Language language) {
  static const auto* all = [] {
    auto* sets = new std::vector<Data>;
    for (const Language each : kLanguages) {
      Data set;
      for (const Wording& wording : Wordings()) {
        set.set(std::string(wording.key), Data(std::string(Say(each, wording.key))));
      }
      sets->push_back(std::move(set));
    }
    return sets;
  }();
  return (*all)[static_cast<size_t>(language)];
}

Data LanguageLinks(const Reader& reader, const std::string& path) {
  Data links = List();
  for (const Language language : kLanguages) {
    Data link;
    link.set("tag", std::string(TagOf(language)));
    link.set("name", std::string(NameOf(language)));
    link.set("current", Flag(language == reader.language));
    link.set("href", absl::StrCat(path, "?lang=", TagOf(language)));
    links.push_back(link);
  }
  return links;
}

// Its address names its content.
std::string StylesheetPath(absl::string_view file) {
  return absl::StrCat(
      "/assets/", file,
      "?v=", absl::BytesToHexString(resource::Sha256(templates::Find(file))).substr(0, 12));
}

std::string TagOfBody(absl::string_view body) {
  return absl::StrCat("\"", absl::BytesToHexString(resource::Sha256(body)).substr(0, 32), "\"");
}

// RFC 9110 section 13.1.2: a list, weak comparison, or "*".
bool Holds(absl::string_view if_none_match, absl::string_view tag) {
  for (absl::string_view each : absl::StrSplit(if_none_match, ',')) {
    each = absl::StripAsciiWhitespace(each);
    absl::ConsumePrefix(&each, "W/");
    if (each == tag || each == "*") return true;
  }
  return false;
}

}  // namespace

Data Optional(const std::string& text) { return text.empty() ? Flag(false) : Data(text); }
Data Flag(bool value) { return value ? Data(Data::type::bool_true) : Data(Data::type::bool_false); }
Data List() { return Data(Data::type::list); }

Answer Render(const Reader& reader, Page page) {
  page.data.set("t", WordingIn(reader.language));
  // So that the answer to a form keeps the language of the form.
  const std::string language = absl::StrCat("?lang=", reader.chosen ? reader.tags[0] : "");
  page.data.set("keep_language", reader.chosen ? Data(language) : Data(""));
  Data frame;
  frame.set("body", TemplateOf(page.name).render(page.data));
  frame.set("t", WordingIn(reader.language));
  frame.set("lang", std::string(reader.tag()));
  frame.set("title", page.title);
  frame.set("organizer", Optional(page.organizer));
  frame.set("description", Optional(page.description));
  frame.set("private", Flag(page.is_private));
  frame.set("stylesheet", StylesheetPath("style.css"));
  frame.set("module", Optional(std::string(page.module)));
  if (!page.module.empty()) frame.set("room_stylesheet", StylesheetPath("room.css"));
  frame.set("has_languages", Flag(!page.path.empty()));
  frame.set("languages", LanguageLinks(reader, page.path));
  Answer answer{.status = page.status, .body = TemplateOf("frame").render(frame)};
  answer.headers.emplace_back("Content-Language", std::string(reader.tag()));
  answer.headers.emplace_back("Vary", "Accept-Language");
  if (page.is_private) answer.headers.emplace_back("X-Robots-Tag", "noindex, nofollow");
  if (!page.module.empty()) {
    answer.headers.emplace_back(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
  }
  return answer;
}

std::vector<Asset> Assets() {
  std::vector<Asset> assets;
  for (const auto& [name, suffix, type] :
       {std::tuple{"style", "css", "text/css; charset=utf-8"},
        std::tuple{"room", "css", "text/css; charset=utf-8"},
        std::tuple{"live", "js", "text/javascript; charset=utf-8"},
        std::tuple{"ballot", "js", "text/javascript; charset=utf-8"},
        std::tuple{"seat", "js", "text/javascript; charset=utf-8"},
        std::tuple{"join", "js", "text/javascript; charset=utf-8"},
        std::tuple{"stage", "js", "text/javascript; charset=utf-8"}}) {
    const std::string file = absl::StrCat(name, ".", suffix);
    Asset asset{absl::StrCat("/assets/", file),
                {.content_type = type, .body = std::string(templates::Find(file))}};
    // Scripts import each other by names that do not change: browsers ask whether they did.
    asset.answer.headers.emplace_back("Cache-Control", absl::EndsWith(file, ".css")
                                                           ? "public, max-age=31536000, immutable"
                                                           : "no-cache");
    assets.push_back(std::move(asset));
  }
  return assets;
}

std::string ScriptTexts(const Reader& reader) {
  google::protobuf::Struct texts;
  for (const Wording& wording : Wordings()) {
    if (!absl::StartsWith(wording.key, "room_")) continue;
    const std::string key(wording.key.substr(5));
    (*texts.mutable_fields())[key].set_string_value(std::string(reader.Say(wording.key)));
  }
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(texts, &json).ok()) json = "{}";
  return json;
}

void Secure(Answer& answer) {
  const auto set = [&answer](const char* name, const char* value) {
    if (!Has(answer.headers, name)) answer.headers.emplace_back(name, value);
  };
  set("Content-Security-Policy",
      "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
      "base-uri 'none'");
  set("Referrer-Policy", "no-referrer");
  set("X-Content-Type-Options", "nosniff");
  set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()");
  set("Cross-Origin-Opener-Policy", "same-origin");
  set("Cache-Control", "no-store");
}

Answer Cacheable(Answer answer, absl::string_view body, const Request& request) {
  const std::string tag = TagOfBody(body);
  answer.headers.emplace_back("ETag", tag);
  if (!Has(answer.headers, "Cache-Control")) {
    answer.headers.emplace_back("Cache-Control", "public, max-age=60");
  }
  if (Holds(request.if_none_match, tag)) {
    answer.status = 304;
    answer.body.clear();
  }
  return answer;
}

}  // namespace colloquy::web
