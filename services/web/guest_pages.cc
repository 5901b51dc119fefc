// What a link opens: an invitation, a registration, the end of mail. GET shows, POST decides: mail
// scanners follow links.
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/web/http/urls.h"
#include "services/web/pages/errors.h"
#include "services/web/pages/event_view.h"
#include "services/web/pages/form.h"
#include "services/web/pages/reader.h"
#include "services/web/pages/render.h"
#include "services/web/routes.h"

namespace colloquy::web {
namespace {

using events::v1::Event;
using events::v1::ExportCalendarRequest;
using events::v1::ExportCalendarResponse;
using registrations::v1::AcceptInvitationRequest;
using registrations::v1::AcceptInvitationResponse;
using registrations::v1::DeclineInvitationRequest;
using registrations::v1::Invitation;
using registrations::v1::Registration;
using registrations::v1::ResolveInvitationRequest;
using registrations::v1::ResolveInvitationResponse;
using registrations::v1::ResolveRegistrationRequest;
using registrations::v1::ResolveRegistrationResponse;
using registrations::v1::UnsubscribeRequest;
using registrations::v1::WithdrawRegistrationRequest;
using GuestStub = Calls::Guests::async_interface;
using RequestPtr = std::shared_ptr<const Request>;

// For whoever subscribed to a registration that has no seat: the entry goes away.
constexpr char kEmptyCalendar[] =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Colloquy//Colloquy//EN\r\nMETHOD:PUBLISH\r\n"
    "END:VCALENDAR\r\n";

std::string TokenOf(const Request& request) { return std::string(Find(request.captures, "token")); }

std::string NameOf(const registrations::v1::Attendee& person) {
  std::vector<std::string> parts;
  for (const std::string& part : {person.title(), person.given_name(), person.family_name()}) {
    if (!part.empty()) parts.push_back(part);
  }
  return absl::StrJoin(parts, " ");
}

// Only ever to a path of this site, with the language that the reader had chosen.
Answer SeeOther(const Request& request, absl::string_view path) {
  const absl::string_view language = Find(request.query, "lang");
  Answer answer{.status = 303, .content_type = "text/plain; charset=utf-8"};
  answer.headers.emplace_back(
      "Location", absl::StrCat(path, language.empty() ? "" : "?lang=", PercentEncode(language)));
  return answer;
}

bool IsOver(const Event& event) {
  return event.state() == Event::CANCELLED || event.state() == Event::COMPLETED ||
         event.state() == Event::ARCHIVED;
}

bool IsUnanswered(Invitation::State state) {
  return state == Invitation::CREATED || state == Invitation::QUEUED || state == Invitation::SENT ||
         state == Invitation::OPTED_OUT;
}

// How an answer stands, as the box on top of the page says it.
struct Notice {
  absl::string_view tone;  // of style.css
  absl::string_view title;
  absl::string_view text;
};

Notice NoticeOf(Registration::State state) {
  switch (state) {
    case Registration::CONFIRMED:
      return {"good", "confirmed_title", "confirmed_text"};
    case Registration::WAITLISTED:
      return {"wait", "waiting_title", "waiting_text"};
    case Registration::PENDING_APPROVAL:
      return {"wait", "pending_title", "pending_text"};
    case Registration::OFFERED:
      return {"good", "offered_title", "offered_text"};
    case Registration::REJECTED:
      return {"bad", "rejected_title", "rejected_text"};
    default:
      return {"", "withdrawn_title", "withdrawn_text"};
  }
}

bool HoldsOrWaits(Registration::State state) {
  return state == Registration::PENDING_APPROVAL || state == Registration::CONFIRMED ||
         state == Registration::WAITLISTED || state == Registration::OFFERED;
}

bool MayWithdraw(const Registration& registration, const Event& event, absl::Time now) {
  if (!HoldsOrWaits(registration.state()) || IsOver(event)) return false;
  if (!event.has_start_time()) return true;
  absl::Time until = FromProto(event.start_time());
  const auto& deadline = event.registration().cancellation();
  if (deadline.has_time()) until = FromProto(deadline.time());
  if (deadline.has_before_start()) until -= absl::Seconds(deadline.before_start().seconds());
  return now < until;
}

std::string CategoryTitle(const Registration& registration, const Event& event,
                          const Reader& reader) {
  for (const auto& category : event.categories()) {
    if (category.id() == registration.category()) {
      return Choose(category.title(), reader, event.default_language()).text;
    }
  }
  return "";
}

class GuestPages {
 public:
  explicit GuestPages(const Kit& kit) : kit_(kit) {}

