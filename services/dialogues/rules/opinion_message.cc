#include "services/dialogues/rules/opinion_message.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace colloquy::dialogues::rules {
namespace {

using opinion::Analysis;
using opinion::Counts;
using opinion::Direction;
using opinion::Members;
using opinion::Snapshot;
using opinion::StatementCounts;
using v1::Opinion;

int32_t NumberOf(const std::string& key) {
  int32_t number = 0;
  return absl::SimpleAtoi(key, &number) ? number : -1;
}

std::vector<int32_t> NumbersOf(const std::vector<std::string>& keys) {
  std::vector<int32_t> numbers;
  numbers.reserve(keys.size());
  for (const std::string& key : keys) numbers.push_back(NumberOf(key));
  return numbers;
}

// An analysis and what its indices mean.
class Writer {
 public:
  Writer(const Snapshot& votes, const Analysis& analysis, const OpinionContext& context)
      : votes_(votes),
        analysis_(analysis),
        context_(context),
        participants_(NumbersOf(votes.participant_keys)),
        statements_(NumbersOf(votes.statement_keys)),
        out_(opinion::Marks(votes, context.moderation.out)),
        order_(statements_.size()) {
    std::iota(order_.begin(), order_.end(), 0);
    std::erase_if(order_, [&](uint32_t j) { return out_[j]; });
    std::sort(order_.begin(), order_.end(),
              [&](uint32_t a, uint32_t b) { return statements_[a] < statements_[b]; });
  }

  Opinion Write() const {
    Opinion opinion;
    opinion.set_mode(context_.mode);
    opinion.set_vote_sequence(context_.vote_sequence);
    const int64_t micros = absl::ToUnixMicros(context_.compute_time);
    opinion.mutable_compute_time()->set_seconds(micros / 1'000'000);
    opinion.mutable_compute_time()->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
    opinion.set_voter_count(static_cast<int32_t>(votes_.participants()));
    opinion.set_participant_count(
        static_cast<int32_t>(std::count(analysis_.in.begin(), analysis_.in.end(), true)));
    opinion.set_statement_count(static_cast<int32_t>(order_.size()));
    for (const opinion::Group& group : analysis_.groups) WriteGroup(group, *opinion.add_groups());
    WritePositions(opinion);
    WriteConsensus(opinion);
    WriteStatements(opinion);
    WriteStakeholders(opinion);
    for (const auto& [k, silhouette] : analysis_.silhouettes) {
      (*opinion.mutable_silhouettes())[static_cast<int32_t>(k)] = silhouette;
    }
    if (Stable()) {
      opinion.set_silhouette_margin(analysis_.uncertainty.silhouette_margin);
      opinion.set_bootstrap_agreement(analysis_.uncertainty.bootstrap_agreement);
    }
    return opinion;
  }

 private:
  bool Stable() const { return context_.mode != v1::Dialogue::POLIS_COMPATIBLE; }

  const std::string& TypeOf(uint32_t row) const {
    static const std::string none;
    const auto known = context_.stakeholder_types.find(participants_[row]);
    return known == context_.stakeholder_types.end() ? none : known->second;
  }

  template <typename List>
  void WriteTallies(const StatementCounts& counts, List& tallies) const {
    for (uint32_t j : order_) {
      if (counts[j].seen == 0) continue;
      v1::StatementTally& tally = *tallies.Add();
      tally.set_statement(statements_[j]);
      tally.set_agree_count(static_cast<int32_t>(counts[j].agree));
      tally.set_disagree_count(static_cast<int32_t>(counts[j].disagree));
      tally.set_pass_count(static_cast<int32_t>(counts[j].pass()));
    }
  }

  void WriteGroup(const opinion::Group& group, Opinion::Group& message) const {
    message.set_id(group.id);
    message.set_participant_count(static_cast<int32_t>(group.members.size()));
    message.set_x(group.center.x);
    message.set_y(group.center.y);
    for (const opinion::Representative& found : group.representative) {
      Opinion::Representative& shown = *message.add_representatives();
      shown.set_statement(statements_[found.statement]);
      shown.set_agree(found.direction == Direction::kAgree);
      shown.set_representativeness(found.share.repness);
      shown.set_representativeness_test(found.share.repness_test);
      shown.set_probability(found.share.p);
      shown.set_probability_test(found.share.p_test);
      shown.set_significant(Stable() && found.q < kFalseDiscoveryRate);
    }
    WriteTallies(group.counts, *message.mutable_tallies());
    for (uint32_t row : group.members) ++(*message.mutable_stakeholder_types())[TypeOf(row)];
  }

