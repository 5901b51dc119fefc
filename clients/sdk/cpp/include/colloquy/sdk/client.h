// A client of a Colloquy installation: one object for all its services.
//
//   auto client = sdk::Client::Connect({.server = "127.0.0.1:8470", .api_key = key});
//   events::v1::GetEventRequest request;
//   request.set_name("organizers/acme/events/lasers");
//   absl::StatusOr<events::v1::Event> event = (*client)->Call(&sdk::Events::GetEvent, request);
#ifndef COLLOQUY_SDK_CLIENT_H_
#define COLLOQUY_SDK_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "colloquy/access/v1/access.grpc.pb.h"
#include "colloquy/changes/v1/changes.pb.h"
#include "colloquy/events/v1/events.grpc.pb.h"
#include "colloquy/registrations/v1/guests.grpc.pb.h"
#include "colloquy/registrations/v1/invitations.grpc.pb.h"
#include "colloquy/registrations/v1/mailings.grpc.pb.h"
#include "colloquy/registrations/v1/registrations.grpc.pb.h"
#include "colloquy/sdk/cancellation.h"
#include "colloquy/sdk/pages.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"

namespace colloquy::sdk {

// How the stub of a service is made. Services that come with a header of their own (dialogues.h)
// specialise it there.
template <typename Service>
struct StubOf;

template <typename Definition>
struct StubOfDefinition {
  static auto New(const std::shared_ptr<grpc::Channel>& channel) {
    return Definition::NewStub(channel);
  }
};

using Access = access::v1::AccessService::StubInterface;
using Events = events::v1::EventsService::StubInterface;
using Registrations = registrations::v1::RegistrationsService::StubInterface;
using Invitations = registrations::v1::InvitationsService::StubInterface;
using Mailings = registrations::v1::MailingsService::StubInterface;
using Guests = registrations::v1::GuestsService::StubInterface;
using Operations = google::longrunning::Operations::StubInterface;

template <>
struct StubOf<Access> : StubOfDefinition<access::v1::AccessService> {};
template <>
struct StubOf<Events> : StubOfDefinition<events::v1::EventsService> {};
template <>
struct StubOf<Registrations> : StubOfDefinition<registrations::v1::RegistrationsService> {};
template <>
struct StubOf<Invitations> : StubOfDefinition<registrations::v1::InvitationsService> {};
template <>
struct StubOf<Mailings> : StubOfDefinition<registrations::v1::MailingsService> {};
template <>
struct StubOf<Guests> : StubOfDefinition<registrations::v1::GuestsService> {};
template <>
struct StubOf<Operations> : StubOfDefinition<google::longrunning::Operations> {};

// Where a server listens unless it is told otherwise.
inline constexpr char kDefaultServer[] = "127.0.0.1:8470";

struct Options {
  // `host:port` of the server, or of the proxy in front of several.
  std::string server = kDefaultServer;
  // The whole key, `clq_<id>_<secret>`. Only public events can be read without one.
  std::string api_key;
  // PEM file of the authorities to trust; the system's if empty. Where it is set, TLS is used on
  // loopback too.
  std::string ca_file;
  // PEM files of this client's certificate and private key, where the server asks for one.
  std::string certificate_file;
  std::string private_key_file;
  // TLS is used except for loopback. This allows plaintext elsewhere: whoever is on the way can
  // then read the key.
  bool plaintext_anywhere = false;
  // For a unary call with all its attempts, unless it says otherwise.
  absl::Duration timeout = absl::Seconds(30);
};

struct CallOptions {
  // For the call with all its attempts; the client's if zero. Streams have no deadline.
  absl::Duration timeout = absl::ZeroDuration();
  Cancellation* cancellation = nullptr;
};

// True if a `host:port` cannot leave this machine.
bool IsLoopback(absl::string_view server);

// A random UUID (version 4), as request ids are made of.
std::string NewUuid();

// Thread-safe. Keep one for the life of the program: its connection is shared by all calls, made
// when first needed and made anew when it breaks.
//
// Calls that fail with UNAVAILABLE are repeated up to five times with growing pauses, or when the
// server says (push-back). A mutation is repeated with the same request id, so that its effect
// happens once; an empty `request_id` is filled in. CreateApiKey and RotateApiKey have none (a
// replay would have to keep the secret) and are not repeated.
class Client {
 public:
  // INVALID_ARGUMENT for an unusable key, files that cannot be read, or plaintext off loopback.
  // Does not wait for the server: where nobody listens, the first call fails.
  static absl::StatusOr<std::unique_ptr<Client>> Connect(const Options& options);

