// A gRPC server assembled from services and a policy: listening, TLS, health, reflection, stopping.
#ifndef COLLOQUY_SERVICES_COMMON_RPC_SERVER_H_
#define COLLOQUY_SERVICES_COMMON_RPC_SERVER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "services/common/rpc/policy.h"
#include "services/common/rpc/service.h"

namespace colloquy::rpc {

// PEM files. Replace them by rename(2); a changed pair is used for new connections within
// `reload_interval`.
struct TlsFiles {
  std::string certificate_chain;
  std::string private_key;
  // Where set, clients may present a certificate, which must then be signed by one of these.
  std::string client_ca;
  // Only clients with a certificate; needs client_ca.
  bool require_client_certificate = false;
  absl::Duration reload_interval = absl::Seconds(10);
};

struct ServerOptions {
  // "host:port"; port 0 picks a free one. Plaintext is served on loopback only, unless
  // allow_plaintext_anywhere is set or `tls` is.
  std::string listen = "127.0.0.1:0";
  std::optional<TlsFiles> tls;
  bool allow_plaintext_anywhere = false;

  bool reflection = true;
  // Tells everyone who may connect about everyone who is connected. Unset: on loopback only.
  std::optional<bool> channelz;

  // Larger messages are refused by gRPC itself: RESOURCE_EXHAUSTED without details.
  int max_message_bytes = 4 << 20;
  // For unary calls that come without a deadline, and the longest that is granted to one.
  absl::Duration default_deadline = absl::Seconds(60);
  absl::Duration max_deadline = absl::Minutes(10);

  absl::Duration keepalive = absl::Minutes(1);
  // Connections are closed after about this age, so that clients spread over new replicas; calls on
  // them get `max_connection_grace` to end.
  absl::Duration max_connection_age = absl::Minutes(30);
  absl::Duration max_connection_grace = absl::Minutes(5);
  int max_streams_per_connection = 2000;
  size_t memory_quota_bytes = 512u << 20;

  int executor_threads = 8;
  size_t executor_queue = 2048;

  absl::Duration readiness_interval = absl::Seconds(1);
  // How long a stopping server says NOT_SERVING before it refuses calls, so that load balancers
  // notice.
  absl::Duration stop_pause = absl::ZeroDuration();
  // How long past its grace Stop() waits for handlers that do not return.
  absl::Duration stop_watchdog = absl::Seconds(5);
};

// Thread-safe.
class Server {
 public:
  // Serving when it returns. `services`, `policy` and what they point to outlive the server.
  // Without services it tells its health, which is what a process that hosts pages alone needs.
  // FAILED_PRECONDITION: a table with mistakes (Service::Check), plaintext off loopback, unusable
  // TLS files; UNAVAILABLE: the address is taken or cannot be listened on. Not typed: for the
  // operator who starts it.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options, Policy policy,
                                                       std::vector<Service*> services);
  // Stops without grace if Stop() was not called.
  ~Server();

  int port() const;

  // For peers hosted in the same process: the same stages, no socket.
  std::shared_ptr<grpc::Channel> InProcessChannel();

  // Health says NOT_SERVING; a pause; streams end with SERVER_STOPPING; new calls are refused,
  // calls in flight get `grace` and are then cancelled; the executor is drained. Idempotent: later
  // calls wait for the first and return its result. DEADLINE_EXCEEDED: handlers are still running
  // stop_watchdog after that. Nothing they use may be destroyed then; end the process (std::_Exit).
  absl::Status Stop(absl::Duration grace);

 private:
  struct Core;
  explicit Server(std::shared_ptr<Core> core);

  std::shared_ptr<Core> core_;
};

}  // namespace colloquy::rpc

#endif  // COLLOQUY_SERVICES_COMMON_RPC_SERVER_H_
