// DialoguesService's methods about participants.
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/folding.h"
#include "services/common/resource/masks.h"
#include "services/dialogues/dialogues_service.h"
#include "services/dialogues/lists.h"
#include "services/dialogues/requests.h"
#include "services/dialogues/rules/fields.h"
#include "services/dialogues/rules/names.h"
#include "services/dialogues/rules/people.h"
#include "services/dialogues/seats.h"
#include "services/dialogues/store/dialogues.h"
#include "services/dialogues/store/participants.h"

namespace colloquy::dialogues {
namespace {

using rules::LinkPurpose;
using rules::LinkTarget;
using store::ParticipantRow;
using v1::Dialogue;
using v1::Participant;

constexpr char kType[] = "colloquy/Participant";
constexpr int kMaxBatch = 1000;

absl::StatusOr<ChildName> ParseName(const std::string& name, absl::string_view field) {
  return ParseChildName(name, rules::kParticipants, kType, field);
}

absl::StatusOr<ParticipantRow> Read(db::Transaction& tx, const Uid& dialogue,
                                    const ChildName& name) {
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<ParticipantRow> row,
                            store::ReadParticipant(tx, dialogue, name.number));
  if (!row.has_value()) return errors::NotFound(kType, name.name);
  return *std::move(row);
}

Participant Shown(const Dialogue& dialogue, ParticipantRow row) {
  rules::ShowParticipant(dialogue, row.message);
  return std::move(row.message);
}

absl::Status CheckActive(const ParticipantRow& row, absl::string_view method) {
  if (row.state == Participant::ACTIVE) return absl::OkStatus();
  return errors::IllegalTransition(row.message.name(), Participant::State_Name(row.state), method,
                                   "ACTIVE");
}

// Seats for these people, as staff enters them; `path_of` says where the request has the i-th.
absl::StatusOr<std::vector<Participant>> Enter(RoomChange& change,
                                               const std::vector<Participant>& people,
                                               absl::FunctionRef<std::string(size_t)> path_of) {
  COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kNotOver));
  COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue, store::ReadDialogue(change.tx, change.room));
  std::vector<SeatDraft> drafts(people.size());
  for (size_t i = 0; i < people.size(); ++i) {
    Participant& participant = drafts[i].participant;
    participant = people[i];
    resource::ClearOutputOnly(&participant);
    COLLOQUY_RETURN_IF_ERROR(rules::NormalizeParticipant(path_of(i), dialogue, &participant));
  }
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<ParticipantRow> rows, GiveSeats(change, drafts));
  std::vector<Participant> entered;
  entered.reserve(rows.size());
  for (ParticipantRow& row : rows) entered.push_back(Shown(dialogue, std::move(row)));
  return entered;
}

absl::Status CheckBatch(const v1::BatchCreateParticipantsRequest& request) {
  if (request.requests().empty()) return errors::RequiredField("requests");
  if (request.requests_size() > kMaxBatch)
    return errors::InvalidField("requests", absl::StrCat("takes at most ", kMaxBatch));
  for (int i = 0; i < request.requests_size(); ++i) {
    const v1::CreateParticipantRequest& one = request.requests(i);
    const std::string path = absl::StrCat("requests[", i, "].");
    if (!one.parent().empty() && one.parent() != request.parent())
      return errors::InvalidField(absl::StrCat(path, "parent"), "must be empty or as above");
    if (!one.request_id().empty() && one.request_id() != request.request_id())
      return errors::InvalidField(absl::StrCat(path, "request_id"), "must be empty or as above");
  }
  return absl::OkStatus();
}

// Those of `people` who have no seat: neither by their registration nor by their address. Somebody
// whose seat was taken away has had one: staff decided so.
absl::StatusOr<std::vector<SeatDraft>> WithoutSeat(RoomChange& change,
                                                   const std::vector<Participant>& people) {
  std::vector<std::string> emails, registrations;
  for (const Participant& person : people) {
    registrations.push_back(person.registration());
    if (!person.email().empty()) emails.push_back(resource::FoldEmail(person.email()));
  }
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<store::Taken> by_registration,
                            store::FindByRegistration(change.tx, change.room.uid, registrations));
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<store::Taken> by_email,
                            store::FindByEmail(change.tx, change.room.uid, emails));
  absl::flat_hash_set<std::string> known;
  for (const store::Taken& taken : by_registration) known.insert(taken.key);
  for (const store::Taken& taken : by_email) known.insert(taken.key);
  std::vector<SeatDraft> drafts;
  for (const Participant& person : people) {
    const std::string email = person.email().empty() ? "" : resource::FoldEmail(person.email());
    if (known.contains(person.registration()) || known.contains(email)) continue;
    // Two registrations with one address are one person.
    if (!email.empty()) known.insert(email);
    drafts.push_back({.participant = person, .seat_key = ""});
  }
  return drafts;
}

}  // namespace