  // Refuses a client that tried too many links that do not work.
  bool Refused(const Request& request, const Reply& reply) const {
    if (kit_.guesses.MayTry(request.client)) return false;
    reply(RefusalPage(Reader::Of(request), 429));
    return true;
  }

  void ShowInvitation(const RequestPtr& request, const Reply& reply) const {
    Resolve(request, reply, [this, request, reply](const ResolveInvitationResponse& found) {
      reply(InvitationPage(*request, found, {}, {}, 200));
    });
  }

  void Accept(const RequestPtr& request, const Reply& reply) const {
    std::optional<Fields> fields = ReadFields(*request, reply);
    if (!fields.has_value()) return;
    Resolve(request, reply,
            [this, request, reply, given = *std::move(fields)](
                const ResolveInvitationResponse& found) { Accept(request, found, given, reply); });
  }

  void Decline(const RequestPtr& request, const Reply& reply) const {
    const std::optional<Fields> fields = ReadFields(*request, reply);
    if (!fields.has_value()) return;
    DeclineInvitationRequest decline;
    decline.set_token(TokenOf(*request));
    decline.set_reason(std::string(Find(*fields, "reason")));
    kit_.calls.Ask(kit_.calls.guests(), &GuestStub::DeclineInvitation, decline,
                   [this, request, reply](const absl::StatusOr<Invitation>& declined) {
                     if (!declined.ok()) return Fail(*request, declined.status(), reply);
                     reply(SeeOther(*request, absl::StrCat("/i/", TokenOf(*request))));
                   });
  }

  void ShowRegistration(const RequestPtr& request, const Reply& reply) const {
    ResolveRegistration(request, reply,
                        [this, request, reply](const ResolveRegistrationResponse& found) {
                          reply(RegistrationPage(*request, found));
                        });
  }

  void Withdraw(const RequestPtr& request, const Reply& reply) const {
    const std::optional<Fields> fields = ReadFields(*request, reply);
    if (!fields.has_value()) return;
    WithdrawRegistrationRequest withdraw;
    withdraw.set_token(TokenOf(*request));
    withdraw.set_reason(std::string(Find(*fields, "reason")));
    kit_.calls.Ask(kit_.calls.guests(), &GuestStub::WithdrawRegistration, withdraw,
                   [this, request, reply](const absl::StatusOr<Registration>& withdrawn) {
                     if (!withdrawn.ok()) return Fail(*request, withdrawn.status(), reply);
                     reply(SeeOther(*request, absl::StrCat("/r/", TokenOf(*request))));
                   });
  }

  void RegistrationCalendar(const RequestPtr& request, const Reply& reply) const {
    ResolveRegistration(
        request, reply, [this, request, reply](const ResolveRegistrationResponse& found) {
          if (found.registration().state() != Registration::CONFIRMED) {
            return reply({.content_type = "text/calendar; charset=utf-8", .body = kEmptyCalendar});
          }
          Calendar(*request, found, reply);
        });
  }

  void ShowUnsubscribe(const RequestPtr& request, const Reply& reply) const {
    Resolve(request, reply, [request, reply](const ResolveInvitationResponse& found) {
      reply(UnsubscribePage(*request, found));
    });
  }

