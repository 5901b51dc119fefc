#include "services/dialogues/polls_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/masks.h"
#include "services/dialogues/ballot_box.h"
#include "services/dialogues/child_changes.h"
#include "services/dialogues/lists.h"
#include "services/dialogues/requests.h"
#include "services/dialogues/rules/ballots.h"
#include "services/dialogues/store/polls.h"
#include "services/dialogues/store/statements.h"

namespace colloquy::dialogues {
namespace {

using google::protobuf::Empty;
using rpc::CallContext;
using v1::Poll;

constexpr absl::string_view kService = "/colloquy.dialogues.v1.PollsService/";

absl::Status Illegal(const Poll& poll, const RoomChange& change, absl::string_view needed) {
  return errors::IllegalTransition(poll.name(), Poll::State_Name(poll.state()), change.cause.method,
                                   needed);
}

absl::Status CheckDraft(const Poll& poll, const RoomChange& change) {
  return poll.state() == Poll::DRAFT ? absl::OkStatus() : Illegal(poll, change, "DRAFT");
}

// That what the poll refers to exists.
absl::Status CheckReferences(RoomChange& change, const Poll& poll) {
  COLLOQUY_RETURN_IF_ERROR(
      CheckReference<v1::AgendaItem>(change, "poll.agenda_item", poll.agenda_item()));
  for (int i = 0; i < poll.options_size(); ++i) {
    const std::string& name = poll.options(i).statement();
    if (name.empty()) continue;
    COLLOQUY_ASSIGN_OR_RETURN(
        const auto statement,
        store::ReadStatement(change.tx, change.room.uid, rules::NumberOf(name).value_or(-1)));
    if (!statement.has_value()) {
      return errors::InvalidField(absl::StrCat("poll.options[", i, "].statement"),
                                  "there is no such statement");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPoll(RoomChange& change, Poll& poll) {
  COLLOQUY_RETURN_IF_ERROR(rules::NormalizePoll("poll", store::NameOf(change.room), &poll));
  return CheckReferences(change, poll);
}

}  // namespace

absl::StatusOr<Poll> PollsService::CreatePoll(const Call& call,
                                              const v1::CreatePollRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  return book_.Write<Poll>(call, parent, request, [&](RoomChange& change) -> absl::StatusOr<Poll> {
    COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kNotOver));
    Poll poll = request.poll();
    resource::ClearOutputOnly(&poll);
    poll.set_state(Poll::DRAFT);
    COLLOQUY_RETURN_IF_ERROR(CheckPoll(change, poll));
    NameNew(change, change.room.next_poll++, poll);
    COLLOQUY_RETURN_IF_ERROR(AddChild(change, poll));
    return poll;
  });
}

absl::StatusOr<Poll> PollsService::GetPoll(const Call& call, const v1::GetPollRequest& request) {
  return GetChild<Poll>(book_, call, request.name());
}

absl::StatusOr<v1::ListPollsResponse> PollsService::ListPolls(const Call& call,
                                                              const v1::ListPollsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  COLLOQUY_ASSIGN_OR_RETURN(const PageStart start, StartOf(tokens_, call, request, 0));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(request.filter(), store::PollFilters()));
  store::Page<Poll> page;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, parent, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(
            page, store::ListChildren<Poll>(tx, room.uid, start.after, size, filter));
        return absl::OkStatus();
      }));
  v1::ListPollsResponse response;
  for (Poll& poll : page.children) response.add_polls()->Swap(&poll);
  response.set_next_page_token(NextToken(tokens_, start, page.next));
  return response;
}

absl::StatusOr<Poll> PollsService::UpdatePoll(const Call& call,
                                              const v1::UpdatePollRequest& request) {
  const auto update = [&](RoomChange& change, Poll& poll) -> absl::Status {
    COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kNotOver));
    COLLOQUY_RETURN_IF_ERROR(CheckDraft(poll, change));
    const Poll before = poll;
    COLLOQUY_RETURN_IF_ERROR(resource::ApplyUpdate(request.update_mask(), request.poll(), &poll));
    COLLOQUY_RETURN_IF_ERROR(CheckPoll(change, poll));
    return SaveChild(change, before, poll);
  };
  return ChangeChild<Poll>(book_, call, request.poll().name(), "poll.name", request.poll().etag(),
                           request, update);
}

