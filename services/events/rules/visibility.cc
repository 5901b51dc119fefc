#include "services/events/rules/visibility.h"

namespace colloquy::events::rules {

using v1::Event;

Audience AudienceOf(const auth::Caller& caller, absl::string_view organizer) {
  if (caller.role == auth::Role::kOperator || caller.role == auth::Role::kService) {
    return Audience::kStaff;
  }
  if (caller.organizer != organizer) return Audience::kPublic;
  if (caller.is_staff()) return Audience::kStaff;
  return caller.role == auth::Role::kPartner ? Audience::kPartner : Audience::kPublic;
}

bool CanGet(Audience audience, Event::State state, Event::Visibility visibility, bool published) {
  switch (audience) {
    case Audience::kStaff:
      return true;
    case Audience::kPartner:
      return published;
    case Audience::kPublic:
      return published && state != Event::ARCHIVED && visibility != Event::INVITATION_ONLY;
  }
  return false;
}

bool CanFind(Audience audience, Event::State state, Event::Visibility visibility, bool published) {
  if (audience == Audience::kPublic && visibility == Event::UNLISTED) return false;
  return CanGet(audience, state, visibility, published);
}

void Redact(Audience audience, Event* event) {
  if (audience == Audience::kStaff) return;
  event->clear_online_uri();
  event->clear_annotations();
}

void Redact(Audience audience, v1::Session* session) {
  if (audience == Audience::kStaff) return;
  for (v1::Speaker& speaker : *session->mutable_speakers()) speaker.clear_email();
}

}  // namespace colloquy::events::rules
