#include "services/common/rpc/internal/unary_call.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "services/common/rpc/executor.h"
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

bool UnaryCall::SeeTo() {
  if (method_.memory == nullptr) return false;
  slot_ = method_.memory->SlotFor(method_.full_name, context_->caller(), *request_);
  if (method_.memory->Find(slot_, start_, response_)) {
    LeaveStages();
    Finish(Conclude(absl::OkStatus()));
    return true;
  }
  const absl::StatusOr<bool> first = method_.memory->shared().Join(slot_.key, this);
  if (!first.ok()) {
    Refuse(first.status());
  } else if (*first) {
    SubmitRun();
  }
  return true;
}

void UnaryCall::SubmitRun() {
  SharedCalls& shared = method_.memory->shared();
  const std::string key = slot_.key;
  // Whether it is too late is asked for each call of the run.
  const absl::Status status =
      Pool().Submit(absl::InfiniteFuture(), [this](const absl::Status&) { Run(); });
  // Submit took the run unless it failed: *this may be finished and gone by now.
  if (status.ok()) return;
  for (UnaryCall* call : shared.Begin(key)) call->Refuse(status);
  EndRun(shared, key);
}

absl::Status UnaryCall::StillWanted(absl::Time now) const {
  if (context_->cancelled()) return absl::CancelledError();
  return now < context_->deadline() ? absl::OkStatus() : WaitedTooLong();
}

void UnaryCall::Run() {
  SharedCalls& shared = method_.memory->shared();
  const std::string key = slot_.key;
  std::vector<UnaryCall*> wanted;
  const absl::Time now = absl::Now();
  for (UnaryCall* call : shared.Begin(key)) {
    absl::Status status = call->StillWanted(now);
    status.ok() ? wanted.push_back(call) : call->Refuse(std::move(status));
  }
  // *this may be gone, if it was among those.
  if (wanted.empty()) return EndRun(shared, key);
  UnaryCall* leader = wanted.back();
  wanted.pop_back();
  leader->LeaveStages();
  leader->leads_ = true;
  leader->company_ = std::move(wanted);
  leader->Invoke();
}

std::shared_ptr<const CallContext> UnaryCall::SharedContext() const {
  if (company_.empty()) return context_;
  // Good for the most patient of them; none can cancel it for the others.
  absl::Time deadline = context_->deadline();
  for (const UnaryCall* call : company_) deadline = std::max(deadline, call->context_->deadline());
  return std::make_shared<const CallContext>(context_->caller(), deadline, context_->request_id(),
                                             context_->method());
}

void UnaryCall::Invoke() {
  for (UnaryCall* call : company_) call->LeaveStages();
  Guard(method_, [this] { method_.unary(SharedContext(), *request_, Answer(this)); });
}

void UnaryCall::EndRun(SharedCalls& shared, const std::string& key) {
  if (UnaryCall* next = shared.End(key); next != nullptr) next->SubmitRun();
}

void UnaryCall::Send(const absl::Status& status, const google::protobuf::MessageLite* response) {
  absl::Status sent = status;
  if (sent.ok() && !Encode(*response, response_))
    sent = absl::InternalError("the response could not be serialized");
  // The next run begins while the answers of this one go out.
  if (leads_) EndRun(method_.memory->shared(), slot_.key);
  if (sent.ok() && method_.memory != nullptr)
    method_.memory->Keep(std::move(slot_), method_.good_until(*request_, *response), *response_);
  for (UnaryCall* call : company_) {
    if (sent.ok()) *call->response_ = *response_;  // shares the bytes
    call->Finish(call->Conclude(sent));
  }
  Finish(Conclude(sent));
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
