// Decisions and action items (children.h reads and writes single ones). Every function works inside
// the caller's transaction; errors are the transaction's. Whoever changes rows has locked the room.
#ifndef COLLOQUY_SERVICES_DIALOGUES_STORE_OUTCOMES_H_
#define COLLOQUY_SERVICES_DIALOGUES_STORE_OUTCOMES_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/page_token.h"

namespace colloquy::dialogues::store {

using resource::Uid;

// Works out `progress_percent` and `action_item_count` of decisions of one dialogue.
absl::Status FillProgress(db::Transaction& tx, const Uid& dialogue,
                          absl::Span<v1::Decision> decisions);

// One page of action items: those of one dialogue, or of all that an organizer (an id) has. By
// dialogue, then by number.
resource::SqlFragment ActionItemsIn(const Uid& dialogue);
resource::SqlFragment ActionItemsOf(const std::string& organizer);
struct ActionItemPage {
  std::vector<v1::ActionItem> action_items;
  resource::PagePosition next;  // empty on the last page
};
absl::StatusOr<ActionItemPage> ListActionItems(db::Transaction& tx,
                                               const resource::SqlFragment& whose,
                                               const resource::SqlFragment& filter,
                                               const resource::PagePosition& after, int limit);
// What ListActionItems may filter by.
const resource::FilterSchema& ActionItemFilters();

// Action items of which somebody is to be reminded by `today`, and was not.
struct DueReminder {
  Uid dialogue;
  int64_t action_item = 0;
};
absl::StatusOr<std::vector<DueReminder>> DueReminders(db::Transaction& tx, absl::CivilDay today,
                                                      int limit);

}  // namespace colloquy::dialogues::store

#endif  // COLLOQUY_SERVICES_DIALOGUES_STORE_OUTCOMES_H_
