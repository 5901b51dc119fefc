#include "services/dialogues/store/polls.h"

#include <limits>
#include <utility>

#include "services/dialogues/store/children.h"

namespace colloquy::dialogues::store {
namespace {

using db::Row;
using db::Rows;
using db::Value;
using v1::Ballot;
using v1::Poll;

constexpr size_t kLotBytes = 16;

absl::Status CountOneMore(db::Transaction& tx, const BallotsOf& of) {
  return tx
      .Execute(
          "UPDATE polls SET ballot_count = ballot_count + 1 WHERE dialogue_uid = ? AND "
          "number = ?",
          {Key(of.dialogue), of.poll})
      .status();
}

// Bits by participant, as `anonymous_voters` has them.
bool HasVoted(absl::string_view voters, int64_t participant) {
  const auto byte = static_cast<size_t>(participant / 8);
  return byte < voters.size() && ((static_cast<uint8_t>(voters[byte]) >> (participant % 8)) & 1);
}

void NoteVoter(int64_t participant, std::string& voters) {
  const auto byte = static_cast<size_t>(participant / 8);
  if (voters.size() <= byte) voters.resize(byte + 1);
  voters[byte] = static_cast<char>(static_cast<uint8_t>(voters[byte]) | 1U << (participant % 8));
}

absl::Status InsertAnonymous(db::Transaction& tx, const BallotsOf& of,
                             absl::Span<const Ballot> ballots) {
  std::vector<std::vector<Value>> rows;
  rows.reserve(ballots.size());
  for (const Ballot& ballot : ballots) {
    rows.push_back({Key(of.dialogue), of.poll, Value::Blob(resource::RandomBytes(kLotBytes)),
                    Value::Blob(ballot.SerializeAsString())});
  }
  return tx.InsertRows("anonymous_ballots", {"dialogue_uid", "poll", "lot", "ballot"}, rows);
}

absl::StatusOr<bool> PutAnonymous(db::Transaction& tx, const BallotsOf& of, int64_t participant,
                                  const Ballot& ballot) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT voters FROM anonymous_voters WHERE dialogue_uid = ? AND poll = ?",
               {Key(of.dialogue), of.poll}));
  std::string voters = rows.empty() ? "" : std::string(rows[0].Blob(0));
  if (HasVoted(voters, participant)) return false;
  NoteVoter(participant, voters);
  COLLOQUY_RETURN_IF_ERROR(tx.UpsertRows("anonymous_voters", {"dialogue_uid", "poll"},
                                         {"dialogue_uid", "poll", "voters"},
                                         {{Key(of.dialogue), of.poll, Value::Blob(voters)}}));
  COLLOQUY_RETURN_IF_ERROR(InsertAnonymous(tx, of, absl::MakeConstSpan(&ballot, 1)));
  COLLOQUY_RETURN_IF_ERROR(CountOneMore(tx, of));
  return true;
}

absl::Status PutNamed(db::Transaction& tx, const BallotsOf& of, int64_t participant,
                      const Ballot& ballot) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows earlier,
      tx.Query("SELECT 1 FROM ballots WHERE dialogue_uid = ? AND poll = ? AND participant = ?",
               {Key(of.dialogue), of.poll, participant}));
  COLLOQUY_RETURN_IF_ERROR(tx.UpsertRows(
      "ballots", {"dialogue_uid", "poll", "participant"},
      {"dialogue_uid", "poll", "participant", "ballot"},
      {{Key(of.dialogue), of.poll, participant, Value::Blob(ballot.SerializeAsString())}}));
  return earlier.empty() ? CountOneMore(tx, of) : absl::OkStatus();
}

}  // namespace

