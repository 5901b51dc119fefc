#include "services/colloquyd/process.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace colloquy::colloquyd {

StopSignals::StopSignals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  // A client that hangs up is an error of its call, not the end of the server.
  std::signal(SIGPIPE, SIG_IGN);
}

bool StopSignals::WaitFor(absl::Duration patience) {
  if (received_ != 0) return true;
  const timespec time = absl::ToTimespec(patience);
  const int signal = sigtimedwait(&set_, nullptr, &time);
  if (signal > 0) received_ = signal;
  return received_ != 0;
}

std::string StopSignals::Wait() {
  while (received_ == 0) {
    const int signal = sigwaitinfo(&set_, nullptr);  // interrupted by a debugger, for example
    if (signal > 0) received_ = signal;
  }
  return received_ == SIGINT ? "SIGINT" : "SIGTERM";
}

void NotifySupervisor(absl::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path == nullptr || std::strlen(path) >= sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path);
  if (path[0] == '@') address.sun_path[0] = '\0';  // an abstract address
  const int socket_file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_file < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  // Nobody could do anything about a failure.
  (void)sendto(socket_file, state.data(), state.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), size);
  close(socket_file);
}

absl::Status WriteSecretFile(const std::string& path, absl::string_view text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    const std::string reason = std::strerror(errno);
    return errno == EEXIST
               ? absl::AlreadyExistsError(absl::StrCat(path, " exists already."))
               : absl::UnavailableError(absl::StrCat("Cannot write ", path, ": ", reason, "."));
  }
  const std::string line = absl::StrCat(text, "\n");
  const bool written = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       fsync(file) == 0;
  close(file);
  return written ? absl::OkStatus()
                 : absl::UnavailableError(absl::StrCat("Cannot write all of ", path, "."));
}

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) {
    return absl::UnavailableError(absl::StrCat("Cannot read ", path, "."));
  }
  return std::string(absl::StripAsciiWhitespace(text));
}

}  // namespace colloquy::colloquyd
