#include "services/common/telemetry/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <exception>
#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace colloquy::telemetry {
namespace {

// grpc::StatusCode by number, as in https://grpc.github.io/grpc/core/md_doc_statuscodes.html
constexpr absl::string_view kCodeNames[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

// Seconds, from a cached read to the default deadline's neighbourhood.
const prometheus::Histogram::BucketBoundaries& LatencyBuckets() {
  static const auto& buckets = *new prometheus::Histogram::BucketBoundaries{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
      0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
  return buckets;
}

// Gauges that are read when somebody asks.
class ReadGauges final : public prometheus::Collectable {
 public:
  void Add(std::string name, std::string help, std::function<double()> read) {
    absl::MutexLock lock(&mutex_);
    gauges_[std::move(name)] = {std::move(help), std::move(read)};
  }
  void Remove(absl::string_view name) {
    absl::MutexLock lock(&mutex_);
    gauges_.erase(std::string(name));
  }
  std::vector<prometheus::MetricFamily> Collect() const override {
    absl::MutexLock lock(&mutex_);
    std::vector<prometheus::MetricFamily> families;
    for (const auto& [name, gauge] : gauges_) {
      prometheus::ClientMetric metric;
      metric.gauge.value = gauge.read();
      families.push_back({name, gauge.help, prometheus::MetricType::Gauge, {metric}});
    }
    return families;
  }

 private:
  struct Gauge {
    std::string help;
    std::function<double()> read;
  };
  mutable absl::Mutex mutex_;
  std::map<std::string, Gauge> gauges_;
};

bool IsLoopback(absl::string_view address) {
  return absl::StartsWith(address, "127.") || absl::StartsWith(address, "[::1]:");
}

}  // namespace

struct Metrics::State {
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  std::shared_ptr<ReadGauges> gauges = std::make_shared<ReadGauges>();
  prometheus::Family<prometheus::Counter>* calls = nullptr;
  prometheus::Family<prometheus::Histogram>* latency = nullptr;
  prometheus::Family<prometheus::Counter>* denials = nullptr;
  absl::Mutex mutex;
  absl::flat_hash_map<std::string, std::unique_ptr<MethodMetrics>> methods;
  std::unique_ptr<prometheus::Exposer> exposer;
};

void MethodMetrics::Count(int code) {
  if (code < 0 || code >= static_cast<int>(by_code_.size())) code = 2;  // UNKNOWN
  prometheus::Counter* counter = by_code_[code].load(std::memory_order_acquire);
  if (counter == nullptr) {
    // Family::Add returns the existing counter to whoever comes second.
    counter = &calls_->Add({{"method", method_}, {"code", std::string(kCodeNames[code])}});
    by_code_[code].store(counter, std::memory_order_release);
  }
  counter->Increment();
}

void MethodMetrics::Observe(absl::Duration latency) {
  latency_->Observe(absl::ToDoubleSeconds(latency));
}

Metrics::Metrics() : state_(std::make_unique<State>()) {
  prometheus::Registry& registry = *state_->registry;
  state_->calls = &prometheus::BuildCounter()
                       .Name("colloquy_rpc_total")
                       .Help("Calls answered, by method and status code")
                       .Register(registry);
  state_->latency = &prometheus::BuildHistogram()
                         .Name("colloquy_rpc_seconds")
                         .Help("Time from a unary call's arrival to its answer")
                         .Register(registry);
  state_->denials = &prometheus::BuildCounter()
                         .Name("colloquy_denials_total")
                         .Help("Calls refused before their handler, by error reason")
                         .Register(registry);
  AddGauge("colloquy_rpc_in_flight", "Calls and streams being served",
           [this] { return static_cast<double>(in_flight_.load(std::memory_order_relaxed)); });
  AddGauge("process_resident_memory_bytes", "Resident memory", ResidentMemoryBytes);
}

Metrics::~Metrics() = default;

MethodMetrics* Metrics::ForMethod(absl::string_view method) {
  absl::MutexLock lock(&state_->mutex);
  std::unique_ptr<MethodMetrics>& metrics = state_->methods[std::string(method)];
  if (metrics == nullptr) {
    metrics = std::make_unique<MethodMetrics>();
    metrics->method_ = std::string(method);
    metrics->calls_ = state_->calls;
    metrics->latency_ = &state_->latency->Add({{"method", metrics->method_}}, LatencyBuckets());
  }
  return metrics.get();
}

void Metrics::CountDenial(absl::string_view reason) {
  state_->denials->Add({{"reason", std::string(reason)}}).Increment();
}

void Metrics::AddGauge(std::string name, std::string help, std::function<double()> read) {
  state_->gauges->Add(std::move(name), std::move(help), std::move(read));
}

void Metrics::RemoveGauge(absl::string_view name) { state_->gauges->Remove(name); }

prometheus::Registry& Metrics::registry() { return *state_->registry; }

std::string Metrics::Text() const {
  std::vector<prometheus::MetricFamily> families = state_->registry->Collect();
  for (prometheus::MetricFamily& family : state_->gauges->Collect()) {
    families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

absl::StatusOr<int> Metrics::Expose(absl::string_view address) {
  if (!IsLoopback(address)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "metrics are served on loopback only (127.0.0.1:port or [::1]:port), not on ", address));
  }
  absl::MutexLock lock(&state_->mutex);
  if (state_->exposer != nullptr)
    return absl::FailedPreconditionError("metrics are served already");
  try {  // prometheus-cpp reports a bind that fails by an exception only.
    state_->exposer = std::make_unique<prometheus::Exposer>(
        std::vector<std::string>{"listening_ports", std::string(address), "num_threads", "1"});
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("cannot serve metrics on ", address, ": ", error.what()));
  }
  state_->exposer->RegisterCollectable(state_->registry);
  state_->exposer->RegisterCollectable(state_->gauges);
  return state_->exposer->GetListeningPorts().at(0);
}

double ResidentMemoryBytes() {
  std::ifstream statm("/proc/self/statm");
  double size_pages = 0;
  double resident_pages = 0;
  if (!(statm >> size_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace colloquy::telemetry
