#include "services/dialogues/rules/speakers.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <tuple>

#include "google/protobuf/util/time_util.h"
#include "services/common/errors/errors.h"
#include "services/dialogues/rules/field_checks.h"
#include "services/dialogues/rules/room_view.h"

namespace colloquy::dialogues::rules {
namespace {

using google::protobuf::util::TimeUtil;
using v1::Dialogue;
using v1::SpeakerRequest;
using Spoken = v1::SummarizeSpeakingResponse::Spoken;

constexpr int kMaxTopic = 200;

struct Rule {
  SpeakerAction action;
  absl::string_view method;
  std::array<SpeakerRequest::State, 3> from;  // unused ones are unspecified, which nothing is
  SpeakerRequest::State to;
  absl::string_view needed;
};

constexpr std::array<Rule, 5> kRules = {{
    {SpeakerAction::kCall,
     "CallSpeakerRequest",
     {SpeakerRequest::WAITING},
     SpeakerRequest::CALLED,
     "WAITING"},
    {SpeakerAction::kBegin,
     "BeginSpeakerRequest",
     {SpeakerRequest::WAITING, SpeakerRequest::CALLED, SpeakerRequest::PAUSED},
     SpeakerRequest::SPEAKING,
     "WAITING, CALLED or PAUSED"},
    {SpeakerAction::kPause,
     "PauseSpeakerRequest",
     {SpeakerRequest::SPEAKING},
     SpeakerRequest::PAUSED,
     "SPEAKING"},
    {SpeakerAction::kEnd,
     "EndSpeakerRequest",
     {SpeakerRequest::SPEAKING, SpeakerRequest::PAUSED},
     SpeakerRequest::SPOKEN,
     "SPEAKING or PAUSED"},
    {SpeakerAction::kWithdraw,
     "WithdrawSpeakerRequest",
     {SpeakerRequest::WAITING, SpeakerRequest::CALLED},
     SpeakerRequest::WITHDRAWN,
     "WAITING or CALLED"},
}};

int64_t MillisecondsOf(const SpeakerRequest& request, absl::Time now) {
  if (request.state() != SpeakerRequest::SPEAKING) return request.spoken_milliseconds();
  const int64_t since = TimeUtil::TimestampToMilliseconds(request.resume_time());
  return request.spoken_milliseconds() + std::max<int64_t>(0, absl::ToUnixMillis(now) - since);
}

bool HasSpoken(const SpeakerRequest& request) {
  return request.state() == SpeakerRequest::SPEAKING || request.state() == SpeakerRequest::PAUSED ||
         request.state() == SpeakerRequest::SPOKEN;
}

// Who asked first: by time, and by number at the same time.
std::tuple<int64_t, int64_t> AskedAt(const SpeakerRequest& request) {
  return {TimeUtil::TimestampToMicroseconds(request.create_time()), NumberIn(request.name())};
}

// Milliseconds by what `key` takes from a request.
template <typename Key>
std::map<std::string, int64_t> SpokenBy(const SpeakerRequests& requests, absl::Time now, Key key) {
  std::map<std::string, int64_t> spoken;
  for (const SpeakerRequest& request : requests)
    spoken[key(request)] += MillisecondsOf(request, now);
  return spoken;
}

// What the order looks at, before who asked first.
int64_t WeightOf(Dialogue::SpeakerOrder order, const SpeakerRequest& request,
                 const std::map<std::string, int64_t>& by_participant,
                 const std::map<std::string, int64_t>& by_type) {
  if (order == Dialogue::LEAST_SPOKEN) return by_participant.at(request.participant());
  if (order == Dialogue::BALANCED) return by_type.at(request.stakeholder_type());
  return 0;
}

int PlaceInList(SpeakerRequest::State state) {
  switch (state) {
    case SpeakerRequest::SPEAKING:
      return 0;
    case SpeakerRequest::PAUSED:
      return 1;
    case SpeakerRequest::CALLED:
      return 2;
    case SpeakerRequest::WAITING:
      return 3;
    default:
      return 4;
  }
}

bool Earlier(const SpeakerRequest& a, const SpeakerRequest& b) {
  const int place = PlaceInList(a.state());
  if (place != PlaceInList(b.state())) return place < PlaceInList(b.state());
  if (a.position() != b.position()) return a.position() < b.position();
  return place == 4 ? AskedAt(a) > AskedAt(b) : AskedAt(a) < AskedAt(b);
}

void Add(const SpeakerRequest& request, absl::Time now, Spoken& spoken) {
  spoken.set_stakeholder_type(request.stakeholder_type());
  spoken.set_spoken_milliseconds(spoken.spoken_milliseconds() + MillisecondsOf(request, now));
  spoken.set_speech_count(spoken.speech_count() + 1);
}

void AddLongestFirst(const std::map<std::string, Spoken>& all,
                     google::protobuf::RepeatedPtrField<Spoken>& list) {
  for (const auto& [key, spoken] : all) *list.Add() = spoken;
  std::stable_sort(list.begin(), list.end(), [](const Spoken& a, const Spoken& b) {
    return a.spoken_milliseconds() > b.spoken_milliseconds();
  });
}

}  // namespace

absl::Status NormalizeSpeakerRequest(absl::string_view path, SpeakerRequest* request) {
  resource::Violations out;
  if (!SpeakerRequest::Kind_IsValid(request->kind())) out.Add(Path(path, "kind"), "is no kind");
  if (request->kind() == SpeakerRequest::KIND_UNSPECIFIED)
    request->set_kind(SpeakerRequest::CONTRIBUTION);
  NormalizeOptionalLineIn(Path(path, "topic"), kMaxTopic, request->mutable_topic(), out);
  return out.ToStatus();
}

bool IsPending(const SpeakerRequest& request) {
  return request.state() == SpeakerRequest::WAITING || request.state() == SpeakerRequest::CALLED;
}

void SetPositions(Dialogue::SpeakerOrder order, absl::Time now, SpeakerRequests& requests) {
  const auto by_participant =
      SpokenBy(requests, now, [](const auto& request) { return request.participant(); });
  const auto by_type =
      SpokenBy(requests, now, [](const auto& request) { return request.stakeholder_type(); });
  std::vector<SpeakerRequest*> queue;
  for (SpeakerRequest& request : requests) {
    request.set_position(0);
    if (request.state() == SpeakerRequest::WAITING) queue.push_back(&request);
  }
  const auto key = [&](const SpeakerRequest& request) {
    return std::tuple(request.kind() != SpeakerRequest::POINT_OF_ORDER,
                      WeightOf(order, request, by_participant, by_type), AskedAt(request));
  };
  std::sort(queue.begin(), queue.end(),
            [&](const SpeakerRequest* a, const SpeakerRequest* b) { return key(*a) < key(*b); });
  int32_t position = 0;
  for (SpeakerRequest* request : queue) request->set_position(++position);
}

void SortForList(SpeakerRequests& requests) {
  std::sort(requests.begin(), requests.end(), Earlier);
}

v1::SummarizeSpeakingResponse SummarizeSpeaking(const SpeakerRequests& requests, absl::Time now) {
  std::map<std::string, Spoken> participants;
  std::map<std::string, Spoken> types;
  for (const SpeakerRequest& request : requests) {
    if (!HasSpoken(request)) continue;
    Spoken& spoken = participants[request.participant()];
    spoken.set_participant(request.participant());
    spoken.set_pseudonym(request.pseudonym());
    Add(request, now, spoken);
    Add(request, now, types[request.stakeholder_type()]);
  }
  v1::SummarizeSpeakingResponse summary;
  AddLongestFirst(participants, *summary.mutable_participants());
  AddLongestFirst(types, *summary.mutable_stakeholder_types());
  return summary;
}

absl::Status Act(SpeakerAction action, absl::Time now, SpeakerRequest& request) {
  const Rule& rule = kRules[static_cast<size_t>(action)];
  if (request.state() == rule.to) return absl::OkStatus();
  if (std::find(rule.from.begin(), rule.from.end(), request.state()) == rule.from.end()) {
    return errors::IllegalTransition(request.name(), SpeakerRequest::State_Name(request.state()),
                                     rule.method, rule.needed);
  }
  request.set_spoken_milliseconds(MillisecondsOf(request, now));
  request.clear_resume_time();
  request.set_state(rule.to);
  if (rule.to == SpeakerRequest::SPEAKING)
    *request.mutable_resume_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(now));
  return absl::OkStatus();
}

}  // namespace colloquy::dialogues::rules
