#include "services/common/db/sqlite/writer.h"

#include <algorithm>
#include <utility>

#include "services/common/db/sqlite/transaction.h"

namespace colloquy::db::sqlite {

using Fault = FaultInjector::Fault;

Writer::Writer(const Database* owner, const SqliteOptions& options,
               std::unique_ptr<Connection> connection)
    : owner_(owner), options_(options), connection_(std::move(connection)) {
  // Submit's callers see thread_id_, since they come after the constructor; the thread itself does
  // not need it before it has a task.
  absl::MutexLock lock(&mutex_);
  thread_ = std::thread([this] { Loop(); });
  thread_id_ = thread_.get_id();
}

void Writer::Submit(CallOptions call, Database::AsyncBody body, Database::Done done) {
  {
    absl::MutexLock lock(&mutex_);
    if (!closed_) {
      queue_.push_back({std::move(call), std::move(body), std::move(done)});
      return;
    }
  }
  done(Stopping());
}

void Writer::Close() {
  std::deque<Task> refused;
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    refused.swap(queue_);
  }
  for (Task& task : refused) task.done(Stopping());
  if (thread_.joinable()) thread_.join();
}

void Writer::Loop() {
  for (Batch batch = TakeBatch(); !batch.empty(); batch = TakeBatch()) {
    RunBatch(batch);
    generation_.fetch_add(1, std::memory_order_release);
    for (Task& task : batch) task.done(std::move(task.status));
  }
}

Writer::Batch Writer::TakeBatch() {
  absl::MutexLock lock(&mutex_, absl::Condition(this, &Writer::WorkOrClosed));
  const auto end =
      queue_.begin() + static_cast<int64_t>(std::min(queue_.size(), options_.max_batch));
  Batch batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return batch;
}

// Each round decides at least one task or uses up one of its attempts, so there is an end.
void Writer::RunBatch(Batch& batch) {
  while (!TryBatch(batch)) {
  }
}

bool Writer::TryBatch(Batch& batch) {
  if (std::all_of(batch.begin(), batch.end(), [](const Task& task) { return task.decided; })) {
    return true;
  }
  if (Failure failure = connection_->Execute("BEGIN IMMEDIATE"); failure != Failure::kNone) {
    DecideRest(batch, StatusOf(failure, CallOptions()));
    return true;
  }
  commit_fault_ = Fault::kNone;
  for (Task& task : batch) {
    if (!task.decided) RunTask(task);
    if (!connection_->in_transaction()) return false;
  }
  DecideRest(batch, Commit());
  return true;
}

void Writer::RunTask(Task& task) {
  for (;;) {
    if (Expired(task.call)) return Decide(task, StatusOf(Failure::kInterrupted, task.call));
    Verdict verdict = RunOnce(task);
    const bool open = connection_->in_transaction();
    if (verdict.status.ok() && open) return;
    ++task.attempt;
    if (!verdict.run_again || task.attempt >= options_.common.max_attempts) {
      return Decide(task, std::move(verdict.status));
    }
    if (!open) return;
  }
}

Verdict Writer::RunOnce(Task& task) {
  if (Failure failure = connection_->Execute("SAVEPOINT body"); failure != Failure::kNone) {
    return {StatusOf(failure, task.call)};
  }
  Verdict verdict;
  {
    SqliteTransaction tx(*connection_, task.call, options_.common, task.attempt,
                         /*read_only=*/false);
    ScopedBody inside(owner_);
    verdict = tx.Judge(task.body(tx));
  }
  if (verdict.status.ok() && options_.common.faults != nullptr) {
    const Fault fault = options_.common.faults->BeforeCommit(task.attempt);
    if (fault == Fault::kDeadlock) verdict = {StatusOf(Failure::kConflict, task.call), true};
    if (fault == Fault::kLostConnection || fault == Fault::kLostAfter) commit_fault_ = fault;
  }
  if (!connection_->in_transaction()) {
    // A failed statement took the whole transaction with it, even if the body made light of it.
    return verdict.status.ok() ? Verdict{StatusOf(Failure::kLost, task.call), true} : verdict;
  }
  if (Failure failure = CloseSavepoint(verdict); failure != Failure::kNone) {
    return {StatusOf(failure, task.call)};
  }
  return verdict;
}

Failure Writer::CloseSavepoint(const Verdict& verdict) {
  if (!verdict.status.ok()) {
    if (Failure failure = connection_->Execute("ROLLBACK TO body"); failure != Failure::kNone) {
      return failure;
    }
  }
  return connection_->Execute("RELEASE body");
}

absl::Status Writer::Commit() {
  if (commit_fault_ == Fault::kLostConnection) {
    connection_->Execute("ROLLBACK");
    return OutcomeUnknown();
  }
  const Failure failure = connection_->Execute("COMMIT");
  if (connection_->in_transaction()) connection_->Execute("ROLLBACK");
  if (commit_fault_ == Fault::kLostAfter) return OutcomeUnknown();
  // After a failed write or fsync nobody knows what a crash would leave on the disk.
  if (failure == Failure::kLost) return OutcomeUnknown();
  return StatusOf(failure, CallOptions());
}

void Writer::Decide(Task& task, absl::Status status) {
  task.decided = true;
  task.status = std::move(status);
}

void Writer::DecideRest(Batch& batch, const absl::Status& status) {
  for (Task& task : batch) {
    if (!task.decided) Decide(task, status);
  }
}

}  // namespace colloquy::db::sqlite