  // The button of a mail program (RFC 8058) or that of the page.
  void Unsubscribe(const RequestPtr& request, const Reply& reply) const {
    const std::optional<Fields> fields = ReadFields(*request, reply);
    if (!fields.has_value()) return;
    const bool one_click = absl::EqualsIgnoreCase(Find(*fields, "List-Unsubscribe"), "One-Click");
    if (!one_click && !Has(*fields, "confirm")) {
      return reply(RefusalPage(Reader::Of(*request), 400));
    }
    UnsubscribeRequest unsubscribe;
    unsubscribe.set_token(TokenOf(*request));
    kit_.calls.Ask(
        kit_.calls.guests(), &GuestStub::Unsubscribe, unsubscribe,
        [this, request, reply, one_click](const absl::StatusOr<google::protobuf::Empty>& done) {
          if (!done.ok()) return Fail(*request, done.status(), reply);
          // No one looks at the answer to one click, and it must not be a redirect.
          if (one_click) {
            return reply({.content_type = "text/plain; charset=utf-8", .body = "Unsubscribed.\n"});
          }
          reply(SeeOther(*request, absl::StrCat("/u/", TokenOf(*request))));
        });
  }

 private:
  // Answers by itself if there are none to read.
  static std::optional<Fields> ReadFields(const Request& request, const Reply& reply) {
    const std::string type = MediaType(request.content_type);
    std::optional<Fields> fields;
    if (type == "application/x-www-form-urlencoded" || (type.empty() && request.body.empty())) {
      fields = ParseForm(request.body);
    } else if (type == "multipart/form-data") {
      fields = ParseMultipart(request.content_type, request.body);
    } else {
      reply(RefusalPage(Reader::Of(request), 415));
      return std::nullopt;
    }
    if (!fields.has_value()) reply(RefusalPage(Reader::Of(request), 400));
    return fields;
  }

  void Fail(const Request& request, const absl::Status& error, const Reply& reply) const {
    if (absl::IsPermissionDenied(error) || absl::IsInvalidArgument(error) ||
        absl::IsNotFound(error)) {
      kit_.guesses.Wrong(request.client);
    }
    reply(ErrorPage(Reader::Of(request), error, By::kLink));
  }

  // `then` gets the invitation; its guest's own language is known then.
  template <typename Then>
  void Resolve(const RequestPtr& request, const Reply& reply, Then then) const {
    ResolveInvitationRequest resolve;
    resolve.set_token(TokenOf(*request));
    const Reader reader = Reader::Of(*request);
    if (reader.chosen) resolve.add_language_codes(reader.tags[0]);
    kit_.calls.Ask(kit_.calls.guests(), &GuestStub::ResolveInvitation, resolve,
                   [this, request, reply, then = std::move(then)](
                       const absl::StatusOr<ResolveInvitationResponse>& found) {
                     if (!found.ok()) return Fail(*request, found.status(), reply);
                     then(*found);
                   });
  }

  template <typename Then>
  void ResolveRegistration(const RequestPtr& request, const Reply& reply, Then then) const {
    ResolveRegistrationRequest resolve;
    resolve.set_token(TokenOf(*request));
    const Reader reader = Reader::Of(*request);
    if (reader.chosen) resolve.add_language_codes(reader.tags[0]);
    kit_.calls.Ask(kit_.calls.guests(), &GuestStub::ResolveRegistration, resolve,
                   [this, request, reply, then = std::move(then)](
                       const absl::StatusOr<ResolveRegistrationResponse>& found) {
                     if (!found.ok()) return Fail(*request, found.status(), reply);
                     then(*found);
                   });
  }

