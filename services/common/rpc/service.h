// A gRPC service as a table of typed functions, checked against its descriptor.
//
//   rpc::Service service(EventsService::descriptor());   // google::protobuf::ServiceDescriptor
//   service.Unary<GetEventRequest, Event>("GetEvent", Execution::kInline,
//       [&](const CallContext& call, const GetEventRequest& request) -> absl::StatusOr<Event> {…});
//
// In place of generated virtual functions: one adaptor runs every method of every service
// (call.h), and requests are decoded by it, so that bytes that do not parse get a documented error
// (gRPC's own answer is UNIMPLEMENTED without a word).
#ifndef COLLOQUY_SERVICES_COMMON_RPC_SERVICE_H_
#define COLLOQUY_SERVICES_COMMON_RPC_SERVICE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "grpcpp/impl/service_type.h"
#include "services/common/rpc/answer_memory.h"
#include "services/common/rpc/context.h"
#include "services/common/rpc/internal/calls.h"
#include "services/common/rpc/policy.h"
#include "services/common/rpc/stream.h"

namespace colloquy::rpc {

// Where a handler runs: kInline on a gRPC thread, for handlers that never block; kPool on the
// bounded executor.
enum class Execution { kInline, kPool };

// Answers a call. The first use counts; a call whose Done is dropped unused gets INTERNAL. May be
// called on any thread, before or after the handler returned.
template <class Resp>
using Done = absl::AnyInvocable<void(absl::StatusOr<Resp>)>;

template <class Req, class Resp>
using UnaryHandler = std::function<absl::StatusOr<Resp>(const CallContext&, const Req&)>;
// The request lives until Done is used or dropped; the context as long as it is held.
template <class Req, class Resp>
using AsyncHandler =
    std::function<void(std::shared_ptr<const CallContext>, const Req&, Done<Resp>)>;
// Until when the clock leaves an answer as it is: InfiniteFuture if it does not depend on the time,
// InfinitePast if it is not to be remembered.
template <class Req, class Resp>
using GoodUntil = std::function<absl::Time(const Req&, const Resp&)>;
// Starts a stream and returns; it must not stay for as long as the stream lasts. OK: the stream
// goes on until the writer is finished. The request is valid during the call only.
template <class Req, class Resp>
using StreamHandler = std::function<absl::Status(std::shared_ptr<const CallContext>, const Req&,
                                                 std::shared_ptr<StreamWriter<Resp>>)>;

// Not thread-safe while it is filled; constant once a server has started with it. Outlives the
// server, as do the handlers' objects.
class Service : public grpc::Service {
 public:
  explicit Service(const google::protobuf::ServiceDescriptor* descriptor);
  ~Service() override;

  // Method names as in the descriptor. Mistakes (unknown name, other types than the contract's,
  // given twice) are reported by Check(), that is, when the server starts.
  template <class Req, class Resp>
  void Unary(absl::string_view method, Execution execution, UnaryHandler<Req, Resp> handler);
  // As Unary on the pool, but an answer that `memory` still has is given inline, without the
  // handler, and calls of one caller that ask the same while others run are answered by one run.
  // For handlers that read nothing but the memory's database, the caller and the request. The
  // memory outlives the server.
  template <class Req, class Resp>
  void UnaryRemembered(absl::string_view method, AnswerMemory& memory,
                       UnaryHandler<Req, Resp> handler, GoodUntil<Req, Resp> good_until);
  template <class Req, class Resp>
  void UnaryAsync(absl::string_view method, AsyncHandler<Req, Resp> handler,
                  Execution execution = Execution::kInline);
  template <class Req, class Resp>
  void ServerStream(absl::string_view method, StreamHandler<Req, Resp> handler,
                    Execution execution = Execution::kPool, StreamLimits limits = {});

  // Whether the service can serve now (its database answers, the schema is at its revision); asked
  // once a second, drives grpc.health.v1. May block for a second. Ready if never set.
  void SetReadiness(std::function<absl::Status()> ready) { ready_ = std::move(ready); }

  // FAILED_PRECONDITION naming everything wrong with the table: mistakes above, methods of the
  // descriptor without a handler, methods that the permission table does not know.
  absl::Status Check(const Authorizer& authorizer) const;

