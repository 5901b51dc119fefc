#include "services/dialogues/store/participants.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/folding.h"

namespace colloquy::dialogues::store {
namespace {

using db::Row;
using db::Rows;
using db::Value;
using v1::Participant;

constexpr absl::string_view kColumns = "number, link_generation, seat_key, message";

ParticipantRow ToParticipant(const Row& row) {
  ParticipantRow participant{.number = row.Int64(0),
                             .link_generation = row.Int64(1),
                             .seat_key = std::string(row.Blob(2)),
                             .message = ParseMessage<Participant>(row, 3)};
  participant.state = participant.message.state();
  participant.viewer = participant.message.viewer();
  return participant;
}

std::string EmailKey(const Participant& message) {
  return message.email().empty() ? "" : resource::FoldEmail(message.email());
}

std::string SearchText(const Participant& message) {
  return resource::FoldText(absl::StrCat(message.display_name(), " ", message.email()));
}

absl::StatusOr<std::vector<Taken>> FindTaken(db::Transaction& tx, absl::string_view column,
                                             const Uid& uid, absl::Span<const std::string> keys) {
  std::vector<Taken> taken;
  COLLOQUY_RETURN_IF_ERROR(QueryIn(
      tx,
      absl::StrCat("SELECT ", column,
                   ", number, state FROM participants WHERE dialogue_uid = ? AND ", column),
      {Key(uid)}, keys, [](const std::string& key) { return Value(key); },
      [&](const Row& row) {
        taken.push_back({.key = std::string(row.Text(0)),
                         .number = row.Int64(1),
                         .state = static_cast<Participant::State>(row.Int64(2))});
      }));
  std::sort(taken.begin(), taken.end(),
            [](const Taken& a, const Taken& b) { return a.number < b.number; });
  return taken;
}

}  // namespace

absl::StatusOr<std::vector<ParticipantRow>> ReadParticipants(db::Transaction& tx, const Uid& uid,
                                                             absl::Span<const int64_t> numbers) {
  std::vector<ParticipantRow> participants;
  COLLOQUY_RETURN_IF_ERROR(QueryIn(
      tx, absl::StrCat("SELECT ", kColumns, " FROM participants WHERE dialogue_uid = ? AND number"),
      {Key(uid)}, numbers, [](int64_t number) { return Value(number); },
      [&](const Row& row) { participants.push_back(ToParticipant(row)); }));
  return participants;
}

absl::StatusOr<std::optional<ParticipantRow>> ReadParticipant(db::Transaction& tx, const Uid& uid,
                                                              int64_t number) {
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<ParticipantRow> found, ReadParticipants(tx, uid, {number}));
  if (found.empty()) return std::nullopt;
  return std::move(found[0]);
}

absl::StatusOr<Page<ParticipantRow>> ListParticipants(db::Transaction& tx, const Uid& uid,
                                                      int64_t after, int limit,
                                                      const resource::SqlFragment& filter) {
  return ListChildren<ParticipantRow>(tx, kColumns, "participants", uid, filter, after, limit,
                                      ToParticipant);
}

const resource::FilterSchema& ParticipantFilters() {
  using resource::FieldType;
  static const auto* const schema = new resource::FilterSchema({
      {.name = "state",
       .column = "state",
       .type = FieldType::kEnum,
       .enumeration = Participant::State_descriptor()},
      {.name = "viewer", .column = "viewer", .type = FieldType::kBool},
      {.name = "stakeholder_type", .column = "stakeholder_type"},
      {.name = "language_code", .column = "language_code"},
      {.name = "email",
       .column = "email_key",
       .normalize = [](absl::string_view email) -> absl::StatusOr<std::string> {
         return resource::FoldEmail(email);
       }},
      {.name = "", .column = "search", .type = FieldType::kTextSearch},
  });
  return *schema;
}

absl::Status AddParticipants(db::Transaction& tx, const Uid& uid,
                             absl::Span<const ParticipantRow> participants) {
  std::vector<std::vector<Value>> rows;
  rows.reserve(participants.size());
  for (const ParticipantRow& row : participants) {
    const Participant& message = row.message;
    rows.push_back({Key(uid), row.number, message.state(), message.viewer(), row.link_generation,
                    Value::Blob(row.seat_key), EmailKey(message), message.registration(),
                    TextOrNull(message.stakeholder_type()), TextOrNull(message.language_code()),
                    SearchText(message), Value::Blob(message.SerializeAsString())});
  }
  return tx.InsertRows(
      "participants",
      {"dialogue_uid", "number", "state", "viewer", "link_generation", "seat_key", "email_key",
       "registration", "stakeholder_type", "language_code", "search", "message"},
      rows);
}

absl::Status SaveParticipant(db::Transaction& tx, const Uid& uid, const ParticipantRow& row) {
  const Participant& message = row.message;
  return tx
      .Execute(
          "UPDATE participants SET state = ?, viewer = ?, link_generation = ?, seat_key = ?, "
          "email_key = ?, registration = ?, stakeholder_type = ?, language_code = ?, "
          "search = ?, message = ? WHERE dialogue_uid = ? AND number = ?",
          {message.state(), message.viewer(), row.link_generation, Value::Blob(row.seat_key),
           EmailKey(message), message.registration(), TextOrNull(message.stakeholder_type()),
           TextOrNull(message.language_code()), SearchText(message),
           Value::Blob(message.SerializeAsString()), Key(uid), row.number})
      .status();
}

absl::StatusOr<std::optional<ParticipantRow>> FindBySeatKey(db::Transaction& tx, const Uid& uid,
                                                            absl::string_view seat_key) {
  COLLOQUY_ASSIGN_OR_RETURN(const Rows rows,
                            tx.Query(absl::StrCat("SELECT ", kColumns,
                                                  " FROM participants WHERE dialogue_uid = ? AND "
                                                  "seat_key = ? ORDER BY number LIMIT 1"),
                                     {Key(uid), Value::Blob(seat_key)}));
  if (rows.empty()) return std::nullopt;
  return ToParticipant(rows[0]);
}

absl::StatusOr<std::vector<Taken>> FindByEmail(db::Transaction& tx, const Uid& uid,
                                               absl::Span<const std::string> email_keys) {
  return FindTaken(tx, "email_key", uid, email_keys);
}

absl::StatusOr<std::vector<Taken>> FindByRegistration(db::Transaction& tx, const Uid& uid,
                                                      absl::Span<const std::string> registrations) {
  return FindTaken(tx, "registration", uid, registrations);
}

}  // namespace colloquy::dialogues::store
