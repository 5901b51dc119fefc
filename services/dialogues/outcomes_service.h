// colloquy.dialogues.v1.OutcomesService: decisions and action items, for staff.
#ifndef COLLOQUY_SERVICES_DIALOGUES_OUTCOMES_SERVICE_H_
#define COLLOQUY_SERVICES_DIALOGUES_OUTCOMES_SERVICE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "colloquy/dialogues/v1/outcomes.pb.h"
#include "google/protobuf/empty.pb.h"
#include "services/common/auth/permissions.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/service.h"
#include "services/dialogues/live_rooms.h"
#include "services/dialogues/room_book.h"

namespace colloquy::dialogues {

// Who may call what, for the server's table.
std::vector<auth::Permission> OutcomesPermissions();

// Handlers are thread-safe and may be called without gRPC. An analyst must be at work on `rooms`.
class OutcomesService {
 public:
  // All must outlive the service.
  OutcomesService(RoomBook& book, LiveRooms& rooms, const resource::PageTokens& tokens)
      : book_(book), rooms_(rooms), tokens_(tokens) {}

  // Adds every method to the table of `OutcomesService::descriptor()`.
  void Mount(rpc::Service& table);

  using Call = rpc::CallContext;
  absl::StatusOr<v1::Decision> CreateDecision(const Call& call,
                                              const v1::CreateDecisionRequest& request);
  absl::StatusOr<v1::Decision> GetDecision(const Call& call, const v1::GetDecisionRequest& request);
  absl::StatusOr<v1::ListDecisionsResponse> ListDecisions(const Call& call,
                                                          const v1::ListDecisionsRequest& request);
  absl::StatusOr<v1::Decision> UpdateDecision(const Call& call,
                                              const v1::UpdateDecisionRequest& request);
  absl::StatusOr<google::protobuf::Empty> DeleteDecision(const Call& call,
                                                         const v1::DeleteDecisionRequest& request);
  absl::StatusOr<v1::ActionItem> CreateActionItem(const Call& call,
                                                  const v1::CreateActionItemRequest& request);
  absl::StatusOr<v1::ActionItem> GetActionItem(const Call& call,
                                               const v1::GetActionItemRequest& request);
  absl::StatusOr<v1::ListActionItemsResponse> ListActionItems(
      const Call& call, const v1::ListActionItemsRequest& request);
  absl::StatusOr<v1::ActionItem> UpdateActionItem(const Call& call,
                                                  const v1::UpdateActionItemRequest& request);
  absl::StatusOr<google::protobuf::Empty> DeleteActionItem(
      const Call& call, const v1::DeleteActionItemRequest& request);

 private:
  // How opinion stands with every vote that was cast before the call.
  absl::StatusOr<v1::Opinion> OpinionNow(const Call& call, const DialogueName& name);

  RoomBook& book_;
  LiveRooms& rooms_;
  const resource::PageTokens& tokens_;
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_OUTCOMES_SERVICE_H_
