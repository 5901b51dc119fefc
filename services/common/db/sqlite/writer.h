// The one thread that changes the database. It takes whatever bodies have queued up, runs them in
// one transaction with a SAVEPOINT each, and answers all of them after the one COMMIT.
#ifndef COLLOQUY_SERVICES_COMMON_DB_SQLITE_WRITER_H_
#define COLLOQUY_SERVICES_COMMON_DB_SQLITE_WRITER_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "services/common/db/database.h"
#include "services/common/db/outcome.h"
#include "services/common/db/sqlite/connection.h"
#include "services/common/db/sqlite/sqlite_database.h"

namespace colloquy::db::sqlite {

// Thread-safe.
class Writer {
 public:
  // `owner` and `options` outlive the writer; `owner` is only compared.
  Writer(const Database* owner, const SqliteOptions& options,
         std::unique_ptr<Connection> connection);
  ~Writer() { Close(); }

  void Submit(CallOptions call, Database::AsyncBody body, Database::Done done);

  // Ends after the running batch; what is queued behind it is answered SERVER_STOPPING.
  void Close();

  // See Database. Counts batches, those too of which nothing was kept.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  bool OnThisThread() const { return std::this_thread::get_id() == thread_id_; }

 private:
  struct Task {
    CallOptions call;
    Database::AsyncBody body;
    Database::Done done;
    int attempt = 0;
    bool decided = false;  // status is the answer; otherwise the task takes part in the COMMIT
    absl::Status status;
  };
  using Batch = std::vector<Task>;

  bool WorkOrClosed() const { return closed_ || !queue_.empty(); }
  void Loop();
  Batch TakeBatch();  // empty when closed
  void RunBatch(Batch& batch);
  // False when SQLite ended the transaction by itself: tasks not yet decided must run again.
  bool TryBatch(Batch& batch);
  void RunTask(Task& task);
  Verdict RunOnce(Task& task);
  Failure CloseSavepoint(const Verdict& verdict);
  absl::Status Commit();
  static void Decide(Task& task, absl::Status status);
  static void DecideRest(Batch& batch, const absl::Status& status);

  const Database* const owner_;
  const SqliteOptions& options_;
  const std::unique_ptr<Connection> connection_;
  // Of the running batch: a fault to be had at its COMMIT.
  FaultInjector::Fault commit_fault_ = FaultInjector::Fault::kNone;

  std::atomic<uint64_t> generation_{1};

  absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Task> queue_ ABSL_GUARDED_BY(mutex_);
  std::thread::id thread_id_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace colloquy::db::sqlite

#endif  // COLLOQUY_SERVICES_COMMON_DB_SQLITE_WRITER_H_
