#include "services/registrations/requests.h"

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/violations.h"

namespace colloquy::registrations {
namespace {

constexpr int kMaxReason = 1000;  // characters

absl::StatusOr<ChildName> ParseChild(const resource::NamePattern& pattern, absl::string_view name,
                                     absl::string_view field, absl::string_view type, char prefix) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids, pattern.Parse(name, field));
  const std::optional<resource::Uid> uid = resource::Uid::FromId(ids[2], prefix);
  // Nothing else was ever given out, so it cannot exist.
  if (!uid.has_value()) return errors::NotFound(type, name);
  return ChildName{ids[0], ids[1], EventPattern().Format({ids[0], ids[1]}), *uid};
}

}  // namespace

const resource::NamePattern& EventPattern() {
  static const resource::NamePattern pattern("organizers/{organizer}/events/{event}");
  return pattern;
}

absl::StatusOr<ChildName> ParseRegistrationName(absl::string_view name, absl::string_view field) {
  static const resource::NamePattern pattern(
      "organizers/{organizer}/events/{event}/registrations/{registration}");
  return ParseChild(pattern, name, field, "colloquy/Registration", 'r');
}

absl::StatusOr<ChildName> ParseInvitationName(absl::string_view name) {
  static const resource::NamePattern pattern(
      "organizers/{organizer}/events/{event}/invitations/{invitation}");
  return ParseChild(pattern, name, "name", "colloquy/Invitation", 'i');
}

absl::Status CheckReason(absl::string_view reason) {
  if (resource::CharacterCount(reason) <= kMaxReason) return absl::OkStatus();
  return errors::InvalidField("reason", absl::StrCat("takes at most ", kMaxReason, " characters"));
}

Cause CauseOf(const rpc::CallContext& call) {
  return {call.caller().actor, std::string(call.method_name())};
}

}  // namespace colloquy::registrations
