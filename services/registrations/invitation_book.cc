#include "services/registrations/invitation_book.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/registrations/store/rows.h"

namespace colloquy::registrations {
namespace {

using rules::InvitationAction;
using v1::Invitation;

google::protobuf::Timestamp ToProto(absl::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

bool IsNew(const InvitationBook::Tracked& tracked) { return tracked.before.name().empty(); }

std::string StateName(rules::InvitationState state) {
  return state == Invitation::STATE_UNSPECIFIED ? "" : Invitation::State_Name(state);
}

void Advance(absl::Time now, Invitation& message) {
  *message.mutable_update_time() = ToProto(now);
  message.set_revision(message.revision() + 1);
  message.set_etag(resource::MakeEtag(*Uid::FromUuid(message.uid()), message.revision()));
}

bool EndsAtStart(const Invitation& message) {
  return rules::IsOpen(message.state()) && !message.has_expire_time();
}

bool EndsByItself(const Invitation& message) {
  return rules::IsOpen(message.state()) && message.has_expire_time();
}

bool IsAnswer(InvitationAction action) {
  return action == InvitationAction::kAccept || action == InvitationAction::kDecline ||
         action == InvitationAction::kExpire || action == InvitationAction::kRevoke;
}

feed::RecordRow RecordOf(rules::InvitationState before, const Invitation& message,
                         const Cause& cause, absl::Time now) {
  using changes::v1::Change;
  Change::Kind kind = Change::STATE_CHANGED;
  if (before == message.state()) kind = Change::UPDATED;
  if (before == Invitation::STATE_UNSPECIFIED) kind = Change::CREATED;
  return feed::RowOf(feed::MakeRecord(kind, PublicInvitation(message), cause.actor, cause.text, now,
                                      StateName(before), StateName(message.state())));
}

}  // namespace

Invitation PublicInvitation(const Invitation& message) {
  Invitation copy = message;
  copy.clear_guest();
  copy.clear_note();
  copy.clear_placeholders();
  copy.clear_reason();
  return copy;
}

NewInvitation MakeInvitation(const EventIds& event, store::InvitationEntry entry, Cause cause,
                             absl::Time now) {
  Invitation& message = entry.message;
  message.set_name(absl::StrCat("organizers/", event.organizer, "/events/", event.id,
                                "/invitations/", entry.uid.ToId('i')));
  message.set_uid(entry.uid.ToUuid());
  message.set_state(Invitation::CREATED);
  *message.mutable_create_time() = ToProto(now);
  Advance(now, message);
  NewInvitation invitation;
  invitation.row = store::RowOf(event.uid, entry);
  invitation.record = RecordOf(Invitation::STATE_UNSPECIFIED, message, cause, now);
  invitation.entry = std::move(entry);
  invitation.cause = std::move(cause);
  return invitation;
}

absl::StatusOr<std::vector<InvitationBook::Tracked*>> InvitationBook::Load(
    absl::Span<const Uid> uids) {
  std::vector<Tracked*> loaded;
  if (uids.empty()) return loaded;
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::InvitationEntry> entries,
                            store::LoadInvitations(tx_, seats_.row().uid, uids));
  for (store::InvitationEntry& entry : entries) loaded.push_back(&Track(std::move(entry)));
  return loaded;
}

absl::StatusOr<std::vector<InvitationBook::Tracked*>> InvitationBook::LoadLive(
    absl::Span<const std::string> email_keys) {
  std::vector<Tracked*> loaded;
  // Most events have no invitations, and pay nothing for those who do.
  if (email_keys.empty() || seats_.row().invitation_count == 0) return loaded;
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::InvitationEntry> entries,
                            store::LoadLiveInvitations(tx_, seats_.row().uid, email_keys));
  for (store::InvitationEntry& entry : entries) loaded.push_back(&Track(std::move(entry)));
  return loaded;
}

InvitationBook::Tracked& InvitationBook::Track(store::InvitationEntry entry) {
  if (Tracked* known = Find(entry.uid)) return *known;
  Tracked& tracked = tracked_.emplace_back();
  tracked.before = entry.message;
  tracked.entry = std::move(entry);
  by_uid_[tracked.entry.uid] = &tracked;
  if (rules::IsLive(tracked.before.state())) by_address_[tracked.entry.email_key] = &tracked;
  return tracked;
}

InvitationBook::Tracked* InvitationBook::Find(const Uid& uid) {
  const auto it = by_uid_.find(uid);
  return it == by_uid_.end() ? nullptr : it->second;
}

InvitationBook::Tracked* InvitationBook::FindLive(absl::string_view email_key) {
  const auto it = by_address_.find(email_key);
  if (it == by_address_.end()) return nullptr;
  return rules::IsLive(it->second->entry.message.state()) ? it->second : nullptr;
}

void InvitationBook::Touch(Tracked& tracked) const {
  Advance(now_, tracked.entry.message);
  tracked.changed = true;
  tracked.row.clear();
  tracked.record.clear();
}

void InvitationBook::Hold(const Tracked& tracked, const Invitation& was) {
  const auto book = [&](const Invitation& message, int64_t sign) {
    const int64_t held = rules::HeldSeats(message);
    if (held == 0) return;
    rules::Seats& seats = seats_.seats();
    seats.Hold(seats.PoolsFor(message.category(), tracked.entry.mode), sign * held);
  };
  book(was, -1);
  book(tracked.entry.message, 1);
}

