#include "tests/lib/room_stream.h"

#include <utility>

#include "absl/strings/numbers.h"

namespace colloquy::test {
namespace {

int Votes(const dialogues::v1::StatementTally& tally) {
  return tally.agree_count() + tally.disagree_count() + tally.pass_count();
}

}  // namespace

int NumberIn(const std::string& name) {
  int number = -1;
  return absl::SimpleAtoi(name.substr(name.rfind('/') + 1), &number) ? number : -1;
}

RoomStream::RoomStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& token,
                       Options options)
    : options_(std::move(options)), stub_(dialogues::v1::SeatsService::NewStub(channel)) {
  request_.set_token(token);
  request_.set_cursor(options_.cursor);
  stub_->async()->WatchRoom(&context_, &request_, this);
  if (options_.stalls) AddHold();  // it will have no read under way
  StartRead(&update_);
  StartCall();
}

RoomStream::~RoomStream() {
  Cancel();
  if (options_.stalls) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&read_all_));
    }
    RemoveHold();
  }
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&done_));
}

void RoomStream::OnReadDone(bool ok) {
  if (ok) options_.on_update(update_);
  {
    absl::MutexLock lock(&mutex_);
    if (ok) Take();
    read_all_ = !ok || options_.stalls;
    if (read_all_) return;
  }
  StartRead(&update_);
}

void RoomStream::Take() {
  ++updates_;
  if (update_.reset()) {
    ++resets_;
    tallies_.clear();
  }
  for (const auto& statement : update_.statements()) {
    if (const int votes = Votes(statement.tally()); votes > 0)
      tallies_[NumberIn(statement.name())] = votes;
  }
  for (const auto& tally : update_.tallies()) tallies_[tally.statement()] = Votes(tally);
  cursor_ = update_.cursor();
}

void RoomStream::OnDone(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  status_ = status;
  done_ = true;
}

bool RoomStream::AwaitTallies(const std::map<int, int>& votes, absl::Duration patience) const {
  absl::MutexLock lock(&mutex_);
  const auto there = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return read_all_ || tallies_ == votes;
  };
  mutex_.AwaitWithTimeout(absl::Condition(&there), patience);
  return tallies_ == votes;
}

bool RoomStream::AwaitFirst(absl::Duration patience) const {
  absl::MutexLock lock(&mutex_);
  const auto there = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return read_all_ || updates_ > 0;
  };
  mutex_.AwaitWithTimeout(absl::Condition(&there), patience);
  return updates_ > 0;
}

bool RoomStream::AwaitEnd(absl::Duration patience) const {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&done_), patience);
}

std::map<int, int> RoomStream::tallies() const {
  absl::MutexLock lock(&mutex_);
  return tallies_;
}

std::string RoomStream::cursor() const {
  absl::MutexLock lock(&mutex_);
  return cursor_;
}

int64_t RoomStream::updates() const {
  absl::MutexLock lock(&mutex_);
  return updates_;
}

int RoomStream::resets() const {
  absl::MutexLock lock(&mutex_);
  return resets_;
}

grpc::Status RoomStream::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

}  // namespace colloquy::test
