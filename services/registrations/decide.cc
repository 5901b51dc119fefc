#include "services/registrations/decide.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/registrations/event_ids.h"
#include "services/registrations/invitation_book.h"
#include "services/registrations/rules/admission.h"
#include "services/registrations/rules/invitations.h"
#include "services/registrations/rules/states.h"
#include "services/registrations/seat_book.h"

namespace colloquy::registrations {
namespace {

using errors::ErrorReason;
using events::v1::Event;
using v1::Registration;

absl::Status AlreadyRegistered(const Draft& draft) {
  return errors::Make(
      absl::StatusCode::kAlreadyExists, ErrorReason::ADDRESS_ALREADY_REGISTERED,
      absl::StrCat(draft.path, ".attendee.email: this address is registered for the event already"),
      {{"field", absl::StrCat(draft.path, ".attendee.email")}});
}

absl::Status SoldOut(const Event& event, const rules::Pool& pool, int64_t people) {
  return errors::FailedPrecondition(
      ErrorReason::SOLD_OUT, event.name(),
      absl::StrCat("no ", people == 1 ? "seat is" : absl::StrCat(people, " seats are"), " free in ",
                   pool.id, " and the event keeps no waiting list for it"),
      {{"pool", pool.id}});
}

absl::Status InvitationRequired(const Event& event) {
  return errors::FailedPrecondition(
      ErrorReason::INVITATION_REQUIRED, event.name(),
      "the event admits those who were invited, and this address was not");
}

absl::Status InvitationEnded(const v1::Invitation& invitation, absl::Time end) {
  const std::string text = absl::FormatTime(absl::RFC3339_sec, end, absl::UTCTimeZone());
  return errors::FailedPrecondition(ErrorReason::DEADLINE_PASSED, invitation.name(),
                                    absl::StrCat("the invitation ended at ", text),
                                    {{"deadline", text}});
}

bool IsLive(rules::State state) {
  return state != Registration::CANCELLED && state != Registration::REJECTED;
}

// What an invitation gives to the registration that comes of it.
struct Entitlement {
  rules::PoolSet reserved;  // where its seats were held
  bool approved = false;
};

// The batch while it is decided.
class Batch {
 public:
  Batch(db::Transaction& tx, feed::Feed& feed, const Event& event, SeatBook book, absl::Time now)
      : tx_(tx),
        feed_(feed),
        event_(event),
        book_(std::move(book)),
        invitations_(tx, book_, now),
        now_(now) {}

  absl::Status Run(absl::Span<Op* const> ops) {
    book_.Sync(event_);
    // Sizes may have grown since somebody began to wait.
    promote_ = book_.row().waiting_count > 0;
    COLLOQUY_RETURN_IF_ERROR(LoadAnswers(ops));
    COLLOQUY_RETURN_IF_ERROR(LoadTargets(ops));
    COLLOQUY_RETURN_IF_ERROR(LoadInvitations(ops));
    COLLOQUY_RETURN_IF_ERROR(LoadAddresses(ops));
    for (size_t i = 0; i < ops.size(); ++i) DecideOne(*ops[i], replays_[i]);
    if (promote_) COLLOQUY_RETURN_IF_ERROR(book_.Promote(event_));
    COLLOQUY_RETURN_IF_ERROR(invitations_.Save(feed_));
    COLLOQUY_RETURN_IF_ERROR(book_.Save(feed_));
    return Answer(ops);
  }

 private:
  // Outcomes that were given before, by op; nullopt where there are none.
  absl::Status LoadAnswers(absl::Span<Op* const> ops) {
    replays_.assign(ops.size(), std::nullopt);
    std::vector<const resource::RequestKey*> keys;
    std::vector<size_t> owners;
    for (size_t i = 0; i < ops.size(); ++i) {
      if (!ops[i]->key.has_value()) continue;
      keys.push_back(&*ops[i]->key);
      owners.push_back(i);
    }
    if (keys.empty()) return absl::OkStatus();
    COLLOQUY_ASSIGN_OR_RETURN(std::vector<resource::Replay> answers,
                              resource::RequestLog::LookupMany(tx_, keys));
    for (size_t i = 0; i < answers.size(); ++i) replays_[owners[i]] = std::move(answers[i]);
    return absl::OkStatus();
  }

