#include "services/dialogues/seat_links.h"

#include <optional>

#include "services/common/errors/errors.h"

namespace colloquy::dialogues {

using rules::LinkTarget;

absl::StatusOr<LinkTarget> OpenLink(const rules::Links& links, rules::LinkPurpose purpose,
                                    absl::string_view token, absl::string_view method) {
  const std::optional<LinkTarget> target = links.Open(purpose, token);
  if (!target.has_value()) return errors::PermissionDenied(method);
  return *target;
}

absl::Status CheckSeat(const LinkTarget& link, const store::ParticipantRow& seat,
                       absl::string_view method) {
  if (seat.state == v1::Participant::ACTIVE && seat.link_generation == link.generation)
    return absl::OkStatus();
  return errors::PermissionDenied(method);
}

absl::StatusOr<store::ParticipantRow> ReadSeat(db::Transaction& tx, const LinkTarget& link,
                                               absl::string_view method) {
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<store::ParticipantRow> seat,
                            store::ReadParticipant(tx, link.dialogue, link.number));
  if (!seat.has_value()) return errors::PermissionDenied(method);
  COLLOQUY_RETURN_IF_ERROR(CheckSeat(link, *seat, method));
  return *std::move(seat);
}

absl::Status CheckRoomLink(const LinkTarget& link, const store::Room& room,
                           absl::string_view method) {
  if (room.link_generation == link.generation) return absl::OkStatus();
  return errors::PermissionDenied(method);
}

}  // namespace colloquy::dialogues
