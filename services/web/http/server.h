// An HTTP/1.1 server (RFC 9110, RFC 9112) for pages and forms: asynchronous, and bounded in
// everything that a stranger could make it keep.
#ifndef COLLOQUY_SERVICES_WEB_HTTP_SERVER_H_
#define COLLOQUY_SERVICES_WEB_HTTP_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/web/http/message.h"

namespace colloquy::web {

// What one connection may cost.
struct Limits {
  size_t header_bytes = 16 << 10;                // request line and header fields: 431
  size_t target_bytes = 2 << 10;                 // path and query: 414
  size_t body_bytes = 128 << 10;                 // 413
  absl::Duration idle_time = absl::Seconds(30);  // between requests
  absl::Duration header_time =
      absl::Seconds(10);                         // from a request's first byte to its header's last
  absl::Duration body_time = absl::Seconds(30);  // for the whole body
  absl::Duration write_time = absl::Seconds(30);  // for the whole answer
  int requests = 1000;                            // on one connection
  size_t connections = 4096;                      // at once; more are answered 503 and closed
  size_t stream_bytes = 4 << 20;                  // that wait for one reader of events
  absl::Duration heartbeat = absl::Seconds(15);   // a comment in a stream that is silent
  // A stream ends after that; its browser comes back, and whether it still may is asked again.
  absl::Duration stream_time = absl::Minutes(5);
};

struct ServerOptions {
  std::string listen = "127.0.0.1:0";  // "host:port"; port 0 takes a free one
  int threads = 2;                     // handlers must not block them
  Limits limits;
  // Addresses of proxies whose X-Forwarded-For is believed.
  std::set<std::string> trusted_proxies;
  // The answer to what is no request, or too much of one: 400, 408, 413, 414, 417, 431, 501, 503.
  // Also the 500 of a handler that gave none.
  std::function<Answer(int status)> refuse;
};

// Thread-safe.
class Server {
 public:
  // Takes the address; nobody is answered before Run. `handler` is called on one of the server's
  // threads for every request. INVALID_ARGUMENT for an address that is none, UNAVAILABLE for one
  // that is in use.
  static absl::StatusOr<std::unique_ptr<Server>> Listen(ServerOptions options, Handler handler);
  virtual ~Server() = default;

  // Once.
  virtual void Run() = 0;

  virtual int port() const = 0;
  // Open connections.
  virtual size_t connections() const = 0;
  // Runs `task` on one of the server's threads.
  virtual void Post(absl::AnyInvocable<void()> task) = 0;
  // Accepts no more, closes idle connections, gives requests in flight `grace` to be answered, and
  // then waits for the handlers that have not answered yet. Once.
  virtual void Stop(absl::Duration grace) = 0;
};

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_HTTP_SERVER_H_