  absl::Status LoadTargets(absl::Span<Op* const> ops) {
    std::vector<Uid> uids;
    for (const Op* op : ops) {
      if (op->action.has_value()) uids.push_back(op->target);
    }
    COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::Entry> entries,
                              store::Load(tx_, book_.row().uid, uids));
    for (store::Entry& entry : entries) book_.Track(std::move(entry));
    return absl::OkStatus();
  }

  // Those that are answered, those of the addresses that register or withdraw, and what came of
  // them.
  absl::Status LoadInvitations(absl::Span<Op* const> ops) {
    std::vector<Uid> uids;
    std::vector<std::string> keys;
    for (const Op* op : ops) {
      if (op->answer.has_value()) uids.push_back(op->invitation);
      for (const Draft& draft : op->drafts) keys.push_back(draft.email_key);
      if (!op->by_guest) continue;
      if (const SeatBook::Tracked* target = book_.Find(op->target); target != nullptr)
        keys.push_back(target->entry.email_key);
    }
    COLLOQUY_ASSIGN_OR_RETURN(const auto answered, invitations_.Load(uids));
    COLLOQUY_RETURN_IF_ERROR(invitations_.LoadLive(keys).status());
    std::vector<Uid> registrations;
    for (const InvitationBook::Tracked* tracked : answered) {
      const std::optional<Uid> uid = rules::RegistrationUid(tracked->entry.message);
      if (uid.has_value()) registrations.push_back(*uid);
    }
    if (registrations.empty()) return absl::OkStatus();
    COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::Entry> entries,
                              store::Load(tx_, book_.row().uid, registrations));
    for (store::Entry& entry : entries) book_.Track(std::move(entry));
    return absl::OkStatus();
  }

