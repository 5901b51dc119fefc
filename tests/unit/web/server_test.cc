// The server over real sockets: what is malformed, too much or too slow.
#include "services/web/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "tests/unit/web/client.h"

namespace colloquy::web {
namespace {

using testing::HasSubstr;

Answer Text(std::string text) { return {.content_type = "text/plain", .body = std::move(text)}; }

std::unique_ptr<Server> Listen(Limits limits, Handler handler, int threads = 2) {
  ServerOptions options;
  options.limits = limits;
  options.threads = threads;
  options.refuse = [](int status) {
    Answer answer = Text(absl::StrCat("refused ", status));
    answer.status = status;
    return answer;
  };
  auto server = Server::Listen(std::move(options), std::move(handler));
  if (!server.ok()) std::abort();
  (*server)->Run();
  return *std::move(server);
}

// Says what it got.
void Echo(const std::shared_ptr<const Request>& request, const Reply& reply) {
  reply(Text(absl::StrCat(request->method, " ", request->path, " ", request->body)));
}

TEST(ServerTest, RequestsOnOneConnectionAreAnsweredInTheirOrder) {
  const auto server = Listen({}, Echo);
  Client client(server->port());
  client.Send(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
      "HEAD /3 HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.Read().body, "GET /1 ");
  EXPECT_EQ(client.Read().body, "POST /2 abc");
  const Received head = client.Read(/*head=*/true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "7");
  EXPECT_EQ(client.Read().body, "GET /4 ");
  EXPECT_TRUE(client.Closed());
}

TEST(ServerTest, ChunkedBodiesAndExpectationsAreUnderstood) {
  const auto server = Listen({}, Echo);
  Client client(server->port());
  client.Send(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  EXPECT_EQ(client.Read().body, "POST / abc");
  client.Send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.Read(/*head=*/true).status, 100);
  client.Send("hi");
  EXPECT_EQ(client.Read().body, "POST / hi");
  EXPECT_EQ(client.Ask("POST", "/", "Expect: the best\r\nContent-Length: 2\r\n").status, 417);
}

TEST(ServerTest, WhatIsMalformedIsRefusedAndTheConnectionClosed) {
  const auto server = Listen({}, Echo);
  const std::string long_path(3000, 'a');
  const std::pair<std::string, int> cases[] = {
      {"nonsense\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},  // no host
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
       501},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413},
      {"GET /" + long_path + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
      {"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + std::string(20'000, 'c') + "\r\n\r\n", 431},
      {"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505},
  };
  for (const auto& [bytes, status] : cases) {
    Client client(server->port());
    client.Send(bytes);
    const Received received = client.Read();
    EXPECT_EQ(received.status, status) << bytes.substr(0, 80);
    EXPECT_EQ(received.headers.at("connection"), "close") << bytes.substr(0, 80);
    EXPECT_TRUE(client.Closed()) << bytes.substr(0, 80);
  }
}

TEST(ServerTest, AnEndlessChunkedBodyIsCutOff) {
  const auto server = Listen({.body_bytes = 1000}, Echo);
  Client client(server->port());
  client.Send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = absl::StrCat("200\r\n", std::string(512, 'x'), "\r\n");
  for (int i = 0; i < 20 && client.Send(chunk); ++i) {
  }
  EXPECT_EQ(client.Read().status, 413);
}

TEST(ServerTest, SlowClientsAreCutOffHoweverBusyTheyLook) {
  const auto server = Listen({.header_time = absl::Milliseconds(300)}, Echo);
  Client client(server->port());
  client.Send("GET / HTTP/1.1\r\n");
  // A byte now and then moves no deadline.
  const absl::Time begun = absl::Now();
  while (!client.Closed(absl::Milliseconds(20))) {
    client.Send("a");
    ASSERT_LT(absl::Now() - begun, absl::Seconds(15));
  }
  EXPECT_GE(absl::Now() - begun, absl::Milliseconds(250));
}

TEST(ServerTest, SlowBodiesAndIdleConnectionsEnd) {
  const auto server =
      Listen({.idle_time = absl::Milliseconds(200), .body_time = absl::Milliseconds(200)}, Echo);
  Client idle(server->port());
  EXPECT_TRUE(idle.Closed());
  Client slow(server->port());
  slow.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_TRUE(slow.Closed());
}

TEST(ServerTest, AConnectionServesSoManyRequests) {
  const auto server = Listen({.requests = 2}, Echo);
  Client client(server->port());
  EXPECT_EQ(client.Get("/").headers.count("connection"), 0u);
  EXPECT_EQ(client.Get("/").headers.at("connection"), "close");
  EXPECT_TRUE(client.Closed());
}

TEST(ServerTest, MoreConnectionsThanAllowedAreTurnedAway) {
  const auto server = Listen({.connections = 2}, Echo);
  Client first(server->port());
  auto second = std::make_unique<Client>(server->port());
  EXPECT_EQ(first.Get("/").status, 200);
  EXPECT_EQ(second->Get("/").status, 200);
  Client third(server->port());
  const Received refused = third.Read();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.at("retry-after"), "5");
  second.reset();
  // Its place is free as soon as the server has noticed.
  for (int status = 503; status != 200;) {
    Client next(server->port());
    next.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    status = next.Read().status;
  }
}

TEST(ServerTest, AHandlerThatForgetsToAnswerIsAnsweredFor) {
  const auto server = Listen({}, [](const auto&, const Reply&) {});
  Client client(server->port());
  const Received received = client.Get("/");
  EXPECT_EQ(received.status, 500);
  EXPECT_EQ(received.body, "refused 500");
}

TEST(ServerTest, TheFirstAnswerCounts) {
  const auto server = Listen({}, [](const auto&, const Reply& reply) {
    reply(Text("one"));
    reply(Text("two"));
  });
  Client client(server->port());
  EXPECT_EQ(client.Get("/").body, "one");
  EXPECT_EQ(client.Get("/").body, "one");
}

TEST(ServerTest, AnswersMayComeLaterFromOtherThreadsWithoutHoldingAnyoneUp) {
  absl::Notification asked;
  std::optional<Reply> waiting;
  const auto server = Listen(
      {},
      [&](const std::shared_ptr<const Request>& request, const Reply& reply) {
        if (request->path != "/slow") return reply(Text("quick"));
        waiting = reply;
        asked.Notify();
      },
      /*threads=*/1);
  Client slow(server->port());
  slow.Send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  asked.WaitForNotification();
  Client quick(server->port());
  EXPECT_EQ(quick.Get("/").body, "quick");
  (*waiting)(Text("late"));
  waiting.reset();
  EXPECT_EQ(slow.Read().body, "late");
}

TEST(ServerTest, StoppingLetsRequestsInFlightEnd) {
  absl::Notification asked;
  std::optional<Reply> waiting;
  const auto server = Listen({}, [&](const auto&, const Reply& reply) {
    waiting = reply;
    asked.Notify();
  });
  Client idle(server->port());
  Client busy(server->port());
  busy.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  asked.WaitForNotification();
  std::thread stopping([&] { server->Stop(absl::Seconds(30)); });
  EXPECT_TRUE(idle.Closed());
  (*waiting)(Text("last"));
  waiting.reset();
  const Received received = busy.Read();
  EXPECT_EQ(received.body, "last");
  EXPECT_EQ(received.headers.at("connection"), "close");
  stopping.join();
  EXPECT_EQ(server->connections(), 0u);
}

TEST(ServerTest, AddressesInUseAreSaid) {
  const auto server = Listen({}, Echo);
  ServerOptions options;
  options.listen = absl::StrCat("127.0.0.1:", server->port());
  const auto second = Server::Listen(options, Echo);
  EXPECT_TRUE(absl::IsUnavailable(second.status())) << second.status();
  options.listen = "example.org:80";
  EXPECT_TRUE(absl::IsInvalidArgument(Server::Listen(options, Echo).status()));
}

}  // namespace
}  // namespace colloquy::web
