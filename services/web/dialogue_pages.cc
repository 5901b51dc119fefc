// A dialogue in browsers: the way in, a participant's seat, the presenter's view. Voting and
// writing work without a script; what moves needs one.
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/resource/ids.h"
#include "services/web/dialogue_forms.h"
#include "services/web/http/urls.h"
#include "services/web/pages/errors.h"
#include "services/web/pages/reader.h"
#include "services/web/pages/render.h"
#include "services/web/qr_code.h"
#include "services/web/routes.h"

namespace colloquy::web {
namespace {

using dialogues::v1::CastBallotResponse;
using dialogues::v1::CastVoteResponse;
using dialogues::v1::Dialogue;
using dialogues::v1::JoinResponse;
using dialogues::v1::NextStatementResponse;
using dialogues::v1::Presentation;
using dialogues::v1::RenderReportResponse;
using dialogues::v1::Seat;
using dialogues::v1::SpeakerRequest;
using dialogues::v1::Statement;
using google::protobuf::Message;
using RequestPtr = std::shared_ptr<const Request>;
using SeatStub = Calls::Seats::async_interface;

// As the contract says it of a dialogue that names none.
constexpr const char* kStakeholderTypes[] = {"company", "research", "platform", "policy"};
// A report is one file with its style in it; it runs nothing and loads nothing.
constexpr char kReportPolicy[] =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'";

std::string TokenOf(const Request& request) { return std::string(Find(request.captures, "token")); }

absl::string_view LastPart(absl::string_view name) { return name.substr(name.rfind('/') + 1); }

bool IsUnderWay(const Dialogue& dialogue) {
  return dialogue.state() == Dialogue::OPEN || dialogue.state() == Dialogue::LIVE;
}

Answer Json(const Message& message, int status = 200) {
  Answer answer{.status = status, .content_type = "application/json"};
  // It only fails for what is no message: text is UTF-8 where it comes in.
  if (!google::protobuf::util::MessageToJsonString(message, &answer.body).ok()) answer.body = "{}";
  return answer;
}

// Only ever to a path of this site, with the language that the reader had chosen.
Answer SeeOther(const Request& request, absl::string_view path) {
  const absl::string_view language = Find(request.query, "lang");
  Answer answer{.status = 303, .content_type = "text/plain; charset=utf-8"};
  answer.headers.emplace_back(
      "Location", absl::StrCat(path, language.empty() ? "" : "?lang=", PercentEncode(language)));
  return answer;
}

// A script asked, and goes on by itself.
bool IsLive(const Fields& fields) { return Find(fields, "live") == "1"; }

// The statement in the reader's language, where somebody translated it.
Chosen Wording(const Statement& statement, const Dialogue& dialogue, const Reader& reader) {
  events::v1::LocalizedText texts;
  const std::string& own =
      statement.language_code().empty() ? dialogue.language_code() : statement.language_code();
  *texts.mutable_texts() = statement.translations();
  (*texts.mutable_texts())[own.empty() ? "en" : own] = statement.text();
  return Choose(texts, reader, own.empty() ? "en" : own);
}

Data StatementView(const Statement& statement, const Dialogue& dialogue, const Reader& reader) {
  const Chosen words = Wording(statement, dialogue, reader);
  Data view;
  view.set("number", std::string(LastPart(statement.name())));
  view.set("text", words.text);
  view.set("lang", words.language);
  return view;
}

Data Types(const Dialogue& dialogue) {
  std::vector<std::string> types(dialogue.stakeholder_types().begin(),
                                 dialogue.stakeholder_types().end());
  if (types.empty()) types.assign(std::begin(kStakeholderTypes), std::end(kStakeholderTypes));
  Data list = List();
  for (const std::string& type : types) {
    Data each;
    each.set("type", type);
    list.push_back(each);
  }
  return list;
}

std::string StateText(const Dialogue& dialogue, const Reader& reader) {
  switch (dialogue.state()) {
    case Dialogue::CLOSED:
      return std::string(reader.Say("room_state_closed"));
    case Dialogue::PUBLISHED:
      return std::string(reader.Say("room_state_published"));
    case Dialogue::DRAFT:
      return std::string(reader.Say("room_state_draft"));
    default:
      return "";
  }
}

// What every page of a dialogue shows.
Data ViewOf(const Dialogue& dialogue, const Reader& reader, const std::string& self) {
  Data data;
  data.set("self", self);
  data.set("title", dialogue.title());
  data.set("description", Optional(dialogue.description()));
  data.set("dialogue_lang", dialogue.language_code().empty() ? "en" : dialogue.language_code());
  data.set("state_text", Optional(StateText(dialogue, reader)));
  data.set("texts", ScriptTexts(reader));
  return data;
}

class DialoguePages {
 public:
  explicit DialoguePages(const Kit& kit) : kit_(kit) {}

