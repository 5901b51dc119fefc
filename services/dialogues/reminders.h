// Notices when action items are due: the feed says so once.
#ifndef COLLOQUY_SERVICES_DIALOGUES_REMINDERS_H_
#define COLLOQUY_SERVICES_DIALOGUES_REMINDERS_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/dialogues/room_book.h"

namespace colloquy::dialogues {

// One thread. Replicas may do the same at the same time.
class Reminders {
 public:
  // `book` must outlive it.
  explicit Reminders(RoomBook& book, absl::Duration every = absl::Minutes(1))
      : book_(book), every_(every) {}
  ~Reminders();
  Reminders(const Reminders&) = delete;

  void Start();
  // Idempotent.
  void Stop();

  // Sets `reminder_due` of all that are due, by the book's clock in UTC. How many.
  absl::StatusOr<int> Remind();

 private:
  void Loop();

  RoomBook& book_;
  const absl::Duration every_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_REMINDERS_H_
