// A message in its wire form, for those who write the same one to many streams.
#ifndef COLLOQUY_SERVICES_COMMON_RPC_ENCODED_H_
#define COLLOQUY_SERVICES_COMMON_RPC_ENCODED_H_

#include <cstddef>

#include "grpcpp/support/byte_buffer.h"
#include "services/common/rpc/internal/encode.h"

namespace colloquy::rpc {

// Encoded once; copies, and the queues of all streams that it was written to, share the bytes.
// Immutable, hence thread-safe.
template <class Message>
class Encoded {
 public:
  // Empty when the message is larger than protobuf can write (2 GiB).
  explicit Encoded(const Message& message) { internal::Encode(message, &bytes_); }

  const grpc::ByteBuffer& bytes() const { return bytes_; }
  size_t size() const { return bytes_.Length(); }

  // The message again, for tests and for streams that are not gRPC's.
  Message Decode() const {
    Message message;
    grpc::ByteBuffer copy(bytes_);
    internal::Decode(&copy, &message);
    return message;
  }

 private:
  grpc::ByteBuffer bytes_;
};

}  // namespace colloquy::rpc

#endif  // COLLOQUY_SERVICES_COMMON_RPC_ENCODED_H_
