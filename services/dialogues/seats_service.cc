#include "services/dialogues/seats_service.h"

#include <optional>
#include <random>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/digest.h"
#include "services/common/rpc/db_options.h"
#include "services/dialogues/ballot_box.h"
#include "services/dialogues/meeting.h"
#include "services/dialogues/opinion_service.h"
#include "services/dialogues/report.h"
#include "services/dialogues/rules/fields.h"
#include "services/dialogues/rules/names.h"
#include "services/dialogues/rules/people.h"
#include "services/dialogues/rules/room_view.h"
#include "services/dialogues/rules/routing.h"
#include "services/dialogues/seat_links.h"
#include "services/dialogues/seats.h"
#include "services/dialogues/store/dialogues.h"
#include "services/dialogues/store/polls.h"
#include "services/dialogues/store/statements.h"
#include "services/dialogues/store/votes.h"
#include "services/dialogues/wording.h"

namespace colloquy::dialogues {
namespace {

using rpc::CallContext;
using rules::LinkPurpose;
using rules::LinkTarget;
using store::ParticipantRow;
using store::StatementRow;
using v1::Dialogue;
using v1::Statement;

constexpr absl::string_view kService = "/colloquy.dialogues.v1.SeatsService/";
constexpr int kMaxExcept = 100;
// Participants do not see a dialogue that is being prepared.
constexpr rules::States kShown{Dialogue::OPEN, Dialogue::LIVE, Dialogue::CLOSED,
                               Dialogue::PUBLISHED};

constexpr rules::States kPublished{Dialogue::PUBLISHED};

double RandomFraction() {
  thread_local std::mt19937_64 engine{std::random_device()()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

absl::Status CheckShown(const CallContext& call, const store::Room& room) {
  return rules::CheckState(store::NameOf(room), room.state, call.method_name(), kShown);
}

absl::Status JoiningClosed(const store::Room& room) {
  return errors::FailedPrecondition(errors::ErrorReason::JOINING_CLOSED, store::NameOf(room),
                                    "The dialogue does not admit whoever has its link, or not now");
}

bool AdmitsByLink(const Dialogue& dialogue) { return dialogue.admission() == Dialogue::JOIN_LINK; }

// 32 bytes by which the seat is found again, which say nothing of the seat_id.
absl::StatusOr<std::string> SeatKey(const std::string& seat_id) {
  if (seat_id.empty()) return errors::RequiredField("seat_id");
  const std::optional<Uid> uid = Uid::FromUuid(seat_id);
  if (!uid.has_value() || uid->is_nil()) return errors::InvalidField("seat_id", "must be a UUID");
  return resource::Sha256(absl::StrCat("colloquy-seat", uid->bytes()));
}

std::string NameOfSeat(const store::Room& room, int64_t number) {
  return rules::ChildName(store::NameOf(room), rules::kParticipants, number);
}

// Who acts: whoever has the link. The feed says whose it was.
void ActAs(RoomChange& change, int64_t participant) {
  change.cause.actor = NameOfSeat(change.room, participant);
}

}  // namespace

SeatsService::SeatsService(RoomBook& book, const rules::Links& links, LiveRooms& rooms,
                           VoteBook& votes, Fraction fraction)
    : book_(book), links_(links), rooms_(rooms), votes_(votes), fraction_(std::move(fraction)) {}

SeatsService::SeatsService(RoomBook& book, const rules::Links& links, LiveRooms& rooms,
                           VoteBook& votes)
    : SeatsService(book, links, rooms, votes, RandomFraction) {}

absl::StatusOr<LinkTarget> SeatsService::Open(const CallContext& call, LinkPurpose purpose,
                                              absl::string_view token) const {
  return OpenLink(links_, purpose, token, call.method());
}

absl::StatusOr<Dialogue> SeatsService::GetLobby(const CallContext& call,
                                                const v1::GetLobbyRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget link,
                            Open(call, LinkPurpose::kJoin, request.join_token()));
  Dialogue dialogue;
  COLLOQUY_RETURN_IF_ERROR(book_.Read(
      call, link.dialogue, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_RETURN_IF_ERROR(CheckRoomLink(link, room, call.method()));
        COLLOQUY_RETURN_IF_ERROR(CheckShown(call, room));
        COLLOQUY_ASSIGN_OR_RETURN(dialogue, store::ReadDialogue(tx, room));
        return AdmitsByLink(dialogue) ? absl::OkStatus() : JoiningClosed(room);
      }));
  return dialogue;
}

absl::StatusOr<v1::JoinResponse> SeatsService::Join(const CallContext& call,
                                                    const v1::JoinRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget link,
                            Open(call, LinkPurpose::kJoin, request.join_token()));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string seat_key, SeatKey(request.seat_id()));
  return book_.Write<v1::JoinResponse>(
      call, link.dialogue, request, [&](RoomChange& change) -> absl::StatusOr<v1::JoinResponse> {
        COLLOQUY_RETURN_IF_ERROR(CheckRoomLink(link, change.room, call.method()));
        COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue,
                                  store::ReadDialogue(change.tx, change.room));
        if (!AdmitsByLink(dialogue) || !rules::kUnderWay.Has(change.room.state))
          return JoiningClosed(change.room);
        COLLOQUY_ASSIGN_OR_RETURN(std::optional<ParticipantRow> seat,
                                  store::FindBySeatKey(change.tx, link.dialogue, seat_key));
        if (seat.has_value() && seat->state != v1::Participant::ACTIVE)
          return errors::PermissionDenied(call.method());
        if (!seat.has_value()) {
          SeatDraft draft{.seat_key = seat_key};
          draft.participant.set_stakeholder_type(request.stakeholder_type());
          draft.participant.set_language_code(request.language_code());
          draft.participant.set_display_name(request.display_name());
          COLLOQUY_RETURN_IF_ERROR(rules::NormalizeParticipant("", dialogue, &draft.participant));
          ActAs(change, change.room.next_participant);
          COLLOQUY_ASSIGN_OR_RETURN(std::vector<ParticipantRow> given, GiveSeats(change, {draft}));
          seat = std::move(given[0]);
        }
        v1::JoinResponse response;
        response.set_token(links_.Token(LinkPurpose::kSeat, {.dialogue = link.dialogue,
                                                             .number = seat->number,
                                                             .generation = seat->link_generation}));
        rules::ShowParticipant(dialogue, seat->message);
        response.mutable_participant()->Swap(&seat->message);
        return response;
      });
}