absl::Status Save(db::Transaction& tx, const Uid& dialogue, Poll poll) {
  const int32_t ballots = poll.ballot_count();
  poll.clear_ballot_count();
  return tx.UpsertRows(
      Table<Poll>::kName, {"dialogue_uid", "number"},
      {"dialogue_uid", "number", "state", "method", "agenda_item", "ballot_count", "message"},
      {{Key(dialogue), *rules::NumberOf(poll.name()), poll.state(), poll.method(),
        NumberOrNull(poll.agenda_item()), ballots, Value::Blob(poll.SerializeAsString())}});
}

const resource::FilterSchema& PollFilters() {
  using resource::FieldType;
  static const auto* const schema = new resource::FilterSchema({
      {.name = "state",
       .column = "state",
       .type = FieldType::kEnum,
       .enumeration = Poll::State_descriptor()},
      {.name = "method",
       .column = "method",
       .type = FieldType::kEnum,
       .enumeration = Poll::Method_descriptor()},
      {.name = "agenda_item", .column = "agenda_item", .normalize = LastPart},
  });
  return *schema;
}

absl::StatusOr<bool> PutBallot(db::Transaction& tx, const BallotsOf& of, int64_t participant,
                               const Ballot& ballot) {
  if (of.anonymous) return PutAnonymous(tx, of, participant, ballot);
  COLLOQUY_RETURN_IF_ERROR(PutNamed(tx, of, participant, ballot));
  return true;
}

absl::StatusOr<std::vector<CastBallot>> ListBallots(db::Transaction& tx, const BallotsOf& of,
                                                    int64_t offset, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(of.anonymous ? "SELECT ballot FROM anonymous_ballots WHERE dialogue_uid = ? AND "
                              "poll = ? ORDER BY lot LIMIT ? OFFSET ?"
                            : "SELECT ballot, participant FROM ballots WHERE dialogue_uid = ? AND "
                              "poll = ? ORDER BY participant LIMIT ? OFFSET ?",
               {Key(of.dialogue), of.poll, limit, offset}));
  std::vector<CastBallot> ballots;
  ballots.reserve(rows.size());
  for (const Row row : rows) {
    CastBallot& cast = ballots.emplace_back();
    *cast.mutable_ballot() = ParseMessage<Ballot>(row, 0);
    if (!of.anonymous) cast.set_participant(static_cast<int32_t>(row.Int64(1)));
  }
  return ballots;
}

absl::StatusOr<std::vector<Ballot>> AllBallots(db::Transaction& tx, const BallotsOf& of) {
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<CastBallot> cast,
                            ListBallots(tx, of, 0, std::numeric_limits<int>::max()));
  std::vector<Ballot> ballots;
  ballots.reserve(cast.size());
  for (CastBallot& one : cast) ballots.push_back(std::move(*one.mutable_ballot()));
  return ballots;
}

absl::Status ShuffleBallots(db::Transaction& tx, const BallotsOf& of) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<Ballot> ballots, AllBallots(tx, of));
  COLLOQUY_RETURN_IF_ERROR(
      tx.Execute("DELETE FROM anonymous_ballots WHERE dialogue_uid = ? AND poll = ?",
                 {Key(of.dialogue), of.poll})
          .status());
  return InsertAnonymous(tx, of, ballots);
}

absl::StatusOr<std::map<int64_t, std::optional<Ballot>>> VotedPolls(db::Transaction& tx,
                                                                    const Uid& dialogue,
                                                                    int64_t participant) {
  std::map<int64_t, std::optional<Ballot>> voted;
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows named,
      tx.Query("SELECT poll, ballot FROM ballots WHERE dialogue_uid = ? AND participant = ?",
               {Key(dialogue), participant}));
  for (const Row row : named) voted[row.Int64(0)] = ParseMessage<Ballot>(row, 1);
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows anonymous,
      tx.Query("SELECT poll, voters FROM anonymous_voters WHERE dialogue_uid = ?",
               {Key(dialogue)}));
  for (const Row row : anonymous) {
    if (HasVoted(row.Blob(1), participant)) voted[row.Int64(0)] = std::nullopt;
  }
  return voted;
}

}  // namespace colloquy::dialogues::store
