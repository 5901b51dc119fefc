// The tables of mailings and their deliveries. Every function works inside the caller's
// transaction; errors are the transaction's.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_STORE_MAILINGS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_STORE_MAILINGS_H_

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/registrations/v1/mailings.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/ids.h"

namespace colloquy::registrations::store {

// Deliveries by state; v1::Delivery::State is the index.
using DeliveryCounts = std::array<int64_t, v1::Delivery::State_ARRAYSIZE>;

struct MailingRow {
  resource::Uid uid;
  std::string organizer;  // ids, not names
  resource::Uid event_uid;
  std::string event_id;
  v1::Mailing::State state = v1::Mailing::SENDING;
  bool work = true;  // deliveries are to be made or taken back
  bool expanded = false;
  resource::Uid resume_after;  // the last invitation that has its delivery
  absl::Time create_time;
  std::optional<absl::Time> end_time;
  DeliveryCounts counts{};
  std::string actor;
  std::string filter;  // of invitations
};

struct DeliveryRow {
  resource::Uid uid;
  resource::Uid mailing_uid;
  std::string organizer;
  resource::Uid event_uid;
  std::string event_id;  // the mailing's
  resource::Uid invitation_uid;
  v1::Delivery::State state = v1::Delivery::QUEUED;
  std::optional<absl::Time> due_time;   // of QUEUED and RETRY
  std::optional<resource::Uid> worker;  // of CLAIMED
  int64_t attempts = 0;
  int64_t smtp_code = 0;
  bool uncertain = false;
  absl::Time create_time;
  absl::Time update_time;
  std::string email_key;
  std::string email;
  std::string message_id;
  std::string reason;
};

absl::Status InsertMailing(db::Transaction& tx, const MailingRow& row);
// Everything but the counts.
absl::Status UpdateMailing(db::Transaction& tx, const MailingRow& row);
absl::Status AddDeliveryCounts(db::Transaction& tx, const resource::Uid& mailing,
                               const DeliveryCounts& deltas);
absl::StatusOr<std::optional<MailingRow>> FindMailing(db::Transaction& tx, const resource::Uid& uid,
                                                      absl::string_view lock = "");
// The newest first, before `before` unless that is nil.
absl::StatusOr<std::vector<MailingRow>> ListMailings(db::Transaction& tx,
                                                     absl::string_view organizer,
                                                     const resource::Uid& before, int limit);
// Those that have work, the oldest first.
absl::StatusOr<std::vector<resource::Uid>> ListMailingsWithWork(db::Transaction& tx, int limit);

absl::Status InsertDeliveries(db::Transaction& tx, absl::Span<const DeliveryRow> rows);
// What changes in a delivery's life.
absl::Status UpdateDelivery(db::Transaction& tx, const DeliveryRow& row);
absl::StatusOr<std::vector<DeliveryRow>> LoadDeliveries(db::Transaction& tx,
                                                        absl::Span<const resource::Uid> uids);
// Those whose time has come, the longest due first; locked.
absl::StatusOr<std::vector<DeliveryRow>> ListDue(db::Transaction& tx, absl::Time now, int limit);
// When the next one is due; nullopt if none waits.
absl::StatusOr<std::optional<absl::Time>> NextDue(db::Transaction& tx);
absl::StatusOr<std::vector<DeliveryRow>> ListClaimed(db::Transaction& tx,
                                                     const resource::Uid& worker, int limit);
// One page of a mailing's, or, if it is nil, of an organizer's.
absl::StatusOr<std::vector<DeliveryRow>> ListDeliveries(db::Transaction& tx,
                                                        absl::string_view organizer,
                                                        const resource::Uid& mailing,
                                                        const resource::SqlFragment& filter,
                                                        const resource::Uid& after, int limit);
// Up to `limit` of a mailing that wait for their turn.
absl::StatusOr<std::vector<DeliveryRow>> ListWaiting(db::Transaction& tx,
                                                     const resource::Uid& mailing, int limit);
// Up to `limit` FAILED ones of a mailing after `after`.
absl::StatusOr<std::vector<DeliveryRow>> ListFailed(db::Transaction& tx,
                                                    const resource::Uid& mailing,
                                                    const resource::SqlFragment& filter,
                                                    const resource::Uid& after, int limit);
// How many were SENT since then.
absl::StatusOr<int64_t> CountSentSince(db::Transaction& tx, const resource::Uid& mailing,
                                       absl::Time since);
// What ListDeliveries may filter by.
const resource::FilterSchema& DeliveryFilters();

// Renews the dispatcher's lease, or begins it.
absl::Status RenewLease(db::Transaction& tx, const resource::Uid& dispatcher, absl::Time until);
absl::Status DeleteDispatcher(db::Transaction& tx, const resource::Uid& dispatcher);
// Dispatchers whose lease ended before `now`.
absl::StatusOr<std::vector<resource::Uid>> ListLost(db::Transaction& tx, absl::Time now);

std::string MailingName(const MailingRow& row);
v1::Mailing ToMailing(const MailingRow& row);
v1::Delivery ToDelivery(const DeliveryRow& row);

}  // namespace colloquy::registrations::store

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_STORE_MAILINGS_H_
