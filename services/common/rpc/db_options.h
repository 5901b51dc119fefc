// From a call to what the database needs to know of it.
#ifndef COLLOQUY_SERVICES_COMMON_RPC_DB_OPTIONS_H_
#define COLLOQUY_SERVICES_COMMON_RPC_DB_OPTIONS_H_

#include <memory>
#include <utility>

#include "services/common/db/database.h"
#include "services/common/rpc/context.h"

namespace colloquy::rpc {

// The call's deadline and cancellation. `call` must outlive the database call.
inline db::CallOptions DbOptions(const CallContext& call) {
  return {.deadline = call.deadline(), .cancelled = [&call] { return call.cancelled(); }};
}

// For work that outlives its handler.
inline db::CallOptions DbOptions(std::shared_ptr<const CallContext> call) {
  const absl::Time deadline = call->deadline();
  return {.deadline = deadline,
          .cancelled = [call = std::move(call)] { return call->cancelled(); }};
}

}  // namespace colloquy::rpc

#endif  // COLLOQUY_SERVICES_COMMON_RPC_DB_OPTIONS_H_
