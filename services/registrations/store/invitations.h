// The tables of invitations: messages to rows and back. Every function works inside the caller's
// transaction; errors are the transaction's. Whoever changes an invitation does so through an
// InvitationBook (../invitation_book.h), which keeps seats, counts and the feed in step.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_STORE_INVITATIONS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_STORE_INVITATIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/registrations/v1/invitations.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/order_by.h"
#include "services/registrations/rules/seats.h"
#include "services/registrations/store/store.h"

namespace colloquy::registrations::store {

// An invitation with the columns that its message does not show.
struct InvitationEntry {
  Uid uid;
  std::string email_key;
  rules::Mode mode = v1::Registration::IN_PERSON;  // of the seats that it reserves
  // The import and the number of its record that last wrote it; nil and 0 for none.
  Uid import_uid;
  int64_t import_record = 0;
  v1::Invitation message;
};

// An invitation as its table has it.
using InvitationRow = std::vector<db::Value>;
InvitationRow RowOf(const Uid& event, const InvitationEntry& entry);

// ALREADY_EXISTS if one of them takes an address that has a live invitation.
absl::Status InsertInvitations(db::Transaction& tx, absl::Span<const InvitationRow> rows);
// ALREADY_EXISTS as above: an ended one never lives again, so this does not happen in practice.
absl::Status UpdateInvitation(db::Transaction& tx, const Uid& event, const InvitationEntry& entry);

// Those that exist, in no order.
absl::StatusOr<std::vector<InvitationEntry>> LoadInvitations(db::Transaction& tx, const Uid& event,
                                                             absl::Span<const Uid> uids);
// The live ones of these addresses (folded), in no order.
absl::StatusOr<std::vector<InvitationEntry>> LoadLiveInvitations(
    db::Transaction& tx, const Uid& event, absl::Span<const std::string> email_keys);

// By the ids in its name, as it is to be shown at `now`.
absl::StatusOr<std::optional<v1::Invitation>> FindInvitation(db::Transaction& tx,
                                                             absl::string_view organizer,
                                                             absl::string_view event_id,
                                                             const Uid& uid, absl::Time now);

// One page: up to `limit` invitations of the event after `after` and, when there are more, the
// position of the last. Shown as they are at `now`; a filter by state may find one as it was before
// it expired, for the seconds until that is written.
struct InvitationPage {
  std::vector<v1::Invitation> invitations;
  resource::PagePosition next;
};
absl::StatusOr<InvitationPage> ListInvitations(db::Transaction& tx, const EventRow& event,
                                               const resource::SqlFragment& filter,
                                               const resource::OrderBy& order,
                                               const resource::PagePosition& after, int limit,
                                               absl::Time now);
// What ListInvitations may filter and sort by.
const resource::FilterSchema& InvitationFilters();
const resource::SortSchema& InvitationOrders();

// Up to `limit` CREATED ones after `after` that the filter takes and that were made by `until`, in
// the order of their uids.
absl::StatusOr<std::vector<InvitationEntry>> LoadUnsent(db::Transaction& tx, const Uid& event,
                                                        const resource::SqlFragment& filter,
                                                        const Uid& after, absl::Time until,
                                                        int limit);
// How many of them there are, and how many have an address that gets no mail from the organizer.
struct UnsentCount {
  int64_t all = 0;
  int64_t suppressed = 0;
};
absl::StatusOr<UnsentCount> CountUnsent(db::Transaction& tx, const Uid& event,
                                        absl::string_view organizer,
                                        const resource::SqlFragment& filter);

// How many an event has of a state and group.
struct InvitationCount {
  std::string group;
  v1::Invitation::State state = v1::Invitation::STATE_UNSPECIFIED;
  int64_t invitations = 0;
  int64_t people = 0;
};
// Those that are not zero, by state and group, as they were kept.
absl::StatusOr<std::vector<InvitationCount>> LoadInvitationCounts(db::Transaction& tx,
                                                                  const Uid& event);
// Adds to what is kept; under the event's lock. Each group and state once.
absl::Status AddInvitationCounts(db::Transaction& tx, const Uid& event,
                                 absl::Span<const InvitationCount> deltas);

// Reserved seats by category and mode, counted from the invitations themselves.
struct HeldCount {
  std::string category;
  rules::Mode mode;
  int64_t people;
};
absl::StatusOr<std::vector<HeldCount>> CountHeldSeats(db::Transaction& tx, const Uid& event);

// Open invitations with an expire_time of their own are found by it.
struct Expiry {
  absl::Time time;
  Uid event;
  Uid uid;
};
absl::Status InsertExpiries(db::Transaction& tx, absl::Span<const Expiry> expiries);
absl::Status DeleteExpiry(db::Transaction& tx, const Expiry& expiry);
// Up to `limit` that are due, any event's, the oldest first.
absl::StatusOr<std::vector<Expiry>> ListDueExpiries(db::Transaction& tx, absl::Time now, int limit);
// Up to `limit` open invitations of the event.
absl::StatusOr<std::vector<InvitationEntry>> LoadOpenInvitations(db::Transaction& tx,
                                                                 const Uid& event, int limit);

}  // namespace colloquy::registrations::store

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_STORE_INVITATIONS_H_
