#include "services/dialogues/meeting.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/dialogues/child_changes.h"
#include "services/dialogues/rules/people.h"
#include "services/dialogues/store/dialogues.h"
#include "services/dialogues/store/meeting.h"

namespace colloquy::dialogues {
namespace {

using rules::SpeakerAction;
using rules::SpeakerRequests;
using v1::SpeakerRequest;

absl::StatusOr<absl::flat_hash_map<int64_t, v1::Participant>> SpeakersOf(
    db::Transaction& tx, const Uid& dialogue, const SpeakerRequests& requests) {
  std::vector<int64_t> numbers;
  for (const SpeakerRequest& request : requests)
    numbers.push_back(rules::NumberOf(request.participant()).value_or(-1));
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::ParticipantRow> rows,
                            store::ReadParticipants(tx, dialogue, numbers));
  absl::flat_hash_map<int64_t, v1::Participant> participants;
  for (store::ParticipantRow& row : rows) participants[row.number] = std::move(row.message);
  return participants;
}

bool WithdrawnUnspoken(const SpeakerRequest& request) {
  return request.state() == SpeakerRequest::WITHDRAWN && request.spoken_milliseconds() == 0;
}

absl::Status ActOnAll(RoomChange& change, SpeakerRequest::State in, SpeakerAction action,
                      SpeakerRequests& speakers) {
  for (SpeakerRequest& request : speakers) {
    if (request.state() == in) COLLOQUY_RETURN_IF_ERROR(rules::Act(action, change.now, request));
  }
  return absl::OkStatus();
}

absl::Status FinishItems(RoomChange& change) {
  COLLOQUY_ASSIGN_OR_RETURN(const rules::Agenda before, ReadAgenda(change.tx, change.room.uid));
  rules::Agenda agenda = before;
  rules::FinishAgenda(change.now, agenda);
  return SaveAgenda(change, before, agenda);
}

}  // namespace

absl::StatusOr<rules::Agenda> ReadAgenda(db::Transaction& tx, const Uid& dialogue) {
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<v1::AgendaItem> items,
                            store::AllChildren<v1::AgendaItem>(tx, dialogue));
  rules::Agenda agenda;
  for (v1::AgendaItem& item : items)
    agenda[rules::NumberOf(item.name()).value_or(-1)] = std::move(item);
  return agenda;
}

absl::Status SaveAgenda(RoomChange& change, const rules::Agenda& before, rules::Agenda& agenda) {
  for (auto& [number, item] : agenda) {
    const auto old = before.find(number);
    COLLOQUY_RETURN_IF_ERROR(old == before.end() ? AddChild(change, item)
                                                 : SaveChild(change, old->second, item));
  }
  return absl::OkStatus();
}

absl::StatusOr<SpeakerRequests> ReadSpeakers(db::Transaction& tx, const store::Room& room,
                                             absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const v1::Dialogue dialogue, store::ReadDialogue(tx, room));
  COLLOQUY_ASSIGN_OR_RETURN(SpeakerRequests speakers,
                            store::AllChildren<SpeakerRequest>(tx, room.uid));
  COLLOQUY_ASSIGN_OR_RETURN(const auto participants, SpeakersOf(tx, room.uid, speakers));
  for (SpeakerRequest& request : speakers) {
    const int64_t number = rules::NumberOf(request.participant()).value_or(-1);
    const auto found = participants.find(number);
    if (found == participants.end()) continue;
    request.set_pseudonym(rules::PseudonymOf(dialogue.names_shown(), number, found->second));
    request.set_stakeholder_type(found->second.stakeholder_type());
  }
  rules::SetPositions(dialogue.speaker_order(), now, speakers);
  rules::SortForList(speakers);
  return speakers;
}

SpeakerRequest* FindSpeaker(SpeakerRequests& speakers, int64_t number) {
  const auto found = std::find_if(speakers.begin(), speakers.end(), [&](const auto& request) {
    return rules::NumberOf(request.name()) == number;
  });
  return found == speakers.end() ? nullptr : &*found;
}

