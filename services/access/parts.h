// What the methods of AccessService share; for its own files.
#ifndef COLLOQUY_SERVICES_ACCESS_PARTS_H_
#define COLLOQUY_SERVICES_ACCESS_PARTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/access/v1/access.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/common/feed/feed.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/names.h"
#include "services/common/rpc/service.h"

namespace colloquy::access {

const resource::NamePattern& OrganizerPattern();
const resource::NamePattern& PartnerPattern();
const resource::NamePattern& KeyPattern();

google::protobuf::Timestamp ToProto(absl::Time time);
absl::Time ToTime(const google::protobuf::Timestamp& time);

template <typename Resource>
Resource Parse(const std::string& bytes) {
  Resource message;
  message.ParseFromString(bytes);
  return message;
}

// The key as it may be shown: its state follows from the clock, its secret is not there.
v1::ApiKey Show(const std::string& message, absl::Time now);

// A key's record in the feed; never with a secret.
feed::Record KeyRecord(changes::v1::Change::Kind kind, v1::ApiKey key, absl::string_view actor,
                       absl::string_view cause, absl::Time now, absl::string_view old_state,
                       absl::string_view new_state);

}  // namespace colloquy::access

#endif  // COLLOQUY_SERVICES_ACCESS_PARTS_H_
