// colloquy.dialogues.v1.PollsService: polls and their results, for staff.
#ifndef COLLOQUY_SERVICES_DIALOGUES_POLLS_SERVICE_H_
#define COLLOQUY_SERVICES_DIALOGUES_POLLS_SERVICE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "colloquy/dialogues/v1/polls.pb.h"
#include "google/protobuf/empty.pb.h"
#include "services/common/auth/permissions.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/service.h"
#include "services/dialogues/room_book.h"

namespace colloquy::dialogues {

// Who may call what, for the server's table.
std::vector<auth::Permission> PollsPermissions();

// Handlers are thread-safe and may be called without gRPC.
class PollsService {
 public:
  // Both must outlive the service.
  PollsService(RoomBook& book, const resource::PageTokens& tokens) : book_(book), tokens_(tokens) {}

  // Adds every method to the table of `PollsService::descriptor()`.
  void Mount(rpc::Service& table);

  using Call = rpc::CallContext;
  absl::StatusOr<v1::Poll> CreatePoll(const Call& call, const v1::CreatePollRequest& request);
  absl::StatusOr<v1::Poll> GetPoll(const Call& call, const v1::GetPollRequest& request);
  absl::StatusOr<v1::ListPollsResponse> ListPolls(const Call& call,
                                                  const v1::ListPollsRequest& request);
  absl::StatusOr<v1::Poll> UpdatePoll(const Call& call, const v1::UpdatePollRequest& request);
  absl::StatusOr<google::protobuf::Empty> DeletePoll(const Call& call,
                                                     const v1::DeletePollRequest& request);
  absl::StatusOr<v1::Poll> OpenPoll(const Call& call, const v1::OpenPollRequest& request);
  absl::StatusOr<v1::Poll> ClosePoll(const Call& call, const v1::ClosePollRequest& request);
  absl::StatusOr<v1::ListBallotsResponse> ListBallots(const Call& call,
                                                      const v1::ListBallotsRequest& request);

 private:
  RoomBook& book_;
  const resource::PageTokens& tokens_;
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_POLLS_SERVICE_H_
