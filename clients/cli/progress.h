// How far a long work is, on stderr.
#ifndef COLLOQUY_CLIENTS_CLI_PROGRESS_H_
#define COLLOQUY_CLIENTS_CLI_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "clients/cli/terminal.h"

namespace colloquy::cli {

// "120/889 13% 410/s 2s left, 3 refused".
std::string ProgressText(int64_t done, int64_t total, int64_t refused, absl::Duration elapsed);

// A bar that redraws itself on a terminal, elsewhere a line every five seconds. Not thread-safe.
class Progress {
 public:
  Progress(Io& io, std::string label, int64_t total);
  // Clears the bar, or leaves the last line.
  ~Progress();

  void Update(int64_t done, int64_t refused);
  void set_total(int64_t total) { total_ = total; }

 private:
  Io& io_;
  const std::string label_;
  int64_t total_;
  const absl::Time start_;
  absl::Time shown_;
};

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_PROGRESS_H_
