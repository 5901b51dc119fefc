// Gathers the requests for each event and decides them together: one lock, one commit for many
// guests.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_ALLOCATOR_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_ALLOCATOR_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/common/rpc/gatherer.h"
#include "services/registrations/event_rules.h"
#include "services/registrations/op.h"

namespace colloquy::registrations {

// Thread-safe. Answers what waits with SERVER_STOPPING when it is destroyed.
class Allocator {
 public:
  struct Options {
    rpc::Gatherer<std::string, Op>::Options gatherer;
    // How old an event's rules may be for anything but a refusal.
    absl::Duration rules_age = absl::Seconds(1);
  };

  // All must outlive the allocator.
  Allocator(db::Database& db, feed::Feed& feed, EventRules& rules, Options options);
  Allocator(const Allocator&) = delete;

  // Takes the op and calls its `done` once, from another thread, or refuses it at once: OVERLOADED
  // when too many wait.
  absl::Status Submit(std::unique_ptr<Op> op) {
    const std::string event = op->event;
    return gatherer_.Submit(event, std::move(op));
  }

 private:
  using Ops = rpc::Gatherer<std::string, Op>::Ops;

  // Leaves its outcome in each op; those that have to be decided again on fresh rules move to the
  // result.
  Ops Run(const std::string& event, Ops& ops);
  // In one transaction; on failure nothing is decided.
  absl::Status Write(const std::string& event, const Ops& ops, absl::Time now);

  db::Database& db_;
  feed::Feed& feed_;
  EventRules& rules_;
  const Options options_;
  rpc::Gatherer<std::string, Op> gatherer_;  // last: its threads use the rest
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_ALLOCATOR_H_
