#include "services/events/parts.h"

#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/validation.h"
#include "services/events/rules/civil_time.h"

namespace colloquy::events {

using resource::Uid;
using v1::Event;
using v1::Session;

const resource::NamePattern& OrganizerPattern() {
  static const resource::NamePattern pattern("organizers/{organizer}");
  return pattern;
}
const resource::NamePattern& EventPattern() {
  static const resource::NamePattern pattern("organizers/{organizer}/events/{event}");
  return pattern;
}
const resource::NamePattern& SessionPattern() {
  static const resource::NamePattern pattern(
      "organizers/{organizer}/events/{event}/sessions/{session}");
  return pattern;
}

absl::StatusOr<std::string> CanonicalLanguage(const std::string& language) {
  if (language.empty()) return std::string();
  return resource::CanonicalLanguageTag(language, "language_code");
}

void Begin(const std::string& name, absl::Time now, Event* event) {
  const Uid uid = resource::NewUid();
  event->set_name(name);
  event->set_uid(uid.ToUuid());
  event->set_state(Event::DRAFT);
  event->set_revision(1);
  event->set_etag(resource::MakeEtag(uid, 1));
  *event->mutable_create_time() = rules::ToProto(now);
  *event->mutable_update_time() = rules::ToProto(now);
}

void BeginSession(const std::string& name, absl::Time now, Session* session) {
  session->set_name(name);
  session->set_uid(resource::NewUid().ToUuid());
  *session->mutable_create_time() = rules::ToProto(now);
  *session->mutable_update_time() = rules::ToProto(now);
  session->clear_etag();
  session->set_etag(resource::ContentEtag(*session));
}

}  // namespace colloquy::events