  // Refuses a client that tried too many links that do not work.
  bool Refused(const Request& request, const Reply& reply) const {
    if (kit_.guesses.MayTry(request.client)) return false;
    reply(RefusalPage(Reader::Of(request), 429));
    return true;
  }

  void ShowLobby(const RequestPtr& request, const Reply& reply) const {
    dialogues::v1::GetLobbyRequest ask;
    ask.set_join_token(TokenOf(*request));
    kit_.calls.Ask(kit_.calls.seats(), &SeatStub::GetLobby, ask,
                   [this, request, reply](const absl::StatusOr<Dialogue>& found) {
                     if (!found.ok()) return Fail(*request, found.status(), reply);
                     reply(LobbyPage(*request, *found));
                   });
  }

  void Join(const RequestPtr& request, const Reply& reply) const {
    const std::optional<Fields> fields = ReadFields(*request, reply);
    if (!fields.has_value()) return;
    const Reader reader = Reader::Of(*request);
    dialogues::v1::JoinRequest join;
    join.set_join_token(TokenOf(*request));
    join.set_seat_id(std::string(Find(*fields, "seat_id")));
    join.set_stakeholder_type(std::string(Find(*fields, "stakeholder_type")));
    join.set_display_name(std::string(Find(*fields, "display_name")));
    join.set_language_code(std::string(reader.tag()));
    kit_.calls.Ask(kit_.calls.seats(), &SeatStub::Join, join,
                   [this, request, reply](const absl::StatusOr<JoinResponse>& joined) {
                     if (!joined.ok()) return Fail(*request, joined.status(), reply);
                     reply(SeeOther(*request, absl::StrCat("/d/", PercentEncode(joined->token()))));
                   });
  }

  void ShowSeat(const RequestPtr& request, const Reply& reply) const {
    WithSeat(request, reply, [this, request, reply](const Seat& seat) {
      if (!IsUnderWay(seat.dialogue()) || seat.participant().viewer()) {
        return reply(SeatPage(*request, seat, {}));
      }
      dialogues::v1::NextStatementRequest next;
      next.set_token(TokenOf(*request));
      kit_.calls.Ask(
          kit_.calls.seats(), &SeatStub::NextStatement, next,
          [this, request, reply, seat](const absl::StatusOr<NextStatementResponse>& drawn) {
            if (!drawn.ok()) return Fail(*request, drawn.status(), reply);
            reply(SeatPage(*request, seat, *drawn));
          });
    });
  }

  void SeatAsJson(const RequestPtr& request, const Reply& reply) const {
    WithSeat(request, reply, [reply](const Seat& seat) { reply(Json(seat)); });
  }