absl::StatusOr<Participant> DialoguesService::CreateParticipant(
    const Call& call, const v1::CreateParticipantRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  return book_.Write<Participant>(
      call, parent, request, [&](RoomChange& change) -> absl::StatusOr<Participant> {
        COLLOQUY_ASSIGN_OR_RETURN(
            std::vector<Participant> entered,
            Enter(change, {request.participant()}, [](size_t) { return "participant"; }));
        return std::move(entered[0]);
      });
}

absl::StatusOr<v1::BatchCreateParticipantsResponse> DialoguesService::BatchCreateParticipants(
    const Call& call, const v1::BatchCreateParticipantsRequest& request) {
  using Response = v1::BatchCreateParticipantsResponse;
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  COLLOQUY_RETURN_IF_ERROR(CheckBatch(request));
  std::vector<Participant> people;
  for (const auto& one : request.requests()) people.push_back(one.participant());
  return book_.Write<Response>(
      call, parent, request, [&](RoomChange& change) -> absl::StatusOr<Response> {
        COLLOQUY_ASSIGN_OR_RETURN(std::vector<Participant> entered,
                                  Enter(change, people, [](size_t i) {
                                    return absl::StrCat("requests[", i, "].participant");
                                  }));
        Response response;
        for (Participant& participant : entered) response.add_participants()->Swap(&participant);
        return response;
      });
}

absl::StatusOr<std::vector<Participant>> DialoguesService::ConfirmedFor(
    const Call& call, const std::string& event) const {
  std::vector<Participant> people;
  registrations::v1::ListRegistrationsRequest request;
  request.set_parent(event);
  request.set_filter("state = CONFIRMED");
  request.set_page_size(resource::kMaxPageSize);
  do {
    COLLOQUY_ASSIGN_OR_RETURN(const registrations::v1::ListRegistrationsResponse page,
                              options_.list_registrations(request, call.deadline()));
    for (const registrations::v1::Registration& registration : page.registrations()) {
      const auto& attendee = registration.attendee();
      Participant& person = people.emplace_back();
      person.set_registration(registration.name());
      person.set_email(attendee.email());
      person.set_display_name(
          attendee.given_name().empty() || attendee.family_name().empty()
              ? absl::StrCat(attendee.given_name(), attendee.family_name())
              : absl::StrCat(attendee.given_name(), " ", attendee.family_name()));
      person.set_language_code(attendee.language_code());
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return people;
}

absl::StatusOr<v1::AdmitRegistrationsResponse> DialoguesService::AdmitRegistrations(
    const Call& call, const v1::AdmitRegistrationsRequest& request) {
  using Response = v1::AdmitRegistrationsResponse;
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  std::string event;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, parent, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue, store::ReadDialogue(tx, room));
        event = dialogue.event();
        return absl::OkStatus();
      }));
  if (event.empty()) {
    return errors::FailedPrecondition(
        errors::ErrorReason::STATE_INVALID, parent.name,
        "the dialogue belongs to no event; set its `event`, or enter participants one by one");
  }
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<Participant> people, ConfirmedFor(call, event));
  return book_.Write<Response>(
      call, parent, request, [&](RoomChange& change) -> absl::StatusOr<Response> {
        COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kNotOver));
        COLLOQUY_ASSIGN_OR_RETURN(const std::vector<SeatDraft> drafts, WithoutSeat(change, people));
        COLLOQUY_RETURN_IF_ERROR(GiveSeats(change, drafts).status());
        Response response;
        response.set_admitted_count(static_cast<int32_t>(drafts.size()));
        response.set_known_count(static_cast<int32_t>(people.size() - drafts.size()));
        return response;
      });
}

absl::StatusOr<Participant> DialoguesService::GetParticipant(
    const Call& call, const v1::GetParticipantRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name, ParseName(request.name(), "name"));
  Participant participant;
  COLLOQUY_RETURN_IF_ERROR(book_.Read(
      call, name.dialogue, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(ParticipantRow row, Read(tx, room.uid, name));
        COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue, store::ReadDialogue(tx, room));
        participant = Shown(dialogue, std::move(row));
        return absl::OkStatus();
      }));
  return participant;
}

