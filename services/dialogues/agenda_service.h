// colloquy.dialogues.v1.AgendaService: the agenda and who speaks, for staff.
#ifndef COLLOQUY_SERVICES_DIALOGUES_AGENDA_SERVICE_H_
#define COLLOQUY_SERVICES_DIALOGUES_AGENDA_SERVICE_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "colloquy/dialogues/v1/agenda.pb.h"
#include "google/protobuf/empty.pb.h"
#include "services/common/auth/permissions.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/service.h"
#include "services/dialogues/room_book.h"
#include "services/dialogues/rules/agenda.h"
#include "services/dialogues/rules/speakers.h"
#include "services/dialogues/rules/states.h"

namespace colloquy::dialogues {

// Who may call what, for the server's table.
std::vector<auth::Permission> AgendaPermissions();

// Handlers are thread-safe and may be called without gRPC.
class AgendaService {
 public:
  // Both must outlive the service.
  AgendaService(RoomBook& book, const resource::PageTokens& tokens)
      : book_(book), tokens_(tokens) {}

  // Adds every method to the table of `AgendaService::descriptor()`.
  void Mount(rpc::Service& table);

  using Call = rpc::CallContext;
  absl::StatusOr<v1::AgendaItem> CreateAgendaItem(const Call& call,
                                                  const v1::CreateAgendaItemRequest& request);
  absl::StatusOr<v1::AgendaItem> GetAgendaItem(const Call& call,
                                               const v1::GetAgendaItemRequest& request);
  absl::StatusOr<v1::ListAgendaItemsResponse> ListAgendaItems(
      const Call& call, const v1::ListAgendaItemsRequest& request);
  absl::StatusOr<v1::AgendaItem> UpdateAgendaItem(const Call& call,
                                                  const v1::UpdateAgendaItemRequest& request);
  absl::StatusOr<google::protobuf::Empty> DeleteAgendaItem(
      const Call& call, const v1::DeleteAgendaItemRequest& request);
  absl::StatusOr<v1::AgendaItem> MoveAgendaItem(const Call& call,
                                                const v1::MoveAgendaItemRequest& request);
  absl::StatusOr<v1::AgendaItem> StartAgendaItem(const Call& call,
                                                 const v1::StartAgendaItemRequest& request);
  absl::StatusOr<v1::AgendaItem> ExtendAgendaItem(const Call& call,
                                                  const v1::ExtendAgendaItemRequest& request);
  absl::StatusOr<v1::AgendaItem> FinishAgendaItem(const Call& call,
                                                  const v1::FinishAgendaItemRequest& request);

  absl::StatusOr<v1::SpeakerRequest> CreateSpeakerRequest(
      const Call& call, const v1::CreateSpeakerRequestRequest& request);
  absl::StatusOr<v1::ListSpeakerRequestsResponse> ListSpeakerRequests(
      const Call& call, const v1::ListSpeakerRequestsRequest& request);
  absl::StatusOr<v1::SpeakerRequest> CallSpeakerRequest(
      const Call& call, const v1::CallSpeakerRequestRequest& request);
  absl::StatusOr<v1::SpeakerRequest> CallNextSpeaker(const Call& call,
                                                     const v1::CallNextSpeakerRequest& request);
  absl::StatusOr<v1::SpeakerRequest> BeginSpeakerRequest(
      const Call& call, const v1::BeginSpeakerRequestRequest& request);
  absl::StatusOr<v1::SpeakerRequest> PauseSpeakerRequest(
      const Call& call, const v1::PauseSpeakerRequestRequest& request);
  absl::StatusOr<v1::SpeakerRequest> EndSpeakerRequest(const Call& call,
                                                       const v1::EndSpeakerRequestRequest& request);
  absl::StatusOr<v1::SpeakerRequest> WithdrawSpeakerRequest(
      const Call& call, const v1::WithdrawSpeakerRequestRequest& request);
  absl::StatusOr<v1::SummarizeSpeakingResponse> SummarizeSpeaking(
      const Call& call, const v1::SummarizeSpeakingRequest& request);

 private:
  // What is done to the whole agenda for one of its items, once that is found and its etag
  // compared.
  using ItemDeed = absl::FunctionRef<absl::Status(RoomChange&, int64_t number, rules::Agenda&)>;
  template <typename Request>
  absl::StatusOr<v1::AgendaItem> ChangeItem(const Call& call, const std::string& name,
                                            absl::string_view field, const std::string& etag,
                                            const Request& request, rules::States needed,
                                            ItemDeed deed);
  template <typename Request>
  absl::StatusOr<v1::SpeakerRequest> ChangeSpeaker(const Call& call, const Request& request,
                                                   rules::SpeakerAction action,
                                                   rules::States needed);

  RoomBook& book_;
  const resource::PageTokens& tokens_;
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_AGENDA_SERVICE_H_
