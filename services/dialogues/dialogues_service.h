// colloquy.dialogues.v1.DialoguesService: dialogues and their participants, for staff.
#ifndef COLLOQUY_SERVICES_DIALOGUES_DIALOGUES_SERVICE_H_
#define COLLOQUY_SERVICES_DIALOGUES_DIALOGUES_SERVICE_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "colloquy/dialogues/v1/dialogues.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "google/protobuf/empty.pb.h"
#include "services/common/auth/permissions.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/service.h"
#include "services/dialogues/room_book.h"
#include "services/dialogues/rules/links.h"
#include "services/dialogues/rules/states.h"

namespace colloquy::dialogues {

// Who may call what, for the server's table.
std::vector<auth::Permission> DialoguesPermissions();

// Handlers are thread-safe and may be called without gRPC.
class DialoguesService {
 public:
  // Other services, and what is not known before they run.
  struct Options {
    // OK if there is such an event; RESOURCE_NOT_FOUND if not.
    std::function<absl::Status(const std::string& event, absl::Time deadline)> check_event;
    // A page of an event's registrations.
    std::function<absl::StatusOr<registrations::v1::ListRegistrationsResponse>(
        const registrations::v1::ListRegistrationsRequest&, absl::Time deadline)>
        list_registrations;
    // Where the pages are, such as "https://web.example.org"; empty if nobody serves them.
    std::function<std::string()> web_url;
  };

  // All must outlive the service.
  DialoguesService(RoomBook& book, const rules::Links& links, const resource::PageTokens& tokens,
                   Options options)
      : book_(book), links_(links), tokens_(tokens), options_(std::move(options)) {}

  // Adds every method but WatchDialogue (OpinionService::MountWatch) to the table of
  // `DialoguesService::descriptor()`, those of the feed too.
  void Mount(rpc::Service& table);

  using Call = rpc::CallContext;
  absl::StatusOr<v1::Dialogue> CreateDialogue(const Call& call,
                                              const v1::CreateDialogueRequest& request);
  absl::StatusOr<v1::Dialogue> GetDialogue(const Call& call, const v1::GetDialogueRequest& request);
  absl::StatusOr<v1::ListDialoguesResponse> ListDialogues(const Call& call,
                                                          const v1::ListDialoguesRequest& request);
  absl::StatusOr<v1::Dialogue> UpdateDialogue(const Call& call,
                                              const v1::UpdateDialogueRequest& request);
  absl::StatusOr<google::protobuf::Empty> DeleteDialogue(const Call& call,
                                                         const v1::DeleteDialogueRequest& request);
  absl::StatusOr<v1::Dialogue> OpenDialogue(const Call& call,
                                            const v1::OpenDialogueRequest& request);
  absl::StatusOr<v1::Dialogue> StartDialogue(const Call& call,
                                             const v1::StartDialogueRequest& request);
  absl::StatusOr<v1::Dialogue> CloseDialogue(const Call& call,
                                             const v1::CloseDialogueRequest& request);
  absl::StatusOr<v1::Dialogue> PublishDialogue(const Call& call,
                                               const v1::PublishDialogueRequest& request);
  absl::StatusOr<v1::GetDialogueLinksResponse> GetDialogueLinks(
      const Call& call, const v1::GetDialogueLinksRequest& request);

  // participants.cc
  absl::StatusOr<v1::Participant> CreateParticipant(const Call& call,
                                                    const v1::CreateParticipantRequest& request);
  absl::StatusOr<v1::BatchCreateParticipantsResponse> BatchCreateParticipants(
      const Call& call, const v1::BatchCreateParticipantsRequest& request);
  absl::StatusOr<v1::AdmitRegistrationsResponse> AdmitRegistrations(
      const Call& call, const v1::AdmitRegistrationsRequest& request);
  absl::StatusOr<v1::Participant> GetParticipant(const Call& call,
                                                 const v1::GetParticipantRequest& request);
  absl::StatusOr<v1::ListParticipantsResponse> ListParticipants(
      const Call& call, const v1::ListParticipantsRequest& request);
  absl::StatusOr<v1::Participant> UpdateParticipant(const Call& call,
                                                    const v1::UpdateParticipantRequest& request);
  absl::StatusOr<v1::Participant> RemoveParticipant(const Call& call,
                                                    const v1::RemoveParticipantRequest& request);
  absl::StatusOr<v1::GetParticipantLinkResponse> GetParticipantLink(
      const Call& call, const v1::GetParticipantLinkRequest& request);

 private:
  absl::Status CheckEvent(const Call& call, const std::string& event) const;
  template <typename Request>
  absl::StatusOr<v1::Dialogue> Move(const Call& call, const Request& request,
                                    rules::DialogueAction action);
  v1::GetDialogueLinksResponse LinksOf(const store::Room& room, const v1::Dialogue& dialogue) const;
  v1::GetParticipantLinkResponse LinkOf(const rules::LinkTarget& seat) const;
  absl::StatusOr<std::vector<v1::Participant>> ConfirmedFor(const Call& call,
                                                            const std::string& event) const;

  RoomBook& book_;
  const rules::Links& links_;
  const resource::PageTokens& tokens_;
  const Options options_;
};

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_DIALOGUES_SERVICE_H_
