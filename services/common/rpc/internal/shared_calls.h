#ifndef COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_SHARED_CALLS_H_
#define COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_SHARED_CALLS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace colloquy::rpc::internal {

class UnaryCall;

// Calls that ask the same at the same time: one run of the handler answers all that had come when
// it began. (Known as single flight; but who comes while a handler runs waits for the next run,
// since this one may have read already.) A key has one run at a time. Thread-safe.
class SharedCalls {
 public:
  // True: `call` has to see to the next run of `key`. False: another one does, and will answer it.
  // OVERLOADED, and not taken, when too many wait.
  absl::StatusOr<bool> Join(const std::string& key, UnaryCall* call);
  // A run begins, or will not be: whom it answers, the one who sees to it among them.
  std::vector<UnaryCall*> Begin(const std::string& key);
  // It has ended: one who has to see to the next run, nullptr if nobody waits.
  UnaryCall* End(const std::string& key);

  // Those of all keys whose run has not begun.
  size_t waiting() const;

 private:
  mutable absl::Mutex mutex_;
  // A key is there while somebody sees to a run of it.
  absl::flat_hash_map<std::string, std::vector<UnaryCall*>> gathered_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace colloquy::rpc::internal

#endif  // COLLOQUY_SERVICES_COMMON_RPC_INTERNAL_SHARED_CALLS_H_