InvitationBook::Tracked& InvitationBook::Add(NewInvitation invitation) {
  Tracked& tracked = tracked_.emplace_back();
  tracked.entry = std::move(invitation.entry);
  tracked.cause = std::move(invitation.cause);
  tracked.row = std::move(invitation.row);
  tracked.record = std::move(invitation.record);
  tracked.changed = true;
  Hold(tracked, tracked.before);
  by_uid_[tracked.entry.uid] = &tracked;
  by_address_[tracked.entry.email_key] = &tracked;
  return tracked;
}

absl::StatusOr<bool> InvitationBook::Apply(Tracked& tracked, InvitationAction action, Cause cause) {
  Invitation& message = tracked.entry.message;
  COLLOQUY_ASSIGN_OR_RETURN(const rules::InvitationState to, rules::Next(message, action));
  if (to == message.state()) return false;
  undo_.push_back({&tracked, message, tracked.changed, tracked.cause});
  const Invitation was = message;
  message.set_state(to);
  if (action == InvitationAction::kSend && !message.has_send_time())
    *message.mutable_send_time() = ToProto(now_);
  if (IsAnswer(action)) *message.mutable_answer_time() = ToProto(now_);
  Touch(tracked);
  tracked.cause = std::move(cause);
  Hold(tracked, was);
  return rules::HeldSeats(was) > rules::HeldSeats(message);
}

void InvitationBook::Replace(Tracked& tracked, Invitation content, Cause cause) {
  Invitation& message = tracked.entry.message;
  undo_.push_back({&tracked, message, tracked.changed, tracked.cause});
  const Invitation was = message;
  *message.mutable_guest() = std::move(*content.mutable_guest());
  message.set_group(content.group());
  message.set_party_size(content.party_size());
  message.set_note(content.note());
  *message.mutable_placeholders() = std::move(*content.mutable_placeholders());
  Touch(tracked);
  tracked.cause = std::move(cause);
  Hold(tracked, was);
}

void InvitationBook::ReturnTo(size_t mark) {
  for (; undo_.size() > mark; undo_.pop_back()) {
    Before& before = undo_.back();
    before.tracked->entry.message = std::move(before.message);
    before.tracked->changed = before.changed;
    before.tracked->cause = std::move(before.cause);
  }
}

absl::Status InvitationBook::SaveCounts() {
  std::map<std::pair<int, std::string>, store::InvitationCount> deltas;
  const auto count = [&](const Invitation& message, int64_t sign) {
    store::InvitationCount& delta = deltas[{message.state(), message.group()}];
    delta.state = message.state();
    delta.group = message.group();
    delta.invitations += sign;
    delta.people += sign * message.party_size();
  };
  store::EventRow& row = seats_.row();
  for (const Tracked& tracked : tracked_) {
    if (!tracked.changed) continue;
    if (IsNew(tracked)) {
      ++row.invitation_count;
    } else {
      count(tracked.before, -1);
      row.ending_at_start -= EndsAtStart(tracked.before) ? 1 : 0;
    }
    count(tracked.entry.message, 1);
    row.ending_at_start += EndsAtStart(tracked.entry.message) ? 1 : 0;
  }
  std::vector<store::InvitationCount> list;
  for (auto& [key, delta] : deltas) {
    if (delta.invitations != 0 || delta.people != 0) list.push_back(std::move(delta));
  }
  return store::AddInvitationCounts(tx_, row.uid, list);
}

absl::Status InvitationBook::SaveExpiries() {
  std::vector<store::Expiry> begun;
  for (const Tracked& tracked : tracked_) {
    const Invitation& message = tracked.entry.message;
    if (!tracked.changed || EndsByItself(tracked.before) == EndsByItself(message)) continue;
    const store::Expiry expiry{.time = rules::EndOf(message, absl::UnixEpoch()),
                               .event = seats_.row().uid,
                               .uid = tracked.entry.uid};
    if (EndsByItself(message)) {
      begun.push_back(expiry);
    } else {
      COLLOQUY_RETURN_IF_ERROR(store::DeleteExpiry(tx_, expiry));
    }
  }
  return store::InsertExpiries(tx_, begun);
}

absl::Status InvitationBook::Save(feed::Feed& feed) {
  std::vector<store::InvitationRow> created;
  std::vector<feed::RecordRow> records;
  for (Tracked& tracked : tracked_) {
    if (!tracked.changed) continue;
    if (!IsNew(tracked)) {
      COLLOQUY_RETURN_IF_ERROR(store::UpdateInvitation(tx_, seats_.row().uid, tracked.entry));
    } else if (tracked.row.empty()) {
      created.push_back(store::RowOf(seats_.row().uid, tracked.entry));
    } else {
      created.push_back(std::move(tracked.row));
    }
    records.push_back(tracked.record.empty() ? RecordOf(tracked.before.state(),
                                                        tracked.entry.message, tracked.cause, now_)
                                             : std::move(tracked.record));
  }
  COLLOQUY_RETURN_IF_ERROR(store::InsertInvitations(tx_, created));
  COLLOQUY_RETURN_IF_ERROR(SaveCounts());
  COLLOQUY_RETURN_IF_ERROR(SaveExpiries());
  return feed.AppendRows(tx_, records);
}

}  // namespace colloquy::registrations
