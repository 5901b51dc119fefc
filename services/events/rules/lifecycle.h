// The states of an event and what each allows. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_EVENTS_RULES_LIFECYCLE_H_
#define COLLOQUY_SERVICES_EVENTS_RULES_LIFECYCLE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"

namespace colloquy::events::rules {

// What a state may allow or forbid.
enum class Method {
  kUpdateEvent,
  kDeleteEvent,
  kPublishEvent,
  kCancelEvent,
  kArchiveEvent,
  kCreateEventSeries,
  kCreateSession,
  kUpdateSession,
  kDeleteSession,
};

absl::string_view MethodName(Method method);

// The state that readers see. IN_PROGRESS and COMPLETED are never stored: a PUBLISHED event is in
// progress from its start to just before its end.
v1::Event::State StateAt(const v1::Event& event, absl::Time now);

// Until when an event as shown, with the state that StateAt gave it, keeps that state if nobody
// changes it.
absl::Time StateGoodUntil(const v1::Event& shown);

// Whether `method` may be called in `state`, as StateAt gives it. `published`: it was once
// published; only an event that never was can be deleted.
bool Allows(Method method, v1::Event::State state, bool published);

// OK, or STATE_INVALID naming the state, the method and the states it needs. `event.state` as
// stored.
absl::Status CheckAllowed(Method method, const v1::Event& event, absl::Time now);

inline bool WasPublished(const v1::Event& event) { return event.has_publish_time(); }

}  // namespace colloquy::events::rules

#endif  // COLLOQUY_SERVICES_EVENTS_RULES_LIFECYCLE_H_
