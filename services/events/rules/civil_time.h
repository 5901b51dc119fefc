// Clock time at a place and the instants it stands for, by the IANA time zone database.
// Thread-safe.
//
// absl::TimeZone reads the system's database (TZDIR or /usr/share/zoneinfo) and unlike libical's
// tells a civil time that the clock skips or shows twice.
#ifndef COLLOQUY_SERVICES_EVENTS_RULES_CIVIL_TIME_H_
#define COLLOQUY_SERVICES_EVENTS_RULES_CIVIL_TIME_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/common/resource/violations.h"

namespace colloquy::events::rules {

// The years in which events may take place. The upper one keeps the recurrence search within what
// libical computes (recurrence.cc).
inline constexpr int kFirstYear = 1970;
inline constexpr int kLastYear = 2149;

// The zone of that name, or nullopt if the database has none.
std::optional<absl::TimeZone> LoadZone(absl::string_view name);

// `2027-03-09T14:00:00`, the seconds may be missing; nullopt for anything else.
std::optional<absl::CivilSecond> ParseCivil(absl::string_view text);
std::optional<absl::CivilDay> ParseDate(absl::string_view text);
std::string FormatCivil(absl::CivilSecond civil);

// The instant at which the zone's clock shows `civil`, the first if there are two; nullopt if the
// clock skips it.
std::optional<absl::Time> InstantOf(absl::CivilSecond civil, const absl::TimeZone& zone);

// As InstantOf, but of a skipped time the instant that the clock would show it at if it had not
// been set forward: for things that move along with an event and can't be refused.
absl::Time NearestInstant(absl::CivilSecond civil, const absl::TimeZone& zone);

absl::Time FromProto(const google::protobuf::Timestamp& timestamp);
google::protobuf::Timestamp ToProto(absl::Time time);
// Within the protobuf type's own bounds.
bool IsValid(const google::protobuf::Timestamp& timestamp);

// Makes civil_start, start_time, civil_end, end_time and time_zone of `event` agree: civil times
// win, missing ones are filled. `prefix` ("event.") stands before field names in violations.
void ResolveTimes(absl::string_view prefix, v1::Event* event, resource::Violations* violations);

}  // namespace colloquy::events::rules

#endif  // COLLOQUY_SERVICES_EVENTS_RULES_CIVIL_TIME_H_
