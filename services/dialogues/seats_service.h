// colloquy.dialogues.v1.SeatsService: what participants do with their links. The token is the
// credential: callers need no other.
#ifndef COLLOQUY_SERVICES_DIALOGUES_SEATS_SERVICE_H_
#define COLLOQUY_SERVICES_DIALOGUES_SEATS_SERVICE_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "colloquy/dialogues/v1/live.pb.h"
#include "colloquy/dialogues/v1/seats.pb.h"
#include "google/protobuf/empty.pb.h"
#include "services/common/auth/permissions.h"
#include "services/common/rpc/service.h"
#include "services/dialogues/live_rooms.h"
#include "services/dialogues/room_book.h"
#include "services/dialogues/rules/links.h"
#include "services/dialogues/store/participants.h"
#include "services/dialogues/vote_book.h"

namespace colloquy::dialogues {

// Who may call what, for the server's table: anyone, everything.
std::vector<auth::Permission> SeatsPermissions();

// Handlers are thread-safe and may be called without gRPC.
class SeatsService {
 public:
  // From 0 to below 1, for drawing statements.
  using Fraction = std::function<double()>;

  // All must outlive the service.
  SeatsService(RoomBook& book, const rules::Links& links, LiveRooms& rooms, VoteBook& votes,
               Fraction fraction);
  SeatsService(RoomBook& book, const rules::Links& links, LiveRooms& rooms, VoteBook& votes);

  // Adds every method to the table of `SeatsService::descriptor()`.
  void Mount(rpc::Service& table);

  using Context = std::shared_ptr<const rpc::CallContext>;
  absl::StatusOr<v1::Dialogue> GetLobby(const rpc::CallContext& call,
                                        const v1::GetLobbyRequest& request);
  absl::StatusOr<v1::JoinResponse> Join(const rpc::CallContext& call,
                                        const v1::JoinRequest& request);
  absl::StatusOr<v1::Seat> GetSeat(const rpc::CallContext& call, const v1::GetSeatRequest& request);
  absl::StatusOr<v1::Presentation> GetPresentation(const rpc::CallContext& call,
                                                   const v1::GetPresentationRequest& request);
  absl::StatusOr<v1::NextStatementResponse> NextStatement(const rpc::CallContext& call,
                                                          const v1::NextStatementRequest& request);
  void CastVote(const Context& call, const v1::CastVoteRequest& request,
                rpc::Done<v1::CastVoteResponse> done);
  absl::StatusOr<v1::Statement> WriteStatement(const rpc::CallContext& call,
                                               const v1::WriteStatementRequest& request);
  absl::StatusOr<v1::SpeakerRequest> AskToSpeak(const rpc::CallContext& call,
                                                const v1::AskToSpeakRequest& request);
  absl::StatusOr<google::protobuf::Empty> CancelSpeaking(const rpc::CallContext& call,
                                                         const v1::CancelSpeakingRequest& request);
  absl::StatusOr<v1::CastBallotResponse> CastBallot(const rpc::CallContext& call,
                                                    const v1::CastBallotRequest& request);
  absl::StatusOr<v1::RenderReportResponse> ReadReport(const rpc::CallContext& call,
                                                      const v1::ReadReportRequest& request);
  absl::Status WatchRoom(Context call, const v1::WatchRoomRequest& request,
                         std::shared_ptr<LiveRoom::Writer> writer);

 private:
  absl::StatusOr<rules::LinkTarget> Open(const rpc::CallContext& call, rules::LinkPurpose purpose,
                                         absl::string_view token) const;
  absl::StatusOr<std::unique_ptr<VoteOp>> MakeVote(const rpc::CallContext& call,
                                                   const v1::CastVoteRequest& request) const;
  absl::StatusOr<v1::Statement> Write(RoomChange& change, const rules::LinkTarget& link,
                                      absl::string_view method,
                                      const v1::WriteStatementRequest& request);

  RoomBook& book_;
  const rules::Links& links_;
  LiveRooms& rooms_;
  VoteBook& votes_;
  const Fraction fraction_;
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_SEATS_SERVICE_H_
