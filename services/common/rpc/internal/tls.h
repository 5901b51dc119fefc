#ifndef COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_TLS_H_
#define COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_TLS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"
#include "services/common/rpc/server.h"

namespace colloquy::rpc::internal {

// Credentials that follow their files. FAILED_PRECONDITION naming the file that cannot be read,
// does not parse, or does not match: gRPC itself would start and then fail every handshake.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeTlsCredentials(const TlsFiles& files);

}  // namespace colloquy::rpc::internal

#endif  // COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_TLS_H_
