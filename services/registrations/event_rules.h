// The rules of events, as the events service says them, kept for a moment.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_EVENT_RULES_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_EVENT_RULES_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"

namespace colloquy::registrations {

// Thread-safe.
class EventRules {
 public:
  // Reads an event from the events service: its errors are answered as they are.
  using Source = std::function<absl::StatusOr<events::v1::Event>(const std::string& name,
                                                                 absl::Time deadline)>;
  using EventPtr = std::shared_ptr<const events::v1::Event>;

  explicit EventRules(Source source) : source_(std::move(source)) {}

  // The event as it was at `newer_than` or later. May block until `deadline`.
  absl::StatusOr<EventPtr> Get(const std::string& name, absl::Time newer_than, absl::Time deadline);

 private:
  struct Known {
    EventPtr event;
    absl::Time asked;
  };
  // More events than this are not kept; all are forgotten then.
  static constexpr size_t kMaxKnown = 10'000;

  const Source source_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Known> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_EVENT_RULES_H_
