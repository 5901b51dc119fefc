// Whether two sessions need the same room or the same speaker at the same time. Pure and
// thread-safe.
#ifndef COLLOQUY_SERVICES_EVENTS_RULES_CONFLICTS_H_
#define COLLOQUY_SERVICES_EVENTS_RULES_CONFLICTS_H_

#include <vector>

#include "absl/status/status.h"
#include "colloquy/events/v1/events.pb.h"

namespace colloquy::events::rules {

// SESSION_CONFLICT naming the other session, and "room" or "speaker", if `session` overlaps one of
// `others` in time and shares its room (letter case ignored) or a speaker (by folded address, or
// else by folded name). Sessions that touch do not overlap. A session of the same name among
// `others` is passed over.
absl::Status CheckConflicts(const v1::Session& session, const std::vector<v1::Session>& others);

}  // namespace colloquy::events::rules

#endif  // COLLOQUY_SERVICES_EVENTS_RULES_CONFLICTS_H_
