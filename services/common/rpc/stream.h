// A server stream as its handler sees it.
#ifndef COLLOQUY_SERVICES_COMMON_RPC_STREAM_H_
#define COLLOQUY_SERVICES_COMMON_RPC_STREAM_H_

#include <cstddef>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/common/rpc/encoded.h"

namespace colloquy::rpc {

// What may wait for a slow reader.
struct StreamLimits {
  size_t messages = 1000;
  size_t bytes = 4 << 20;
};

// All methods are thread-safe. Dropping the last reference without Finish() ends the stream with
// INTERNAL. An interface, so that a handler can be tested with a fake.
template <class Resp>
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;

  // Queues one message; never blocks. False: the queue is full, or the stream is over (see
  // cancelled()). On a full queue the handler either waits for room or finishes with
  // CONSUMER_TOO_SLOW.
  virtual bool TryWrite(const Resp& message) = 0;
  // The same with a message that other streams get too: no stream encodes it or has it for itself.
  virtual bool TryWrite(const Encoded<Resp>& message) { return TryWrite(message.Decode()); }

  // Blocks until the queue is at most half full; for catching up with a long past. False when
  // `until` came first or the stream is over. Not on a gRPC thread.
  virtual bool WaitForRoom(absl::Time until) = 0;

  // Ends the stream; the first call counts. With OK what is queued is sent first, with an error it
  // is discarded. A reader that takes nothing for 5 s more is cut off.
  virtual void Finish(absl::Status status) = 0;

  // Over: the client left, the server stops, or Finish() was called.
  virtual bool cancelled() const = 0;

  // Runs once when the stream is over, on a gRPC thread and never from inside another method; at
  // once, on this thread, if it is over already. Must not block.
  virtual void OnDone(absl::AnyInvocable<void()> callback) = 0;
};

}  // namespace colloquy::rpc

#endif  // COLLOQUY_SERVICES_COMMON_RPC_STREAM_H_
