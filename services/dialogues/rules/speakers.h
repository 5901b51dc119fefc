// Who speaks: the queue and its orders, and how long everybody has spoken. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_SPEAKERS_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_SPEAKERS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/dialogues/v1/agenda.pb.h"
#include "colloquy/dialogues/v1/resources.pb.h"

namespace colloquy::dialogues::rules {

// All requests of a dialogue, in any order, with the participants' stakeholder types.
using SpeakerRequests = std::vector<v1::SpeakerRequest>;

// Kind (CONTRIBUTION if unset) and topic.
absl::Status NormalizeSpeakerRequest(absl::string_view path, v1::SpeakerRequest* request);

// WAITING or CALLED: a participant has at most one such request.
bool IsPending(const v1::SpeakerRequest& request);

// Fills `position`: points of order first, then by the dialogue's order, then by who asked first.
// Who speaks at `now` has spoken until then.
void SetPositions(v1::Dialogue::SpeakerOrder order, absl::Time now, SpeakerRequests& requests);
// Who speaks, those who were interrupted, those who are called, the queue by position, then those
// that are over, the newest first.
void SortForList(SpeakerRequests& requests);
// Longest first; those who never spoke are left out.
v1::SummarizeSpeakingResponse SummarizeSpeaking(const SpeakerRequests& requests, absl::Time now);

enum class SpeakerAction { kCall, kBegin, kPause, kEnd, kWithdraw };

// Changes state, spoken time and resume time. Nothing happens where it was done before;
// STATE_INVALID where it cannot be done.
absl::Status Act(SpeakerAction action, absl::Time now, v1::SpeakerRequest& request);

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_SPEAKERS_H_
