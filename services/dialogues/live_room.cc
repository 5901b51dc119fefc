#include "services/dialogues/live_room.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace colloquy::dialogues {
namespace {

// How often it is said how many watch, when nothing else happens.
constexpr absl::Duration kWatchersEvery = absl::Seconds(1);
constexpr size_t kEpochBytes = 12;

std::string NewEpoch() { return absl::StrCat(resource::RandomBytes(kEpochBytes), ":"); }

}  // namespace

LiveRoom::LiveRoom(const resource::Uid& uid, Frames::Options frames)
    : uid_(uid),
      channels_{Channel{Frames(NewEpoch(), frames), {}}, Channel{Frames(NewEpoch(), frames), {}}} {}

std::shared_ptr<const rules::RoomView> LiveRoom::view() const {
  absl::MutexLock lock(&mutex_);
  return view_;
}

void LiveRoom::SetView(std::shared_ptr<const rules::RoomView> view) {
  absl::MutexLock lock(&mutex_);
  view_ = std::move(view);
}

std::shared_ptr<const v1::Opinion> LiveRoom::opinion() const {
  absl::MutexLock lock(&mutex_);
  return opinion_;
}

void LiveRoom::SetOpinion(std::shared_ptr<const v1::Opinion> opinion) {
  absl::MutexLock lock(&mutex_);
  opinion_ = std::move(opinion);
}

std::shared_ptr<const v1::Opinion> LiveRoom::AwaitOpinion(int64_t sequence,
                                                          absl::Time deadline) const {
  absl::MutexLock lock(&mutex_);
  const auto there = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !ended_.ok() || (opinion_ != nullptr && opinion_->vote_sequence() >= sequence);
  };
  mutex_.AwaitWithDeadline(absl::Condition(&there), deadline);
  return opinion_;
}

void LiveRoom::Join(Audience audience, std::string cursor, std::shared_ptr<Writer> writer) {
  absl::Status ended;
  {
    absl::MutexLock lock(&mutex_);
    ended = ended_;
    if (ended.ok()) {
      watchers_.fetch_add(1);
      joining_.push_back({audience, std::move(cursor), std::move(writer)});
    }
  }
  if (!ended.ok()) writer->Finish(ended);
}

void LiveRoom::End(const absl::Status& status) {
  std::vector<Joining> joining;
  {
    absl::MutexLock lock(&mutex_);
    ended_ = status;
    joining.swap(joining_);
  }
  for (const Joining& stream : joining) stream.writer->Finish(status);
  for (Channel& channel : channels_) channel.frames.End(status);
  watchers_.store(0);
}

void LiveRoom::Publish(absl::Time now) {
  std::vector<Joining> joining;
  std::shared_ptr<const rules::RoomView> view;
  std::shared_ptr<const v1::Opinion> opinion;
  {
    absl::MutexLock lock(&mutex_);
    if (view_ == nullptr) return;
    joining.swap(joining_);
    view = view_;
    opinion = opinion_;
  }
  for (Joining& stream : joining) {
    channels_[static_cast<size_t>(stream.audience)].frames.Add(std::move(stream.writer),
                                                               stream.cursor, now);
  }
  const bool say_watchers = NoteWatchers(now);
  const bool new_view = view != sent_view_;
  // Votes that come in between are told twice, not left out.
  const int64_t sequence = votes_.sequence();
  const std::vector<v1::StatementTally> tallies = votes_.TalliesAfter(sent_sequence_);
  for (size_t i = 0; i < channels_.size(); ++i) {
    Channel& channel = channels_[i];
    v1::RoomUpdate update;
    if (new_view) {
      Extend(channel,
             static_cast<Audience>(i) == Audience::kStaff ? *view : rules::ForParticipants(*view),
             update);
    }
    rules::AddTallies(channel.sent, tallies, update);
    if (opinion != sent_opinion_ && opinion != nullptr) *update.mutable_opinion() = *opinion;
    if (!channel.frames.used() || (rules::IsEmpty(update) && !say_watchers)) continue;
    update.set_watcher_count(sent_watchers_);
    update.mutable_server_time()->set_seconds(absl::ToUnixSeconds(now));
    update.mutable_server_time()->set_nanos(
        static_cast<int32_t>(absl::ToUnixMicros(now) % 1'000'000 * 1000));
    channel.frames.Push(std::move(update));
  }
  sent_view_ = std::move(view);
  sent_opinion_ = std::move(opinion);
  sent_sequence_ = sequence;
  for (Channel& channel : channels_) {
    channel.frames.Serve(now, [&] { return Whole(channel, now); });
  }
  size_t readers = 0;
  for (const Channel& channel : channels_) readers += channel.frames.readers();
  absl::MutexLock lock(&mutex_);
  watchers_.store(static_cast<int>(readers + joining_.size()));
}

void LiveRoom::Extend(Channel& channel, const rules::RoomView& view, v1::RoomUpdate& update) const {
  if (channel.frames.used()) {
    update = rules::Difference(channel.sent, view,
                               [&](int64_t statement) { return votes_.TallyOf(statement); });
  }
  channel.sent = view;
}

v1::RoomUpdate LiveRoom::Whole(const Channel& channel, absl::Time now) const {
  v1::RoomUpdate update =
      rules::WholeRoom(channel.sent, [&](int64_t statement) { return votes_.TallyOf(statement); });
  update.mutable_dialogue()->set_vote_sequence(sent_sequence_);
  if (sent_opinion_ != nullptr) *update.mutable_opinion() = *sent_opinion_;
  update.set_watcher_count(sent_watchers_);
  update.mutable_server_time()->set_seconds(absl::ToUnixSeconds(now));
  update.mutable_server_time()->set_nanos(
      static_cast<int32_t>(absl::ToUnixMicros(now) % 1'000'000 * 1000));
  return update;
}

bool LiveRoom::NoteWatchers(absl::Time now) {
  const int watchers = watchers_.load();
  if (watchers == sent_watchers_ || now < watchers_sent_ + kWatchersEvery) return false;
  sent_watchers_ = watchers;
  watchers_sent_ = now;
  return true;
}

}  // namespace colloquy::dialogues
