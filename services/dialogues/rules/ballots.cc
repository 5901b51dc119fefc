#include "services/dialogues/rules/ballots.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/dialogues/rules/field_checks.h"
#include "services/dialogues/rules/names.h"
#include "services/dialogues/rules/polls/bradley_terry.h"
#include "services/dialogues/rules/polls/equal_shares.h"
#include "services/dialogues/rules/polls/schulze.h"
#include "services/dialogues/rules/texts.h"

namespace colloquy::dialogues::rules {
namespace {

using resource::Violations;
using v1::Ballot;
using v1::Poll;
using v1::PollResult;

constexpr int kMaxText = 500;
constexpr int kMinOptions = 2;
constexpr int kMaxOptions = 100;
constexpr int kMaxScore = 100;
constexpr int kMaxDots = 1000;
constexpr int kUsualPoints = 5;
constexpr int kMaxComparisons = 200;
// Sums of a hundred of them are exact as a double.
constexpr int64_t kMaxMoney = 10'000'000'000'000;

bool IsScored(Poll::Method method) { return method == Poll::SCORE || method == Poll::BUDGET; }

// ---- What may be asked ----

void NormalizeOption(const std::string& path, absl::string_view dialogue, Poll::Method method,
                     Poll::Option* option, Violations& out) {
  NormalizeTextIn(Path(path, "text"), kMaxText, option->mutable_text(), out);
  CheckChildName(Path(path, "statement"), option->statement(), dialogue, kStatements, out);
  if (method == Poll::BUDGET) {
    CheckRange(Path(path, "cost"), option->cost(), 1, kMaxMoney, out);
  } else if (option->cost() != 0) {
    out.Add(Path(path, "cost"), "is for BUDGET polls only");
  }
}

void NormalizeOptions(const std::string& path, absl::string_view dialogue, Poll* poll,
                      Violations& out) {
  if (poll->options_size() < kMinOptions || poll->options_size() > kMaxOptions)
    out.Add(path, absl::StrCat("takes ", kMinOptions, " to ", kMaxOptions));
  std::set<std::string> seen;
  for (int i = 0; i < poll->options_size(); ++i) {
    Poll::Option* option = poll->mutable_options(i);
    const std::string item = absl::StrCat(path, "[", i, "]");
    option->set_number(i);
    NormalizeOption(item, dialogue, poll->method(), option, out);
    if (!seen.insert(TextKey(option->text())).second) out.Add(Path(item, "text"), "is there twice");
  }
}

// A number that only some methods have: 1 to `most`, `usual` if it is not said.
template <typename Get, typename Set>
void NormalizeNumber(const std::string& field, bool wanted, int32_t usual, int32_t most, Get get,
                     Set set, Violations& out) {
  if (!wanted) {
    if (get() != 0) out.Add(field, "is not for polls of this method");
    return;
  }
  if (get() == 0) set(usual);
  CheckRange(field, get(), 1, most, out);
}

void NormalizeNumbers(absl::string_view path, Poll* poll, Violations& out) {
  const Poll::Method method = poll->method();
  NormalizeNumber(
      Path(path, "max_choices"), method == Poll::CHOICE, 1, std::max(1, poll->options_size()),
      [&] { return poll->max_choices(); }, [&](int32_t n) { poll->set_max_choices(n); }, out);
  NormalizeNumber(
      Path(path, "max_score"), IsScored(method), kUsualPoints, kMaxScore,
      [&] { return poll->max_score(); }, [&](int32_t n) { poll->set_max_score(n); }, out);
  NormalizeNumber(
      Path(path, "dots"), method == Poll::DOTS, kUsualPoints, kMaxDots,
      [&] { return poll->dots(); }, [&](int32_t n) { poll->set_dots(n); }, out);
  if (method == Poll::BUDGET) {
    CheckRange(Path(path, "budget"), poll->budget(), 1, kMaxMoney, out);
  } else if (poll->budget() != 0) {
    out.Add(Path(path, "budget"), "is not for polls of this method");
  }
}

// ---- What may be answered ----

bool HasOption(const Poll& poll, int32_t option) {
  return option >= 0 && option < poll.options_size();
}

absl::string_view NoOption() { return "is no option of the poll"; }

// The lowest and highest value of an entry.
std::pair<int32_t, int32_t> ValuesOf(const Poll& poll) {
  switch (poll.method()) {
    case Poll::CHOICE:
      return {1, 1};
    case Poll::DOTS:
      return {0, poll.dots()};
    case Poll::RANKING:
      return {1, poll.options_size()};
    default:
      return {0, poll.max_score()};
  }
}

void NormalizeEntries(const Poll& poll, Ballot* ballot, Violations& out) {
  if (!ballot->comparisons().empty()) out.Add("ballot.comparisons", "are for PAIRWISE polls only");
  if (ballot->entries().empty()) out.Missing("ballot.entries");
  const auto [low, high] = ValuesOf(poll);
  std::set<int32_t> seen;
  int64_t sum = 0;
  for (int i = 0; i < ballot->entries_size(); ++i) {
    Ballot::Entry* entry = ballot->mutable_entries(i);
    const std::string path = absl::StrCat("ballot.entries[", i, "]");
    if (poll.method() == Poll::CHOICE && entry->value() == 0) entry->set_value(1);
    if (!HasOption(poll, entry->option())) out.Add(Path(path, "option"), NoOption());
    if (!seen.insert(entry->option()).second) out.Add(Path(path, "option"), "is there twice");
    CheckRange(Path(path, "value"), entry->value(), low, high, out);
    sum += entry->value();
  }
  if (poll.method() == Poll::CHOICE && ballot->entries_size() > poll.max_choices())
    out.Add("ballot.entries", absl::StrCat("takes at most ", poll.max_choices()));
  if (poll.method() == Poll::DOTS && (sum < 1 || sum > poll.dots()))
    out.Add("ballot.entries", absl::StrCat("must spread 1 to ", poll.dots(), " dots, not ", sum));
}

void CheckComparisons(const Poll& poll, const Ballot& ballot, Violations& out) {
  if (!ballot.entries().empty()) out.Add("ballot.entries", "are not for PAIRWISE polls");
  if (ballot.comparisons().empty()) out.Missing("ballot.comparisons");
  if (ballot.comparisons_size() > kMaxComparisons)
    out.Add("ballot.comparisons", absl::StrCat("takes at most ", kMaxComparisons));
  std::set<std::pair<int32_t, int32_t>> seen;
  for (int i = 0; i < ballot.comparisons_size(); ++i) {
    const Ballot::Comparison& one = ballot.comparisons(i);
    const std::string path = absl::StrCat("ballot.comparisons[", i, "]");
    if (!HasOption(poll, one.winner())) out.Add(Path(path, "winner"), NoOption());
    if (!HasOption(poll, one.loser())) out.Add(Path(path, "loser"), NoOption());
    if (one.winner() == one.loser()) out.Add(path, "compares an option with itself");
    if (!seen.insert(std::minmax(one.winner(), one.loser())).second)
      out.Add(path, "is about two that were compared before");
  }
}

// ---- Counting ----

// What ranks go by; strengths that differ by rounding only are the same.
bool Same(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
}

// How many ballots name an option. Where values are points, none is no mention.
std::vector<int32_t> Mentions(const Poll& poll, absl::Span<const Ballot> ballots) {
  const bool points = poll.method() == Poll::DOTS || poll.method() == Poll::BUDGET;
  std::vector<int32_t> mentions(poll.options_size());
  for (const Ballot& ballot : ballots) {
    std::set<int32_t> named;
    for (const auto& entry : ballot.entries()) {
      if (!points || entry.value() > 0) named.insert(entry.option());
    }
    for (const auto& one : ballot.comparisons()) named.insert({one.winner(), one.loser()});
    for (int32_t option : named) ++mentions[option];
  }
  return mentions;
}

std::vector<double> Totals(const Poll& poll, absl::Span<const Ballot> ballots) {
  std::vector<double> totals(poll.options_size());
  for (const Ballot& ballot : ballots) {
    for (const auto& entry : ballot.entries()) totals[entry.option()] += entry.value();
  }
  return totals;
}

// Standings in `order`, an option each; neighbours that `tied` says are equal share a rank.
template <typename Tied>
void AddStandings(const std::vector<int>& order, const std::vector<double>& scores,
                  const std::vector<int32_t>& mentions, Tied tied, PollResult& result) {
  for (size_t i = 0; i < order.size(); ++i) {
    const bool shares = i > 0 && tied(order[i - 1], order[i]);
    PollResult::Standing* standing = result.add_standings();
    standing->set_option(order[i]);
    standing->set_rank(shares ? result.standings(static_cast<int>(i) - 1).rank()
                              : static_cast<int32_t>(i) + 1);
    standing->set_score(scores[order[i]]);
    standing->set_ballot_count(mentions[order[i]]);
  }
}

// Options from the highest score to the lowest, those of one score by number.
std::vector<int> ByScore(const std::vector<double>& scores) {
  std::vector<int> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return scores[a] > scores[b] && !Same(scores[a], scores[b]);
  });
  return order;
}

