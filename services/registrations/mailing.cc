#include "services/registrations/mailing.h"

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/registrations/delivery_book.h"
#include "services/registrations/event_ids.h"
#include "services/registrations/invitation_book.h"
#include "services/registrations/mail/invitation_mail.h"
#include "services/registrations/rules/deliveries.h"
#include "services/registrations/store/suppressions.h"

namespace colloquy::registrations {
namespace {

using changes::v1::Change;
using rules::InvitationAction;
using store::DeliveryRow;
using store::MailingRow;
using v1::Delivery;
using v1::Invitation;
using v1::Mailing;

constexpr char kSuppressed[] = "The address gets no mail from this organizer.";
constexpr char kCancelled[] = "The mailing was cancelled.";

double Chance() {
  thread_local std::mt19937_64 generator(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

DeliveryRow NewDelivery(const MailingRow& mailing, const store::InvitationEntry& entry,
                        const std::string& sender, absl::Time now) {
  DeliveryRow row{.uid = resource::NewUid(),
                  .mailing_uid = mailing.uid,
                  .organizer = mailing.organizer,
                  .event_uid = mailing.event_uid,
                  .event_id = mailing.event_id,
                  .invitation_uid = entry.uid,
                  .due_time = now,
                  .create_time = now,
                  .update_time = now,
                  .email_key = entry.email_key,
                  .email = entry.message.guest().email()};
  row.message_id = mail::MessageId(row.uid.ToId('d'), sender);
  return row;
}

absl::StatusOr<bool> Expand(db::Transaction& tx, feed::Feed& feed, DeliveryBook& book,
                            MailingRow& mailing, const std::string& sender, int limit,
                            absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(mailing.filter, store::InvitationFilters()));
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook seats, SeatBook::Open(tx, mailing.event_uid, mailing.organizer,
                                                           mailing.event_id, now));
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::InvitationEntry> entries,
                            store::LoadUnsent(tx, mailing.event_uid, filter, mailing.resume_after,
                                              mailing.create_time, limit));
  std::vector<std::string> keys;
  for (const auto& entry : entries) keys.push_back(entry.email_key);
  COLLOQUY_ASSIGN_OR_RETURN(const auto suppressed,
                            store::SuppressedAddresses(tx, mailing.organizer, keys));
  InvitationBook invitations(tx, seats, now);
  for (store::InvitationEntry& entry : entries) {
    mailing.resume_after = entry.uid;
    // Over, though nobody has written that yet.
    if (now >= rules::EndOf(entry.message, seats.row().start_time)) continue;
    DeliveryRow row = NewDelivery(mailing, entry, sender, now);
    if (suppressed.contains(entry.email_key)) {
      row.state = Delivery::SUPPRESSED;
      row.due_time = std::nullopt;
      row.reason = kSuppressed;
    } else {
      COLLOQUY_RETURN_IF_ERROR(invitations
                                   .Apply(invitations.Track(std::move(entry)),
                                          InvitationAction::kQueue,
                                          {mailing.actor, "SendInvitations"})
                                   .status());
    }
    book.Add(std::move(row));
  }
  const bool last = entries.size() < static_cast<size_t>(limit);
  mailing.expanded = last;
  mailing.work = !last;
  COLLOQUY_RETURN_IF_ERROR(invitations.Save(feed));
  COLLOQUY_RETURN_IF_ERROR(seats.Save(feed));
  return last;
}

absl::StatusOr<bool> TakeBack(db::Transaction& tx, DeliveryBook& book, MailingRow& mailing,
                              int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<DeliveryRow> waiting,
                            store::ListWaiting(tx, mailing.uid, limit));
  mailing.work = waiting.size() == static_cast<size_t>(limit);
  for (DeliveryRow& row : waiting) {
    row.reason = kCancelled;
    book.Move(std::move(row), Delivery::SUPPRESSED);
  }
  return !mailing.work;
}

