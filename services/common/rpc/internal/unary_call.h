#ifndef COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_UNARY_CALL_H_
#define COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_UNARY_CALL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message_lite.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "services/common/rpc/internal/call.h"

namespace colloquy::rpc::internal {

// gRPC's reactor of one unary call; deletes itself in OnDone.
class UnaryCall final : public grpc::ServerUnaryReactor, public CallBase {
 public:
  static grpc::ServerUnaryReactor* Start(const Method& method, grpc::CallbackServerContext* grpc,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response);

  // Once (Answer sees to it), also for the calls that share the run. *this may be gone afterwards.
  void Send(const absl::Status& status, const google::protobuf::MessageLite* response);

 private:
  UnaryCall(const Method& method, grpc::CallbackServerContext* grpc,
            const grpc::ByteBuffer* request, grpc::ByteBuffer* response)
      : CallBase(method, grpc, request), response_(response) {}

  bool SeeTo() override;
  void Invoke() override;
  void Refuse(absl::Status status) override { Finish(Conclude(status)); }

  // A run of the handler for all that ask the same as this one. *this may be gone afterwards.
  void SubmitRun();
  void Run();
  absl::Status StillWanted(absl::Time now) const;
  // The context of a run that answers `company_` too.
  std::shared_ptr<const CallContext> SharedContext() const;
  // Ends the run and lets the next one begin.
  static void EndRun(SharedCalls& shared, const std::string& key);

  void OnCancel() override { context_->Cancel(); }
  void OnDone() override { delete this; }
  // Both reactions above neither block nor lock, so gRPC 1.51 may run them where it is instead of
  // handing them to another thread, which costs a tenth of the calls a second.
  bool InternalInlineable() override { return true; }

  grpc::ByteBuffer* const response_;
  // Of a method whose answers are remembered.
  AnswerMemory::Slot slot_;
  bool leads_ = false;               // a run for itself and others
  std::vector<UnaryCall*> company_;  // the others
};

}  // namespace colloquy::rpc::internal

#endif  // COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_UNARY_CALL_H_
