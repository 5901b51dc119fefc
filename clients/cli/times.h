// Times as people type and read them.
#ifndef COLLOQUY_CLIENTS_CLI_TIMES_H_
#define COLLOQUY_CLIENTS_CLI_TIMES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace colloquy::cli {

// A zone by its IANA name; UTC where it is empty or unknown to this machine.
absl::TimeZone ZoneOrUtc(absl::string_view name);

// True if the text names an offset or Z: an instant, not a time on some clock.
bool IsInstant(absl::string_view text);

// `2027-03-09T14:00`, `2027-03-09 14:00:30` or `2027-03-09` as `2027-03-09T14:00:00`.
absl::StatusOr<std::string> ParseCivil(absl::string_view text);

// RFC 3339 (`2027-03-09T13:00:00Z`), or a civil time meant in `zone`.
absl::StatusOr<google::protobuf::Timestamp> ParseTime(absl::string_view text, absl::TimeZone zone);

// `90s`, `15m`, `24h`, `7d`, `2w`, and sums such as `1d12h`.
absl::StatusOr<absl::Duration> ParseSpan(absl::string_view text);

absl::Time FromProto(const google::protobuf::Timestamp& time);
google::protobuf::Timestamp ToProto(absl::Time time);
google::protobuf::Duration ToProto(absl::Duration duration);

// `2027-03-09 14:00 CET`, with seconds where there are any.
std::string FormatForPeople(absl::Time time, absl::TimeZone zone);
// RFC 3339 with the zone's offset.
std::string FormatForMachines(absl::Time time, absl::TimeZone zone);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_TIMES_H_
