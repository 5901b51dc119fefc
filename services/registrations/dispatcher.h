// Sends what is due: deliveries of all mailings, over a handful of connections.
//
// A round is one transaction: it records what became of the letters whose connections are free
// again and claims the next ones for them. While one round is being written the next one gathers,
// so it grows with the load by itself. A connection never has more than one letter that is not
// recorded, and that is what a crash can send twice: its row is CLAIMED, is put back as `uncertain`
// by whoever finds that the dispatcher lives no more, and goes out with the same Message-ID.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_DISPATCHER_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_DISPATCHER_H_

#include <atomic>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/common/telemetry/log.h"
#include "services/registrations/event_rules.h"
#include "services/registrations/mail/transport.h"
#include "services/registrations/mailing.h"
#include "services/registrations/organizer_names.h"
#include "services/registrations/rules/links.h"

namespace colloquy::registrations {

struct DispatcherOptions {
  mail::TransportFactory transport;
  int connections = 8;
  double rate = 0;     // letters a second, over all connections; 0: as fast as they are taken
  std::string sender;  // address that letters come from
  // Base of the links, such as "https://events.example.org".
  std::function<std::string()> web_url;
  // How old what is known of an event may be: so long after it was called off mails still go out.
  absl::Duration event_age = absl::Seconds(5);
  telemetry::Log* log = nullptr;  // where a relay that cannot be used is told of; outlives all
};

// Thread-safe. Replicas share the work.
class Dispatcher {
 public:
  // All must outlive it.
  Dispatcher(db::Database& db, feed::Feed& feed, EventRules& rules, const rules::Links& links,
             OrganizerNames& organizers, DispatcherOptions options);
  // Stops.
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;

  void Start();
  // Letters that are on their way end first, for a few seconds at most unless a relay is about to
  // answer. Idempotent.
  void Stop();
  // Looks for work now, not within a second.
  void Wake();

 private:
  void Rounds();
  void Keep();
  void Send();

  // The rounds'.
  void WaitForRound(std::vector<DeliveryOutcome>& outcomes, int& wanted);
  bool Round(const std::vector<DeliveryOutcome>& outcomes, int wanted,
             std::vector<DeliveryJob>& jobs);
  void Note(const std::vector<DeliveryOutcome>& outcomes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Pause(absl::string_view reason) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int Allowed(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool AnyDue();
  void HandOut(const std::vector<DeliveryOutcome>& outcomes, int wanted,
               std::vector<DeliveryJob> jobs);
  bool Finished();
  bool Stopping();

  // The keeper's.
  void RenewLease();
  void TakeOverLost(absl::Time now);
  bool AdvanceMailings();

  // A connection's.
  DeliveryOutcome Deliver(DeliveryJob job, mail::Transport& transport);

  db::Database& db_;
  feed::Feed& feed_;
  EventRules& rules_;
  const rules::Links& links_;
  OrganizerNames& organizers_;
  const DispatcherOptions options_;
  const Uid uid_;

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = true;  // for rounds
  bool keeper_woken_ ABSL_GUARDED_BY(mutex_) = true;
  bool more_due_ ABSL_GUARDED_BY(mutex_) = false;  // the last round took all that it wanted
  bool rounds_done_ ABSL_GUARDED_BY(mutex_) = false;
  int idle_ ABSL_GUARDED_BY(mutex_) = 0;  // connections without a job
  std::deque<DeliveryJob> jobs_ ABSL_GUARDED_BY(mutex_);
  std::vector<DeliveryOutcome> outcomes_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<Uid> in_hand_ ABSL_GUARDED_BY(mutex_);  // claimed and not recorded
  absl::Time paused_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int relay_failures_ ABSL_GUARDED_BY(mutex_) = 0;
  double tokens_ ABSL_GUARDED_BY(mutex_) = 1;
  absl::Time tokens_time_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> aborting_ = false;  // for connections: let go of what was not begun
  bool unsure_ = false;  // the rounds' own: whether the last one was written is not known

  std::vector<std::thread> threads_;
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_DISPATCHER_H_