// Records one attempt.
void Record(DeliveryRow row, const DeliveryOutcome& outcome, DeliveryBook& book, absl::Time now) {
  using mail::SendResult;
  const SendResult& result = outcome.result;
  if (!outcome.needless.empty()) {
    row.reason = outcome.needless;
    row.attempts -= 1;  // no relay was asked
    book.Move(std::move(row), Delivery::SUPPRESSED);
    return;
  }
  row.reason = rules::KeptReason(result.text);
  row.smtp_code = result.code;
  if (result.kind == SendResult::kTaken) return book.Move(std::move(row), Delivery::SENT);
  if (result.kind == SendResult::kRefused) return book.Move(std::move(row), Delivery::FAILED);
  row.uncertain = row.uncertain || result.kind == SendResult::kUnknown;
  const std::optional<absl::Duration> delay =
      rules::NextAttempt(row.attempts, now - row.create_time, Chance());
  if (!delay.has_value()) return book.Move(std::move(row), Delivery::FAILED);
  row.due_time = now + *delay;
  if (result.kind == SendResult::kAway) {
    row.attempts -= 1;
    row.due_time = now;  // the dispatcher waits for the relay, and then it is the next
  }
  book.Move(std::move(row), Delivery::RETRY);
}

absl::Status RecordAll(db::Transaction& tx, const Uid& dispatcher,
                       absl::Span<const DeliveryOutcome> outcomes, DeliveryBook& book,
                       absl::Time now) {
  absl::flat_hash_map<Uid, const DeliveryOutcome*> by_uid;
  std::vector<Uid> uids;
  for (const DeliveryOutcome& outcome : outcomes) {
    by_uid[outcome.delivery.uid] = &outcome;
    uids.push_back(outcome.delivery.uid);
  }
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<DeliveryRow> rows, store::LoadDeliveries(tx, uids));
  for (DeliveryRow& row : rows) {
    const DeliveryOutcome& outcome = *by_uid[row.uid];
    if (row.state == Delivery::CLAIMED && row.worker == dispatcher)
      Record(std::move(row), outcome, book, now);
  }
  return absl::OkStatus();
}

// Why one that is due is not to be sent; empty if it is.
std::string Needless(const MailingRow* mailing, const Invitation* invitation, bool suppressed,
                     absl::Time now) {
  if (mailing == nullptr || mailing->state == Mailing::CANCELLED) return kCancelled;
  if (suppressed) return kSuppressed;
  if (invitation == nullptr) return "The invitation does not exist any more.";
  Invitation shown = *invitation;
  rules::ShowExpiry(absl::UnixEpoch(), now, shown);
  if (shown.state() == Invitation::QUEUED) return "";
  return absl::StrCat("The invitation is ", Invitation::State_Name(shown.state()), ".");
}

absl::StatusOr<absl::flat_hash_map<Uid, Invitation>> InvitationsOf(
    db::Transaction& tx, absl::Span<const DeliveryRow> rows) {
  std::map<std::string, std::vector<Uid>> by_event;
  for (const DeliveryRow& row : rows)
    by_event[std::string(row.event_uid.bytes())].push_back(row.invitation_uid);
  absl::flat_hash_map<Uid, Invitation> invitations;
  for (const auto& [bytes, uids] : by_event) {
    COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::InvitationEntry> entries,
                              store::LoadInvitations(tx, *Uid::FromBytes(bytes), uids));
    for (store::InvitationEntry& entry : entries) invitations[entry.uid] = std::move(entry.message);
  }
  return invitations;
}

// "organizer address" of those that are suppressed.
absl::StatusOr<absl::flat_hash_set<std::string>> SuppressedOf(db::Transaction& tx,
                                                              absl::Span<const DeliveryRow> rows) {
  std::map<std::string, std::vector<std::string>> by_organizer;
  for (const DeliveryRow& row : rows) by_organizer[row.organizer].push_back(row.email_key);
  absl::flat_hash_set<std::string> all;
  for (const auto& [organizer, keys] : by_organizer) {
    COLLOQUY_ASSIGN_OR_RETURN(const auto some, store::SuppressedAddresses(tx, organizer, keys));
    for (const std::string& key : some) all.insert(absl::StrCat(organizer, " ", key));
  }
  return all;
}

