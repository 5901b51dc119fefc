#include "services/registrations/allocator.h"

#include <algorithm>
#include <utility>

#include "services/common/errors/errors.h"
#include "services/registrations/decide.h"

namespace colloquy::registrations {
namespace {

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

}  // namespace

Allocator::Allocator(db::Database& db, feed::Feed& feed, EventRules& rules, Options options)
    : db_(db),
      feed_(feed),
      rules_(rules),
      options_(options),
      gatherer_(options.gatherer,
                [this](const std::string& event, Ops& ops) { return Run(event, ops); }) {}

Allocator::Ops Allocator::Run(const std::string& event, Ops& ops) {
  const absl::Time now = absl::Now();
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