absl::StatusOr<Empty> PollsService::DeletePoll(const Call& call,
                                               const v1::DeletePollRequest& request) {
  const auto remove = [](RoomChange& change, Poll& poll) -> absl::Status {
    COLLOQUY_RETURN_IF_ERROR(CheckDraft(poll, change));
    return DeleteChild(change, poll);
  };
  COLLOQUY_RETURN_IF_ERROR(
      ChangeChild<Poll>(book_, call, request.name(), "name", request.etag(), request, remove)
          .status());
  return Empty();
}

absl::StatusOr<Poll> PollsService::OpenPoll(const Call& call, const v1::OpenPollRequest& request) {
  const auto open = [](RoomChange& change, Poll& poll) -> absl::Status {
    COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kUnderWay));
    if (poll.state() == Poll::OPEN) return absl::OkStatus();
    COLLOQUY_RETURN_IF_ERROR(CheckDraft(poll, change));
    const Poll before = poll;
    poll.set_state(Poll::OPEN);
    *poll.mutable_open_time() = ToProto(change.now);
    return SaveChild(change, before, poll);
  };
  return ChangeChild<Poll>(book_, call, request.name(), "name", request.etag(), request, open);
}

absl::StatusOr<Poll> PollsService::ClosePoll(const Call& call,
                                             const v1::ClosePollRequest& request) {
  const auto close = [](RoomChange& change, Poll& poll) -> absl::Status {
    if (poll.state() == Poll::CLOSED) return absl::OkStatus();
    if (poll.state() != Poll::OPEN) return Illegal(poll, change, "OPEN");
    return dialogues::ClosePoll(change, poll);
  };
  return ChangeChild<Poll>(book_, call, request.name(), "name", request.etag(), request, close);
}

absl::StatusOr<v1::ListBallotsResponse> PollsService::ListBallots(
    const Call& call, const v1::ListBallotsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name, ParseNameOf<Poll>(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  COLLOQUY_ASSIGN_OR_RETURN(const PageStart start, StartOf(tokens_, call, request, 0));
  std::vector<store::CastBallot> ballots;
  COLLOQUY_RETURN_IF_ERROR(book_.Read(
      call, name.dialogue, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const Poll poll, ReadNamed<Poll>(tx, room.uid, name));
        if (poll.state() != Poll::CLOSED) {
          return errors::IllegalTransition(poll.name(), Poll::State_Name(poll.state()),
                                           call.method_name(), "a poll that is CLOSED");
        }
        COLLOQUY_ASSIGN_OR_RETURN(
            ballots, store::ListBallots(tx, BallotsOf(room.uid, poll), start.after, size + 1));
        return absl::OkStatus();
      }));
  v1::ListBallotsResponse response;
  if (ballots.size() > static_cast<size_t>(size)) {
    ballots.pop_back();
    response.set_next_page_token(NextToken(tokens_, start, start.after + size));
  }
  for (store::CastBallot& ballot : ballots) response.add_ballots()->Swap(&ballot);
  return response;
}

// ---- The table ----

void PollsService::Mount(rpc::Service& table) {
  const auto unary =
      [&]<typename Request, typename Response>(
          absl::string_view method,
          absl::StatusOr<Response> (PollsService::*handler)(const CallContext&, const Request&)) {
        table.Unary<Request, Response>(
            method, rpc::Execution::kPool,
            [this, handler](const CallContext& call, const Request& request) {
              return (this->*handler)(call, request);
            });
      };
  unary("CreatePoll", &PollsService::CreatePoll);
  unary("GetPoll", &PollsService::GetPoll);
  unary("ListPolls", &PollsService::ListPolls);
  unary("UpdatePoll", &PollsService::UpdatePoll);
  unary("DeletePoll", &PollsService::DeletePoll);
  unary("OpenPoll", &PollsService::OpenPoll);
  unary("ClosePoll", &PollsService::ClosePoll);
  unary("ListBallots", &PollsService::ListBallots);
}

std::vector<auth::Permission> PollsPermissions() {
  const auto method = [](absl::string_view name) { return absl::StrCat(kService, name); };
  return {{method("CreatePoll"), auth::kModerators, {"parent"}},
          {method("GetPoll"), auth::kStaff, {"name"}},
          {method("ListPolls"), auth::kStaff, {"parent"}},
          {method("UpdatePoll"), auth::kModerators, {"poll.name"}},
          {method("DeletePoll"), auth::kModerators, {"name"}},
          {method("OpenPoll"), auth::kModerators, {"name"}},
          {method("ClosePoll"), auth::kModerators, {"name"}},
          {method("ListBallots"), auth::kStaff, {"parent"}}};
}

}  // namespace colloquy::dialogues
