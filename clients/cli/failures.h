// What went wrong, in words and as the number that a script sees.
#ifndef COLLOQUY_CLIENTS_CLI_FAILURES_H_
#define COLLOQUY_CLIENTS_CLI_FAILURES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace colloquy::cli {

// Part of the interface: scripts depend on them. Changed never, added rarely.
enum ExitCode : int {
  kSuccess = 0,
  kUnexpected = 1,
  kUsage = 2,
  kNotFound = 3,
  kDenied = 4,
  kPrecondition = 5,
  kInvalid = 6,
  kUnavailable = 7,
  kPartial = 8,
  kInterrupted = 130,
};

// The text of `colloquy help exit-codes`.
extern const char kExitCodeHelp[];

// A mistake in how the program was called: exit code 2.
absl::Status UsageError(absl::string_view message);

ExitCode ExitCodeOf(const absl::Status& status);

// The block that is printed on stderr: what happened, which fields, the way out, the request id.
// Safe for a terminal. `server` is where calls went to, for errors that have to do with that.
std::string RenderFailure(const absl::Status& status, absl::string_view server);

// The same on one line, for the verdict on one record of many.
std::string FailureLine(const absl::Status& status);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_FAILURES_H_
