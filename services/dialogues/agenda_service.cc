#include "services/dialogues/agenda_service.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/masks.h"
#include "services/dialogues/child_changes.h"
#include "services/dialogues/lists.h"
#include "services/dialogues/meeting.h"
#include "services/dialogues/requests.h"
#include "services/dialogues/rules/names.h"
#include "services/dialogues/store/meeting.h"

namespace colloquy::dialogues {
namespace {

using google::protobuf::Empty;
using rpc::CallContext;
using rules::Agenda;
using rules::SpeakerAction;
using rules::SpeakerRequests;
using v1::AgendaItem;
using v1::SpeakerRequest;

constexpr absl::string_view kService = "/colloquy.dialogues.v1.AgendaService/";

// A page of what is in order already: the page token says how many came before.
template <typename Message>
void FillPage(const resource::PageTokens& tokens, const PageStart& start, int32_t size,
              std::vector<Message> all, google::protobuf::RepeatedPtrField<Message>& page,
              std::string& next) {
  const size_t begin = std::min(static_cast<size_t>(start.after), all.size());
  const size_t end = std::min(begin + static_cast<size_t>(size), all.size());
  for (size_t i = begin; i < end; ++i) page.Add()->Swap(&all[i]);
  if (end < all.size()) next = NextToken(tokens, start, static_cast<int64_t>(end));
}

absl::Status NotThere(const SpeakerRequest& wish) {
  return errors::InvalidField("speaker_request.participant",
                              absl::StrCat("must be a participant of the dialogue who has a seat "
                                           "and is no viewer, not '",
                                           wish.participant(), "'"));
}

// That somebody whom staff puts into the queue may speak.
absl::Status CheckSpeaker(RoomChange& change, const SpeakerRequest& wish) {
  if (wish.participant().empty()) return errors::RequiredField("speaker_request.participant");
  const int64_t number = rules::NumberOf(wish.participant()).value_or(-1);
  COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::ParticipantRow> row,
                            store::ReadParticipant(change.tx, change.room.uid, number));
  const bool may = row.has_value() && row->message.name() == wish.participant() &&
                   row->state == v1::Participant::ACTIVE && !row->viewer;
  return may ? absl::OkStatus() : NotThere(wish);
}

// Does what is asked for to one of the queue; whoever speaks makes way for another.
absl::Status ActOn(SpeakerAction action, absl::Time now, SpeakerRequest& request,
                   SpeakerRequests& speakers) {
  COLLOQUY_RETURN_IF_ERROR(rules::Act(action, now, request));
  if (action != SpeakerAction::kBegin) return absl::OkStatus();
  for (SpeakerRequest& other : speakers) {
    if (&other != &request && other.state() == SpeakerRequest::SPEAKING)
      COLLOQUY_RETURN_IF_ERROR(rules::Act(SpeakerAction::kPause, now, other));
  }
  return absl::OkStatus();
}

}  // namespace

// ---- The agenda ----

template <typename Request>
absl::StatusOr<AgendaItem> AgendaService::ChangeItem(const Call& call, const std::string& name,
                                                     absl::string_view field,
                                                     const std::string& etag,
                                                     const Request& request, rules::States needed,
                                                     ItemDeed deed) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName child, ParseNameOf<AgendaItem>(name, field));
  return book_.Write<AgendaItem>(
      call, child.dialogue, request, [&](RoomChange& change) -> absl::StatusOr<AgendaItem> {
        COLLOQUY_ASSIGN_OR_RETURN(const Agenda before, ReadAgenda(change.tx, change.room.uid));
        const auto item = before.find(child.number);
        if (item == before.end()) return errors::NotFound("colloquy/AgendaItem", name);
        COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(etag, item->second.etag(), name));
        COLLOQUY_RETURN_IF_ERROR(change.CheckState(needed));
        Agenda agenda = before;
        COLLOQUY_RETURN_IF_ERROR(deed(change, child.number, agenda));
        COLLOQUY_RETURN_IF_ERROR(SaveAgenda(change, before, agenda));
        return agenda[child.number];
      });
}

