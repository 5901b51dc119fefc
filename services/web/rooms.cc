#include "services/web/rooms.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/alarm.h"
#include "services/web/room_state.h"

namespace colloquy::web {
namespace {

using dialogues::v1::RoomUpdate;
using dialogues::v1::WatchRoomRequest;
using EventsPtr = std::shared_ptr<const std::string>;

constexpr absl::Duration kFirstPause = absl::Milliseconds(200);
constexpr absl::Duration kLongestPause = absl::Seconds(5);
// How long those who come and go are gathered before the others are told how many there are.
constexpr absl::Duration kCounting = absl::Seconds(1);

EventsPtr ToEvent(const RoomUpdate& update) {
  std::string json;
  // It only fails for what is no message: text is UTF-8 where it comes in.
  if (!google::protobuf::util::MessageToJsonString(update, &json).ok()) json = "{}";
  return std::make_shared<const std::string>(FormatEvent(update.cursor(), "", json));
}

// The link does not open the room any more: the page says so and does not come back.
EventsPtr GoneEvent() { return std::make_shared<const std::string>(FormatEvent("", "gone", "{}")); }

}  // namespace

// A room and the one stream that feeds it. The stream lives while there are browsers, and is begun
// again when it breaks: with the token of the first browser, whose link may be taken back
// meanwhile; then with the next one's.
class Rooms::Room : public std::enable_shared_from_this<Rooms::Room> {
 public:
  explicit Room(const Calls& calls) : calls_(calls) {}

  void Join(const std::string& token, absl::string_view last_event_id,
            const std::shared_ptr<EventStream>& browser) {
    Reader* begun = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return browser->End();
      browsers_.push_back({token, browser});
      if (state_.known() && last_event_id != state_.whole().cursor()) browser->Send(Whole());
      if (!busy_) begun = NewReader();
      CountSoon();
    }
    if (begun != nullptr) begun->Start();
  }

  void Leave(const EventStream* browser) {
    absl::MutexLock lock(&mutex_);
    const auto gone =
        std::remove_if(browsers_.begin(), browsers_.end(),
                       [browser](const Browser& each) { return each.stream.get() == browser; });
    browsers_.erase(gone, browsers_.end());
    if (browsers_.empty()) return Cancel();
    CountSoon();
  }

  bool idle() const {
    absl::MutexLock lock(&mutex_);
    return browsers_.empty() && !busy_;
  }

