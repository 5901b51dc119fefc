// One running server: everything that the options ask for, started and stopped in order.
#ifndef COLLOQUY_SERVICES_COLLOQUYD_INSTALLATION_H_
#define COLLOQUY_SERVICES_COLLOQUYD_INSTALLATION_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "services/colloquyd/hosts.h"
#include "services/colloquyd/options.h"
#include "services/colloquyd/peers.h"
#include "services/colloquyd/process.h"
#include "services/colloquyd/storage.h"
#include "services/common/auth/authenticator.h"
#include "services/common/auth/permissions.h"
#include "services/common/auth/rate_limiter.h"
#include "services/common/resource/validation.h"
#include "services/common/rpc/server.h"
#include "services/common/telemetry/log.h"
#include "services/common/telemetry/metrics.h"
#include "services/web/site.h"

namespace colloquy::colloquyd {

// Why a step failed, and what the process ends with.
struct Failure {
  ExitCode code;
  std::string message;
};

// Used by one thread.
class Installation {
 public:
  // `options` outlives the installation.
  explicit Installation(const Options& options);
  // Stops without a word if Stop was not called.
  ~Installation();
  Installation(const Installation&) = delete;

  // Serving when it returns nothing. Gives up on a database that does not answer when told to stop.
  std::optional<Failure> Start(StopSignals& signals);

  // In order: no new calls, those in flight get their grace. An error means that some did not end;
  // nothing they use may be destroyed then.
  absl::Status Stop();

  // "127.0.0.1:8470", with the port that was taken for port 0.
  std::string address() const;
  // "http://127.0.0.1:8080", or what --public-url says; empty unless web is hosted here.
  std::string web_url() const;
  telemetry::Log& log() { return *log_; }

 private:
  class PeersPass;  // peers are not limited: they act for callers who are

  std::optional<Failure> OpenDatabases(StopSignals& signals);
  std::optional<Failure> KnowPeers();
  std::optional<Failure> HostServices();
  std::optional<Failure> ShowRootKey(AccessHost& access);
  std::optional<Failure> MakePolicy(const std::vector<rpc::Service*>& tables);
  std::optional<Failure> Serve(std::vector<rpc::Service*> tables);
  std::optional<Failure> ServePages();

  // Where guests' links lead, whoever serves them.
  std::string pages_url() const;
  Storage& storage(absl::string_view service);
  absl::Status Validate(const google::protobuf::Message& request) const;

  const Options& options_;
  const std::unique_ptr<telemetry::Log> log_;
  telemetry::Metrics metrics_;
  std::optional<DataDirectory> directory_;
  std::map<std::string, std::unique_ptr<Storage>, std::less<>> storages_;
  std::unique_ptr<Peers> peers_;
  std::unique_ptr<auth::Authenticator> authenticator_;
  auth::CredentialSource credentials_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::optional<auth::PermissionTable> permissions_;
  absl::flat_hash_map<const google::protobuf::Descriptor*, resource::RequestValidator> validators_;
  std::unique_ptr<rpc::Limiter> limiter_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<web::Site> site_;
  bool running_ = false;  // the hosts' background work was begun
};

}  // namespace colloquy::colloquyd

#endif  // COLLOQUY_SERVICES_COLLOQUYD_INSTALLATION_H_
