#include "services/registrations/mail/maildir.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace colloquy::registrations::mail {
namespace {

// True if all of it is on disk.
bool WriteAll(int file, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(file) == 0;
}

bool SyncFolder(const std::string& folder) {
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return false;
  const bool synced = fsync(file) == 0;
  close(file);
  return synced;
}

class Maildir final : public Transport {
 public:
  explicit Maildir(std::string folder) : folder_(std::move(folder)) {}

  SendResult Send(const std::string& delivery, const Letter& letter) override {
    std::error_code error;
    for (const char* part : {"tmp", "new", "cur"})
      std::filesystem::create_directories(absl::StrCat(folder_, "/", part), error);
    const std::string name = absl::StrCat(delivery, ".colloquy");
    const std::string draft = absl::StrCat(folder_, "/tmp/", name);
    // Guests' links are in it.
    const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return Failed(errno);
    const std::string head =
        absl::StrCat("Return-Path: <", letter.from, ">\r\nDelivered-To: ", letter.to, "\r\n");
    const bool written = WriteAll(file, head + letter.bytes);
    const int why = errno;
    close(file);
    if (!written) return Failed(why);
    const std::string place = absl::StrCat(folder_, "/new");
    if (std::rename(draft.c_str(), absl::StrCat(place, "/", name).c_str()) != 0 ||
        !SyncFolder(place))
      return Failed(errno);
    return {.kind = SendResult::kTaken, .text = "Written to the maildir."};
  }

 private:
  static SendResult Failed(int why) {
    return {.kind = SendResult::kAway,
            .text = absl::StrCat("The maildir cannot be written: ", std::strerror(why), ".")};
  }

  const std::string folder_;
};

}  // namespace

TransportFactory ToMaildir(std::string folder) {
  return [folder = std::move(folder)](std::function<bool()>) {
    return std::make_unique<Maildir>(folder);
  };
}

}  // namespace colloquy::registrations::mail
