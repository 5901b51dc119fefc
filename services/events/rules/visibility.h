// Who sees which events, and how much of them. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_EVENTS_RULES_VISIBILITY_H_
#define COLLOQUY_SERVICES_EVENTS_RULES_VISIBILITY_H_

#include "absl/strings/string_view.h"
#include "colloquy/events/v1/events.pb.h"
#include "services/common/auth/caller.h"

namespace colloquy::events::rules {

// From which side one looks at the events of an organizer.
enum class Audience {
  kPublic,   // no credential, or one of another organizer
  kPartner,  // a portal of the organizer
  kStaff,    // staff of the organizer, operators, services
};

Audience AudienceOf(const auth::Caller& caller, absl::string_view organizer);

// Whether the event can be read by its exact name. `state` is the stored one.
//   public   PUBLIC and UNLISTED events from their publication on, also once cancelled
//   partner  whatever was published
//   staff    everything
bool CanGet(Audience audience, v1::Event::State state, v1::Event::Visibility visibility,
            bool published);

// Whether it is found in lists: as CanGet, but the public does not find UNLISTED ones.
bool CanFind(Audience audience, v1::Event::State state, v1::Event::Visibility visibility,
             bool published);

// Takes away what only staff see: where one joins online, the organizer's own annotations,
// speakers' addresses.
void Redact(Audience audience, v1::Event* event);
void Redact(Audience audience, v1::Session* session);

}  // namespace colloquy::events::rules

#endif  // COLLOQUY_SERVICES_EVENTS_RULES_VISIBILITY_H_
