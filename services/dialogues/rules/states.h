// The lives of dialogues and statements: states and how they follow each other. Pure and
// thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_STATES_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_STATES_H_

#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "colloquy/dialogues/v1/resources.pb.h"

namespace colloquy::dialogues::rules {

using DialogueState = v1::Dialogue::State;
using StatementState = v1::Statement::State;

// A set of a dialogue's states.
class States {
 public:
  constexpr States(std::initializer_list<DialogueState> states) {
    for (DialogueState state : states) bits_ |= Bit(state);
  }
  constexpr bool Has(DialogueState state) const { return (bits_ & Bit(state)) != 0; }
  // "OPEN or LIVE"
  std::string Names() const;

 private:
  static constexpr uint32_t Bit(DialogueState state) { return 1u << static_cast<unsigned>(state); }
  uint32_t bits_ = 0;
};

// Being prepared or under way: what a dialogue consists of may change.
inline constexpr States kNotOver{v1::Dialogue::DRAFT, v1::Dialogue::OPEN, v1::Dialogue::LIVE};
// Words may still be mended: minutes are written up after the meeting.
inline constexpr States kUnpublished{v1::Dialogue::DRAFT, v1::Dialogue::OPEN, v1::Dialogue::LIVE,
                                     v1::Dialogue::CLOSED};
// Participants take part: join, write, vote, cast ballots.
inline constexpr States kUnderWay{v1::Dialogue::OPEN, v1::Dialogue::LIVE};
// The meeting is on: agenda and speaker queue run.
inline constexpr States kMeeting{v1::Dialogue::LIVE};

// OK if `needed` has the state; otherwise STATE_INVALID for the dialogue's name, naming state,
// method ("CastVote") and what the method needs.
absl::Status CheckState(absl::string_view dialogue, DialogueState state, absl::string_view method,
                        States needed);

enum class DialogueAction { kOpen, kStart, kClose, kPublish };

// The state that `action` leads to; the same state where it was done before, so that an answer that
// got lost can be asked for again. STATE_INVALID for the dialogue `name` otherwise.
absl::StatusOr<DialogueState> Next(absl::string_view name, DialogueState state,
                                   DialogueAction action);

enum class StatementAction { kAccept, kReject, kMerge, kReword };

// The state that `action` leads to, or STATE_INVALID for the statement `name`. Accepting what is
// accepted and rejecting what is rejected leads nowhere else; MERGED is final.
absl::StatusOr<StatementState> Next(absl::string_view name, StatementState state,
                                    StatementAction action);

// May be shown to participants: ACCEPTED, and UNDECIDED where moderation comes AFTER.
bool IsShown(StatementState state, v1::Dialogue::Moderation moderation);
// Votes on it count, and it can stand for others: neither REJECTED nor MERGED.
bool Counts(StatementState state);

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_STATES_H_
