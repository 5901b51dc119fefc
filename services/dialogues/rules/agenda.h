// An agenda: a tree of items, how it is arranged and how it is held. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_AGENDA_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_AGENDA_H_

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/dialogues/v1/resources.pb.h"

namespace colloquy::dialogues::rules {

// All items of a dialogue, by number. Siblings have the positions 1, 2, 3 …; functions that fail
// may leave it half changed, and whoever called them forgets it.
using Agenda = std::map<int64_t, v1::AgendaItem>;

// What may be said of an item, apart from its place.
absl::Status NormalizeAgendaItem(absl::string_view path, v1::AgendaItem* item);

// Each item before its children, siblings by position.
std::vector<v1::AgendaItem> InOrder(const Agenda& agenda);

// ---- Arranging. `path` is the item's in its request ----

// Puts the item `number`, which has no place yet, behind the children of its `parent_item`.
// FIELD_INVALID for a parent that does not exist or is too deep, and for minutes that do not fit;
// STATE_INVALID for a parent that is FINISHED.
absl::Status AppendItem(absl::string_view path, int64_t number, Agenda& agenda);
// Puts an item, with what is below it, to `position` (from 1; 0, or one too many: last) below
// `parent_item` (empty: none). Errors as above; FIELD_INVALID for a place inside the item itself,
// STATE_INVALID for another parent unless the item is PLANNED.
absl::Status MoveItem(int64_t number, const std::string& parent_item, int32_t position,
                      Agenda& agenda);
// Takes out a PLANNED item. STATE_INVALID, RESOURCE_HAS_CHILDREN.
absl::Status RemoveItem(int64_t number, Agenda& agenda);
// FIELD_INVALID unless the minutes of the item's children fit in its own, and its own beside its
// siblings' in those of its parent. An item of 0 minutes is not planned and holds any number.
absl::Status CheckMinutes(absl::string_view path, int64_t number, const Agenda& agenda);

// ---- Holding. What was done before is no error: its answer may have been lost ----

// Starts a PLANNED item and those it is a part of; what ran beside them is finished. STATE_INVALID
// if it, or one that it is a part of, is FINISHED.
absl::Status StartItem(int64_t number, absl::Time now, Agenda& agenda);
// Gives a RUNNING item 1 to 1,440 minutes more, and no more than 1,440 in all.
absl::Status ExtendItem(int64_t number, int32_t minutes, Agenda& agenda);
// Finishes a RUNNING item with what runs below it; what never ran stays PLANNED.
absl::Status FinishItem(int64_t number, absl::Time now, Agenda& agenda);
// Finishes all that runs.
void FinishAgenda(absl::Time now, Agenda& agenda);
// The name of the item that runs, the deepest one; empty if none does.
std::string RunningItem(const Agenda& agenda);

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_AGENDA_H_
