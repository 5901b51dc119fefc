// What service.h needs of the adaptor: its view of a method, and the two ways to answer a call.
// Not for other rooms. Nothing here is a template but TypedWriter: requests and responses travel as
// grpc::ByteBuffer, so that the adaptor is compiled once and not once a method.
#ifndef COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_CALLS_H_
#define COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_CALLS_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "services/common/rpc/answer_memory.h"
#include "services/common/rpc/context.h"
#include "services/common/rpc/policy.h"
#include "services/common/rpc/stream.h"

namespace colloquy::telemetry {
class MethodMetrics;
}

namespace colloquy::rpc {
class Executor;
}

namespace colloquy::rpc::internal {

class OpenStreams;
class StreamCall;
class UnaryCall;

// What all calls of a server share. Constant while it serves.
struct Runtime {
  Policy policy;
  Executor* executor = nullptr;
  // For calls of peers: one that is worked on in `executor` may wait for such a call, which must
  // not wait behind it.
  Executor* peer_executor = nullptr;
  OpenStreams* streams = nullptr;
  absl::Duration default_deadline = absl::Seconds(60);
  absl::Duration max_deadline = absl::Minutes(10);
};

// Finishes a unary call exactly once: by Send(), or with INTERNAL when it is destroyed unused.
class Answer {
 public:
  explicit Answer(UnaryCall* call) : call_(call) {}
  Answer(Answer&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
  Answer& operator=(Answer&&) = delete;
  ~Answer();

  // `response` is null when `status` is not OK. Later calls do nothing.
  void Send(const absl::Status& status, const google::protobuf::MessageLite* response);

 private:
  UnaryCall* call_;
};

// Holds a stream open; ends it with INTERNAL when destroyed before Finish().
class StreamHandle {
 public:
  explicit StreamHandle(std::shared_ptr<StreamCall> call);
  StreamHandle(StreamHandle&&) noexcept = default;
  StreamHandle& operator=(StreamHandle&&) = delete;
  ~StreamHandle();

  bool TryWrite(const google::protobuf::MessageLite& message);
  bool TryWrite(const grpc::ByteBuffer& encoded);
  bool WaitForRoom(absl::Time until);
  void Finish(absl::Status status);
  bool cancelled() const;
  void OnDone(absl::AnyInvocable<void()> callback);

 private:
  std::shared_ptr<StreamCall> call_;
};

template <class Resp>
class TypedWriter final : public StreamWriter<Resp> {
 public:
  explicit TypedWriter(StreamHandle handle) : handle_(std::move(handle)) {}

  bool TryWrite(const Resp& message) override { return handle_.TryWrite(message); }
  bool TryWrite(const Encoded<Resp>& message) override { return handle_.TryWrite(message.bytes()); }
  bool WaitForRoom(absl::Time until) override { return handle_.WaitForRoom(until); }
  void Finish(absl::Status status) override { handle_.Finish(std::move(status)); }
  bool cancelled() const override { return handle_.cancelled(); }
  void OnDone(absl::AnyInvocable<void()> callback) override { handle_.OnDone(std::move(callback)); }

 private:
  StreamHandle handle_;
};

// One row of a service's table. Exactly one of `unary` and `stream` is set.
struct Method {
  std::string full_name;  // "/package.Service/Method"
  bool pooled = false;
  StreamLimits limits;
  const google::protobuf::Message* request = nullptr;  // default instance, to make new ones of
  std::function<void(const std::shared_ptr<const CallContext>&, const google::protobuf::Message&,
                     Answer)>
      unary;
  std::function<void(const std::shared_ptr<const CallContext>&, const google::protobuf::Message&,
                     StreamHandle)>
      stream;
  // Of a unary method whose answers are shared and remembered; `good_until` as in UnaryRemembered.
  AnswerMemory* memory = nullptr;
  std::function<absl::Time(const google::protobuf::Message& request,
                           const google::protobuf::MessageLite& response)>
      good_until;
  telemetry::MethodMetrics* metrics = nullptr;  // null: not counted
  const Runtime* runtime = nullptr;             // null until bound to a server
};

}  // namespace colloquy::rpc::internal

#endif  // COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_CALLS_H_