SpeakerRequest* FindPending(SpeakerRequests& speakers, const std::string& participant) {
  const auto found = std::find_if(speakers.begin(), speakers.end(), [&](const auto& request) {
    return request.participant() == participant && rules::IsPending(request);
  });
  return found == speakers.end() ? nullptr : &*found;
}

absl::Status SaveSpeakers(RoomChange& change, const SpeakerRequests& before,
                          SpeakerRequests& speakers) {
  for (size_t i = 0; i < before.size(); ++i)
    COLLOQUY_RETURN_IF_ERROR(SaveChild(change, before[i], speakers[i]));
  COLLOQUY_ASSIGN_OR_RETURN(speakers, ReadSpeakers(change.tx, change.room, change.now));
  return absl::OkStatus();
}

absl::StatusOr<SpeakerRequest> Ask(RoomChange& change, const std::string& participant,
                                   const SpeakerRequest& wish) {
  COLLOQUY_ASSIGN_OR_RETURN(SpeakerRequests speakers,
                            ReadSpeakers(change.tx, change.room, change.now));
  SpeakerRequest* request = FindPending(speakers, participant);
  const bool waits = request != nullptr;
  if (!waits) {
    const auto withdrawn = std::find_if(speakers.begin(), speakers.end(), [&](const auto& other) {
      return other.participant() == participant && WithdrawnUnspoken(other);
    });
    if (withdrawn != speakers.end()) request = &*withdrawn;
  }
  const bool fresh = request == nullptr;
  if (fresh) request = &speakers.emplace_back();
  const SpeakerRequest before = *request;
  request->set_participant(participant);
  request->set_kind(wish.kind());
  request->set_topic(wish.topic());
  if (!waits) {
    COLLOQUY_ASSIGN_OR_RETURN(const rules::Agenda agenda, ReadAgenda(change.tx, change.room.uid));
    request->set_agenda_item(rules::RunningItem(agenda));
    request->set_state(SpeakerRequest::WAITING);
    *request->mutable_create_time() = ToProto(change.now);
  }
  if (fresh) NameNew(change, change.room.next_speaker_request++, *request);
  COLLOQUY_RETURN_IF_ERROR(fresh ? AddChild(change, *request)
                                 : SaveChild(change, before, *request));
  const int64_t number = rules::NumberOf(request->name()).value_or(-1);
  COLLOQUY_ASSIGN_OR_RETURN(speakers, ReadSpeakers(change.tx, change.room, change.now));
  return *FindSpeaker(speakers, number);
}

absl::Status PauseMeeting(RoomChange& change) {
  COLLOQUY_RETURN_IF_ERROR(FinishItems(change));
  COLLOQUY_ASSIGN_OR_RETURN(SpeakerRequests speakers,
                            ReadSpeakers(change.tx, change.room, change.now));
  const SpeakerRequests before = speakers;
  COLLOQUY_RETURN_IF_ERROR(
      ActOnAll(change, SpeakerRequest::SPEAKING, SpeakerAction::kPause, speakers));
  return SaveSpeakers(change, before, speakers);
}

absl::Status EndMeeting(RoomChange& change) {
  COLLOQUY_RETURN_IF_ERROR(FinishItems(change));
  COLLOQUY_ASSIGN_OR_RETURN(SpeakerRequests speakers,
                            ReadSpeakers(change.tx, change.room, change.now));
  const SpeakerRequests before = speakers;
  for (const SpeakerRequest::State speaks : {SpeakerRequest::SPEAKING, SpeakerRequest::PAUSED})
    COLLOQUY_RETURN_IF_ERROR(ActOnAll(change, speaks, SpeakerAction::kEnd, speakers));
  for (const SpeakerRequest::State waits : {SpeakerRequest::WAITING, SpeakerRequest::CALLED})
    COLLOQUY_RETURN_IF_ERROR(ActOnAll(change, waits, SpeakerAction::kWithdraw, speakers));
  return SaveSpeakers(change, before, speakers);
}

}  // namespace colloquy::dialogues
