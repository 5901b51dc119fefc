#include "services/registrations/event_rules.h"

#include <utility>

#include "services/common/errors/errors.h"

namespace colloquy::registrations {

absl::StatusOr<EventRules::EventPtr> EventRules::Get(const std::string& name, absl::Time newer_than,
                                                     absl::Time deadline) {
  {
    absl::MutexLock lock(&mutex_);
    const auto known = known_.find(name);
    if (known != known_.end() && known->second.asked >= newer_than) return known->second.event;
  }
  const absl::Time asked = absl::Now();
  COLLOQUY_ASSIGN_OR_RETURN(events::v1::Event event, source_(name, deadline));
  auto shared = std::make_shared<const events::v1::Event>(std::move(event));
  absl::MutexLock lock(&mutex_);
  if (known_.size() >= kMaxKnown) known_.clear();
  Known& known = known_[name];
  if (known.asked < asked) known = {shared, asked};
  return shared;
}

}  // namespace colloquy::registrations
