#include "services/dialogues/outcomes_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/masks.h"
#include "services/common/rpc/db_options.h"
#include "services/dialogues/analyst.h"
#include "services/dialogues/child_changes.h"
#include "services/dialogues/lists.h"
#include "services/dialogues/requests.h"
#include "services/dialogues/rules/outcomes.h"
#include "services/dialogues/store/outcomes.h"
#include "services/dialogues/store/statements.h"
#include "services/dialogues/store/votes.h"

namespace colloquy::dialogues {
namespace {

using google::protobuf::Empty;
using rpc::CallContext;
using v1::ActionItem;
using v1::Decision;
using v1::Opinion;

constexpr absl::string_view kService = "/colloquy.dialogues.v1.OutcomesService/";
// Until the room's analyst is done; after that it is worked out here.
constexpr absl::Duration kPatience = absl::Seconds(3);

absl::CivilDay Today(const RoomChange& change) {
  return absl::ToCivilDay(change.now, absl::UTCTimeZone());
}

// The statement, which moderation did not take out.
absl::StatusOr<v1::Statement> ReadBasis(RoomChange& change, absl::string_view field,
                                        const std::string& name) {
  COLLOQUY_ASSIGN_OR_RETURN(
      std::optional<store::StatementRow> row,
      store::ReadStatement(change.tx, change.room.uid, rules::NumberOf(name).value_or(-1)));
  if (!row.has_value()) return errors::InvalidField(field, "there is no such statement");
  const v1::Statement::State state = row->message.state();
  if (state == v1::Statement::REJECTED || state == v1::Statement::MERGED) {
    return errors::InvalidField(field,
                                absl::StrCat("the statement is ", v1::Statement::State_Name(state),
                                             ": moderation took it out"));
  }
  return std::move(row->message);
}

absl::Status CheckPolls(RoomChange& change, const Decision& decision) {
  for (int i = 0; i < decision.polls_size(); ++i) {
    const std::string field = absl::StrCat("decision.polls[", i, "]");
    COLLOQUY_ASSIGN_OR_RETURN(
        const std::optional<v1::Poll> poll,
        store::ReadChild<v1::Poll>(change.tx, change.room.uid,
                                   rules::NumberOf(decision.polls(i)).value_or(-1)));
    if (!poll.has_value()) return errors::InvalidField(field, "there is no such poll");
    if (poll->state() != v1::Poll::CLOSED)
      return errors::InvalidField(field, "the poll is not CLOSED: it has no result yet");
  }
  return absl::OkStatus();
}

// Records how the statements of a new decision stand in `opinion`.
absl::Status RecordSupport(RoomChange& change, const Opinion& opinion, Decision& decision) {
  decision.set_vote_sequence(opinion.vote_sequence());
  store::Tallies tallies;
  if (decision.statements_size() > 0) {
    COLLOQUY_ASSIGN_OR_RETURN(
        tallies, store::CountVotes(change.tx, change.room.uid, opinion.vote_sequence()));
  }
  for (int i = 0; i < decision.statements_size(); ++i) {
    COLLOQUY_ASSIGN_OR_RETURN(
        const v1::Statement statement,
        ReadBasis(change, absl::StrCat("decision.statements[", i, "]"), decision.statements(i)));
    *decision.add_support() =
        rules::SupportOf(statement, tallies[rules::NumberIn(statement.name())], opinion);
  }
  return absl::OkStatus();
}

absl::Status CheckDecision(RoomChange& change, Decision& decision) {
  COLLOQUY_RETURN_IF_ERROR(
      rules::NormalizeDecision("decision", store::NameOf(change.room), &decision));
  return CheckReference<v1::AgendaItem>(change, "decision.agenda_item", decision.agenda_item());
}

absl::Status CheckActionItem(RoomChange& change, ActionItem& item) {
  COLLOQUY_RETURN_IF_ERROR(
      rules::NormalizeActionItem("action_item", store::NameOf(change.room), &item));
  COLLOQUY_RETURN_IF_ERROR(
      CheckReference<Decision>(change, "action_item.decision", item.decision()));
  item.set_reminder_due(rules::IsReminderDue(item, Today(change)));
  return absl::OkStatus();
}

absl::Status FillProgress(db::Transaction& tx, const Uid& dialogue, Decision& decision) {
  return store::FillProgress(tx, dialogue, absl::MakeSpan(&decision, 1));
}

}  // namespace

// ---- Decisions ----

absl::StatusOr<Opinion> OutcomesService::OpinionNow(const Call& call, const DialogueName& name) {
  store::Room found;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, name, [&](db::Transaction&, const store::Room& room) -> absl::Status {
        found = room;
        return absl::OkStatus();
      }));
  if (found.vote_sequence == 0) return Opinion();
  COLLOQUY_ASSIGN_OR_RETURN(const LiveRooms::RoomPtr room,
                            rooms_.OpenWithVotes(found.uid, rpc::DbOptions(call)));
  const std::shared_ptr<const Opinion> newest =
      room->AwaitOpinion(found.vote_sequence, std::min(call.deadline(), absl::Now() + kPatience));
  if (newest != nullptr && newest->vote_sequence() >= found.vote_sequence) return *newest;
  return ComputeOpinion(book_.db(), *room, found.vote_sequence,
                        v1::Dialogue::ANALYSIS_MODE_UNSPECIFIED, rpc::DbOptions(call));
}

