// What the forms of a dialogue's pages say, as requests; and what the services answer, as texts for
// their scripts. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_WEB_DIALOGUE_FORMS_H_
#define COLLOQUY_SERVICES_WEB_DIALOGUE_FORMS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "colloquy/dialogues/v1/seats.pb.h"
#include "services/web/http/message.h"
#include "services/web/pages/reader.h"

namespace colloquy::web {

// Each gives nullopt for what no form of ours sends. The token is the caller's to set.

// statement=17&value=agree|disagree|pass|none
std::optional<dialogues::v1::CastVoteRequest> ReadVote(const Fields& fields);
// except=17,18; none if empty
std::optional<dialogues::v1::NextStatementRequest> ReadNext(const Fields& fields);
// kind=contribution|question|order&topic=…
std::optional<dialogues::v1::AskToSpeakRequest> ReadSpeaking(const Fields& fields);
// poll=3&entry-0=5&entry-2=1, or poll=3&pair=0-2&pair=1-0 (the first was preferred)
std::optional<dialogues::v1::CastBallotRequest> ReadBallot(const Fields& fields);

// The key of the text (texts.h, without "room_") that tells a participant why something was not
// done; and the HTTP status that goes with it.
struct Refusal {
  absl::string_view key;
  int status;
};
Refusal RefusalOf(const absl::Status& error);

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_DIALOGUE_FORMS_H_
