#include "services/common/db/outcome.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/errors/errors.h"

namespace colloquy::db {
namespace {

using errors::ErrorReason;

constexpr absl::string_view kRunAgain = "colloquy.db.run_again";
constexpr absl::Duration kFirstPause = absl::Milliseconds(4);
constexpr absl::Duration kLongestPause = absl::Milliseconds(500);

thread_local const Database* body_of = nullptr;

std::mt19937_64& Random() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return random;
}

// Half of the pause is random: those who collided once do not collide in step for ever.
void Pause(int attempt, absl::Time deadline) {
  const absl::Duration pause = std::min(kLongestPause, kFirstPause * (1 << std::min(attempt, 10)));
  const double part = std::uniform_real_distribution<double>(0.5, 1.0)(Random());
  absl::SleepFor(std::min(pause * part, deadline - absl::Now()));
}

}  // namespace

absl::Status RunAgain() {
  absl::Status status = StatusOf(Failure::kConflict, CallOptions());
  status.SetPayload(kRunAgain, absl::Cord());
  return status;
}

bool IsRunAgain(const absl::Status& status) { return status.GetPayload(kRunAgain).has_value(); }

absl::Status StatusOf(Failure failure, const CallOptions& call) {
  switch (failure) {
    case Failure::kNone:
      return absl::OkStatus();
    case Failure::kUnique:
      return absl::AlreadyExistsError("A row with this key exists.");
    case Failure::kConflict:
      return errors::Retryable(absl::StatusCode::kAborted, ErrorReason::CONFLICT,
                               "Concurrent changes kept getting in the way. Try again.",
                               absl::Milliseconds(100));
    case Failure::kLost:
      return errors::Retryable(absl::StatusCode::kUnavailable, ErrorReason::DATABASE_UNAVAILABLE,
                               "The database is away for now; nothing was changed. Try again.",
                               absl::Seconds(1));
    case Failure::kInterrupted:
      if (call.cancelled && call.cancelled()) {
        return errors::Make(absl::StatusCode::kCancelled, ErrorReason::CALL_CANCELLED,
                            "The call was cancelled; nothing was changed.");
      }
      return errors::Make(absl::StatusCode::kDeadlineExceeded, ErrorReason::DEADLINE_EXCEEDED,
                          "The deadline passed before the work was done; nothing was changed.");
    case Failure::kFull:
      return errors::Retryable(
          absl::StatusCode::kResourceExhausted, ErrorReason::DATABASE_FULL,
          "The database has no space left; nothing was changed. The operator must free some.",
          absl::Seconds(60));
    case Failure::kDefect:
      break;
  }
  return errors::Make(absl::StatusCode::kInternal, ErrorReason::INTERNAL,
                      "An internal error occurred.");
}

absl::Status OutcomeUnknown() {
  return errors::Retryable(
      absl::StatusCode::kUnavailable, ErrorReason::OUTCOME_UNKNOWN,
      "The database went away while the change was being saved: whether it was "
      "made is unknown. Call again with the same request_id to learn it.",
      absl::Seconds(1));
}

absl::Status Stopping() {
  return errors::Retryable(absl::StatusCode::kUnavailable, ErrorReason::SERVER_STOPPING,
                           "The server is stopping; connect again.", absl::Seconds(1));
}

absl::Status Defect(const DatabaseOptions& options, absl::string_view detail) {
  const std::string id = absl::StrCat(absl::Hex(Random()(), absl::kZeroPad16));
  Log(options, absl::StrCat("error_id=", id, " ", detail));
  return errors::Make(
      absl::StatusCode::kInternal, ErrorReason::INTERNAL,
      absl::StrCat("An internal error occurred; the server's log has it under ", id, "."),
      {{"error_id", id}});
}

bool Expired(const CallOptions& call) {
  if (call.cancelled && call.cancelled()) return true;
  return call.deadline != absl::InfiniteFuture() && absl::Now() >= call.deadline;
}

void Log(const DatabaseOptions& options, absl::string_view detail) {
  if (options.log) options.log(detail);
}

absl::Status RunAttempts(const CallOptions& call, const DatabaseOptions& options,
                         absl::FunctionRef<Verdict(int attempt)> run) {
  for (int attempt = 0;; ++attempt) {
    if (Expired(call)) return StatusOf(Failure::kInterrupted, call);
    Verdict verdict = run(attempt);
    if (!verdict.run_again || attempt + 1 >= options.max_attempts) return verdict.status;
    Pause(attempt, call.deadline);
  }
}

ScopedBody::ScopedBody(const Database* database) : outer_(body_of) { body_of = database; }
ScopedBody::~ScopedBody() { body_of = outer_; }
bool ScopedBody::Inside(const Database* database) { return body_of == database; }

}  // namespace colloquy::db
