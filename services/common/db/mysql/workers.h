// Threads for bodies that nobody waits for; started when first needed.
#ifndef COLLOQUY_SERVICES_COMMON_DB_MYSQL_WORKERS_H_
#define COLLOQUY_SERVICES_COMMON_DB_MYSQL_WORKERS_H_

#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace colloquy::db::mysql {

// Thread-safe.
class Workers {
 public:
  // Called with false when the pool closed before it got to the job.
  using Job = absl::AnyInvocable<void(bool run)>;

  explicit Workers(size_t limit) : limit_(limit) {}
  ~Workers() { Close(); }

  void Submit(Job job);
  // Waits for running jobs.
  void Close();

 private:
  bool WorkOrClosed() const { return closed_ || !queue_.empty(); }
  void Loop();

  const size_t limit_;
  absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Job> queue_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace colloquy::db::mysql

#endif  // COLLOQUY_SERVICES_COMMON_DB_MYSQL_WORKERS_H_
