#include "services/dialogues/store/meeting.h"

#include "services/dialogues/store/children.h"

namespace colloquy::dialogues::store {

using db::Value;
using v1::AgendaItem;
using v1::SpeakerRequest;

absl::Status Save(db::Transaction& tx, const Uid& dialogue, const AgendaItem& item) {
  return tx.UpsertRows(
      Table<AgendaItem>::kName, {"dialogue_uid", "number"}, {"dialogue_uid", "number", "message"},
      {{Key(dialogue), *rules::NumberOf(item.name()), Value::Blob(item.SerializeAsString())}});
}

absl::Status Save(db::Transaction& tx, const Uid& dialogue, SpeakerRequest request) {
  request.clear_position();
  request.clear_pseudonym();
  request.clear_stakeholder_type();
  return tx.UpsertRows(
      Table<SpeakerRequest>::kName, {"dialogue_uid", "number"},
      {"dialogue_uid", "number", "state", "kind", "participant", "message"},
      {{Key(dialogue), *rules::NumberOf(request.name()), request.state(), request.kind(),
        NumberOrNull(request.participant()), Value::Blob(request.SerializeAsString())}});
}

const resource::FilterSchema& SpeakerRequestFilters() {
  using resource::FieldType;
  static const auto* const schema = new resource::FilterSchema({
      {.name = "state",
       .column = "state",
       .type = FieldType::kEnum,
       .enumeration = SpeakerRequest::State_descriptor()},
      {.name = "kind",
       .column = "kind",
       .type = FieldType::kEnum,
       .enumeration = SpeakerRequest::Kind_descriptor()},
      {.name = "participant", .column = "participant", .normalize = LastPart},
  });
  return *schema;
}

}  // namespace colloquy::dialogues::store
