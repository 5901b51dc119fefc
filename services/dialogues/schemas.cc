#include "services/dialogues/schemas.h"

#include "services/common/feed/schema/schema.h"
#include "services/common/resource/request_ids.h"
#include "services/dialogues/schema/schema.h"

namespace colloquy::dialogues {

std::vector<db::Schema> Schemas() {
  return {schema::feed(), resource::RequestLogSchema(), schema::dialogues()};
}

}  // namespace colloquy::dialogues