absl::StatusOr<AgendaItem> AgendaService::CreateAgendaItem(
    const Call& call, const v1::CreateAgendaItemRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  return book_.Write<AgendaItem>(
      call, parent, request, [&](RoomChange& change) -> absl::StatusOr<AgendaItem> {
        COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kNotOver));
        COLLOQUY_ASSIGN_OR_RETURN(const Agenda before, ReadAgenda(change.tx, change.room.uid));
        Agenda agenda = before;
        const int64_t number = change.room.next_agenda_item++;
        AgendaItem& item = agenda[number];
        item = request.agenda_item();
        resource::ClearOutputOnly(&item);
        item.set_state(AgendaItem::PLANNED);
        COLLOQUY_RETURN_IF_ERROR(rules::NormalizeAgendaItem("agenda_item", &item));
        NameNew(change, number, item);
        COLLOQUY_RETURN_IF_ERROR(rules::AppendItem("agenda_item", number, agenda));
        COLLOQUY_RETURN_IF_ERROR(SaveAgenda(change, before, agenda));
        return item;
      });
}

absl::StatusOr<AgendaItem> AgendaService::GetAgendaItem(const Call& call,
                                                        const v1::GetAgendaItemRequest& request) {
  return GetChild<AgendaItem>(book_, call, request.name());
}

absl::StatusOr<v1::ListAgendaItemsResponse> AgendaService::ListAgendaItems(
    const Call& call, const v1::ListAgendaItemsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  COLLOQUY_ASSIGN_OR_RETURN(const PageStart start, StartOf(tokens_, call, request, 0));
  Agenda agenda;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, parent, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(agenda, ReadAgenda(tx, room.uid));
        return absl::OkStatus();
      }));
  v1::ListAgendaItemsResponse response;
  FillPage(tokens_, start, size, rules::InOrder(agenda), *response.mutable_agenda_items(),
           *response.mutable_next_page_token());
  return response;
}

absl::StatusOr<AgendaItem> AgendaService::UpdateAgendaItem(
    const Call& call, const v1::UpdateAgendaItemRequest& request) {
  const auto update = [&](RoomChange&, int64_t number, Agenda& agenda) -> absl::Status {
    AgendaItem& item = agenda[number];
    const std::string parent_item = item.parent_item();
    COLLOQUY_RETURN_IF_ERROR(
        resource::ApplyUpdate(request.update_mask(), request.agenda_item(), &item));
    if (item.parent_item() != parent_item) {
      return errors::InvalidField("agenda_item.parent_item",
                                  "is changed by MoveAgendaItem, which gives the item a place");
    }
    COLLOQUY_RETURN_IF_ERROR(rules::NormalizeAgendaItem("agenda_item", &item));
    return rules::CheckMinutes("agenda_item", number, agenda);
  };
  return ChangeItem(call, request.agenda_item().name(), "agenda_item.name",
                    request.agenda_item().etag(), request, rules::kUnpublished, update);
}

absl::StatusOr<Empty> AgendaService::DeleteAgendaItem(const Call& call,
                                                      const v1::DeleteAgendaItemRequest& request) {
  const auto remove = [&](RoomChange& change, int64_t number, Agenda& agenda) -> absl::Status {
    const AgendaItem item = agenda[number];
    COLLOQUY_RETURN_IF_ERROR(rules::RemoveItem(number, agenda));
    return DeleteChild(change, item);
  };
  COLLOQUY_RETURN_IF_ERROR(
      ChangeItem(call, request.name(), "name", request.etag(), request, rules::kNotOver, remove)
          .status());
  return Empty();
}

