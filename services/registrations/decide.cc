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
#include "services/common/resource/names.h"
#include "services/registrations/rules/admission.h"
#include "services/registrations/rules/states.h"
#include "services/registrations/seat_book.h"

namespace colloquy::registrations {
namespace {

using errors::ErrorReason;
using events::v1::Event;
using v1::Registration;

// How long the events service may take to commit what it was promised seats for.
constexpr absl::Duration kPromise = absl::Seconds(60);

struct EventIds {
  Uid uid;
  absl::string_view organizer;
  absl::string_view id;
};

absl::StatusOr<EventIds> IdsOf(absl::string_view name, absl::string_view uid) {
  static const resource::NamePattern pattern("organizers/{organizer}/events/{event}");
  absl::string_view ids[2];
  const std::optional<Uid> parsed = Uid::FromUuid(uid);
  if (!parsed.has_value() || !pattern.Match(name, absl::MakeSpan(ids))) {
    return errors::InvalidField("event_uid", "is not the uid of an event");
  }
  return EventIds{*parsed, ids[0], ids[1]};
}

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

// The batch while it is decided.
class Batch {
 public:
  Batch(db::Transaction& tx, feed::Feed& feed, const Event& event, SeatBook book, absl::Time now)
      : tx_(tx), feed_(feed), event_(event), book_(std::move(book)), now_(now) {}

  absl::Status Run(absl::Span<Op* const> ops) {
    book_.Sync(event_);
    // Sizes may have grown since somebody began to wait.
    promote_ = book_.row().waiting_count > 0;
    COLLOQUY_RETURN_IF_ERROR(LoadAnswers(ops));
    COLLOQUY_RETURN_IF_ERROR(LoadTargets(ops));
    COLLOQUY_RETURN_IF_ERROR(LoadAddresses(ops));
    for (size_t i = 0; i < ops.size(); ++i) DecideOne(*ops[i], replays_[i]);
    if (promote_) COLLOQUY_RETURN_IF_ERROR(book_.Promote(event_));
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
    if (!op.admission.ok()) {
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

  Op::Outcome DecideCreate(Op& op) {
    if (book_.row().ending != store::EventRow::kNotEnding) {
      return errors::FailedPrecondition(ErrorReason::REGISTRATION_CLOSED, event_.name(),
                                        "the event is CANCELLED and takes no registrations",
                                        {{"state", "CANCELLED"}});
    }
    SeatBook::Mark mark = book_.Here();
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
    COLLOQUY_ASSIGN_OR_RETURN(const rules::State state, StateOf(op, draft.registration));
    store::Entry entry{
        .uid = draft.uid, .email_key = draft.email_key, .message = draft.registration};
    return &book_.Add(std::move(entry), state,
                      {op.caller.actor, absl::StrCat(op.cause, op.force ? " (forced)" : "")},
                      op.force);
  }

  // Seats for the newcomer, a place in the queue, or SOLD_OUT.
  absl::StatusOr<rules::State> StateOf(const Op& op, const Registration& registration) {
    if (op.force) return Registration::CONFIRMED;
    const rules::State seated = rules::NeedsApproval(event_, registration.category())
                                    ? Registration::PENDING_APPROVAL
                                    : Registration::CONFIRMED;
    const rules::PoolSet pools =
        book_.seats().PoolsFor(registration.category(), registration.attendance_mode());
    const rules::Pool* lacking = book_.seats().Lacking(pools, registration.party_size());
    const bool queue = event_.registration().waiting_list().mode() == events::v1::WaitingList::ON;
    if (lacking == nullptr && (!queue || !book_.seats().AnyoneWaits(pools))) return seated;
    // A party that no number of cancellations could seat would only block those behind it.
    if (!queue || (lacking != nullptr && *lacking->size < registration.party_size())) {
      return SoldOut(event_, *lacking, registration.party_size());
    }
    promote_ |= lacking == nullptr;
    return Registration::WAITLISTED;
  }

  Op::Outcome DecideChange(const Op& op) {
    SeatBook::Tracked* tracked = book_.Find(op.target);
    if (tracked == nullptr || !MaySee(op.caller, tracked->entry.message)) {
      return errors::NotFound("colloquy/Registration", op.name);
    }
    Registration& message = tracked->entry.message;
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
    if (tracked.rank() == 0 && last_position_ > 0) return ++last_position_;
    COLLOQUY_ASSIGN_OR_RETURN(
        const int64_t before,
        store::CountWaitingBefore(tx_, book_.row().uid, tracked.rank(), tracked.entry.uid));
    if (tracked.rank() == 0) last_position_ = before + 1;
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
  COLLOQUY_RETURN_IF_ERROR(
      errors::InvalidFields(rules::CheckAgainst(event, draft.registration, draft.path)));
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
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(event.name(), event.uid()));
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook book, SeatBook::Open(tx, ids.uid, ids.organizer, ids.id, now));
  return Batch(tx, feed, event, std::move(book), now).Run(ops);
}

absl::Status Follow(db::Transaction& tx, feed::Feed& feed, const Event& event,
                    absl::string_view actor, absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(event.name(), event.uid()));
  COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::EventRow> known,
                            store::FindEvent(tx, ids.organizer, ids.id));
  if (!known.has_value() || known->uid != ids.uid) return absl::OkStatus();
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook book, SeatBook::Open(tx, ids.uid, ids.organizer, ids.id, now));
  if (event.state() == Event::CANCELLED) {
    if (book.row().ending == store::EventRow::kNotEnding) {
      book.row().ending = store::EventRow::kEnding;
      book.row().ending_actor = std::string(actor);
    }
    return book.Save(feed);
  }
  book.Sync(event);
  if (book.row().ending == store::EventRow::kNotEnding)
    COLLOQUY_RETURN_IF_ERROR(book.Promote(event));
  return book.Save(feed);
}

