#include "services/dialogues/rules/opinion/votes.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace colloquy::dialogues::rules::opinion {
namespace {

constexpr uint32_t kNowhere = std::numeric_limits<uint32_t>::max();

std::vector<Cell>::iterator PlaceOf(std::vector<Cell>& row, uint32_t statement) {
  return std::lower_bound(row.begin(), row.end(), 3 * statement,
                          [](const Cell& cell, uint32_t code) { return cell.code() < code; });
}

// The numbers 0 … n − 1 by ascending `key(i)`.
template <typename Key>
std::vector<uint32_t> SortedBy(size_t n, Key key) {
  std::vector<uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return key(a) < key(b); });
  return order;
}

}  // namespace

uint32_t VoteMatrix::Index::Of(absl::string_view key) {
  auto [entry, added] = positions.try_emplace(key, static_cast<uint32_t>(keys.size()));
  if (added) keys.emplace_back(key);
  return entry->second;
}

std::optional<uint32_t> VoteMatrix::Index::Find(absl::string_view key) const {
  auto entry = positions.find(key);
  if (entry == positions.end()) return std::nullopt;
  return entry->second;
}

uint32_t VoteMatrix::Participant(absl::string_view key) {
  const uint32_t index = participants_.Of(key);
  if (index == rows_.size()) rows_.emplace_back();
  return index;
}

uint32_t VoteMatrix::Statement(absl::string_view key) { return statements_.Of(key); }

std::optional<uint32_t> VoteMatrix::FindParticipant(absl::string_view key) const {
  return participants_.Find(key);
}

std::optional<uint32_t> VoteMatrix::FindStatement(absl::string_view key) const {
  return statements_.Find(key);
}

void VoteMatrix::Set(uint32_t participant, uint32_t statement, Vote vote) {
  std::vector<Cell>& row = rows_[participant];
  auto place = PlaceOf(row, statement);
  if (place != row.end() && place->statement() == statement) {
    *place = Cell(statement, vote);
    return;
  }
  row.insert(place, Cell(statement, vote));
  ++votes_;
}

bool VoteMatrix::Remove(uint32_t participant, uint32_t statement) {
  std::vector<Cell>& row = rows_[participant];
  auto place = PlaceOf(row, statement);
  if (place == row.end() || place->statement() != statement) return false;
  row.erase(place);
  --votes_;
  return true;
}

Snapshot::Snapshot(const VoteMatrix& matrix, Order order) {
  if (order == Order::kCanonical) {
    Fill(matrix,
         SortedBy(matrix.participants(),
                  [&](uint32_t i) -> const std::string& { return matrix.participant_key(i); }),
         SortedBy(matrix.statements(),
                  [&](uint32_t i) -> const std::string& { return matrix.statement_key(i); }));
  } else {
    auto index = [](uint32_t i) { return i; };
    Fill(matrix, SortedBy(matrix.participants(), index), SortedBy(matrix.statements(), index));
  }
}

Snapshot::Snapshot(const VoteMatrix& matrix, absl::Span<const uint32_t> rows,
                   absl::Span<const uint32_t> columns) {
  Fill(matrix, rows, columns);
}

void Snapshot::Fill(const VoteMatrix& matrix, absl::Span<const uint32_t> rows,
                    absl::Span<const uint32_t> columns) {
  std::vector<bool> voted(matrix.statements(), false);
  for (uint32_t row : rows) {
    for (const Cell& cell : matrix.row(row)) voted[cell.statement()] = true;
  }
  std::vector<uint32_t> position(matrix.statements(), kNowhere);
  for (uint32_t column : columns) {
    if (!voted[column]) continue;
    position[column] = static_cast<uint32_t>(statement_keys.size());
    statement_keys.push_back(matrix.statement_key(column));
    statement_columns.push_back(column);
  }
  const bool ordered = std::is_sorted(columns.begin(), columns.end());
  cells.reserve(matrix.votes());
  begin.push_back(0);
  for (uint32_t row : rows) {
    const auto first = static_cast<std::ptrdiff_t>(cells.size());
    for (const Cell& cell : matrix.row(row)) {
      const uint32_t at = position[cell.statement()];
      if (at != kNowhere) cells.emplace_back(at, cell.vote());
    }
    if (cells.size() == begin.back()) continue;
    if (!ordered) {
      std::sort(cells.begin() + first, cells.end(),
                [](const Cell& a, const Cell& b) { return a.code() < b.code(); });
    }
    begin.push_back(static_cast<uint32_t>(cells.size()));
    participant_keys.push_back(matrix.participant_key(row));
    participant_rows.push_back(row);
  }
}

}  // namespace colloquy::dialogues::rules::opinion
