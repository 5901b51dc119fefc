#include "services/events/rules/civil_time.h"

#include <unistd.h>

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace colloquy::events::rules {
namespace {

using google::protobuf::Timestamp;
using resource::Violations;

constexpr absl::Duration kMaxLength = absl::Hours(24 * 366);
constexpr absl::string_view kCivilForm =
    "must be a time on the clock without an offset, such as 2027-03-09T14:00:00";

// The database has entries that are no zones a place can be in, and Abseil takes file paths and
// names of its own; only what IANA's file names look like comes through.
bool LooksLikeZone(absl::string_view name) {
  if (name.empty() || name.size() > 64 || !absl::ascii_isalpha(name.front())) return false;
  if (absl::StartsWith(name, "posix/") || absl::StartsWith(name, "right/") ||
      absl::StartsWith(name, "Fixed/") || name == "localtime" || name == "posixrules" ||
      name == "Factory" || name.back() == '/' || absl::StrContains(name, "//")) {
    return false;
  }
  for (char c : name) {
    if (!absl::ascii_isalnum(c) && c != '/' && c != '_' && c != '-' && c != '+') return false;
  }
  return true;
}

// Abseil remembers every name it was asked for, found or not: without this look-up a client that
// makes up names would fill the memory.
bool ZoneFileExists(absl::string_view name) {
  const char* directory = std::getenv("TZDIR");
  std::string path =
      absl::StrCat(directory != nullptr ? directory : "/usr/share/zoneinfo", "/", name);
  return access(path.c_str(), R_OK) == 0;
}

bool Digits(absl::string_view text, int* out) {
  for (char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return absl::SimpleAtoi(text, out);
}

std::string CivilField(absl::string_view prefix, bool start) {
  return absl::StrCat(prefix, start ? "civil_start" : "civil_end");
}

std::string InstantField(absl::string_view prefix, bool start) {
  return absl::StrCat(prefix, start ? "start_time" : "end_time");
}

bool CheckYear(absl::string_view field, absl::CivilSecond civil, Violations* violations) {
  if (civil.year() >= kFirstYear && civil.year() <= kLastYear) return true;
  violations->Add(field, absl::StrCat("must be in the years ", kFirstYear, " to ", kLastYear));
  return false;
}

std::optional<absl::Time> FromCivil(const std::string& field, const std::string& text,
                                    const absl::TimeZone& zone, Violations* violations) {
  std::optional<absl::CivilSecond> civil = ParseCivil(text);
  if (!civil.has_value()) {
    violations->Add(field, kCivilForm);
    return std::nullopt;
  }
  if (!CheckYear(field, *civil, violations)) return std::nullopt;
  std::optional<absl::Time> instant = InstantOf(*civil, zone);
  if (!instant.has_value()) {
    violations->Add(field, absl::StrCat("the clock in ", zone.name(), " skips this time"));
  }
  return instant;
}

std::optional<absl::Time> FromInstant(const std::string& field, const Timestamp& timestamp,
                                      const absl::TimeZone& zone, Violations* violations) {
  if (!IsValid(timestamp) || timestamp.nanos() != 0) {
    violations->Add(field, "must be a valid time in whole seconds");
    return std::nullopt;
  }
  absl::Time instant = FromProto(timestamp);
  absl::CivilSecond civil = zone.At(instant).cs;
  if (!CheckYear(field, civil, violations)) return std::nullopt;
  // A civil time that occurs twice stands for the first; this one would move an hour when read
  // again.
  if (InstantOf(civil, zone) != instant) {
    violations->Add(field,
                    absl::StrCat("is the second time that the clock in ", zone.name(), " shows ",
                                 FormatCivil(civil), " that day; only the first can be used"));
    return std::nullopt;
  }
  return instant;
}

std::optional<absl::Time> ResolveOne(absl::string_view prefix, bool start,
                                     const absl::TimeZone& zone, v1::Event* event,
                                     Violations* violations) {
  std::string* civil = start ? event->mutable_civil_start() : event->mutable_civil_end();
  bool has_instant = start ? event->has_start_time() : event->has_end_time();
  std::optional<absl::Time> instant;
  if (!civil->empty()) {
    instant = FromCivil(CivilField(prefix, start), *civil, zone, violations);
  } else if (has_instant) {
    instant = FromInstant(InstantField(prefix, start),
                          start ? event->start_time() : event->end_time(), zone, violations);
  } else {
    violations->Missing(CivilField(prefix, start));
  }
  if (!instant.has_value()) return std::nullopt;
  *civil = FormatCivil(zone.At(*instant).cs);
  *(start ? event->mutable_start_time() : event->mutable_end_time()) = ToProto(*instant);
  return instant;
}

}  // namespace

std::optional<absl::TimeZone> LoadZone(absl::string_view name) {
  absl::TimeZone zone;
  if (!LooksLikeZone(name) || !ZoneFileExists(name) || !absl::LoadTimeZone(name, &zone)) {
    return std::nullopt;
  }
  return zone;
}

std::optional<absl::CivilDay> ParseDate(absl::string_view text) {
  int year, month, day;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !Digits(text.substr(0, 4), &year) ||
      !Digits(text.substr(5, 2), &month) || !Digits(text.substr(8, 2), &day)) {
    return std::nullopt;
  }
  absl::CivilDay date(year, month, day);
  // The type carries over what no calendar has: 30 February becomes 2 March.
  if (date.year() != year || date.month() != month || date.day() != day) return std::nullopt;
  return date;
}

std::optional<absl::CivilSecond> ParseCivil(absl::string_view text) {
  if ((text.size() != 16 && text.size() != 19) || text[10] != 'T' || text[13] != ':') {
    return std::nullopt;
  }
  std::optional<absl::CivilDay> date = ParseDate(text.substr(0, 10));
  int hour, minute, second = 0;
  if (!date.has_value() || !Digits(text.substr(11, 2), &hour) ||
      !Digits(text.substr(14, 2), &minute)) {
    return std::nullopt;
  }
  if (text.size() == 19 && (text[16] != ':' || !Digits(text.substr(17, 2), &second)))
    return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return absl::CivilSecond(date->year(), date->month(), date->day(), hour, minute, second);
}

std::string FormatCivil(absl::CivilSecond civil) {
  return absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d", civil.year(), civil.month(), civil.day(),
                         civil.hour(), civil.minute(), civil.second());
}

