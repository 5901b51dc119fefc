#include "services/web/http/connection.h"

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/web/http/addresses.h"
#include "services/web/http/urls.h"

namespace colloquy::web {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace net = boost::asio;

constexpr size_t kReadBytes = 8 << 10;
constexpr size_t kLingerBytes = 256 << 10;
// A line that is no event; EventSource passes over it.
constexpr absl::string_view kComment = ":\n\n";
constexpr absl::Duration kLingerTime = absl::Seconds(2);

absl::string_view View(boost::string_view text) { return {text.data(), text.size()}; }

// What the parser does not read on after; 0 if the connection itself is broken.
int StatusOf(const beast::error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  // Also two ways to say where a body ends, which is how requests are smuggled past a proxy.
  if (error == http::error::bad_transfer_encoding) return 501;
  if (error == http::error::bad_version) return 505;
  if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
  return error.category() == http::make_error_code(http::error::bad_method).category() ? 400 : 0;
}

template <typename Message>
void SetHeaders(Message& message, const Answer& answer) {
  message.set(http::field::date,
              absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::Now(), absl::UTCTimeZone()));
  if (answer.status != 204) message.set(http::field::content_type, answer.content_type);
  for (const auto& [name, value] : answer.headers) message.set(name, value);
}

}  // namespace

Connection::Connection(net::ip::tcp::socket socket, const ConnectionContext& context,
                       std::function<void()> closed)
    : context_(context),
      closed_(std::move(closed)),
      stream_(std::move(socket)),
      buffer_(context.options.limits.header_bytes + context.options.limits.body_bytes),
      heartbeat_(stream_.get_executor()) {}

Connection::~Connection() { closed_(); }

// The connection lives by its reading; a stream that outlives it sends nothing.
class Connection::Events final : public EventStream {
 public:
  explicit Events(const std::shared_ptr<Connection>& connection)
      : executor_(connection->stream_.get_executor()), connection_(connection) {}

  void Send(std::shared_ptr<const std::string> events) override {
    Run([events = std::move(events)](Connection& connection) { connection.Queue(events); });
  }
  void End() override {
    Run([](Connection& connection) {
      connection.ending_ = true;
      if (!connection.writing_) connection.Close();
    });
  }
  void OnGone(std::function<void()> gone) override {
    net::post(executor_, [connection = connection_, gone = std::move(gone)]() mutable {
      const auto alive = connection.lock();
      if (alive == nullptr || !alive->stream_.socket().is_open()) return gone();
      alive->gone_ = std::move(gone);
    });
  }

 private:
  template <typename Act>
  void Run(Act act) {
    net::post(executor_, [connection = connection_, act = std::move(act)] {
      const auto alive = connection.lock();
      if (alive != nullptr && alive->stream_.socket().is_open()) act(*alive);
    });
  }

  const beast::tcp_stream::executor_type executor_;
  const std::weak_ptr<Connection> connection_;
};

template <typename Next>
auto Connection::Then(Next next) {
  return [self = shared_from_this(), next](Error error, size_t) { (self.get()->*next)(error); };
}

void Connection::Start() {
  net::dispatch(stream_.get_executor(), [self = shared_from_this()] {
    Error error;
    const auto peer = self->stream_.socket().remote_endpoint(error);
    if (!error) self->peer_ = peer.address().to_string();
    self->stream_.socket().set_option(net::ip::tcp::no_delay(true), error);
    self->AwaitRequest();
  });
}

void Connection::Drain() {
  net::dispatch(stream_.get_executor(), [self = shared_from_this()] {
    if (self->idle_ || self->streaming_) self->Close();
  });
}

void Connection::Abort() {
  net::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->Close(); });
}

void Connection::AwaitRequest() {
  if (context_.draining) return Close();
  // Its beginning may have come with the request before (pipelining).
  if (buffer_.size() > 0) return ReadHeader();
  idle_ = true;
  stream_.expires_after(absl::ToChronoNanoseconds(context_.options.limits.idle_time));
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          [self = shared_from_this()](Error error, size_t bytes) {
                            self->idle_ = false;
                            if (error) return self->Close();
                            self->buffer_.commit(bytes);
                            self->ReadHeader();
                          });
}

