#include "services/registrations/import_turns.h"

#include <algorithm>

namespace colloquy::registrations {

ImportTurns::Turn::Turn(ImportTurns& turns, absl::string_view operation, int64_t first_record,
                        int64_t count)
    : turns_(turns) {
  absl::MutexLock lock(&turns_.mutex_);
  run_ = turns_.runs_.insert(turns_.runs_.end(),
                             {std::string(operation), first_record, first_record + count});
}

ImportTurns::Turn::~Turn() {
  absl::MutexLock lock(&turns_.mutex_);
  turns_.runs_.erase(run_);
}

void ImportTurns::Turn::Wait(absl::Time deadline) {
  absl::MutexLock lock(&turns_.mutex_);
  if (!turns_.MustWait(*run_)) return;
  run_->waits = true;
  const auto free = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turns_.mutex_) {
    return !turns_.MustWait(*run_);
  };
  turns_.mutex_.AwaitWithDeadline(absl::Condition(&free), deadline);
  run_->waits = false;
}

bool ImportTurns::Turn::waits() const {
  const absl::MutexLock lock(&turns_.mutex_);
  return run_->waits;
}

bool ImportTurns::MustWait(const Run& run) const {
  return std::any_of(runs_.begin(), runs_.end(), [&run](const Run& other) {
    return other.end == run.first && other.first < run.first && !other.waits &&
           other.operation == run.operation;
  });
}

}  // namespace colloquy::registrations
