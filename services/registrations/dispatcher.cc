#include "services/registrations/dispatcher.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/errors/errors.h"
#include "services/registrations/rules/deliveries.h"

namespace colloquy::registrations {
namespace {

using events::v1::Event;
using mail::SendResult;

constexpr absl::Duration kIdle = absl::Seconds(1);
constexpr absl::Duration kLease = absl::Seconds(30);
constexpr absl::Duration kRenewal = absl::Seconds(5);
constexpr absl::Duration kDatabaseAway = absl::Milliseconds(500);
constexpr absl::Duration kPatience = absl::Seconds(10);
constexpr int kChunk = 500;
constexpr int kMailings = 100;

db::CallOptions Unhurried() { return {.deadline = absl::Now() + absl::Seconds(30)}; }

// Why nobody needs the mail any more; empty if the event takes place.
std::string NeedlessFor(const Event& event) {
  if (event.state() == Event::PUBLISHED || event.state() == Event::IN_PROGRESS) return "";
  return absl::StrCat("The event is ", Event::State_Name(event.state()), ".");
}

}  // namespace

Dispatcher::Dispatcher(db::Database& db, feed::Feed& feed, EventRules& rules,
                       const rules::Links& links, OrganizerNames& organizers,
                       DispatcherOptions options)
    : db_(db),
      feed_(feed),
      rules_(rules),
      links_(links),
      organizers_(organizers),
      options_(std::move(options)),
      uid_(resource::NewUid()),
      tokens_time_(absl::Now()) {}

Dispatcher::~Dispatcher() { Stop(); }

void Dispatcher::Start() {
  threads_.emplace_back([this] { Keep(); });
  threads_.emplace_back([this] { Rounds(); });
  for (int i = 0; i < options_.connections; ++i) threads_.emplace_back([this] { Send(); });
}

void Dispatcher::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  aborting_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Dispatcher::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = keeper_woken_ = true;
}

bool Dispatcher::Stopping() {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

// --- rounds ---

// How many letters the rate allows now; those that were not used add up to a quarter of a second.
int Dispatcher::Allowed(absl::Time now) {
  if (now < paused_until_) return 0;
  if (options_.rate <= 0) return options_.connections;
  const double most = std::max(1.0, options_.rate / 4);
  tokens_ = std::min(most, tokens_ + absl::ToDoubleSeconds(now - tokens_time_) * options_.rate);
  tokens_time_ = now;
  return static_cast<int>(tokens_);
}

void Dispatcher::WaitForRound(std::vector<DeliveryOutcome>& outcomes, int& wanted) {
  absl::MutexLock lock(&mutex_);
  const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !outcomes_.empty() || (stopping_ ? in_hand_.empty() : woken_ && idle_ > 0);
  };
  // Where more is due than the rate allows, its time comes sooner than news.
  const bool limited = options_.rate > 0 && more_due_;
  mutex_.AwaitWithTimeout(
      absl::Condition(&ready),
      limited ? std::clamp(absl::Seconds(1 / options_.rate), absl::Milliseconds(5), kIdle) : kIdle);
  woken_ = false;
  outcomes = std::exchange(outcomes_, {});
  Note(outcomes);
  idle_ += static_cast<int>(outcomes.size());
  wanted = stopping_ ? 0 : std::min(idle_, Allowed(absl::Now()));
}

// What the answers say of the relay itself.
void Dispatcher::Note(const std::vector<DeliveryOutcome>& outcomes) {
  const DeliveryOutcome* away = nullptr;
  bool there = false;
  for (const DeliveryOutcome& outcome : outcomes) {
    if (!outcome.needless.empty()) continue;
    if (outcome.result.kind == SendResult::kAway) {
      away = &outcome;
    } else {
      there = true;
    }
  }
  if (there && std::exchange(relay_failures_, 0) > 0 && options_.log != nullptr)
    options_.log->Info("mail goes out again");
  if (away != nullptr && !there) Pause(away->result.text);
}

void Dispatcher::Pause(absl::string_view reason) {
  const absl::Time now = absl::Now();
  if (now < paused_until_) return;  // others of the same failure
  const absl::Duration pause = rules::RelayPause(++relay_failures_);
  paused_until_ = now + pause;
  if (options_.log == nullptr) return;
  options_.log->Warn("mail waits", {{"reason", rules::KeptReason(reason)},
                                    {"failures", relay_failures_},
                                    {"seconds", absl::ToInt64Seconds(pause)}});
}

