#include "services/registrations/delivery_book.h"

#include <utility>

#include "services/common/errors/errors.h"
#include "services/registrations/invitation_book.h"
#include "services/registrations/seat_book.h"

namespace colloquy::registrations {
namespace {

using rules::InvitationAction;
using v1::Delivery;

std::string BytesOf(const Uid& uid) { return std::string(uid.bytes()); }

std::optional<InvitationAction> ActionOf(Delivery::State to) {
  if (to == Delivery::SENT) return InvitationAction::kSend;
  if (to == Delivery::FAILED || to == Delivery::SUPPRESSED) return InvitationAction::kUnqueue;
  return std::nullopt;
}

}  // namespace

absl::StatusOr<store::MailingRow*> DeliveryBook::Mailing(const Uid& uid) {
  const auto known = mailings_.find(BytesOf(uid));
  if (known != mailings_.end()) return &known->second;
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<store::MailingRow> row,
                            store::FindMailing(tx_, uid, tx_.for_update()));
  if (!row.has_value()) return nullptr;
  return &mailings_.emplace(BytesOf(uid), *std::move(row)).first->second;
}

void DeliveryBook::Move(store::DeliveryRow row, Delivery::State to) {
  store::DeliveryCounts& delta = deltas_[BytesOf(row.mailing_uid)];
  --delta[row.state];
  ++delta[to];
  row.state = to;
  row.update_time = now_;
  if (to != Delivery::CLAIMED) row.worker = std::nullopt;
  if (to != Delivery::QUEUED && to != Delivery::RETRY) row.due_time = std::nullopt;
  moved_.push_back({std::move(row), ActionOf(to)});
}

void DeliveryBook::Add(store::DeliveryRow row) {
  ++deltas_[BytesOf(row.mailing_uid)][row.state];
  added_.push_back(std::move(row));
}

absl::Status DeliveryBook::SaveInvitations(feed::Feed& feed) {
  std::map<std::string, std::vector<const Moved*>> by_event;
  for (const Moved& moved : moved_) {
    if (moved.action.has_value()) by_event[BytesOf(moved.row.event_uid)].push_back(&moved);
  }
  for (const auto& [bytes, list] : by_event) {
    COLLOQUY_ASSIGN_OR_RETURN(SeatBook seats,
                              SeatBook::Open(tx_, *Uid::FromBytes(bytes), "", "", now_));
    InvitationBook invitations(tx_, seats, now_);
    std::vector<Uid> uids;
    for (const Moved* moved : list) uids.push_back(moved->row.invitation_uid);
    COLLOQUY_RETURN_IF_ERROR(invitations.Load(uids).status());
    for (const Moved* moved : list) {
      InvitationBook::Tracked* tracked = invitations.Find(moved->row.invitation_uid);
      if (tracked == nullptr) continue;
      // One that was answered meanwhile stays as it is.
      invitations
          .Apply(*tracked, *moved->action, {store::ToDelivery(moved->row).name(), "delivery"})
          .IgnoreError();
    }
    COLLOQUY_RETURN_IF_ERROR(invitations.Save(feed));
    COLLOQUY_RETURN_IF_ERROR(seats.Save(feed));
  }
  return absl::OkStatus();
}

absl::Status DeliveryBook::SaveMailings(feed::Feed& feed) {
  for (const auto& [bytes, delta] : deltas_) {
    const Uid uid = *Uid::FromBytes(bytes);
    COLLOQUY_ASSIGN_OR_RETURN(store::MailingRow* const mailing, Mailing(uid));
    if (mailing == nullptr) continue;
    for (size_t i = 0; i < delta.size(); ++i) mailing->counts[i] += delta[i];
    COLLOQUY_RETURN_IF_ERROR(store::AddDeliveryCounts(tx_, uid, delta));
  }
  for (auto& [bytes, mailing] : mailings_) {
    const int64_t open = mailing.counts[Delivery::QUEUED] + mailing.counts[Delivery::CLAIMED] +
                         mailing.counts[Delivery::RETRY];
    if (mailing.state != v1::Mailing::SENDING || !mailing.expanded || open > 0) continue;
    mailing.state = v1::Mailing::DONE;
    mailing.end_time = now_;
    COLLOQUY_RETURN_IF_ERROR(store::UpdateMailing(tx_, mailing));
    COLLOQUY_RETURN_IF_ERROR(feed.Append(
        tx_, feed::MakeRecord(changes::v1::Change::STATE_CHANGED, store::ToMailing(mailing),
                              mailing.actor, "delivery", now_, "SENDING", "DONE")));
  }
  return absl::OkStatus();
}

absl::Status DeliveryBook::Save(feed::Feed& feed) {
  COLLOQUY_RETURN_IF_ERROR(SaveInvitations(feed));
  for (const Moved& moved : moved_) COLLOQUY_RETURN_IF_ERROR(store::UpdateDelivery(tx_, moved.row));
  COLLOQUY_RETURN_IF_ERROR(store::InsertDeliveries(tx_, added_));
  return SaveMailings(feed);
}

}  // namespace colloquy::registrations