  // No stream is begun any more; waits for the one that there is, and lets go of the browsers.
  void Stop() {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    Cancel();
    const auto ended = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !busy_; };
    mutex_.Await(absl::Condition(&ended));
    browsers_.clear();
  }

 private:
  struct Browser {
    std::string token;
    std::shared_ptr<EventStream> stream;
  };

  // One attempt; deletes itself when it is over. Keeps the room. Start is called without the room's
  // lock, as gRPC may answer on the thread that calls it; StartAfter and Cancel with it, so that
  // neither meets the end of the reader.
  class Reader final : public grpc::ClientReadReactor<RoomUpdate> {
   public:
    Reader(std::shared_ptr<Room> room, const std::string& token, const std::string& cursor)
        : room_(std::move(room)) {
      request_.set_token(token);
      request_.set_cursor(cursor);
    }

    void Start() {
      room_->calls_.seats()->WatchRoom(&context_, &request_, this);
      StartRead(&update_);
      StartCall();
    }
    void StartAfter(absl::Duration pause) {
      alarm_.Set(absl::ToChronoTime(absl::Now() + pause), [this](bool) { Start(); });
    }
    void Cancel() {
      context_.TryCancel();
      alarm_.Cancel();
    }

    void OnReadDone(bool ok) override {
      if (!ok) return;
      room_->Apply(update_);
      StartRead(&update_);
    }
    void OnDone(const grpc::Status& status) override {
      const std::shared_ptr<Room> room = std::move(room_);
      room->Forget();
      delete this;
      room->Ended(status);
    }

   private:
    std::shared_ptr<Room> room_;
    grpc::ClientContext context_;
    grpc::Alarm alarm_;
    WatchRoomRequest request_;
    RoomUpdate update_;
  };

  Reader* NewReader() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    busy_ = true;
    reader_ = new Reader(shared_from_this(), browsers_.front().token, state_.whole().cursor());
    return reader_;
  }

  // The reader is about to go: nobody may cancel it any more.
  void Forget() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    reader_ = nullptr;
  }

  void Cancel() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (reader_ != nullptr) reader_->Cancel();
  }

  void Apply(RoomUpdate& update) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    pause_ = kFirstPause;
    state_.Apply(update);
    whole_ = nullptr;
    // The service counts streams, and this one is all these browsers'.
    update.set_watcher_count(static_cast<int32_t>(browsers_.size()));
    const EventsPtr events = ToEvent(update);
    for (const Browser& browser : browsers_) browser.stream->Send(events);
  }

  void Ended(const grpc::Status& status) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    busy_ = false;
    const bool denied = status.error_code() == grpc::StatusCode::PERMISSION_DENIED;
    if (denied) DismissFirst();
    // The dialogue was deleted.
    while (status.error_code() == grpc::StatusCode::NOT_FOUND && !browsers_.empty()) DismissFirst();
    if (stopping_ || browsers_.empty()) return;
    if (denied) return NewReader()->StartAfter(absl::ZeroDuration());
    NewReader()->StartAfter(std::exchange(pause_, std::min(2 * pause_, kLongestPause)));
  }

  // It was the first one's link that the stream was opened with.
  void DismissFirst() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (browsers_.empty()) return;
    browsers_.front().stream->Send(GoneEvent());
    browsers_.front().stream->End();
    browsers_.pop_front();
  }

  void CountSoon() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (counting_) return;
    counting_ = true;
    // Weak: a room that everybody left does not wait for it.
    counter_.Set(absl::ToChronoTime(absl::Now() + kCounting), [weak = weak_from_this()](bool due) {
      const std::shared_ptr<Room> room = weak.lock();
      if (due && room != nullptr) room->Count();
    });
  }

  void Count() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    counting_ = false;
    whole_ = nullptr;
    RoomUpdate update;
    update.set_watcher_count(static_cast<int32_t>(browsers_.size()));
    // Without a cursor it has no id: who comes back goes on where the room was.
    const EventsPtr events = ToEvent(update);
    for (const Browser& browser : browsers_) browser.stream->Send(events);
  }

  // Of many browsers that come at once, after a pause of the net, all get the same bytes.
  const EventsPtr& Whole() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (whole_ == nullptr) {
      RoomUpdate whole = state_.whole();
      whole.set_watcher_count(static_cast<int32_t>(browsers_.size()));
      whole_ = ToEvent(whole);
    }
    return whole_;
  }

  const Calls& calls_;
  mutable absl::Mutex mutex_;
  std::deque<Browser> browsers_ ABSL_GUARDED_BY(mutex_);
  RoomState state_ ABSL_GUARDED_BY(mutex_);
  EventsPtr whole_ ABSL_GUARDED_BY(mutex_);
  Reader* reader_ ABSL_GUARDED_BY(mutex_) = nullptr;  // owns itself
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;         // a reader is there, or is just going
  absl::Duration pause_ ABSL_GUARDED_BY(mutex_) = kFirstPause;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool counting_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Alarm counter_;
};

Rooms::Rooms(const Calls& calls) : calls_(calls) {}

Rooms::~Rooms() { Stop(); }

bool Rooms::Join(const std::string& dialogue, const std::string& token,
                 absl::string_view last_event_id, const std::shared_ptr<EventStream>& browser) {
  std::shared_ptr<Room> room;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_ || browsers_ >= kMaxBrowsers) return false;
    ++browsers_;
    // Those that everybody left stay until their streams have ended.
    absl::erase_if(rooms_, [](const auto& each) {
      return each.second.use_count() == 1 && each.second->idle();
    });
    std::shared_ptr<Room>& kept = rooms_[dialogue];
    if (kept == nullptr) kept = std::make_shared<Room>(calls_);
    room = kept;
  }
  room->Join(token, last_event_id, browser);
  // Holds the browser, whose address would otherwise be another one's by then.
  browser->OnGone([this, room, browser] {
    room->Leave(browser.get());
    absl::MutexLock lock(&mutex_);
    --browsers_;
  });
  return true;
}

size_t Rooms::browsers() const {
  absl::MutexLock lock(&mutex_);
  return browsers_;
}

void Rooms::Stop() {
  absl::flat_hash_map<std::string, std::shared_ptr<Room>> rooms;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    rooms = rooms_;
  }
  for (const auto& [name, room] : rooms) room->Stop();
}

}  // namespace colloquy::web
