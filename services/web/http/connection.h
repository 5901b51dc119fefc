// One connection of an HTTP server: reads a request, has it answered, writes the answer, and again.
#ifndef COLLOQUY_SERVICES_WEB_HTTP_CONNECTION_H_
#define COLLOQUY_SERVICES_WEB_HTTP_CONNECTION_H_

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "services/web/http/server.h"

namespace colloquy::web {

// What all connections of a server share; outlives them.
struct ConnectionContext {
  const ServerOptions& options;
  const Handler& handler;
  // Set before any connection is told to drain: an answer that is written after another connection
  // was seen to close says that it is the last one too.
  const std::atomic<bool>& draining;
};

// Lives as long as one of its operations or replies; everything in it happens on its strand.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, const ConnectionContext& context,
             std::function<void()> closed);
  ~Connection();

  void Start();
  // Closes it at once if it is between requests or sends events; if not, it ends by itself after
  // the answer, as the server is draining. From any thread.
  void Drain();
  // Closes it whatever it does. From any thread.
  void Abort();

 private:
  class Events;

  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Error = boost::beast::error_code;
  template <typename Body>
  using Response = boost::beast::http::response<Body>;

  void AwaitRequest();
  void ReadHeader();
  void OnHeader(Error error);
  void ReadBody();
  void OnRequest(Error error);
  // Answers without asking the handler, and closes afterwards.
  void Refuse(int status);
  void RefuseError(Error error);
  void Handle(std::shared_ptr<Request> request);
  void Write(Answer answer, bool close);
  // The header of an answer that goes on, and then what it goes on with, until either side ends it.
  void WriteStream(Answer answer);
  void Follow(const std::function<void(const std::shared_ptr<EventStream>&)>& follow);
  void Queue(std::shared_ptr<const std::string> events);
  void WriteQueued();
  void Beat();
  // Reads on only to see the browser leave.
  void Watch();
  void OnWritten(Error error);
  // Says that nothing more comes, and takes in for a moment what is still on its way: closing with
  // unread data would reset the connection and lose the answer.
  void Linger();
  void Close();

  template <typename Next>
  auto Then(Next next);

  const ConnectionContext& context_;
  const std::function<void()> closed_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::variant<std::monostate, Response<boost::beast::http::string_body>,
               Response<boost::beast::http::empty_body>>
      response_;
  std::optional<boost::beast::http::response_serializer<boost::beast::http::empty_body>> header_;
  std::string peer_;
  int requests_ = 0;
  bool idle_ = false;
  bool head_ = false;
  bool keep_alive_ = false;
  unsigned version_ = 11;
  size_t lingered_ = 0;
  // Of a stream.
  bool streaming_ = false;
  bool writing_ = false;
  bool ending_ = false;
  std::deque<std::shared_ptr<const std::string>> queue_;
  size_t queued_ = 0;  // bytes
  boost::asio::steady_timer heartbeat_;
  absl::Time stream_end_ = absl::InfiniteFuture();
  std::function<void()> gone_;
};

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_HTTP_CONNECTION_H_
