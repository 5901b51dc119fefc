// Gathers the votes for each dialogue and writes them together: one lock, one commit for many.
#ifndef COLLOQUY_SERVICES_DIALOGUES_VOTE_BOOK_H_
#define COLLOQUY_SERVICES_DIALOGUES_VOTE_BOOK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/ids.h"
#include "services/common/rpc/gatherer.h"
#include "services/dialogues/live_rooms.h"
#include "services/dialogues/rules/links.h"
#include "services/dialogues/store/votes.h"

namespace colloquy::dialogues {

// A vote to be cast, from its request to its answer: the vote's place in the log.
struct VoteOp {
  using Outcome = absl::StatusOr<int64_t>;

  rules::LinkTarget seat;
  std::string method;  // as in CallContext::method
  int64_t statement = 0;
  v1::VoteValue value = v1::VOTE_VALUE_UNSPECIFIED;
  absl::Time deadline = absl::InfiniteFuture();

  Outcome outcome = absl::UnknownError("not decided");
  absl::AnyInvocable<void(Outcome)> done;

  size_t weight() const { return 1; }
};

// Thread-safe. Answers what waits with SERVER_STOPPING when it is destroyed.
class VoteBook {
 public:
  using Options = rpc::Gatherer<resource::Uid, VoteOp>::Options;

  // All must outlive the book.
  VoteBook(db::Database& db, LiveRooms& rooms, Options options)
      : db_(db), rooms_(rooms), gatherer_(options, [this](const resource::Uid& dialogue, Ops& ops) {
          Decide(dialogue, ops);
          return Ops();
        }) {}
  VoteBook(db::Database& db, LiveRooms& rooms) : VoteBook(db, rooms, Options()) {}
  VoteBook(const VoteBook&) = delete;

  // Takes the op and calls its `done` once, from another thread, or refuses it at once: OVERLOADED
  // when too many wait. What was answered is durable. The same vote as the one that counts already
  // has that one's place.
  //
  // PERMISSION_DENIED for a link that opens no seat, and for viewers; NOT_FOUND for a statement
  // that does not exist; STATE_INVALID for one that is not shown, and unless the dialogue is OPEN
  // or LIVE.
  absl::Status Submit(std::unique_ptr<VoteOp> op) {
    const resource::Uid dialogue = op->seat.dialogue;
    return gatherer_.Submit(dialogue, std::move(op));
  }

 private:
  using Ops = rpc::Gatherer<resource::Uid, VoteOp>::Ops;

  void Decide(const resource::Uid& dialogue, Ops& ops);
  // In one transaction; on failure nothing is decided. The votes that memory lacks are left in
  // `committed`.
  absl::Status Write(LiveRoom& room, Ops& ops, std::vector<store::VoteRow>& committed);

  db::Database& db_;
  LiveRooms& rooms_;
  rpc::Gatherer<resource::Uid, VoteOp> gatherer_;  // last: its threads use the rest
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_VOTE_BOOK_H_
