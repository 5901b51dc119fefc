#include "services/web/http/server.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "services/web/http/connection.h"

namespace colloquy::web {
namespace {

namespace net = boost::asio;
using net::ip::tcp;
using Error = boost::system::error_code;

// Out of file descriptors, say: worth another try, but not at once.
constexpr absl::Duration kAcceptPause = absl::Milliseconds(100);

constexpr absl::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

absl::StatusOr<tcp::endpoint> EndpointOf(absl::string_view listen) {
  const size_t colon = listen.rfind(':');
  int port = -1;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(listen.substr(colon + 1), &port) ||
      port < 0 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat(std::string(listen), " is no HOST:PORT."));
  }
  absl::string_view host = listen.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  Error error;
  const auto address =
      net::ip::make_address(host == "localhost" ? "127.0.0.1" : std::string(host), error);
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(host), " is no address; pages are served on a numeric one."));
  }
  return tcp::endpoint(address, static_cast<unsigned short>(port));
}

class BeastServer final : public Server {
 public:
  BeastServer(ServerOptions options, Handler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        work_(net::make_work_guard(io_)),
        acceptor_(net::make_strand(io_)),
        pause_(acceptor_.get_executor()) {}

  ~BeastServer() override {
    if (!threads_.empty()) Stop(absl::ZeroDuration());
  }

  absl::Status Open() {
    absl::StatusOr<tcp::endpoint> endpoint = EndpointOf(options_.listen);
    if (!endpoint.ok()) return endpoint.status();
    Error error;
    acceptor_.open(endpoint->protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(*endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("Cannot listen for HTTP on ", options_.listen, ": ", error.message(), "."));
    }
    port_ = acceptor_.local_endpoint(error).port();
    return absl::OkStatus();
  }

  void Run() override {
    Accept();
    for (int i = 0; i < std::max(1, options_.threads); ++i) {
      threads_.emplace_back([this] { io_.run(); });
    }
  }

  int port() const override { return port_; }

  size_t connections() const override {
    absl::MutexLock lock(&mutex_);
    return connections_.size();
  }

  void Post(absl::AnyInvocable<void()> task) override {
    // Handlers of 1.74 must be copyable.
    auto shared = std::make_shared<absl::AnyInvocable<void()>>(std::move(task));
    net::post(io_, [shared] { (*shared)(); });
  }

  void Stop(absl::Duration grace) override {
    net::dispatch(acceptor_.get_executor(), [this] {
      Error ignored;
      acceptor_.close(ignored);
      pause_.cancel();
    });
    ForAll(&Connection::Drain);
    const auto gone = [this]()
                          ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return connections_.empty(); };
    if (!WaitFor(gone, grace)) {
      ForAll(&Connection::Abort);
      WaitFor(gone, absl::InfiniteDuration());
    }
    work_.reset();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  template <typename Condition>
  bool WaitFor(const Condition& condition, absl::Duration patience) {
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&condition), patience);
  }

  void ForAll(void (Connection::*act)()) {
    std::vector<std::shared_ptr<Connection>> all;
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      for (const auto& [number, connection] : connections_) {
        if (auto alive = connection.lock()) all.push_back(std::move(alive));
      }
    }
    for (const auto& connection : all) (connection.get()->*act)();
  }

  void Accept() {
    acceptor_.async_accept(net::make_strand(io_), [this](Error error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (!error) {
        Serve(std::move(socket));
        return Accept();
      }
      pause_.expires_after(absl::ToChronoNanoseconds(kAcceptPause));
      pause_.async_wait([this](Error cancelled) {
        if (!cancelled && acceptor_.is_open()) Accept();
      });
    });
  }

  void Serve(tcp::socket socket) {
    std::shared_ptr<Connection> connection;
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
      if (connections_.size() < options_.limits.connections) {
        const uint64_t number = ++last_;
        connection = std::make_shared<Connection>(std::move(socket), context_, [this, number] {
          absl::MutexLock forget(&mutex_);
          connections_.erase(number);
        });
        connections_[number] = connection;
      }
    }
    if (connection != nullptr) return connection->Start();
    // Fits into the socket's buffer, so it is no state to keep.
    Error ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(net::const_buffer(kFull.data(), kFull.size()), ignored);
  }

  const ServerOptions options_;
  const Handler handler_;
  // Written under mutex_: a connection is either there to be told, or sees it.
  std::atomic<bool> stopping_{false};
  const ConnectionContext context_{options_, handler_, stopping_};
  net::io_context io_;
  net::executor_work_guard<net::io_context::executor_type> work_;
  tcp::acceptor acceptor_;
  net::steady_timer pause_;
  std::vector<std::thread> threads_;
  int port_ = 0;
  mutable absl::Mutex mutex_;
  std::map<uint64_t, std::weak_ptr<Connection>> connections_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Listen(ServerOptions options, Handler handler) {
  auto server = std::make_unique<BeastServer>(std::move(options), std::move(handler));
  const absl::Status opened = server->Open();
  if (!opened.ok()) return opened;
  return server;
}

}  // namespace colloquy::web
