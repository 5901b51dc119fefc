#include "services/common/telemetry/metrics.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace colloquy::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsTest, CountsByMethodAndCode) {
  Metrics metrics;
  MethodMetrics* method = metrics.ForMethod("/a.B/C");
  EXPECT_EQ(method, metrics.ForMethod("/a.B/C"));
  method->Count(0);
  method->Count(0);
  method->Count(5);
  method->Count(99);
  method->Observe(absl::Milliseconds(3));
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("colloquy_rpc_total{code=\"OK\",method=\"/a.B/C\"} 2"));
  EXPECT_THAT(text, HasSubstr("colloquy_rpc_total{code=\"NOT_FOUND\",method=\"/a.B/C\"} 1"));
  EXPECT_THAT(text, HasSubstr("colloquy_rpc_total{code=\"UNKNOWN\",method=\"/a.B/C\"} 1"));
  EXPECT_THAT(text, HasSubstr("colloquy_rpc_seconds_bucket{method=\"/a.B/C\",le=\"0.0025\"} 0"));
  EXPECT_THAT(text, HasSubstr("colloquy_rpc_seconds_bucket{method=\"/a.B/C\",le=\"0.005\"} 1"));
}

TEST(MetricsTest, CountsEveryCallOfManyThreads) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) metrics.ForMethod("/a.B/C")->Count(i % 2);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics.Text(), HasSubstr("colloquy_rpc_total{code=\"OK\",method=\"/a.B/C\"} 4000"));
}

TEST(MetricsTest, GaugesAreReadWhenAsked) {
  Metrics metrics;
  double value = 1;
  metrics.AddGauge("queue_depth", "Waiting", [&] { return value; });
  value = 17;
  EXPECT_THAT(metrics.Text(), HasSubstr("queue_depth 17"));
  metrics.RemoveGauge("queue_depth");
  EXPECT_THAT(metrics.Text(), Not(HasSubstr("queue_depth")));
  metrics.CallStarted();
  EXPECT_THAT(metrics.Text(), HasSubstr("colloquy_rpc_in_flight 1"));
  metrics.CallEnded();
  EXPECT_THAT(metrics.Text(), HasSubstr("colloquy_rpc_in_flight 0"));
}

TEST(MetricsTest, DenialsAndMemory) {
  Metrics metrics;
  metrics.CountDenial("RATE_LIMITED");
  metrics.CountDenial("RATE_LIMITED");
  EXPECT_THAT(metrics.Text(), HasSubstr("colloquy_denials_total{reason=\"RATE_LIMITED\"} 2"));
  EXPECT_GT(ResidentMemoryBytes(), 1e6);
  EXPECT_THAT(metrics.Text(), HasSubstr("process_resident_memory_bytes "));
}

std::string HttpGet(int port, const std::string& path) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request =
        absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
    char buffer[4096];
    for (ssize_t n; (n = read(fd, buffer, sizeof(buffer))) > 0;) answer.append(buffer, n);
  }
  close(fd);
  return answer;
}

TEST(MetricsTest, ServedOnLoopbackOnly) {
  Metrics metrics;
  EXPECT_EQ(metrics.Expose("0.0.0.0:0").status().code(), absl::StatusCode::kInvalidArgument);
  absl::StatusOr<int> port = metrics.Expose("127.0.0.1:0");
  ASSERT_TRUE(port.ok()) << port.status();
  metrics.ForMethod("/a.B/C")->Count(0);
  const std::string page = HttpGet(*port, "/metrics");
  EXPECT_THAT(page, HasSubstr("200 OK"));
  EXPECT_THAT(page, HasSubstr("colloquy_rpc_total"));
  EXPECT_THAT(page, HasSubstr("process_resident_memory_bytes"));

  Metrics other;
  EXPECT_EQ(other.Expose(absl::StrCat("127.0.0.1:", *port)).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace colloquy::telemetry
