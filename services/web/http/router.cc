#include "services/web/http/router.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace colloquy::web {
namespace {

constexpr size_t kMaxCapture = 128;

bool IsCapture(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxCapture &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_';
         });
}

}  // namespace

void Router::Add(std::string method, absl::string_view pattern, Handler handler) {
  for (Route& route : routes_) {
    if (route.pattern == pattern) {
      route.handlers[std::move(method)] = std::move(handler);
      return;
    }
  }
  Route route{.pattern = std::string(pattern)};
  for (absl::string_view text : absl::StrSplit(pattern, '/')) {
    Segment segment;
    if (absl::ConsumePrefix(&text, "{")) {
      const size_t end = text.find('}');
      segment.name = std::string(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    segment.literal = std::string(text);
    route.segments.push_back(std::move(segment));
  }
  route.handlers[std::move(method)] = std::move(handler);
  routes_.push_back(std::move(route));
}

bool Router::Matches(const Route& route, const std::vector<absl::string_view>& segments,
                     Fields& captures) {
  if (segments.size() != route.segments.size()) return false;
  captures.clear();
  for (size_t i = 0; i < segments.size(); ++i) {
    const Segment& expected = route.segments[i];
    absl::string_view text = segments[i];
    if (expected.name.empty()) {
      if (text != expected.literal) return false;
      continue;
    }
    if (!absl::ConsumeSuffix(&text, expected.literal) || !IsCapture(text)) return false;
    captures.emplace_back(expected.name, std::string(text));
  }
  return true;
}

std::optional<Router::Match> Router::Find(absl::string_view method, absl::string_view path) const {
  const std::vector<absl::string_view> segments = absl::StrSplit(path, '/');
  Fields captures;
  for (const Route& route : routes_) {
    if (!Matches(route, segments, captures)) continue;
    Match match{.pattern = route.pattern, .handler = nullptr, .captures = std::move(captures)};
    for (const auto& [allowed, handler] : route.handlers) {
      absl::StrAppend(&match.allow, allowed, allowed == "GET" ? ", HEAD, " : ", ");
    }
    absl::StrAppend(&match.allow, "OPTIONS");
    const auto found = route.handlers.find(method);
    if (found != route.handlers.end()) match.handler = &found->second;
    return match;
  }
  return std::nullopt;
}

}  // namespace colloquy::web
