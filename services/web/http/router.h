// Which handler answers which path. Filled at start, then immutable, hence thread-safe.
#ifndef COLLOQUY_SERVICES_WEB_HTTP_ROUTER_H_
#define COLLOQUY_SERVICES_WEB_HTTP_ROUTER_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/web/http/message.h"

namespace colloquy::web {

class Router {
 public:
  // What is known of a path: `handler` is null if it does not take the method, which `allow` lists.
  struct Match {
    absl::string_view pattern;  // for logs and metrics: it has no tokens
    const Handler* handler;
    Fields captures;
    std::string allow;  // "GET, HEAD, OPTIONS"
  };

  // `pattern` is "/e/{organizer}/{event}.ics": a segment is a literal, or a name in braces with a
  // literal after it. What braces match is 1 to 128 letters, digits, '-' and '_', so that a pattern
  // with a suffix and one without never match the same path.
  void Add(std::string method, absl::string_view pattern, Handler handler);

  // nullopt: there is nothing at that path.
  std::optional<Match> Find(absl::string_view method, absl::string_view path) const;

 private:
  struct Segment {
    std::string name;     // empty for a literal
    std::string literal;  // all of the segment, or its end
  };
  struct Route {
    std::string pattern;
    std::vector<Segment> segments;
    std::map<std::string, Handler, std::less<>> handlers;
  };

  static bool Matches(const Route& route, const std::vector<absl::string_view>& segments,
                      Fields& captures);

  std::vector<Route> routes_;
};

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_HTTP_ROUTER_H_