absl::StatusOr<v1::ListParticipantsResponse> DialoguesService::ListParticipants(
    const Call& call, const v1::ListParticipantsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  COLLOQUY_ASSIGN_OR_RETURN(const PageStart start, StartOf(tokens_, call, request, -1));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(request.filter(), store::ParticipantFilters()));
  v1::ListParticipantsResponse response;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, parent, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        response.Clear();
        COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue, store::ReadDialogue(tx, room));
        COLLOQUY_ASSIGN_OR_RETURN(store::Page<ParticipantRow> page,
                                  store::ListParticipants(tx, room.uid, start.after, size, filter));
        for (ParticipantRow& row : page.children)
          *response.add_participants() = Shown(dialogue, std::move(row));
        response.set_next_page_token(NextToken(tokens_, start, page.next));
        return absl::OkStatus();
      }));
  return response;
}

absl::StatusOr<Participant> DialoguesService::UpdateParticipant(
    const Call& call, const v1::UpdateParticipantRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name,
                            ParseName(request.participant().name(), "participant.name"));
  return book_.Write<Participant>(
      call, name.dialogue, request, [&](RoomChange& change) -> absl::StatusOr<Participant> {
        COLLOQUY_ASSIGN_OR_RETURN(ParticipantRow row, Read(change.tx, change.room.uid, name));
        COLLOQUY_RETURN_IF_ERROR(
            resource::CheckEtag(request.participant().etag(), row.message.etag(), name.name));
        COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kNotOver));
        COLLOQUY_RETURN_IF_ERROR(CheckActive(row, call.method_name()));
        COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue,
                                  store::ReadDialogue(change.tx, change.room));
        COLLOQUY_RETURN_IF_ERROR(
            resource::ApplyUpdate(request.update_mask(), request.participant(), &row.message));
        COLLOQUY_RETURN_IF_ERROR(
            rules::NormalizeParticipant("participant", dialogue, &row.message));
        COLLOQUY_RETURN_IF_ERROR(SaveSeat(change, row));
        return Shown(dialogue, std::move(row));
      });
}

absl::StatusOr<Participant> DialoguesService::RemoveParticipant(
    const Call& call, const v1::RemoveParticipantRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name, ParseName(request.name(), "name"));
  return book_.Write<Participant>(
      call, name.dialogue, request, [&](RoomChange& change) -> absl::StatusOr<Participant> {
        COLLOQUY_ASSIGN_OR_RETURN(ParticipantRow row, Read(change.tx, change.room.uid, name));
        COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue,
                                  store::ReadDialogue(change.tx, change.room));
        if (row.state == Participant::REMOVED) return Shown(dialogue, std::move(row));
        row.message.set_state(Participant::REMOVED);
        COLLOQUY_RETURN_IF_ERROR(SaveSeat(change, row));
        return Shown(dialogue, std::move(row));
      });
}

// ---- Links ----

v1::GetParticipantLinkResponse DialoguesService::LinkOf(const LinkTarget& seat) const {
  v1::GetParticipantLinkResponse link;
  link.set_token(links_.Token(LinkPurpose::kSeat, seat));
  link.set_uri(links_.Url(options_.web_url(), LinkPurpose::kSeat, seat));
  return link;
}

absl::StatusOr<v1::GetParticipantLinkResponse> DialoguesService::GetParticipantLink(
    const Call& call, const v1::GetParticipantLinkRequest& request) {
  using Response = v1::GetParticipantLinkResponse;
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name, ParseName(request.name(), "name"));
  const auto link_of = [this](const store::Room& room, const ParticipantRow& row) {
    return LinkOf({.dialogue = room.uid, .number = row.number, .generation = row.link_generation});
  };
  if (request.renew()) {
    return book_.Write<Response>(
        call, name.dialogue, request, [&](RoomChange& change) -> absl::StatusOr<Response> {
          COLLOQUY_ASSIGN_OR_RETURN(ParticipantRow row, Read(change.tx, change.room.uid, name));
          COLLOQUY_RETURN_IF_ERROR(CheckActive(row, call.method_name()));
          ++row.link_generation;
          COLLOQUY_RETURN_IF_ERROR(SaveSeat(change, row));
          return link_of(change.room, row);
        });
  }
  Response link;
  COLLOQUY_RETURN_IF_ERROR(book_.Read(
      call, name.dialogue, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const ParticipantRow row, Read(tx, room.uid, name));
        COLLOQUY_RETURN_IF_ERROR(CheckActive(row, call.method_name()));
        link = link_of(room, row);
        return absl::OkStatus();
      }));
  return link;
}

}  // namespace colloquy::dialogues
