#include "services/dialogues/reminders.h"

#include <optional>
#include <vector>

#include "services/common/errors/errors.h"
#include "services/dialogues/child_changes.h"
#include "services/dialogues/rules/outcomes.h"
#include "services/dialogues/store/outcomes.h"

namespace colloquy::dialogues {
namespace {

using v1::ActionItem;

constexpr int kBatch = 100;
constexpr char kActor[] = "services/dialogues";
constexpr char kCause[] = "reminder";

absl::CivilDay DayOf(absl::Time time) { return absl::ToCivilDay(time, absl::UTCTimeZone()); }

// Looked at again under the room's lock: it may have changed, or another replica was faster.
absl::Status Note(RoomChange& change, int64_t number) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::optional<ActionItem> before,
                            store::ReadChild<ActionItem>(change.tx, change.room.uid, number));
  if (!before.has_value()) return absl::OkStatus();
  ActionItem item = *before;
  item.set_reminder_due(rules::IsReminderDue(item, DayOf(change.now)));
  return SaveChild(change, *before, item);
}

}  // namespace

Reminders::~Reminders() { Stop(); }

void Reminders::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Reminders::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void Reminders::Loop() {
  while (true) {
    // What fails is done the next time.
    Remind().status().IgnoreError();
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), every_)) return;
  }
}

absl::StatusOr<int> Reminders::Remind() {
  int reminded = 0;
  while (true) {
    std::vector<store::DueReminder> due;
    COLLOQUY_RETURN_IF_ERROR(book_.db().Read({}, [&](db::Transaction& tx) -> absl::Status {
      COLLOQUY_ASSIGN_OR_RETURN(due, store::DueReminders(tx, DayOf(book_.Now()), kBatch));
      return absl::OkStatus();
    }));
    for (const store::DueReminder& one : due) {
      const absl::Status noted =
          book_.WriteUnasked(one.dialogue, {.actor = kActor, .method = kCause},
                             [&](RoomChange& change) { return Note(change, one.action_item); });
      if (!noted.ok() && !absl::IsNotFound(noted)) return noted;
      ++reminded;
    }
    if (due.size() < kBatch) return reminded;
  }
}

}  // namespace colloquy::dialogues
