#include "clients/cli/times.h"

#include <cctype>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/cli/failures.h"

namespace colloquy::cli {

absl::TimeZone ZoneOrUtc(absl::string_view name) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!name.empty() && !absl::LoadTimeZone(std::string(name), &zone)) return absl::UTCTimeZone();
  return zone;
}

bool IsInstant(absl::string_view text) {
  const size_t clock = text.find_first_of("T ");
  if (clock == absl::string_view::npos) return false;
  return text.find_first_of("Zz+-", clock) != absl::string_view::npos;
}

absl::StatusOr<std::string> ParseCivil(absl::string_view text) {
  const std::string iso = absl::StrReplaceAll(text, {{" ", "T"}});
  absl::CivilSecond civil;
  if (IsInstant(text) || !absl::ParseLenientCivilTime(iso, &civil)) {
    return UsageError(absl::StrCat("'", text, "' is no time such as 2027-03-09T14:00."));
  }
  return absl::FormatCivilTime(civil);
}

absl::StatusOr<google::protobuf::Timestamp> ParseTime(absl::string_view text, absl::TimeZone zone) {
  if (IsInstant(text)) {
    absl::Time time;
    std::string error;
    if (absl::ParseTime(absl::RFC3339_full, absl::StrReplaceAll(text, {{" ", "T"}}), &time,
                        &error)) {
      return ToProto(time);
    }
    return UsageError(absl::StrCat("'", text, "' is no time such as 2027-03-09T13:00:00Z."));
  }
  absl::StatusOr<std::string> civil = ParseCivil(text);
  if (!civil.ok()) return civil.status();
  absl::CivilSecond second;
  absl::ParseCivilTime(*civil, &second);
  return ToProto(absl::FromCivil(second, zone));
}

absl::StatusOr<absl::Duration> ParseSpan(absl::string_view text) {
  const absl::Status bad =
      UsageError(absl::StrCat("'", text, "' is no span of time such as 90s, 24h, 7d or 2w."));
  absl::Duration total = absl::ZeroDuration();
  size_t at = 0;
  if (text.empty()) return bad;
  while (at < text.size()) {
    int64_t number = 0;
    const size_t begin = at;
    while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0) {
      if (at - begin > 9) return bad;
      number = number * 10 + (text[at++] - '0');
    }
    if (at == begin || at == text.size()) return bad;
    switch (text[at++]) {
      case 's':
        total += absl::Seconds(number);
        break;
      case 'm':
        total += absl::Minutes(number);
        break;
      case 'h':
        total += absl::Hours(number);
        break;
      case 'd':
        total += absl::Hours(24) * number;
        break;
      case 'w':
        total += absl::Hours(168) * number;
        break;
      default:
        return bad;
    }
  }
  return total;
}

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp result;
  const int64_t seconds = absl::ToUnixSeconds(time);
  result.set_seconds(seconds);
  result.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return result;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration result;
  absl::Duration rest;
  result.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  result.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return result;
}

std::string FormatForPeople(absl::Time time, absl::TimeZone zone) {
  const bool seconds = absl::ToCivilSecond(time, zone).second() != 0;
  return absl::FormatTime(seconds ? "%Y-%m-%d %H:%M:%S %Z" : "%Y-%m-%d %H:%M %Z", time, zone);
}

std::string FormatForMachines(absl::Time time, absl::TimeZone zone) {
  return absl::FormatTime(absl::RFC3339_full, time, zone);
}

}  // namespace colloquy::cli
