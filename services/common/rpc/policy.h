// What the adaptor asks before a handler runs. The auth room implements these; tests fake them.
#ifndef COLLOQUY_SERVICES_COMMON_RPC_POLICY_H_
#define COLLOQUY_SERVICES_COMMON_RPC_POLICY_H_

#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "services/common/auth/caller.h"

namespace colloquy::telemetry {
class Log;
class Metrics;
}  // namespace colloquy::telemetry

namespace colloquy::rpc {

// Callers are shared, not copied: one atomic increment a call on a cache hit.
using CallerPtr = std::shared_ptr<const auth::Caller>;

// Turns a credential into a caller. `credential` is what followed "Bearer " in `authorization`, or
// the value of `x-api-key`; empty when the client sent neither, which is not an error here (the
// caller is then anonymous). It is never logged and never part of a message.
// Thread-safe. Errors: UNAUTHENTICATED, typed (CREDENTIALS_INVALID).
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // Never blocks: runs on a gRPC thread. nullopt: only Authenticate() knows.
  virtual std::optional<absl::StatusOr<CallerPtr>> TryCached(absl::string_view credential) = 0;
  // May block until `deadline`: runs on the executor, once, after TryCached gave nullopt.
  virtual absl::StatusOr<CallerPtr> Authenticate(absl::string_view credential,
                                                 absl::Time deadline) = 0;
};

// The permission table. `method` is "/package.Service/Method". Never blocks; thread-safe.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  // PERMISSION_DENIED, or UNAUTHENTICATED (CREDENTIALS_MISSING) for anonymous callers; typed.
  virtual absl::Status Authorize(absl::string_view method, const auth::Caller& caller,
                                 const google::protobuf::Message& request) const = 0;
  // A method that is not known does not start the server.
  virtual bool Knows(absl::string_view method) const = 0;
};

// Checks what the contract says of every request (required fields, sizes, name patterns).
// INVALID_ARGUMENT, typed. Never blocks; thread-safe.
using Validator = std::function<absl::Status(const google::protobuf::Message&)>;

// Per-caller rate limit. RESOURCE_EXHAUSTED (RATE_LIMITED) with RetryInfo. Never blocks;
// thread-safe.
class Limiter {
 public:
  virtual ~Limiter() = default;
  virtual absl::Status Admit(const auth::Caller& caller) = 0;
};

// Everything a server asks. Not owned, outlives the server. `authenticator` and `authorizer` are
// required; the others may be absent.
struct Policy {
  Authenticator* authenticator = nullptr;
  const Authorizer* authorizer = nullptr;
  Validator validator;
  Limiter* limiter = nullptr;
  telemetry::Log* log = nullptr;
  telemetry::Metrics* metrics = nullptr;
};

}  // namespace colloquy::rpc

#endif  // COLLOQUY_SERVICES_COMMON_RPC_POLICY_H_
