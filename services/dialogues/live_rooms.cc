#include "services/dialogues/live_rooms.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "services/common/auth/caller.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/context.h"
#include "services/dialogues/feed_tap.h"
#include "services/dialogues/room_content.h"

namespace colloquy::dialogues {
namespace {

using errors::ErrorReason;
using resource::Uid;

constexpr absl::Duration kReadTimeout = absl::Seconds(10);
constexpr absl::Duration kIdleTick = absl::Seconds(1);
constexpr char kEveryOrganizer[] = "organizers/-";

absl::Status Stopping() {
  return errors::Retryable(absl::StatusCode::kUnavailable, ErrorReason::SERVER_STOPPING,
                           "the server is stopping; connect again", absl::Seconds(1));
}

// The dialogue in the name of something in it.
absl::string_view DialogueIn(absl::string_view resource) {
  size_t end = 0;
  for (int parts = 0; parts < 4 && end != absl::string_view::npos; ++parts) {
    end = resource.find('/', end + (parts > 0 ? 1 : 0));
  }
  return resource.substr(0, end);
}

Parts PartsOf(absl::string_view resource_type) {
  static constexpr std::pair<absl::string_view, Parts> kParts[] = {
      {"colloquy/Statement", parts::kStatements | parts::kDialogue},
      {"colloquy/Participant", parts::kParticipants | parts::kDialogue | parts::kSpeakers},
      {"colloquy/AgendaItem", parts::kAgenda},
      {"colloquy/SpeakerRequest", parts::kSpeakers},
      {"colloquy/Poll", parts::kPolls},
      {"colloquy/Decision", parts::kOutcomes},
      {"colloquy/ActionItem", parts::kOutcomes}};
  for (const auto& [type, parts] : kParts) {
    if (type == resource_type) return parts;
  }
  // The dialogue itself decides who sees which statements, and in which order people speak.
  return parts::kEverything;
}

}  // namespace

LiveRooms::LiveRooms(db::Database& db, feed::Feed& feed, Options options)
    : db_(db), feed_(feed), options_(options) {}

LiveRooms::~LiveRooms() { Stop(); }

void LiveRooms::Start() {
  {
    absl::MutexLock lock(&mutex_);
    running_ = true;
  }
  ticker_ = std::thread([this] { Loop(); });
}

void LiveRooms::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    running_ = false;
    stopped_ = true;
  }
  if (ticker_.joinable()) ticker_.join();
  Untap();
  for (const RoomPtr& room : rooms()) room->End(Stopping());
}

std::vector<LiveRooms::RoomPtr> LiveRooms::rooms() const {
  std::vector<RoomPtr> rooms;
  absl::MutexLock lock(&mutex_);
  rooms.reserve(rooms_.size());
  for (const auto& [uid, room] : rooms_) rooms.push_back(room);
  return rooms;
}

absl::StatusOr<LiveRooms::RoomPtr> LiveRooms::Open(const Uid& dialogue,
                                                   const db::CallOptions& options) {
  {
    absl::MutexLock lock(&mutex_);
    const auto known = rooms_.find(dialogue);
    if (known != rooms_.end()) {
      known->second->Use(absl::Now());
      return known->second;
    }
  }
  // First the feed, then the room: what changes while it is read is told.
  COLLOQUY_RETURN_IF_ERROR(Tap());
  auto room = std::make_shared<LiveRoom>(dialogue, options_.frames);
  room->Use(absl::Now());
  COLLOQUY_RETURN_IF_ERROR(Refresh(*room, options));
  // Somebody may have been faster; and what the feed told meanwhile was told of no room.
  room->Mark(parts::kEverything);
  absl::MutexLock lock(&mutex_);
  if (stopped_) return Stopping();
  const auto [entry, added] = rooms_.emplace(dialogue, room);
  if (added) by_name_[room->view()->dialogue->name()] = room;
  awake_ = true;
  return entry->second;
}

absl::StatusOr<LiveRooms::RoomPtr> LiveRooms::OpenWithVotes(const Uid& dialogue,
                                                            const db::CallOptions& options) {
  COLLOQUY_ASSIGN_OR_RETURN(RoomPtr room, Open(dialogue, options));
  COLLOQUY_RETURN_IF_ERROR(
      db_.Read(options, [&](db::Transaction& tx) { return room->votes().CatchUp(tx, dialogue); }));
  return room;
}

void LiveRooms::Committed(const RoomPtr& room, absl::Span<const store::VoteRow> votes) {
  room->votes().Apply(votes);
  room->Use(absl::Now());
  Wake();
}

void LiveRooms::Touch(const Uid& dialogue, Parts parts) {
  absl::MutexLock lock(&mutex_);
  const auto room = rooms_.find(dialogue);
  if (room == rooms_.end()) return;
  room->second->Mark(parts);
  awake_ = true;
}

void LiveRooms::Analysed(const RoomPtr& room, std::shared_ptr<const v1::Opinion> opinion) {
  room->SetOpinion(std::move(opinion));
  Wake();
}

void LiveRooms::Wake() {
  absl::MutexLock lock(&mutex_);
  awake_ = true;
}

