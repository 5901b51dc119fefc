// Any text as a recurrence rule: an error, or dates that keep what recurrence.h promises.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/events/rules/civil_time.h"
#include "services/events/rules/recurrence.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace rules = colloquy::events::rules;
  const absl::CivilSecond start(2028, 2, 29, 14, 30, 5);
  const absl::StatusOr<std::vector<absl::CivilSecond>> dates =
      rules::Occurrences(absl::string_view(reinterpret_cast<const char*>(data), size), start,
                         absl::FixedTimeZone(3 * 3600));
  if (!dates.ok()) {
    Require(absl::IsInvalidArgument(dates.status()));
    return 0;
  }
  Require(!dates->empty() && dates->front() == start);
  Require(dates->size() <= static_cast<size_t>(rules::kMaxOccurrences));
  for (size_t i = 1; i < dates->size(); ++i) {
    const absl::CivilSecond date = (*dates)[i];
    Require((*dates)[i - 1] < date && date.year() <= rules::kLastYear);
    Require(date.hour() == 14 && date.minute() == 30 && date.second() == 5);
  }
  return 0;
}
