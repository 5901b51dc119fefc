#include "services/access/parts.h"

#include <utility>

#include "google/protobuf/util/time_util.h"
#include "services/access/rules/rules.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/validation.h"

namespace colloquy::access {

using changes::v1::Change;
using google::protobuf::util::TimeUtil;
using resource::Uid;
using v1::ApiKey;

const resource::NamePattern& OrganizerPattern() {
  static const resource::NamePattern pattern("organizers/{organizer}");
  return pattern;
}
const resource::NamePattern& PartnerPattern() {
  static const resource::NamePattern pattern("organizers/{organizer}/partners/{partner}");
  return pattern;
}
const resource::NamePattern& KeyPattern() {
  static const resource::NamePattern pattern("organizers/{organizer}/apiKeys/{api_key}");
  return pattern;
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(time));
}

ApiKey Show(const std::string& message, absl::Time now) {
  ApiKey key = Parse<ApiKey>(message);
  key.set_state(rules::StateOf(key, now));
  return key;
}

feed::Record KeyRecord(Change::Kind kind, ApiKey key, absl::string_view actor,
                       absl::string_view cause, absl::Time now, absl::string_view old_state,
                       absl::string_view new_state) {
  key.clear_secret();
  return feed::MakeRecord(kind, key, actor, cause, now, old_state, new_state);
}

}  // namespace colloquy::access
