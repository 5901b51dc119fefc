// Prometheus metrics of one server.
#ifndef COLLOQUY_SERVICES_COMMON_TELEMETRY_METRICS_H_
#define COLLOQUY_SERVICES_COMMON_TELEMETRY_METRICS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace prometheus {
class Counter;
template <typename T>
class Family;
class Histogram;
class Registry;
}  // namespace prometheus

namespace colloquy::telemetry {

// Handles of one method, resolved once; thread-safe.
class MethodMetrics {
 public:
  // `code` is a grpc::StatusCode, 0..16.
  void Count(int code);
  void Observe(absl::Duration latency);

 private:
  friend class Metrics;

  std::string method_;
  prometheus::Family<prometheus::Counter>* calls_ = nullptr;
  std::array<std::atomic<prometheus::Counter*>, 17> by_code_{};
  prometheus::Histogram* latency_ = nullptr;
};

// colloquy_rpc_total{method,code}, colloquy_rpc_seconds{method}, colloquy_rpc_in_flight,
// colloquy_denials_total{reason}, process_resident_memory_bytes, and what other rooms add.
// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The same object for the same method, for as long as this one lives. `method` is
  // "/package.Service/Method". Counters appear when they are first used.
  MethodMetrics* ForMethod(absl::string_view method);

  void CallStarted() { in_flight_.fetch_add(1, std::memory_order_relaxed); }
  void CallEnded() { in_flight_.fetch_sub(1, std::memory_order_relaxed); }

  // A refused call, by the name of its ErrorReason.
  void CountDenial(absl::string_view reason);

  // A gauge that is read when it is scraped. `read` must be thread-safe; it is not called after
  // RemoveGauge(name) returned.
  void AddGauge(std::string name, std::string help, std::function<double()> read);
  void RemoveGauge(absl::string_view name);

  // Where other rooms register families of their own (prometheus::BuildCounter()….Register()).
  prometheus::Registry& registry();

  // What a scrape would return, in the text exposition format.
  std::string Text() const;

  // Serves /metrics over HTTP on "host:port" (port 0: a free one), without authentication, so
  // loopback only: INVALID_ARGUMENT otherwise. Returns the port; UNAVAILABLE when the address is
  // taken. At most once.
  absl::StatusOr<int> Expose(absl::string_view address);

 private:
  struct State;

  std::atomic<int64_t> in_flight_{0};
  std::unique_ptr<State> state_;
};

// Resident memory of this process in bytes; 0 where /proc does not say.
double ResidentMemoryBytes();

}  // namespace colloquy::telemetry

#endif  // COLLOQUY_SERVICES_COMMON_TELEMETRY_METRICS_H_
