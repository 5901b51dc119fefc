// Deliveries inside one transaction: their rows, the counts of their mailings, the states of their
// invitations and the feed say the same afterwards.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_DELIVERY_BOOK_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_DELIVERY_BOOK_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/registrations/rules/invitations.h"
#include "services/registrations/store/mailings.h"

namespace colloquy::registrations {

class DeliveryBook {
 public:
  DeliveryBook(db::Transaction& tx, absl::Time now) : tx_(tx), now_(now) {}
  DeliveryBook(const DeliveryBook&) = delete;

  // The mailing, locked at the first call; null if it does not exist.
  absl::StatusOr<store::MailingRow*> Mailing(const resource::Uid& uid);

  // Moves a stored delivery to another state, with what goes with it: no worker but where it is
  // CLAIMED, no due time but where it waits, the invitation sent or no longer queued.
  void Move(store::DeliveryRow row, v1::Delivery::State to);
  // Adds a new one, QUEUED or SUPPRESSED; queueing its invitation is the caller's.
  void Add(store::DeliveryRow row);

  // Writes everything, and ends mailings that have nothing left to do.
  absl::Status Save(feed::Feed& feed);

 private:
  struct Moved {
    store::DeliveryRow row;
    std::optional<rules::InvitationAction> action;
  };
  absl::Status SaveInvitations(feed::Feed& feed);
  absl::Status SaveMailings(feed::Feed& feed);

  db::Transaction& tx_;
  const absl::Time now_;
  std::vector<Moved> moved_;
  std::vector<store::DeliveryRow> added_;
  std::map<std::string, store::MailingRow> mailings_;  // by the bytes of their uid
  std::map<std::string, store::DeliveryCounts> deltas_;
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_DELIVERY_BOOK_H_
