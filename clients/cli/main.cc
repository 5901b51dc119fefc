#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "clients/cli/cli.h"
#include "clients/cli/failures.h"
#include "clients/cli/terminal.h"
#include "google/protobuf/stubs/logging.h"

namespace {

// Ctrl-C ends calls and waits, so that the program can say how far it got; the second one ends it.
void WatchInterrupts(colloquy::sdk::Cancellation* cancellation) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  // Every thread inherits this, so only the watcher sees them.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals, cancellation] {
    int number;
    sigwait(&signals, &number);
    cancellation->Cancel();
    sigwait(&signals, &number);
    std::_Exit(colloquy::cli::kInterrupted);
  }).detach();
}

colloquy::cli::TerminalSize SizeNow() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return {};
  return {size.ws_col, size.ws_row};
}

// A standard stream that the caller closed would lend its number to the next file or connection
// that is opened, which would then get our output. Reading from or writing to these fails instead.
void OccupyStandardStreams() {
  for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number) {
    if (fcntl(number, F_GETFD) == -1)
      open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace

int main(int argc, char** argv) {
  OccupyStandardStreams();
  // Lives as long as the detached watcher, which is as long as the process.
  static auto* const cancellation = new colloquy::sdk::Cancellation();
  WatchInterrupts(cancellation);
  signal(SIGPIPE, SIG_DFL);
  // Protobuf writes of its own accord about texts that are not UTF-8; the server's answer says it.
  google::protobuf::SetLogHandler(nullptr);
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  colloquy::cli::Io io{.in = std::cin,
                       .out = std::cout,
                       .err = std::cerr,
                       .in_is_terminal = isatty(STDIN_FILENO) == 1,
                       .out_is_terminal = isatty(STDOUT_FILENO) == 1,
                       .err_is_terminal = isatty(STDERR_FILENO) == 1,
                       .env =
                           [](const char* name) {
                             const char* value = std::getenv(name);
                             return std::string(value == nullptr ? "" : value);
                           },
                       .cancellation = cancellation,
                       .size = SizeNow};
  return colloquy::cli::Run(std::vector<std::string>(argv + 1, argv + argc), io);
}
