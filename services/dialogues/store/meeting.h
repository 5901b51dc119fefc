// The tables of agenda items and speaker requests, which children.h reads and writes.
#ifndef COLLOQUY_SERVICES_DIALOGUES_STORE_MEETING_H_
#define COLLOQUY_SERVICES_DIALOGUES_STORE_MEETING_H_

#include "services/common/resource/filter_sql.h"

namespace colloquy::dialogues::store {

// What a list of speaker requests may be filtered by.
const resource::FilterSchema& SpeakerRequestFilters();

}  // namespace colloquy::dialogues::store

#endif  // COLLOQUY_SERVICES_DIALOGUES_STORE_MEETING_H_