absl::StatusOr<bool> EndSome(db::Transaction& tx, feed::Feed& feed, const Uid& event, int limit,
                             absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook book, SeatBook::Open(tx, event, "", "", now));
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::Entry> entries, store::LoadLive(tx, event, limit));
  const bool last = entries.size() < static_cast<size_t>(limit);
  for (store::Entry& entry : entries) {
    entry.message.set_reason("the event was cancelled");
    book.Change(book.Track(std::move(entry)), Registration::CANCELLED,
                {book.row().ending_actor, "CancelEvent"});
  }
  if (last) book.row().ending = store::EventRow::kEnded;
  COLLOQUY_RETURN_IF_ERROR(book.Save(feed));
  return last;
}

absl::Status Limit(db::Transaction& tx, feed::Feed& feed, const v1::LimitSeatsRequest& request,
                   absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(request.event(), request.event_uid()));
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook book, SeatBook::Open(tx, ids.uid, ids.organizer, ids.id, now));
  for (const v1::PoolLimit& limit : request.limits()) {
    const rules::Pool* pool = book.seats().Find(limit.pool());
    const int64_t used = pool == nullptr ? 0 : pool->taken + pool->held();
    if (used > limit.size() && !request.force()) {
      return errors::FailedPrecondition(
          ErrorReason::CAPACITY_BELOW_TAKEN, request.event(),
          absl::StrCat(used, " seats of ", limit.pool(), " are taken or held; ", limit.size(),
                       " would be too few. With force nobody is thrown out, and nothing is sold "
                       "until it fits"),
          {{"pool", limit.pool()},
           {"taken", absl::StrCat(used)},
           {"size", absl::StrCat(limit.size())}});
    }
    book.seats().Limit(limit.pool(), limit.size());
    if (used > limit.size()) book.seats().MarkForced(limit.pool());
  }
  book.row().limit_revision = std::max(book.row().limit_revision, request.revision());
  book.row().limit_until = now + kPromise;
  return book.Save(feed);
}

}  // namespace colloquy::registrations
