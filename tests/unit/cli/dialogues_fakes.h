// Servers of dialogues that record what they were asked.
#ifndef COLLOQUY_TESTS_UNIT_CLI_DIALOGUES_FAKES_H_
#define COLLOQUY_TESTS_UNIT_CLI_DIALOGUES_FAKES_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "colloquy/sdk/dialogues.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/status.h"

namespace colloquy::cli {

namespace pb = dialogues::v1;
inline constexpr char kRoom[] = "organizers/a/dialogues/roadmap";

class FakeDialogues : public pb::DialoguesService::Service {
 public:
  grpc::Status CreateDialogue(grpc::ServerContext*, const pb::CreateDialogueRequest* request,
                              pb::Dialogue* dialogue) override {
    creates.push_back(*request);
    if (exists) return rpc::ToGrpc(errors::AlreadyExists("colloquy/Dialogue", kRoom));
    *dialogue = request->dialogue();
    return grpc::Status::OK;
  }
  grpc::Status GetDialogue(grpc::ServerContext*, const pb::GetDialogueRequest* request,
                           pb::Dialogue* dialogue) override {
    dialogue->set_name(request->name());
    dialogue->set_title("Packaging");
    dialogue->set_etag("\"4\"");
    dialogue->set_vote_sequence(2);
    return grpc::Status::OK;
  }
  grpc::Status UpdateDialogue(grpc::ServerContext*, const pb::UpdateDialogueRequest* request,
                              pb::Dialogue* dialogue) override {
    update = *request;
    *dialogue = request->dialogue();
    return grpc::Status::OK;
  }
  grpc::Status CloseDialogue(grpc::ServerContext*, const pb::CloseDialogueRequest* request,
                             pb::Dialogue*) override {
    closed.push_back(*request);
    return grpc::Status::OK;
  }
  grpc::Status ListParticipants(grpc::ServerContext*, const pb::ListParticipantsRequest* request,
                                pb::ListParticipantsResponse* response) override {
    EXPECT_EQ(request->filter(), "state = ACTIVE");
    for (int i = 0; i < 2; ++i) {
      pb::Participant* participant = response->add_participants();
      participant->set_name(absl::StrCat(request->parent(), "/participants/", i));
      participant->set_email(absl::StrCat("p", i, "@example.org"));
    }
    return grpc::Status::OK;
  }
  grpc::Status GetParticipantLink(grpc::ServerContext*,
                                  const pb::GetParticipantLinkRequest* request,
                                  pb::GetParticipantLinkResponse* response) override {
    EXPECT_FALSE(request->renew());
    response->set_uri("https://x/d/" + request->name().substr(request->name().size() - 1));
    return grpc::Status::OK;
  }
  grpc::Status BatchCreateParticipants(grpc::ServerContext*,
                                       const pb::BatchCreateParticipantsRequest* request,
                                       pb::BatchCreateParticipantsResponse* response) override {
    batches.push_back(*request);
    for (const auto& one : request->requests()) {
      *response->add_participants() = one.participant();
    }
    return grpc::Status::OK;
  }
  // The first stream breaks after two updates; who comes back at its cursor gets the third.
  grpc::Status WatchDialogue(grpc::ServerContext*, const pb::WatchDialogueRequest* request,
                             grpc::ServerWriter<pb::RoomUpdate>* writer) override {
    cursors.push_back(request->cursor());
    pb::RoomUpdate update;
    if (request->cursor().empty()) {
      update.set_reset(true);
      update.set_cursor("1");
      update.mutable_dialogue()->set_state(pb::Dialogue::LIVE);
      update.add_statements()->set_name(absl::StrCat(kRoom, "/statements/3"));
      writer->Write(update);
      update.Clear();
      update.set_cursor("2");
      update.add_tallies()->set_statement(3);
      update.mutable_tallies(0)->set_agree_count(5);
      writer->Write(update);
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "restart");
    }
    update.set_cursor("3");
    update.add_polls()->set_question("What\x1b[31m first?");
    writer->Write(update);
    return grpc::Status::OK;
  }
  std::vector<pb::CreateDialogueRequest> creates;
  std::vector<pb::CloseDialogueRequest> closed;
  std::vector<pb::BatchCreateParticipantsRequest> batches;
  std::vector<std::string> cursors;
  pb::UpdateDialogueRequest update;
  bool exists = false;
};