void RankByScore(const std::vector<double>& scores, const std::vector<int32_t>& mentions,
                 PollResult& result) {
  AddStandings(
      ByScore(scores), scores, mentions, [&](int a, int b) { return Same(scores[a], scores[b]); },
      result);
  result.set_tied(result.ballot_count() > 0 && result.standings(1).rank() == 1);
}

template <typename Counts>
void AddPreferences(const Counts& counts, PollResult& result) {
  for (size_t a = 0; a < counts.size(); ++a) {
    for (size_t b = 0; b < counts.size(); ++b) {
      if (a == b || counts[a][b] == 0) continue;
      PollResult::Preference* preference = result.add_preferences();
      preference->set_winner(static_cast<int32_t>(a));
      preference->set_loser(static_cast<int32_t>(b));
      preference->set_ballot_count(static_cast<int32_t>(counts[a][b]));
    }
  }
}

polls::Ranking ToRanking(const Ballot& ballot) {
  std::map<int32_t, std::vector<uint32_t>> places;
  for (const auto& entry : ballot.entries())
    places[entry.value()].push_back(static_cast<uint32_t>(entry.option()));
  polls::Ranking ranking;
  for (auto& [rank, options] : places) ranking.push_back(std::move(options));
  return ranking;
}

void CountRankings(const Poll& poll, absl::Span<const Ballot> ballots, PollResult& result) {
  std::vector<polls::Ranking> rankings;
  rankings.reserve(ballots.size());
  for (const Ballot& ballot : ballots) rankings.push_back(ToRanking(ballot));
  const auto found = polls::Schulze(static_cast<uint32_t>(poll.options_size()), rankings);
  std::vector<double> beaten(poll.options_size());
  for (size_t a = 0; a < beaten.size(); ++a) {
    for (size_t b = 0; b < beaten.size(); ++b)
      beaten[a] += found.strengths[a][b] > found.strengths[b][a] ? 1 : 0;
  }
  std::vector<int> order;
  std::vector<int> place(poll.options_size());
  for (size_t i = 0; i < found.places.size(); ++i) {
    for (uint32_t option : found.places[i]) {
      order.push_back(static_cast<int>(option));
      place[option] = static_cast<int>(i);
    }
  }
  AddStandings(
      order, beaten, Mentions(poll, ballots), [&](int a, int b) { return place[a] == place[b]; },
      result);
  result.set_tied(result.ballot_count() > 0 && found.places[0].size() > 1);
  AddPreferences(found.preferences, result);
}

