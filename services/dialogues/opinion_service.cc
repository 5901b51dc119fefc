#include "services/dialogues/opinion_service.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/time_util.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/db_options.h"
#include "services/dialogues/analyst.h"
#include "services/dialogues/lists.h"
#include "services/dialogues/report.h"
#include "services/dialogues/requests.h"
#include "services/dialogues/store/snapshots.h"

namespace colloquy::dialogues {
namespace {

using rpc::CallContext;
using v1::Opinion;

constexpr absl::string_view kService = "/colloquy.dialogues.v1.OpinionService/";
// An analysis of this age is the newest one wherever votes go on.
constexpr absl::Duration kFresh = absl::Seconds(1);
// What is kept for the answer itself.
constexpr absl::Duration kSpare = absl::Milliseconds(200);

absl::Time ComputeTime(const Opinion& opinion) {
  return absl::FromUnixMicros(
      google::protobuf::util::TimeUtil::TimestampToMicroseconds(opinion.compute_time()));
}

}  // namespace

absl::StatusOr<store::Room> OpinionService::Find(const CallContext& call,
                                                 const std::string& name) const {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parsed, ParseDialogueName(name, "name"));
  store::Room room;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, parsed, [&](db::Transaction&, const store::Room& found) {
        room = found;
        return absl::OkStatus();
      }));
  return room;
}

absl::StatusOr<Opinion> OpinionService::GetOpinion(const CallContext& call,
                                                   const v1::GetOpinionRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const store::Room found, Find(call, request.name()));
  COLLOQUY_ASSIGN_OR_RETURN(const LiveRooms::RoomPtr room,
                            rooms_.OpenWithVotes(found.uid, rpc::DbOptions(call)));
  std::shared_ptr<const Opinion> opinion = room->opinion();
  if (opinion == nullptr || (opinion->vote_sequence() < found.vote_sequence &&
                             ComputeTime(*opinion) < absl::Now() - kFresh)) {
    opinion = room->AwaitOpinion(found.vote_sequence, call.deadline() - kSpare);
  }
  if (opinion != nullptr) return *opinion;
  return errors::Make(absl::StatusCode::kDeadlineExceeded, errors::ErrorReason::DEADLINE_EXCEEDED,
                      "the first analysis was not done before the deadline; ask again");
}

absl::StatusOr<Opinion> OpinionService::ComputeOpinion(const CallContext& call,
                                                       const v1::ComputeOpinionRequest& request) {
  if (!v1::Dialogue::AnalysisMode_IsValid(request.mode()))
    return errors::InvalidField("mode", "is no mode of analysis");
  COLLOQUY_ASSIGN_OR_RETURN(const store::Room found, Find(call, request.name()));
  if (request.vote_sequence() < 0 || request.vote_sequence() > found.vote_sequence) {
    return errors::InvalidField(
        "vote_sequence", absl::StrCat("must be 0 or a vote's, at most ", found.vote_sequence));
  }
  COLLOQUY_ASSIGN_OR_RETURN(const LiveRooms::RoomPtr room,
                            rooms_.Open(found.uid, rpc::DbOptions(call)));
  const int64_t through =
      request.vote_sequence() == 0 ? found.vote_sequence : request.vote_sequence();
  return dialogues::ComputeOpinion(book_.db(), *room, through, request.mode(),
                                   rpc::DbOptions(call));
}

absl::StatusOr<v1::ListOpinionSnapshotsResponse> OpinionService::ListOpinionSnapshots(
    const CallContext& call, const v1::ListOpinionSnapshotsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  COLLOQUY_ASSIGN_OR_RETURN(const PageStart start, StartOf(tokens_, call, request, -1));
  std::vector<Opinion> opinions;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, parent, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(opinions,
                                  store::ListSnapshots(tx, room.uid, start.after, size + 1));
        return absl::OkStatus();
      }));
  v1::ListOpinionSnapshotsResponse response;
  const bool more = opinions.size() > static_cast<size_t>(size);
  if (more) opinions.pop_back();
  for (Opinion& opinion : opinions) response.add_opinions()->Swap(&opinion);
  if (more) {
    const int64_t last = response.opinions(size - 1).vote_sequence();
    response.set_next_page_token(NextToken(tokens_, start, last));
  }
  return response;
}

absl::StatusOr<v1::RenderReportResponse> OpinionService::RenderReport(
    const CallContext& call, const v1::RenderReportRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName name, ParseDialogueName(request.name(), "name"));
  COLLOQUY_RETURN_IF_ERROR(CheckReportFormat(request.format()));
  return WriteReport(call, name, book_, rooms_, request.format(),
                     [](db::Transaction&, const store::Room&) { return absl::OkStatus(); });
}

absl::Status OpinionService::WatchDialogue(std::shared_ptr<const CallContext> call,
                                           const v1::WatchDialogueRequest& request,
                                           std::shared_ptr<LiveRoom::Writer> writer) {
  COLLOQUY_ASSIGN_OR_RETURN(const store::Room room, Find(*call, request.name()));
  return rooms_.Watch(room.uid, Audience::kStaff, request.cursor(), std::move(writer),
                      rpc::DbOptions(*call));
}

void OpinionService::Mount(rpc::Service& table) {
  using rpc::Execution;
  table.Unary<v1::GetOpinionRequest, Opinion>(
      "GetOpinion", Execution::kPool,
      [this](const CallContext& call, const auto& request) { return GetOpinion(call, request); });
  table.Unary<v1::ComputeOpinionRequest, Opinion>(
      "ComputeOpinion", Execution::kPool, [this](const CallContext& call, const auto& request) {
        return ComputeOpinion(call, request);
      });
  table.Unary<v1::ListOpinionSnapshotsRequest, v1::ListOpinionSnapshotsResponse>(
      "ListOpinionSnapshots", Execution::kPool,
      [this](const CallContext& call, const auto& request) {
        return ListOpinionSnapshots(call, request);
      });
  table.Unary<v1::RenderReportRequest, v1::RenderReportResponse>(
      "RenderReport", Execution::kPool,
      [this](const CallContext& call, const auto& request) { return RenderReport(call, request); });
}

void OpinionService::MountWatch(rpc::Service& dialogues) {
  dialogues.ServerStream<v1::WatchDialogueRequest, v1::RoomUpdate>(
      "WatchDialogue",
      [this](std::shared_ptr<const CallContext> call, const auto& request, auto writer) {
        return WatchDialogue(std::move(call), request, std::move(writer));
      },
      rpc::Execution::kPool, kRoomStream);
}

std::vector<auth::Permission> OpinionPermissions() {
  const auto method = [](absl::string_view name) { return absl::StrCat(kService, name); };
  return {{method("GetOpinion"), auth::kStaff, {"name"}},
          {method("ComputeOpinion"), auth::kStaff, {"name"}},
          {method("ListOpinionSnapshots"), auth::kStaff, {"parent"}},
          {method("RenderReport"), auth::kStaff, {"name"}}};
}

}  // namespace colloquy::dialogues
