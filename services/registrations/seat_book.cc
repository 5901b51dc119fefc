#include "services/registrations/seat_book.h"

#include <algorithm>
#include <tuple>

#include "google/protobuf/util/time_util.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/registrations/rules/states.h"

namespace colloquy::registrations {
namespace {

using changes::v1::Change;
using v1::Registration;

constexpr int kQueuePage = 500;

google::protobuf::Timestamp ToProto(absl::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

bool Before(const store::WaitingRow& a, const store::WaitingRow& b) {
  return std::tie(a.rank, a.uid) < std::tie(b.rank, b.uid);
}

// What the feed tells: the registration without the person, whose data must stay erasable.
Registration Public(const Registration& message) {
  Registration copy = message;
  copy.clear_attendee();
  copy.clear_answers();
  copy.clear_check_in_code();
  copy.clear_external_reference();
  return copy;
}

std::string StateName(rules::State state) {
  return state == Registration::STATE_UNSPECIFIED ? "" : Registration::State_Name(state);
}

}  // namespace

absl::StatusOr<SeatBook> SeatBook::Open(db::Transaction& tx, const Uid& event,
                                        absl::string_view organizer, absl::string_view event_id,
                                        absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(store::EventRow row, store::LockEvent(tx, event, organizer, event_id));
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<rules::Pool> pools, store::LoadPools(tx, event));
  SeatBook book(tx, row, rules::Seats(std::move(pools)), now);
  book.loaded_row_ = std::move(row);
  return book;
}

void SeatBook::Sync(const events::v1::Event& event) {
  if (event.revision() >= row_.applied_revision) {
    row_.start_time = absl::FromUnixMicros(
        google::protobuf::util::TimeUtil::TimestampToMicroseconds(event.start_time()));
  }
  const bool promised = row_.limit_revision > 0 && now_ < row_.limit_until;
  if (promised && event.revision() < row_.limit_revision) return;
  // A promise that came to nothing: the sizes of the event as it is count again.
  const bool lapsed = row_.limit_revision > 0 && event.revision() >= row_.applied_revision;
  if (event.revision() <= row_.applied_revision && !lapsed) return;
  seats_.Resize(event);
  row_.applied_revision = event.revision();
  row_.limit_revision = 0;
}

SeatBook::Tracked& SeatBook::Add(store::Entry entry, rules::State state, Cause cause, bool forced) {
  Tracked& tracked = tracked_.emplace_back();
  tracked.entry = std::move(entry);
  tracked.cause = std::move(cause);
  Registration& message = tracked.entry.message;
  tracked.pools = seats_.PoolsFor(message.category(), message.attendance_mode());
  *message.mutable_create_time() = ToProto(now_);
  SetTimes(message, state);
  seats_.Move(tracked.pools, message.party_size(), Registration::STATE_UNSPECIFIED, state, forced);
  by_uid_[tracked.entry.uid] = &tracked;
  return tracked;
}

SeatBook::Tracked& SeatBook::Track(store::Entry entry) {
  if (Tracked* known = Find(entry.uid)) return *known;
  Tracked& tracked = tracked_.emplace_back();
  tracked.entry = std::move(entry);
  const Registration& message = tracked.entry.message;
  tracked.before = message.state();
  tracked.pools = seats_.PoolsFor(message.category(), message.attendance_mode());
  by_uid_[tracked.entry.uid] = &tracked;
  return tracked;
}

SeatBook::Tracked* SeatBook::Find(const Uid& uid) {
  const auto it = by_uid_.find(uid);
  return it == by_uid_.end() ? nullptr : it->second;
}

void SeatBook::Change(Tracked& tracked, rules::State to, Cause cause) {
  Registration& message = tracked.entry.message;
  seats_.Move(tracked.pools, message.party_size(), message.state(), to);
  tracked.cause = std::move(cause);
  SetTimes(message, to);
}

void SeatBook::Edit(Tracked& tracked, Cause cause) {
  tracked.edited = true;
  tracked.cause = std::move(cause);
  Touch(tracked.entry.message);
}

void SeatBook::Touch(Registration& message) const {
  *message.mutable_update_time() = ToProto(now_);
  message.set_revision(message.revision() + 1);
  message.set_etag(resource::MakeEtag(*Uid::FromUuid(message.uid()), message.revision()));
}

void SeatBook::SetTimes(Registration& message, rules::State to) const {
  message.set_state(to);
  Touch(message);
  if (to == Registration::CONFIRMED) {
    *message.mutable_confirm_time() = ToProto(now_);
    message.set_check_in_code(resource::NewCode());
  } else {
    message.clear_check_in_code();
  }
  if (to == Registration::CANCELLED || to == Registration::REJECTED)
    *message.mutable_end_time() = ToProto(now_);
}

void SeatBook::ReturnTo(Mark mark) {
  seats_ = std::move(mark.seats);
  while (tracked_.size() > mark.tracked) {
    by_uid_.erase(tracked_.back().entry.uid);
    tracked_.pop_back();
  }
}

std::vector<SeatBook::Candidate> SeatBook::NewlyWaiting() {
  std::vector<Candidate> waiting;
  for (Tracked& tracked : tracked_) {
    const Registration& message = tracked.entry.message;
    if (tracked.before == Registration::WAITLISTED || message.state() != Registration::WAITLISTED)
      continue;
    waiting.push_back({.row = {.uid = tracked.entry.uid,
                               .rank = tracked.rank(),
                               .people = message.party_size(),
                               .category = message.category(),
                               .mode = message.attendance_mode()},
                       .tracked = &tracked});
  }
  std::sort(waiting.begin(), waiting.end(),
            [](const Candidate& a, const Candidate& b) { return Before(a.row, b.row); });
  return waiting;
}

absl::StatusOr<std::vector<Uid>> SeatBook::ChoosePromotions(const events::v1::Event& event) {
  std::vector<Candidate> fresh = NewlyWaiting();
  auto next_fresh = fresh.begin();
  std::vector<Uid> chosen;
  rules::Promotion promotion(seats_, event.registration().waiting_list().order());
  const auto offer = [&](const store::WaitingRow& row) {
    const rules::Waiter waiter{.people = row.people,
                               .pools = seats_.PoolsFor(row.category, row.mode)};
    if (!promotion.Offer(waiter)) return;
    const rules::State to = rules::NeedsApproval(event, row.category)
                                ? Registration::PENDING_APPROVAL
                                : Registration::CONFIRMED;
    seats_.Move(waiter.pools, row.people, Registration::WAITLISTED, to);
    chosen.push_back(row.uid);
  };

  store::WaitingRow last;
  bool more = row_.waiting_count > 0;
  for (const store::WaitingRow* after = nullptr; more && !promotion.Exhausted(); after = &last) {
    COLLOQUY_ASSIGN_OR_RETURN(const std::vector<store::WaitingRow> page,
                              store::LoadWaiting(*tx_, row_.uid, after, kQueuePage));
    more = page.size() == kQueuePage;
    if (!page.empty()) last = page.back();
    for (const store::WaitingRow& row : page) {
      // One that left the queue in this transaction is still in its table.
      if (const Tracked* tracked = Find(row.uid);
          tracked != nullptr && tracked->entry.message.state() != Registration::WAITLISTED)
        continue;
      for (; next_fresh != fresh.end() && Before(next_fresh->row, row); ++next_fresh)
        offer(next_fresh->row);
      if (promotion.Exhausted()) break;
      offer(row);
    }
  }
  for (; next_fresh != fresh.end() && !promotion.Exhausted(); ++next_fresh) offer(next_fresh->row);
  return chosen;
}

absl::Status SeatBook::Promote(const events::v1::Event& event) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<Uid> chosen, ChoosePromotions(event));
  std::vector<Uid> stored;
  for (const Uid& uid : chosen) {
    if (Find(uid) == nullptr) stored.push_back(uid);
  }
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::Entry> entries, store::Load(*tx_, row_.uid, stored));
  for (store::Entry& entry : entries) Track(std::move(entry));
  for (const Uid& uid : chosen) {
    Tracked* tracked = Find(uid);
    if (tracked == nullptr) continue;
    const rules::State to = rules::NeedsApproval(event, tracked->entry.message.category())
                                ? Registration::PENDING_APPROVAL
                                : Registration::CONFIRMED;
    // The seats were moved when it was chosen. A new one keeps the cause of its creation.
    if (tracked->before != Registration::STATE_UNSPECIFIED) tracked->cause.text = "promotion";
    if (tracked->cause.actor.empty()) tracked->cause.actor = "services/registrations";
    SetTimes(tracked->entry.message, to);
  }
  return absl::OkStatus();
}

