#include "services/common/feed/hub.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "services/common/errors/errors.h"

namespace colloquy::feed {
namespace {

using errors::ErrorReason;

constexpr absl::Duration kEager = absl::Milliseconds(4);
constexpr absl::Duration kLateIdle = absl::Seconds(1);
constexpr absl::Duration kLateEager = absl::Milliseconds(10);
constexpr absl::Duration kReadTimeout = absl::Seconds(10);
constexpr absl::Duration kPurgeEvery = absl::Minutes(10);
constexpr int kPurgeBatch = 1000;
constexpr int kMaxCheckpointSeconds = 3600;

absl::Status Stopping() {
  return errors::Retryable(absl::StatusCode::kUnavailable, ErrorReason::SERVER_STOPPING,
                           "The server is stopping; connect again.", absl::Seconds(1));
}

absl::Status TooOld(int64_t purged_through) {
  return errors::Make(absl::StatusCode::kOutOfRange, ErrorReason::CURSOR_TOO_OLD,
                      "The cursor is older than the oldest change kept. Read the resources "
                      "themselves, then start from now.",
                      {{"oldest", absl::StrCat(purged_through)}});
}

absl::Status Ahead(int64_t newest) {
  return errors::Make(
      absl::StatusCode::kOutOfRange, ErrorReason::CURSOR_AHEAD,
      "The cursor is newer than the newest change: it belongs to another service or "
      "installation, or the database was put back. Read the resources themselves, "
      "then start from now.",
      {{"newest", absl::StrCat(newest)}});
}

absl::Status Validate(const StreamChangesRequest& request) {
  std::vector<errors::FieldViolation> violations;
  if (request.cursor() < 0) violations.push_back({"cursor", "must not be negative"});
  if (request.from_now() && request.cursor() != 0) {
    violations.push_back({"cursor", "must be 0 with from_now"});
  }
  if (request.checkpoint_seconds() < 0 || request.checkpoint_seconds() > kMaxCheckpointSeconds) {
    violations.push_back({"checkpoint_seconds", "must be 0 to 3600"});
  }
  return errors::InvalidFields(violations);
}

}  // namespace

Hub::Hub(db::Database& db, Options options)
    : db_(db),
      options_(std::move(options)),
      tail_pulse_(options_.poll, kEager),
      late_pulse_(kLateIdle, kLateEager) {}

Hub::~Hub() { Stop(); }

void Hub::Start() {
  {
    absl::MutexLock lock(&mu_);
    running_ = true;
  }
  tail_ = std::thread([this] { TailLoop(); });
  late_ = std::thread([this] { CatchUpLoop(); });
}

void Hub::Stop() {
  {
    absl::MutexLock lock(&mu_);
    running_ = false;
  }
  tail_pulse_.Stop();
  late_pulse_.Stop();
  if (tail_.joinable()) tail_.join();
  if (late_.joinable()) late_.join();
  absl::MutexLock lock(&mu_);
  for (Streams* streams : {&live_, &behind_, &to_live_, &to_behind_}) {
    for (const StreamPtr& stream : *streams) stream->writer->Finish(Stopping());
    streams->clear();
  }
  streams_ = 0;
}

size_t Hub::streams() const {
  absl::MutexLock lock(&mu_);
  return streams_;
}

absl::Status Hub::Add(std::shared_ptr<const rpc::CallContext> call,
                      const StreamChangesRequest& request,
                      std::shared_ptr<StreamChangesWriter> writer) {
  COLLOQUY_RETURN_IF_ERROR(Validate(request));
  COLLOQUY_ASSIGN_OR_RETURN(std::string organizer, OrganizerOfParent(request.parent()));
  Bounds bounds;
  const absl::Time deadline = std::min(call->deadline(), absl::Now() + kReadTimeout);
  COLLOQUY_RETURN_IF_ERROR(
      db_.Read({.deadline = deadline, .one_query = true}, [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(bounds, ReadBounds(tx));
        return absl::OkStatus();
      }));
  if (request.cursor() > 0 && request.cursor() < bounds.purged_through) {
    return TooOld(bounds.purged_through);
  }
  if (request.cursor() > bounds.newest) return Ahead(bounds.newest);

  auto stream = std::make_unique<Stream>();
  stream->call = std::move(call);
  stream->writer = std::move(writer);
  stream->organizer = std::move(organizer);
  stream->prefix = request.resource_prefix();
  stream->types.insert(request.resource_types().begin(), request.resource_types().end());
  stream->checkpoint_every = absl::Seconds(request.checkpoint_seconds());
  stream->cursor = request.from_now() ? bounds.newest : request.cursor();
  stream->last_sent = stream->moving_since = absl::Now();

  {
    absl::MutexLock lock(&mu_);
    if (!running_) return Stopping();
    if (streams_ >= options_.max_streams) {
      return errors::Retryable(absl::StatusCode::kResourceExhausted, ErrorReason::OVERLOADED,
                               "Too many streams on this server.", absl::Seconds(5));
    }
    ++streams_;
    to_behind_.push_back(std::move(stream));
  }
  tail_pulse_.Expect();  // there is someone to read for now
  late_pulse_.Expect();
  return absl::OkStatus();
}

// ---- What both threads do with a stream ----

bool Hub::Matches(const Stream& stream, const Entry& entry) {
  if (!stream.organizer.empty() && entry.organizer != stream.organizer) return false;
  const auth::Caller& caller = stream.call->caller();
  if (caller.role == auth::Role::kPartner && entry.partner != caller.partner) return false;
  if (!stream.types.empty() && !stream.types.contains(entry.change.resource_type())) return false;
  if (stream.prefix.empty()) return true;
  absl::string_view rest = entry.change.resource();
  return absl::ConsumePrefix(&rest, stream.prefix) && (rest.empty() || rest[0] == '/');
}

bool Hub::Deliver(Stream& stream, const Entry& entry) const {
  const int64_t sequence = entry.change.sequence();
  if (Matches(stream, entry)) {
    StreamChangesResponse response;
    *response.mutable_change() = entry.change;
    response.set_cursor(sequence);
    if (options_.may_see_payload &&
        !options_.may_see_payload(stream.call->caller(), entry.change)) {
      response.mutable_change()->clear_payload();
    }
    if (!stream.writer->TryWrite(response)) return false;
    stream.last_sent = stream.moving_since = absl::Now();
  }
  stream.cursor = sequence;
  return true;
}

void Hub::CheckpointWhenDue(Stream& stream) const {
  if (stream.checkpoint_every == absl::ZeroDuration()) return;
  const absl::Time now = absl::Now();
  if (stream.greeted && now < stream.last_sent + stream.checkpoint_every) return;
  StreamChangesResponse response;
  response.set_cursor(stream.cursor);
  if (!stream.writer->TryWrite(response)) return;
  stream.greeted = true;
  stream.last_sent = now;
}

bool Hub::IsOver(const Stream& stream) const {
  if (stream.writer->cancelled()) return true;
  if (absl::Now() < stream.moving_since + options_.stall) return false;
  stream.writer->Finish(
      errors::Make(absl::StatusCode::kResourceExhausted, ErrorReason::CONSUMER_TOO_SLOW,
                   "The reader of this stream takes nothing any more; resume at the last cursor."));
  return true;
}

// ---- The tail ----

void Hub::TailLoop() {
  do {
    while (!ReadTail()) ServeLive();
    ServeLive();
  } while (tail_pulse_.Wait());
}

bool Hub::ReadTail() {
  {
    absl::MutexLock lock(&mu_);
    if (!running_) return true;
    if (streams_ == 0) {
      window_ = Window();
      window_valid_ = false;
      return true;
    }
  }
  std::vector<Entry> entries;
  int64_t start = window_.newest;
  const absl::Status status =
      db_.Read({.deadline = absl::Now() + kReadTimeout, .one_query = true},
               [&](db::Transaction& tx) -> absl::Status {
                 if (!window_.valid) {
                   COLLOQUY_ASSIGN_OR_RETURN(const Bounds bounds, ReadBounds(tx));
                   start = bounds.newest;
                   return absl::OkStatus();
                 }
                 COLLOQUY_ASSIGN_OR_RETURN(
                     entries, ReadEntries(tx, {.after = start, .limit = options_.page}));
                 return absl::OkStatus();
               });
  if (!status.ok()) return true;  // the next look tries again; streams keep their place
  if (!window_.valid) {
    window_.floor = window_.newest = start;
    window_.valid = true;
  }
  const bool complete = entries.size() < static_cast<size_t>(options_.page);
  for (Entry& entry : entries) {
    window_.newest = entry.change.sequence();
    window_.bytes += entry.bytes;
    window_.entries.push_back(std::move(entry));
  }
  while (window_.entries.size() > options_.window_records ||
         window_.bytes > options_.window_bytes) {
    window_.floor = window_.entries.front().change.sequence();
    window_.bytes -= window_.entries.front().bytes;
    window_.entries.pop_front();
  }
  absl::MutexLock lock(&mu_);
  window_valid_ = true;
  floor_ = window_.floor;
  newest_ = window_.newest;
  return complete;
}

void Hub::ServeLive() {
  {
    absl::MutexLock lock(&mu_);
    std::move(to_live_.begin(), to_live_.end(), std::back_inserter(live_));
    to_live_.clear();
  }
  if (!window_.valid) return;
  Streams staying;
  Streams falling_behind;
  size_t over = 0;
  bool waiting = false;
  for (StreamPtr& stream : live_) {
    if (stream->cursor >= window_.floor) ServeFromWindow(*stream);
    if (IsOver(*stream)) {
      ++over;
    } else if (stream->cursor < window_.floor) {
      falling_behind.push_back(std::move(stream));
    } else {
      waiting |= stream->cursor < window_.newest;
      staying.push_back(std::move(stream));
    }
  }
  live_ = std::move(staying);
  if (waiting) tail_pulse_.Expect();
  if (over == 0 && falling_behind.empty()) return;
  absl::MutexLock lock(&mu_);
  streams_ -= over;
  std::move(falling_behind.begin(), falling_behind.end(), std::back_inserter(to_behind_));
  late_pulse_.Expect();
}

void Hub::ServeFromWindow(Stream& stream) {
  auto next = std::upper_bound(
      window_.entries.begin(), window_.entries.end(), stream.cursor,
      [](int64_t cursor, const Entry& entry) { return cursor < entry.change.sequence(); });
  for (; next != window_.entries.end(); ++next) {
    if (!Deliver(stream, *next)) return;
  }
  stream.cursor = std::max(stream.cursor, window_.newest);
  stream.moving_since = absl::Now();
  CheckpointWhenDue(stream);
}

// ---- The catcher-up ----

void Hub::CatchUpLoop() {
  do {
    ServeLate();
    PurgeWhenDue();
  } while (late_pulse_.Wait());
}

void Hub::ServeLate() {
  bool window_valid;
  int64_t floor;
  int64_t newest;
  {
    absl::MutexLock lock(&mu_);
    std::move(to_behind_.begin(), to_behind_.end(), std::back_inserter(behind_));
    to_behind_.clear();
    window_valid = window_valid_;
    floor = floor_;
    newest = newest_;
  }
  if (behind_.empty()) return;
  late_pulse_.Expect();
  if (!window_valid) return;
  Streams staying;
  Streams caught_up;
  size_t over = 0;
  for (StreamPtr& stream : behind_) {
    if (stream->cursor < floor && stream->writer->WaitForRoom(absl::InfinitePast())) {
      ServePage(*stream, newest);
    }
    if (IsOver(*stream)) {
      ++over;
    } else {
      (stream->cursor >= floor ? caught_up : staying).push_back(std::move(stream));
    }
  }
  behind_ = std::move(staying);
  absl::MutexLock lock(&mu_);
  streams_ -= over;
  if (caught_up.empty()) return;
  std::move(caught_up.begin(), caught_up.end(), std::back_inserter(to_live_));
  tail_pulse_.Expect();
}

void Hub::ServePage(Stream& stream, int64_t newest) {
  Bounds bounds;
  std::vector<Entry> entries;
  const absl::Status status =
      db_.Read({.deadline = absl::Now() + kReadTimeout}, [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(bounds, ReadBounds(tx));
        EntryQuery query{.after = stream.cursor, .through = newest, .organizer = stream.organizer};
        query.limit = options_.page;
        COLLOQUY_ASSIGN_OR_RETURN(entries, ReadEntries(tx, query));
        return absl::OkStatus();
      });
  stream.moving_since = absl::Now();  // it had room; what keeps it from moving now is us
  if (!status.ok()) return;
  if (stream.cursor > 0 && stream.cursor < bounds.purged_through) {
    stream.writer->Finish(TooOld(bounds.purged_through));
    return;
  }
  for (const Entry& entry : entries) {
    if (!Deliver(stream, entry)) return;
  }
  if (entries.size() < static_cast<size_t>(options_.page)) stream.cursor = newest;
  if (stream.greeted) CheckpointWhenDue(stream);
}

void Hub::PurgeWhenDue() {
  const absl::Time now = absl::Now();
  if (options_.retention == absl::InfiniteDuration() || now < next_purge_) return;
  int64_t removed = 0;
  const absl::Status status =
      db_.Write({.deadline = now + kReadTimeout}, [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(
            removed, PurgeRecords(tx, options_.now() - options_.retention, kPurgeBatch));
        return absl::OkStatus();
      });
  const bool more = status.ok() && removed == kPurgeBatch;
  next_purge_ = now + (more ? absl::ZeroDuration() : kPurgeEvery);
}

}  // namespace colloquy::feed
