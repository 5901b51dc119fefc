#include "services/dialogues/rules/polls/schulze.h"

#include <algorithm>

namespace colloquy::dialogues::rules::polls {
namespace {

using Matrix = std::vector<std::vector<int64_t>>;

Matrix CountPreferences(uint32_t options, absl::Span<const Ranking> ballots) {
  Matrix preferences(options, std::vector<int64_t>(options, 0));
  for (const Ranking& ballot : ballots) {
    std::vector<size_t> place(options, ballot.size());
    for (size_t i = 0; i < ballot.size(); ++i) {
      for (uint32_t option : ballot[i]) place[option] = i;
    }
    for (uint32_t a = 0; a < options; ++a) {
      for (uint32_t b = 0; b < options; ++b) preferences[a][b] += place[a] < place[b];
    }
  }
  return preferences;
}

// Floyd and Warshall's algorithm for widest paths, over the links that have a majority.
Matrix StrongestPaths(const Matrix& preferences) {
  const size_t options = preferences.size();
  Matrix strengths(options, std::vector<int64_t>(options, 0));
  for (size_t a = 0; a < options; ++a) {
    for (size_t b = 0; b < options; ++b) {
      if (preferences[a][b] > preferences[b][a]) strengths[a][b] = preferences[a][b];
    }
  }
  for (size_t over = 0; over < options; ++over) {
    for (size_t a = 0; a < options; ++a) {
      for (size_t b = 0; b < options; ++b) {
        if (a == b || a == over || b == over) continue;
        strengths[a][b] =
            std::max(strengths[a][b], std::min(strengths[a][over], strengths[over][b]));
      }
    }
  }
  return strengths;
}

// "Better" is transitive, so that there is always somebody whom nobody left beats.
Ranking Places(const Matrix& strengths) {
  std::vector<uint32_t> left;
  for (uint32_t option = 0; option < strengths.size(); ++option) left.push_back(option);
  Ranking places;
  while (!left.empty()) {
    auto unbeaten = [&](uint32_t a) {
      return std::none_of(left.begin(), left.end(),
                          [&](uint32_t b) { return strengths[b][a] > strengths[a][b]; });
    };
    std::vector<uint32_t> place, rest;
    for (uint32_t option : left) (unbeaten(option) ? place : rest).push_back(option);
    places.push_back(std::move(place));
    left = std::move(rest);
  }
  return places;
}

}  // namespace

SchulzeResult Schulze(uint32_t options, absl::Span<const Ranking> ballots) {
  SchulzeResult result{.preferences = CountPreferences(options, ballots)};
  result.strengths = StrongestPaths(result.preferences);
  result.places = Places(result.strengths);
  return result;
}

}  // namespace colloquy::dialogues::rules::polls