  void Vote(const RequestPtr& request, const Reply& reply) const {
    Act<CastVoteResponse>(request, reply, &SeatStub::CastVote, ReadVote);
  }
  void Next(const RequestPtr& request, const Reply& reply) const {
    Act<NextStatementResponse>(request, reply, &SeatStub::NextStatement, ReadNext);
  }
  void CastBallot(const RequestPtr& request, const Reply& reply) const {
    Act<CastBallotResponse>(request, reply, &SeatStub::CastBallot, ReadBallot);
  }
  void Write(const RequestPtr& request, const Reply& reply) const {
    Act<Statement>(request, reply, &SeatStub::WriteStatement, ReadStatement);
  }
  // Also takes the wish back: kind=none.
  void Speak(const RequestPtr& request, const Reply& reply) const {
    const std::optional<Fields> fields = ReadFields(*request, reply);
    if (!fields.has_value()) return;
    if (Find(*fields, "kind") != "none") {
      return Act<SpeakerRequest>(request, reply, &SeatStub::AskToSpeak, ReadSpeaking);
    }
    Act<google::protobuf::Empty>(request, reply, &SeatStub::CancelSpeaking, [](const Fields&) {
      return std::optional<dialogues::v1::CancelSpeakingRequest>(std::in_place);
    });
  }

  void WatchSeat(const RequestPtr& request, const Reply& reply) const {
    WithSeat(request, reply, [this, request, reply](const Seat& seat) {
      reply(Watch(*request, seat.dialogue().name()));
    });
  }

  void WatchStage(const RequestPtr& request, const Reply& reply) const {
    WithPresentation(request, reply, [this, request, reply](const Presentation& stage) {
      reply(Watch(*request, stage.dialogue().name()));
    });
  }

  void ShowStage(const RequestPtr& request, const Reply& reply) const {
    WithPresentation(request, reply, [this, request, reply](const Presentation& stage) {
      reply(StagePage(*request, stage));
    });
  }

  void ShowReport(const RequestPtr& request, const Reply& reply) const {
    dialogues::v1::ReadReportRequest read;
    read.set_token(TokenOf(*request));
    kit_.calls.Ask(kit_.calls.seats(), &SeatStub::ReadReport, read,
                   [this, request, reply](const absl::StatusOr<RenderReportResponse>& report) {
                     if (!report.ok()) return Fail(*request, report.status(), reply);
                     Answer answer{.content_type = report->content_type(), .body = report->data()};
                     answer.headers.emplace_back("Content-Security-Policy", kReportPolicy);
                     reply(std::move(answer));
                   });
  }

 private:
  static std::optional<Fields> ReadFields(const Request& request, const Reply& reply) {
    std::optional<Fields> fields;
    if (MediaType(request.content_type) != "application/x-www-form-urlencoded") {
      reply(RefusalPage(Reader::Of(request), 415));
      return std::nullopt;
    }
    fields = ParseForm(request.body);
    if (!fields.has_value()) reply(RefusalPage(Reader::Of(request), 400));
    return fields;
  }

  static std::optional<dialogues::v1::WriteStatementRequest> ReadStatement(const Fields& fields) {
    dialogues::v1::WriteStatementRequest write;
    write.set_text(std::string(Find(fields, "text")));
    write.set_request_id(std::string(Find(fields, "request_id")));
    return write;
  }

  void CountGuess(const Request& request, const absl::Status& error) const {
    if (absl::IsPermissionDenied(error) || absl::IsInvalidArgument(error) ||
        absl::IsNotFound(error)) {
      kit_.guesses.Wrong(request.client);
    }
  }

  void Fail(const Request& request, const absl::Status& error, const Reply& reply) const {
    CountGuess(request, error);
    reply(ErrorPage(Reader::Of(request), error, By::kLink));
  }

  // A script shows the text where it stands; without one it is a page.
  static Answer Refuse(const Request& request, const absl::Status& error, bool live) {
    const Reader reader = Reader::Of(request);
    const Refusal refusal = RefusalOf(error);
    const std::string text(reader.Say(absl::StrCat("room_", refusal.key)));
    if (live) {
      google::protobuf::Struct body;
      (*body.mutable_fields())["error"].set_string_value(text);
      return Json(body, refusal.status);
    }
    Data data;
    data.set("text", text);
    data.set("back", absl::StrCat("/d/", TokenOf(request)));
    return Render(reader, {.name = "refusal",
                           .title = text,
                           .data = data,
                           .status = refusal.status,
                           .is_private = true});
  }