  void Accept(const RequestPtr& request, const ResolveInvitationResponse& found,
              const Fields& given, const Reply& reply) const {
    const Reader reader = Reader::Of(*request, found.invitation().guest().language_code());
    Mistakes mistakes;
    AcceptInvitationRequest accept =
        ReadForm(found.event(), found.invitation(), given, reader, mistakes);
    if (!mistakes.empty()) return reply(InvitationPage(*request, found, given, mistakes, 400));
    accept.set_token(TokenOf(*request));
    kit_.calls.Ask(
        kit_.calls.guests(), &GuestStub::AcceptInvitation, accept,
        [this, request, reply, reader, found,
         given](const absl::StatusOr<AcceptInvitationResponse>& accepted) {
          if (accepted.ok()) {
            return reply(SeeOther(
                *request, absl::StrCat("/r/", PercentEncode(accepted->registration_token()))));
          }
          const Mistakes wrong = MistakesOf(accepted.status(), found.event(), given, reader);
          if (!wrong.empty()) return reply(InvitationPage(*request, found, given, wrong, 400));
          reply(ErrorPage(reader, accepted.status(), By::kLink));
        });
  }

  Answer InvitationPage(const Request& request, const ResolveInvitationResponse& found,
                        const Fields& given, const Mistakes& mistakes, int status) const {
    const Invitation& invitation = found.invitation();
    const Event& event = found.event();
    const Reader reader = Reader::Of(request, invitation.guest().language_code());
    const std::string self = absl::StrCat("/i/", TokenOf(request));
    Data data = ViewOf(event, reader, /*shows_online_link=*/false);
    data.set("self", self);
    data.set("form", FormOf(event, invitation, given, mistakes, reader));
    const std::string name = NameOf(invitation.guest());
    data.set("dear", Optional(name.empty() ? "" : reader.Say("dear", {name})));
    data.set("invited_by", reader.Say("invited_by", {found.organizer_display_name()}));
    data.set("answer_by",
             Optional(invitation.has_expire_time() && IsUnanswered(invitation.state())
                          ? reader.Say("please_answer_by",
                                       {FormatMoment(reader, FromProto(invitation.expire_time()),
                                                     event.time_zone())})
                          : ""));
    data.set("seats_reserved", Flag(invitation.reserve_seats()));
    SetAnswer(found, data);
    return Render(reader, {.name = "invitation",
                           .title = std::string(reader.Say("invitation_title")) + ": " +
                                    TitleOf(event, reader),
                           .data = data,
                           .status = status,
                           .organizer = found.organizer_display_name(),
                           .path = self,
                           .is_private = true});
  }

  // How the invitation was answered, and what can still be done.
  static void SetAnswer(const ResolveInvitationResponse& found, Data& data) {
    const Invitation::State state = found.invitation().state();
    const bool over = IsOver(found.event());
    const bool accepted = state == Invitation::ACCEPTED;
    data.set("accepted", Flag(accepted));
    data.set("registration", Optional(found.registration_token().empty()
                                          ? ""
                                          : absl::StrCat("/r/", found.registration_token())));
    data.set("declined", Flag(state == Invitation::DECLINED));
    data.set("expired", Flag(state == Invitation::EXPIRED));
    data.set("opted_out", Flag(state == Invitation::OPTED_OUT));
    data.set("unanswered", Flag(IsUnanswered(state)));
    const bool acceptable = found.acceptable() && !accepted;
    data.set("acceptable", Flag(acceptable));
    data.set("declinable", Flag(IsUnanswered(state) && !over));
    data.set("closed", Flag(!acceptable && IsUnanswered(state) && !over));
  }

