// What participants' and presenters' links let in to. The refusal is always the same: tokens say
// nothing of what there was.
#ifndef COLLOQUY_SERVICES_DIALOGUES_SEAT_LINKS_H_
#define COLLOQUY_SERVICES_DIALOGUES_SEAT_LINKS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/common/db/database.h"
#include "services/dialogues/rules/links.h"
#include "services/dialogues/store/participants.h"
#include "services/dialogues/store/rooms.h"

namespace colloquy::dialogues {

// PERMISSION_DENIED for a token that was not made for that purpose. `method` as in
// CallContext::method.
absl::StatusOr<rules::LinkTarget> OpenLink(const rules::Links& links, rules::LinkPurpose purpose,
                                           absl::string_view token, absl::string_view method);

// PERMISSION_DENIED unless the participant has the seat and the link was not renewed since.
absl::Status CheckSeat(const rules::LinkTarget& link, const store::ParticipantRow& seat,
                       absl::string_view method);
// The seat itself.
absl::StatusOr<store::ParticipantRow> ReadSeat(db::Transaction& tx, const rules::LinkTarget& link,
                                               absl::string_view method);
// PERMISSION_DENIED if the room's links were renewed since: of join and presenter links.
absl::Status CheckRoomLink(const rules::LinkTarget& link, const store::Room& room,
                           absl::string_view method);

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_SEAT_LINKS_H_
