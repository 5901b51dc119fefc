#include "services/web/calls.h"

#include "absl/time/clock.h"
#include "services/common/rpc/status.h"

namespace colloquy::web {

absl::Time Calls::Deadline() const { return absl::Now() + options_.deadline; }

void Calls::Began() const {
  absl::MutexLock lock(&mutex_);
  ++under_way_;
}

void Calls::Ended() const {
  absl::MutexLock lock(&mutex_);
  --under_way_;
}

void Calls::Wait() const {
  absl::MutexLock lock(&mutex_);
  const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return under_way_ == 0; };
  mutex_.Await(absl::Condition(&none));
}

absl::Status Calls::Answered(const grpc::Status& status) { return rpc::FromGrpc(status); }

}  // namespace colloquy::web