absl::Status LiveRooms::Watch(const Uid& dialogue, Audience audience, const std::string& cursor,
                              std::shared_ptr<LiveRoom::Writer> writer,
                              const db::CallOptions& options) {
  size_t streams = 0;
  for (const RoomPtr& room : rooms()) streams += room->watchers();
  if (streams >= options_.max_streams) {
    return errors::Retryable(absl::StatusCode::kResourceExhausted, ErrorReason::OVERLOADED,
                             "Too many streams on this server.", absl::Seconds(5));
  }
  COLLOQUY_ASSIGN_OR_RETURN(const RoomPtr room, Open(dialogue, options));
  room->Join(audience, cursor, std::move(writer));
  Wake();
  return absl::OkStatus();
}

// ---- The feed ----

absl::Status LiveRooms::Tap() {
  absl::MutexLock lock(&tap_mutex_);
  if (tap_ != nullptr && !tap_->cancelled()) return absl::OkStatus();
  tap_ = std::make_shared<FeedTap>([this](const changes::v1::Change& change) {
    OnChange(change.resource(), change.resource_type());
  });
  feed::StreamChangesRequest request;
  request.set_parent(kEveryOrganizer);
  request.set_from_now(true);
  return feed_.Stream(std::make_shared<rpc::CallContext>(
                          auth::Caller{.role = auth::Role::kOperator, .actor = "live-rooms"},
                          absl::InfiniteFuture()),
                      request, tap_);
}

void LiveRooms::Untap() {
  absl::MutexLock lock(&tap_mutex_);
  if (tap_ != nullptr) tap_->Finish(absl::OkStatus());
  tap_ = nullptr;
}

void LiveRooms::OnChange(absl::string_view resource, absl::string_view resource_type) {
  absl::MutexLock lock(&mutex_);
  const auto room = by_name_.find(DialogueIn(resource));
  if (room == by_name_.end()) return;
  room->second->Mark(PartsOf(resource_type));
  awake_ = true;
}

// ---- The ticker ----

void LiveRooms::Loop() {
  absl::Time last = absl::InfinitePast();
  bool watched = false;
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto due = [this]()
                           ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return awake_ || !running_; };
      const auto over = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !running_; };
      mutex_.AwaitWithTimeout(absl::Condition(&due), watched ? options_.tick : kIdleTick);
      mutex_.AwaitWithDeadline(absl::Condition(&over), last + options_.tick);
      if (!running_) return;
      awake_ = false;
    }
    last = absl::Now();
    Tick(last);
    const std::vector<RoomPtr> all = rooms();
    watched = std::any_of(all.begin(), all.end(), [](const auto& room) { return room->watched(); });
  }
}

void LiveRooms::Tick(absl::Time now) {
  const std::vector<RoomPtr> all = rooms();
  if (all.empty()) return Untap();
  bool tapped;
  {
    absl::MutexLock lock(&tap_mutex_);
    tapped = tap_ != nullptr && !tap_->cancelled();
  }
  if (!tapped && Tap().ok()) {
    for (const RoomPtr& room : all) room->Mark(parts::kEverything);
  }
  NoteForeignVotes(all);
  for (const RoomPtr& room : all) {
    const absl::Status read = Refresh(*room, {.deadline = now + kReadTimeout});
    if (errors::ReasonOf(read) == ErrorReason::RESOURCE_NOT_FOUND) {
      room->End(read);
      room->Use(absl::InfinitePast());
    }
    room->Publish(now);
  }
  Forget(all, now);
}

void LiveRooms::NoteForeignVotes(const std::vector<RoomPtr>& rooms) {
  std::vector<Uid> watched;
  for (const RoomPtr& room : rooms) {
    if (room->watched()) watched.push_back(room->uid());
  }
  if (watched.empty()) return;
  absl::flat_hash_map<Uid, int64_t> newest;
  const absl::Status status =
      db_.Read({.deadline = absl::Now() + kReadTimeout}, [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(newest, store::NewestVotes(tx, watched));
        return absl::OkStatus();
      });
  if (!status.ok()) return;  // the next tick looks again
  for (const RoomPtr& room : rooms) {
    const auto found = newest.find(room->uid());
    if (found != newest.end() && found->second > room->votes().sequence())
      room->Mark(parts::kVotes);
  }
}

absl::Status LiveRooms::Refresh(LiveRoom& room, const db::CallOptions& options) {
  const Parts parts = room.TakeMarks(parts::kEverything & ~parts::kParticipants);
  if (parts == 0) return absl::OkStatus();
  std::shared_ptr<const rules::RoomView> view;
  const absl::Status status = db_.Read(options, [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(view, ReadRoomView(tx, room.uid(), parts, absl::Now(), room.view()));
    if ((parts & parts::kVotes) == 0) return absl::OkStatus();
    return room.votes().CatchUp(tx, room.uid());
  });
  if (!status.ok()) {
    room.Mark(parts);
    return status;
  }
  room.SetView(std::move(view));
  return absl::OkStatus();
}

void LiveRooms::Forget(const std::vector<RoomPtr>& rooms, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  for (const RoomPtr& room : rooms) {
    if (room->watched()) room->Use(std::max(room->used(), now));
    if (room->used() + options_.idle > now) continue;
    rooms_.erase(room->uid());
    absl::erase_if(by_name_, [&](const auto& entry) { return entry.second == room; });
  }
}

}  // namespace colloquy::dialogues
