#include "tests/bench/load.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace colloquy::bench {

using grpc::ByteBuffer;

ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return ByteBuffer(&slice, 1);
}

std::string ToString(const ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

namespace {

void Authorise(const Target& target, grpc::ClientContext& context) {
  if (!target.key.empty())
    context.AddMetadata("authorization", absl::StrCat("Bearer ", target.key));
}

}  // namespace

Load::Load(const Target& target, int callers, int64_t first)
    : target_(target),
      callers_(callers),
      next_(first),
      end_(std::numeric_limits<int64_t>::max()),
      ended_(callers) {
  for (int i = 0; i < 2; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("bench.connection", i);
    stubs_.push_back(std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(target.address, grpc::InsecureChannelCredentials(), arguments)));
  }
}

Result Load::Run(absl::Duration length) {
  until_ = absl::Now() + length;
  return Measure();
}

Result Load::RunMany(int64_t count) {
  end_ = next_ + count;
  return Measure();
}

Result Load::Measure() {
  const absl::Time begin = absl::Now();
  for (int i = 0; i < callers_; ++i) Begin();
  ended_.Wait();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  absl::MutexLock lock(&mutex_);
  Result result;
  result.failed = failed_;
  std::sort(latencies_.begin(), latencies_.end());
  if (latencies_.empty()) return result;
  result.per_second = static_cast<double>(latencies_.size()) / seconds;
  result.p50_ms = absl::ToDoubleMilliseconds(latencies_[latencies_.size() / 2]);
  result.p99_ms = absl::ToDoubleMilliseconds(latencies_[latencies_.size() * 99 / 100]);
  return result;
}

void Load::Begin() {
  const int64_t number = next_.fetch_add(1);
  if (number >= end_ || absl::Now() >= until_) {
    ended_.DecrementCount();
    return;
  }
  auto one = std::make_shared<One>();
  one->request = ToBuffer(target_.request(number));
  one->begin = absl::Now();
  Authorise(target_, one->context);
  stubs_[static_cast<size_t>(number) % stubs_.size()]->UnaryCall(
      &one->context, target_.method, grpc::StubOptions(), &one->request, &one->response,
      [this, one](const grpc::Status& status) {
        Record(status, absl::Now() - one->begin);
        Begin();
      });
}

void Load::Record(const grpc::Status& status, absl::Duration latency) {
  absl::MutexLock lock(&mutex_);
  if (status.ok()) {
    latencies_.push_back(latency);
  } else if (failed_++ == 0) {
    std::cerr << "first failure: " << status.error_message() << "\n";
  }
}

std::string CallOnce(const Target& target) {
  grpc::GenericStub stub(grpc::CreateChannel(target.address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  Authorise(target, context);
  // A number that no run reaches.
  const ByteBuffer request = ToBuffer(target.request(1'000'000'000'000));
  ByteBuffer response;
  absl::BlockingCounter answered(1);
  stub.UnaryCall(&context, target.method, grpc::StubOptions(), &request, &response,
                 [&](const grpc::Status& status) {
                   if (!status.ok()) {
                     std::cerr << target.method << ": " << status.error_message() << "\n";
                     std::exit(1);
                   }
                   answered.DecrementCount();
                 });
  answered.Wait();
  return ToString(response);
}

Pair Alternate(const Target& measured, const Target& other, int callers, absl::Duration length) {
  constexpr int64_t kApart = 10'000'000;  // more calls than a run makes
  Pair best;
  for (int64_t round = 0; round < 3; ++round) {
    const Result result = Load(measured, callers, 2 * round * kApart).Run(length);
    const Result beside = Load(other, callers, (2 * round + 1) * kApart).Run(length);
    if (result.per_second > best.measured.per_second) best.measured = result;
    if (beside.per_second > best.other.per_second) best.other = beside;
  }
  return best;
}

}  // namespace colloquy::bench
