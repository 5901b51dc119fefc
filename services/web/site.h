// The web service: pages for guests and for the public, over HTTP, made of what the services
// answer.
#ifndef COLLOQUY_SERVICES_WEB_SITE_H_
#define COLLOQUY_SERVICES_WEB_SITE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/common/telemetry/log.h"
#include "services/common/telemetry/metrics.h"
#include "services/web/calls.h"
#include "services/web/http/server.h"

namespace colloquy::web {

struct SiteOptions {
  ServerOptions server;  // its `refuse` is the site's own
  Calls::Options calls;
  // Base of links, without a slash at its end; "http://" and the address if empty.
  std::string public_url;
  // Links that do not work, for each client: as many at once, then so many a minute.
  int guesses_at_once = 30;
  int guesses_per_minute = 30;
  telemetry::Log* log = nullptr;          // outlives the site
  telemetry::Metrics* metrics = nullptr;  // outlives the site
  std::function<absl::Time()> now = absl::Now;
};

// Thread-safe.
class Site {
 public:
  // Errors of Server::Start.
  static absl::StatusOr<std::unique_ptr<Site>> Start(SiteOptions options);
  virtual ~Site() = default;

  virtual int port() const = 0;
  virtual const std::string& public_url() const = 0;
  // As Server::Stop.
  virtual void Stop(absl::Duration grace) = 0;
};

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_SITE_H_
