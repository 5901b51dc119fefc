#include "services/dialogues/rules/polls/equal_shares.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

namespace colloquy::dialogues::rules::polls {
namespace {

// Money and prices that differ by rounding only are the same.
constexpr double kSame = 1e-9;

bool AtMost(double a, double b) { return a <= b + kSame * std::max(1.0, b); }

// Projects, ballots and what the voters have left.
class Purse {
 public:
  Purse(absl::Span<const double> costs, absl::Span<const Utilities> ballots, double share)
      : costs_(costs), ballots_(ballots), left_(ballots.size(), share) {}

  // The least price at which the supporters can pay together: Σ min(left, price · utility) = cost.
  std::optional<double> Price(uint32_t project) const {
    std::vector<size_t> supporters;
    double utility = 0, money = 0;
    for (size_t i = 0; i < ballots_.size(); ++i) {
      if (ballots_[i][project] <= 0) continue;
      supporters.push_back(i);
      utility += ballots_[i][project];
      money += left_[i];
    }
    if (supporters.empty() || !AtMost(costs_[project], money)) return std::nullopt;
    auto most = [&](size_t i) { return left_[i] / ballots_[i][project]; };
    std::sort(supporters.begin(), supporters.end(),
              [&](size_t a, size_t b) { return most(a) < most(b); });
    // Those who cannot pay their part give all they have; the others share the rest.
    double rest = costs_[project];
    for (size_t i : supporters) {
      const double price = rest / utility;
      if (AtMost(price, most(i))) return price;
      rest -= left_[i];
      utility -= ballots_[i][project];
    }
    // Everybody gives everything, but for rounding.
    return most(supporters.back());
  }

  void Buy(uint32_t project, double price) {
    for (size_t i = 0; i < ballots_.size(); ++i) {
      left_[i] = std::max(0.0, left_[i] - price * ballots_[i][project]);
    }
  }

 private:
  absl::Span<const double> costs_;
  absl::Span<const Utilities> ballots_;
  std::vector<double> left_;
};

std::vector<double> TotalUtilities(size_t projects, absl::Span<const Utilities> ballots) {
  std::vector<double> totals(projects, 0.0);
  for (const Utilities& ballot : ballots) {
    for (size_t project = 0; project < projects; ++project) totals[project] += ballot[project];
  }
  return totals;
}

struct Election {
  absl::Span<const double> costs;
  absl::Span<const Utilities> ballots;
  std::vector<double> totals;
};

// The cheapest of those that can still be paid.
std::optional<Selection::Chosen> Next(const Election& election, const Purse& purse,
                                      const std::vector<bool>& taken) {
  std::optional<Selection::Chosen> best;
  for (uint32_t project = 0; project < taken.size(); ++project) {
    if (taken[project]) continue;
    const std::optional<double> price = purse.Price(project);
    if (!price.has_value()) continue;
    const double support = election.totals[project];
    if (best.has_value() && AtMost(best->price, *price)) {
      const double other = election.totals[best->project];
      const bool same_price = AtMost(*price, best->price);
      if (!same_price || support < other) continue;
      if (support == other) {
        best->tied = true;
        continue;
      }
    }
    best = Selection::Chosen{.project = project, .price = *price};
  }
  return best;
}

Selection Buy(const Election& election, double share) {
  Purse purse(election.costs, election.ballots, share);
  std::vector<bool> taken(election.costs.size(), false);
  Selection selection;
  while (const auto next = Next(election, purse, taken)) {
    purse.Buy(next->project, next->price);
    taken[next->project] = true;
    selection.spent += election.costs[next->project];
    selection.chosen.push_back(*next);
  }
  return selection;
}

void Fill(const Election& election, double budget, Selection& selection) {
  std::vector<bool> taken(election.costs.size(), false);
  for (const auto& chosen : selection.chosen) taken[chosen.project] = true;
  while (true) {
    std::optional<uint32_t> best;
    for (uint32_t project = 0; project < taken.size(); ++project) {
      if (taken[project] || election.totals[project] <= 0 ||
          !AtMost(selection.spent + election.costs[project], budget)) {
        continue;
      }
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
  const Election election{costs, ballots, TotalUtilities(costs.size(), ballots)};
  const double share = budget / static_cast<double>(ballots.size());
  Selection selection = Buy(election, share);
  if (completion == Completion::kNone) return selection;
  // A share that pays for everything alone can buy no more.
  const double all = std::accumulate(costs.begin(), costs.end(), 0.0);
  for (int hundredths = 101; share * (hundredths - 1) / 100 < all; ++hundredths) {
    Selection more = Buy(election, share * hundredths / 100);
    if (!AtMost(more.spent, budget)) break;
    selection = std::move(more);
  }
  Fill(election, budget, selection);
  return selection;
}

}  // namespace colloquy::dialogues::rules::polls