  // Reads a form, asks in the name of the seat, and answers a script with what came of it, and a
  // form with the page that it was on.
  template <typename Response, typename Ask, typename Read>
  void Act(const RequestPtr& request, const Reply& reply,
           void (SeatStub::*method)(grpc::ClientContext*, const Ask*, Response*,
                                    std::function<void(grpc::Status)>),
           Read read) const {
    const std::optional<Fields> fields = ReadFields(*request, reply);
    if (!fields.has_value()) return;
    std::optional<Ask> ask = read(*fields);
    if (!ask.has_value()) return reply(RefusalPage(Reader::Of(*request), 400));
    ask->set_token(TokenOf(*request));
    kit_.calls.Ask(
        kit_.calls.seats(), method, *std::move(ask),
        [this, request, reply, live = IsLive(*fields)](const absl::StatusOr<Response>& done) {
          if (!done.ok()) {
            if (absl::IsPermissionDenied(done.status())) CountGuess(*request, done.status());
            return reply(Refuse(*request, done.status(), live));
          }
          if (live) return reply(Json(*done));
          reply(SeeOther(*request, absl::StrCat("/d/", TokenOf(*request))));
        });
  }

  template <typename Then>
  void WithSeat(const RequestPtr& request, const Reply& reply, Then then) const {
    dialogues::v1::GetSeatRequest ask;
    ask.set_token(TokenOf(*request));
    kit_.calls.Ask(kit_.calls.seats(), &SeatStub::GetSeat, ask,
                   [this, request, reply, then](const absl::StatusOr<Seat>& seat) {
                     if (!seat.ok()) return Fail(*request, seat.status(), reply);
                     then(*seat);
                   });
  }

  template <typename Then>
  void WithPresentation(const RequestPtr& request, const Reply& reply, Then then) const {
    dialogues::v1::GetPresentationRequest ask;
    ask.set_presenter_token(TokenOf(*request));
    kit_.calls.Ask(kit_.calls.seats(), &SeatStub::GetPresentation, ask,
                   [this, request, reply, then](const absl::StatusOr<Presentation>& stage) {
                     if (!stage.ok()) return Fail(*request, stage.status(), reply);
                     then(*stage);
                   });
  }

  Answer Watch(const Request& request, const std::string& dialogue) const {
    Answer answer{.content_type = "text/event-stream"};
    answer.headers.emplace_back("X-Accel-Buffering", "no");
    answer.follow = [this, dialogue, token = TokenOf(request),
                     last = request.last_event_id](const std::shared_ptr<EventStream>& browser) {
      if (!kit_.rooms.Join(dialogue, token, last, browser)) browser->End();
    };
    return answer;
  }

  static Answer LobbyPage(const Request& request, const Dialogue& dialogue) {
    const Reader reader = Reader::Of(request, dialogue.language_code());
    const std::string self = absl::StrCat("/j/", TokenOf(request));
    Data data = ViewOf(dialogue, reader, self);
    data.set("open", Flag(IsUnderWay(dialogue)));
    data.set("types", Types(dialogue));
    data.set("names_shown", Flag(dialogue.names_shown()));
    // Sent twice, the form takes one seat.
    data.set("seat_id", resource::Uid::FromBytes(resource::RandomBytes(16))->ToUuid());
    return Render(reader, {.name = "join",
                           .title = dialogue.title(),
                           .data = data,
                           .path = self,
                           .is_private = true,
                           .module = "join"});
  }

