#include "services/dialogues/vote_book.h"

#include <algorithm>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/errors/errors.h"
#include "services/dialogues/rules/names.h"
#include "services/dialogues/rules/states.h"
#include "services/dialogues/seat_links.h"
#include "services/dialogues/store/dialogues.h"
#include "services/dialogues/store/participants.h"
#include "services/dialogues/store/rooms.h"
#include "services/dialogues/store/statements.h"

namespace colloquy::dialogues {
namespace {

using resource::Uid;
using store::VoteRow;

constexpr absl::string_view kMethod = "CastVote";

// What a batch of votes is decided by, as its transaction sees it.
class Batch {
 public:
  explicit Batch(const RoomVotes& memory) : memory_(memory) {}

  absl::Status Read(db::Transaction& tx, const store::Room& room,
                    const std::vector<std::unique_ptr<VoteOp>>& ops) {
    room_ = room;
    COLLOQUY_ASSIGN_OR_RETURN(dialogue_, store::ReadDialogue(tx, room));
    std::vector<int64_t> participants, statements;
    for (const auto& op : ops) {
      participants.push_back(op->seat.number);
      statements.push_back(op->statement);
    }
    COLLOQUY_ASSIGN_OR_RETURN(const std::vector<store::ParticipantRow> seats,
                              store::ReadParticipants(tx, room.uid, Distinct(participants)));
    for (const store::ParticipantRow& seat : seats) participants_[seat.number] = seat;
    COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::StatementRow> rows,
                              store::ReadStatements(tx, room.uid, Distinct(statements)));
    for (store::StatementRow& row : rows) statements_[row.number] = std::move(row.message);
    // What other replicas wrote since memory was last brought up to date. Nobody writes now.
    return ReadMissing(tx);
  }

  // OK if the vote may be cast.
  absl::Status Check(const VoteOp& op) const {
    const auto seat = participants_.find(op.seat.number);
    if (seat == participants_.end()) return errors::PermissionDenied(op.method);
    COLLOQUY_RETURN_IF_ERROR(CheckSeat(op.seat, seat->second, op.method));
    if (seat->second.viewer) return errors::PermissionDenied(op.method);
    const std::string dialogue = store::NameOf(room_);
    COLLOQUY_RETURN_IF_ERROR(rules::CheckState(dialogue, room_.state, kMethod, rules::kUnderWay));
    const std::string name = rules::ChildName(dialogue, rules::kStatements, op.statement);
    const auto statement = statements_.find(op.statement);
    if (statement == statements_.end()) return errors::NotFound("colloquy/Statement", name);
    const v1::Statement::State state = statement->second.state();
    if (rules::IsShown(state, dialogue_.moderation())) return absl::OkStatus();
    return errors::IllegalTransition(name, v1::Statement::State_Name(state), kMethod, "ACCEPTED");
  }

  v1::VoteValue ValueNow(const VoteOp& op) const {
    const auto newer = newer_.find({op.seat.number, op.statement});
    return newer != newer_.end() ? newer->second : memory_.Find(op.seat.number, op.statement);
  }
  void Note(const VoteRow& row) { newer_[{row.participant, row.statement}] = row.value; }
  const std::vector<VoteRow>& missing() const { return missing_; }

 private:
  static std::vector<int64_t> Distinct(std::vector<int64_t> numbers) {
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return numbers;
  }

  absl::Status ReadMissing(db::Transaction& tx) {
    constexpr int kPage = 10'000;
    for (int64_t after = memory_.sequence(); after < room_.vote_sequence;) {
      COLLOQUY_ASSIGN_OR_RETURN(const std::vector<VoteRow> rows,
                                store::ListVotes(tx, room_.uid, after, room_.vote_sequence, kPage));
      if (rows.empty()) break;
      for (const VoteRow& row : rows) Note(row);
      missing_.insert(missing_.end(), rows.begin(), rows.end());
      after = rows.back().sequence;
    }
    return absl::OkStatus();
  }

