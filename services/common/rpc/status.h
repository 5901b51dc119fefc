// absl::Status with google.rpc details as payloads <-> grpc::Status with a serialized
// google.rpc.Status in its binary details (the encoding that every gRPC client library reads).
// For servers and clients; depends on no server code. Pure functions.
#ifndef COLLOQUY_SERVICES_COMMON_RPC_STATUS_H_
#define COLLOQUY_SERVICES_COMMON_RPC_STATUS_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace colloquy::rpc {

// Serialized google.rpc.Status at most. A client takes 8 KB of metadata in all and turns more into
// RESOURCE_EXHAUSTED, losing the code; base64 adds a third and the message travels twice.
inline constexpr size_t kMaxStatusBytes = 4096;
// The message, in bytes; cut at a UTF-8 boundary. Percent encoding can triple it.
inline constexpr size_t kMaxMessageBytes = 600;

// Details that do not fit are dropped, the largest first, ErrorInfo last (and then its longest
// metadata values).
grpc::Status ToGrpc(const absl::Status& status);

// The client's side: code, message and every detail as a payload, for errors::ReasonOf and the
// like. Details that do not parse are left out.
absl::Status FromGrpc(const grpc::Status& status);

// Carries an ErrorInfo of some domain; anything else must not reach a client.
bool IsTyped(const absl::Status& status);

// A status fit for a client. Typed ones pass as they are, and so do the untyped
// CANCELLED and DEADLINE_EXCEEDED with their message replaced. All others become INTERNAL with a
// new random error id in their metadata; `error_id` is then set, to be logged with the original.
struct Sanitised {
  absl::Status status;
  std::string error_id;
};
Sanitised Sanitise(const absl::Status& status);

}  // namespace colloquy::rpc

#endif  // COLLOQUY_SERVICES_COMMON_RPC_STATUS_H_
