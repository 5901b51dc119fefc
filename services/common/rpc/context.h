// What a handler may know about its call.
#ifndef COLLOQUY_SERVICES_COMMON_RPC_CONTEXT_H_
#define COLLOQUY_SERVICES_COMMON_RPC_CONTEXT_H_

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/common/auth/caller.h"

namespace colloquy::rpc {

namespace internal {
class CallBase;
}

// Immutable for the handler, but for the cancellation flag that the adaptor sets. All reads are
// thread-safe. It may outlive its call when it is held through a shared_ptr.
class CallContext {
 public:
  // Of no single call of gRPC's: for tests, and where one run of a handler answers several calls.
  // `method` is not copied.
  CallContext(auth::Caller caller, absl::Time deadline, std::string request_id = "test",
              absl::string_view method = "/test/Test")
      : caller_(std::make_shared<const auth::Caller>(std::move(caller))),
        deadline_(deadline),
        request_id_(std::move(request_id)),
        method_(method) {}

  const auth::Caller& caller() const { return *caller_; }
  // Always finite for unary calls: a call without a deadline gets the server's default.
  absl::Time deadline() const { return deadline_; }
  // The client went away, its deadline passed, or the server is out of patience while it stops.
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  // Trace id, [A-Za-z0-9._-]{1,64}: the client's x-request-id if it is of that form, otherwise made
  // here. In the log line, in the trailing metadata, and to be sent on to peers.
  const std::string& request_id() const { return request_id_; }
  // "/colloquy.events.v1.EventsService/GetEvent"
  absl::string_view method() const { return method_; }
  // "GetEvent"
  absl::string_view method_name() const { return method().substr(method().rfind('/') + 1); }

  // Called by the adaptor (and by tests); true from then on.
  void Cancel() const { cancelled_.store(true, std::memory_order_relaxed); }

 private:
  friend class internal::CallBase;

  // The adaptor fills the rest, stage by stage, before a handler sees it.
  explicit CallContext(absl::string_view method) : method_(method) {}

  std::shared_ptr<const auth::Caller> caller_;
  absl::Time deadline_ = absl::InfiniteFuture();
  std::string request_id_;
  absl::string_view method_;
  mutable std::atomic<bool> cancelled_{false};
};

}  // namespace colloquy::rpc

#endif  // COLLOQUY_SERVICES_COMMON_RPC_CONTEXT_H_
