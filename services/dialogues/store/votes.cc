#include "services/dialogues/store/votes.h"

#include <algorithm>
#include <utility>

#include "services/common/errors/errors.h"
#include "services/dialogues/store/rows.h"

namespace colloquy::dialogues::store {
namespace {

constexpr int kPage = 10'000;

db::Value ToValue(v1::VoteValue value) {
  switch (value) {
    case v1::AGREE:
      return 1;
    case v1::DISAGREE:
      return -1;
    case v1::PASS:
      return 0;
    default:
      return db::Value::Null();
  }
}

v1::VoteValue ValueOf(const db::Row& row, size_t column) {
  if (row.IsNull(column)) return v1::VOTE_VALUE_UNSPECIFIED;
  const int64_t value = row.Int64(column);
  return value > 0 ? v1::AGREE : value < 0 ? v1::DISAGREE : v1::PASS;
}

// Of "sequence, participant, statement, value, vote_time".
VoteRow ToRow(const db::Row& row) {
  return {.sequence = row.Int64(0),
          .participant = row.Int64(1),
          .statement = row.Int64(2),
          .value = ValueOf(row, 3),
          .vote_time = row.Time(4)};
}

std::vector<VoteRow> ToRows(const db::Rows& rows) {
  std::vector<VoteRow> votes;
  votes.reserve(rows.size());
  for (const db::Row row : rows) votes.push_back(ToRow(row));
  return votes;
}

void Count(v1::VoteValue value, int by, v1::StatementTally& tally) {
  if (value == v1::AGREE) tally.set_agree_count(tally.agree_count() + by);
  if (value == v1::DISAGREE) tally.set_disagree_count(tally.disagree_count() + by);
  if (value == v1::PASS) tally.set_pass_count(tally.pass_count() + by);
}

}  // namespace

v1::Vote ToVote(const VoteRow& row) {
  v1::Vote vote;
  vote.set_sequence(row.sequence);
  vote.set_participant(static_cast<int32_t>(row.participant));
  vote.set_statement(static_cast<int32_t>(row.statement));
  vote.set_value(row.value);
  const int64_t micros = db::ToMicros(row.vote_time);
  vote.mutable_vote_time()->set_seconds(micros / 1'000'000);
  vote.mutable_vote_time()->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
  return vote;
}

absl::Status AppendVotes(db::Transaction& tx, Room& room, absl::Span<VoteRow> rows) {
  if (rows.empty()) return absl::OkStatus();
  std::vector<std::vector<db::Value>> values;
  values.reserve(rows.size());
  for (VoteRow& row : rows) {
    row.sequence = ++room.vote_sequence;
    values.push_back({Key(room.uid), row.sequence, row.participant, row.statement,
                      ToValue(row.value), row.vote_time});
  }
  return tx.InsertRows(
      "votes", {"dialogue_uid", "sequence", "participant", "statement", "value", "vote_time"},
      values);
}

absl::StatusOr<std::vector<VoteRow>> ListVotes(db::Transaction& tx, const resource::Uid& dialogue,
                                               int64_t after, int64_t through, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT sequence, participant, statement, value, vote_time FROM votes "
               "WHERE dialogue_uid = ? AND sequence > ? AND sequence <= ? "
               "ORDER BY sequence LIMIT ?",
               {Key(dialogue), after, through, limit}));
  return ToRows(rows);
}

absl::StatusOr<std::vector<VoteRow>> VotesOf(db::Transaction& tx, const resource::Uid& dialogue,
                                             int64_t participant) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT sequence, participant, statement, value, vote_time FROM votes "
               "WHERE dialogue_uid = ? AND participant = ? ORDER BY sequence",
               {Key(dialogue), participant}));
  std::vector<VoteRow> votes = ToRows(rows);
  // The last of each statement comes first, the others go.
  std::reverse(votes.begin(), votes.end());
  std::stable_sort(votes.begin(), votes.end(),
                   [](const auto& a, const auto& b) { return a.statement < b.statement; });
  votes.erase(std::unique(votes.begin(), votes.end(),
                          [](const auto& a, const auto& b) { return a.statement == b.statement; }),
              votes.end());
  std::erase_if(votes, [](const auto& row) { return row.value == v1::VOTE_VALUE_UNSPECIFIED; });
  return votes;
}

absl::StatusOr<std::optional<VoteRow>> LastVote(db::Transaction& tx, const resource::Uid& dialogue,
                                                int64_t participant, int64_t statement) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT sequence, participant, statement, value, vote_time FROM votes "
               "WHERE dialogue_uid = ? AND participant = ? AND statement = ? "
               "ORDER BY sequence DESC LIMIT 1",
               {Key(dialogue), participant, statement}));
  if (rows.empty()) return std::nullopt;
  return ToRow(rows[0]);
}

absl::StatusOr<Tallies> CountVotes(db::Transaction& tx, const resource::Uid& dialogue,
                                   int64_t through) {
  Tallies tallies;
  absl::flat_hash_map<std::pair<int64_t, int64_t>, v1::VoteValue> last;
  for (int64_t after = 0;;) {
    COLLOQUY_ASSIGN_OR_RETURN(const std::vector<VoteRow> rows,
                              ListVotes(tx, dialogue, after, through, kPage));
    for (const VoteRow& row : rows) {
      v1::VoteValue& value = last[{row.participant, row.statement}];
      v1::StatementTally& tally = tallies[row.statement];
      tally.set_statement(static_cast<int32_t>(row.statement));
      Count(value, -1, tally);
      Count(row.value, 1, tally);
      value = row.value;
      after = row.sequence;
    }
    if (rows.size() < kPage) return tallies;
  }
}

absl::StatusOr<absl::flat_hash_map<resource::Uid, int64_t>> NewestVotes(
    db::Transaction& tx, const std::vector<resource::Uid>& dialogues) {
  absl::flat_hash_map<resource::Uid, int64_t> newest;
  COLLOQUY_RETURN_IF_ERROR(
      QueryIn(tx, "SELECT uid, vote_sequence FROM rooms WHERE uid", {}, dialogues, Key,
              [&](const db::Row& row) { newest[UidOf(row, 0)] = row.Int64(1); }));
  return newest;
}

absl::Status DeleteVotes(db::Transaction& tx, const resource::Uid& dialogue) {
  return tx.Execute("DELETE FROM votes WHERE dialogue_uid = ?", {Key(dialogue)}).status();
}

}  // namespace colloquy::dialogues::store
