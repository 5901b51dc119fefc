#include "services/common/rpc/internal/unary_call.h"

#include <utility>

#include "services/common/rpc/internal/encode.h"

namespace colloquy::rpc::internal {

grpc::ServerUnaryReactor* UnaryCall::Start(const Method& method, grpc::CallbackServerContext* grpc,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) {
  auto* call = new UnaryCall(method, grpc, request, response);
  call->Proceed();
  // Still there, even if it is answered: gRPC calls OnDone after it has got the reactor.
  return call;
}

bool UnaryCall::Recall() {
  if (method_.memory == nullptr) return false;
  slot_ = method_.memory->SlotFor(method_.full_name, context_->caller(), *request_);
  recalled_ = method_.memory->Find(*slot_, start_, response_);
  return recalled_;
}

void UnaryCall::Invoke() {
  if (recalled_) return Finish(Conclude(absl::OkStatus()));
  Guard(method_, [this] { method_.unary(context_, *request_, Answer(this)); });
}

void UnaryCall::Send(const absl::Status& status, const google::protobuf::MessageLite* response) {
  if (status.ok() && !Encode(*response, response_)) {
    Finish(Conclude(absl::InternalError("the response could not be serialized")));
    return;
  }
  if (status.ok() && slot_.has_value()) {
    method_.memory->Keep(*std::move(slot_), method_.good_until(*request_, *response), *response_);
  }
  Finish(Conclude(status));
}

Answer::~Answer() {
  if (call_ != nullptr)
    Send(absl::InternalError("the handler dropped the call unanswered"), nullptr);
}

void Answer::Send(const absl::Status& status, const google::protobuf::MessageLite* response) {
  UnaryCall* call = std::exchange(call_, nullptr);
  if (call != nullptr) call->Send(status, response);
}

}  // namespace colloquy::rpc::internal
