#include "services/dialogues/report.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/db_options.h"
#include "services/dialogues/meeting.h"
#include "services/dialogues/room_content.h"
#include "services/dialogues/room_votes.h"
#include "services/dialogues/rules/report/html.h"
#include "services/dialogues/rules/report/markdown.h"
#include "services/dialogues/rules/report/participation.h"
#include "services/dialogues/rules/room_view.h"
#include "services/dialogues/store/moderation.h"
#include "services/dialogues/store/votes.h"

namespace colloquy::dialogues {
namespace {

using rules::report::Participation;
using rules::report::ReportData;

constexpr int kPage = 10'000;
// As many bars as fit a page.
constexpr int kIntervals = 60;
// Until the room's analyst is done.
constexpr absl::Duration kPatience = absl::Seconds(5);

absl::Status ReadVotes(db::Transaction& tx, const store::Room& room, RoomVotes& votes,
                       Participation& participation) {
  while (votes.sequence() < room.vote_sequence) {
    COLLOQUY_ASSIGN_OR_RETURN(
        const std::vector<store::VoteRow> rows,
        store::ListVotes(tx, room.uid, votes.sequence(), room.vote_sequence, kPage));
    if (rows.empty()) return absl::InternalError("votes are missing in the log");
    votes.Apply(rows);
    for (const store::VoteRow& row : rows) {
      participation.Add(row.vote_time, static_cast<int32_t>(row.participant));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::ModerationEntry>> AllModerationEntries(db::Transaction& tx,
                                                                      const store::Room& room) {
  std::vector<v1::ModerationEntry> all;
  while (true) {
    const int64_t after = all.empty() ? 0 : all.back().sequence();
    COLLOQUY_ASSIGN_OR_RETURN(std::vector<v1::ModerationEntry> page,
                              store::ListModerationEntries(tx, room.uid, after, kPage));
    const bool last = page.size() < kPage;
    std::move(page.begin(), page.end(), std::back_inserter(all));
    if (last) return all;
  }
}

bool IsOver(const v1::Dialogue& dialogue) {
  return dialogue.state() == v1::Dialogue::CLOSED || dialogue.state() == v1::Dialogue::PUBLISHED;
}

template <typename Message>
std::vector<Message> ToVector(const rules::Numbered<Message>& numbered) {
  std::vector<Message> messages;
  messages.reserve(numbered.size());
  for (const auto& [number, message] : numbered) messages.push_back(*message);
  return messages;
}

}  // namespace

absl::Status CheckReportFormat(v1::ReportFormat format) {
  if (v1::ReportFormat_IsValid(format)) return absl::OkStatus();
  return errors::InvalidField("format", "is no format of a report");
}

absl::StatusOr<ReportDraft> GatherReport(db::Transaction& tx, const store::Room& room,
                                         absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::shared_ptr<const rules::RoomView> view,
                            ReadRoomView(tx, room.uid, parts::kEverything, now, nullptr));
  RoomVotes votes;
  Participation participation;
  COLLOQUY_RETURN_IF_ERROR(ReadVotes(tx, room, votes, participation));
  ReportData data;
  data.time = now;
  data.dialogue = *view->dialogue;
  data.statements = ToVector(view->statements);
  for (v1::Statement& statement : data.statements) {
    *statement.mutable_tally() = votes.TallyOf(rules::NumberIn(statement.name()));
  }
  COLLOQUY_ASSIGN_OR_RETURN(const rules::Agenda agenda, ReadAgenda(tx, room.uid));
  data.agenda = rules::InOrder(agenda);
  data.speaking = rules::SummarizeSpeaking(ToVector(view->speaker_requests), now);
  data.polls = ToVector(view->polls);
  data.decisions = ToVector(view->decisions);
  data.actions = ToVector(view->action_items);
  for (v1::ActionItem& action : data.actions) action.clear_owner_email();
  COLLOQUY_ASSIGN_OR_RETURN(data.moderation, AllModerationEntries(tx, room));
  data.participation = participation.Intervals(kIntervals);

  rules::OpinionContext context{.mode = rules::ModeOf(data.dialogue),
                                .vote_sequence = room.vote_sequence,
                                .compute_time = now,
                                .moderation = rules::ModerationOf(*view)};
  COLLOQUY_ASSIGN_OR_RETURN(context.stakeholder_types, ReadStakeholderTypes(tx, room.uid));
  int64_t sequence = 0;
  rules::opinion::Snapshot snapshot = votes.Copy(rules::OrderOf(context.mode), sequence);
  return ReportDraft{std::move(data), std::move(snapshot), std::move(context)};
}

v1::RenderReportResponse RenderReport(ReportDraft draft, const v1::Opinion* newest,
                                      v1::ReportFormat format) {
  const bool known = newest != nullptr && newest->mode() == draft.context.mode &&
                     newest->vote_sequence() == draft.context.vote_sequence;
  draft.data.opinion =
      known ? *newest : rules::FindOpinion(draft.votes, draft.context, /*history=*/nullptr);
  v1::RenderReportResponse response;
  if (format == v1::MARKDOWN) {
    response.set_content_type("text/markdown; charset=utf-8");
    response.set_data(rules::report::RenderMarkdown(draft.data));
  } else {
    response.set_content_type("text/html; charset=utf-8");
    response.set_data(rules::report::RenderHtml(draft.data));
  }
  return response;
}

absl::StatusOr<v1::RenderReportResponse> WriteReport(
    const rpc::CallContext& call, const RoomKey& key, const RoomBook& book, LiveRooms& rooms,
    v1::ReportFormat format,
    absl::FunctionRef<absl::Status(db::Transaction& tx, const store::Room& room)> check) {
  std::optional<ReportDraft> draft;
  Uid uid;
  COLLOQUY_RETURN_IF_ERROR(
      book.Read(call, key, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_RETURN_IF_ERROR(check(tx, room));
        COLLOQUY_ASSIGN_OR_RETURN(draft, GatherReport(tx, room, book.Now()));
        uid = room.uid;
        return absl::OkStatus();
      }));
  std::shared_ptr<const v1::Opinion> newest;
  // Of a dialogue that is over the room has it, once for all who read the report.
  if (draft->context.mode == v1::Dialogue::POLIS_COMPATIBLE || IsOver(draft->data.dialogue)) {
    COLLOQUY_ASSIGN_OR_RETURN(const LiveRooms::RoomPtr room,
                              rooms.OpenWithVotes(uid, rpc::DbOptions(call)));
    newest = room->AwaitOpinion(draft->context.vote_sequence,
                                std::min(call.deadline(), absl::Now() + kPatience));
  }
  return RenderReport(*std::move(draft), newest.get(), format);
}

}  // namespace colloquy::dialogues
