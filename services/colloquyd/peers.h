// How the services of one installation find and call each other: through gRPC only, in process when
// hosted together, over the network when not.
#ifndef COLLOQUY_SERVICES_COLLOQUYD_PEERS_H_
#define COLLOQUY_SERVICES_COLLOQUYD_PEERS_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "services/colloquyd/options.h"

namespace colloquy::colloquyd {

// Thread-safe.
class Peers {
 public:
  // `secret` is the installation's; the services hosted here are reached once HostHere was called.
  Peers(const Options& options, std::string secret, std::string ca_certificates);

  // The server of this process runs.
  void HostHere(const std::shared_ptr<grpc::Channel>& channel);

  // Null for a service of this process before HostHere.
  std::shared_ptr<grpc::Channel> Channel(absl::string_view service) const;

  // Makes `context` a call of the service `from`.
  void Identify(absl::string_view from, grpc::ClientContext& context) const;

  // One call by `from` of a method of `service`, such as
  // &EventsService::StubInterface::GetEvent. Errors of the peer's are answered as they are;
  // UNAVAILABLE, PEER_UNAVAILABLE when it cannot be asked. Blocks until the deadline at most.
  template <typename Service, typename Request, typename Response>
  absl::StatusOr<Response> Call(absl::string_view from, absl::string_view service,
                                grpc::Status (Service::StubInterface::*method)(grpc::ClientContext*,
                                                                               const Request&,
                                                                               Response*),
                                const Request& request, absl::Time deadline) const {
    const std::shared_ptr<grpc::Channel> channel = Channel(service);
    if (channel == nullptr) return Away(service);
    const std::unique_ptr<typename Service::StubInterface> stub = Service::NewStub(channel);
    grpc::ClientContext context;
    Identify(from, context);
    context.set_deadline(absl::ToChronoTime(deadline));
    Response response;
    const grpc::Status status = (stub.get()->*method)(&context, request, &response);
    if (!status.ok()) return Answered(service, status);
    return response;
  }

  const std::string& secret() const { return secret_; }

 private:
  static absl::Status Away(absl::string_view service);
  static absl::Status Answered(absl::string_view service, const grpc::Status& status);

  const Options& options_;
  const std::string secret_;
  mutable absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<grpc::Channel>, std::less<>> channels_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace colloquy::colloquyd

#endif  // COLLOQUY_SERVICES_COLLOQUYD_PEERS_H_
