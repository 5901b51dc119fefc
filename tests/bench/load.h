// Many calls at a time against one method, and how long each took.
#ifndef COLLOQUY_TESTS_BENCH_LOAD_H_
#define COLLOQUY_TESTS_BENCH_LOAD_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"

namespace colloquy::bench {

grpc::ByteBuffer ToBuffer(const std::string& bytes);
std::string ToString(const grpc::ByteBuffer& buffer);

// What is called, and with what. Requests are numbered, so that each can differ.
struct Target {
  std::string address;
  std::string method;
  std::string key;  // API key; empty: no credential
  std::function<std::string(int64_t)> request;
};

struct Result {
  double per_second = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  int64_t failed = 0;
};

// `callers` calls are always under way, over two connections; each that ends begins the next.
class Load {
 public:
  // `first` is the number of the first request.
  Load(const Target& target, int callers, int64_t first);

  // Calls for `length`.
  Result Run(absl::Duration length);
  // Calls `count` times.
  Result RunMany(int64_t count);

 private:
  struct One {
    grpc::ClientContext context;
    grpc::ByteBuffer request;
    grpc::ByteBuffer response;
    absl::Time begin;
  };

  Result Measure();
  void Begin();
  void Record(const grpc::Status& status, absl::Duration latency);

  const Target target_;
  const int callers_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  std::atomic<int64_t> next_;
  int64_t end_;
  absl::Time until_ = absl::InfiniteFuture();
  absl::BlockingCounter ended_;
  absl::Mutex mutex_;
  std::vector<absl::Duration> latencies_ ABSL_GUARDED_BY(mutex_);
  int64_t failed_ ABSL_GUARDED_BY(mutex_) = 0;
};

// One call, which must succeed; its answer.
std::string CallOnce(const Target& target);

// Three runs of `length` each, taking turns, so that what else the machine does hits both alike;
// the best of each.
struct Pair {
  Result measured;
  Result other;
};
Pair Alternate(const Target& measured, const Target& other, int callers, absl::Duration length);

}  // namespace colloquy::bench

#endif  // COLLOQUY_TESTS_BENCH_LOAD_H_
