// What the methods of EventsService share; for its own files.
#ifndef COLLOQUY_SERVICES_EVENTS_PARTS_H_
#define COLLOQUY_SERVICES_EVENTS_PARTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/names.h"
#include "services/common/rpc/service.h"

namespace colloquy::events {

inline constexpr int kMaxExport = 1000;

const resource::NamePattern& OrganizerPattern();
const resource::NamePattern& EventPattern();
const resource::NamePattern& SessionPattern();

// As BCP 47 has it; FIELD_INVALID for `language_code` if it is no tag.
absl::StatusOr<std::string> CanonicalLanguage(const std::string& language);

// The fields that the server gives a new event or session.
void Begin(const std::string& name, absl::Time now, v1::Event* event);
void BeginSession(const std::string& name, absl::Time now, v1::Session* session);

}  // namespace colloquy::events

#endif  // COLLOQUY_SERVICES_EVENTS_PARTS_H_