absl::StatusOr<v1::Seat> SeatsService::GetSeat(const CallContext& call,
                                               const v1::GetSeatRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget link, Open(call, LinkPurpose::kSeat, request.token()));
  v1::Seat seat;
  COLLOQUY_RETURN_IF_ERROR(book_.Read(
      call, link.dialogue, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        seat.Clear();
        COLLOQUY_ASSIGN_OR_RETURN(ParticipantRow row, ReadSeat(tx, link, call.method()));
        COLLOQUY_RETURN_IF_ERROR(CheckShown(call, room));
        COLLOQUY_ASSIGN_OR_RETURN(*seat.mutable_dialogue(), store::ReadDialogue(tx, room));
        rules::ShowParticipant(seat.dialogue(), row.message);
        seat.mutable_participant()->Swap(&row.message);
        COLLOQUY_ASSIGN_OR_RETURN(const std::vector<store::VoteRow> votes,
                                  store::VotesOf(tx, link.dialogue, link.number));
        for (const store::VoteRow& vote : votes) *seat.add_votes() = store::ToVote(vote);
        COLLOQUY_ASSIGN_OR_RETURN(std::vector<StatementRow> own,
                                  store::StatementsByAuthor(tx, link.dialogue, link.number));
        for (StatementRow& statement : own) seat.add_statements()->Swap(&statement.message);
        COLLOQUY_ASSIGN_OR_RETURN(const auto voted,
                                  store::VotedPolls(tx, link.dialogue, link.number));
        for (const auto& [poll, ballot] : voted) {
          seat.add_voted_polls(static_cast<int32_t>(poll));
          if (ballot.has_value()) (*seat.mutable_ballots())[static_cast<int32_t>(poll)] = *ballot;
        }
        return absl::OkStatus();
      }));
  return seat;
}

absl::StatusOr<v1::Presentation> SeatsService::GetPresentation(
    const CallContext& call, const v1::GetPresentationRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget link,
                            Open(call, LinkPurpose::kPresenter, request.presenter_token()));
  v1::Presentation presentation;
  COLLOQUY_RETURN_IF_ERROR(book_.Read(
      call, link.dialogue, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_RETURN_IF_ERROR(CheckRoomLink(link, room, call.method()));
        COLLOQUY_RETURN_IF_ERROR(CheckShown(call, room));
        COLLOQUY_ASSIGN_OR_RETURN(*presentation.mutable_dialogue(), store::ReadDialogue(tx, room));
        if (AdmitsByLink(presentation.dialogue())) {
          presentation.set_join_token(links_.Token(
              LinkPurpose::kJoin,
              {.dialogue = link.dialogue, .number = 0, .generation = room.link_generation}));
        }
        return absl::OkStatus();
      }));
  return presentation;
}