bool Dispatcher::Round(const std::vector<DeliveryOutcome>& outcomes, int wanted,
                       std::vector<DeliveryJob>& jobs) {
  std::vector<Uid> in_hand;
  {
    absl::MutexLock lock(&mutex_);
    in_hand.assign(in_hand_.begin(), in_hand_.end());
  }
  const absl::Status status = db_.Write(Unhurried(), [&](db::Transaction& tx) -> absl::Status {
    const absl::Time now = absl::Now();
    // A round whose end is not known may have claimed letters that nobody here has: never sent.
    if (unsure_) {
      COLLOQUY_RETURN_IF_ERROR(
          Unclaim(tx, feed_, uid_, in_hand, /*uncertain=*/false, kChunk, now).status());
    }
    COLLOQUY_ASSIGN_OR_RETURN(jobs, Exchange(tx, feed_, uid_, outcomes, wanted, now));
    // A claim is never without the row by which others find that its dispatcher is gone.
    return jobs.empty() ? absl::OkStatus() : store::RenewLease(tx, uid_, now + kLease);
  });
  unsure_ = !status.ok();
  return status.ok();
}

bool Dispatcher::AnyDue() {
  bool due = true;  // where the database is away, the round finds out
  db_.Read(Unhurried(),
           [&](db::Transaction& tx) -> absl::Status {
             COLLOQUY_ASSIGN_OR_RETURN(const std::optional<absl::Time> next, store::NextDue(tx));
             due = next.has_value() && *next <= absl::Now();
             return absl::OkStatus();
           })
      .IgnoreError();
  return due;
}

void Dispatcher::HandOut(const std::vector<DeliveryOutcome>& outcomes, int wanted,
                         std::vector<DeliveryJob> jobs) {
  absl::MutexLock lock(&mutex_);
  for (const DeliveryOutcome& outcome : outcomes) in_hand_.erase(outcome.delivery.uid);
  if (wanted > 0) more_due_ = static_cast<int>(jobs.size()) == wanted;
  woken_ = woken_ || (wanted > 0 && more_due_);
  idle_ -= static_cast<int>(jobs.size());
  if (options_.rate > 0) tokens_ -= static_cast<double>(jobs.size());
  for (DeliveryJob& job : jobs) {
    in_hand_.insert(job.delivery.uid);
    jobs_.push_back(std::move(job));
  }
}

bool Dispatcher::Finished() {
  absl::MutexLock lock(&mutex_);
  return stopping_ && in_hand_.empty();
}

void Dispatcher::Rounds() {
  std::vector<DeliveryOutcome> outcomes;
  bool lost = false;
  while (!lost && !Finished()) {
    int wanted = 0;
    WaitForRound(outcomes, wanted);
    if (outcomes.empty() && (wanted == 0 || !AnyDue())) continue;
    std::vector<DeliveryJob> jobs;
    // What became of letters is not forgotten while the database is away.
    while (!lost && !Round(outcomes, wanted, jobs)) {
      lost = Stopping();
      absl::SleepFor(kDatabaseAway);
    }
    if (!lost) HandOut(outcomes, wanted, std::move(jobs));
  }
  absl::MutexLock lock(&mutex_);
  jobs_.clear();
  rounds_done_ = true;
}

// --- connections ---

DeliveryOutcome Dispatcher::Deliver(DeliveryJob job, mail::Transport& transport) {
  DeliveryOutcome outcome{.delivery = std::move(job.delivery)};
  const store::DeliveryRow& row = outcome.delivery;
  const absl::Time now = absl::Now();
  const absl::Time deadline = now + kPatience;
  const absl::StatusOr<EventRules::EventPtr> event =
      rules_.Get(absl::StrCat("organizers/", row.organizer, "/events/", row.event_id),
                 now - options_.event_age, deadline);
  if (absl::IsNotFound(event.status())) {
    outcome.needless = "The event does not exist any more.";
    return outcome;
  }
  const absl::StatusOr<std::string> organizer = organizers_.Get(row.organizer, deadline);
  if (!event.ok() || !organizer.ok()) {
    outcome.result = {.kind = SendResult::kAway, .text = "The event could not be read."};
    return outcome;
  }
  outcome.needless = NeedlessFor(**event);
  if (!outcome.needless.empty()) return outcome;
  const std::string base = options_.web_url();
  const rules::LinkTarget target{row.event_uid, row.invitation_uid};
  const std::string delivery = row.uid.ToId('d');
  const mail::Letter letter =
      mail::Compose({.event = event->get(),
                     .invitation = &job.invitation,
                     .organizer = *organizer,
                     .sender = options_.sender,
                     .delivery = delivery,
                     .message_id = row.message_id,
                     .answer_url = links_.Url(base, rules::LinkPurpose::kInvitation, target),
                     .unsubscribe_url = links_.Url(base, rules::LinkPurpose::kUnsubscribe, target),
                     .now = now});
  outcome.result = transport.Send(delivery, letter);
  return outcome;
}

