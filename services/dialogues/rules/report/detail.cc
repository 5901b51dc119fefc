#include "services/dialogues/rules/report/detail.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace colloquy::dialogues::rules::report {
namespace {

absl::flat_hash_set<int> DecidedOn(const Facts& facts) {
  absl::flat_hash_set<int> numbers;
  for (const v1::Decision& decision : facts.data().decisions) {
    for (const std::string& name : decision.statements()) numbers.insert(NumberOf(name));
  }
  return numbers;
}

}  // namespace

std::vector<const v1::Statement*> StatementsOf(const Facts& facts, const Detail& detail) {
  std::vector<const v1::Statement*> statements = facts.shown();
  if (statements.size() <= detail.statements) return statements;
  const absl::flat_hash_set<int> needed = DecidedOn(facts);
  const auto rank = [&](const v1::Statement* one) {
    return std::make_pair(needed.contains(NumberOf(one->name())) ? 0 : 1, -VotesOf(one->tally()));
  };
  std::stable_sort(statements.begin(), statements.end(),
                   [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  const auto decided = std::count_if(statements.begin(), statements.end(),
                                     [&](const auto* one) { return rank(one).first == 0; });
  statements.resize(std::max(detail.statements, static_cast<size_t>(decided)));
  std::sort(statements.begin(), statements.end(),
            [](const auto* a, const auto* b) { return NumberOf(a->name()) < NumberOf(b->name()); });
  return statements;
}

std::vector<const v1::Statement*> HiddenOf(const Facts& facts, const Detail& detail) {
  const absl::flat_hash_set<int> needed = DecidedOn(facts);
  const absl::flat_hash_set<const v1::Statement*> shown(facts.shown().begin(), facts.shown().end());
  std::vector<const v1::Statement*> hidden;
  for (const v1::Statement& statement : facts.data().statements) {
    const bool wanted =
        hidden.size() < detail.statements || needed.contains(NumberOf(statement.name()));
    if (!shown.contains(&statement) && wanted) hidden.push_back(&statement);
  }
  return hidden;
}

std::string CutTo(absl::string_view text, size_t characters) {
  size_t end = 0;
  for (size_t count = 0; end < text.size() && count < characters; ++count) {
    do {
      ++end;
    } while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80);
  }
  return end == text.size() ? std::string(text) : absl::StrCat(text.substr(0, end), "…");
}

}  // namespace colloquy::dialogues::rules::report
