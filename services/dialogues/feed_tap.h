// A stream of a service's own feed that ends in this process.
#ifndef COLLOQUY_SERVICES_DIALOGUES_FEED_TAP_H_
#define COLLOQUY_SERVICES_DIALOGUES_FEED_TAP_H_

#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "colloquy/changes/v1/changes.pb.h"
#include "services/common/rpc/stream.h"

namespace colloquy::dialogues {

// Thread-safe.
class FeedTap final : public rpc::StreamWriter<changes::v1::StreamChangesResponse> {
 public:
  // `sink` is called from a thread of the feed, one change at a time; it must not block.
  explicit FeedTap(std::function<void(const changes::v1::Change&)> sink) : sink_(std::move(sink)) {}

  using StreamWriter::TryWrite;
  bool TryWrite(const changes::v1::StreamChangesResponse& response) override {
    if (cancelled()) return false;
    if (response.has_change()) sink_(response.change());
    return true;
  }
  bool WaitForRoom(absl::Time) override { return !cancelled(); }
  void Finish(absl::Status) override {
    absl::AnyInvocable<void()> done;
    {
      absl::MutexLock lock(&mutex_);
      over_ = true;
      done = std::move(done_);
    }
    if (done) done();
  }
  bool cancelled() const override {
    absl::MutexLock lock(&mutex_);
    return over_;
  }
  void OnDone(absl::AnyInvocable<void()> callback) override {
    {
      absl::MutexLock lock(&mutex_);
      if (!over_) {
        done_ = std::move(callback);
        return;
      }
    }
    callback();
  }

 private:
  const std::function<void(const changes::v1::Change&)> sink_;
  mutable absl::Mutex mutex_;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  absl::AnyInvocable<void()> done_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_FEED_TAP_H_
