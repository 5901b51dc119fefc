#include "services/dialogues/rules/polls/equal_shares.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace colloquy::dialogues::rules::polls {
namespace {

// Money and prices that differ by rounding only are the same.
constexpr double kSame = 1e-9;
constexpr double kNever = std::numeric_limits<double>::infinity();
// Shares that buy nothing more when they are this large leave the rest to the greedy step.
constexpr int kMostHundredths = 300;

bool AtMost(double a, double b) { return a <= b + kSame * std::max(1.0, b); }

struct Election {
  Election(absl::Span<const double> costs_of, absl::Span<const Utilities> cast)
      : costs(costs_of), ballots(cast), totals(costs_of.size()), supporters(costs_of.size()) {
    for (uint32_t voter = 0; voter < ballots.size(); ++voter) {
      for (size_t project = 0; project < costs.size(); ++project) {
        if (ballots[voter][project] <= 0) continue;
        totals[project] += ballots[voter][project];
        supporters[project].push_back(voter);
      }
    }
  }

  absl::Span<const double> costs;
  absl::Span<const Utilities> ballots;
  std::vector<double> totals;                     // utility, by project
  std::vector<std::vector<uint32_t>> supporters;  // voters, by project
};

// What the voters have left.
class Purse {
 public:
  Purse(const Election& election, double share)
      : election_(election), left_(election.ballots.size(), share) {}

  // The least price at which the supporters can pay together: Σ min(left, price · utility) = cost.
  // Infinite if they cannot.
  double Price(uint32_t project) const {
    std::vector<uint32_t> supporters = election_.supporters[project];
    double utility = election_.totals[project], money = 0;
    for (uint32_t voter : supporters) money += left_[voter];
    if (supporters.empty() || !AtMost(election_.costs[project], money)) return kNever;
    const auto most = [&](uint32_t voter) { return left_[voter] / UtilityOf(voter, project); };
    std::sort(supporters.begin(), supporters.end(),
              [&](uint32_t a, uint32_t b) { return most(a) < most(b); });
    // Those who cannot pay their part give all they have; the others share the rest.
    double rest = election_.costs[project];
    for (uint32_t voter : supporters) {
      const double price = rest / utility;
      if (AtMost(price, most(voter))) return price;
      rest -= left_[voter];
      utility -= UtilityOf(voter, project);
    }
    // Everybody gives everything, but for rounding.
    return most(supporters.back());
  }

  void Buy(uint32_t project, double price) {
    for (uint32_t voter : election_.supporters[project])
      left_[voter] = std::max(0.0, left_[voter] - price * UtilityOf(voter, project));
  }

 private:
  double UtilityOf(uint32_t voter, uint32_t project) const {
    return election_.ballots[voter][project];
  }

  const Election& election_;
  std::vector<double> left_;
};

// A project that was not bought, and its price when it was last worked out. Prices only rise while
// money is spent, so that an old price is no more than the one now.
struct Offer {
  uint32_t project = 0;
  double price = 0;
};

// Brings the lowest prices up to date: all that may be the cheapest. What it is.
double Cheapest(const Purse& purse, std::vector<Offer>& offers) {
  std::sort(offers.begin(), offers.end(),
            [](const Offer& a, const Offer& b) { return a.price < b.price; });
  double cheapest = kNever;
  for (Offer& offer : offers) {
    if (!AtMost(offer.price, cheapest)) break;
    offer.price = purse.Price(offer.project);
    cheapest = std::min(cheapest, offer.price);
  }
  return cheapest;
}

// The one of the cheapest that has the most support, or else comes first. None that can be paid: an
// infinite price.
Selection::Chosen Next(const Election& election, const Purse& purse, std::vector<Offer>& offers) {
  Selection::Chosen best{.price = Cheapest(purse, offers)};
  if (best.price == kNever) return best;
  std::vector<uint32_t> equal;
  for (const Offer& offer : offers) {
    if (AtMost(offer.price, best.price)) equal.push_back(offer.project);
  }
  std::sort(equal.begin(), equal.end(), [&](uint32_t a, uint32_t b) {
    return election.totals[a] != election.totals[b] ? election.totals[a] > election.totals[b]
                                                    : a < b;
  });
  best.project = equal[0];
  best.tied = equal.size() > 1 && election.totals[equal[1]] == election.totals[equal[0]];
  const auto offer = std::find_if(offers.begin(), offers.end(),
                                  [&](const Offer& one) { return one.project == best.project; });
  best.price = offer->price;
  offers.erase(offer);
  return best;
}

Selection Buy(const Election& election, double share) {
  Purse purse(election, share);
  std::vector<Offer> offers(election.costs.size());
  for (uint32_t project = 0; project < offers.size(); ++project) offers[project].project = project;
  Selection selection;
  while (!offers.empty()) {
    const Selection::Chosen next = Next(election, purse, offers);
    if (next.price == kNever) break;
    purse.Buy(next.project, next.price);
    selection.spent += election.costs[next.project];
    selection.chosen.push_back(next);
  }
  return selection;
}

std::vector<bool> TakenBy(const Election& election, const Selection& selection) {
  std::vector<bool> taken(election.costs.size(), false);
  for (const auto& chosen : selection.chosen) taken[chosen.project] = true;
  return taken;
}

bool IsWantedAndFits(const Election& election, uint32_t project, const Selection& selection,
                     double budget) {
  return election.totals[project] > 0 && AtMost(selection.spent + election.costs[project], budget);
}

bool IsExhausted(const Election& election, const Selection& selection, double budget) {
  const std::vector<bool> taken = TakenBy(election, selection);
  for (uint32_t project = 0; project < taken.size(); ++project) {
    if (!taken[project] && IsWantedAndFits(election, project, selection, budget)) return false;
  }
  return true;
}

void Fill(const Election& election, double budget, Selection& selection) {
  std::vector<bool> taken = TakenBy(election, selection);
  while (true) {
    std::optional<uint32_t> best;
    for (uint32_t project = 0; project < taken.size(); ++project) {
      if (taken[project] || !IsWantedAndFits(election, project, selection, budget)) continue;
      // Compared without division, so that equal ratios of whole numbers are equal.
      if (!best.has_value() || election.totals[project] * election.costs[*best] >
                                   election.totals[*best] * election.costs[project]) {
        best = project;
      }
    }
    if (!best.has_value()) return;
    taken[*best] = true;
    selection.spent += election.costs[*best];
    selection.chosen.push_back({.project = *best});
  }
}

}  // namespace

Selection EqualShares(absl::Span<const double> costs, absl::Span<const Utilities> ballots,
                      double budget, Completion completion) {
  if (ballots.empty() || budget <= 0) return {};
  const Election election(costs, ballots);
  const double share = budget / static_cast<double>(ballots.size());
  Selection selection = Buy(election, share);
  if (completion == Completion::kNone) return selection;
  for (int hundredths = 101; hundredths <= kMostHundredths; ++hundredths) {
    if (IsExhausted(election, selection, budget)) return selection;
    Selection more = Buy(election, share * hundredths / 100);
    if (!AtMost(more.spent, budget)) break;
    selection = std::move(more);
  }
  Fill(election, budget, selection);
  return selection;
}

}  // namespace colloquy::dialogues::rules::polls
