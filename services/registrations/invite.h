// Invitations made, taken back and ended, one transaction each. Answers of guests are decided with
// the registrations (decide.h).
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_INVITE_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_INVITE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/invitations.pb.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/registrations/seat_book.h"

namespace colloquy::registrations {

// Invites one guest; `content` was checked. ALREADY_EXISTS where the address has a live invitation,
// SOLD_OUT where seats are to be reserved and not enough are left. Without `write` it only looks.
absl::StatusOr<v1::Invitation> Invite(db::Transaction& tx, feed::Feed& feed,
                                      const events::v1::Event& event, const v1::Invitation& content,
                                      const Cause& cause, bool write, absl::Time now);

// Takes one back, and gives its reserved seats to those who wait.
absl::StatusOr<v1::Invitation> Revoke(db::Transaction& tx, feed::Feed& feed,
                                      const events::v1::Event& event, const Uid& uid,
                                      const v1::RevokeInvitationRequest& request,
                                      const Cause& cause, absl::Time now);

// Keeps the organizer's mail from the invitation's guest, and says so in the invitation if it is
// not answered yet. False if there is no such invitation.
absl::StatusOr<bool> OptOut(db::Transaction& tx, feed::Feed& feed, const Uid& event_uid,
                            const Uid& uid, absl::string_view cause, absl::Time now);

// Ends those of these invitations whose time has passed, and gives their reserved seats to those
// who wait. `event` may be null if there is no such event any more.
absl::Status Expire(db::Transaction& tx, feed::Feed& feed, const Uid& event_uid,
                    const events::v1::Event* event, absl::Span<const Uid> uids, absl::Time now);

// The same for up to `limit` open ones of an event that has started. True when none is left.
absl::StatusOr<bool> ExpireStarted(db::Transaction& tx, feed::Feed& feed, const Uid& event_uid,
                                   const events::v1::Event* event, int limit, absl::Time now);

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_INVITE_H_