// ---- Statements ----

absl::StatusOr<v1::NextStatementResponse> SeatsService::NextStatement(
    const CallContext& call, const v1::NextStatementRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget link, Open(call, LinkPurpose::kSeat, request.token()));
  if (request.except_size() > kMaxExcept)
    return errors::InvalidField("except", absl::StrCat("takes at most ", kMaxExcept));
  absl::StatusOr<LiveRooms::RoomPtr> live = rooms_.Open(link.dialogue, rpc::DbOptions(call));
  if (errors::ReasonOf(live.status()) == errors::ErrorReason::RESOURCE_NOT_FOUND)
    return errors::PermissionDenied(call.method());
  if (!live.ok()) return live.status();
  const std::shared_ptr<const rules::RoomView> view = (*live)->view();
  absl::flat_hash_map<int64_t, double> priorities;
  if (const auto opinion = (*live)->opinion(); opinion != nullptr) {
    for (const auto& known : opinion->statements())
      priorities[known.statement()] = known.priority();
  }
  v1::NextStatementResponse response;
  COLLOQUY_RETURN_IF_ERROR(book_.Read(
      call, link.dialogue, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        response.Clear();
        COLLOQUY_RETURN_IF_ERROR(ReadSeat(tx, link, call.method()).status());
        COLLOQUY_RETURN_IF_ERROR(rules::CheckState(store::NameOf(room), room.state,
                                                   call.method_name(), rules::kUnderWay));
        COLLOQUY_ASSIGN_OR_RETURN(const std::vector<store::VoteRow> votes,
                                  store::VotesOf(tx, link.dialogue, link.number));
        absl::flat_hash_set<int64_t> left_out(request.except().begin(), request.except().end());
        for (const store::VoteRow& vote : votes) left_out.insert(vote.statement);
        std::vector<rules::Candidate> candidates;
        for (const auto& [number, statement] : view->statements) {
          if (left_out.contains(number) || !rules::ParticipantsSee(*statement, *view->dialogue))
            continue;
          const auto known = priorities.find(number);
          candidates.push_back({number, known == priorities.end()
                                            ? rules::PriorityUnseen(statement->meta())
                                            : known->second});
        }
        // The view may be a moment old: what was taken out meanwhile is not asked.
        while (!candidates.empty()) {
          const int64_t drawn = *rules::DrawStatement(candidates, fraction_());
          COLLOQUY_ASSIGN_OR_RETURN(std::optional<StatementRow> row,
                                    store::ReadStatement(tx, link.dialogue, drawn));
          if (row.has_value() && rules::ParticipantsSee(row->message, *view->dialogue)) {
            *response.mutable_statement() = rules::ForParticipants(row->message, *view->dialogue);
            break;
          }
          std::erase_if(candidates, [&](const auto& other) { return other.statement == drawn; });
        }
        response.set_remaining_count(static_cast<int32_t>(candidates.size()));
        return absl::OkStatus();
      }));
  return response;
}

absl::StatusOr<Statement> SeatsService::WriteStatement(const CallContext& call,
                                                       const v1::WriteStatementRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget link, Open(call, LinkPurpose::kSeat, request.token()));
  return book_.Write<Statement>(call, link.dialogue, request, [&](RoomChange& change) {
    return Write(change, link, call.method(), request);
  });
}

absl::StatusOr<Statement> SeatsService::Write(RoomChange& change, const LinkTarget& link,
                                              absl::string_view method,
                                              const v1::WriteStatementRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const ParticipantRow seat, ReadSeat(change.tx, link, method));
  if (seat.viewer) return errors::PermissionDenied(method);
  COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kUnderWay));
  COLLOQUY_ASSIGN_OR_RETURN(const Dialogue dialogue, store::ReadDialogue(change.tx, change.room));
  if (dialogue.statements_closed()) {
    return errors::FailedPrecondition(errors::ErrorReason::STATE_INVALID, dialogue.name(),
                                      "Participants do not write statements in this dialogue; "
                                      "they vote on those of the organizer");
  }
  Statement statement;
  statement.set_text(request.text());
  statement.set_language_code(request.language_code().empty() ? seat.message.language_code()
                                                              : request.language_code());
  statement.set_state(Statement::UNDECIDED);
  statement.set_author(NameOfSeat(change.room, link.number));
  COLLOQUY_RETURN_IF_ERROR(rules::NormalizeStatement("", dialogue, &statement));
  ActAs(change, link.number);
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<StatementRow> written,
                            WriteStatements(change, {statement}));
  // Whoever says it agrees with it.
  store::VoteRow vote{.participant = link.number,
                      .statement = written[0].number,
                      .value = v1::AGREE,
                      .vote_time = change.now};
  COLLOQUY_RETURN_IF_ERROR(store::AppendVotes(change.tx, change.room, absl::MakeSpan(&vote, 1)));
  Statement& answer = written[0].message;
  answer.mutable_tally()->set_statement(static_cast<int32_t>(vote.statement));
  answer.mutable_tally()->set_agree_count(1);
  return std::move(answer);
}

