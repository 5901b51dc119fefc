// What organizers, partners and keys must be like, and who may hand out which key. Pure.
#ifndef COLLOQUY_SERVICES_ACCESS_RULES_RULES_H_
#define COLLOQUY_SERVICES_ACCESS_RULES_RULES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/access/v1/access.pb.h"
#include "services/common/auth/caller.h"

namespace colloquy::access::rules {

// INVALID_ARGUMENT with all violations; `path` is the message's own ("organizer").
absl::Status CheckOrganizer(const v1::Organizer& organizer, absl::string_view path);
absl::Status CheckPartner(const v1::Partner& partner, absl::string_view path);
// A new key of `organizer` (an id): its role, and the partner that goes with it.
absl::Status CheckApiKey(const v1::ApiKey& key, absl::string_view organizer, absl::Time now,
                         absl::string_view path);

// Whether `caller` may create, rotate and revoke keys of `role`: operators all but the root key's,
// owners all of their organizer, managers those below a manager.
bool MayManage(const auth::Caller& caller, v1::ApiKey::Role role);

// The state at `now`; it follows from the times.
v1::ApiKey::State StateOf(const v1::ApiKey& key, absl::Time now);

}  // namespace colloquy::access::rules

#endif  // COLLOQUY_SERVICES_ACCESS_RULES_RULES_H_
