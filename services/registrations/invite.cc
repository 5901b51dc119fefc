#include "services/registrations/invite.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/folding.h"
#include "services/registrations/event_ids.h"
#include "services/registrations/invitation_book.h"
#include "services/registrations/rules/invitations.h"
#include "services/registrations/store/suppressions.h"

namespace colloquy::registrations {
namespace {

using events::v1::Event;
using rules::InvitationAction;
using v1::Invitation;

absl::Status NoSeatsToReserve(const Event& event, absl::string_view pool, int64_t people) {
  return errors::FailedPrecondition(
      errors::ErrorReason::SOLD_OUT, event.name(),
      absl::StrCat("no ", people == 1 ? "seat is" : absl::StrCat(people, " seats are"), " free in ",
                   pool, " to reserve"),
      {{"pool", pool}});
}

// Nobody reserves what those who wait are to get.
absl::Status CheckReservation(const Event& event, const rules::Seats& seats,
                              const Invitation& content) {
  if (!content.reserve_seats()) return absl::OkStatus();
  const int64_t people = content.party_size();
  const rules::PoolSet pools = seats.PoolsFor(content.category(), rules::ModeOf(event));
  if (const rules::Pool* lacking = seats.Lacking(pools, people); lacking != nullptr)
    return NoSeatsToReserve(event, lacking->id, people);
  return seats.AnyoneWaits(pools) ? NoSeatsToReserve(event, rules::kEventPool, people)
                                  : absl::OkStatus();
}

absl::Status AlreadyInvited(const Invitation& invitation) {
  return errors::AlreadyExists("colloquy/Invitation", invitation.name());
}

absl::Status SaveBoth(InvitationBook& invitations, SeatBook& seats, feed::Feed& feed) {
  COLLOQUY_RETURN_IF_ERROR(invitations.Save(feed));
  return seats.Save(feed);
}

// Gives freed seats away, if the event still gives any.
absl::Status PassOn(SeatBook& seats, const Event* event) {
  const bool takes = event != nullptr && event->state() != Event::CANCELLED &&
                     seats.row().ending == store::EventRow::kNotEnding;
  return takes ? seats.Promote(*event) : absl::OkStatus();
}

absl::Status ExpireLoaded(SeatBook& seats, InvitationBook& invitations, feed::Feed& feed,
                          const Event* event, absl::Span<InvitationBook::Tracked* const> loaded,
                          absl::Time now) {
  if (event != nullptr) seats.Sync(*event);
  bool freed = false;
  for (InvitationBook::Tracked* tracked : loaded) {
    const Invitation& message = tracked->entry.message;
    if (!rules::IsOpen(message.state()) || now < rules::EndOf(message, seats.row().start_time))
      continue;
    COLLOQUY_ASSIGN_OR_RETURN(const bool one,
                              invitations.Apply(*tracked, InvitationAction::kExpire,
                                                {"services/registrations", "expiry"}));
    freed |= one;
  }
  if (freed) COLLOQUY_RETURN_IF_ERROR(PassOn(seats, event));
  return SaveBoth(invitations, seats, feed);
}

}  // namespace

absl::StatusOr<Invitation> Invite(db::Transaction& tx, feed::Feed& feed, const Event& event,
                                  const Invitation& content, const Cause& cause, bool write,
                                  absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(event));
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook seats,
                            SeatBook::Open(tx, ids.uid, ids.organizer, ids.id, now));
  seats.Sync(event);
  InvitationBook invitations(tx, seats, now);
  const std::string key = resource::FoldEmail(content.guest().email());
  COLLOQUY_RETURN_IF_ERROR(invitations.LoadLive({key}).status());
  bool freed = false;
  if (InvitationBook::Tracked* live = invitations.FindLive(key); live != nullptr) {
    const Invitation& message = live->entry.message;
    const bool over =
        rules::IsOpen(message.state()) && now >= rules::EndOf(message, seats.row().start_time);
    if (!over) return AlreadyInvited(message);
    COLLOQUY_ASSIGN_OR_RETURN(freed, invitations.Apply(*live, InvitationAction::kExpire, cause));
  }
  COLLOQUY_RETURN_IF_ERROR(CheckReservation(event, seats.seats(), content));
  const InvitationBook::Tracked& added =
      invitations.Add(MakeInvitation(ids,
                                     {.uid = resource::NewUid(),
                                      .email_key = key,
                                      .mode = rules::ModeOf(event),
                                      .message = content},
                                     cause, now));
  Invitation invitation = added.entry.message;
  if (!write) return invitation;
  if (freed) COLLOQUY_RETURN_IF_ERROR(PassOn(seats, &event));
  COLLOQUY_RETURN_IF_ERROR(SaveBoth(invitations, seats, feed));
  return invitation;
}