absl::StatusOr<AgendaItem> AgendaService::MoveAgendaItem(const Call& call,
                                                         const v1::MoveAgendaItemRequest& request) {
  const auto move = [&](RoomChange&, int64_t number, Agenda& agenda) {
    return rules::MoveItem(number, request.parent_item(), request.position(), agenda);
  };
  return ChangeItem(call, request.name(), "name", request.etag(), request, rules::kNotOver, move);
}

absl::StatusOr<AgendaItem> AgendaService::StartAgendaItem(
    const Call& call, const v1::StartAgendaItemRequest& request) {
  const auto start = [](RoomChange& change, int64_t number, Agenda& agenda) {
    return rules::StartItem(number, change.now, agenda);
  };
  return ChangeItem(call, request.name(), "name", request.etag(), request, rules::kMeeting, start);
}

absl::StatusOr<AgendaItem> AgendaService::ExtendAgendaItem(
    const Call& call, const v1::ExtendAgendaItemRequest& request) {
  const auto extend = [&](RoomChange&, int64_t number, Agenda& agenda) {
    return rules::ExtendItem(number, request.minutes(), agenda);
  };
  return ChangeItem(call, request.name(), "name", request.etag(), request, rules::kMeeting, extend);
}

absl::StatusOr<AgendaItem> AgendaService::FinishAgendaItem(
    const Call& call, const v1::FinishAgendaItemRequest& request) {
  const auto finish = [](RoomChange& change, int64_t number, Agenda& agenda) {
    return rules::FinishItem(number, change.now, agenda);
  };
  return ChangeItem(call, request.name(), "name", request.etag(), request, rules::kMeeting, finish);
}

// ---- Who speaks ----

absl::StatusOr<SpeakerRequest> AgendaService::CreateSpeakerRequest(
    const Call& call, const v1::CreateSpeakerRequestRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  SpeakerRequest wish = request.speaker_request();
  COLLOQUY_RETURN_IF_ERROR(rules::NormalizeSpeakerRequest("speaker_request", &wish));
  return book_.Write<SpeakerRequest>(
      call, parent, request, [&](RoomChange& change) -> absl::StatusOr<SpeakerRequest> {
        COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kMeeting));
        COLLOQUY_RETURN_IF_ERROR(CheckSpeaker(change, wish));
        COLLOQUY_ASSIGN_OR_RETURN(SpeakerRequests speakers,
                                  ReadSpeakers(change.tx, change.room, change.now));
        if (const SpeakerRequest* waits = FindPending(speakers, wish.participant()))
          return errors::AlreadyExists("colloquy/SpeakerRequest", waits->name());
        return Ask(change, wish.participant(), wish);
      });
}

absl::StatusOr<v1::ListSpeakerRequestsResponse> AgendaService::ListSpeakerRequests(
    const Call& call, const v1::ListSpeakerRequestsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  COLLOQUY_ASSIGN_OR_RETURN(const PageStart start, StartOf(tokens_, call, request, 0));
  COLLOQUY_ASSIGN_OR_RETURN(
      const resource::SqlFragment filter,
      resource::CompileFilter(request.filter(), store::SpeakerRequestFilters()));
  SpeakerRequests speakers;
  absl::flat_hash_set<std::string> matching;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, parent, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(speakers, ReadSpeakers(tx, room, book_.Now()));
        COLLOQUY_ASSIGN_OR_RETURN(const SpeakerRequests found,
                                  store::AllChildren<SpeakerRequest>(tx, room.uid, filter));
        matching.clear();
        for (const SpeakerRequest& one : found) matching.insert(one.name());
        return absl::OkStatus();
      }));
  std::erase_if(speakers, [&](const auto& one) { return !matching.contains(one.name()); });
  v1::ListSpeakerRequestsResponse response;
  FillPage(tokens_, start, size, std::move(speakers), *response.mutable_speaker_requests(),
           *response.mutable_next_page_token());
  return response;
}