void Dispatcher::Send() {
  const std::unique_ptr<mail::Transport> transport =
      options_.transport([this] { return aborting_.load(); });
  {
    absl::MutexLock lock(&mutex_);
    ++idle_;
  }
  while (true) {
    std::optional<DeliveryJob> job;
    {
      absl::MutexLock lock(&mutex_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return rounds_done_ || !jobs_.empty();
      };
      mutex_.Await(absl::Condition(&ready));
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    DeliveryOutcome outcome = Deliver(*std::move(job), *transport);
    absl::MutexLock lock(&mutex_);
    outcomes_.push_back(std::move(outcome));
  }
}

// --- the keeper ---

void Dispatcher::RenewLease() {
  db_.Write(Unhurried(),
            [&](db::Transaction& tx) { return store::RenewLease(tx, uid_, absl::Now() + kLease); })
      .IgnoreError();
}

void Dispatcher::TakeOverLost(absl::Time now) {
  // SQLite's folder is locked by this process, so every other dispatcher in it is of the past.
  const bool alone = db_.engine() == db::Engine::kSqlite;
  std::vector<Uid> lost;
  db_.Read(Unhurried(),
           [&](db::Transaction& tx) -> absl::Status {
             COLLOQUY_ASSIGN_OR_RETURN(lost,
                                       store::ListLost(tx, alone ? absl::InfiniteFuture() : now));
             return absl::OkStatus();
           })
      .IgnoreError();
  for (const Uid& dispatcher : lost) {
    if (dispatcher == uid_) continue;
    int count = kChunk;
    while (count == kChunk && !Stopping()) {
      const absl::Status status = db_.Write(Unhurried(), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(
            count, Unclaim(tx, feed_, dispatcher, {}, /*uncertain=*/true, kChunk, absl::Now()));
        return count < kChunk ? store::DeleteDispatcher(tx, dispatcher) : absl::OkStatus();
      });
      if (!status.ok()) return;
    }
  }
}

bool Dispatcher::AdvanceMailings() {
  std::vector<Uid> mailings;
  db_.Read(Unhurried(),
           [&](db::Transaction& tx) -> absl::Status {
             COLLOQUY_ASSIGN_OR_RETURN(mailings, store::ListMailingsWithWork(tx, kMailings));
             return absl::OkStatus();
           })
      .IgnoreError();
  for (const Uid& uid : mailings) {
    if (Stopping()) return false;
    const absl::Status status = db_.Write(Unhurried(), [&](db::Transaction& tx) {
      return AdvanceMailing(tx, feed_, uid, options_.sender, kChunk, absl::Now()).status();
    });
    if (!status.ok()) return false;
    absl::MutexLock lock(&mutex_);
    woken_ = true;
  }
  return !mailings.empty();
}

void Dispatcher::Keep() {
  absl::Time next_renewal = absl::InfinitePast();
  while (true) {
    const absl::Time now = absl::Now();
    if (now >= next_renewal) {
      RenewLease();
      TakeOverLost(now);
      next_renewal = now + kRenewal;
      Wake();
    }
    const bool more = AdvanceMailings();
    absl::MutexLock lock(&mutex_);
    const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return stopping_ || keeper_woken_;
    };
    mutex_.AwaitWithTimeout(absl::Condition(&ready), more ? absl::ZeroDuration() : kIdle);
    if (stopping_) return;
    keeper_woken_ = false;
  }
}

}  // namespace colloquy::registrations
