#include "services/events/rules/conflicts.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/folding.h"
#include "services/events/rules/civil_time.h"

namespace colloquy::events::rules {
namespace {

using v1::Session;

bool Overlap(const Session& a, const Session& b) {
  return FromProto(a.start_time()) < FromProto(b.end_time()) &&
         FromProto(b.start_time()) < FromProto(a.end_time());
}

// With an address one person is recognised under two spellings of the name, so it decides where
// both have one.
bool SamePerson(const v1::Speaker& a, const v1::Speaker& b) {
  if (!a.email().empty() && !b.email().empty())
    return resource::FoldEmail(a.email()) == resource::FoldEmail(b.email());
  return resource::FoldText(a.display_name()) == resource::FoldText(b.display_name());
}

bool ShareSpeaker(const Session& a, const Session& b) {
  for (const v1::Speaker& one : a.speakers()) {
    for (const v1::Speaker& other : b.speakers()) {
      if (SamePerson(one, other)) return true;
    }
  }
  return false;
}

absl::Status Conflict(const Session& other, absl::string_view what) {
  return errors::FailedPrecondition(errors::ErrorReason::SESSION_CONFLICT, other.name(),
                                    absl::StrCat("the ", what, " is taken at that time by ",
                                                 other.name(), "; use force to keep both"),
                                    {{"session", other.name()}, {"conflict", what}});
}

}  // namespace

absl::Status CheckConflicts(const Session& session, const std::vector<Session>& others) {
  const std::string room = resource::FoldText(session.room());
  for (const Session& other : others) {
    if (other.name() == session.name() || !Overlap(session, other)) continue;
    if (!room.empty() && room == resource::FoldText(other.room())) return Conflict(other, "room");
    if (ShareSpeaker(session, other)) return Conflict(other, "speaker");
  }
  return absl::OkStatus();
}

}  // namespace colloquy::events::rules
