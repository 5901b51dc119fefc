// A batch of requests for one event while it is decided; see decide.h.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_BATCH_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_BATCH_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/common/feed/feed.h"
#include "services/common/resource/request_ids.h"
#include "services/registrations/invitation_book.h"
#include "services/registrations/op.h"
#include "services/registrations/seat_book.h"

namespace colloquy::registrations {

// Used once, inside one transaction. What is decided is kept in the two books and written at the
// end.
class Batch {
 public:
  // All outlive the batch; `book` is open for `event`.
  Batch(db::Transaction& tx, feed::Feed& feed, const events::v1::Event& event, SeatBook book,
        absl::Time now)
      : tx_(tx),
        feed_(feed),
        event_(event),
        book_(std::move(book)),
        invitations_(tx, book_, now),
        now_(now) {}

  // Sets the outcome of every op, in their order, and writes what follows.
  absl::Status Run(absl::Span<Op* const> ops);

 private:
  // What an invitation gives to the registration that comes of it.
  struct Entitlement {
    rules::PoolSet reserved;  // where its seats were held
    bool approved = false;
  };

  // Outcomes that were given before, by op; nullopt where there are none.
  absl::Status LoadAnswers(absl::Span<Op* const> ops);
  absl::Status LoadTargets(absl::Span<Op* const> ops);
  // Those that are answered, those of the addresses that register, withdraw or change, and what
  // came of them.
  absl::Status LoadInvitations(absl::Span<Op* const> ops);
  absl::Status LoadAddresses(absl::Span<Op* const> ops);
  void DecideOne(Op& op, std::optional<resource::Replay>& replay);
  // Whether the answer was given before: by an earlier transaction, or earlier in this one.
  bool ReplayEarlier(Op& op, std::optional<resource::Replay>& replay);
  static Op::Outcome ParseAnswer(const Op& op, const std::string& bytes);
  // Last, when promotions are known: what was created is answered as it stands now, and recorded
  // for replays.
  absl::Status Answer(absl::Span<Op* const> ops);
  bool WasReplayed(size_t i) const;
  absl::Status Refresh(Op& op, absl::Span<SeatBook::Tracked* const> created);
  // Those of priority 0 stand one behind the other, so one count serves the whole batch.
  absl::StatusOr<int64_t> PositionOf(const SeatBook::Tracked& tracked);
  static std::string SerializeAnswer(const Op& op);

  // Registrations to be made (batch_create.cc).
  absl::Status CheckNotEnding();
  Op::Outcome DecideCreate(Op& op);
  absl::StatusOr<SeatBook::Tracked*> CreateOne(const Op& op, const Draft& draft);
  // Staff may enter whom they like. The list of an event of this visibility is a partner's too, but
  // not whom to put on it.
  bool NeedsInvitation(const Op& op) const;
  // Null unless it can be accepted now.
  InvitationBook::Tracked* Redeemable(InvitationBook::Tracked* tracked) const;
  // Accepts the invitation, which gives its reserved seats back to the pools and says what its
  // guest may have in exchange. Only the link shows that the guest is the one who was invited: an
  // address that somebody typed in gets the reserved seats, but still needs approval.
  absl::StatusOr<Entitlement> Redeem(const Op& op, const Draft& draft,
                                     InvitationBook::Tracked* invited);
  // Seats for the newcomer, a place in the queue, or SOLD_OUT.
  absl::StatusOr<rules::State> StateOf(const Op& op, const v1::Registration& registration,
                                       const Entitlement& entitlement);

  // Registrations that exist (batch_change.cc).
  // The registration that `op` changes, if its caller may know of it.
  absl::StatusOr<SeatBook::Tracked*> Target(const Op& op);
  Op::Outcome DecideChange(const Op& op);
  Op::Outcome DecideEdit(const Op& op);
  // Whether the registration may go over to another address.
  absl::Status CheckNewAddress(const Op& op, const store::Entry& entry,
                               const std::string& email_key);
  static bool MaySee(const auth::Caller& caller, const v1::Registration& message);

  // What guests answer to invitations (batch_invited.cc).
  // The invitation that `op` answers, or why it cannot be answered by anybody.
  absl::StatusOr<InvitationBook::Tracked*> Answered(const Op& op);
  absl::Time EndOf(const v1::Invitation& invitation) const;
  absl::Status CheckNotEnded(const v1::Invitation& invitation) const;
  // The registration that came of it; null if there is none.
  SeatBook::Tracked* RegistrationOf(const InvitationBook::Tracked& invited);
  Op::Outcome DecideAccept(Op& op);
  // Accepted before: the same answer.
  Op::Outcome AcceptAgain(const InvitationBook::Tracked& invited);
  // The guest registered before, without the invitation: that registration came of it now.
  Op::Outcome Adopt(const Op& op, InvitationBook::Tracked& invited);
  Op::Outcome DecideDecline(Op& op);
  Op::Outcome Decline(const Op& op, InvitationBook::Tracked& invited, const Cause& cause);

  db::Transaction& tx_;
  feed::Feed& feed_;
  const events::v1::Event& event_;
  SeatBook book_;
  InvitationBook invitations_;
  const absl::Time now_;
  bool promote_ = false;
  int64_t last_position_ = 0;
  std::vector<std::optional<resource::Replay>> replays_;
  std::vector<std::vector<SeatBook::Tracked*>> created_;  // by op
  absl::flat_hash_set<std::string> addresses_;
  absl::flat_hash_map<std::pair<std::string, std::string>, Op*> twins_;
  std::vector<std::pair<Op*, const Op*>> repeats_;
};

// ADDRESS_ALREADY_REGISTERED for the registration at `path` of its request.
absl::Status AlreadyRegistered(absl::string_view path);

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_BATCH_H_
