// One thing to be decided about an event's seats, from its request to its answer.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_OP_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_OP_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "colloquy/registrations/v1/invitations.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "services/common/auth/caller.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/request_ids.h"
#include "services/registrations/rules/states.h"

namespace colloquy::registrations {

// A registration to be made.
struct Draft {
  v1::Registration registration;
  std::string email_key;
  std::string path;  // of the message in its request, for errors: "requests[3].registration"
  resource::Uid uid;
};

struct Op {
  using Outcome = absl::StatusOr<std::vector<v1::Registration>>;

  std::string event;  // name
  auth::Caller caller;
  std::string cause;  // the method
  std::optional<resource::RequestKey> key;
  bool validate_only = false;
  bool force = false;
  bool batch = false;  // its answer is a BatchCreateRegistrationsResponse
  absl::Time deadline = absl::InfiniteFuture();
  absl::Time arrival = absl::UnixEpoch();
  // Decided on rules that were read after it came: its refusal is final.
  bool fresh = false;

  // To create: all of these, or none.
  std::vector<Draft> drafts;
  // Or to change one that exists.
  std::optional<rules::Action> action;
  // Or to change who it is for and what they answered; see rules/edit.h.
  struct Edit {
    google::protobuf::FieldMask mask;
    v1::Registration source;
  };
  std::optional<Edit> edit;
  // Of either.
  bool has_target() const { return action.has_value() || edit.has_value(); }
  resource::Uid target;
  std::string name;
  std::string reason;
  std::string etag;
  // A guest withdraws: the invitation that the registration came of, if any, is declined by it.
  bool by_guest = false;

  // Or what a guest answers to an invitation; to accept, `drafts` has the registration.
  enum class Answer { kAccept, kDecline };
  std::optional<Answer> answer;
  resource::Uid invitation;
  // Party that the invitation names, in place of the event's limit.
  int32_t invited_people = 0;
  // The invitation as it stands after the decision; shared with the handler, whose op is gone then.
  std::shared_ptr<v1::Invitation> answered;

  // What the rules say, seats aside; checked before the transaction.
  absl::Status admission;
  Outcome outcome = absl::UnknownError("not decided");
  absl::AnyInvocable<void(Outcome)> done;

  // In people, roughly: an atomic batch counts as its size.
  size_t weight() const { return std::max<size_t>(1, drafts.size()); }
};

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_OP_H_