absl::StatusOr<Decision> OutcomesService::CreateDecision(const Call& call,
                                                         const v1::CreateDecisionRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  Opinion opinion;
  if (request.decision().statements_size() > 0) {
    COLLOQUY_ASSIGN_OR_RETURN(opinion, OpinionNow(call, parent));
  }
  return book_.Write<Decision>(call, parent, request,
                               [&](RoomChange& change) -> absl::StatusOr<Decision> {
                                 Decision decision = request.decision();
                                 resource::ClearOutputOnly(&decision);
                                 COLLOQUY_RETURN_IF_ERROR(CheckDecision(change, decision));
                                 COLLOQUY_RETURN_IF_ERROR(CheckPolls(change, decision));
                                 COLLOQUY_RETURN_IF_ERROR(RecordSupport(change, opinion, decision));
                                 if (decision.statements().empty())
                                   decision.set_vote_sequence(change.room.vote_sequence);
                                 NameNew(change, change.room.next_decision++, decision);
                                 COLLOQUY_RETURN_IF_ERROR(AddChild(change, decision));
                                 return decision;
                               });
}

absl::StatusOr<Decision> OutcomesService::GetDecision(const Call& call,
                                                      const v1::GetDecisionRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const ChildName name, ParseNameOf<Decision>(request.name(), "name"));
  Decision decision;
  COLLOQUY_RETURN_IF_ERROR(book_.Read(
      call, name.dialogue, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(decision, ReadNamed<Decision>(tx, room.uid, name));
        return FillProgress(tx, room.uid, decision);
      }));
  return decision;
}

absl::StatusOr<v1::ListDecisionsResponse> OutcomesService::ListDecisions(
    const Call& call, const v1::ListDecisionsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  COLLOQUY_ASSIGN_OR_RETURN(const PageStart start, StartOf(tokens_, call, request, 0));
  store::Page<Decision> page;
  COLLOQUY_RETURN_IF_ERROR(
      book_.Read(call, parent, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(
            page, store::ListChildren<Decision>(tx, room.uid, start.after, size, {"1 = 1", {}}));
        return store::FillProgress(tx, room.uid, absl::MakeSpan(page.children));
      }));
  v1::ListDecisionsResponse response;
  for (Decision& decision : page.children) response.add_decisions()->Swap(&decision);
  response.set_next_page_token(NextToken(tokens_, start, page.next));
  return response;
}

absl::StatusOr<Decision> OutcomesService::UpdateDecision(const Call& call,
                                                         const v1::UpdateDecisionRequest& request) {
  const auto update = [&](RoomChange& change, Decision& decision) -> absl::Status {
    const Decision before = decision;
    COLLOQUY_RETURN_IF_ERROR(
        resource::ApplyUpdate(request.update_mask(), request.decision(), &decision));
    COLLOQUY_RETURN_IF_ERROR(CheckDecision(change, decision));
    COLLOQUY_RETURN_IF_ERROR(SaveChild(change, before, decision));
    return FillProgress(change.tx, change.room.uid, decision);
  };
  return ChangeChild<Decision>(book_, call, request.decision().name(), "decision.name",
                               request.decision().etag(), request, update);
}

absl::StatusOr<Empty> OutcomesService::DeleteDecision(const Call& call,
                                                      const v1::DeleteDecisionRequest& request) {
  const auto remove = [&](RoomChange& change, Decision& decision) -> absl::Status {
    COLLOQUY_RETURN_IF_ERROR(FillProgress(change.tx, change.room.uid, decision));
    if (decision.action_item_count() > 0) {
      return errors::FailedPrecondition(
          errors::ErrorReason::RESOURCE_HAS_CHILDREN, decision.name(),
          absl::StrCat("action items carry it out (", decision.action_item_count(),
                       "); delete them first, or give them another decision"));
    }
    return DeleteChild(change, decision);
  };
  COLLOQUY_RETURN_IF_ERROR(
      ChangeChild<Decision>(book_, call, request.name(), "name", request.etag(), request, remove)
          .status());
  return Empty();
}

// ---- Action items ----

absl::StatusOr<ActionItem> OutcomesService::CreateActionItem(
    const Call& call, const v1::CreateActionItemRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const DialogueName parent,
                            ParseDialogueName(request.parent(), "parent"));
  return book_.Write<ActionItem>(call, parent, request,
                                 [&](RoomChange& change) -> absl::StatusOr<ActionItem> {
                                   ActionItem item = request.action_item();
                                   resource::ClearOutputOnly(&item);
                                   COLLOQUY_RETURN_IF_ERROR(CheckActionItem(change, item));
                                   NameNew(change, change.room.next_action_item++, item);
                                   COLLOQUY_RETURN_IF_ERROR(AddChild(change, item));
                                   return item;
                                 });
}

