// A room as its participants' clients have it.
#ifndef COLLOQUY_TESTS_BENCH_ROOM_CLIENT_H_
#define COLLOQUY_TESTS_BENCH_ROOM_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "colloquy/dialogues/v1/seats.grpc.pb.h"
#include "grpcpp/grpcpp.h"

namespace colloquy::bench {

using SeatsStubs = std::vector<std::unique_ptr<dialogues::v1::SeatsService::Stub>>;

// As many connections to `server`.
SeatsStubs Connect(const std::string& server, int connections);

// Agrees with a statement; says it on stderr if that fails.
void Agree(dialogues::v1::SeatsService::Stub& stub, const std::string& seat, int statement);

// Follows the room of a seat until it is destroyed. `seen` runs for each update, one at a time, on
// gRPC's threads.
class Watcher : public grpc::ClientReadReactor<dialogues::v1::RoomUpdate> {
 public:
  using Seen = std::function<void(const dialogues::v1::RoomUpdate&)>;

  Watcher(dialogues::v1::SeatsService::Stub& stub, const std::string& seat, Seen seen);
  ~Watcher() override;

  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status&) override { done_.Notify(); }

 private:
  const Seen seen_;
  grpc::ClientContext context_;
  dialogues::v1::WatchRoomRequest request_;
  dialogues::v1::RoomUpdate update_;
  absl::Notification done_;
};

}  // namespace colloquy::bench

#endif  // COLLOQUY_TESTS_BENCH_ROOM_CLIENT_H_
