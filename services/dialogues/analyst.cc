#include "services/dialogues/analyst.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "services/common/errors/errors.h"
#include "services/dialogues/room_content.h"
#include "services/dialogues/rules/opinion/history.h"
#include "services/dialogues/store/snapshots.h"

namespace colloquy::dialogues {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);
constexpr int kShare = 5;  // of the time, at most one in so many parts goes into a room

bool IsOver(const v1::Dialogue& dialogue) {
  return dialogue.state() == v1::Dialogue::CLOSED || dialogue.state() == v1::Dialogue::PUBLISHED;
}

bool Same(const rules::opinion::Moderation& a, const rules::opinion::Moderation& b) {
  return a.out == b.out && a.meta == b.meta;
}

}  // namespace

Analyst::Analyst(db::Database& db, LiveRooms& rooms, Options options)
    : db_(db), rooms_(rooms), options_(options) {}

Analyst::~Analyst() { Stop(); }

void Analyst::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Analyst::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void Analyst::Loop() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), options_.look)) return;
    }
    for (const LiveRooms::RoomPtr& room : rooms_.rooms()) {
      {
        absl::MutexLock lock(&mutex_);
        if (stopping_) return;
      }
      Look(room);
    }
    absl::erase_if(notes_, [](const auto& entry) { return entry.second.room.expired(); });
  }
}

void Analyst::Look(const LiveRooms::RoomPtr& room) {
  if (room->view() == nullptr) return;
  Notes& notes = notes_[room->uid()];
  if (notes.room.lock() != room) {
    notes = Notes();
    notes.room = room;
    room->Mark(parts::kParticipants);
  }
  if (absl::Now() >= notes.next && NoteChanges(*room, notes)) {
    if (!Prepare(*room, notes).ok()) return;  // looked at again soon
    Analyse(room, notes);
  }
  StoreWhenDue(*room, notes);
}

bool Analyst::NoteChanges(const LiveRoom& room, Notes& notes) {
  bool changed = !notes.analysed || room.marked(parts::kParticipants) ||
                 room.votes().sequence() != notes.context.vote_sequence;
  std::shared_ptr<const rules::RoomView> view = room.view();
  if (view == notes.view) return changed;
  rules::opinion::Moderation moderation = rules::ModerationOf(*view);
  const v1::Dialogue::AnalysisMode mode = rules::ModeOf(*view->dialogue);
  changed |= mode != notes.context.mode || !Same(moderation, notes.context.moderation);
  notes.view = std::move(view);
  notes.context.mode = mode;
  notes.context.moderation = std::move(moderation);
  return changed;
}

absl::Status Analyst::Prepare(LiveRoom& room, Notes& notes) {
  const Parts marked = room.TakeMarks(parts::kParticipants);
  if (marked == 0 && notes.analysed) return absl::OkStatus();
  std::optional<store::HistoryRow> history;
  const absl::Status status =
      db_.Read({.deadline = absl::Now() + kTimeout}, [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(notes.context.stakeholder_types,
                                  ReadStakeholderTypes(tx, room.uid()));
        if (notes.analysed) return absl::OkStatus();
        COLLOQUY_ASSIGN_OR_RETURN(notes.stored, store::NewestSnapshot(tx, room.uid()));
        COLLOQUY_ASSIGN_OR_RETURN(history, store::ReadHistory(tx, room.uid()));
        return absl::OkStatus();
      });
  if (!status.ok()) {
    room.Mark(parts::kParticipants);
    return status;
  }
  if (!history.has_value()) return absl::OkStatus();
  std::optional<rules::opinion::History> remembered =
      rules::opinion::DecodeHistory(history->history);
  if (remembered.has_value()) notes.history = *std::move(remembered);
  return absl::OkStatus();
}

void Analyst::Analyse(const LiveRooms::RoomPtr& room, Notes& notes) {
  const absl::Time begin = absl::Now();
  rules::OpinionContext& context = notes.context;
  const rules::opinion::Snapshot votes =
      room->votes().Copy(rules::OrderOf(context.mode), context.vote_sequence);
  context.compute_time = begin;
  auto opinion =
      std::make_shared<const v1::Opinion>(rules::FindOpinion(votes, context, &notes.history));
  notes.analysed = true;
  const absl::Time end = absl::Now();
  notes.next = std::max(begin + options_.every, end + (kShare - 1) * (end - begin));
  rooms_.Analysed(room, std::move(opinion));
}

void Analyst::StoreWhenDue(const LiveRoom& room, Notes& notes) {
  const std::shared_ptr<const v1::Opinion> opinion = room.opinion();
  if (opinion == nullptr || opinion->vote_sequence() <= notes.stored) return;
  const absl::Time now = absl::Now();
  if (now < notes.stored_time + options_.snapshot_every && !IsOver(*notes.view->dialogue)) return;
  const absl::Status status =
      db_.Write({.deadline = now + kTimeout}, [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_RETURN_IF_ERROR(store::SaveSnapshot(tx, room.uid(), *opinion));
        if (opinion->mode() != v1::Dialogue::POLIS_COMPATIBLE) return absl::OkStatus();
        return store::SaveHistory(
            tx, room.uid(),
            {opinion->vote_sequence(), rules::opinion::EncodeHistory(notes.history)});
      });
  notes.stored_time = now;
  if (status.ok()) notes.stored = opinion->vote_sequence();
}

absl::StatusOr<v1::Opinion> ComputeOpinion(db::Database& db, const LiveRoom& room, int64_t through,
                                           v1::Dialogue::AnalysisMode mode,
                                           const db::CallOptions& options) {
  const std::shared_ptr<const rules::RoomView> view = room.view();
  rules::OpinionContext context{.mode = mode == v1::Dialogue::ANALYSIS_MODE_UNSPECIFIED
                                            ? rules::ModeOf(*view->dialogue)
                                            : mode,
                                .vote_sequence = through,
                                .compute_time = absl::Now(),
                                .moderation = rules::ModerationOf(*view)};
  rules::opinion::VoteMatrix matrix;
  COLLOQUY_RETURN_IF_ERROR(db.Read(options, [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(context.stakeholder_types, ReadStakeholderTypes(tx, room.uid()));
    COLLOQUY_ASSIGN_OR_RETURN(matrix, ReadMatrix(tx, room.uid(), through));
    return absl::OkStatus();
  }));
  return rules::FindOpinion(rules::opinion::Snapshot(matrix, rules::OrderOf(context.mode)), context,
                            nullptr);
}

}  // namespace colloquy::dialogues
