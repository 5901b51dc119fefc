// A client that sends whatever bytes a test wants, and reads what comes back.
#ifndef COLLOQUY_TESTS_UNIT_WEB_CLIENT_H_
#define COLLOQUY_TESTS_UNIT_WEB_CLIENT_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace colloquy::web {

struct Received {
  int status = 0;                              // 0: the connection was closed instead
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class Client {
 public:
  explicit Client(int port);
  ~Client();
  Client(const Client&) = delete;

  // False if the server does not take them any more.
  bool Send(absl::string_view bytes);
  // The next answer on the connection; `head`: it has no body, whatever it says.
  Received Read(bool head = false);
  // Everything that came up to the end of `text`, for answers that go on; less if it does not come.
  std::string ReadUntil(absl::string_view text);
  // Whether the server closes the connection; waits for `patience`.
  bool Closed(absl::Duration patience = absl::Seconds(10));

  Received Ask(absl::string_view method, absl::string_view path, absl::string_view headers = "",
               absl::string_view body = "");
  Received Get(absl::string_view path, absl::string_view headers = "");
  // A form, urlencoded already.
  Received Post(absl::string_view path, absl::string_view form);

 private:
  bool Fill();

  int socket_;
  std::string buffer_;
};

}  // namespace colloquy::web

#endif  // COLLOQUY_TESTS_UNIT_WEB_CLIENT_H_
