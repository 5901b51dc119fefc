// What is done to mailings and deliveries, one transaction each. Who sends is the dispatcher
// (dispatcher.h); what it needs of the database is here.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_MAILING_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_MAILING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/invitations.pb.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/registrations/mail/transport.h"
#include "services/registrations/seat_book.h"
#include "services/registrations/store/mailings.h"

namespace colloquy::registrations {

// A new mailing of the event's CREATED invitations; deliveries follow. `filter` was checked.
absl::StatusOr<store::MailingRow> StartMailing(db::Transaction& tx, feed::Feed& feed,
                                               const events::v1::Event& event,
                                               const std::string& filter, const Cause& cause,
                                               absl::Time now);

// Makes up to `limit` deliveries of a mailing, or takes up to `limit` back if it was cancelled.
// `sender` is the address whose domain Message-IDs have. True when nothing is left to do.
absl::StatusOr<bool> AdvanceMailing(db::Transaction& tx, feed::Feed& feed, const Uid& uid,
                                    const std::string& sender, int limit, absl::Time now);

// Stops one. Does nothing to one that is not SENDING.
absl::StatusOr<store::MailingRow> CancelMailing(db::Transaction& tx, feed::Feed& feed,
                                                const Uid& uid, const Cause& cause, absl::Time now);

// Puts up to `limit` FAILED deliveries after `after` back into the queue, as far as their
// invitations still wait for it; `after` becomes the last one looked at, nil at the end. The number
// put back. Without `write` it only counts.
absl::StatusOr<int64_t> RetryFailed(db::Transaction& tx, feed::Feed& feed, const Uid& mailing,
                                    const resource::SqlFragment& filter, const Cause& cause,
                                    Uid& after, int limit, bool write, absl::Time now);

// A letter to be written and sent.
struct DeliveryJob {
  store::DeliveryRow delivery;
  v1::Invitation invitation;
};

// What became of one.
struct DeliveryOutcome {
  store::DeliveryRow delivery;
  mail::SendResult result;
  // It need not be sent any more, for this reason. `result` says nothing then.
  std::string needless;
};

// Records what became of deliveries that `dispatcher` claimed, and claims up to `wanted` new ones.
// What somebody else took over meanwhile is left to them. Addresses that are suppressed and
// invitations that are not to be sent any more are settled here.
absl::StatusOr<std::vector<DeliveryJob>> Exchange(db::Transaction& tx, feed::Feed& feed,
                                                  const Uid& dispatcher,
                                                  absl::Span<const DeliveryOutcome> outcomes,
                                                  int wanted, absl::Time now);

// Puts up to `limit` deliveries that `dispatcher` claimed back into the queue, but `but`. They may
// have been sent: `uncertain` says so. The number put back.
absl::StatusOr<int> Unclaim(db::Transaction& tx, feed::Feed& feed, const Uid& dispatcher,
                            absl::Span<const Uid> but, bool uncertain, int limit, absl::Time now);

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_MAILING_H_