class FakeStatements : public pb::StatementsService::Service {
 public:
  grpc::Status BatchCreateStatements(grpc::ServerContext*,
                                     const pb::BatchCreateStatementsRequest* request,
                                     pb::BatchCreateStatementsResponse* response) override {
    seeds = *request;
    for (const auto& one : request->requests()) *response->add_statements() = one.statement();
    return grpc::Status::OK;
  }
  grpc::Status GetStatement(grpc::ServerContext*, const pb::GetStatementRequest* request,
                            pb::Statement* statement) override {
    statement->set_name(request->name());
    statement->set_etag("\"2\"");
    (*statement->mutable_translations())["fr"] = "Verre";
    return grpc::Status::OK;
  }
  grpc::Status UpdateStatement(grpc::ServerContext*, const pb::UpdateStatementRequest* request,
                               pb::Statement*) override {
    update = *request;
    return grpc::Status::OK;
  }
  grpc::Status ListStatements(grpc::ServerContext*, const pb::ListStatementsRequest* request,
                              pb::ListStatementsResponse* response) override {
    filter = request->filter();
    for (int i = 1; i < 4; ++i) {
      pb::Statement* statement = response->add_statements();
      statement->set_name(absl::StrCat(kRoom, "/statements/", i));
      statement->set_text(absl::StrCat("Words ", i));
      statement->set_state(pb::Statement::ACCEPTED);
    }
    return grpc::Status::OK;
  }
  grpc::Status AcceptStatement(grpc::ServerContext*, const pb::AcceptStatementRequest* request,
                               pb::Statement*) override {
    log.push_back("accept " + request->name());
    return grpc::Status::OK;
  }
  grpc::Status RejectStatement(grpc::ServerContext*, const pb::RejectStatementRequest* request,
                               pb::Statement*) override {
    log.push_back(absl::StrCat("reject ", request->name(), " ", request->reason()));
    return grpc::Status::OK;
  }
  grpc::Status MergeStatement(grpc::ServerContext*, const pb::MergeStatementRequest* request,
                              pb::Statement*) override {
    log.push_back(absl::StrCat("merge ", request->name(), " ", request->into()));
    return grpc::Status::OK;
  }
  grpc::Status ImportConversation(grpc::ServerContext*,
                                  const pb::ImportConversationRequest* request,
                                  pb::ImportConversationResponse* response) override {
    if (unavailable-- > 0) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "away");
    runs.push_back(*request);
    response->set_repeated_run(repeated);
    return grpc::Status::OK;
  }
  grpc::Status ListVotes(grpc::ServerContext*, const pb::ListVotesRequest* request,
                         pb::ListVotesResponse* response) override {
    through = request->through_sequence();
    for (int i = 1; i < 3; ++i) {
      pb::Vote* vote = response->add_votes();
      vote->set_sequence(i);
      vote->set_participant(i);
      vote->set_statement(1);
      vote->set_value(pb::AGREE);
      vote->mutable_vote_time()->set_seconds(1700000000 + i);
    }
    return grpc::Status::OK;
  }
  pb::BatchCreateStatementsRequest seeds;
  pb::UpdateStatementRequest update;
  std::vector<pb::ImportConversationRequest> runs;
  std::vector<std::string> log;
  std::string filter;
  int64_t through = 0;
  int unavailable = 0;
  bool repeated = false;
};

class FakeOpinion : public pb::OpinionService::Service {
 public:
  grpc::Status ComputeOpinion(grpc::ServerContext*, const pb::ComputeOpinionRequest* request,
                              pb::Opinion* opinion) override {
    compute = *request;
    opinion->set_bootstrap_agreement(0.9);
    pb::Opinion::Group* group = opinion->add_groups();
    group->set_participant_count(12);
    pb::Opinion::Representative* one = group->add_representatives();
    one->set_statement(2);
    one->set_probability(0.75);
    return grpc::Status::OK;
  }
  grpc::Status RenderReport(grpc::ServerContext*, const pb::RenderReportRequest* request,
                            pb::RenderReportResponse* response) override {
    format = request->format();
    response->set_data("<html></html>");
    return grpc::Status::OK;
  }
  pb::ComputeOpinionRequest compute;
  pb::ReportFormat format = pb::REPORT_FORMAT_UNSPECIFIED;
};

