#include "services/dialogues/room_book.h"

#include <utility>

#include "services/common/errors/errors.h"
#include "services/common/rpc/db_options.h"

namespace colloquy::dialogues {
namespace {

using store::Room;

absl::Status Missing(const rpc::CallContext& call, const RoomKey& key) {
  if (const auto* name = std::get_if<DialogueName>(&key))
    return errors::NotFound("colloquy/Dialogue", name->name);
  return errors::PermissionDenied(call.method());
}

absl::StatusOr<std::optional<Room>> Find(db::Transaction& tx, const RoomKey& key) {
  if (const auto* name = std::get_if<DialogueName>(&key))
    return store::FindRoom(tx, name->organizer, name->dialogue);
  return store::ReadRoom(tx, std::get<Uid>(key));
}

absl::StatusOr<std::optional<Room>> Lock(db::Transaction& tx, const RoomKey& key) {
  if (const auto* name = std::get_if<DialogueName>(&key))
    return store::LockRoomByName(tx, name->organizer, name->dialogue);
  return store::LockRoom(tx, std::get<Uid>(key));
}

// Rolls back what was only to be checked.
absl::Status Checked() { return absl::CancelledError("validate_only"); }

}  // namespace

void RoomChange::Record(FeedKind kind, const google::protobuf::Message& resource,
                        absl::string_view old_state, absl::string_view new_state) {
  records_.push_back(
      feed::MakeRecord(kind, resource, cause.actor, cause.method, now, old_state, new_state));
}

absl::Status RoomChange::Finish(feed::Feed& feed) {
  if (!deleted_ && !(room == before_)) COLLOQUY_RETURN_IF_ERROR(store::SaveRoom(tx, room));
  return records_.empty() ? absl::OkStatus() : feed.Append(tx, records_);
}

absl::Status RoomBook::Read(
    const rpc::CallContext& call, const RoomKey& key,
    absl::FunctionRef<absl::Status(db::Transaction&, const Room&)> body) const {
  return db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const std::optional<Room> room, Find(tx, key));
    if (!room.has_value()) return Missing(call, key);
    return body(tx, *room);
  });
}

absl::Status RoomBook::WriteUnasked(const Uid& dialogue, const Cause& cause,
                                    absl::FunctionRef<absl::Status(RoomChange&)> body) {
  const absl::Status status = db_.Write({}, [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(std::optional<Room> room, store::LockRoom(tx, dialogue));
    if (!room.has_value()) return errors::NotFound("colloquy/Dialogue", dialogue.ToUuid());
    RoomChange change(tx, *std::move(room), cause, options_.now());
    COLLOQUY_RETURN_IF_ERROR(body(change));
    return change.Finish(feed_);
  });
  if (status.ok() && options_.touched) options_.touched(dialogue);
  return status;
}

absl::Status RoomBook::Run(const rpc::CallContext& call, const RoomKey& key,
                           const google::protobuf::Message& request, const std::string& request_id,
                           bool validate_only, google::protobuf::Message& response,
                           absl::FunctionRef<absl::Status(RoomChange&)> body) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const resource::Once once,
      resource::Once::Of(call.method(), call.caller().actor, request_id, validate_only, request));
  bool checked = false;
  std::optional<Uid> touched;
  const absl::Status status =
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        checked = false;
        touched.reset();
        response.Clear();
        COLLOQUY_ASSIGN_OR_RETURN(const bool answered, once.Replay(tx, response));
        if (answered) return absl::OkStatus();
        COLLOQUY_ASSIGN_OR_RETURN(std::optional<Room> room, Lock(tx, key));
        if (!room.has_value()) return Missing(call, key);
        RoomChange change(tx, *std::move(room), CauseOf(call), options_.now());
        COLLOQUY_RETURN_IF_ERROR(body(change));
        COLLOQUY_RETURN_IF_ERROR(change.Finish(feed_));
        if (validate_only) {
          checked = true;
          return Checked();
        }
        touched = change.room.uid;
        return once.Record(tx, response, options_.now());
      });
  if (status.ok() && touched.has_value() && options_.touched) options_.touched(*touched);
  return checked && absl::IsCancelled(status) ? absl::OkStatus() : status;
}

}  // namespace colloquy::dialogues
