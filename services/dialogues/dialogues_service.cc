#include "services/dialogues/dialogues_service.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/masks.h"
#include "services/common/resource/names.h"
#include "services/common/resource/order_by.h"
#include "services/common/rpc/db_options.h"
#include "services/dialogues/ballot_box.h"
#include "services/dialogues/meeting.h"
#include "services/dialogues/requests.h"
#include "services/dialogues/rules/fields.h"
#include "services/dialogues/store/dialogues.h"
#include "services/dialogues/store/snapshots.h"
#include "services/dialogues/store/votes.h"

namespace colloquy::dialogues {
namespace {

using changes::v1::Change;
using rpc::CallContext;
using rules::LinkPurpose;
using v1::Dialogue;

constexpr absl::string_view kService = "/colloquy.dialogues.v1.DialoguesService/";
constexpr rules::States kDraft{Dialogue::DRAFT};

const resource::NamePattern& OrganizerPattern() {
  static const resource::NamePattern pattern("organizers/{organizer}");
  return pattern;
}

void Stamp(const Uid& uid, absl::Time now, Dialogue& dialogue) {
  dialogue.set_revision(dialogue.revision() + 1);
  dialogue.set_etag(resource::MakeEtag(uid, dialogue.revision()));
  *dialogue.mutable_update_time() = ToProto(now);
}

// Stores what was said of the room's dialogue, in the state of the room.
absl::Status Save(RoomChange& change, Dialogue& dialogue) {
  const Dialogue::State before = dialogue.state();
  dialogue.set_state(change.room.state);
  Stamp(change.room.uid, change.now, dialogue);
  COLLOQUY_RETURN_IF_ERROR(store::UpdateDialogue(change.tx, change.room, dialogue));
  change.Record(before == dialogue.state() ? Change::UPDATED : Change::STATE_CHANGED, dialogue,
                Dialogue::State_Name(before), Dialogue::State_Name(dialogue.state()));
  return absl::OkStatus();
}

absl::StatusOr<store::Room> NewRoom(const v1::CreateDialogueRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            OrganizerPattern().Parse(request.parent(), "parent"));
  store::Room room{.uid = resource::NewUid(), .organizer = ids[0]};
  room.dialogue_id = request.dialogue_id();
  if (room.dialogue_id.empty()) {
    room.dialogue_id = room.uid.ToId('d');
  } else {
    COLLOQUY_RETURN_IF_ERROR(resource::ValidateId(room.dialogue_id, "dialogue_id"));
  }
  return room;
}

}  // namespace

absl::Status DialoguesService::CheckEvent(const Call& call, const std::string& event) const {
  if (event.empty()) return absl::OkStatus();
  const absl::Status there = options_.check_event(event, call.deadline());
  if (errors::ReasonOf(there) == errors::ErrorReason::RESOURCE_NOT_FOUND)
    return errors::InvalidField("dialogue.event", "there is no such event");
  return there;
}

absl::StatusOr<Dialogue> DialoguesService::CreateDialogue(
    const Call& call, const v1::CreateDialogueRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const store::Room room, NewRoom(request));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::Once once,
                            resource::Once::Of(call.method(), call.caller().actor, request));
  const absl::Time now = book_.Now();
  Dialogue dialogue = request.dialogue();
  resource::ClearOutputOnly(&dialogue);
  dialogue.set_name(store::NameOf(room));
  COLLOQUY_RETURN_IF_ERROR(rules::NormalizeDialogue("dialogue", room.organizer, &dialogue));
  COLLOQUY_RETURN_IF_ERROR(CheckEvent(call, dialogue.event()));
  dialogue.set_uid(room.uid.ToUuid());
  dialogue.set_state(room.state);
  *dialogue.mutable_create_time() = ToProto(now);
  Stamp(room.uid, now, dialogue);
  Dialogue answer;
  COLLOQUY_RETURN_IF_ERROR(
      book_.db().Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        answer = dialogue;
        COLLOQUY_ASSIGN_OR_RETURN(const bool answered, once.Replay(tx, answer));
        if (answered) return absl::OkStatus();
        COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::Room> taken,
                                  store::FindRoom(tx, room.organizer, room.dialogue_id));
        if (taken.has_value()) return errors::AlreadyExists("colloquy/Dialogue", dialogue.name());
        if (request.validate_only()) return absl::OkStatus();
        const absl::Status inserted = store::InsertRoom(tx, room);
        // Another replica took the name between our look and now.
        if (absl::IsAlreadyExists(inserted)) return db::RunAgain();
        COLLOQUY_RETURN_IF_ERROR(inserted);
        COLLOQUY_RETURN_IF_ERROR(store::InsertDialogue(tx, room, dialogue));
        COLLOQUY_RETURN_IF_ERROR(book_.feed().Append(
            tx, feed::MakeRecord(Change::CREATED, dialogue, call.caller().actor, call.method_name(),
                                 now, "", Dialogue::State_Name(dialogue.state()))));
        return once.Record(tx, answer, now);
      }));
  return answer;
}

