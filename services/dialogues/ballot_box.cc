#include "services/dialogues/ballot_box.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/dialogues/child_changes.h"
#include "services/dialogues/rules/ballots.h"

namespace colloquy::dialogues {
namespace {

using v1::Poll;

absl::StatusOr<v1::PollResult> Count(RoomChange& change, const Poll& poll) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<v1::Ballot> ballots,
                            store::AllBallots(change.tx, BallotsOf(change.room.uid, poll)));
  return rules::CountBallots(poll, ballots);
}

absl::Status CastBefore(const Poll& poll) {
  return errors::FailedPrecondition(
      errors::ErrorReason::BALLOT_CAST, poll.name(),
      "a ballot was cast in this anonymous poll; it cannot be changed, since nobody knows which "
      "one it is",
      {{"poll", poll.name()}});
}

}  // namespace

store::BallotsOf BallotsOf(const Uid& dialogue, const Poll& poll) {
  return {.dialogue = dialogue,
          .poll = rules::NumberOf(poll.name()).value_or(-1),
          .anonymous = poll.anonymous()};
}

absl::StatusOr<Poll> CastBallot(RoomChange& change, int64_t participant, int64_t number,
                                v1::Ballot ballot) {
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<Poll> poll,
                            store::ReadChild<Poll>(change.tx, change.room.uid, number));
  if (!poll.has_value() || poll->state() == Poll::DRAFT) {
    return errors::NotFound("colloquy/Poll",
                            rules::ChildName(store::NameOf(change.room), rules::kPolls, number));
  }
  COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kUnderWay));
  if (poll->state() != Poll::OPEN) {
    return errors::IllegalTransition(poll->name(), Poll::State_Name(poll->state()),
                                     change.cause.method, "a poll that is OPEN");
  }
  COLLOQUY_RETURN_IF_ERROR(rules::NormalizeBallot(*poll, &ballot));
  COLLOQUY_ASSIGN_OR_RETURN(
      const bool put,
      store::PutBallot(change.tx, BallotsOf(change.room.uid, *poll), participant, ballot));
  if (!put) return CastBefore(*poll);
  COLLOQUY_ASSIGN_OR_RETURN(poll, store::ReadChild<Poll>(change.tx, change.room.uid, number));
  if (poll->result_visibility() == Poll::AFTER_VOTE) {
    COLLOQUY_ASSIGN_OR_RETURN(*poll->mutable_result(), Count(change, *poll));
  }
  return *std::move(poll);
}

absl::Status ClosePoll(RoomChange& change, Poll& poll) {
  const Poll before = poll;
  COLLOQUY_ASSIGN_OR_RETURN(*poll.mutable_result(), Count(change, poll));
  if (poll.anonymous()) {
    COLLOQUY_RETURN_IF_ERROR(store::ShuffleBallots(change.tx, BallotsOf(change.room.uid, poll)));
  }
  poll.set_state(Poll::CLOSED);
  *poll.mutable_close_time() = ToProto(change.now);
  return SaveChild(change, before, poll);
}

absl::Status ClosePolls(RoomChange& change) {
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<Poll> polls,
                            store::AllChildren<Poll>(change.tx, change.room.uid));
  for (Poll& poll : polls) {
    if (poll.state() == Poll::OPEN) COLLOQUY_RETURN_IF_ERROR(ClosePoll(change, poll));
  }
  return absl::OkStatus();
}

}  // namespace colloquy::dialogues