void Connection::ReadHeader() {
  const Limits& limits = context_.options.limits;
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  parser_->body_limit(limits.body_bytes);
  // One deadline for all of it: sending a byte now and then does not move it.
  stream_.expires_after(absl::ToChronoNanoseconds(limits.header_time));
  http::async_read_header(stream_, buffer_, *parser_, Then(&Connection::OnHeader));
}

void Connection::OnHeader(Error error) {
  if (error) return RefuseError(error);
  const auto& header = parser_->get();
  version_ = header.version();
  head_ = header.method() == http::verb::head;
  if (header.target().size() > context_.options.limits.target_bytes) return Refuse(414);
  if (version_ >= 11 && header.count(http::field::host) != 1) return Refuse(400);
  const auto expect = header.find(http::field::expect);
  if (expect == header.end()) return ReadBody();
  if (!absl::EqualsIgnoreCase(View(expect->value()), "100-continue")) return Refuse(417);
  static constexpr absl::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  net::async_write(stream_, net::const_buffer(go_on.data(), go_on.size()),
                   [self = shared_from_this()](Error failed, size_t) {
                     if (failed) return self->Close();
                     self->ReadBody();
                   });
}

void Connection::ReadBody() {
  stream_.expires_after(absl::ToChronoNanoseconds(context_.options.limits.body_time));
  http::async_read(stream_, buffer_, *parser_, Then(&Connection::OnRequest));
}

void Connection::OnRequest(Error error) {
  if (error) return RefuseError(error);
  auto& message = parser_->get();
  ++requests_;
  keep_alive_ = message.keep_alive() && requests_ < context_.options.limits.requests;
  auto request = std::make_shared<Request>();
  request->method = head_ ? "GET" : std::string(View(message.method_string()));
  const auto text = [&message](http::field name) {
    const auto found = message.find(name);
    return found == message.end() ? std::string() : std::string(View(found->value()));
  };
  if (message.method() == http::verb::options && message.target() == "*") {
    request->path = request->target = "*";
  } else {
    std::optional<Target> target = ParseTarget(View(message.target()));
    if (!target.has_value()) return Refuse(400);
    request->target = std::move(target->origin);
    request->path = std::move(target->path);
    request->query = std::move(target->query);
  }
  request->content_type = text(http::field::content_type);
  request->accept_language = text(http::field::accept_language);
  request->if_none_match = text(http::field::if_none_match);
  const auto last_event = message.find("Last-Event-ID");
  if (last_event != message.end()) request->last_event_id = std::string(View(last_event->value()));
  const auto forwarded = message.find("X-Forwarded-For");
  request->client = ClientOf(peer_, forwarded == message.end() ? "" : View(forwarded->value()),
                             context_.options.trusted_proxies);
  request->body = std::move(message.body());
  Handle(std::move(request));
}

void Connection::RefuseError(Error error) {
  const int status = StatusOf(error);
  if (status == 0) return Close();
  Refuse(status);
}

void Connection::Refuse(int status) {
  keep_alive_ = false;
  Write(context_.options.refuse(status), /*close=*/true);
}

void Connection::Handle(std::shared_ptr<Request> request) {
  parser_.reset();
  // The handler has deadlines of its own.
  stream_.expires_never();
  const Reply reply(
      [self = shared_from_this()](Answer answer) {
        net::dispatch(self->stream_.get_executor(), [self, answer = std::move(answer)]() mutable {
          self->Write(std::move(answer), /*close=*/!self->keep_alive_);
        });
      },
      [&refuse = context_.options.refuse] { return refuse(500); });
  context_.handler(std::move(request), reply);
}

void Connection::Write(Answer answer, bool close) {
  if (answer.follow && !head_) return WriteStream(std::move(answer));
  const bool keep = !close && !context_.draining;
  keep_alive_ = keep;
  stream_.expires_after(absl::ToChronoNanoseconds(context_.options.limits.write_time));
  const auto status = static_cast<http::status>(answer.status);
  const bool no_body = answer.status == 204 || answer.status == 304;
  if (head_ || no_body) {
    auto& message = response_.emplace<Response<http::empty_body>>(status, version_);
    SetHeaders(message, answer);
    if (!no_body) message.content_length(answer.body.size());
    message.keep_alive(keep);
    http::async_write(stream_, message, Then(&Connection::OnWritten));
    return;
  }
  auto& message = response_.emplace<Response<http::string_body>>(status, version_);
  SetHeaders(message, answer);
  message.body() = std::move(answer.body);
  message.prepare_payload();
  message.keep_alive(keep);
  http::async_write(stream_, message, Then(&Connection::OnWritten));
}

