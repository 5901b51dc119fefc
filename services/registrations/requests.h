// What the requests of this room's services have in common.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_REQUESTS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_REQUESTS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/names.h"
#include "services/common/rpc/context.h"
#include "services/registrations/seat_book.h"

namespace colloquy::registrations {

// How old an event's rules may be where newer ones would hardly say otherwise.
inline constexpr absl::Duration kRulesAge = absl::Seconds(1);

const resource::NamePattern& EventPattern();

// The parts of the name of what lies below an event.
struct ChildName {
  std::string organizer;
  std::string event_id;
  std::string event;  // its name
  resource::Uid uid;
};
// NOT_FOUND for an id that cannot have been given out. `field`: where the request has the name.
absl::StatusOr<ChildName> ParseRegistrationName(absl::string_view name,
                                                absl::string_view field = "name");
absl::StatusOr<ChildName> ParseInvitationName(absl::string_view name);

// FIELD_INVALID for a `reason` of more than 1,000 characters.
absl::Status CheckReason(absl::string_view reason);

// Who calls, and what.
Cause CauseOf(const rpc::CallContext& call);

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_REQUESTS_H_