absl::StatusOr<ActionItem> OutcomesService::GetActionItem(const Call& call,
                                                          const v1::GetActionItemRequest& request) {
  return GetChild<ActionItem>(book_, call, request.name());
}

absl::StatusOr<v1::ListActionItemsResponse> OutcomesService::ListActionItems(
    const Call& call, const v1::ListActionItemsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::vector<std::string> ids,
      DialoguePattern().Parse(request.parent(), "parent", resource::Wildcards::kAllow));
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  const std::string binding = resource::PageBinding(call.method(), call.caller().actor, request);
  COLLOQUY_ASSIGN_OR_RETURN(const resource::PagePosition after,
                            tokens_.Decode(request.page_token(), binding));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(request.filter(), store::ActionItemFilters()));
  store::ActionItemPage page;
  const auto list = [&](db::Transaction& tx, const resource::SqlFragment& whose) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(page, store::ListActionItems(tx, whose, filter, after, size));
    return absl::OkStatus();
  };
  if (ids[1] == resource::kWildcard) {
    COLLOQUY_RETURN_IF_ERROR(book_.db().Read(rpc::DbOptions(call), [&](db::Transaction& tx) {
      return list(tx, store::ActionItemsOf(ids[0]));
    }));
  } else {
    COLLOQUY_RETURN_IF_ERROR(book_.Read(call, DialogueName{ids[0], ids[1], request.parent()},
                                        [&](db::Transaction& tx, const store::Room& room) {
                                          return list(tx, store::ActionItemsIn(room.uid));
                                        }));
  }
  v1::ListActionItemsResponse response;
  for (ActionItem& item : page.action_items) response.add_action_items()->Swap(&item);
  if (!page.next.empty()) response.set_next_page_token(tokens_.Encode(binding, page.next));
  return response;
}

absl::StatusOr<ActionItem> OutcomesService::UpdateActionItem(
    const Call& call, const v1::UpdateActionItemRequest& request) {
  const auto update = [&](RoomChange& change, ActionItem& item) -> absl::Status {
    const ActionItem before = item;
    COLLOQUY_RETURN_IF_ERROR(
        resource::ApplyUpdate(request.update_mask(), request.action_item(), &item));
    COLLOQUY_RETURN_IF_ERROR(CheckActionItem(change, item));
    return SaveChild(change, before, item);
  };
  return ChangeChild<ActionItem>(book_, call, request.action_item().name(), "action_item.name",
                                 request.action_item().etag(), request, update);
}

absl::StatusOr<Empty> OutcomesService::DeleteActionItem(
    const Call& call, const v1::DeleteActionItemRequest& request) {
  const auto remove = [](RoomChange& change, ActionItem& item) {
    return DeleteChild(change, item);
  };
  COLLOQUY_RETURN_IF_ERROR(
      ChangeChild<ActionItem>(book_, call, request.name(), "name", request.etag(), request, remove)
          .status());
  return Empty();
}

// ---- The table ----

void OutcomesService::Mount(rpc::Service& table) {
  const auto unary = [&]<typename Request, typename Response>(
                         absl::string_view method,
                         absl::StatusOr<Response> (OutcomesService::*handler)(const CallContext&,
                                                                              const Request&)) {
    table.Unary<Request, Response>(
        method, rpc::Execution::kPool,
        [this, handler](const CallContext& call, const Request& request) {
          return (this->*handler)(call, request);
        });
  };
  unary("CreateDecision", &OutcomesService::CreateDecision);
  unary("GetDecision", &OutcomesService::GetDecision);
  unary("ListDecisions", &OutcomesService::ListDecisions);
  unary("UpdateDecision", &OutcomesService::UpdateDecision);
  unary("DeleteDecision", &OutcomesService::DeleteDecision);
  unary("CreateActionItem", &OutcomesService::CreateActionItem);
  unary("GetActionItem", &OutcomesService::GetActionItem);
  unary("ListActionItems", &OutcomesService::ListActionItems);
  unary("UpdateActionItem", &OutcomesService::UpdateActionItem);
  unary("DeleteActionItem", &OutcomesService::DeleteActionItem);
}

std::vector<auth::Permission> OutcomesPermissions() {
  const auto method = [](absl::string_view name) { return absl::StrCat(kService, name); };
  return {{method("CreateDecision"), auth::kModerators, {"parent"}},
          {method("GetDecision"), auth::kStaff, {"name"}},
          {method("ListDecisions"), auth::kStaff, {"parent"}},
          {method("UpdateDecision"), auth::kModerators, {"decision.name"}},
          {method("DeleteDecision"), auth::kModerators, {"name"}},
          {method("CreateActionItem"), auth::kModerators, {"parent"}},
          {method("GetActionItem"), auth::kStaff, {"name"}},
          {method("ListActionItems"), auth::kStaff, {"parent"}},
          {method("UpdateActionItem"), auth::kModerators, {"action_item.name"}},
          {method("DeleteActionItem"), auth::kModerators, {"name"}}};
}

}  // namespace colloquy::dialogues