// ---- Votes ----

absl::StatusOr<std::unique_ptr<VoteOp>> SeatsService::MakeVote(
    const CallContext& call, const v1::CastVoteRequest& request) const {
  auto op = std::make_unique<VoteOp>();
  COLLOQUY_ASSIGN_OR_RETURN(op->seat, Open(call, LinkPurpose::kSeat, request.token()));
  if (request.statement() < 0)
    return errors::InvalidField("statement", "must be the number of a statement");
  if (!v1::VoteValue_IsValid(request.value())) return errors::InvalidField("value", "is no vote");
  op->method = std::string(call.method());
  op->statement = request.statement();
  op->value = request.value();
  op->deadline = call.deadline();
  return op;
}

void SeatsService::CastVote(const Context& call, const v1::CastVoteRequest& request,
                            rpc::Done<v1::CastVoteResponse> done) {
  absl::StatusOr<std::unique_ptr<VoteOp>> op = MakeVote(*call, request);
  if (!op.ok()) return done(op.status());
  // Shared between the op and the refusal below, only one of which uses it.
  auto answer = std::make_shared<rpc::Done<v1::CastVoteResponse>>(std::move(done));
  (*op)->done = [answer](VoteOp::Outcome outcome) {
    if (!outcome.ok()) return (*answer)(outcome.status());
    v1::CastVoteResponse response;
    response.set_sequence(*outcome);
    (*answer)(std::move(response));
  };
  if (absl::Status taken = votes_.Submit(*std::move(op)); !taken.ok()) (*answer)(taken);
}

// ---- The meeting ----

absl::StatusOr<v1::SpeakerRequest> SeatsService::AskToSpeak(const CallContext& call,
                                                            const v1::AskToSpeakRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget link, Open(call, LinkPurpose::kSeat, request.token()));
  v1::SpeakerRequest wish;
  wish.set_kind(request.kind());
  wish.set_topic(request.topic());
  COLLOQUY_RETURN_IF_ERROR(rules::NormalizeSpeakerRequest("", &wish));
  return book_.Write<v1::SpeakerRequest>(
      call, link.dialogue, request, [&](RoomChange& change) -> absl::StatusOr<v1::SpeakerRequest> {
        COLLOQUY_ASSIGN_OR_RETURN(const ParticipantRow seat,
                                  ReadSeat(change.tx, link, call.method()));
        if (seat.viewer) return errors::PermissionDenied(call.method());
        COLLOQUY_RETURN_IF_ERROR(change.CheckState(rules::kMeeting));
        ActAs(change, link.number);
        return Ask(change, NameOfSeat(change.room, link.number), wish);
      });
}

absl::StatusOr<google::protobuf::Empty> SeatsService::CancelSpeaking(
    const CallContext& call, const v1::CancelSpeakingRequest& request) {
  using google::protobuf::Empty;
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget link, Open(call, LinkPurpose::kSeat, request.token()));
  return book_.Write<Empty>(
      call, link.dialogue, request, [&](RoomChange& change) -> absl::StatusOr<Empty> {
        COLLOQUY_RETURN_IF_ERROR(ReadSeat(change.tx, link, call.method()).status());
        COLLOQUY_ASSIGN_OR_RETURN(rules::SpeakerRequests speakers,
                                  ReadSpeakers(change.tx, change.room, change.now));
        const rules::SpeakerRequests before = speakers;
        v1::SpeakerRequest* pending = FindPending(speakers, NameOfSeat(change.room, link.number));
        if (pending == nullptr) return Empty();
        ActAs(change, link.number);
        COLLOQUY_RETURN_IF_ERROR(rules::Act(rules::SpeakerAction::kWithdraw, change.now, *pending));
        COLLOQUY_RETURN_IF_ERROR(SaveSpeakers(change, before, speakers));
        return Empty();
      });
}