  absl::Status LoadAddresses(absl::Span<Op* const> ops) {
    if (event_.registration().allow_repeated_address()) return absl::OkStatus();
    std::vector<std::string> keys;
    for (const Op* op : ops) {
      for (const Draft& draft : op->drafts) keys.push_back(draft.email_key);
    }
    COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> live,
                              store::LiveAddresses(tx_, book_.row().uid, keys));
    addresses_.insert(live.begin(), live.end());
    return absl::OkStatus();
  }

  void DecideOne(Op& op, std::optional<resource::Replay>& replay) {
    created_.emplace_back();
    if (ReplayEarlier(op, replay)) return;
    if (op.answer.has_value()) {
      op.outcome = *op.answer == Op::Answer::kAccept ? DecideAccept(op) : DecideDecline(op);
    } else if (!op.admission.ok()) {
      op.outcome = op.admission;
    } else if (op.action.has_value()) {
      op.outcome = DecideChange(op);
    } else {
      op.outcome = DecideCreate(op);
    }
  }

  // Whether the answer was given before: by an earlier transaction, or earlier in this one.
  bool ReplayEarlier(Op& op, std::optional<resource::Replay>& replay) {
    if (!op.key.has_value() || op.validate_only) return false;
    if (!replay->ok()) {
      op.outcome = replay->status();
      return true;
    }
    if (replay->value().has_value()) {
      op.outcome = ParseAnswer(op, ***replay);
      return true;
    }
    const auto [twin, first] = twins_.try_emplace(std::make_pair(op.key->caller, op.key->id), &op);
    if (first) return false;
    const Op& other = *twin->second;
    if (other.key->fingerprint != op.key->fingerprint) {
      op.outcome = errors::Make(
          absl::StatusCode::kInvalidArgument, ErrorReason::REQUEST_ID_REUSED,
          "request_id: was used with a different request; use a new UUID for each request",
          {{"field", "request_id"}});
    } else {
      repeats_.emplace_back(&op, &other);
    }
    return true;
  }

  static Op::Outcome ParseAnswer(const Op& op, const std::string& bytes) {
    if (!op.batch) {
      std::vector<Registration> one(1);
      one[0].ParseFromString(bytes);
      return one;
    }
    v1::BatchCreateRegistrationsResponse response;
    response.ParseFromString(bytes);
    return std::vector<Registration>(response.registrations().begin(),
                                     response.registrations().end());
  }

  absl::Status CheckNotEnding() {
    if (book_.row().ending == store::EventRow::kNotEnding) return absl::OkStatus();
    return errors::FailedPrecondition(ErrorReason::REGISTRATION_CLOSED, event_.name(),
                                      "the event is CANCELLED and takes no registrations",
                                      {{"state", "CANCELLED"}});
  }

  Op::Outcome DecideCreate(Op& op) {
    COLLOQUY_RETURN_IF_ERROR(CheckNotEnding());
    SeatBook::Mark mark = book_.Here();
    const size_t invitations = invitations_.Here();
    std::vector<std::string> added;
    absl::Status status;
    std::vector<Registration> answer;
    std::vector<SeatBook::Tracked*> created;
    for (const Draft& draft : op.drafts) {
      absl::StatusOr<SeatBook::Tracked*> tracked = CreateOne(op, draft);
      status = tracked.status();
      if (!status.ok()) break;
      if (addresses_.insert(draft.email_key).second) added.push_back(draft.email_key);
      answer.push_back((*tracked)->entry.message);
      created.push_back(*tracked);
    }
    if (!status.ok() || op.validate_only) {
      book_.ReturnTo(std::move(mark));
      invitations_.ReturnTo(invitations);
      for (const std::string& key : added) addresses_.erase(key);
      if (!status.ok()) return status;
      return answer;
    }
    created_.back() = std::move(created);
    return answer;
  }

  absl::StatusOr<SeatBook::Tracked*> CreateOne(const Op& op, const Draft& draft) {
    if (!op.force && !event_.registration().allow_repeated_address() &&
        addresses_.contains(draft.email_key)) {
      return AlreadyRegistered(draft);
    }
    InvitationBook::Tracked* invited = Redeemable(invitations_.FindLive(draft.email_key));
    if (NeedsInvitation(op) && invited == nullptr) return InvitationRequired(event_);
    COLLOQUY_ASSIGN_OR_RETURN(const Entitlement entitlement, Redeem(op, draft, invited));
    COLLOQUY_ASSIGN_OR_RETURN(const rules::State state,
                              StateOf(op, draft.registration, entitlement));
    store::Entry entry{
        .uid = draft.uid, .email_key = draft.email_key, .message = draft.registration};
    if (invited != nullptr) invited->entry.message.set_registration(entry.message.name());
    return &book_.Add(std::move(entry), state,
                      {op.caller.actor, absl::StrCat(op.cause, op.force ? " (forced)" : "")},
                      op.force);
  }

  // Staff may enter whom they like. The list of an event of this visibility is a partner's too, but
  // not whom to put on it.
  bool NeedsInvitation(const Op& op) const {
    return event_.visibility() == Event::INVITATION_ONLY && !op.force && !op.answer.has_value() &&
           op.caller.role == auth::Role::kPartner;
  }

  // Null unless it can be accepted now.
  InvitationBook::Tracked* Redeemable(InvitationBook::Tracked* tracked) const {
    if (tracked == nullptr) return nullptr;
    const v1::Invitation& message = tracked->entry.message;
    const bool acceptable = rules::Next(message, rules::InvitationAction::kAccept).ok();
    return acceptable && now_ < EndOf(message) ? tracked : nullptr;
  }

  absl::Time EndOf(const v1::Invitation& invitation) const {
    return rules::EndOf(invitation, book_.row().start_time);
  }

  // Accepts the invitation, which gives its reserved seats back to the pools and says what its
  // guest may have in exchange. Only the link shows that the guest is the one who was invited: an
  // address that somebody typed in gets the reserved seats, but still needs approval.
  absl::StatusOr<Entitlement> Redeem(const Op& op, const Draft& draft,
                                     InvitationBook::Tracked* invited) {
    Entitlement entitlement{.approved = op.answer.has_value()};
    if (invited == nullptr) return entitlement;
    const v1::Invitation& message = invited->entry.message;
    if (rules::HeldSeats(message) >= draft.registration.party_size())
      entitlement.reserved = book_.seats().PoolsFor(message.category(), invited->entry.mode);
    COLLOQUY_ASSIGN_OR_RETURN(const bool freed,
                              invitations_.Apply(*invited, rules::InvitationAction::kAccept,
                                                 {op.caller.actor, op.cause}));
    promote_ |= freed;
    return entitlement;
  }

  // Seats for the newcomer, a place in the queue, or SOLD_OUT.
  absl::StatusOr<rules::State> StateOf(const Op& op, const Registration& registration,
                                       const Entitlement& entitlement) {
    if (op.force) return Registration::CONFIRMED;
    const bool approval =
        !entitlement.approved && rules::NeedsApproval(event_, registration.category());
    const rules::PoolSet pools =
        book_.seats().PoolsFor(registration.category(), registration.attendance_mode());
    const rules::Pool* lacking =
        book_.seats().Lacking(pools, registration.party_size(), entitlement.reserved);
    const bool queue = event_.registration().waiting_list().mode() == events::v1::WaitingList::ON;
    if (lacking == nullptr && (!queue || !book_.seats().AnyoneWaits(pools, entitlement.reserved)))
      return approval ? Registration::PENDING_APPROVAL : Registration::CONFIRMED;
    // A party that no number of cancellations could seat would only block those behind it.
    if (!queue || (lacking != nullptr && *lacking->size < registration.party_size())) {
      return SoldOut(event_, *lacking, registration.party_size());
    }
    promote_ |= lacking == nullptr;
    return Registration::WAITLISTED;
  }

  // The invitation that `op` answers, or why it cannot be answered by anybody.
  absl::StatusOr<InvitationBook::Tracked*> Answered(const Op& op) {
    InvitationBook::Tracked* tracked = invitations_.Find(op.invitation);
    // The same as for a link that was never given out.
    if (tracked == nullptr || tracked->entry.message.state() == v1::Invitation::REVOKED)
      return errors::PermissionDenied(op.cause);
    return tracked;
  }

  absl::Status CheckNotEnded(const v1::Invitation& invitation) const {
    const absl::Time end = EndOf(invitation);
    const bool over = invitation.state() == v1::Invitation::EXPIRED ||
                      (invitation.state() != v1::Invitation::ACCEPTED && now_ >= end);
    return over ? InvitationEnded(invitation, end) : absl::OkStatus();
  }

  // The registration that came of it; null if there is none.
  SeatBook::Tracked* RegistrationOf(const InvitationBook::Tracked& invited) {
    const std::optional<Uid> uid = rules::RegistrationUid(invited.entry.message);
    return uid.has_value() ? book_.Find(*uid) : nullptr;
  }

  Op::Outcome DecideAccept(Op& op) {
    COLLOQUY_ASSIGN_OR_RETURN(InvitationBook::Tracked * invited, Answered(op));
    if (invited->entry.message.state() == v1::Invitation::ACCEPTED) return AcceptAgain(*invited);
    COLLOQUY_RETURN_IF_ERROR(CheckNotEnded(invited->entry.message));
    COLLOQUY_RETURN_IF_ERROR(op.admission);
    if (!event_.registration().allow_repeated_address() &&
        addresses_.contains(op.drafts.front().email_key))
      return Adopt(op, *invited);
    return DecideCreate(op);
  }

  // Accepted before: the same answer.
  Op::Outcome AcceptAgain(const InvitationBook::Tracked& invited) {
    SeatBook::Tracked* registration = RegistrationOf(invited);
    if (registration == nullptr || !IsLive(registration->entry.message.state())) {
      const std::string state = registration == nullptr
                                    ? "gone"
                                    : Registration::State_Name(registration->entry.message.state());
      return errors::FailedPrecondition(
          ErrorReason::STATE_INVALID, invited.entry.message.name(),
          absl::StrCat("the registration that came of the invitation is ", state,
                       "; only the organiser can register this guest again"),
          {{"state", state}});
    }
    created_.back() = {registration};
    return std::vector<Registration>(1, registration->entry.message);
  }

  // The guest registered before, without the invitation: that registration came of it now.
  Op::Outcome Adopt(const Op& op, InvitationBook::Tracked& invited) {
    COLLOQUY_ASSIGN_OR_RETURN(
        std::optional<store::Entry> entry,
        store::FindLiveByAddress(tx_, book_.row().uid, op.drafts.front().email_key));
    // It is one of this batch, which is not written yet.
    if (!entry.has_value()) return AlreadyRegistered(op.drafts.front());
    SeatBook::Tracked& registration = book_.Track(*std::move(entry));
    if (!IsLive(registration.entry.message.state())) return AlreadyRegistered(op.drafts.front());
    COLLOQUY_ASSIGN_OR_RETURN(
        const bool freed,
        invitations_.Apply(invited, rules::InvitationAction::kAccept, {op.caller.actor, op.cause}));
    promote_ |= freed;
    invited.entry.message.set_registration(registration.entry.message.name());
    created_.back() = {&registration};
    return std::vector<Registration>(1, registration.entry.message);
  }

  Op::Outcome DecideDecline(Op& op) {
    COLLOQUY_ASSIGN_OR_RETURN(InvitationBook::Tracked * invited, Answered(op));
    COLLOQUY_RETURN_IF_ERROR(CheckNotEnded(invited->entry.message));
    const Cause cause{op.caller.actor, op.cause};
    SeatBook::Tracked* registration = RegistrationOf(*invited);
    if (invited->entry.message.state() == v1::Invitation::ACCEPTED && registration != nullptr &&
        IsLive(registration->entry.message.state())) {
      COLLOQUY_RETURN_IF_ERROR(rules::CheckCancellation(event_, now_));
      if (!op.reason.empty()) registration->entry.message.set_reason(op.reason);
      book_.Change(*registration, Registration::CANCELLED, cause);
      promote_ = true;
    }
    return Decline(op, *invited, cause);
  }

  Op::Outcome Decline(const Op& op, InvitationBook::Tracked& invited, const Cause& cause) {
    COLLOQUY_ASSIGN_OR_RETURN(
        const bool freed, invitations_.Apply(invited, rules::InvitationAction::kDecline, cause));
    if (invited.changed && !op.reason.empty()) invited.entry.message.set_reason(op.reason);
    promote_ |= freed;
    return std::vector<Registration>();
  }

  Op::Outcome DecideChange(const Op& op) {
    SeatBook::Tracked* tracked = book_.Find(op.target);
    if (tracked == nullptr || !MaySee(op.caller, tracked->entry.message)) {
      return errors::NotFound("colloquy/Registration", op.name);
    }
    Registration& message = tracked->entry.message;
    // Twice is once for guests, whose browsers send again.
    if (op.by_guest && message.state() == Registration::CANCELLED)
      return std::vector<Registration>(1, message);
    COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(op.etag, message.etag(), op.name));
    COLLOQUY_ASSIGN_OR_RETURN(const rules::State to, rules::Next(message, *op.action));
    if (op.validate_only) {
      std::vector<Registration> preview(1, message);
      preview[0].set_state(to);
      if (!op.reason.empty()) preview[0].set_reason(op.reason);
      return preview;
    }
    const bool frees = rules::HoldsSeats(message.state()) && !rules::HoldsSeats(to);
    const bool unblocks = message.state() == Registration::WAITLISTED;
    if (!op.reason.empty()) message.set_reason(op.reason);
    book_.Change(*tracked, to, {op.caller.actor, op.cause});
    promote_ |= frees || unblocks;
    InvitationBook::Tracked* invited =
        op.by_guest ? invitations_.FindLive(tracked->entry.email_key) : nullptr;
    if (invited != nullptr && invited->entry.message.registration() == message.name()) {
      COLLOQUY_RETURN_IF_ERROR(Decline(op, *invited, {op.caller.actor, op.cause}).status());
    }
    return std::vector<Registration>(1, message);
  }

  static bool MaySee(const auth::Caller& caller, const Registration& message) {
    return caller.role != auth::Role::kPartner ||
           message.partner() ==
               absl::StrCat("organizers/", caller.organizer, "/partners/", caller.partner);
  }

  // Last, when promotions are known: what was created is answered as it stands now, and recorded
  // for replays.
  absl::Status Answer(absl::Span<Op* const> ops) {
    std::vector<std::string> answers;
    std::vector<const Op*> recorded;
    for (size_t i = 0; i < ops.size(); ++i) {
      Op& op = *ops[i];
      if (op.validate_only || !op.outcome.ok()) continue;
      COLLOQUY_RETURN_IF_ERROR(Refresh(op, created_[i]));
      if (op.answered != nullptr) *op.answered = invitations_.Find(op.invitation)->entry.message;
      if (!op.key.has_value() || WasReplayed(i)) continue;
      answers.push_back(SerializeAnswer(op));
      recorded.push_back(&op);
    }
    std::vector<resource::RequestRecord> records;
    for (size_t i = 0; i < recorded.size(); ++i)
      records.push_back({&*recorded[i]->key, std::move(answers[i])});
    const absl::Status status = resource::RequestLog::RecordMany(tx_, records, now_);
    // Another replica answered the same request between our look-up and now.
    if (absl::IsAlreadyExists(status)) return db::RunAgain();
    COLLOQUY_RETURN_IF_ERROR(status);
    for (const auto& [op, first] : repeats_) op->outcome = first->outcome;
    return absl::OkStatus();
  }

  bool WasReplayed(size_t i) const {
    return replays_[i].has_value() && replays_[i]->ok() && (*replays_[i])->has_value();
  }

  absl::Status Refresh(Op& op, absl::Span<SeatBook::Tracked* const> created) {
    for (size_t i = 0; i < created.size(); ++i) {
      Registration& answer = (*op.outcome)[i];
      answer = created[i]->entry.message;
      if (answer.state() != Registration::WAITLISTED) continue;
      COLLOQUY_ASSIGN_OR_RETURN(const int64_t position, PositionOf(*created[i]));
      answer.set_waiting_position(static_cast<int32_t>(position));
    }
    return absl::OkStatus();
  }

  // Those of priority 0 stand one behind the other, so one count serves the whole batch.
  absl::StatusOr<int64_t> PositionOf(const SeatBook::Tracked& tracked) {
    const bool is_new = tracked.before == Registration::STATE_UNSPECIFIED;
    if (is_new && tracked.rank() == 0 && last_position_ > 0) return ++last_position_;
    COLLOQUY_ASSIGN_OR_RETURN(
        const int64_t before,
        store::CountWaitingBefore(tx_, book_.row().uid, tracked.rank(), tracked.entry.uid));
    if (is_new && tracked.rank() == 0) last_position_ = before + 1;
    return before + 1;
  }

  static std::string SerializeAnswer(const Op& op) {
    if (!op.batch) return op.outcome->front().SerializeAsString();
    v1::BatchCreateRegistrationsResponse response;
    for (const Registration& registration : *op.outcome)
      *response.add_registrations() = registration;
    return response.SerializeAsString();
  }

  db::Transaction& tx_;
  feed::Feed& feed_;
  const Event& event_;
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

