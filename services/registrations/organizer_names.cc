#include "services/registrations/organizer_names.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace colloquy::registrations {
namespace {

constexpr size_t kMaxKnown = 10'000;
constexpr absl::Duration kAge = absl::Minutes(1);

}  // namespace

absl::StatusOr<std::string> OrganizerNames::Get(const std::string& organizer, absl::Time deadline) {
  const absl::Time now = absl::Now();
  std::optional<Known> known;
  {
    absl::MutexLock lock(&mutex_);
    if (const auto it = known_.find(organizer); it != known_.end()) known = it->second;
  }
  if (known.has_value() && known->asked > now - kAge) return known->display_name;
  absl::StatusOr<std::string> name = source_(absl::StrCat("organizers/", organizer), deadline);
  if (!name.ok() && known.has_value()) return known->display_name;
  if (!name.ok()) return name;
  absl::MutexLock lock(&mutex_);
  if (known_.size() >= kMaxKnown) known_.clear();
  known_[organizer] = {*name, now};
  return name;
}

}  // namespace colloquy::registrations
