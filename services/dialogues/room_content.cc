#include "services/dialogues/room_content.h"

#include <optional>
#include <utility>
#include <vector>

#include "services/common/errors/errors.h"
#include "services/dialogues/meeting.h"
#include "services/dialogues/store/children.h"
#include "services/dialogues/store/dialogues.h"
#include "services/dialogues/store/outcomes.h"
#include "services/dialogues/store/participants.h"
#include "services/dialogues/store/rooms.h"
#include "services/dialogues/store/statements.h"

namespace colloquy::dialogues {
namespace {

using resource::Uid;
using rules::RoomView;

constexpr int kPage = 1000;

const resource::SqlFragment& All() {
  static const resource::SqlFragment all{"1 = 1", {}};
  return all;
}

absl::StatusOr<rules::Numbered<v1::Statement>> AllStatements(db::Transaction& tx,
                                                             const Uid& dialogue) {
  rules::Numbered<v1::Statement> statements;
  for (std::optional<int64_t> after = -1; after.has_value();) {
    COLLOQUY_ASSIGN_OR_RETURN(store::Page<store::StatementRow> page,
                              store::ListStatements(tx, dialogue, *after, kPage, All()));
    for (store::StatementRow& row : page.children) {
      statements[row.number] = std::make_shared<const v1::Statement>(std::move(row.message));
    }
    after = page.next;
  }
  return statements;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const RoomView>> ReadRoomView(
    db::Transaction& tx, const Uid& dialogue, Parts parts, absl::Time now,
    std::shared_ptr<const RoomView> before) {
  if (before == nullptr) parts = parts::kEverything;
  if ((parts & ~(parts::kVotes | parts::kParticipants)) == 0) return before;
  COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::Room> room, store::ReadRoom(tx, dialogue));
  if (!room.has_value()) {
    return errors::NotFound("colloquy/Dialogue",
                            before == nullptr ? dialogue.ToUuid() : before->dialogue->name());
  }
  auto view =
      before == nullptr ? std::make_shared<RoomView>() : std::make_shared<RoomView>(*before);
  if ((parts & parts::kDialogue) != 0) {
    COLLOQUY_ASSIGN_OR_RETURN(v1::Dialogue message, store::ReadDialogue(tx, *room));
    view->dialogue = std::make_shared<const v1::Dialogue>(std::move(message));
  }
  if ((parts & parts::kStatements) != 0) {
    COLLOQUY_ASSIGN_OR_RETURN(view->statements, AllStatements(tx, dialogue));
  }
  if ((parts & parts::kAgenda) != 0) {
    COLLOQUY_ASSIGN_OR_RETURN(const rules::Agenda agenda, ReadAgenda(tx, dialogue));
    view->agenda_items = rules::ByNumber(rules::InOrder(agenda));
  }
  if ((parts & parts::kSpeakers) != 0) {
    COLLOQUY_ASSIGN_OR_RETURN(rules::SpeakerRequests speakers, ReadSpeakers(tx, *room, now));
    view->speaker_requests = rules::ByNumber(std::move(speakers));
  }
  if ((parts & parts::kPolls) != 0) {
    COLLOQUY_ASSIGN_OR_RETURN(std::vector<v1::Poll> polls,
                              store::AllChildren<v1::Poll>(tx, dialogue));
    view->polls = rules::ByNumber(std::move(polls));
  }
  if ((parts & parts::kOutcomes) != 0) {
    COLLOQUY_ASSIGN_OR_RETURN(std::vector<v1::Decision> decisions,
                              store::AllChildren<v1::Decision>(tx, dialogue));
    COLLOQUY_RETURN_IF_ERROR(store::FillProgress(tx, dialogue, absl::MakeSpan(decisions)));
    view->decisions = rules::ByNumber(std::move(decisions));
    COLLOQUY_ASSIGN_OR_RETURN(std::vector<v1::ActionItem> items,
                              store::AllChildren<v1::ActionItem>(tx, dialogue));
    view->action_items = rules::ByNumber(std::move(items));
  }
  return view;
}

absl::StatusOr<rules::StakeholderTypes> ReadStakeholderTypes(db::Transaction& tx,
                                                             const Uid& dialogue) {
  rules::StakeholderTypes types;
  for (std::optional<int64_t> after = -1; after.has_value();) {
    COLLOQUY_ASSIGN_OR_RETURN(const store::Page<store::ParticipantRow> page,
                              store::ListParticipants(tx, dialogue, *after, kPage, All()));
    for (const store::ParticipantRow& row : page.children) {
      if (!row.message.stakeholder_type().empty())
        types[row.number] = row.message.stakeholder_type();
    }
    after = page.next;
  }
  return types;
}

}  // namespace colloquy::dialogues