  Answer RegistrationPage(const Request& request, const ResolveRegistrationResponse& found) const {
    const Registration& registration = found.registration();
    const Event& event = found.event();
    const Reader reader = Reader::Of(request, registration.attendee().language_code());
    const bool confirmed = registration.state() == Registration::CONFIRMED;
    const std::string self = absl::StrCat("/r/", TokenOf(request));
    Data data = ViewOf(event, reader, /*shows_online_link=*/confirmed);
    const Notice notice = NoticeOf(registration.state());
    data.set("self", self);
    data.set("tone", std::string(notice.tone));
    data.set("notice_title", std::string(reader.Say(notice.title)));
    data.set("notice_text", std::string(reader.Say(notice.text)));
    data.set("position", Optional(registration.waiting_position() > 0
                                      ? reader.Say("waiting_position",
                                                   {absl::StrCat(registration.waiting_position())})
                                      : ""));
    data.set("person", Optional(NameOf(registration.attendee())));
    data.set("people", absl::StrCat(std::max(1, registration.party_size())));
    data.set("ticket", Optional(CategoryTitle(registration, event, reader)));
    data.set("code", Optional(registration.check_in_code()));
    data.set("calendar", Optional(confirmed ? absl::StrCat(self, ".ics") : ""));
    data.set("withdrawable", Flag(MayWithdraw(registration, event, kit_.now())));
    return Render(reader,
                  {.name = "registration",
                   .title = std::string(reader.Say(notice.title)) + ": " + TitleOf(event, reader),
                   .data = data,
                   .organizer = found.organizer_display_name(),
                   .path = self,
                   .is_private = true});
  }

  static Answer UnsubscribePage(const Request& request, const ResolveInvitationResponse& found) {
    const Reader reader = Reader::Of(request, found.invitation().guest().language_code());
    const std::string self = absl::StrCat("/u/", TokenOf(request));
    const bool done = found.invitation().state() == Invitation::OPTED_OUT;
    Data data;
    data.set("self", self);
    data.set("done", Flag(done));
    data.set("text", reader.Say(done ? "unsubscribed_text" : "unsubscribe_text",
                                {found.organizer_display_name()}));
    data.set("event_title", Optional(TitleOf(found.event(), reader)));
    return Render(
        reader,
        {.name = "unsubscribe",
         .title = std::string(reader.Say(done ? "unsubscribed_title" : "unsubscribe_title")),
         .data = data,
         .organizer = found.organizer_display_name(),
         .path = self,
         .is_private = true});
  }

  // Asked as the web service: who is confirmed may see an event that the public does not.
  void Calendar(const Request& request, const ResolveRegistrationResponse& found,
                const Reply& reply) const {
    ExportCalendarRequest ask;
    const std::string& name = found.event().name();
    ask.set_parent(name.substr(0, name.find("/events/")));
    ask.add_names(name);
    const Reader reader = Reader::Of(request, found.registration().attendee().language_code());
    ask.set_language_code(reader.tags.empty() ? "" : reader.tags[0]);
    kit_.calls.Ask(
        kit_.calls.events(), &Calls::Events::async_interface::ExportCalendar, ask,
        [reader, reply](const absl::StatusOr<ExportCalendarResponse>& answer) {
          if (!answer.ok()) return reply(ErrorPage(reader, answer.status(), By::kLink));
          reply({.content_type = answer->content_type(), .body = answer->content()});
        },
        As::kWeb);
  }

  const Kit kit_;
};

}  // namespace

void AddGuestPages(const Kit& kit, Router& router) {
  const auto pages = std::make_shared<const GuestPages>(kit);
  const auto add = [&](const char* method, absl::string_view pattern,
                       void (GuestPages::*show)(const RequestPtr&, const Reply&) const) {
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
  add("GET", "/i/{token}", &GuestPages::ShowInvitation);
  add("POST", "/i/{token}/accept", &GuestPages::Accept);
  add("POST", "/i/{token}/decline", &GuestPages::Decline);
  add("GET", "/r/{token}", &GuestPages::ShowRegistration);
  add("GET", "/r/{token}.ics", &GuestPages::RegistrationCalendar);
  add("POST", "/r/{token}/withdraw", &GuestPages::Withdraw);
  add("GET", "/u/{token}", &GuestPages::ShowUnsubscribe);
  add("POST", "/u/{token}", &GuestPages::Unsubscribe);
}

}  // namespace colloquy::web