std::optional<absl::Time> InstantOf(absl::CivilSecond civil, const absl::TimeZone& zone) {
  absl::TimeZone::TimeInfo info = zone.At(civil);
  if (info.kind == absl::TimeZone::TimeInfo::SKIPPED) return std::nullopt;
  return info.pre;
}

absl::Time NearestInstant(absl::CivilSecond civil, const absl::TimeZone& zone) {
  return zone.At(civil).pre;
}

absl::Time FromProto(const Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

Timestamp ToProto(absl::Time time) {
  int64_t micros = absl::ToUnixMicros(time);
  int64_t seconds = micros / 1000000 - (micros % 1000000 < 0 ? 1 : 0);
  Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>((micros - seconds * 1000000) * 1000));
  return timestamp;
}

bool IsValid(const Timestamp& timestamp) {
  // 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z, as timestamp.proto says.
  return timestamp.seconds() >= -62135596800 && timestamp.seconds() <= 253402300799 &&
         timestamp.nanos() >= 0 && timestamp.nanos() <= 999999999;
}

void ResolveTimes(absl::string_view prefix, v1::Event* event, Violations* violations) {
  std::string zone_field = absl::StrCat(prefix, "time_zone");
  if (event->time_zone().empty()) {
    violations->Missing(zone_field);
    return;
  }
  std::optional<absl::TimeZone> zone = LoadZone(event->time_zone());
  if (!zone.has_value()) {
    violations->Add(zone_field, "must be an IANA time zone, such as Europe/Berlin");
    return;
  }
  // The field that the caller filled, before both are.
  const std::string end_field =
      event->civil_end().empty() ? InstantField(prefix, false) : CivilField(prefix, false);
  std::optional<absl::Time> start = ResolveOne(prefix, true, *zone, event, violations);
  std::optional<absl::Time> end = ResolveOne(prefix, false, *zone, event, violations);
  if (!start.has_value() || !end.has_value()) return;
  if (*end <= *start) {
    violations->Add(end_field, "must be after the start");
  } else if (*end - *start > kMaxLength) {
    violations->Add(end_field, "must be at most 366 days after the start");
  }
}

}  // namespace colloquy::events::rules