absl::StatusOr<Dialogue> DialoguesService::GetDialogue(const Call& call,
                                                       const v1::GetDialogueRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName name, ParseDialogueName(request.name(), "name"));
  Dialogue dialogue;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, name, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(dialogue, store::ReadDialogue(tx, room));
        return absl::OkStatus();
      }));
  return dialogue;
}

absl::StatusOr<v1::ListDialoguesResponse> DialoguesService::ListDialogues(
    const Call& call, const v1::ListDialoguesRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::vector<std::string> ids,
      OrganizerPattern().Parse(request.parent(), "parent", resource::Wildcards::kAllow));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  const std::string binding = resource::PageBinding(call.method(), call.caller().actor, request);
  COLLOQUY_ASSIGN_OR_RETURN(const resource::PagePosition after,
                            tokens_.Decode(request.page_token(), binding));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(request.filter(), store::DialogueFilters()));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::OrderBy order,
                            resource::OrderBy::Parse(request.order_by(), store::DialogueOrders()));
  const std::string organizer = ids[0] == resource::kWildcard ? "" : ids[0];
  store::DialoguePage page;
  COLLOQUY_RETURN_IF_ERROR(
      book_.db().Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(page,
                                  store::ListDialogues(tx, organizer, filter, order, after, size));
        return absl::OkStatus();
      }));
  v1::ListDialoguesResponse response;
  for (Dialogue& dialogue : page.dialogues) response.add_dialogues()->Swap(&dialogue);
  if (!page.next.empty()) response.set_next_page_token(tokens_.Encode(binding, page.next));
  return response;
}

absl::StatusOr<Dialogue> DialoguesService::UpdateDialogue(
    const Call& call, const v1::UpdateDialogueRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName name,
                            ParseDialogueName(request.dialogue().name(), "dialogue.name"));
  if (resource::MaskCovers(request.update_mask(), "event", request.dialogue()))
    COLLOQUY_RETURN_IF_ERROR(CheckEvent(call, request.dialogue().event()));
  return book_.Write<Dialogue>(
      call, name, request, [&](RoomChange& change) -> absl::StatusOr<Dialogue> {
        COLLOQUY_ASSIGN_OR_RETURN(Dialogue dialogue, store::ReadDialogue(change.tx, change.room));
        COLLOQUY_RETURN_IF_ERROR(
            resource::CheckEtag(request.dialogue().etag(), dialogue.etag(), name.name));
        COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kNotOver));
        COLLOQUY_RETURN_IF_ERROR(
            resource::ApplyUpdate(request.update_mask(), request.dialogue(), &dialogue));
        COLLOQUY_RETURN_IF_ERROR(
            rules::NormalizeDialogue("dialogue", change.room.organizer, &dialogue));
        COLLOQUY_RETURN_IF_ERROR(Save(change, dialogue));
        return dialogue;
      });
}

