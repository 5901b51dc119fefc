#include "services/colloquyd/hosts.h"

#include "services/access/service.h"
#include "services/dialogues/schemas.h"
#include "services/events/service.h"
#include "services/registrations/service.h"

namespace colloquy::colloquyd {

std::vector<db::Schema> SchemasOf(absl::string_view service) {
  if (service == "access") return access::Schemas();
  if (service == "events") return events::Schemas();
  if (service == "dialogues") return dialogues::Schemas();
  return registrations::Schemas();
}

}  // namespace colloquy::colloquyd
