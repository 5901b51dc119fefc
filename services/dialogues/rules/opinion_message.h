// The analysis of a dialogue's votes as the contract says it. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_MESSAGE_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_MESSAGE_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "colloquy/dialogues/v1/live.pb.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/dialogues/rules/opinion/analysis.h"
#include "services/dialogues/rules/opinion/votes.h"
#include "services/dialogues/rules/room_view.h"

namespace colloquy::dialogues::rules {

// Stakeholder type of each participant, by number; those who said none may be absent.
using StakeholderTypes = absl::flat_hash_map<int64_t, std::string>;

// False discovery rate below which a representative statement counts as significant.
inline constexpr double kFalseDiscoveryRate = 0.1;

struct OpinionContext {
  v1::Dialogue::AnalysisMode mode = v1::Dialogue::STABLE;
  int64_t vote_sequence = 0;  // the newest vote of the analysis
  absl::Time compute_time;
  opinion::Moderation moderation;
  StakeholderTypes stakeholder_types;
};

// How a dialogue's votes are analysed: STABLE where it does not say.
v1::Dialogue::AnalysisMode ModeOf(const v1::Dialogue& dialogue);

// The votes that `mode` analyses are given in the order that it needs.
opinion::Snapshot::Order OrderOf(v1::Dialogue::AnalysisMode mode);

// Keys of participants and statements are their numbers in decimal. Statements that moderation took
// out count for nothing and are left out of every list; lists of statements are by number, but
// representatives and consensus by strength.
v1::Opinion ToOpinion(const opinion::Snapshot& votes, const opinion::Analysis& analysis,
                      const OpinionContext& context);

// Analyses `votes`, which are in the order of the context's mode. `history` is for
// POLIS_COMPATIBLE: what it remembers, and afterwards what it is to remember next; null for a cold
// run.
v1::Opinion FindOpinion(const opinion::Snapshot& votes, const OpinionContext& context,
                        opinion::History* history);

// What of a room does not shape its groups: meta statements, and those that participants do not
// see.
opinion::Moderation ModerationOf(const RoomView& room);

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_MESSAGE_H_