absl::StatusOr<std::vector<DeliveryJob>> ClaimDue(db::Transaction& tx, const Uid& dispatcher,
                                                  int wanted, DeliveryBook& book, absl::Time now) {
  std::vector<DeliveryJob> jobs;
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<DeliveryRow> due, store::ListDue(tx, now, wanted));
  COLLOQUY_ASSIGN_OR_RETURN(auto invitations, InvitationsOf(tx, due));
  COLLOQUY_ASSIGN_OR_RETURN(const auto suppressed, SuppressedOf(tx, due));
  for (DeliveryRow& row : due) {
    COLLOQUY_ASSIGN_OR_RETURN(const MailingRow* mailing, book.Mailing(row.mailing_uid));
    const auto found = invitations.find(row.invitation_uid);
    std::string needless =
        Needless(mailing, found == invitations.end() ? nullptr : &found->second,
                 suppressed.contains(absl::StrCat(row.organizer, " ", row.email_key)), now);
    if (!needless.empty()) {
      row.reason = std::move(needless);
      book.Move(std::move(row), Delivery::SUPPRESSED);
      continue;
    }
    row.worker = dispatcher;
    row.attempts += 1;
    book.Move(row, Delivery::CLAIMED);
    jobs.push_back({std::move(row), found->second});
  }
  return jobs;
}

}  // namespace

absl::StatusOr<MailingRow> StartMailing(db::Transaction& tx, feed::Feed& feed,
                                        const events::v1::Event& event, const std::string& filter,
                                        const Cause& cause, absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(event));
  MailingRow row{.uid = resource::NewUid(),
                 .organizer = std::string(ids.organizer),
                 .event_uid = ids.uid,
                 .event_id = std::string(ids.id),
                 .create_time = now,
                 .actor = cause.actor,
                 .filter = filter};
  COLLOQUY_RETURN_IF_ERROR(store::InsertMailing(tx, row));
  COLLOQUY_RETURN_IF_ERROR(
      feed.Append(tx, feed::MakeRecord(Change::CREATED, store::ToMailing(row), cause.actor,
                                       cause.text, now, "", "SENDING")));
  return row;
}

absl::StatusOr<bool> AdvanceMailing(db::Transaction& tx, feed::Feed& feed, const Uid& uid,
                                    const std::string& sender, int limit, absl::Time now) {
  DeliveryBook book(tx, now);
  COLLOQUY_ASSIGN_OR_RETURN(MailingRow* const mailing, book.Mailing(uid));
  if (mailing == nullptr || !mailing->work) return true;
  absl::StatusOr<bool> done = mailing->state == Mailing::CANCELLED
                                  ? TakeBack(tx, book, *mailing, limit)
                                  : Expand(tx, feed, book, *mailing, sender, limit, now);
  COLLOQUY_RETURN_IF_ERROR(done.status());
  COLLOQUY_RETURN_IF_ERROR(store::UpdateMailing(tx, *mailing));
  COLLOQUY_RETURN_IF_ERROR(book.Save(feed));
  return done;
}

absl::StatusOr<MailingRow> CancelMailing(db::Transaction& tx, feed::Feed& feed, const Uid& uid,
                                         const Cause& cause, absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<MailingRow> row,
                            store::FindMailing(tx, uid, tx.for_update()));
  if (!row.has_value()) return absl::NotFoundError("no such mailing");
  if (row->state != Mailing::SENDING) return *row;
  row->state = Mailing::CANCELLED;
  row->work = true;
  row->end_time = now;
  COLLOQUY_RETURN_IF_ERROR(store::UpdateMailing(tx, *row));
  COLLOQUY_RETURN_IF_ERROR(
      feed.Append(tx, feed::MakeRecord(Change::STATE_CHANGED, store::ToMailing(*row), cause.actor,
                                       cause.text, now, "SENDING", "CANCELLED")));
  return *row;
}

