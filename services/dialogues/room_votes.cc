#include "services/dialogues/room_votes.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"

namespace colloquy::dialogues {
namespace {

using rules::opinion::Cell;
using rules::opinion::Snapshot;
using rules::opinion::Vote;
using rules::opinion::VoteMatrix;

constexpr int kPage = 10'000;

v1::VoteValue ValueIn(const VoteMatrix& matrix, uint32_t participant, uint32_t statement) {
  const absl::Span<const Cell> row = matrix.row(participant);
  const auto cell =
      std::lower_bound(row.begin(), row.end(), statement,
                       [](const Cell& cell, uint32_t at) { return cell.statement() < at; });
  if (cell == row.end() || cell->statement() != statement) return v1::VOTE_VALUE_UNSPECIFIED;
  switch (cell->vote()) {
    case Vote::kAgree:
      return v1::AGREE;
    case Vote::kDisagree:
      return v1::DISAGREE;
    default:
      return v1::PASS;
  }
}

void Count(v1::VoteValue value, int by, v1::StatementTally& tally) {
  if (value == v1::AGREE) tally.set_agree_count(tally.agree_count() + by);
  if (value == v1::DISAGREE) tally.set_disagree_count(tally.disagree_count() + by);
  if (value == v1::PASS) tally.set_pass_count(tally.pass_count() + by);
}

template <typename Use>
absl::Status ReadLog(db::Transaction& tx, const resource::Uid& dialogue, int64_t after,
                     int64_t through, Use use) {
  while (true) {
    COLLOQUY_ASSIGN_OR_RETURN(const std::vector<store::VoteRow> rows,
                              store::ListVotes(tx, dialogue, after, through, kPage));
    use(rows);
    if (rows.size() < kPage) return absl::OkStatus();
    after = rows.back().sequence;
  }
}

}  // namespace

v1::VoteValue SetVote(const store::VoteRow& row, VoteMatrix& matrix) {
  const uint32_t participant = matrix.Participant(absl::StrCat(row.participant));
  const uint32_t statement = matrix.Statement(absl::StrCat(row.statement));
  const v1::VoteValue before = ValueIn(matrix, participant, statement);
  switch (row.value) {
    case v1::AGREE:
      matrix.Set(participant, statement, Vote::kAgree);
      break;
    case v1::DISAGREE:
      matrix.Set(participant, statement, Vote::kDisagree);
      break;
    case v1::PASS:
      matrix.Set(participant, statement, Vote::kPass);
      break;
    default:
      matrix.Remove(participant, statement);
  }
  return before;
}

absl::StatusOr<VoteMatrix> ReadMatrix(db::Transaction& tx, const resource::Uid& dialogue,
                                      int64_t through) {
  VoteMatrix matrix;
  COLLOQUY_RETURN_IF_ERROR(ReadLog(tx, dialogue, 0, through, [&](const auto& rows) {
    for (const store::VoteRow& row : rows) SetVote(row, matrix);
  }));
  return matrix;
}

absl::Status RoomVotes::CatchUp(db::Transaction& tx, const resource::Uid& dialogue) {
  return ReadLog(tx, dialogue, sequence(), store::kNewestVote,
                 [&](const auto& rows) { Apply(rows); });
}

void RoomVotes::Apply(absl::Span<const store::VoteRow> rows) {
  absl::MutexLock lock(&mutex_);
  for (const store::VoteRow& row : rows) {
    if (row.sequence == sequence_ + 1) ApplyOne(row);
  }
}

void RoomVotes::ApplyOne(const store::VoteRow& row) {
  sequence_ = row.sequence;
  const v1::VoteValue before = SetVote(row, matrix_);
  columns_.resize(matrix_.statements());
  Column& column = columns_[*matrix_.FindStatement(absl::StrCat(row.statement))];
  column.changed = row.sequence;
  column.tally.set_statement(static_cast<int32_t>(row.statement));
  Count(before, -1, column.tally);
  Count(row.value, 1, column.tally);
}

int64_t RoomVotes::sequence() const {
  absl::MutexLock lock(&mutex_);
  return sequence_;
}

v1::VoteValue RoomVotes::Find(int64_t participant, int64_t statement) const {
  absl::MutexLock lock(&mutex_);
  const auto row = matrix_.FindParticipant(absl::StrCat(participant));
  const auto column = matrix_.FindStatement(absl::StrCat(statement));
  if (!row.has_value() || !column.has_value()) return v1::VOTE_VALUE_UNSPECIFIED;
  return ValueIn(matrix_, *row, *column);
}

v1::StatementTally RoomVotes::TallyOf(int64_t statement) const {
  absl::MutexLock lock(&mutex_);
  const auto column = matrix_.FindStatement(absl::StrCat(statement));
  if (column.has_value()) return columns_[*column].tally;
  v1::StatementTally none;
  none.set_statement(static_cast<int32_t>(statement));
  return none;
}

std::vector<v1::StatementTally> RoomVotes::TalliesAfter(int64_t sequence) const {
  std::vector<v1::StatementTally> tallies;
  absl::MutexLock lock(&mutex_);
  for (const Column& column : columns_) {
    if (column.changed > sequence) tallies.push_back(column.tally);
  }
  return tallies;
}

Snapshot RoomVotes::Copy(Snapshot::Order order, int64_t& sequence) const {
  absl::MutexLock lock(&mutex_);
  sequence = sequence_;
  return Snapshot(matrix_, order);
}

}  // namespace colloquy::dialogues
