// Requests and answers as handlers see them: no sockets, no Beast.
#ifndef COLLOQUY_SERVICES_WEB_HTTP_MESSAGE_H_
#define COLLOQUY_SERVICES_WEB_HTTP_MESSAGE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace colloquy::web {

// Names and values in their order; a name may occur more than once.
using Fields = std::vector<std::pair<std::string, std::string>>;

// The first of that name, or empty.
absl::string_view Find(const Fields& fields, absl::string_view name);
bool Has(const Fields& fields, absl::string_view name);

struct Request {
  std::string method;  // "GET" for HEAD too: who answers need not care
  std::string target;  // origin form, as it was sent: path and query
  std::string path;    // percent-decoded, starts with '/'
  Fields query;
  Fields captures;  // what the route's braces matched
  std::string content_type;
  std::string body;
  std::string accept_language;
  std::string if_none_match;
  std::string last_event_id;
  std::string client;  // who to count calls for: an IPv4 address, or an IPv6 /64
};

// Server-sent events (WHATWG HTML, section 9.2) on their way to one browser. Thread-safe; nothing
// blocks.
class EventStream {
 public:
  virtual ~EventStream() = default;
  // Queues whole events, as they go over the wire; many streams may share them. A browser that is
  // too far behind is cut off: it comes back by itself and says what it saw last.
  virtual void Send(std::shared_ptr<const std::string> events) = 0;
  // Sends what is queued and closes.
  virtual void End() = 0;
  // Runs once, on one of the server's threads, when the browser is gone; soon, if it is already.
  virtual void OnGone(std::function<void()> gone) = 0;
};

// "id: 7\ndata: {}\n\n": `id` and `type` are left out if empty, a line break in `data` begins a
// line of its own.
std::string FormatEvent(absl::string_view id, absl::string_view type, absl::string_view data);

struct Answer {
  int status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::string body;
  Fields headers;
  // If set, the answer goes on: it gets the stream once the header is on its way. `body` is not
  // sent. Whoever keeps the stream lets go of it in OnGone.
  std::function<void(const std::shared_ptr<EventStream>&)> follow = {};
};

// Where an answer goes. Copies share one; the first answer counts, and if all copies are gone
// without one, it is the 500 that `fallback` makes: every request is answered exactly once.
// Thread-safe.
class Reply {
 public:
  Reply(std::function<void(Answer)> send, std::function<Answer()> fallback);
  void operator()(Answer answer) const;

 private:
  struct Once;
  std::shared_ptr<Once> once_;
};

using Handler = std::function<void(const std::shared_ptr<const Request>&, const Reply&)>;

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_HTTP_MESSAGE_H_
