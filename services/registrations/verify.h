// Counts an event's seats anew and compares them with its books.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_VERIFY_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_VERIFY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "services/common/db/database.h"
#include "services/registrations/store/store.h"

namespace colloquy::registrations {

// In a Read: books and registrations are of one snapshot. `name` is the event's.
absl::StatusOr<v1::VerifySeatsResponse> Verify(db::Transaction& tx, const store::EventRow& row,
                                               absl::string_view name);

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_VERIFY_H_
