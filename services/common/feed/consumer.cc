#include "services/common/feed/consumer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/time/clock.h"
#include "services/common/errors/errors.h"
#include "services/common/feed/store.h"
#include "services/common/rpc/status.h"

namespace colloquy::feed {
namespace {

using changes::v1::Change;
using changes::v1::StreamChangesRequest;
using changes::v1::StreamChangesResponse;

constexpr int kCheckpointSeconds = 10;
constexpr absl::Duration kDatabaseTimeout = absl::Seconds(30);
constexpr int kQueuedBatches = 2;

}  // namespace

Consumer::Consumer(db::Database& db, Open open, Apply apply, Options options)
    : db_(db), open_(std::move(open)), apply_(std::move(apply)), options_(std::move(options)) {}

Consumer::~Consumer() { Stop(); }

void Consumer::Start() {
  reader_ = std::thread([this] { ReadLoop(); });
  applier_ = std::thread([this] { ApplyLoop(); });
}

void Consumer::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  if (reader_.joinable()) reader_.join();
  if (applier_.joinable()) applier_.join();
}

Consumer::Health Consumer::health() const {
  absl::MutexLock lock(&mu_);
  return health_;
}

bool Consumer::WaitFor(int64_t sequence, absl::Duration timeout) const {
  absl::MutexLock lock(&mu_);
  const auto reached = [this, sequence]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return health_.cursor >= sequence;
  };
  return mu_.AwaitWithTimeout(absl::Condition(&reached), timeout);
}

bool Consumer::SleepUnlessStopped(absl::Duration duration) {
  absl::MutexLock lock(&mu_);
  return !mu_.AwaitWithTimeout(absl::Condition(&stopping_), duration);
}

absl::Duration Consumer::Backoff(int failures) const {
  return std::min(options_.max_backoff, options_.min_backoff * (1 << std::min(failures - 1, 16)));
}

// ---- The reader ----

void Consumer::ReadLoop() {
  int failures = 0;
  bool loaded = false;
  do {
    absl::Status status = loaded ? absl::OkStatus() : LoadCursor();
    loaded = status.ok();
    if (loaded) status = ReadStream();
    absl::MutexLock lock(&mu_);
    // A stream that brought something was no failure: the next try comes soon.
    failures = health_.connected ? 1 : failures + 1;
    health_.connected = false;
    health_.stream_error = status;
  } while (SleepUnlessStopped(Backoff(failures)));
}

absl::Status Consumer::LoadCursor() {
  int64_t position = 0;
  COLLOQUY_RETURN_IF_ERROR(db_.Write(
      {.deadline = absl::Now() + kDatabaseTimeout}, [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_RETURN_IF_ERROR(EnsurePosition(tx, options_.feed));
        COLLOQUY_ASSIGN_OR_RETURN(position, ReadPosition(tx, options_.feed, false));
        return absl::OkStatus();
      }));
  absl::MutexLock lock(&mu_);
  received_ = health_.cursor = position;
  return absl::OkStatus();
}

absl::Status Consumer::ReadStream() {
  grpc::ClientContext context;
  StreamChangesRequest request;
  request.set_parent("organizers/-");
  request.set_checkpoint_seconds(kCheckpointSeconds);
  for (const std::string& type : options_.resource_types) request.add_resource_types(type);
  {
    absl::MutexLock lock(&mu_);
    if (stopping_) return absl::OkStatus();
    request.set_cursor(received_);
    context_ = &context;
  }
  const std::unique_ptr<Reader> reader = open_(&context, request);
  StreamChangesResponse response;
  while (reader->Read(&response)) {
    if (!Enqueue(std::move(response))) context.TryCancel();
    response.Clear();
  }
  const grpc::Status status = reader->Finish();
  absl::MutexLock lock(&mu_);
  context_ = nullptr;
  return rpc::FromGrpc(status);
}

bool Consumer::Enqueue(StreamChangesResponse response) {
  absl::MutexLock lock(&mu_);
  health_.connected = true;
  health_.stream_error = absl::OkStatus();
  health_.last_heard = absl::Now();
  const auto has_room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return stopping_ || queue_.size() < static_cast<size_t>(kQueuedBatches * options_.batch);
  };
  mu_.Await(absl::Condition(&has_room));
  if (stopping_) return false;
  received_ = std::max(received_, response.cursor());
  queue_.push_back(std::move(response));
  return true;
}

// ---- The applier ----

void Consumer::ApplyLoop() {
  std::vector<StreamChangesResponse> batch;
  int failures = 0;
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return stopping_ || !queue_.empty();
      };
      if (batch.empty()) mu_.Await(absl::Condition(&has_work));
      if (stopping_) return;
      while (!queue_.empty() && batch.size() < static_cast<size_t>(options_.batch)) {
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    // After a failure one by one: everything before the change that fails gets through.
    const size_t count = failures > 0 ? 1 : batch.size();
    const absl::Status status = ApplyBatch(absl::MakeConstSpan(batch).first(count));
    if (!status.ok()) {
      {
        absl::MutexLock lock(&mu_);
        health_.apply_error = status;
      }
      if (!SleepUnlessStopped(Backoff(++failures))) return;
      continue;
    }
    failures = 0;
    batch.erase(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

absl::Status Consumer::ApplyBatch(absl::Span<const StreamChangesResponse> batch) {
  const auto stopping = [this] {
    absl::MutexLock lock(&mu_);
    return stopping_;
  };
  int64_t position = 0;
  std::vector<Change> applied;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write({.deadline = absl::Now() + kDatabaseTimeout, .cancelled = stopping},
                [&](db::Transaction& tx) -> absl::Status {
                  applied.clear();
                  COLLOQUY_ASSIGN_OR_RETURN(position, ReadPosition(tx, options_.feed, true));
                  const int64_t before = position;
                  for (const StreamChangesResponse& response : batch) {
                    if (response.cursor() <= position)
                      continue;  // another replica, or a repeated delivery
                    if (response.has_change()) {
                      COLLOQUY_RETURN_IF_ERROR(apply_(tx, response.change()));
                      applied.push_back(response.change());
                    }
                    position = response.cursor();
                  }
                  if (position == before) return absl::OkStatus();
                  return WritePosition(tx, options_.feed, position);
                }));
  {
    absl::MutexLock lock(&mu_);
    health_.cursor = position;
    health_.applied += static_cast<int64_t>(applied.size());
    health_.apply_error = absl::OkStatus();
  }
  if (options_.applied && !applied.empty()) options_.applied(applied);
  return absl::OkStatus();
}

}  // namespace colloquy::feed
