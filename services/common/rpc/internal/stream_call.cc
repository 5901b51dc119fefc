#include "services/common/rpc/internal/stream_call.h"

#include <chrono>
#include <utility>

#include "services/common/errors/errors.h"
#include "services/common/rpc/internal/encode.h"

namespace colloquy::rpc::internal {
namespace {

// How long a reader that is told to go may hold up the last write before it is cut off; longer
// where it is still to get what is queued.
constexpr absl::Duration kErrorLinger = absl::Seconds(5);
constexpr absl::Duration kFlushLinger = absl::Seconds(60);

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* StreamCall::Start(const Method& method,
                                                              grpc::CallbackServerContext* grpc,
                                                              const grpc::ByteBuffer* request) {
  std::shared_ptr<StreamCall> call(new StreamCall(method, grpc, request));
  call->self_ = call;
  call->Proceed();
  return call.get();
}

void StreamCall::Invoke() {
  // Its own reference: the handler may end the stream, and gRPC forget it, before it returns.
  std::shared_ptr<StreamCall> self = shared_from_this();
  if (!method_.runtime->streams->Add(self)) return Refuse(OpenStreams::Stopping());
  Guard(method_, [&] { method_.stream(context_, *request_, StreamHandle(self)); });
  request_.reset();
}

bool StreamCall::TryWrite(grpc::ByteBuffer buffer) {
  {
    absl::MutexLock lock(&mutex_);
    if (ending_.has_value()) return false;
    const size_t bytes = buffer.Length();
    // One message always fits, however large.
    if (!queue_.empty() && (queue_.size() >= method_.limits.messages ||
                            queued_bytes_ + bytes > method_.limits.bytes)) {
      return false;
    }
    queued_bytes_ += bytes;
    queue_.push_back(std::move(buffer));
  }
  Pump();
  return true;
}

bool StreamCall::RoomOrOver() const {
  return ending_.has_value() || (queue_.size() * 2 <= method_.limits.messages &&
                                 queued_bytes_ * 2 <= method_.limits.bytes);
}

bool StreamCall::WaitForRoom(absl::Time until) {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithDeadline(absl::Condition(this, &StreamCall::RoomOrOver), until) &&
         !ending_.has_value();
}

void StreamCall::End(absl::Status status) {
  {
    absl::MutexLock lock(&mutex_);
    if (ending_.has_value()) return;
    if (!status.ok()) {
      queue_.clear();
      queued_bytes_ = 0;
    }
    ArmLinger(status.ok() ? kFlushLinger : kErrorLinger);
    ending_ = std::move(status);
  }
  Pump();
}

void StreamCall::ArmLinger(absl::Duration patience) {
  if (!writing_) return;
  linger_ = std::make_unique<grpc::Alarm>();
  // The alarm keeps its callback after it ran, so the reference must not stay in there.
  linger_->Set(std::chrono::system_clock::now() + absl::ToChronoNanoseconds(patience),
               [weak = weak_from_this()](bool fired) {
                 std::shared_ptr<StreamCall> self = weak.lock();
                 if (fired && self != nullptr) self->Abandon();
               });
}

void StreamCall::Abandon() {
  absl::MutexLock lock(&mutex_);
  if (!done_) grpc_->TryCancel();
}

void StreamCall::Pump() {
  std::optional<absl::Status> finish;
  {
    absl::MutexLock lock(&mutex_);
    if (writing_ || finished_) return;
    if (!queue_.empty()) {
      current_ = std::move(queue_.front());
      queued_bytes_ -= current_.Length();
      queue_.pop_front();
      writing_ = true;
    } else if (ending_.has_value()) {
      finished_ = true;
      finish = *ending_;
    } else {
      return;
    }
  }
  if (finish.has_value()) {
    Finish(Conclude(*finish));
  } else {
    StartWrite(&current_);
  }
}

void StreamCall::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    current_.Clear();
  }
  ok ? Pump() : OnCancel();
}

void StreamCall::OnCancel() {
  context_->Cancel();
  {
    absl::MutexLock lock(&mutex_);
    queue_.clear();
    queued_bytes_ = 0;
    if (!ending_.has_value()) ending_ = absl::CancelledError();
  }
  Pump();
}

void StreamCall::OnDone() {
  method_.runtime->streams->Remove(this);
  std::vector<absl::AnyInvocable<void()>> callbacks;
  std::unique_ptr<grpc::Alarm> linger;
  {
    absl::MutexLock lock(&mutex_);
    done_ = true;
    callbacks.swap(when_done_);
    linger.swap(linger_);
  }
  for (auto& callback : callbacks) callback();
  callbacks.clear();
  // Perhaps the last reference, so *this goes at the end of this scope and not within the member.
  std::shared_ptr<StreamCall> self = std::move(self_);
}

bool StreamCall::ended() const {
  absl::MutexLock lock(&mutex_);
  return ending_.has_value();
}

void StreamCall::WhenDone(absl::AnyInvocable<void()> callback) {
  {
    absl::MutexLock lock(&mutex_);
    if (!done_) {
      when_done_.push_back(std::move(callback));
      return;
    }
  }
  callback();
}

StreamHandle::StreamHandle(std::shared_ptr<StreamCall> call) : call_(std::move(call)) {}

StreamHandle::~StreamHandle() {
  if (call_ != nullptr)
    call_->End(absl::InternalError("the handler dropped the stream unfinished"));
}

bool StreamHandle::TryWrite(const google::protobuf::MessageLite& message) {
  grpc::ByteBuffer buffer;
  return Encode(message, &buffer) && call_->TryWrite(std::move(buffer));
}
bool StreamHandle::TryWrite(const grpc::ByteBuffer& encoded) { return call_->TryWrite(encoded); }
bool StreamHandle::WaitForRoom(absl::Time until) { return call_->WaitForRoom(until); }
void StreamHandle::Finish(absl::Status status) { call_->End(std::move(status)); }
bool StreamHandle::cancelled() const { return call_->ended(); }
void StreamHandle::OnDone(absl::AnyInvocable<void()> callback) {
  call_->WhenDone(std::move(callback));
}

bool OpenStreams::Add(const std::shared_ptr<StreamCall>& stream) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return false;
  streams_.emplace(stream.get(), stream);
  return true;
}

void OpenStreams::Remove(StreamCall* stream) {
  absl::MutexLock lock(&mutex_);
  streams_.erase(stream);
}

void OpenStreams::EndAll() {
  std::vector<std::shared_ptr<StreamCall>> open;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (const auto& [stream, weak] : streams_) {
      if (std::shared_ptr<StreamCall> call = weak.lock()) open.push_back(std::move(call));
    }
  }
  for (const auto& stream : open) stream->End(Stopping());
}

absl::Status OpenStreams::Stopping() {
  return errors::Retryable(absl::StatusCode::kUnavailable, errors::ErrorReason::SERVER_STOPPING,
                           "the server is stopping; connect again", absl::Seconds(1));
}

}  // namespace colloquy::rpc::internal
