// Ends calls from another thread.
#ifndef COLLOQUY_SDK_CANCELLATION_H_
#define COLLOQUY_SDK_CANCELLATION_H_

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"

namespace colloquy::sdk {

// Give one to CallOptions; Cancel() ends every call that carries it, also those that begin later,
// with CANCELLED. Thread-safe; outlives the calls.
class Cancellation {
 public:
  void Cancel();
  bool cancelled() const;

  // Sleeps; returns false at once when cancelled.
  bool SleepFor(absl::Duration duration) const;

 private:
  friend class CallScope;
  void Add(grpc::ClientContext* context);
  void Remove(grpc::ClientContext* context);

  mutable absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<grpc::ClientContext*> live_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace colloquy::sdk

#endif  // COLLOQUY_SDK_CANCELLATION_H_