absl::StatusOr<google::protobuf::Empty> DialoguesService::DeleteDialogue(
    const Call& call, const v1::DeleteDialogueRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName name, ParseDialogueName(request.name(), "name"));
  using google::protobuf::Empty;
  return book_.Write<Empty>(call, name, request, [&](RoomChange& change) -> absl::StatusOr<Empty> {
    COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue, store::ReadDialogue(change.tx, change.room));
    COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(request.etag(), dialogue.etag(), name.name));
    COLLOQUY_RETURN_IF_ERROR(change.CheckState(kDraft));
    COLLOQUY_ASSIGN_OR_RETURN(const bool filled, store::HasChildren(change.tx, change.room.uid));
    if (filled && !request.force()) {
      return errors::FailedPrecondition(
          errors::ErrorReason::RESOURCE_HAS_CHILDREN, name.name,
          "the dialogue has participants, statements or other things in it; say `force` to delete "
          "them too");
    }
    COLLOQUY_RETURN_IF_ERROR(store::DeleteVotes(change.tx, change.room.uid));
    COLLOQUY_RETURN_IF_ERROR(store::DeleteSnapshots(change.tx, change.room.uid));
    COLLOQUY_RETURN_IF_ERROR(store::DeleteRoom(change.tx, change.room.uid));
    change.Record(Change::DELETED, dialogue, Dialogue::State_Name(dialogue.state()));
    change.Deleted();
    return Empty();
  });
}

// ---- The life of a dialogue ----

template <typename Request>
absl::StatusOr<Dialogue> DialoguesService::Move(const Call& call, const Request& request,
                                                rules::DialogueAction action) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName name, ParseDialogueName(request.name(), "name"));
  return book_.Write<Dialogue>(
      call, name, request, [&](RoomChange& change) -> absl::StatusOr<Dialogue> {
        COLLOQUY_ASSIGN_OR_RETURN(Dialogue dialogue, store::ReadDialogue(change.tx, change.room));
        COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(request.etag(), dialogue.etag(), name.name));
        COLLOQUY_ASSIGN_OR_RETURN(const Dialogue::State next,
                                  rules::Next(name.name, change.room.state, action));
        if (next == change.room.state) return dialogue;
        if (action == rules::DialogueAction::kClose) {
          COLLOQUY_RETURN_IF_ERROR(EndMeeting(change));
          COLLOQUY_RETURN_IF_ERROR(ClosePolls(change));
          *dialogue.mutable_close_time() = ToProto(change.now);
        }
        if (change.room.state == Dialogue::LIVE && next == Dialogue::OPEN)
          COLLOQUY_RETURN_IF_ERROR(PauseMeeting(change));
        if (action == rules::DialogueAction::kOpen && !dialogue.has_open_time())
          *dialogue.mutable_open_time() = ToProto(change.now);
        change.room.state = next;
        COLLOQUY_RETURN_IF_ERROR(Save(change, dialogue));
        return dialogue;
      });
}

absl::StatusOr<Dialogue> DialoguesService::OpenDialogue(const Call& call,
                                                        const v1::OpenDialogueRequest& request) {
  return Move(call, request, rules::DialogueAction::kOpen);
}

absl::StatusOr<Dialogue> DialoguesService::StartDialogue(const Call& call,
                                                         const v1::StartDialogueRequest& request) {
  return Move(call, request, rules::DialogueAction::kStart);
}

absl::StatusOr<Dialogue> DialoguesService::CloseDialogue(const Call& call,
                                                         const v1::CloseDialogueRequest& request) {
  return Move(call, request, rules::DialogueAction::kClose);
}

absl::StatusOr<Dialogue> DialoguesService::PublishDialogue(
    const Call& call, const v1::PublishDialogueRequest& request) {
  return Move(call, request, rules::DialogueAction::kPublish);
}

// ---- Links ----

v1::GetDialogueLinksResponse DialoguesService::LinksOf(const store::Room& room,
                                                       const Dialogue& dialogue) const {
  const rules::LinkTarget target{
      .dialogue = room.uid, .number = 0, .generation = room.link_generation};
  const std::string base = options_.web_url();
  v1::GetDialogueLinksResponse links;
  if (dialogue.admission() == Dialogue::JOIN_LINK) {
    links.set_join_token(links_.Token(LinkPurpose::kJoin, target));
    links.set_join_uri(links_.Url(base, LinkPurpose::kJoin, target));
  }
  links.set_presenter_token(links_.Token(LinkPurpose::kPresenter, target));
  links.set_presenter_uri(links_.Url(base, LinkPurpose::kPresenter, target));
  return links;
}