template <typename Request>
absl::StatusOr<SpeakerRequest> AgendaService::ChangeSpeaker(const Call& call,
                                                            const Request& request,
                                                            SpeakerAction action,
                                                            rules::States needed) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name,
                            ParseNameOf<SpeakerRequest>(request.name(), "name"));
  return book_.Write<SpeakerRequest>(
      call, name.dialogue, request, [&](RoomChange& change) -> absl::StatusOr<SpeakerRequest> {
        COLLOQUY_ASSIGN_OR_RETURN(SpeakerRequests speakers,
                                  ReadSpeakers(change.tx, change.room, change.now));
        const SpeakerRequests before = speakers;
        SpeakerRequest* one = FindSpeaker(speakers, name.number);
        if (one == nullptr) return errors::NotFound("colloquy/SpeakerRequest", name.name);
        COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(request.etag(), one->etag(), name.name));
        COLLOQUY_RETURN_IF_ERROR(change.CheckState(needed));
        COLLOQUY_RETURN_IF_ERROR(ActOn(action, change.now, *one, speakers));
        COLLOQUY_RETURN_IF_ERROR(SaveSpeakers(change, before, speakers));
        return *FindSpeaker(speakers, name.number);
      });
}

absl::StatusOr<SpeakerRequest> AgendaService::CallSpeakerRequest(
    const Call& call, const v1::CallSpeakerRequestRequest& request) {
  return ChangeSpeaker(call, request, SpeakerAction::kCall, rules::kMeeting);
}

absl::StatusOr<SpeakerRequest> AgendaService::CallNextSpeaker(
    const Call& call, const v1::CallNextSpeakerRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  return book_.Write<SpeakerRequest>(
      call, parent, request, [&](RoomChange& change) -> absl::StatusOr<SpeakerRequest> {
        COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kMeeting));
        COLLOQUY_ASSIGN_OR_RETURN(SpeakerRequests speakers,
                                  ReadSpeakers(change.tx, change.room, change.now));
        const SpeakerRequests before = speakers;
        const auto next = std::find_if(speakers.begin(), speakers.end(),
                                       [](const auto& one) { return one.position() == 1; });
        if (next == speakers.end()) {
          return errors::FailedPrecondition(errors::ErrorReason::STATE_INVALID, parent.name,
                                            "nobody waits to speak");
        }
        COLLOQUY_RETURN_IF_ERROR(rules::Act(SpeakerAction::kCall, change.now, *next));
        const int64_t number = rules::NumberOf(next->name()).value_or(-1);
        COLLOQUY_RETURN_IF_ERROR(SaveSpeakers(change, before, speakers));
        return *FindSpeaker(speakers, number);
      });
}

absl::StatusOr<SpeakerRequest> AgendaService::BeginSpeakerRequest(
    const Call& call, const v1::BeginSpeakerRequestRequest& request) {
  return ChangeSpeaker(call, request, SpeakerAction::kBegin, rules::kMeeting);
}

absl::StatusOr<SpeakerRequest> AgendaService::PauseSpeakerRequest(
    const Call& call, const v1::PauseSpeakerRequestRequest& request) {
  return ChangeSpeaker(call, request, SpeakerAction::kPause, rules::kMeeting);
}

absl::StatusOr<SpeakerRequest> AgendaService::EndSpeakerRequest(
    const Call& call, const v1::EndSpeakerRequestRequest& request) {
  return ChangeSpeaker(call, request, SpeakerAction::kEnd, rules::kUnderWay);
}

absl::StatusOr<SpeakerRequest> AgendaService::WithdrawSpeakerRequest(
    const Call& call, const v1::WithdrawSpeakerRequestRequest& request) {
  return ChangeSpeaker(call, request, SpeakerAction::kWithdraw, rules::kUnderWay);
}