absl::Status AdmitDraft(const Event& event, const Op& op, const Draft& draft, absl::Time now) {
  COLLOQUY_RETURN_IF_ERROR(errors::InvalidFields(
      rules::CheckAgainst(event, draft.registration, draft.path, op.invited_people)));
  if (op.answer.has_value()) return rules::CheckTakesGuests(event);
  if (op.force) return absl::OkStatus();
  COLLOQUY_RETURN_IF_ERROR(rules::CheckOpen(event, now));
  return rules::CheckDomain(event, draft.email_key);
}

}  // namespace

void Admit(const Event& event, Op& op, absl::Time now) {
  op.admission = absl::OkStatus();
  if (op.action == rules::Action::kCancel && !op.caller.is_staff() &&
      op.caller.role != auth::Role::kOperator) {
    op.admission = rules::CheckCancellation(event, now);
  }
  // Not even by force: a draft may still be deleted, with all that hangs on it.
  if (op.force && event.state() == Event::DRAFT) op.admission = rules::CheckOpen(event, now);
  for (Draft& draft : op.drafts) {
    if (!op.admission.ok()) return;
    rules::FillDefaults(event, draft.registration);
    draft.uid = resource::NewUid();
    draft.registration.set_uid(draft.uid.ToUuid());
    draft.registration.set_name(absl::StrCat(event.name(), "/registrations/", draft.uid.ToId('r')));
    op.admission = AdmitDraft(event, op, draft, now);
  }
}

absl::Status Decide(db::Transaction& tx, feed::Feed& feed, const Event& event,
                    absl::Span<Op* const> ops, absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(event));
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook book, SeatBook::Open(tx, ids.uid, ids.organizer, ids.id, now));
  return Batch(tx, feed, event, std::move(book), now).Run(ops);
}

}  // namespace colloquy::registrations
