#include "tests/unit/web/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace colloquy::web {
namespace {

// Longer than any limit of the server: a test that waits for this has failed.
constexpr int kPatienceMs = 20'000;

}  // namespace

Client::Client(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) std::abort();
}

Client::~Client() { close(socket_); }

bool Client::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool Client::Fill() {
  pollfd waiting{socket_, POLLIN, 0};
  if (poll(&waiting, 1, kPatienceMs) <= 0) return false;
  char bytes[16384];
  const ssize_t got = recv(socket_, bytes, sizeof(bytes), 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(got));
  return true;
}

Received Client::Read(bool head) {
  Received received;
  size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return received;
  }
  const std::vector<std::string> lines = absl::StrSplit(buffer_.substr(0, end), "\r\n");
  buffer_.erase(0, end + 4);
  if (!absl::SimpleAtoi(lines[0].substr(9, 3), &received.status)) return received;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> header =
        absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    received.headers[absl::AsciiStrToLower(header.first)] = header.second;
  }
  size_t length = 0;
  if (head || !absl::SimpleAtoi(received.headers["content-length"], &length)) return received;
  while (buffer_.size() < length) {
    if (!Fill()) return received;
  }
  received.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return received;
}

std::string Client::ReadUntil(absl::string_view text) {
  size_t at;
  while ((at = buffer_.find(text.data(), 0, text.size())) == std::string::npos) {
    if (!Fill()) return buffer_;
  }
  const std::string read = buffer_.substr(0, at + text.size());
  buffer_.erase(0, read.size());
  return read;
}

bool Client::Closed(absl::Duration patience) {
  pollfd waiting{socket_, POLLIN, 0};
  char bytes[16384];
  while (poll(&waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(patience))) > 0) {
    if (recv(socket_, bytes, sizeof(bytes), 0) <= 0) return true;
  }
  return false;
}

Received Client::Ask(absl::string_view method, absl::string_view path, absl::string_view headers,
                     absl::string_view body) {
  Send(absl::StrCat(method, " ", path, " HTTP/1.1\r\nHost: test\r\n", headers, "\r\n", body));
  return Read(method == "HEAD");
}

Received Client::Get(absl::string_view path, absl::string_view headers) {
  return Ask("GET", path, headers);
}

Received Client::Post(absl::string_view path, absl::string_view form) {
  return Ask("POST", path,
             absl::StrCat("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ",
                          form.size(), "\r\n"),
             form);
}

}  // namespace colloquy::web
