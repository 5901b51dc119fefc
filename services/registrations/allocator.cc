#include "services/registrations/allocator.h"

#include <algorithm>
#include <utility>

#include "services/common/errors/errors.h"
#include "services/registrations/decide.h"

namespace colloquy::registrations {
namespace {

absl::Status Stopping() {
  return errors::Retryable(absl::StatusCode::kUnavailable, errors::ErrorReason::SERVER_STOPPING,
                           "the server is stopping; connect again", absl::Seconds(1));
}

absl::Status DeadlinePassed() {
  return errors::Make(absl::StatusCode::kDeadlineExceeded, errors::ErrorReason::DEADLINE_EXCEEDED,
                      "the deadline passed before the request's turn came; nothing was changed");
}

// Whether newer rules might say otherwise. What the database said of the request itself will not
// change.
bool DependsOnRules(const absl::Status& refusal) {
  switch (errors::ReasonOf(refusal)) {
    case errors::ErrorReason::REQUEST_ID_REUSED:
    case errors::ErrorReason::RESOURCE_NOT_FOUND:
    case errors::ErrorReason::ETAG_MISMATCH:
    case errors::ErrorReason::STATE_INVALID:
      return false;
    default:
      return true;
  }
}

void FinishAll(std::vector<std::unique_ptr<Op>>& ops, const absl::Status& status) {
  for (auto& op : ops) op->done(status);
}

}  // namespace

Allocator::Allocator(db::Database& db, feed::Feed& feed, EventRules& rules, Options options)
    : db_(db), feed_(feed), rules_(rules), options_(options) {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Work(); });
}

Allocator::~Allocator() {
  Ops left;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    for (auto& [event, queue] : queues_) {
      std::move(queue.waiting.begin(), queue.waiting.end(), std::back_inserter(left));
      queue.waiting.clear();
    }
  }
  FinishAll(left, Stopping());
  for (std::thread& thread : threads_) thread.join();
}

absl::Status Allocator::Submit(std::unique_ptr<Op> op) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return Stopping();
  if (queued_ >= options_.queue_limit) {
    return errors::Retryable(absl::StatusCode::kResourceExhausted, errors::ErrorReason::OVERLOADED,
                             "too many registrations wait to be decided; come back in a second",
                             absl::Seconds(1));
  }
  ++queued_;
  Queue& queue = queues_[op->event];
  if (!queue.scheduled) {
    queue.scheduled = true;
    turns_.push_back(op->event);
  }
  queue.waiting.push_back(std::move(op));
  return absl::OkStatus();
}

void Allocator::Work() {
  while (true) {
    std::string event;
    {
      absl::MutexLock lock(&mutex_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !turns_.empty();
      };
      mutex_.Await(absl::Condition(&ready));
      if (stopping_) return;
      event = std::move(turns_.front());
      turns_.pop_front();
    }
    Ops ops = Take(event);
    Return(event, Run(event, ops));
    // The next batch begins while these answers go out.
    for (auto& op : ops) op->done(std::move(op->outcome));
  }
}

Allocator::Ops Allocator::Take(const std::string& event) {
  Ops ops;
  absl::MutexLock lock(&mutex_);
  auto& waiting = queues_[event].waiting;
  for (size_t people = 0; !waiting.empty() && people < options_.max_batch; waiting.pop_front()) {
    people += std::max<size_t>(1, waiting.front()->drafts.size());
    ops.push_back(std::move(waiting.front()));
  }
  queued_ -= ops.size();
  return ops;
}

void Allocator::Return(const std::string& event, Ops again) {
  absl::ReleasableMutexLock lock(&mutex_);
  if (stopping_) {
    lock.Release();
    FinishAll(again, Stopping());
    return;
  }
  Queue& queue = queues_[event];
  queued_ += again.size();
  for (auto op = again.rbegin(); op != again.rend(); ++op) queue.waiting.push_front(std::move(*op));
  if (queue.waiting.empty()) {
    queues_.erase(event);
  } else {
    turns_.push_back(event);
  }
}

Allocator::Ops Allocator::Run(const std::string& event, Ops& ops) {
  const absl::Time now = absl::Now();
  const auto late = std::stable_partition(ops.begin(), ops.end(),
                                          [&](const auto& op) { return op->deadline > now; });
  for (auto op = late; op != ops.end(); ++op) (*op)->done(DeadlinePassed());
  ops.erase(late, ops.end());
  if (ops.empty()) return {};
  if (const absl::Status status = Write(event, ops, now); !status.ok()) {
    for (auto& op : ops) op->outcome = status;
    return {};
  }
  const auto doubtful = std::stable_partition(ops.begin(), ops.end(), [](const auto& op) {
    return op->outcome.ok() || op->fresh || !DependsOnRules(op->outcome.status());
  });
  Ops again(std::make_move_iterator(doubtful), std::make_move_iterator(ops.end()));
  ops.erase(doubtful, ops.end());
  for (auto& op : again) op->fresh = true;
  return again;
}

absl::Status Allocator::Write(const std::string& event, const Ops& ops, absl::Time now) {
  absl::Time newer_than = now - options_.rules_age;
  absl::Time deadline = now;
  for (const auto& op : ops) {
    if (op->fresh) newer_than = std::max(newer_than, op->arrival);
    deadline = std::max(deadline, op->deadline);
  }
  COLLOQUY_ASSIGN_OR_RETURN(const EventRules::EventPtr rules,
                            rules_.Get(event, newer_than, deadline));
  std::vector<Op*> batch;
  for (const auto& op : ops) {
    Admit(*rules, *op, now);
    batch.push_back(op.get());
  }
  return db_.Write({.deadline = deadline}, [&](db::Transaction& tx) {
    return Decide(tx, feed_, *rules, batch, absl::Now());
  });
}

}  // namespace colloquy::registrations