  void WritePositions(Opinion& opinion) const {
    std::vector<int32_t> group_of(votes_.participants(), -1);
    for (const opinion::Group& group : analysis_.groups) {
      for (uint32_t row : group.members) group_of[row] = group.id;
    }
    std::vector<uint32_t> rows(votes_.participants());
    std::iota(rows.begin(), rows.end(), 0);
    std::sort(rows.begin(), rows.end(),
              [&](uint32_t a, uint32_t b) { return participants_[a] < participants_[b]; });
    for (uint32_t row : rows) {
      Opinion::Position& position = *opinion.add_positions();
      position.set_participant(participants_[row]);
      position.set_x(static_cast<float>(analysis_.participants[row].x));
      position.set_y(static_cast<float>(analysis_.participants[row].y));
      position.set_group(group_of[row]);
    }
  }

  void WriteConsensus(Opinion& opinion) const {
    const auto add = [&](const opinion::ConsensusStatement& found, bool agree) {
      Opinion::Consensus& shown = *opinion.add_consensus();
      shown.set_statement(statements_[found.statement]);
      shown.set_agree(agree);
      shown.set_probability(found.p);
      shown.set_probability_test(found.p_test);
    };
    for (const auto& found : analysis_.consensus.agree) add(found, true);
    for (const auto& found : analysis_.consensus.disagree) add(found, false);
    std::stable_sort(opinion.mutable_consensus()->begin(), opinion.mutable_consensus()->end(),
                     [](const auto& a, const auto& b) {
                       return a.probability() * a.probability_test() >
                              b.probability() * b.probability_test();
                     });
  }

  void WriteStatements(Opinion& opinion) const {
    const bool grouped = !analysis_.groups.empty();
    for (uint32_t j : order_) {
      Opinion::StatementOpinion& shown = *opinion.add_statements();
      shown.set_statement(statements_[j]);
      shown.set_extremity(analysis_.extremity[j]);
      shown.set_priority(analysis_.priorities[j]);
      shown.set_x(static_cast<float>(analysis_.statements[j].x));
      shown.set_y(static_cast<float>(analysis_.statements[j].y));
      if (!grouped) continue;
      shown.set_group_aware_consensus(Stable() ? analysis_.mean_agreement[j]
                                               : analysis_.group_aware_consensus[j]);
      if (Stable()) shown.set_group_aware_disagreement(analysis_.mean_disagreement[j]);
    }
  }

  void WriteStakeholders(Opinion& opinion) const {
    std::map<std::string, Members> by_type;
    for (uint32_t row = 0; row < votes_.participants(); ++row) by_type[TypeOf(row)].push_back(row);
    for (const auto& [type, members] : by_type) {
      Opinion::StakeholderOpinion& shown = *opinion.add_stakeholder_types();
      shown.set_stakeholder_type(type);
      shown.set_participant_count(static_cast<int32_t>(members.size()));
      WriteTallies(opinion::CountVotes(votes_, members), *shown.mutable_tallies());
    }
  }

  const Snapshot& votes_;
  const Analysis& analysis_;
  const OpinionContext& context_;
  const std::vector<int32_t> participants_, statements_;
  const std::vector<bool> out_;
  std::vector<uint32_t> order_;  // statements that count, by number
};

}  // namespace

v1::Dialogue::AnalysisMode ModeOf(const v1::Dialogue& dialogue) {
  return dialogue.analysis_mode() == v1::Dialogue::POLIS_COMPATIBLE ? v1::Dialogue::POLIS_COMPATIBLE
                                                                    : v1::Dialogue::STABLE;
}

Snapshot::Order OrderOf(v1::Dialogue::AnalysisMode mode) {
  return mode == v1::Dialogue::POLIS_COMPATIBLE ? Snapshot::Order::kMatrix
                                                : Snapshot::Order::kCanonical;
}

Opinion ToOpinion(const Snapshot& votes, const Analysis& analysis, const OpinionContext& context) {
  return Writer(votes, analysis, context).Write();
}

Opinion FindOpinion(const Snapshot& votes, const OpinionContext& context,
                    opinion::History* history) {
  if (votes.participants() == 0) return ToOpinion(votes, {}, context);
  if (context.mode != v1::Dialogue::POLIS_COMPATIBLE) {
    return ToOpinion(votes, opinion::AnalyseStably(votes, context.moderation), context);
  }
  Analysis analysis = opinion::AnalyseAsPublished(
      votes, context.moderation, history == nullptr ? opinion::History() : *history);
  Opinion message = ToOpinion(votes, analysis, context);
  if (history != nullptr) *history = std::move(analysis.next);
  return message;
}

opinion::Moderation ModerationOf(const RoomView& room) {
  opinion::Moderation moderation;
  for (const auto& [number, statement] : room.statements) {
    if (!ParticipantsSee(*statement, *room.dialogue)) moderation.out.insert(absl::StrCat(number));
    if (statement->meta()) moderation.meta.insert(absl::StrCat(number));
  }
  return moderation;
}

}  // namespace colloquy::dialogues::rules