void Connection::WriteStream(Answer answer) {
  if (context_.draining) return Refuse(503);
  keep_alive_ = false;
  stream_.expires_after(absl::ToChronoNanoseconds(context_.options.limits.write_time));
  auto& message = response_.emplace<Response<http::empty_body>>(
      static_cast<http::status>(answer.status), version_);
  SetHeaders(message, answer);
  // Without a length, its end is the connection's (RFC 9112, section 6.3).
  message.keep_alive(false);
  header_.emplace(message);
  http::async_write_header(
      stream_, *header_,
      [self = shared_from_this(), follow = std::move(answer.follow)](Error error, size_t) {
        if (error) return self->Close();
        self->Follow(follow);
      });
}

void Connection::Follow(const std::function<void(const std::shared_ptr<EventStream>&)>& follow) {
  header_.reset();
  response_ = std::monostate();
  if (context_.draining) return Close();
  streaming_ = true;
  stream_end_ = absl::Now() + context_.options.limits.stream_time;
  // Reading has no deadline; each write gets its own.
  stream_.expires_never();
  Watch();
  Beat();
  follow(std::make_shared<Events>(shared_from_this()));
}

void Connection::Queue(std::shared_ptr<const std::string> events) {
  if (ending_) return;
  queued_ += events->size();
  // What is being written now was let in before: one event may be larger than the limit.
  if (queued_ > context_.options.limits.stream_bytes && !queue_.empty()) return Close();
  queue_.push_back(std::move(events));
  if (!writing_) WriteQueued();
}

void Connection::WriteQueued() {
  writing_ = true;
  stream_.expires_after(absl::ToChronoNanoseconds(context_.options.limits.write_time));
  net::async_write(stream_, net::const_buffer(queue_.front()->data(), queue_.front()->size()),
                   [self = shared_from_this()](Error error, size_t) {
                     self->writing_ = false;
                     if (error) return self->Close();
                     self->queued_ -= self->queue_.front()->size();
                     self->queue_.pop_front();
                     if (!self->queue_.empty()) return self->WriteQueued();
                     if (self->ending_) self->Close();
                   });
}

void Connection::Beat() {
  static const auto* comment =
      new std::shared_ptr<const std::string>(std::make_shared<const std::string>(kComment));
  heartbeat_.expires_after(absl::ToChronoNanoseconds(context_.options.limits.heartbeat));
  // Weak: a stream is not kept open by the wait for its next beat.
  heartbeat_.async_wait([weak = weak_from_this()](Error cancelled) {
    const auto self = weak.lock();
    if (cancelled || self == nullptr || !self->stream_.socket().is_open()) return;
    if (absl::Now() >= self->stream_end_) {
      self->ending_ = true;
      if (!self->writing_) self->Close();
      return;
    }
    if (!self->writing_) self->Queue(*comment);
    self->Beat();
  });
}

void Connection::Watch() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          [self = shared_from_this()](Error error, size_t bytes) {
                            self->lingered_ += bytes;
                            if (error || self->lingered_ > kLingerBytes) return self->Close();
                            self->Watch();
                          });
}

void Connection::OnWritten(Error error) {
  response_ = std::monostate();
  if (error) return Close();
  if (keep_alive_) return AwaitRequest();
  Error ignored;
  stream_.socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(absl::ToChronoNanoseconds(kLingerTime));
  Linger();
}

void Connection::Linger() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          [self = shared_from_this()](Error error, size_t bytes) {
                            self->lingered_ += bytes;
                            if (error || self->lingered_ > kLingerBytes) return self->Close();
                            self->Linger();
                          });
}

void Connection::Close() {
  Error ignored;
  stream_.socket().close(ignored);
  heartbeat_.cancel();
  // It may hold the last reference to what holds the stream.
  if (const std::function<void()> gone = std::exchange(gone_, nullptr)) gone();
}

}  // namespace colloquy::web
