// Resource names: the ids that people type, and the full names that the server wants.
#ifndef COLLOQUY_CLIENTS_CLI_NAMES_H_
#define COLLOQUY_CLIENTS_CLI_NAMES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace colloquy::cli {

// `typed` if it is a full name already (starts with "organizers/"); otherwise `typed` behind as
// much of the pattern as it lacks. With the pattern "organizers/*/events/*/sessions/*" and the
// organizer "organizers/acme":
//   lasers/opening                    organizers/acme/events/lasers/sessions/opening
//   events/lasers/sessions/opening    the same
// Usage error where segments are missing or empty, or the organizer is needed and empty.
absl::StatusOr<std::string> ExpandName(absl::string_view typed, absl::string_view pattern,
                                       absl::string_view organizer);

// What follows the last slash.
absl::string_view LastSegment(absl::string_view name);

// A text as a resource id: letters and digits of ASCII, the rest as hyphens; at most `max` long,
// never empty. "Laser & Photonics 2027" → "laser-photonics-2027".
std::string Slug(absl::string_view text, size_t max);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_NAMES_H_
