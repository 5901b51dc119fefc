#include "services/registrations/housekeeping.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/request_ids.h"
#include "services/registrations/decide.h"
#include "services/registrations/invite.h"
#include "services/registrations/store/invitations.h"

namespace colloquy::registrations {
namespace {

constexpr int kChunk = 500;
constexpr int kEvents = 100;
// Of one kind of work before the others have their turn.
constexpr int kRounds = 100;
constexpr absl::Duration kIdle = absl::Seconds(5);

// Nobody waits for an answer. An error is the database being away: there is another round in a
// moment.
db::CallOptions Unhurried() { return {.deadline = absl::Now() + absl::Seconds(30)}; }

}  // namespace

Housekeeping::~Housekeeping() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void Housekeeping::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
}

bool Housekeeping::Stopping() {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

void Housekeeping::Work() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto wanted = [this]()
                              ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || woken_; };
      mutex_.AwaitWithTimeout(absl::Condition(&wanted), kIdle);
      if (stopping_) return;
      woken_ = false;
    }
    PurgeRequests();
    EndCancelled();
    ExpireDue();
    ExpireStartedEvents();
  }
}

void Housekeeping::EndCancelled() {
  std::vector<store::EventRow> ending;
  db_.Read(Unhurried(),
           [&](db::Transaction& tx) -> absl::Status {
             COLLOQUY_ASSIGN_OR_RETURN(ending, store::ListEnding(tx, kEvents));
             return absl::OkStatus();
           })
      .IgnoreError();
  for (const store::EventRow& event : ending) EndEvent(event.uid);
}

void Housekeeping::EndEvent(const store::Uid& event) {
  bool last = false;
  while (!last && !Stopping()) {
    const absl::Status status = db_.Write(Unhurried(), [&](db::Transaction& tx) -> absl::Status {
      COLLOQUY_ASSIGN_OR_RETURN(last, EndSome(tx, feed_, event, kChunk, absl::Now()));
      return absl::OkStatus();
    });
    if (!status.ok()) return;
  }
}

absl::StatusOr<EventRules::EventPtr> Housekeeping::EventOf(const store::EventRow& row) {
  const std::string name = absl::StrCat("organizers/", row.organizer, "/events/", row.event_id);
  const absl::Time now = absl::Now();
  absl::StatusOr<EventRules::EventPtr> event =
      rules_.Get(name, now - absl::Seconds(1), now + absl::Seconds(10));
  if (absl::IsNotFound(event.status())) return EventRules::EventPtr();
  // A deleted draft's name may be another event's by now.
  if (event.ok() && (*event)->uid() != row.uid.ToUuid()) return EventRules::EventPtr();
  return event;
}

void Housekeeping::ExpireDue() {
  bool more = true;
  for (int round = 0; more && round < kRounds && !Stopping(); ++round) {
    std::map<std::string, std::vector<store::Uid>> due;  // by the bytes of their event's uid
    std::map<std::string, store::EventRow> events;
    const absl::Time now = absl::Now();
    absl::Status status = db_.Read(Unhurried(), [&](db::Transaction& tx) -> absl::Status {
      due.clear();
      COLLOQUY_ASSIGN_OR_RETURN(const auto expiries, store::ListDueExpiries(tx, now, kChunk));
      more = expiries.size() == kChunk;
      for (const store::Expiry& expiry : expiries)
        due[std::string(expiry.event.bytes())].push_back(expiry.uid);
      for (const auto& [bytes, uids] : due) {
        COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::EventRow> row,
                                  store::FindEventByUid(tx, *store::Uid::FromBytes(bytes)));
        if (row.has_value()) events[bytes] = *row;
      }
      return absl::OkStatus();
    });
    for (const auto& [bytes, row] : events) {
      if (!status.ok()) break;
      const absl::StatusOr<EventRules::EventPtr> event = EventOf(row);
      status = event.status();
      if (!status.ok()) break;
      status = db_.Write(Unhurried(), [&, uids = &due[bytes], uid = row.uid](db::Transaction& tx) {
        return Expire(tx, feed_, uid, event->get(), *uids, now);
      });
    }
    if (!status.ok()) return;
  }
}

void Housekeeping::ExpireStartedEvents() {
  std::vector<store::EventRow> started;
  const absl::Time now = absl::Now();
  db_.Read(Unhurried(),
           [&](db::Transaction& tx) -> absl::Status {
             COLLOQUY_ASSIGN_OR_RETURN(started, store::ListStarted(tx, now, kEvents));
             return absl::OkStatus();
           })
      .IgnoreError();
  for (const store::EventRow& row : started) {
    const absl::StatusOr<EventRules::EventPtr> event = EventOf(row);
    if (!event.ok()) return;
    bool last = false;
    while (!last && !Stopping()) {
      const absl::Status status = db_.Write(Unhurried(), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(last,
                                  ExpireStarted(tx, feed_, row.uid, event->get(), kChunk, now));
        return absl::OkStatus();
      });
      if (!status.ok()) return;
    }
  }
}

void Housekeeping::PurgeRequests() {
  const absl::Time now = absl::Now();
  if (now < next_purge_) return;
  next_purge_ = now + absl::Minutes(1);
  db_.Write({.deadline = now + absl::Seconds(10)},
            [&](db::Transaction& tx) {
              return resource::RequestLog::Purge(tx, now - resource::kRequestIdLifetime, 5000)
                  .status();
            })
      .IgnoreError();
}

}  // namespace colloquy::registrations
