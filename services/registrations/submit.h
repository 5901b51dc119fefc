// Hands what a handler was asked to the allocator, and its outcome to the caller.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_SUBMIT_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_SUBMIT_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "services/common/rpc/service.h"
#include "services/registrations/allocator.h"
#include "services/registrations/op.h"

namespace colloquy::registrations {

// `convert` makes the answer of the registrations that the op ended with. A refusal, of the op or
// of the allocator, is answered as it is.
template <typename Response, typename Convert>
void Submit(Allocator& allocator, absl::StatusOr<std::unique_ptr<Op>> op, rpc::Done<Response> done,
            Convert convert) {
  if (!op.ok()) return done(op.status());
  // Shared between the op and the refusal below, only one of which uses it.
  auto answer = std::make_shared<rpc::Done<Response>>(std::move(done));
  (*op)->done = [answer, convert](Op::Outcome outcome) {
    if (!outcome.ok()) return (*answer)(outcome.status());
    (*answer)(convert(*std::move(outcome)));
  };
  if (absl::Status taken = allocator.Submit(*std::move(op)); !taken.ok()) (*answer)(taken);
}

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_SUBMIT_H_