  // One call: `client.Call(&sdk::Events::GetEvent, request)`. An error keeps all its details
  // (errors.h).
  template <typename Service, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Service::*method)(grpc::ClientContext*,
                                                                const Request&, Response*),
                                std::type_identity_t<Request> request,
                                const CallOptions& options = {});

  // All items of a List method; see Pages. `items` is the accessor of the answer's repeated field.
  template <typename Service, typename Request, typename Response, typename Items>
  Pages<Response, Items> List(grpc::Status (Service::*method)(grpc::ClientContext*, const Request&,
                                                              Response*),
                              std::type_identity_t<Request> request,
                              const Items& (Response::*items)() const,
                              const CallOptions& options = {});

  // Reads a server stream until it ends or `handle` returns false (then OK).
  template <typename Service, typename Request, typename Response>
  absl::Status Stream(std::unique_ptr<grpc::ClientReaderInterface<Response>> (Service::*method)(
                          grpc::ClientContext*, const Request&),
                      const std::type_identity_t<Request>& request,
                      const std::type_identity_t<std::function<bool(const Response&)>>& handle,
                      const CallOptions& options = {});

  // Every change after `request.cursor`, and then every change as it happens, across lost
  // connections: it resumes after the last cursor that `handle` saw. Ends with OK when `handle`
  // returns false, and with the error when trying again cannot help. `method` is the StreamChanges
  // of a service.
  template <typename Service>
  absl::Status FollowChanges(
      std::unique_ptr<grpc::ClientReaderInterface<changes::v1::StreamChangesResponse>> (
          Service::*method)(grpc::ClientContext*, const changes::v1::StreamChangesRequest&),
      changes::v1::StreamChangesRequest request,
      const std::function<bool(const changes::v1::StreamChangesResponse&)>& handle,
      const CallOptions& options = {});

  // True if the server says that it serves (grpc.health.v1, the whole server).
  absl::StatusOr<bool> CheckHealth(const CallOptions& options = {});

 private:
  using StreamAttempt = std::function<absl::Status(
      const changes::v1::StreamChangesRequest&,
      const std::function<bool(const changes::v1::StreamChangesResponse&)>&)>;

  Client(Options options, std::shared_ptr<grpc::Channel> channel);

  // Made when first needed, so that a program pays for the services that it uses.
  template <typename Service>
  Service& Stub() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    std::shared_ptr<void>& stub = stubs_[&kKey<Service>];
    if (stub == nullptr) stub = std::shared_ptr<Service>(StubOf<Service>::New(channel_));
    return *static_cast<Service*>(stub.get());
  }

  static absl::Status Follow(
      changes::v1::StreamChangesRequest request, const StreamAttempt& attempt,
      const std::function<bool(const changes::v1::StreamChangesResponse&)>& handle,
      const CallOptions& options);

  const Options options_;
  const std::shared_ptr<grpc::Channel> channel_;

  template <typename Service>
  static constexpr char kKey = 0;  // its address stands for the service
  absl::Mutex mutex_;
  absl::flat_hash_map<const char*, std::shared_ptr<void>> stubs_ ABSL_GUARDED_BY(mutex_);
};

// What a single call carries: credential, deadline, id, cancellation. Made by Client.
class CallScope {
 public:
  CallScope(const Options& options, const CallOptions& call, bool unary);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

  grpc::ClientContext* context() { return &context_; }
  // The status with its details and the id of the call.
  absl::Status Finish(const grpc::Status& status) const;

 private:
  grpc::ClientContext context_;
  Cancellation* const cancellation_;
  const std::string request_id_;
};

// Fills `request_id` where the message has that field and it is empty.
void FillRequestId(google::protobuf::Message& request);

template <typename Service, typename Request, typename Response>
absl::StatusOr<Response> Client::Call(grpc::Status (Service::*method)(grpc::ClientContext*,
                                                                      const Request&, Response*),
                                      std::type_identity_t<Request> request,
                                      const CallOptions& options) {
  FillRequestId(request);
  CallScope scope(options_, options, /*unary=*/true);
  Response response;
  const grpc::Status status = (Stub<Service>().*method)(scope.context(), request, &response);
  if (!status.ok()) return scope.Finish(status);
  return response;
}

template <typename Service, typename Request, typename Response, typename Items>
Pages<Response, Items> Client::List(grpc::Status (Service::*method)(grpc::ClientContext*,
                                                                    const Request&, Response*),
                                    std::type_identity_t<Request> request,
                                    const Items& (Response::*items)() const,
                                    const CallOptions& options) {
  auto fetch = [this, method, request = std::move(request),
                options](const std::string& page_token) mutable {
    request.set_page_token(page_token);
    return Call(method, request, options);
  };
  return Pages<Response, Items>(std::move(fetch), items);
}

template <typename Service, typename Request, typename Response>
absl::Status Client::Stream(
    std::unique_ptr<grpc::ClientReaderInterface<Response>> (Service::*method)(grpc::ClientContext*,
                                                                              const Request&),
    const std::type_identity_t<Request>& request,
    const std::type_identity_t<std::function<bool(const Response&)>>& handle,
    const CallOptions& options) {
  CallScope scope(options_, options, /*unary=*/false);
  auto reader = (Stub<Service>().*method)(scope.context(), request);
  Response response;
  while (reader->Read(&response)) {
    if (handle(response)) continue;
    scope.context()->TryCancel();
    while (reader->Read(&response)) {
    }
    reader->Finish();
    return absl::OkStatus();
  }
  return scope.Finish(reader->Finish());
}

template <typename Service>
absl::Status Client::FollowChanges(
    std::unique_ptr<grpc::ClientReaderInterface<changes::v1::StreamChangesResponse>> (
        Service::*method)(grpc::ClientContext*, const changes::v1::StreamChangesRequest&),
    changes::v1::StreamChangesRequest request,
    const std::function<bool(const changes::v1::StreamChangesResponse&)>& handle,
    const CallOptions& options) {
  const StreamAttempt attempt = [&](const changes::v1::StreamChangesRequest& resumed,
                                    const auto& each) {
    return Stream(method, resumed, each, options);
  };
  return Follow(std::move(request), attempt, handle, options);
}

}  // namespace colloquy::sdk

#endif  // COLLOQUY_SDK_CLIENT_H_
