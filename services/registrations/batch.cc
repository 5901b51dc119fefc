#include "services/registrations/batch.h"

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/folding.h"
#include "services/registrations/callers.h"

namespace colloquy::registrations {

using errors::ErrorReason;
using v1::Registration;

absl::Status AlreadyRegistered(absl::string_view path) {
  const std::string field = absl::StrCat(path, ".attendee.email");
  return errors::Make(absl::StatusCode::kAlreadyExists, ErrorReason::ADDRESS_ALREADY_REGISTERED,
                      absl::StrCat(field, ": this address is registered for the event already"),
                      {{"field", field}});
}

absl::Status Batch::Run(absl::Span<Op* const> ops) {
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

absl::Status Batch::LoadAnswers(absl::Span<Op* const> ops) {
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

absl::Status Batch::LoadTargets(absl::Span<Op* const> ops) {
  std::vector<Uid> uids;
  for (const Op* op : ops) {
    if (op->has_target()) uids.push_back(op->target);
  }
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::Entry> entries,
                            store::Load(tx_, book_.row().uid, uids));
  for (store::Entry& entry : entries) book_.Track(std::move(entry));
  return absl::OkStatus();
}

absl::Status Batch::LoadInvitations(absl::Span<Op* const> ops) {
  std::vector<Uid> uids;
  std::vector<std::string> keys;
  for (const Op* op : ops) {
    if (op->answer.has_value()) uids.push_back(op->invitation);
    for (const Draft& draft : op->drafts) keys.push_back(draft.email_key);
    if (!op->by_guest && !op->edit.has_value()) continue;
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

absl::Status Batch::LoadAddresses(absl::Span<Op* const> ops) {
  if (event_.registration().allow_repeated_address()) return absl::OkStatus();
  std::vector<std::string> keys;
  for (const Op* op : ops) {
    for (const Draft& draft : op->drafts) keys.push_back(draft.email_key);
    if (op->edit.has_value())
      keys.push_back(resource::FoldEmail(op->edit->source.attendee().email()));
  }
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> live,
                            store::LiveAddresses(tx_, book_.row().uid, keys));
  addresses_.insert(live.begin(), live.end());
  return absl::OkStatus();
}

void Batch::DecideOne(Op& op, std::optional<resource::Replay>& replay) {
  created_.emplace_back();
  if (ReplayEarlier(op, replay)) return;
  if (op.answer.has_value()) {
    op.outcome = *op.answer == Op::Answer::kAccept ? DecideAccept(op) : DecideDecline(op);
  } else if (!op.admission.ok()) {
    op.outcome = op.admission;
  } else if (op.action.has_value()) {
    op.outcome = DecideChange(op);
  } else if (op.edit.has_value()) {
    op.outcome = DecideEdit(op);
  } else {
    op.outcome = DecideCreate(op);
  }
  // What was sent just now may come back; what others gave may not be for this caller.
  if (!op.has_target() || op.by_guest || !op.outcome.ok()) return;
  for (Registration& registration : *op.outcome) Redact(op.caller, event_, registration);
}

bool Batch::ReplayEarlier(Op& op, std::optional<resource::Replay>& replay) {
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

Op::Outcome Batch::ParseAnswer(const Op& op, const std::string& bytes) {
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

absl::Status Batch::Answer(absl::Span<Op* const> ops) {
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
  COLLOQUY_RETURN_IF_ERROR(resource::RequestLog::RecordMany(tx_, records, now_));
  for (const auto& [op, first] : repeats_) op->outcome = first->outcome;
  return absl::OkStatus();
}

bool Batch::WasReplayed(size_t i) const {
  return replays_[i].has_value() && replays_[i]->ok() && (*replays_[i])->has_value();
}

absl::Status Batch::Refresh(Op& op, absl::Span<SeatBook::Tracked* const> created) {
  for (size_t i = 0; i < created.size(); ++i) {
    Registration& answer = (*op.outcome)[i];
    answer = created[i]->entry.message;
    if (answer.state() != Registration::WAITLISTED) continue;
    COLLOQUY_ASSIGN_OR_RETURN(const int64_t position, PositionOf(*created[i]));
    answer.set_waiting_position(static_cast<int32_t>(position));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Batch::PositionOf(const SeatBook::Tracked& tracked) {
  const bool is_new = tracked.before == Registration::STATE_UNSPECIFIED;
  if (is_new && tracked.rank() == 0 && last_position_ > 0) return ++last_position_;
  COLLOQUY_ASSIGN_OR_RETURN(
      const int64_t before,
      store::CountWaitingBefore(tx_, book_.row().uid, tracked.rank(), tracked.entry.uid));
  if (is_new && tracked.rank() == 0) last_position_ = before + 1;
  return before + 1;
}

std::string Batch::SerializeAnswer(const Op& op) {
  if (!op.batch) return op.outcome->front().SerializeAsString();
  v1::BatchCreateRegistrationsResponse response;
  for (const Registration& registration : *op.outcome) *response.add_registrations() = registration;
  return response.SerializeAsString();
}

}  // namespace colloquy::registrations
