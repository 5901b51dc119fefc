// What the requests of this room's services have in common.
#ifndef COLLOQUY_SERVICES_DIALOGUES_REQUESTS_H_
#define COLLOQUY_SERVICES_DIALOGUES_REQUESTS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/common/resource/names.h"
#include "services/common/rpc/context.h"

namespace colloquy::dialogues {

// organizers/{organizer}/dialogues/{dialogue}
const resource::NamePattern& DialoguePattern();

struct DialogueName {
  std::string organizer;  // ids, not names
  std::string dialogue;
  std::string name;
};
absl::StatusOr<DialogueName> ParseDialogueName(absl::string_view name, absl::string_view field);

// The name of what lies in a dialogue.
struct ChildName {
  DialogueName dialogue;
  int64_t number = 0;
  std::string name;
};
// Of `collection` ("statements"), whose type is `type` ("colloquy/Statement"). NOT_FOUND for what
// is no number as the server writes it: nothing else was ever given out.
absl::StatusOr<ChildName> ParseChildName(absl::string_view name, absl::string_view collection,
                                         absl::string_view type, absl::string_view field);

// To the microsecond.
google::protobuf::Timestamp ToProto(absl::Time time);

// Who changes something, and with what: the actor and the cause of feed records.
struct Cause {
  std::string actor;
  std::string method;
};
Cause CauseOf(const rpc::CallContext& call);

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_REQUESTS_H_