absl::Status SeatBook::SaveQueue() {
  std::vector<store::WaitingRow> joined;
  for (Candidate& candidate : NewlyWaiting()) joined.push_back(std::move(candidate.row));
  COLLOQUY_RETURN_IF_ERROR(store::InsertWaiting(*tx_, row_.uid, joined));
  row_.waiting_count += static_cast<int64_t>(joined.size());
  for (const Tracked& tracked : tracked_) {
    if (tracked.before != Registration::WAITLISTED ||
        tracked.entry.message.state() == Registration::WAITLISTED)
      continue;
    COLLOQUY_RETURN_IF_ERROR(
        store::DeleteWaiting(*tx_, row_.uid, tracked.rank(), tracked.entry.uid));
    --row_.waiting_count;
  }
  return absl::OkStatus();
}

absl::Status SeatBook::Save(feed::Feed& feed) {
  std::vector<const store::Entry*> created;
  std::vector<feed::Record> records;
  for (const Tracked& tracked : tracked_) {
    const Registration& message = tracked.entry.message;
    const bool is_new = tracked.before == Registration::STATE_UNSPECIFIED;
    const bool moved = tracked.before != message.state();
    if (!moved && !tracked.edited) continue;
    if (is_new) {
      created.push_back(&tracked.entry);
    } else {
      COLLOQUY_RETURN_IF_ERROR(store::Update(*tx_, row_.uid, tracked.entry));
    }
    feed::Record& record = records.emplace_back(
        feed::MakeRecord(is_new  ? Change::CREATED
                         : moved ? Change::STATE_CHANGED
                                 : Change::UPDATED,
                         Public(message), tracked.cause.actor, tracked.cause.text, now_,
                         StateName(tracked.before), StateName(message.state())));
    record.partner = message.partner().substr(message.partner().rfind('/') + 1);
  }
  COLLOQUY_RETURN_IF_ERROR(store::Insert(*tx_, row_.uid, created));
  COLLOQUY_RETURN_IF_ERROR(SaveQueue());
  COLLOQUY_RETURN_IF_ERROR(store::SavePools(*tx_, row_.uid, seats_.pools()));
  if (row_ != loaded_row_) COLLOQUY_RETURN_IF_ERROR(store::UpdateEvent(*tx_, row_));
  return feed.Append(*tx_, records);
}

}  // namespace colloquy::registrations
