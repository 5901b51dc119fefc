#include "services/common/db/mysql/workers.h"

#include <utility>

namespace colloquy::db::mysql {

void Workers::Submit(Job job) {
  {
    absl::MutexLock lock(&mutex_);
    if (!closed_) {
      queue_.push_back(std::move(job));
      if (queue_.size() > idle_ && threads_.size() < limit_) {
        threads_.emplace_back([this] { Loop(); });
      }
      return;
    }
  }
  job(false);
}

void Workers::Loop() {
  for (;;) {
    Job job;
    {
      absl::MutexLock lock(&mutex_);
      ++idle_;
      mutex_.Await(absl::Condition(this, &Workers::WorkOrClosed));
      --idle_;
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    job(true);
  }
}

void Workers::Close() {
  std::deque<Job> refused;
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    refused.swap(queue_);
    threads.swap(threads_);
  }
  for (Job& job : refused) job(false);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace colloquy::db::mysql
