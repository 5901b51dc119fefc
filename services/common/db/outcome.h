// How drivers say what went wrong, and what callers are told of it.
#ifndef COLLOQUY_SERVICES_COMMON_DB_OUTCOME_H_
#define COLLOQUY_SERVICES_COMMON_DB_OUTCOME_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/common/db/database.h"

namespace colloquy::db {

enum class Failure {
  kNone,
  kUnique,       // a unique key is violated; the statement did nothing, the transaction goes on
  kConflict,     // deadlock, lock timeout: running the whole body again may well succeed
  kLost,         // the database or the connection is gone
  kInterrupted,  // stopped because Expired(call)
  kFull,         // no space left
  kDefect,       // this program is wrong; the driver has logged how
};

// The status of a failure before COMMIT; `call` tells a passed deadline from a cancelled call.
absl::Status StatusOf(Failure failure, const CallOptions& call);
absl::Status OutcomeUnknown();
absl::Status Stopping();
// INTERNAL with an error id, under which `detail` is logged.
absl::Status Defect(const DatabaseOptions& options, absl::string_view detail);

bool IsRunAgain(const absl::Status& status);

// Whether nobody waits for the answer any more.
bool Expired(const CallOptions& call);

void Log(const DatabaseOptions& options, absl::string_view detail);

// How one attempt at a body ended.
struct Verdict {
  absl::Status status;
  bool run_again = false;
};

// Attempts until one is final, with exponential backoff and jitter, at most `max_attempts` times
// and within the call's deadline. `attempt` counts from 0.
absl::Status RunAttempts(const CallOptions& call, const DatabaseOptions& options,
                         absl::FunctionRef<Verdict(int attempt)> run);

// Marks the calling thread as running a body of `database` while it lives.
class ScopedBody {
 public:
  explicit ScopedBody(const Database* database);
  ~ScopedBody();
  ScopedBody(const ScopedBody&) = delete;
  ScopedBody& operator=(const ScopedBody&) = delete;
  static bool Inside(const Database* database);

 private:
  const Database* outer_;
};

}  // namespace colloquy::db

#endif  // COLLOQUY_SERVICES_COMMON_DB_OUTCOME_H_
