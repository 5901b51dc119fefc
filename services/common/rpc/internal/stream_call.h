#ifndef COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_STREAM_CALL_H_
#define COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_STREAM_CALL_H_

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "google/protobuf/message_lite.h"
#include "grpcpp/alarm.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "services/common/rpc/internal/call.h"

namespace colloquy::rpc::internal {

// gRPC's reactor of one server stream. Kept alive by gRPC until OnDone, and by the handler's
// StreamHandle for as long as it likes. At most one write is under way; the rest waits in a bounded
// queue. Thread-safe.
class StreamCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         public CallBase,
                         public std::enable_shared_from_this<StreamCall> {
 public:
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(const Method& method,
                                                           grpc::CallbackServerContext* grpc,
                                                           const grpc::ByteBuffer* request);

  bool TryWrite(grpc::ByteBuffer buffer);
  bool WaitForRoom(absl::Time until);
  // The first call counts. An error discards what is queued.
  void End(absl::Status status);
  bool ended() const;
  void WhenDone(absl::AnyInvocable<void()> callback);

 private:
  using CallBase::CallBase;

  void Invoke() override;
  void Refuse(absl::Status status) override { End(std::move(status)); }

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // Starts the next write, or gRPC's Finish, if it is time for one.
  void Pump();
  void Abandon();
  // Cuts the reader off if it does not take what is under way.
  void ArmLinger(absl::Duration patience) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool RoomOrOver() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::deque<grpc::ByteBuffer> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  grpc::ByteBuffer current_;  // owned by gRPC while writing_
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> ending_ ABSL_GUARDED_BY(mutex_);  // how it is to end
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;               // gRPC has been told
  bool done_ ABSL_GUARDED_BY(mutex_) = false;                   // gRPC is through with it
  std::vector<absl::AnyInvocable<void()>> when_done_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<grpc::Alarm> linger_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<StreamCall> self_;  // until OnDone
};

// The streams of one server, so that it can end them when it stops. Thread-safe.
class OpenStreams {
 public:
  // False once EndAll was called: the stream must not start.
  bool Add(const std::shared_ptr<StreamCall>& stream);
  void Remove(StreamCall* stream);
  // SERVER_STOPPING to all.
  void EndAll();

  static absl::Status Stopping();

 private:
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<StreamCall*, std::weak_ptr<StreamCall>> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace colloquy::rpc::internal

#endif  // COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_STREAM_CALL_H_
