// Gathers the requests for each event and decides them together: one lock, one commit for many
// guests.
//
// While a batch of an event is being written, those that arrive for it form the next batch, so a
// batch grows with the load and nobody waits for a timer. (Waiting for company, as PostgreSQL's
// commit_delay does, was tried: fewer commits, and fewer registrations a second.) Arrival order
// within an event, turns between events.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_ALLOCATOR_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_ALLOCATOR_H_

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/registrations/event_rules.h"
#include "services/registrations/op.h"

namespace colloquy::registrations {

// Thread-safe.
class Allocator {
 public:
  struct Options {
    int threads = 3;
    size_t max_batch = 512;       // people, roughly: an atomic batch counts as its size
    size_t queue_limit = 20'000;  // requests of all events that wait
    // How old an event's rules may be for anything but a refusal.
    absl::Duration rules_age = absl::Seconds(1);
  };

  // All must outlive the allocator.
  Allocator(db::Database& db, feed::Feed& feed, EventRules& rules, Options options);
  // Answers what waits with SERVER_STOPPING.
  ~Allocator();
  Allocator(const Allocator&) = delete;

  // Takes the op and calls its `done` once, from another thread, or refuses it at once: OVERLOADED
  // when too many wait.
  absl::Status Submit(std::unique_ptr<Op> op);

 private:
  using Ops = std::vector<std::unique_ptr<Op>>;
  struct Queue {
    std::deque<std::unique_ptr<Op>> waiting;
    bool scheduled = false;  // in turns_, or being decided
  };

  void Work();
  Ops Take(const std::string& event);
  // Puts `again` back at the head, and the event back into the turns if anything waits for it.
  void Return(const std::string& event, Ops again);
  // Leaves its outcome in each op; those that have to be decided again on fresh rules move to the
  // result.
  Ops Run(const std::string& event, Ops& ops);
  // In one transaction; on failure nothing is decided.
  absl::Status Write(const std::string& event, const Ops& ops, absl::Time now);

  db::Database& db_;
  feed::Feed& feed_;
  EventRules& rules_;
  const Options options_;

  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Queue> queues_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> turns_ ABSL_GUARDED_BY(mutex_);
  size_t queued_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_ALLOCATOR_H_
