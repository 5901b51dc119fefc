#include "services/web/dialogue_forms.h"

#include <initializer_list>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/common/errors/errors.h"

namespace colloquy::web {
namespace {

using dialogues::v1::Ballot;
using dialogues::v1::SpeakerRequest;
using errors::ErrorReason;

constexpr int kMaxExcept = 100;

std::optional<int32_t> NumberIn(absl::string_view text) {
  int32_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 0) return std::nullopt;
  return number;
}

template <typename Value>
std::optional<Value> Named(absl::string_view text,
                           std::initializer_list<std::pair<absl::string_view, Value>> names) {
  for (const auto& [name, value] : names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

// "0-2"
bool AddComparison(absl::string_view pair, Ballot& ballot) {
  const std::vector<absl::string_view> options = absl::StrSplit(pair, '-');
  if (options.size() != 2) return false;
  const std::optional<int32_t> winner = NumberIn(options[0]);
  const std::optional<int32_t> loser = NumberIn(options[1]);
  if (!winner.has_value() || !loser.has_value()) return false;
  Ballot::Comparison& comparison = *ballot.add_comparisons();
  comparison.set_winner(*winner);
  comparison.set_loser(*loser);
  return true;
}

bool AddEntry(absl::string_view option, absl::string_view value, Ballot& ballot) {
  const std::optional<int32_t> number = NumberIn(option);
  const std::optional<int32_t> points = NumberIn(value);
  if (!number.has_value() || !points.has_value()) return false;
  Ballot::Entry& entry = *ballot.add_entries();
  entry.set_option(*number);
  entry.set_value(*points);
  return true;
}

}  // namespace

std::optional<dialogues::v1::CastVoteRequest> ReadVote(const Fields& fields) {
  const std::optional<int32_t> statement = NumberIn(Find(fields, "statement"));
  const std::optional<dialogues::v1::VoteValue> value = Named<dialogues::v1::VoteValue>(
      Find(fields, "value"), {{"agree", dialogues::v1::AGREE},
                              {"disagree", dialogues::v1::DISAGREE},
                              {"pass", dialogues::v1::PASS},
                              {"none", dialogues::v1::VOTE_VALUE_UNSPECIFIED}});
  if (!statement.has_value() || !value.has_value()) return std::nullopt;
  dialogues::v1::CastVoteRequest request;
  request.set_statement(*statement);
  request.set_value(*value);
  return request;
}

std::optional<dialogues::v1::NextStatementRequest> ReadNext(const Fields& fields) {
  dialogues::v1::NextStatementRequest request;
  for (const absl::string_view each :
       absl::StrSplit(Find(fields, "except"), ',', absl::SkipEmpty())) {
    const std::optional<int32_t> number = NumberIn(each);
    if (!number.has_value() || request.except_size() >= kMaxExcept) return std::nullopt;
    request.add_except(*number);
  }
  return request;
}

std::optional<dialogues::v1::AskToSpeakRequest> ReadSpeaking(const Fields& fields) {
  const std::optional<SpeakerRequest::Kind> kind = Named<SpeakerRequest::Kind>(
      Find(fields, "kind"), {{"", SpeakerRequest::CONTRIBUTION},
                             {"contribution", SpeakerRequest::CONTRIBUTION},
                             {"question", SpeakerRequest::QUESTION},
                             {"order", SpeakerRequest::POINT_OF_ORDER}});
  if (!kind.has_value()) return std::nullopt;
  dialogues::v1::AskToSpeakRequest request;
  request.set_kind(*kind);
  request.set_topic(std::string(Find(fields, "topic")));
  return request;
}

std::optional<dialogues::v1::CastBallotRequest> ReadBallot(const Fields& fields) {
  const std::optional<int32_t> poll = NumberIn(Find(fields, "poll"));
  if (!poll.has_value()) return std::nullopt;
  dialogues::v1::CastBallotRequest request;
  request.set_poll(*poll);
  for (const auto& [name, value] : fields) {
    absl::string_view option = name;
    if (name == "pair" && !AddComparison(value, *request.mutable_ballot())) return std::nullopt;
    if (!absl::ConsumePrefix(&option, "entry-") || value.empty()) continue;
    if (!AddEntry(option, value, *request.mutable_ballot())) return std::nullopt;
  }
  return request;
}

Refusal RefusalOf(const absl::Status& error) {
  const ErrorReason reason = errors::ReasonOf(error);
  if (reason == ErrorReason::BALLOT_CAST) return {"ballot_cast", 409};
  switch (error.code()) {
    case absl::StatusCode::kPermissionDenied:
      return {"denied", 403};
    case absl::StatusCode::kAlreadyExists:
      return {"text_known", 409};
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kNotFound:
      return {"not_now", 409};
    case absl::StatusCode::kResourceExhausted:
      return {"wait", 429};
    case absl::StatusCode::kInvalidArgument:
      return {"text_invalid", 400};
    default:
      return {"not_saved", 503};
  }
}

}  // namespace colloquy::web
