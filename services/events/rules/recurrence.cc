#include "services/events/rules/recurrence.h"

#include <libical/ical.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/events/rules/civil_time.h"
#include "services/events/rules/ical_time.h"

namespace colloquy::events::rules {
namespace {

constexpr size_t kMaxRule = 500;
// libical searches a rule that never matches day by day until 2582, half a second. The calendar
// repeats after 400 years to the weekday, so the search is made that much later and ends sooner.
constexpr int kCycleYears = 400;

struct FreeIterator {
  void operator()(icalrecur_iterator* iterator) const { icalrecur_iterator_free(iterator); }
};

absl::Status Invalid(absl::string_view description) {
  return errors::InvalidField("recurrence_rule", description);
}

bool IsDailyOrLonger(icalrecurrencetype_frequency frequency) {
  return frequency == ICAL_DAILY_RECURRENCE || frequency == ICAL_WEEKLY_RECURRENCE ||
         frequency == ICAL_MONTHLY_RECURRENCE || frequency == ICAL_YEARLY_RECURRENCE;
}

absl::StatusOr<icalrecurrencetype> Parse(absl::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E)
      return Invalid("holds other characters than RFC 5545 has in rules");
  }
  if (text.empty() || text.size() > kMaxRule)
    return Invalid(absl::StrCat("must have 1 to ", kMaxRule, " characters"));
  // Of another calendar's days nothing below is true; it also costs memory that nobody frees.
  if (absl::StrContains(absl::AsciiStrToUpper(text), "RSCALE"))
    return Invalid("must not name a calendar (RSCALE)");
  icalrecurrencetype rule = icalrecurrencetype_from_string(std::string(text).c_str());
  if (rule.freq == ICAL_NO_RECURRENCE)
    return Invalid("is no rule of RFC 5545, such as FREQ=WEEKLY;COUNT=10;BYDAY=TU");
  const bool timed = rule.by_hour[0] != ICAL_RECURRENCE_ARRAY_MAX ||
                     rule.by_minute[0] != ICAL_RECURRENCE_ARRAY_MAX ||
                     rule.by_second[0] != ICAL_RECURRENCE_ARRAY_MAX;
  if (!IsDailyOrLonger(rule.freq) || timed) {
    return Invalid(
        "must repeat by days, weeks, months or years; the time of day is the event's own");
  }
  if (rule.count <= 0 && icaltime_is_null_time(rule.until))
    return Invalid("must end: give COUNT or UNTIL");
  if (rule.count > kMaxOccurrences)
    return Invalid(absl::StrCat("may give ", kMaxOccurrences, " dates at most"));
  return rule;
}

absl::CivilSecond Shifted(absl::CivilSecond civil, int years) {
  return absl::CivilSecond(civil.year() + years, civil.month(), civil.day(), civil.hour(),
                           civil.minute(), civil.second());
}

// UNTIL as the clock at the place shows it. RFC 5545 has it in UTC where the start has a zone; a
// date means until its end.
absl::CivilSecond LastMoment(const icaltimetype& until, const absl::TimeZone& zone) {
  if (until.is_date) return absl::CivilSecond(until.year, until.month, until.day, 23, 59, 59);
  const absl::CivilSecond civil(until.year, until.month, until.day, until.hour, until.minute,
                                until.second);
  if (!icaltime_is_utc(until)) return civil;
  return zone.At(absl::FromCivil(civil, absl::UTCTimeZone())).cs;
}

}  // namespace

absl::StatusOr<std::vector<absl::CivilSecond>> Occurrences(absl::string_view text,
                                                           absl::CivilSecond start,
                                                           const absl::TimeZone& zone) {
  COLLOQUY_ASSIGN_OR_RETURN(icalrecurrencetype rule, Parse(text));
  if (!icaltime_is_null_time(rule.until)) {
    rule.until = ToIcal(Shifted(LastMoment(rule.until, zone), kCycleYears));
  }
  const std::unique_ptr<icalrecur_iterator, FreeIterator> iterator(
      icalrecur_iterator_new(rule, ToIcal(Shifted(start, kCycleYears))));
  if (iterator == nullptr) return Invalid("contradicts itself");
  std::vector<absl::CivilSecond> dates = {start};
  for (icaltimetype next = icalrecur_iterator_next(iterator.get()); !icaltime_is_null_time(next);
       next = icalrecur_iterator_next(iterator.get())) {
    const absl::CivilSecond civil(next.year - kCycleYears, next.month, next.day, start.hour(),
                                  start.minute(), start.second());
    if (civil.year() > kLastYear) break;
    if (civil <= start) continue;
    // libical does not count a start that the rule itself does not give.
    if (rule.count > 0 && static_cast<int>(dates.size()) == rule.count) break;
    dates.push_back(civil);
    if (dates.size() > kMaxOccurrences)
      return Invalid(absl::StrCat("may give ", kMaxOccurrences, " dates at most"));
  }
  return dates;
}

}  // namespace colloquy::events::rules
