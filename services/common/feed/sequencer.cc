#include "services/common/feed/sequencer.h"

#include <utility>

#include "absl/time/clock.h"
#include "services/common/errors/errors.h"
#include "services/common/feed/store.h"

namespace colloquy::feed {
namespace {

constexpr int kBatch = 1024;  // a power of 4: a full list needs no filling up
constexpr absl::Duration kEager = absl::Milliseconds(5);
constexpr absl::Duration kAttempt = absl::Seconds(10);

}  // namespace

Sequencer::Sequencer(db::Database& db, absl::Duration poll, std::function<void()> stamped)
    : db_(db), stamped_(std::move(stamped)), pulse_(poll, kEager) {}

Sequencer::~Sequencer() { Stop(); }

void Sequencer::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Sequencer::Stop() {
  pulse_.Stop();
  if (thread_.joinable()) thread_.join();
}

void Sequencer::Loop() {
  do {
    absl::StatusOr<int64_t> stamped = StampOnce(absl::Now() + kAttempt);
    while (stamped.ok() && *stamped == kBatch) stamped = StampOnce(absl::Now() + kAttempt);
    // An error needs no other answer than the next attempt: records wait, committed.
  } while (pulse_.Wait());
}

absl::StatusOr<int64_t> Sequencer::StampOnce(absl::Time deadline) {
  bool any = false;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Read({.deadline = deadline, .one_query = true}, [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(any, AnyUnstamped(tx));
        return absl::OkStatus();
      }));
  if (!any) return 0;
  int64_t stamped = 0;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write({.deadline = deadline}, [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(stamped, StampRecords(tx, kBatch));
        return absl::OkStatus();
      }));
  if (stamped > 0 && stamped_) stamped_();
  return stamped;
}

}  // namespace colloquy::feed
