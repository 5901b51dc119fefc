// What events and sessions must be like before they are stored. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_EVENTS_RULES_VALIDATION_H_
#define COLLOQUY_SERVICES_EVENTS_RULES_VALIDATION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "colloquy/events/v1/events.pb.h"

namespace colloquy::events::rules {

// Brings `event` into stored form (canonical tags, times that agree, defaults) and answers
// everything that is wrong with it at once. NOT_IMPLEMENTED (UNIMPLEMENTED) for promotion by OFFER.
// `path`: "event".
absl::Status NormalizeEvent(absl::string_view path, v1::Event* event);

// As above for a session of `event`. A session outside of the event is refused unless `force`.
absl::Status NormalizeSession(absl::string_view path, const v1::Event& event, bool force,
                              v1::Session* session);

}  // namespace colloquy::events::rules

#endif  // COLLOQUY_SERVICES_EVENTS_RULES_VALIDATION_H_
