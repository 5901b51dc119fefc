// Keeps the runs of an import in order where one is sent before the run ahead of it was answered.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_IMPORT_TURNS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_IMPORT_TURNS_H_

#include <cstdint>
#include <list>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace colloquy::registrations {

// Thread-safe. Of this process only: a run whose predecessor is elsewhere, or lost, does not wait,
// and whether it may be imported the transaction finds out.
class ImportTurns {
 private:
  struct Run {
    std::string operation;
    int64_t first;
    int64_t end;  // first record of the run behind it
    bool waits = false;
  };

 public:
  // A run under way, for as long as this lives.
  class Turn {
   public:
    // `count` records from number `first_record` on. `turns` outlives it.
    Turn(ImportTurns& turns, absl::string_view operation, int64_t first_record, int64_t count);
    ~Turn();
    Turn(const Turn&) = delete;

    // Waits while the run before this one is under way, until `deadline` at most. A run behind one
    // that waits itself does not: a thread a run is what waiting costs.
    void Wait(absl::Time deadline);
    bool waits() const;

   private:
    ImportTurns& turns_;
    std::list<Run>::iterator run_;
  };

 private:
  bool MustWait(const Run& run) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::list<Run> runs_ ABSL_GUARDED_BY(mutex_);  // few: each has a thread
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_IMPORT_TURNS_H_