absl::StatusOr<Invitation> Revoke(db::Transaction& tx, feed::Feed& feed, const Event& event,
                                  const Uid& uid, const v1::RevokeInvitationRequest& request,
                                  const Cause& cause, absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(event));
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook seats,
                            SeatBook::Open(tx, ids.uid, ids.organizer, ids.id, now));
  seats.Sync(event);
  InvitationBook invitations(tx, seats, now);
  COLLOQUY_ASSIGN_OR_RETURN(const auto loaded, invitations.Load({uid}));
  if (loaded.empty()) return errors::NotFound("colloquy/Invitation", request.name());
  Invitation& message = loaded[0]->entry.message;
  COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(request.etag(), message.etag(), request.name()));
  rules::ShowExpiry(seats.row().start_time, now, message);
  COLLOQUY_ASSIGN_OR_RETURN(const bool freed,
                            invitations.Apply(*loaded[0], InvitationAction::kRevoke, cause));
  if (!request.reason().empty()) message.set_reason(request.reason());
  if (request.validate_only()) return message;
  if (freed) COLLOQUY_RETURN_IF_ERROR(PassOn(seats, &event));
  COLLOQUY_RETURN_IF_ERROR(SaveBoth(invitations, seats, feed));
  return message;
}

absl::StatusOr<bool> OptOut(db::Transaction& tx, feed::Feed& feed, const Uid& event_uid,
                            const Uid& uid, absl::string_view cause, absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::EventRow> row,
                            store::FindEventByUid(tx, event_uid));
  if (!row.has_value()) return false;
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook seats, SeatBook::Open(tx, event_uid, "", "", now));
  InvitationBook invitations(tx, seats, now);
  COLLOQUY_ASSIGN_OR_RETURN(const auto loaded, invitations.Load({uid}));
  if (loaded.empty()) return false;
  const store::InvitationEntry& entry = loaded[0]->entry;
  COLLOQUY_RETURN_IF_ERROR(store::AddSuppression(tx, {.uid = resource::NewUid(),
                                                      .organizer = row->organizer,
                                                      .email_key = entry.email_key,
                                                      .email = entry.message.guest().email(),
                                                      .source = v1::Suppression::UNSUBSCRIBED,
                                                      .create_time = now})
                               .status());
  if (rules::IsOpen(entry.message.state())) {
    COLLOQUY_RETURN_IF_ERROR(invitations
                                 .Apply(*loaded[0], InvitationAction::kOptOut,
                                        {entry.message.name(), std::string(cause)})
                                 .status());
  }
  COLLOQUY_RETURN_IF_ERROR(SaveBoth(invitations, seats, feed));
  return true;
}

absl::Status Expire(db::Transaction& tx, feed::Feed& feed, const Uid& event_uid, const Event* event,
                    absl::Span<const Uid> uids, absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook seats, SeatBook::Open(tx, event_uid, "", "", now));
  InvitationBook invitations(tx, seats, now);
  COLLOQUY_ASSIGN_OR_RETURN(const auto loaded, invitations.Load(uids));
  return ExpireLoaded(seats, invitations, feed, event, loaded, now);
}

absl::StatusOr<bool> ExpireStarted(db::Transaction& tx, feed::Feed& feed, const Uid& event_uid,
                                   const Event* event, int limit, absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook seats, SeatBook::Open(tx, event_uid, "", "", now));
  if (event != nullptr) seats.Sync(*event);
  // Its start was moved on meanwhile.
  if (now < seats.row().start_time) {
    COLLOQUY_RETURN_IF_ERROR(seats.Save(feed));
    return true;
  }
  InvitationBook invitations(tx, seats, now);
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::InvitationEntry> entries,
                            store::LoadOpenInvitations(tx, event_uid, limit));
  const bool last = entries.size() < static_cast<size_t>(limit);
  std::vector<InvitationBook::Tracked*> loaded;
  for (store::InvitationEntry& entry : entries)
    loaded.push_back(&invitations.Track(std::move(entry)));
  COLLOQUY_RETURN_IF_ERROR(ExpireLoaded(seats, invitations, feed, event, loaded, now));
  return last;
}

}  // namespace colloquy::registrations
