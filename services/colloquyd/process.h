// This process as the operating system and its supervisor see it.
#ifndef COLLOQUY_SERVICES_COLLOQUYD_PROCESS_H_
#define COLLOQUY_SERVICES_COLLOQUYD_PROCESS_H_

#include <csignal>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace colloquy::colloquyd {

// Documented in --help and the operations guide.
enum ExitCode {
  kStopped = 0,
  kFailed = 1,
  kBadOptions = 2,
  kInUse = 3,
  kDatabase = 4,
};

// SIGTERM and SIGINT as something to wait for. Made before any other thread is started, since they
// inherit the mask. Used by one thread.
class StopSignals {
 public:
  StopSignals();
  // True once told to stop; waits for at most `patience`.
  bool WaitFor(absl::Duration patience);
  // The signal's name: "SIGTERM".
  std::string Wait();

 private:
  sigset_t set_;
  int received_ = 0;
};

// Tells systemd's service manager, if there is one (sd_notify(3)): "READY=1", "STOPPING=1".
void NotifySupervisor(absl::string_view state);

// Writes a file that only this user can read. ALREADY_EXISTS if it is there.
absl::Status WriteSecretFile(const std::string& path, absl::string_view text);

// A file's text without white space at its ends.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

}  // namespace colloquy::colloquyd

#endif  // COLLOQUY_SERVICES_COLLOQUYD_PROCESS_H_
