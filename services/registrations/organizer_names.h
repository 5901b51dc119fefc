// What organizers are called, as the access service says it: on guests' pages and in mails.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_ORGANIZER_NAMES_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_ORGANIZER_NAMES_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace colloquy::registrations {

// Remembers names for a minute. Thread-safe.
class OrganizerNames {
 public:
  // Reads the display name of "organizers/{organizer}".
  using Source =
      std::function<absl::StatusOr<std::string>(const std::string& name, absl::Time deadline)>;

  explicit OrganizerNames(Source source) : source_(std::move(source)) {}

  // Of the organizer with this id. An old name where no new one can be had: better than no page.
  absl::StatusOr<std::string> Get(const std::string& organizer, absl::Time deadline);

 private:
  struct Known {
    std::string display_name;
    absl::Time asked;
  };

  const Source source_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Known> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_ORGANIZER_NAMES_H_
