// The one place where a call passes its stages.
#ifndef COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_CALL_H_
#define COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_CALL_H_

#include <cstddef>
#include <exception>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "services/common/rpc/context.h"
#include "services/common/rpc/internal/calls.h"
#include "services/common/rpc/status.h"

namespace colloquy::rpc::internal {

// What unary calls and streams have in common. Stages run one after the other, on one thread at a
// time; a call that must block for its authentication moves to the executor and goes on there.
class CallBase {
 public:
  // `raw` is the request as it arrived; owned by gRPC for this call alone, emptied when decoded.
  CallBase(const Method& method, grpc::CallbackServerContext* grpc, const grpc::ByteBuffer* raw);
  virtual ~CallBase();
  CallBase(const CallBase&) = delete;
  CallBase& operator=(const CallBase&) = delete;

  struct Stage {
    absl::string_view name;
    absl::Status (CallBase::*run)();
  };
  // In the order in which every call passes them.
  static absl::Span<const Stage> Stages();

 protected:
  // Runs the stages that are left, then Invoke(); or Refuse(). *this may be gone afterwards.
  void Proceed();

  // The last thing before gRPC's Finish, once a call: trailing metadata, metrics, log line, and the
  // status in its final form.
  grpc::Status Conclude(const absl::Status& status);

  // Runs `handler` and turns an exception that a library let escape into a log line; the answer's
  // destructor has then told the client. Uses nothing of *this after the handler.
  template <class Handler>
  static void Guard(const Method& method, Handler handler) {
    try {
      handler();
    } catch (const std::exception& error) {
      LogEscaped(method, error.what());
    } catch (...) {
      LogEscaped(method, "not a std::exception");
    }
  }

  // Whether nothing more has to be done for this call: it is answered from what is remembered, or
  // waits for a run of its method that others share. Asked after the stages, on a gRPC thread; if
  // true, *this may be gone.
  virtual bool SeeTo() { return false; }
  virtual void Invoke() = 0;
  virtual void Refuse(absl::Status status) = 0;

  // What becomes of the call from now on is the handler's doing.
  void LeaveStages() { in_stages_ = false; }
  // The executor for this caller's calls.
  Executor& Pool() const;

  const Method& method_;
  grpc::CallbackServerContext* const grpc_;
  const std::shared_ptr<CallContext> context_;
  const absl::Time start_;
  std::unique_ptr<google::protobuf::Message> request_;

 private:
  absl::Status ReadRequestId();
  absl::Status SetDeadline();
  absl::Status Authenticate();
  absl::Status Decode();
  absl::Status Authorise();
  absl::Status Validate();
  absl::Status Admit();

  absl::Status RunStages();
  void MoveToPool();
  // Left empty if the client sent none. UNAUTHENTICATED if it sent something else, or two.
  absl::Status ReadCredential(absl::string_view* credential) const;
  static void LogEscaped(const Method& method, absl::string_view what);
  void LogEnd(const absl::Status& original, const Sanitised& sent, absl::Duration took) const;

  const grpc::ByteBuffer* raw_;
  size_t next_stage_ = 0;
  bool on_pool_ = false;
  bool must_block_ = false;
  bool in_stages_ = true;
};

}  // namespace colloquy::rpc::internal

#endif  // COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_CALL_H_
