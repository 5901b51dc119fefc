// What is done without anybody asking: registrations of cancelled events end, invitations end when
// their time has passed, old request ids are forgotten.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_HOUSEKEEPING_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_HOUSEKEEPING_H_

#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/registrations/event_rules.h"
#include "services/registrations/store/store.h"

namespace colloquy::registrations {

// One thread works while it lives. Everything is done some rows in a transaction, so that nobody
// waits for it; replicas may do it at the same time. Thread-safe.
class Housekeeping {
 public:
  // All must outlive it.
  Housekeeping(db::Database& db, feed::Feed& feed, EventRules& rules)
      : db_(db), feed_(feed), rules_(rules), thread_([this] { Work(); }) {}
  ~Housekeeping();
  Housekeeping(const Housekeeping&) = delete;

  // Looks for work now, not within seconds.
  void Wake();

 private:
  void Work();
  bool Stopping();
  void EndCancelled();
  void EndEvent(const store::Uid& event);
  void ExpireDue();
  void ExpireStartedEvents();
  void PurgeRequests();
  // Null if there is no such event any more. An error if the events service is away.
  absl::StatusOr<EventRules::EventPtr> EventOf(const store::EventRow& row);

  db::Database& db_;
  feed::Feed& feed_;
  EventRules& rules_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = true;
  absl::Time next_purge_ = absl::InfinitePast();
  std::thread thread_;
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_HOUSEKEEPING_H_
