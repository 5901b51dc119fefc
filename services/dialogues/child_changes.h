// How the services read and change single things in a dialogue: agenda items, speaker requests,
// polls, decisions, action items.
#ifndef COLLOQUY_SERVICES_DIALOGUES_CHILD_CHANGES_H_
#define COLLOQUY_SERVICES_DIALOGUES_CHILD_CHANGES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/dialogues/requests.h"
#include "services/dialogues/room_book.h"
#include "services/dialogues/rules/names.h"
#include "services/dialogues/store/children.h"

namespace colloquy::dialogues {

// The name of an agenda item, poll …; see requests.h.
template <typename Message>
absl::StatusOr<ChildName> ParseNameOf(absl::string_view name, absl::string_view field) {
  using Table = store::Table<Message>;
  return ParseChildName(name, Table::kCollection, Table::kType, field);
}

// NOT_FOUND where there is none.
template <typename Message>
absl::StatusOr<Message> ReadNamed(db::Transaction& tx, const Uid& dialogue, const ChildName& name) {
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<Message> message,
                            store::ReadChild<Message>(tx, dialogue, name.number));
  if (!message.has_value()) return errors::NotFound(store::Table<Message>::kType, name.name);
  return *std::move(message);
}

// What every change of a resource does to it.
template <typename Message>
void Stamp(const RoomChange& change, Message& message) {
  message.set_revision(message.revision() + 1);
  message.set_etag(resource::MakeEtag(change.room.uid, message.revision()));
  if constexpr (requires { message.mutable_update_time(); })
    *message.mutable_update_time() = ToProto(change.now);
}

// "RUNNING"; empty for what has no states.
template <typename Message>
std::string StateNameOf(const Message& message) {
  if constexpr (requires { Message::State_Name(message.state()); })
    return Message::State_Name(message.state());
  return "";
}

// Names and stamps a new one that gets `number`.
template <typename Message>
void NameNew(const RoomChange& change, int64_t number, Message& message) {
  message.set_name(
      rules::ChildName(store::NameOf(change.room), store::Table<Message>::kCollection, number));
  message.set_revision(0);
  if constexpr (requires { message.mutable_create_time(); })
    *message.mutable_create_time() = ToProto(change.now);
  Stamp(change, message);
}

// Stores a new one, with its feed record.
template <typename Message>
absl::Status AddChild(RoomChange& change, const Message& message) {
  COLLOQUY_RETURN_IF_ERROR(store::Save(change.tx, change.room.uid, message));
  change.Record(changes::v1::Change::CREATED, message, "", StateNameOf(message));
  return absl::OkStatus();
}

// Stores what was `before`, stamped and with its feed record; nothing where they are equal.
template <typename Message>
absl::Status SaveChild(RoomChange& change, const Message& before, Message& message) {
  if (google::protobuf::util::MessageDifferencer::Equals(before, message)) return absl::OkStatus();
  Stamp(change, message);
  COLLOQUY_RETURN_IF_ERROR(store::Save(change.tx, change.room.uid, message));
  const std::string old_state = StateNameOf(before);
  const std::string new_state = StateNameOf(message);
  change.Record(
      old_state == new_state ? changes::v1::Change::UPDATED : changes::v1::Change::STATE_CHANGED,
      message, old_state, new_state);
  return absl::OkStatus();
}

template <typename Message>
absl::Status DeleteChild(RoomChange& change, const Message& message) {
  COLLOQUY_RETURN_IF_ERROR(
      store::DeleteChild<Message>(change.tx, change.room.uid, *rules::NumberOf(message.name())));
  change.Record(changes::v1::Change::DELETED, message, StateNameOf(message));
  return absl::OkStatus();
}

// Answers a Get.
template <typename Message>
absl::StatusOr<Message> GetChild(const RoomBook& book, const rpc::CallContext& call,
                                 const std::string& name) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName child, ParseNameOf<Message>(name, "name"));
  Message message;
  COLLOQUY_RETURN_IF_ERROR(book.Read(
      call, child.dialogue, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(message, ReadNamed<Message>(tx, room.uid, child));
        return absl::OkStatus();
      }));
  return message;
}

// Does `deed` to one that is found and whose etag is compared. `name` is the request's `field`.
template <typename Message, typename Request>
absl::StatusOr<Message> ChangeChild(RoomBook& book, const rpc::CallContext& call,
                                    const std::string& name, absl::string_view field,
                                    const std::string& etag, const Request& request,
                                    absl::FunctionRef<absl::Status(RoomChange&, Message&)> deed) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName child, ParseNameOf<Message>(name, field));
  return book.Write<Message>(
      call, child.dialogue, request, [&](RoomChange& change) -> absl::StatusOr<Message> {
        COLLOQUY_ASSIGN_OR_RETURN(Message message,
                                  ReadNamed<Message>(change.tx, change.room.uid, child));
        COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(etag, message.etag(), name));
        COLLOQUY_RETURN_IF_ERROR(deed(change, message));
        return message;
      });
}

// That what `field` refers to exists, if it says anything. The name is below the dialogue's.
template <typename Message>
absl::Status CheckReference(RoomChange& change, absl::string_view field, const std::string& name) {
  if (name.empty()) return absl::OkStatus();
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::optional<Message> message,
      store::ReadChild<Message>(change.tx, change.room.uid, rules::NumberOf(name).value_or(-1)));
  return message.has_value() ? absl::OkStatus()
                             : errors::InvalidField(field, "there is no such thing");
}

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_CHILD_CHANGES_H_
