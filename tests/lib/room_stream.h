// Somebody who watches a dialogue's room through a participant's link.
#ifndef COLLOQUY_TESTS_LIB_ROOM_STREAM_H_
#define COLLOQUY_TESTS_LIB_ROOM_STREAM_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "colloquy/dialogues/v1/seats.grpc.pb.h"
#include "grpcpp/channel.h"

namespace colloquy::test {

// The number at the end of a statement's or participant's name.
int NumberIn(const std::string& name);

// One stream. It does with updates what the contract says that clients do. Thread-safe.
class RoomStream : public grpc::ClientReadReactor<dialogues::v1::RoomUpdate> {
 public:
  using Update = dialogues::v1::RoomUpdate;
  struct Options {
    // Where another stream ended; empty: from the room as it is.
    std::string cursor;
    // Told of each update, on a gRPC thread.
    std::function<void(const Update&)> on_update = [](const Update&) {};
    // Reads the first update and then nothing any more.
    bool stalls = false;
  };

  RoomStream(const std::shared_ptr<grpc::Channel>& channel, const std::string& token,
             Options options);
  // Cancels and waits for the end.
  ~RoomStream() override;

  void Cancel() { context_.TryCancel(); }
  // False if it takes longer than `patience`, or the stream ends before.
  bool AwaitTallies(const std::map<int, int>& votes, absl::Duration patience) const;
  bool AwaitFirst(absl::Duration patience) const;
  // Not of one that stalls.
  bool AwaitEnd(absl::Duration patience) const;

  // How many voted on each statement that anybody voted on.
  std::map<int, int> tallies() const;
  std::string cursor() const;
  int64_t updates() const;
  int resets() const;
  // Once it has ended.
  grpc::Status status() const;

 private:
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;
  void Take() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  const std::unique_ptr<dialogues::v1::SeatsService::Stub> stub_;
  grpc::ClientContext context_;
  dialogues::v1::WatchRoomRequest request_;
  Update update_;
  mutable absl::Mutex mutex_;
  std::map<int, int> tallies_ ABSL_GUARDED_BY(mutex_);
  std::string cursor_ ABSL_GUARDED_BY(mutex_);
  int64_t updates_ ABSL_GUARDED_BY(mutex_) = 0;
  int resets_ ABSL_GUARDED_BY(mutex_) = 0;
  bool read_all_ ABSL_GUARDED_BY(mutex_) = false;  // no read is under way, and none will be
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace colloquy::test

#endif  // COLLOQUY_TESTS_LIB_ROOM_STREAM_H_