void CountComparisons(const Poll& poll, absl::Span<const Ballot> ballots, PollResult& result) {
  const size_t options = static_cast<size_t>(poll.options_size());
  std::vector<std::vector<double>> wins(options, std::vector<double>(options));
  for (const Ballot& ballot : ballots) {
    for (const auto& one : ballot.comparisons()) wins[one.winner()][one.loser()] += 1;
  }
  const polls::Strengths found = polls::BradleyTerry(wins);
  RankByScore(found.strengths, Mentions(poll, ballots), result);
  result.set_regularized(found.regularised && result.ballot_count() > 0);
  AddPreferences(wins, result);
}

void CountBudget(const Poll& poll, absl::Span<const Ballot> ballots, PollResult& result) {
  std::vector<double> costs;
  for (const auto& option : poll.options()) costs.push_back(static_cast<double>(option.cost()));
  std::vector<polls::Utilities> utilities;
  for (const Ballot& ballot : ballots) {
    polls::Utilities& one = utilities.emplace_back(costs.size(), 0.0);
    for (const auto& entry : ballot.entries()) one[entry.option()] = entry.value();
  }
  const polls::Selection selection =
      polls::EqualShares(costs, utilities, static_cast<double>(poll.budget()));
  const std::vector<double> totals = Totals(poll, ballots);
  std::vector<int> order;
  std::vector<bool> funded(costs.size());
  bool tied = false;
  for (const auto& chosen : selection.chosen) {
    order.push_back(static_cast<int>(chosen.project));
    funded[chosen.project] = true;
    tied |= chosen.tied;
  }
  for (int option : ByScore(totals)) {
    if (!funded[option]) order.push_back(option);
  }
  AddStandings(
      order, totals, Mentions(poll, ballots),
      [&](int a, int b) { return !funded[a] && !funded[b] && Same(totals[a], totals[b]); }, result);
  for (auto& standing : *result.mutable_standings()) standing.set_funded(funded[standing.option()]);
  result.set_spent(static_cast<int64_t>(std::llround(selection.spent)));
  result.set_tied(tied);
}

}  // namespace

