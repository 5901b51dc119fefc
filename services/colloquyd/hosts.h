// Each service with what it stands on in this process: database, feed, table of methods, background
// work.
#ifndef COLLOQUY_SERVICES_COLLOQUYD_HOSTS_H_
#define COLLOQUY_SERVICES_COLLOQUYD_HOSTS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/colloquyd/peers.h"
#include "services/colloquyd/storage.h"
#include "services/common/auth/credentials.h"
#include "services/common/auth/permissions.h"
#include "services/common/rpc/service.h"

namespace colloquy::colloquyd {

// Made on prepared storage, destroyed after the server.
class Host {
 public:
  virtual ~Host() = default;

  // What the server mounts.
  virtual std::vector<rpc::Service*> tables() = 0;
  virtual std::vector<auth::Permission> permissions() const = 0;

  // Background work that the service's own tables need; before the server starts.
  virtual void Start() = 0;
  // Background work that calls peers; after the server started.
  virtual void Follow() {}
  // Ends what Follow began; before the server stops.
  virtual void Unfollow() {}
  // Ends what Start began; after the server stopped.
  virtual void Stop() = 0;
};

// Only access knows callers and has a first start.
class AccessHost : public Host {
 public:
  // The root key's secret, if this is the first start; see access::EnsureRootKey.
  virtual absl::StatusOr<std::optional<std::string>> EnsureRootKey() = 0;
  virtual auth::CredentialSource source() = 0;
};

std::vector<db::Schema> SchemasOf(absl::string_view service);

// `forget` is told of keys that were revoked or rotated here.
std::unique_ptr<AccessHost> HostAccess(Storage& storage,
                                       std::function<void(absl::string_view api_key)> forget);
std::unique_ptr<Host> HostEvents(Storage& storage, const Peers& peers, telemetry::Log& log);
// `web_url` is asked once the pages are served. UNAVAILABLE if a file that `options` name cannot be
// read.
absl::StatusOr<std::unique_ptr<Host>> HostRegistrations(Storage& storage, const Peers& peers,
                                                        const Options& options,
                                                        std::function<std::string()> web_url,
                                                        telemetry::Log& log);

std::unique_ptr<Host> HostDialogues(Storage& storage, const Peers& peers,
                                    std::function<std::string()> web_url);

}  // namespace colloquy::colloquyd

#endif  // COLLOQUY_SERVICES_COLLOQUYD_HOSTS_H_
