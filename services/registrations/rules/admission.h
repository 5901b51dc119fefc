// Whether an event takes a registration: everything but seats.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_RULES_ADMISSION_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_RULES_ADMISSION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "services/common/errors/errors.h"

namespace colloquy::registrations::rules {

// Fills what follows from the event: party_size 0 becomes 1, an unspecified attendance mode the
// event's (IN_PERSON for HYBRID).
void FillDefaults(const events::v1::Event& event, v1::Registration& registration);

// What is wrong with the registration by itself, whatever the event: lengths, codes, languages,
// ranges. `registration` is the message's path, such as "registration".
std::vector<errors::FieldViolation> CheckFields(const v1::Registration& registration,
                                                absl::string_view path);

// What does not fit the event: category, mode, party size, answers to the form. All violations at
// once. An invitation's party, unless 0, takes the place of the event's limit; `path` may be empty.
std::vector<errors::FieldViolation> CheckAgainst(const events::v1::Event& event,
                                                 const v1::Registration& registration,
                                                 absl::string_view path, int32_t invited = 0);

// REGISTRATION_CLOSED unless the event takes registrations at `now`: published, opened, not closed.
absl::Status CheckOpen(const events::v1::Event& event, absl::Time now);

// ADDRESS_NOT_ADMITTED unless the (folded) address belongs to one of the event's domains.
absl::Status CheckDomain(const events::v1::Event& event, absl::string_view folded_email);

// Why nobody can register now: NOT_PUBLISHED, NOT_YET_OPEN, CLOSED or CANCELLED; empty if open.
std::string ClosedReason(const events::v1::Event& event, absl::Time now);

}  // namespace colloquy::registrations::rules

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_RULES_ADMISSION_H_