absl::Status NormalizePoll(absl::string_view path, absl::string_view dialogue, Poll* poll) {
  Violations out;
  NormalizeTextIn(Path(path, "question"), kMaxText, poll->mutable_question(), out);
  if (poll->method() == Poll::METHOD_UNSPECIFIED) out.Missing(Path(path, "method"));
  if (!Poll::Method_IsValid(poll->method())) out.Add(Path(path, "method"), "is no method");
  NormalizeOptions(Path(path, "options"), dialogue, poll, out);
  NormalizeNumbers(path, poll, out);
  if (poll->result_visibility() == Poll::RESULT_VISIBILITY_UNSPECIFIED)
    poll->set_result_visibility(Poll::AFTER_CLOSE);
  if (!Poll::ResultVisibility_IsValid(poll->result_visibility()))
    out.Add(Path(path, "result_visibility"), "is no visibility");
  if (poll->anonymous() && poll->result_visibility() == Poll::AFTER_VOTE) {
    out.Add(Path(path, "result_visibility"),
            "must be AFTER_CLOSE: in an anonymous poll a result that changes with a ballot tells "
            "whose it was");
  }
  CheckChildName(Path(path, "agenda_item"), poll->agenda_item(), dialogue, kAgendaItems, out);
  return out.ToStatus();
}

absl::Status NormalizeBallot(const Poll& poll, Ballot* ballot) {
  Violations out;
  if (poll.method() == Poll::PAIRWISE) {
    CheckComparisons(poll, *ballot, out);
  } else {
    NormalizeEntries(poll, ballot, out);
  }
  return out.ToStatus();
}

PollResult CountBallots(const Poll& poll, absl::Span<const Ballot> ballots) {
  PollResult result;
  result.set_ballot_count(static_cast<int32_t>(ballots.size()));
  switch (poll.method()) {
    case Poll::RANKING:
      CountRankings(poll, ballots, result);
      break;
    case Poll::PAIRWISE:
      CountComparisons(poll, ballots, result);
      break;
    case Poll::BUDGET:
      CountBudget(poll, ballots, result);
      break;
    default:
      RankByScore(Totals(poll, ballots), Mentions(poll, ballots), result);
  }
  return result;
}

}  // namespace colloquy::dialogues::rules