absl::StatusOr<v1::SummarizeSpeakingResponse> AgendaService::SummarizeSpeaking(
    const Call& call, const v1::SummarizeSpeakingRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  v1::SummarizeSpeakingResponse summary;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, parent, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        const absl::Time now = book_.Now();
        COLLOQUY_ASSIGN_OR_RETURN(const SpeakerRequests speakers, ReadSpeakers(tx, room, now));
        summary = rules::SummarizeSpeaking(speakers, now);
        return absl::OkStatus();
      }));
  return summary;
}

// ---- The table ----

void AgendaService::Mount(rpc::Service& table) {
  const auto unary =
      [&]<typename Request, typename Response>(
          absl::string_view method,
          absl::StatusOr<Response> (AgendaService::*handler)(const CallContext&, const Request&)) {
        table.Unary<Request, Response>(
            method, rpc::Execution::kPool,
            [this, handler](const CallContext& call, const Request& request) {
              return (this->*handler)(call, request);
            });
      };
  unary("CreateAgendaItem", &AgendaService::CreateAgendaItem);
  unary("GetAgendaItem", &AgendaService::GetAgendaItem);
  unary("ListAgendaItems", &AgendaService::ListAgendaItems);
  unary("UpdateAgendaItem", &AgendaService::UpdateAgendaItem);
  unary("DeleteAgendaItem", &AgendaService::DeleteAgendaItem);
  unary("MoveAgendaItem", &AgendaService::MoveAgendaItem);
  unary("StartAgendaItem", &AgendaService::StartAgendaItem);
  unary("ExtendAgendaItem", &AgendaService::ExtendAgendaItem);
  unary("FinishAgendaItem", &AgendaService::FinishAgendaItem);
  unary("CreateSpeakerRequest", &AgendaService::CreateSpeakerRequest);
  unary("ListSpeakerRequests", &AgendaService::ListSpeakerRequests);
  unary("CallSpeakerRequest", &AgendaService::CallSpeakerRequest);
  unary("CallNextSpeaker", &AgendaService::CallNextSpeaker);
  unary("BeginSpeakerRequest", &AgendaService::BeginSpeakerRequest);
  unary("PauseSpeakerRequest", &AgendaService::PauseSpeakerRequest);
  unary("EndSpeakerRequest", &AgendaService::EndSpeakerRequest);
  unary("WithdrawSpeakerRequest", &AgendaService::WithdrawSpeakerRequest);
  unary("SummarizeSpeaking", &AgendaService::SummarizeSpeaking);
}

std::vector<auth::Permission> AgendaPermissions() {
  const auto method = [](absl::string_view name) { return absl::StrCat(kService, name); };
  return {{method("CreateAgendaItem"), auth::kModerators, {"parent"}},
          {method("GetAgendaItem"), auth::kStaff, {"name"}},
          {method("ListAgendaItems"), auth::kStaff, {"parent"}},
          {method("UpdateAgendaItem"), auth::kModerators, {"agenda_item.name"}},
          {method("DeleteAgendaItem"), auth::kModerators, {"name"}},
          {method("MoveAgendaItem"), auth::kModerators, {"name"}},
          {method("StartAgendaItem"), auth::kModerators, {"name"}},
          {method("ExtendAgendaItem"), auth::kModerators, {"name"}},
          {method("FinishAgendaItem"), auth::kModerators, {"name"}},
          {method("CreateSpeakerRequest"), auth::kModerators, {"parent"}},
          {method("ListSpeakerRequests"), auth::kStaff, {"parent"}},
          {method("CallSpeakerRequest"), auth::kModerators, {"name"}},
          {method("CallNextSpeaker"), auth::kModerators, {"parent"}},
          {method("BeginSpeakerRequest"), auth::kModerators, {"name"}},
          {method("PauseSpeakerRequest"), auth::kModerators, {"name"}},
          {method("EndSpeakerRequest"), auth::kModerators, {"name"}},
          {method("WithdrawSpeakerRequest"), auth::kModerators, {"name"}},
          {method("SummarizeSpeaking"), auth::kStaff, {"parent"}}};
}

}  // namespace colloquy::dialogues
