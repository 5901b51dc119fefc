// Follows another service's change feed: applies every change once, in order, and remembers how far
// it got in the database that the changes are applied to.
#ifndef COLLOQUY_SERVICES_COMMON_FEED_CONSUMER_H_
#define COLLOQUY_SERVICES_COMMON_FEED_CONSUMER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/changes/v1/changes.pb.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"
#include "services/common/db/database.h"

namespace colloquy::feed {

// Two threads: one reads the stream, one applies. All replicas of a service may run one each: the
// cursor's row is locked while records are applied, and what another replica applied is skipped.
class Consumer {
 public:
  using Reader = grpc::ClientReaderInterface<changes::v1::StreamChangesResponse>;
  // Opens StreamChanges of the followed service: `stub->StreamChanges(context, request)`, after
  // adding credentials to the context.
  using Open = std::function<std::unique_ptr<Reader>(
      grpc::ClientContext* context, const changes::v1::StreamChangesRequest& request)>;
  // Applies one change in `tx`. It may run again for the same change when the transaction is
  // retried, so it has no effect outside `tx`. An error ends the batch; it is tried again with
  // backoff.
  using Apply = std::function<absl::Status(db::Transaction& tx, const changes::v1::Change& change)>;

  struct Options {
    // Whose feed: "events". Names the cursor's row.
    std::string feed;
    // Only these resource types, such as "colloquy/Event"; none means all.
    std::vector<std::string> resource_types;
    // Records in one transaction, at most.
    int batch = 200;
    absl::Duration min_backoff = absl::Milliseconds(50);
    absl::Duration max_backoff = absl::Seconds(5);
    // Called after a batch was committed, with its changes; may be empty.
    std::function<void(const std::vector<changes::v1::Change>&)> applied;
  };

  struct Health {
    bool connected = false;
    int64_t cursor = 0;         // everything up to here is applied
    int64_t applied = 0;        // changes since the start
    absl::Time last_heard;      // of the stream, checkpoints included
    absl::Status stream_error;  // why the last stream ended; OK while one is open
    absl::Status apply_error;   // why the last batch failed; OK once one was applied
  };

  // `db` must outlive the consumer. Nothing happens before Start.
  Consumer(db::Database& db, Open open, Apply apply, Options options);
  ~Consumer();
  Consumer(const Consumer&) = delete;

  void Start();
  // Cancels the stream and joins; takes no longer than the transaction that is running. Idempotent.
  void Stop();

  Health health() const;
  // For tests and orderly hand-over: true once everything up to `sequence` is applied.
  bool WaitFor(int64_t sequence, absl::Duration timeout) const;

 private:
  void ReadLoop();
  void ApplyLoop();
  absl::Status ReadStream();
  absl::Status LoadCursor();
  bool Enqueue(changes::v1::StreamChangesResponse response);
  absl::Status ApplyBatch(absl::Span<const changes::v1::StreamChangesResponse> batch);
  bool SleepUnlessStopped(absl::Duration duration);
  absl::Duration Backoff(int failures) const;

  db::Database& db_;
  const Open open_;
  const Apply apply_;
  const Options options_;

  mutable absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mu_) = nullptr;
  std::deque<changes::v1::StreamChangesResponse> queue_ ABSL_GUARDED_BY(mu_);
  int64_t received_ ABSL_GUARDED_BY(mu_) = 0;  // where the next stream starts
  Health health_ ABSL_GUARDED_BY(mu_);
  std::thread reader_;
  std::thread applier_;
};

}  // namespace colloquy::feed

#endif  // COLLOQUY_SERVICES_COMMON_FEED_CONSUMER_H_