  static Answer SeatPage(const Request& request, const Seat& seat,
                         const NextStatementResponse& next) {
    const Dialogue& dialogue = seat.dialogue();
    const std::string& own = seat.participant().language_code();
    const Reader reader = Reader::Of(request, own.empty() ? dialogue.language_code() : own);
    const std::string self = absl::StrCat("/d/", TokenOf(request));
    const bool acts = IsUnderWay(dialogue) && !seat.participant().viewer();
    Data data = ViewOf(dialogue, reader, self);
    data.set("pseudonym", seat.participant().pseudonym());
    data.set("acts", Flag(acts));
    data.set("watches", Flag(seat.participant().viewer()));
    data.set("writes", Flag(acts && !dialogue.statements_closed()));
    data.set("published", Flag(dialogue.state() == Dialogue::PUBLISHED));
    data.set("request_id", resource::Uid::FromBytes(resource::RandomBytes(16))->ToUuid());
    data.set("has_card", Flag(next.has_statement()));
    data.set("card", StatementView(next.statement(), dialogue, reader));
    data.set("left", reader.Say("room_vote_left", {absl::StrCat(next.remaining_count())}));
    return Render(reader, {.name = "dialogue",
                           .title = dialogue.title(),
                           .data = data,
                           .path = self,
                           .is_private = true,
                           .module = "seat"});
  }

  Answer StagePage(const Request& request, const Presentation& stage) const {
    const Dialogue& dialogue = stage.dialogue();
    const Reader reader = Reader::Of(request, dialogue.language_code());
    const std::string self = absl::StrCat("/p/", TokenOf(request));
    const std::string join =
        stage.join_token().empty() ? "" : absl::StrCat(kit_.public_url, "/j/", stage.join_token());
    Data data = ViewOf(dialogue, reader, self);
    data.set("join", Optional(join));
    data.set("qr", join.empty() ? "" : QrCodeSvg(join, reader.Say("room_stage_join")));
    return Render(reader, {.name = "presenter",
                           .title = dialogue.title(),
                           .data = data,
                           .path = self,
                           .is_private = true,
                           .module = "stage"});
  }

  const Kit kit_;
};

}  // namespace

void AddDialoguePages(const Kit& kit, Router& router) {
  const auto pages = std::make_shared<const DialoguePages>(kit);
  const auto add = [&](const char* method, absl::string_view pattern,
                       void (DialoguePages::*show)(const RequestPtr&, const Reply&) const) {
    router.Add(method, pattern, [pages, show](const RequestPtr& request, const Reply& reply) {
      // Whatever comes of it is neither kept nor found.
      const Reply unfindable(
          [reply](Answer answer) {
            if (!Has(answer.headers, "X-Robots-Tag")) {
              answer.headers.emplace_back("X-Robots-Tag", "noindex, nofollow");
            }
            reply(std::move(answer));
          },
          [request] { return RefusalPage(Reader::Of(*request), 500); });
      if (!pages->Refused(*request, unfindable)) (pages.get()->*show)(request, unfindable);
    });
  };
  add("GET", "/j/{token}", &DialoguePages::ShowLobby);
  add("POST", "/j/{token}", &DialoguePages::Join);
  add("GET", "/d/{token}", &DialoguePages::ShowSeat);
  add("GET", "/d/{token}/seat", &DialoguePages::SeatAsJson);
  add("GET", "/d/{token}/events", &DialoguePages::WatchSeat);
  add("GET", "/d/{token}/report", &DialoguePages::ShowReport);
  add("POST", "/d/{token}/votes", &DialoguePages::Vote);
  add("POST", "/d/{token}/next", &DialoguePages::Next);
  add("POST", "/d/{token}/statements", &DialoguePages::Write);
  add("POST", "/d/{token}/speaking", &DialoguePages::Speak);
  add("POST", "/d/{token}/ballots", &DialoguePages::CastBallot);
  add("GET", "/p/{token}", &DialoguePages::ShowStage);
  add("GET", "/p/{token}/events", &DialoguePages::WatchStage);
}

}  // namespace colloquy::web