  // "colloquy.events.v1.EventsService"
  const std::string& name() const { return descriptor_->full_name(); }
  absl::Status Ready() const { return ready_ ? ready_() : absl::OkStatus(); }

  // By the server, before it starts.
  void Bind(const internal::Runtime* runtime);

 private:
  template <class Req, class Resp>
  static std::unique_ptr<internal::Method> MakeUnary(Execution execution,
                                                     UnaryHandler<Req, Resp> handler);
  void Add(absl::string_view method, bool streaming, const google::protobuf::Message& request,
           const google::protobuf::Message& response, std::unique_ptr<internal::Method> entry);

  const google::protobuf::ServiceDescriptor* descriptor_;
  std::vector<std::unique_ptr<internal::Method>> methods_;
  std::vector<std::string> mistakes_;
  std::function<absl::Status()> ready_;
};

template <class Req, class Resp>
std::unique_ptr<internal::Method> Service::MakeUnary(Execution execution,
                                                     UnaryHandler<Req, Resp> handler) {
  auto entry = std::make_unique<internal::Method>();
  entry->pooled = execution == Execution::kPool;
  entry->unary = [handler = std::move(handler)](const std::shared_ptr<const CallContext>& context,
                                                const google::protobuf::Message& request,
                                                internal::Answer answer) {
    absl::StatusOr<Resp> response = handler(*context, static_cast<const Req&>(request));
    answer.Send(response.status(), response.ok() ? &*response : nullptr);
  };
  return entry;
}

template <class Req, class Resp>
void Service::Unary(absl::string_view method, Execution execution,
                    UnaryHandler<Req, Resp> handler) {
  Add(method, false, Req::default_instance(), Resp::default_instance(),
      MakeUnary(execution, std::move(handler)));
}

template <class Req, class Resp>
void Service::UnaryRemembered(absl::string_view method, AnswerMemory& memory,
                              UnaryHandler<Req, Resp> handler, GoodUntil<Req, Resp> good_until) {
  std::unique_ptr<internal::Method> entry = MakeUnary(Execution::kPool, std::move(handler));
  entry->memory = &memory;
  entry->good_until = [good_until = std::move(good_until)](
                          const google::protobuf::Message& request,
                          const google::protobuf::MessageLite& response) {
    return good_until(static_cast<const Req&>(request), static_cast<const Resp&>(response));
  };
  Add(method, false, Req::default_instance(), Resp::default_instance(), std::move(entry));
}

template <class Req, class Resp>
void Service::UnaryAsync(absl::string_view method, AsyncHandler<Req, Resp> handler,
                         Execution execution) {
  auto entry = std::make_unique<internal::Method>();
  entry->pooled = execution == Execution::kPool;
  entry->unary = [handler = std::move(handler)](const std::shared_ptr<const CallContext>& context,
                                                const google::protobuf::Message& request,
                                                internal::Answer answer) {
    handler(context, static_cast<const Req&>(request),
            [answer = std::move(answer)](absl::StatusOr<Resp> response) mutable {
              answer.Send(response.status(), response.ok() ? &*response : nullptr);
            });
  };
  Add(method, false, Req::default_instance(), Resp::default_instance(), std::move(entry));
}

template <class Req, class Resp>
void Service::ServerStream(absl::string_view method, StreamHandler<Req, Resp> handler,
                           Execution execution, StreamLimits limits) {
  auto entry = std::make_unique<internal::Method>();
  entry->pooled = execution == Execution::kPool;
  entry->limits = limits;
  entry->stream = [handler = std::move(handler)](const std::shared_ptr<const CallContext>& context,
                                                 const google::protobuf::Message& request,
                                                 internal::StreamHandle stream) {
    auto writer = std::make_shared<internal::TypedWriter<Resp>>(std::move(stream));
    absl::Status status = handler(context, static_cast<const Req&>(request), writer);
    if (!status.ok()) writer->Finish(std::move(status));
  };
  Add(method, true, Req::default_instance(), Resp::default_instance(), std::move(entry));
}

}  // namespace colloquy::rpc

#endif  // COLLOQUY_SERVICES_COMMON_RPC_SERVICE_H_
