// What tables of one message a row have in common: agenda items, speaker requests, polls,
// decisions, action items. Every function works inside the caller's transaction; errors are the
// transaction's.
#ifndef COLLOQUY_SERVICES_DIALOGUES_STORE_CHILDREN_H_
#define COLLOQUY_SERVICES_DIALOGUES_STORE_CHILDREN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/common/errors/errors.h"
#include "services/dialogues/rules/names.h"
#include "services/dialogues/store/rows.h"

namespace colloquy::dialogues::store {

// Where the messages of a type are, and how the contract calls them.
template <typename Message>
struct Table;

template <>
struct Table<v1::AgendaItem> {
  static constexpr absl::string_view kName = "agenda_items";
  static constexpr absl::string_view kColumns = "number, message";
  static constexpr absl::string_view kCollection = rules::kAgendaItems;
  static constexpr absl::string_view kType = "colloquy/AgendaItem";
};
template <>
struct Table<v1::SpeakerRequest> {
  static constexpr absl::string_view kName = "speaker_requests";
  static constexpr absl::string_view kColumns = "number, message";
  static constexpr absl::string_view kCollection = rules::kSpeakerRequests;
  static constexpr absl::string_view kType = "colloquy/SpeakerRequest";
};
template <>
struct Table<v1::Poll> {
  static constexpr absl::string_view kName = "polls";
  static constexpr absl::string_view kColumns = "number, message, ballot_count";
  static constexpr absl::string_view kCollection = rules::kPolls;
  static constexpr absl::string_view kType = "colloquy/Poll";
};
template <>
struct Table<v1::Decision> {
  static constexpr absl::string_view kName = "decisions";
  static constexpr absl::string_view kColumns = "number, message";
  static constexpr absl::string_view kCollection = rules::kDecisions;
  static constexpr absl::string_view kType = "colloquy/Decision";
};
template <>
struct Table<v1::ActionItem> {
  static constexpr absl::string_view kName = "action_items";
  static constexpr absl::string_view kColumns = "number, message";
  static constexpr absl::string_view kCollection = rules::kActionItems;
  static constexpr absl::string_view kType = "colloquy/ActionItem";
};

// What a row of kColumns says.
template <typename Message>
Message ToChild(const db::Row& row) {
  Message message = ParseMessage<Message>(row, 1);
  if constexpr (std::is_same_v<Message, v1::Poll>)
    message.set_ballot_count(static_cast<int32_t>(row.Int64(2)));
  return message;
}

template <typename Message>
absl::StatusOr<std::optional<Message>> ReadChild(db::Transaction& tx, const Uid& dialogue,
                                                 int64_t number) {
  using Of = Table<Message>;
  COLLOQUY_ASSIGN_OR_RETURN(const db::Rows rows,
                            tx.Query(absl::StrCat("SELECT ", Of::kColumns, " FROM ", Of::kName,
                                                  " WHERE dialogue_uid = ? AND number = ?"),
                                     {Key(dialogue), number}));
  if (rows.empty()) return std::nullopt;
  return ToChild<Message>(rows[0]);
}

// All that match, by number.
template <typename Message>
absl::StatusOr<std::vector<Message>> AllChildren(db::Transaction& tx, const Uid& dialogue,
                                                 const resource::SqlFragment& filter = {"1 = 1",
                                                                                        {}}) {
  using Of = Table<Message>;
  std::vector<db::Value> parameters = {Key(dialogue)};
  parameters.insert(parameters.end(), filter.params.begin(), filter.params.end());
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query(absl::StrCat("SELECT ", Of::kColumns, " FROM ", Of::kName,
                            " WHERE dialogue_uid = ? AND ", filter.sql, " ORDER BY number"),
               parameters));
  std::vector<Message> messages;
  messages.reserve(rows.size());
  for (const db::Row row : rows) messages.push_back(ToChild<Message>(row));
  return messages;
}

// By number, after `after` (0: from the first).
template <typename Message>
absl::StatusOr<Page<Message>> ListChildren(db::Transaction& tx, const Uid& dialogue, int64_t after,
                                           int limit, const resource::SqlFragment& filter) {
  using Of = Table<Message>;
  return ListChildren<Message>(tx, Of::kColumns, Of::kName, dialogue, filter, after, limit,
                               ToChild<Message>);
}

template <typename Message>
absl::Status DeleteChild(db::Transaction& tx, const Uid& dialogue, int64_t number) {
  return tx
      .Execute(absl::StrCat("DELETE FROM ", Table<Message>::kName,
                            " WHERE dialogue_uid = ? AND number = ?"),
               {Key(dialogue), number})
      .status();
}

// Insert or replace; the room is locked. What is worked out when it is read (positions, pseudonyms,
// progress) is not stored. In meeting.cc, polls.cc and outcomes.cc.
absl::Status Save(db::Transaction& tx, const Uid& dialogue, const v1::AgendaItem& item);
absl::Status Save(db::Transaction& tx, const Uid& dialogue, v1::SpeakerRequest request);
absl::Status Save(db::Transaction& tx, const Uid& dialogue, v1::Poll poll);
absl::Status Save(db::Transaction& tx, const Uid& dialogue, v1::Decision decision);
absl::Status Save(db::Transaction& tx, const Uid& dialogue, const v1::ActionItem& item);

// The last part of a name, or NULL: how columns refer to what is in the same dialogue.
inline db::Value NumberOrNull(const std::string& name) {
  return TextOrNull(name.substr(name.rfind('/') + 1));
}

// For filters: the name, or its last part alone, becomes what NumberOrNull stores.
inline absl::StatusOr<std::string> LastPart(absl::string_view name) {
  return std::string(name.substr(name.rfind('/') + 1));
}

}  // namespace colloquy::dialogues::store

#endif  // COLLOQUY_SERVICES_DIALOGUES_STORE_CHILDREN_H_
