// How everything in a dialogue is read and changed: one transaction, the room's lock, request ids,
// validate_only, feed records and the room's counters in one place.
#ifndef COLLOQUY_SERVICES_DIALOGUES_ROOM_BOOK_H_
#define COLLOQUY_SERVICES_DIALOGUES_ROOM_BOOK_H_

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "services/common/db/database.h"
#include "services/common/errors/errors.h"
#include "services/common/feed/feed.h"
#include "services/common/resource/request_ids.h"
#include "services/common/rpc/context.h"
#include "services/dialogues/requests.h"
#include "services/dialogues/rules/states.h"
#include "services/dialogues/store/rooms.h"

namespace colloquy::dialogues {

using resource::Uid;
using FeedKind = changes::v1::Change::Kind;

// Which dialogue: by its name, as staff say it, or by its uid, as a link's token does. One that
// does not exist is NOT_FOUND by name, and PERMISSION_DENIED by uid: tokens say nothing of what
// there was.
using RoomKey = std::variant<DialogueName, Uid>;

// One change of a dialogue, inside its transaction and under its room's lock. A body works on
// `room` and the stores, and says with Record what it changed.
class RoomChange {
 public:
  RoomChange(db::Transaction& transaction, store::Room locked, Cause cause, absl::Time time)
      : tx(transaction),
        room(std::move(locked)),
        cause(std::move(cause)),
        now(time),
        before_(room) {}

  db::Transaction& tx;
  store::Room room;  // saved with the change
  Cause cause;       // a body whose caller has no credential but a token sets the actor
  const absl::Time now;

  // STATE_INVALID unless the dialogue is in one of these states.
  absl::Status CheckState(rules::States needed) const {
    return rules::CheckState(store::NameOf(room), room.state, cause.method, needed);
  }

  // A feed record of a resource as it is now. States are enum value names, empty where there are
  // none.
  void Record(FeedKind kind, const google::protobuf::Message& resource,
              absl::string_view old_state = {}, absl::string_view new_state = {});

  // The room is deleted: it is not to be saved.
  void Deleted() { deleted_ = true; }

 private:
  friend class RoomBook;

  absl::Status Finish(feed::Feed& feed);

  const store::Room before_;
  bool deleted_ = false;
  std::vector<feed::Record> records_;
};

// Thread-safe.
class RoomBook {
 public:
  struct Options {
    // Told of every committed change, by the thread that made it. May be empty.
    std::function<void(const Uid&)> touched;
    std::function<absl::Time()> now = absl::Now;
  };

  // Both must outlive the book.
  RoomBook(db::Database& db, feed::Feed& feed, Options options)
      : db_(db), feed_(feed), options_(std::move(options)) {}

  db::Database& db() const { return db_; }
  feed::Feed& feed() const { return feed_; }
  absl::Time Now() const { return options_.now(); }

  // Runs `body` on one snapshot with the room as it is.
  absl::Status Read(
      const rpc::CallContext& call, const RoomKey& key,
      absl::FunctionRef<absl::Status(db::Transaction& tx, const store::Room& room)> body) const;

  // As below, for what no caller asked for: `cause` says what did it. NOT_FOUND for a dialogue that
  // is gone.
  absl::Status WriteUnasked(const Uid& dialogue, const Cause& cause,
                            absl::FunctionRef<absl::Status(RoomChange&)> body);

  // Runs `body` under the room's lock and commits what it did, with its feed records. `request` is
  // the call's: if it has a `request_id`, the first answer to it is replayed; if it says
  // `validate_only`, everything is done and then rolled back. The body may run several times.
  template <typename Response, typename Request>
  absl::StatusOr<Response> Write(const rpc::CallContext& call, const RoomKey& key,
                                 const Request& request,
                                 absl::FunctionRef<absl::StatusOr<Response>(RoomChange&)> body) {
    std::string request_id;
    bool validate_only = false;
    if constexpr (requires { request.request_id(); }) request_id = request.request_id();
    if constexpr (requires { request.validate_only(); }) validate_only = request.validate_only();
    Response response;
    COLLOQUY_RETURN_IF_ERROR(Run(call, key, request, request_id, validate_only, response,
                                 [&](RoomChange& change) -> absl::Status {
                                   COLLOQUY_ASSIGN_OR_RETURN(response, body(change));
                                   return absl::OkStatus();
                                 }));
    return response;
  }

 private:
  absl::Status Run(const rpc::CallContext& call, const RoomKey& key,
                   const google::protobuf::Message& request, const std::string& request_id,
                   bool validate_only, google::protobuf::Message& response,
                   absl::FunctionRef<absl::Status(RoomChange&)> body);

  db::Database& db_;
  feed::Feed& feed_;
  const Options options_;
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_ROOM_BOOK_H_
