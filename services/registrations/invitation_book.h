// An event's invitations inside one transaction, beside its seats: changed in memory by the rules,
// written at the end. Every change of an invitation goes through here, so that reserved seats,
// counts, times of expiry and the feed say the same.
//
//   COLLOQUY_ASSIGN_OR_RETURN(SeatBook seats, SeatBook::Open(tx, event_uid, organizer, id, now));
//   InvitationBook invitations(tx, seats, now);
//   COLLOQUY_ASSIGN_OR_RETURN(auto loaded, invitations.Load({uid}));
//   for (auto* tracked : loaded) {
//     invitations.Apply(*tracked, rules::InvitationAction::kSend, {actor,
//     "delivery"}).IgnoreError();
//   }
//   COLLOQUY_RETURN_IF_ERROR(invitations.Save(feed));
//   COLLOQUY_RETURN_IF_ERROR(seats.Save(feed));   // last: it writes what the invitations hold
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_INVITATION_BOOK_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_INVITATION_BOOK_H_

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/registrations/event_ids.h"
#include "services/registrations/rules/invitations.h"
#include "services/registrations/seat_book.h"
#include "services/registrations/store/invitations.h"

namespace colloquy::registrations {

// A new invitation with all of it that needs no transaction, for those who hold up others in
// theirs.
struct NewInvitation {
  store::InvitationEntry entry;
  Cause cause;
  store::InvitationRow row;
  feed::RecordRow record;
};
// `entry` has its uid and address, and a message with what organisers give: the rest is made here,
// CREATED at `now`. Thread-safe.
NewInvitation MakeInvitation(const EventIds& event, store::InvitationEntry entry, Cause cause,
                             absl::Time now);

class InvitationBook {
 public:
  // `seats` is open for the event and outlives this.
  InvitationBook(db::Transaction& tx, SeatBook& seats, absl::Time now)
      : tx_(tx), seats_(seats), now_(now) {}
  InvitationBook(const InvitationBook&) = delete;

  // An invitation that takes part in this transaction.
  struct Tracked {
    store::InvitationEntry entry;
    v1::Invitation before;  // in the database; without a name if it is new
    bool changed = false;
    Cause cause;
    // Of a new one that nothing has changed since it was made; otherwise empty.
    store::InvitationRow row;
    feed::RecordRow record;
  };

  // The same objects for the same uids; those that do not exist are left out.
  absl::StatusOr<std::vector<Tracked*>> Load(absl::Span<const Uid> uids);
  // The live ones of these addresses (folded).
  absl::StatusOr<std::vector<Tracked*>> LoadLive(absl::Span<const std::string> email_keys);
  Tracked& Track(store::InvitationEntry entry);
  Tracked* Find(const Uid& uid);
  // Of those loaded here, the live one of an address; null if there is none.
  Tracked* FindLive(absl::string_view email_key);

  // Adds a new invitation of the event; the caller has found its seats, if it reserves any, to be
  // free.
  Tracked& Add(NewInvitation invitation);
  // Changes the state as the action says, with the seats and times that go with it. STATE_INVALID
  // if the state does not allow it. Whether seats were freed, which is for the caller to pass on:
  // true.
  absl::StatusOr<bool> Apply(Tracked& tracked, rules::InvitationAction action, Cause cause);
  // Puts other content in the place of a live one's, the state as it is.
  void Replace(Tracked& tracked, v1::Invitation content, Cause cause);

  // A point to come back to: changes made since are undone. The seats are the SeatBook's to return,
  // and it comes first.
  size_t Here() const { return undo_.size(); }
  void ReturnTo(size_t mark);

  // Writes everything that changed. ALREADY_EXISTS (absl's) if somebody else took an address.
  absl::Status Save(feed::Feed& feed);

 private:
  struct Before {
    Tracked* tracked;
    v1::Invitation message;
    bool changed;
    Cause cause;
  };
  void Touch(Tracked& tracked) const;
  void Hold(const Tracked& tracked, const v1::Invitation& was);
  absl::Status SaveCounts();
  absl::Status SaveExpiries();

  db::Transaction& tx_;
  SeatBook& seats_;
  const absl::Time now_;
  std::deque<Tracked> tracked_;  // stable addresses
  std::vector<Before> undo_;
  absl::flat_hash_map<Uid, Tracked*> by_uid_;
  absl::flat_hash_map<std::string, Tracked*> by_address_;
};

// What the feed tells of an invitation: nothing of the person, whose data must stay erasable.
v1::Invitation PublicInvitation(const v1::Invitation& message);

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_INVITATION_BOOK_H_