absl::StatusOr<int64_t> RetryFailed(db::Transaction& tx, feed::Feed& feed, const Uid& mailing_uid,
                                    const resource::SqlFragment& filter, const Cause& cause,
                                    Uid& after, int limit, bool write, absl::Time now) {
  DeliveryBook book(tx, now);
  COLLOQUY_ASSIGN_OR_RETURN(MailingRow* const mailing, book.Mailing(mailing_uid));
  if (mailing == nullptr) return absl::NotFoundError("no such mailing");
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook seats, SeatBook::Open(tx, mailing->event_uid, "", "", now));
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<DeliveryRow> rows,
                            store::ListFailed(tx, mailing_uid, filter, after, limit));
  after = rows.size() < static_cast<size_t>(limit) ? Uid() : rows.back().uid;
  InvitationBook invitations(tx, seats, now);
  std::vector<Uid> uids;
  for (const DeliveryRow& row : rows) uids.push_back(row.invitation_uid);
  COLLOQUY_RETURN_IF_ERROR(invitations.Load(uids).status());
  int64_t count = 0;
  for (DeliveryRow& row : rows) {
    InvitationBook::Tracked* tracked = invitations.Find(row.invitation_uid);
    // Answered, revoked, or another mailing's by now.
    if (tracked == nullptr || tracked->entry.message.state() != Invitation::CREATED) continue;
    COLLOQUY_RETURN_IF_ERROR(invitations.Apply(*tracked, InvitationAction::kQueue, cause).status());
    ++count;
    row.due_time = now;
    book.Move(std::move(row), Delivery::QUEUED);
  }
  if (!write || count == 0) return count;
  if (mailing->state == Mailing::DONE) {
    mailing->state = Mailing::SENDING;
    mailing->end_time = std::nullopt;
    COLLOQUY_RETURN_IF_ERROR(store::UpdateMailing(tx, *mailing));
    COLLOQUY_RETURN_IF_ERROR(
        feed.Append(tx, feed::MakeRecord(Change::STATE_CHANGED, store::ToMailing(*mailing),
                                         cause.actor, cause.text, now, "DONE", "SENDING")));
  }
  COLLOQUY_RETURN_IF_ERROR(invitations.Save(feed));
  COLLOQUY_RETURN_IF_ERROR(seats.Save(feed));
  COLLOQUY_RETURN_IF_ERROR(book.Save(feed));
  return count;
}

absl::StatusOr<std::vector<DeliveryJob>> Exchange(db::Transaction& tx, feed::Feed& feed,
                                                  const Uid& dispatcher,
                                                  absl::Span<const DeliveryOutcome> outcomes,
                                                  int wanted, absl::Time now) {
  DeliveryBook book(tx, now);
  COLLOQUY_RETURN_IF_ERROR(RecordAll(tx, dispatcher, outcomes, book, now));
  std::vector<DeliveryJob> jobs;
  if (wanted > 0) {
    COLLOQUY_ASSIGN_OR_RETURN(jobs, ClaimDue(tx, dispatcher, wanted, book, now));
  }
  COLLOQUY_RETURN_IF_ERROR(book.Save(feed));
  return jobs;
}

absl::StatusOr<int> Unclaim(db::Transaction& tx, feed::Feed& feed, const Uid& dispatcher,
                            absl::Span<const Uid> but, bool uncertain, int limit, absl::Time now) {
  DeliveryBook book(tx, now);
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<DeliveryRow> rows,
                            store::ListClaimed(tx, dispatcher, limit));
  int count = 0;
  for (DeliveryRow& row : rows) {
    if (std::find(but.begin(), but.end(), row.uid) != but.end()) continue;
    row.uncertain = row.uncertain || uncertain;
    row.due_time = now;
    ++count;
    book.Move(std::move(row), Delivery::QUEUED);
  }
  COLLOQUY_RETURN_IF_ERROR(book.Save(feed));
  return count;
}

}  // namespace colloquy::registrations
