// What may be changed of a registration once it is made: who it is for and what they answered.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_RULES_EDIT_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_RULES_EDIT_H_

#include "absl/status/statusor.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "google/protobuf/field_mask.pb.h"

namespace colloquy::registrations::rules {

// `stored` with what `mask` takes over from `source` (resource::ApplyUpdate). Answers that are
// taken over must fit the form as it is today; those to sensitive questions stay as they are,
// unless they are given, where the editor does not read them. FIELD_MASK_INVALID, or all violations
// at once: what seats and queue depend on must not change.
absl::StatusOr<v1::Registration> Edit(const events::v1::Event& event,
                                      const v1::Registration& stored,
                                      const google::protobuf::FieldMask& mask,
                                      const v1::Registration& source, bool reads_sensitive);

}  // namespace colloquy::registrations::rules

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_RULES_EDIT_H_