  const RoomVotes& memory_;
  store::Room room_;
  v1::Dialogue dialogue_;
  absl::flat_hash_map<int64_t, store::ParticipantRow> participants_;
  absl::flat_hash_map<int64_t, v1::Statement> statements_;
  std::vector<VoteRow> missing_;
  absl::flat_hash_map<std::pair<int64_t, int64_t>, v1::VoteValue> newer_;
};

// Where the vote stands that counts already: in this batch, or in the log.
absl::StatusOr<int64_t> PlaceOf(db::Transaction& tx, const Uid& dialogue, const VoteOp& op,
                                int64_t sequence, const std::vector<VoteRow>& rows) {
  for (size_t i = rows.size(); i-- > 0;) {
    if (rows[i].participant == op.seat.number && rows[i].statement == op.statement)
      return sequence - static_cast<int64_t>(rows.size() - 1 - i);
  }
  COLLOQUY_ASSIGN_OR_RETURN(const std::optional<VoteRow> last,
                            store::LastVote(tx, dialogue, op.seat.number, op.statement));
  // Taking back what was never said has no place.
  return last.has_value() ? last->sequence : 0;
}

}  // namespace

void VoteBook::Decide(const Uid& dialogue, Ops& ops) {
  absl::Time deadline = absl::InfinitePast();
  for (const auto& op : ops) deadline = std::max(deadline, op->deadline);
  absl::StatusOr<LiveRooms::RoomPtr> room = rooms_.Open(dialogue, {.deadline = deadline});
  std::vector<VoteRow> committed;
  absl::Status status = room.status();
  if (status.ok()) status = Write(**room, ops, committed);
  if (errors::ReasonOf(status) == errors::ErrorReason::RESOURCE_NOT_FOUND) {
    // The dialogue was deleted: its links open nothing any more.
    for (auto& op : ops) op->outcome = errors::PermissionDenied(op->method);
  } else if (!status.ok()) {
    for (auto& op : ops) op->outcome = status;
  } else {
    rooms_.Committed(*room, committed);
  }
}

absl::Status VoteBook::Write(LiveRoom& room, Ops& ops, std::vector<VoteRow>& committed) {
  absl::Time deadline = absl::InfinitePast();
  for (const auto& op : ops) deadline = std::max(deadline, op->deadline);
  return db_.Write({.deadline = deadline}, [&](db::Transaction& tx) -> absl::Status {
    committed.clear();
    COLLOQUY_ASSIGN_OR_RETURN(std::optional<store::Room> locked, store::LockRoom(tx, room.uid()));
    if (!locked.has_value()) {
      return errors::NotFound("colloquy/Dialogue", room.view()->dialogue->name());
    }
    Batch batch(room.votes());
    COLLOQUY_RETURN_IF_ERROR(batch.Read(tx, *locked, ops));
    const absl::Time now = absl::Now();
    int64_t sequence = locked->vote_sequence;
    std::vector<VoteRow> rows;
    for (auto& op : ops) {
      if (absl::Status refusal = batch.Check(*op); !refusal.ok()) {
        op->outcome = std::move(refusal);
        continue;
      }
      if (batch.ValueNow(*op) == op->value) {
        COLLOQUY_ASSIGN_OR_RETURN(op->outcome, PlaceOf(tx, room.uid(), *op, sequence, rows));
        continue;
      }
      rows.push_back({.participant = op->seat.number,
                      .statement = op->statement,
                      .value = op->value,
                      .vote_time = now});
      batch.Note(rows.back());
      op->outcome = ++sequence;
    }
    if (rows.empty()) return absl::OkStatus();
    COLLOQUY_RETURN_IF_ERROR(store::AppendVotes(tx, *locked, absl::MakeSpan(rows)));
    COLLOQUY_RETURN_IF_ERROR(store::SaveRoom(tx, *locked));
    committed = batch.missing();
    committed.insert(committed.end(), rows.begin(), rows.end());
    return absl::OkStatus();
  });
}

}  // namespace colloquy::dialogues