class FakeAgenda : public pb::AgendaService::Service {
 public:
  grpc::Status ListAgendaItems(grpc::ServerContext*, const pb::ListAgendaItemsRequest*,
                               pb::ListAgendaItemsResponse* response) override {
    for (size_t i = 0; i < states.size(); ++i) {
      pb::AgendaItem* item = response->add_agenda_items();
      item->set_name(absl::StrCat(kRoom, "/agendaItems/", i + 1));
      item->set_etag(absl::StrCat("\"", i, "\""));
      item->set_state(states[i]);
    }
    return grpc::Status::OK;
  }
  grpc::Status StartAgendaItem(grpc::ServerContext*, const pb::StartAgendaItemRequest* request,
                               pb::AgendaItem*) override {
    started.push_back(*request);
    return grpc::Status::OK;
  }
  std::vector<pb::AgendaItem::State> states;
  std::vector<pb::StartAgendaItemRequest> started;
};

class FakeOutcomes : public pb::OutcomesService::Service {
 public:
  grpc::Status CreateDecision(grpc::ServerContext*, const pb::CreateDecisionRequest* request,
                              pb::Decision* decision) override {
    decided = *request;
    *decision = request->decision();
    return grpc::Status::OK;
  }
  grpc::Status GetDecision(grpc::ServerContext*, const pb::GetDecisionRequest* request,
                           pb::Decision* decision) override {
    decision->set_name(request->name());
    decision->set_text("A line is planned");
    decision->set_vote_sequence(212);
    pb::Decision::Support* support = decision->add_support();
    support->set_statement(absl::StrCat(kRoom, "/statements/3"));
    support->set_text("Words then");
    support->add_groups()->set_agree_count(30);
    return grpc::Status::OK;
  }
  grpc::Status CreateActionItem(grpc::ServerContext*, const pb::CreateActionItemRequest* request,
                                pb::ActionItem*) override {
    action = *request;
    return grpc::Status::OK;
  }
  grpc::Status ListActionItems(grpc::ServerContext*, const pb::ListActionItemsRequest* request,
                               pb::ListActionItemsResponse*) override {
    listed = *request;
    return grpc::Status::OK;
  }
  pb::CreateDecisionRequest decided;
  pb::CreateActionItemRequest action;
  pb::ListActionItemsRequest listed;
};

class FakePolls : public pb::PollsService::Service {
 public:
  grpc::Status CreatePoll(grpc::ServerContext*, const pb::CreatePollRequest* request,
                          pb::Poll* poll) override {
    created = *request;
    *poll = request->poll();
    poll->set_name(absl::StrCat(request->parent(), "/polls/1"));
    return grpc::Status::OK;
  }
  grpc::Status OpenPoll(grpc::ServerContext*, const pb::OpenPollRequest* request,
                        pb::Poll*) override {
    opened = request->name();
    return grpc::Status::OK;
  }
  grpc::Status GetPoll(grpc::ServerContext*, const pb::GetPollRequest* request,
                       pb::Poll* poll) override {
    poll->set_name(request->name());
    for (const char* text : {"Glass", "Polymer"}) poll->add_options()->set_text(text);
    for (int i = 0; i < 2; ++i) {
      pb::PollResult::Standing* one = poll->mutable_result()->add_standings();
      one->set_option(1 - i);
      one->set_rank(i + 1);
      one->set_score(7 - i);
    }
    return grpc::Status::OK;
  }
  pb::CreatePollRequest created;
  std::string opened;
};

}  // namespace colloquy::cli

#endif  // COLLOQUY_TESTS_UNIT_CLI_DIALOGUES_FAKES_H_
