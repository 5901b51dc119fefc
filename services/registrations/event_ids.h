// The parts by which the tables know an event.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_EVENT_IDS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_EVENT_IDS_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "colloquy/events/v1/events.pb.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/names.h"

namespace colloquy::registrations {

// Views into the name that it was made of.
struct EventIds {
  resource::Uid uid;
  absl::string_view organizer;
  absl::string_view id;
};

inline absl::StatusOr<EventIds> IdsOf(absl::string_view name, absl::string_view uid) {
  static const resource::NamePattern pattern("organizers/{organizer}/events/{event}");
  absl::string_view ids[2];
  const std::optional<resource::Uid> parsed = resource::Uid::FromUuid(uid);
  if (!parsed.has_value() || !pattern.Match(name, absl::MakeSpan(ids))) {
    return errors::InvalidField("event_uid", "is not the uid of an event");
  }
  return EventIds{*parsed, ids[0], ids[1]};
}

inline absl::StatusOr<EventIds> IdsOf(const events::v1::Event& event) {
  return IdsOf(event.name(), event.uid());
}

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_EVENT_IDS_H_
