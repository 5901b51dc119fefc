#include "services/dialogues/rules/report/participation.h"

namespace colloquy::dialogues::rules::report {
namespace {

// In minutes. Longer ones only for votes with absurd times.
constexpr int64_t kLengths[] = {1,   2,    5,    10,    15,    30,    60,     120,    180,    360,
                                720, 1440, 2880, 10080, 20160, 43200, 129600, 525600, 1440000};

int64_t FloorTo(int64_t minute, int64_t length) {
  const int64_t rest = minute % length;
  return minute - (rest < 0 ? rest + length : rest);
}

}  // namespace

void Participation::Add(absl::Time time, int32_t participant) {
  Count& count = minutes_[FloorTo(absl::ToUnixSeconds(time), 60) / 60];
  ++count.votes;
  if (voters_.insert(participant).second) ++count.new_voters;
}

std::vector<Interval> Participation::Intervals(int most) const {
  if (minutes_.empty()) return {};
  const int64_t first = minutes_.begin()->first;
  const int64_t last = minutes_.rbegin()->first;
  int64_t length = 0;
  for (const int64_t candidate : kLengths) {
    length = candidate;
    if ((FloorTo(last, length) - FloorTo(first, length)) / length < most) break;
  }
  const int64_t begin = FloorTo(first, length);
  std::vector<Interval> intervals;
  for (int64_t at = begin; at <= last && static_cast<int>(intervals.size()) < most; at += length) {
    intervals.push_back({absl::FromUnixSeconds(at * 60), absl::Minutes(length)});
  }
  for (const auto& [minute, count] : minutes_) {
    const int64_t place = (minute - begin) / length;
    if (place >= static_cast<int64_t>(intervals.size())) break;
    intervals[place].votes += count.votes;
    intervals[place].new_voters += count.new_voters;
  }
  return intervals;
}

}  // namespace colloquy::dialogues::rules::report
