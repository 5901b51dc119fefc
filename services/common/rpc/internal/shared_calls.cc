#include "services/common/rpc/internal/shared_calls.h"

#include <utility>

#include "services/common/rpc/executor.h"

namespace colloquy::rpc::internal {
namespace {

constexpr size_t kMaxWaiting = 20'000;

}  // namespace

absl::StatusOr<bool> SharedCalls::Join(const std::string& key, UnaryCall* call) {
  absl::MutexLock lock(&mutex_);
  if (waiting_ >= kMaxWaiting) return Overloaded();
  const auto [found, first] = gathered_.try_emplace(key);
  found->second.push_back(call);
  ++waiting_;
  return first;
}

std::vector<UnaryCall*> SharedCalls::Begin(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  std::vector<UnaryCall*> company = std::exchange(gathered_[key], {});
  waiting_ -= company.size();
  return company;
}

UnaryCall* SharedCalls::End(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  const auto found = gathered_.find(key);
  if (!found->second.empty()) return found->second.front();
  gathered_.erase(found);
  return nullptr;
}

size_t SharedCalls::waiting() const {
  absl::MutexLock lock(&mutex_);
  return waiting_;
}

}  // namespace colloquy::rpc::internal