absl::StatusOr<v1::CastBallotResponse> SeatsService::CastBallot(
    const CallContext& call, const v1::CastBallotRequest& request) {
  using Response = v1::CastBallotResponse;
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget link, Open(call, LinkPurpose::kSeat, request.token()));
  COLLOQUY_ASSIGN_OR_RETURN(
      const Response response,
      book_.Write<Response>(
          call, link.dialogue, request, [&](RoomChange& change) -> absl::StatusOr<Response> {
            COLLOQUY_ASSIGN_OR_RETURN(const ParticipantRow seat,
                                      ReadSeat(change.tx, link, call.method()));
            if (seat.viewer) return errors::PermissionDenied(call.method());
            Response answer;
            COLLOQUY_ASSIGN_OR_RETURN(
                *answer.mutable_poll(),
                dialogues::CastBallot(change, link.number, request.poll(), request.ballot()));
            return answer;
          }));
  rooms_.Touch(link.dialogue, parts::kPolls);
  return response;
}

// ---- The room ----

absl::StatusOr<v1::RenderReportResponse> SeatsService::ReadReport(
    const CallContext& call, const v1::ReadReportRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const LinkTarget link, Open(call, LinkPurpose::kSeat, request.token()));
  COLLOQUY_RETURN_IF_ERROR(CheckReportFormat(request.format()));
  return WriteReport(call, link.dialogue, book_, rooms_, request.format(),
                     [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
                       COLLOQUY_RETURN_IF_ERROR(ReadSeat(tx, link, call.method()).status());
                       return rules::CheckState(store::NameOf(room), room.state, call.method_name(),
                                                kPublished);
                     });
}

absl::Status SeatsService::WatchRoom(Context call, const v1::WatchRoomRequest& request,
                                     std::shared_ptr<LiveRoom::Writer> writer) {
  const std::optional<LinkTarget> seat = links_.Open(LinkPurpose::kSeat, request.token());
  LinkTarget link;
  if (seat.has_value()) {
    link = *seat;
  } else {
    COLLOQUY_ASSIGN_OR_RETURN(link, Open(*call, LinkPurpose::kPresenter, request.token()));
  }
  COLLOQUY_RETURN_IF_ERROR(book_.Read(
      *call, link.dialogue, [&](db::Transaction& tx, const store::Room& room) -> absl::Status {
        COLLOQUY_RETURN_IF_ERROR(seat.has_value() ? ReadSeat(tx, link, call->method()).status()
                                                  : CheckRoomLink(link, room, call->method()));
        return CheckShown(*call, room);
      }));
  return rooms_.Watch(link.dialogue, Audience::kParticipants, request.cursor(), std::move(writer),
                      rpc::DbOptions(*call));
}

void SeatsService::Mount(rpc::Service& table) {
  using rpc::Execution;
  const auto unary = [&]<typename Request, typename Response>(
                         absl::string_view method,
                         absl::StatusOr<Response> (SeatsService::*handler)(const CallContext&,
                                                                           const Request&)) {
    table.Unary<Request, Response>(
        method, Execution::kPool, [this, handler](const CallContext& call, const Request& request) {
          return (this->*handler)(call, request);
        });
  };
  unary("GetLobby", &SeatsService::GetLobby);
  unary("Join", &SeatsService::Join);
  unary("GetSeat", &SeatsService::GetSeat);
  unary("GetPresentation", &SeatsService::GetPresentation);
  unary("NextStatement", &SeatsService::NextStatement);
  unary("WriteStatement", &SeatsService::WriteStatement);
  unary("AskToSpeak", &SeatsService::AskToSpeak);
  unary("CancelSpeaking", &SeatsService::CancelSpeaking);
  unary("CastBallot", &SeatsService::CastBallot);
  unary("ReadReport", &SeatsService::ReadReport);
  table.UnaryAsync<v1::CastVoteRequest, v1::CastVoteResponse>(
      "CastVote", [this](const Context& call, const auto& request, auto done) {
        CastVote(call, request, std::move(done));
      });
  table.ServerStream<v1::WatchRoomRequest, v1::RoomUpdate>(
      "WatchRoom",
      [this](Context call, const auto& request, auto writer) {
        return WatchRoom(std::move(call), request, std::move(writer));
      },
      Execution::kPool, kRoomStream);
}

std::vector<auth::Permission> SeatsPermissions() {
  std::vector<auth::Permission> permissions;
  for (const char* method : {"GetLobby", "Join", "GetSeat", "GetPresentation", "NextStatement",
                             "CastVote", "WriteStatement", "AskToSpeak", "CancelSpeaking",
                             "CastBallot", "ReadReport", "WatchRoom"}) {
    permissions.push_back({absl::StrCat(kService, method), auth::kAnyone});
  }
  return permissions;
}

}  // namespace colloquy::dialogues
