// How a dialogue's votes are spread over time.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_PARTICIPATION_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_PARTICIPATION_H_

#include <cstdint>
#include <map>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"

namespace colloquy::dialogues::rules::report {

struct Interval {
  absl::Time start;
  absl::Duration length;
  int64_t votes = 0;
  int64_t new_voters = 0;  // whose first vote it has
};

// Takes the log of votes, oldest first, and keeps a count a minute. Not thread-safe.
class Participation {
 public:
  void Add(absl::Time time, int32_t participant);

  // At most `most` intervals of one round length (a minute to 1,000 days) from the first vote to
  // the last, those without votes too; none without votes.
  std::vector<Interval> Intervals(int most) const;

 private:
  struct Count {
    int64_t votes = 0;
    int64_t new_voters = 0;
  };
  std::map<int64_t, Count> minutes_;  // since 1970, UTC
  absl::flat_hash_set<int32_t> voters_;
};

}  // namespace colloquy::dialogues::rules::report

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_PARTICIPATION_H_
