// The tables of this room.
#ifndef COLLOQUY_SERVICES_DIALOGUES_SCHEMAS_H_
#define COLLOQUY_SERVICES_DIALOGUES_SCHEMAS_H_

#include <vector>

#include "services/common/db/database.h"

namespace colloquy::dialogues {

// For db.Migrate: this room's, the feed's and the request log's.
std::vector<db::Schema> Schemas();

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_SCHEMAS_H_
