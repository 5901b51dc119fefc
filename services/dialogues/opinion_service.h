// colloquy.dialogues.v1.OpinionService, and the stream that staff watch a dialogue by.
#ifndef COLLOQUY_SERVICES_DIALOGUES_OPINION_SERVICE_H_
#define COLLOQUY_SERVICES_DIALOGUES_OPINION_SERVICE_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "colloquy/dialogues/v1/dialogues.pb.h"
#include "colloquy/dialogues/v1/live.pb.h"
#include "colloquy/dialogues/v1/opinion.pb.h"
#include "services/common/auth/permissions.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/service.h"
#include "services/dialogues/live_rooms.h"
#include "services/dialogues/room_book.h"

namespace colloquy::dialogues {

// Who may call what, for the server's table.
std::vector<auth::Permission> OpinionPermissions();

// What may wait in one stream of a room for a slow reader; more is in Frames for all of them.
inline constexpr rpc::StreamLimits kRoomStream{.messages = 64, .bytes = 1 << 20};

// Handlers are thread-safe and may be called without gRPC. An analyst must be at work on `rooms`.
class OpinionService {
 public:
  // All must outlive the service.
  OpinionService(RoomBook& book, LiveRooms& rooms, const resource::PageTokens& tokens)
      : book_(book), rooms_(rooms), tokens_(tokens) {}

  // Adds every method to the table of `OpinionService::descriptor()`.
  void Mount(rpc::Service& table);
  // Adds WatchDialogue to that of `DialoguesService::descriptor()`.
  void MountWatch(rpc::Service& dialogues);

  absl::StatusOr<v1::Opinion> GetOpinion(const rpc::CallContext& call,
                                         const v1::GetOpinionRequest& request);
  absl::StatusOr<v1::Opinion> ComputeOpinion(const rpc::CallContext& call,
                                             const v1::ComputeOpinionRequest& request);
  absl::StatusOr<v1::ListOpinionSnapshotsResponse> ListOpinionSnapshots(
      const rpc::CallContext& call, const v1::ListOpinionSnapshotsRequest& request);
  absl::StatusOr<v1::RenderReportResponse> RenderReport(const rpc::CallContext& call,
                                                        const v1::RenderReportRequest& request);
  absl::Status WatchDialogue(std::shared_ptr<const rpc::CallContext> call,
                             const v1::WatchDialogueRequest& request,
                             std::shared_ptr<LiveRoom::Writer> writer);

 private:
  absl::StatusOr<store::Room> Find(const rpc::CallContext& call, const std::string& name) const;

  RoomBook& book_;
  LiveRooms& rooms_;
  const resource::PageTokens& tokens_;
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_OPINION_SERVICE_H_
