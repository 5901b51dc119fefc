#ifndef COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_ENCODE_H_
#define COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_ENCODE_H_

#include "google/protobuf/message_lite.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/byte_buffer.h"

namespace colloquy::rpc::internal {

// The wire form of a message. False when it is larger than protobuf can write (2 GiB).
inline bool Encode(const google::protobuf::MessageLite& message, grpc::ByteBuffer* out) {
  bool own_buffer = false;
  return grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::MessageLite>(
             message, out, &own_buffer)
      .ok();
}

// False when the bytes are no such message.
inline bool Decode(grpc::ByteBuffer* bytes, google::protobuf::MessageLite* message) {
  return grpc::GenericDeserialize<grpc::ProtoBufferReader, google::protobuf::MessageLite>(bytes,
                                                                                          message)
      .ok();
}

}  // namespace colloquy::rpc::internal

#endif  // COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_ENCODE_H_