absl::StatusOr<v1::GetDialogueLinksResponse> DialoguesService::GetDialogueLinks(
    const Call& call, const v1::GetDialogueLinksRequest& request) {
  using Response = v1::GetDialogueLinksResponse;
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName name, ParseDialogueName(request.name(), "name"));
  if (request.renew()) {
    return book_.Write<Response>(
        call, name, request, [&](RoomChange& change) -> absl::StatusOr<Response> {
          COLLOQUY_ASSIGN_OR_RETURN(Dialogue dialogue, store::ReadDialogue(change.tx, change.room));
          ++change.room.link_generation;
          COLLOQUY_RETURN_IF_ERROR(Save(change, dialogue));
          return LinksOf(change.room, dialogue);
        });
  }
  Response links;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, name, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue, store::ReadDialogue(tx, room));
        links = LinksOf(room, dialogue);
        return absl::OkStatus();
      }));
  return links;
}

// ---- The table ----

void DialoguesService::Mount(rpc::Service& table) {
  const auto unary = [&]<typename Request, typename Response>(
                         absl::string_view method,
                         absl::StatusOr<Response> (DialoguesService::*handler)(const CallContext&,
                                                                               const Request&)) {
    table.Unary<Request, Response>(
        method, rpc::Execution::kPool,
        [this, handler](const CallContext& call, const Request& request) {
          return (this->*handler)(call, request);
        });
  };
  unary("CreateDialogue", &DialoguesService::CreateDialogue);
  unary("GetDialogue", &DialoguesService::GetDialogue);
  unary("ListDialogues", &DialoguesService::ListDialogues);
  unary("UpdateDialogue", &DialoguesService::UpdateDialogue);
  unary("DeleteDialogue", &DialoguesService::DeleteDialogue);
  unary("OpenDialogue", &DialoguesService::OpenDialogue);
  unary("StartDialogue", &DialoguesService::StartDialogue);
  unary("CloseDialogue", &DialoguesService::CloseDialogue);
  unary("PublishDialogue", &DialoguesService::PublishDialogue);
  unary("GetDialogueLinks", &DialoguesService::GetDialogueLinks);
  unary("CreateParticipant", &DialoguesService::CreateParticipant);
  unary("BatchCreateParticipants", &DialoguesService::BatchCreateParticipants);
  unary("AdmitRegistrations", &DialoguesService::AdmitRegistrations);
  unary("GetParticipant", &DialoguesService::GetParticipant);
  unary("ListParticipants", &DialoguesService::ListParticipants);
  unary("UpdateParticipant", &DialoguesService::UpdateParticipant);
  unary("RemoveParticipant", &DialoguesService::RemoveParticipant);
  unary("GetParticipantLink", &DialoguesService::GetParticipantLink);
  book_.feed().Mount(table);
}

std::vector<auth::Permission> DialoguesPermissions() {
  const auth::Roles read_people = auth::kDesks | auth::kModerators;
  const auto method = [](absl::string_view name) { return absl::StrCat(kService, name); };
  return {
      {method("CreateDialogue"), auth::kModerators, {"parent"}},
      {method("GetDialogue"), auth::kStaff, {"name"}},
      {method("ListDialogues"), auth::kStaff, {"parent"}, auth::kOperators},
      {method("UpdateDialogue"), auth::kModerators, {"dialogue.name"}},
      {method("DeleteDialogue"), auth::kManagers, {"name"}},
      {method("OpenDialogue"), auth::kModerators, {"name"}},
      {method("StartDialogue"), auth::kModerators, {"name"}},
      {method("CloseDialogue"), auth::kModerators, {"name"}},
      {method("PublishDialogue"), auth::kModerators, {"name"}},
      // Whoever has these links acts as somebody else.
      {method("GetDialogueLinks"), read_people, {"name"}},
      {method("GetParticipantLink"), read_people, {"name"}},
      {method("CreateParticipant"), read_people, {"parent"}},
      {method("BatchCreateParticipants"), read_people, {"parent", "requests[].parent?"}},
      {method("AdmitRegistrations"), read_people, {"parent"}},
      {method("GetParticipant"), read_people, {"name"}},
      {method("ListParticipants"), read_people, {"parent"}},
      {method("UpdateParticipant"), read_people, {"participant.name"}},
      {method("RemoveParticipant"), auth::kModerators, {"name"}},
      {method("WatchDialogue"), auth::kStaff, {"name"}},
      {method("ListChanges"), read_people, {"parent"}, auth::kOperators},
      {method("StreamChanges"),
       read_people | auth::kServices,
       {"parent"},
       auth::kOperators | auth::kServices},
  };
}

}  // namespace colloquy::dialogues
