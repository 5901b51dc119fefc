// What anybody may see: events that are published, lists of them, their calendars.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/web/http/urls.h"
#include "services/web/pages/errors.h"
#include "services/web/pages/event_view.h"
#include "services/web/pages/reader.h"
#include "services/web/pages/render.h"
#include "services/web/routes.h"

namespace colloquy::web {
namespace {

using access::v1::GetOrganizerRequest;
using access::v1::Organizer;
using events::v1::Event;
using events::v1::ExportCalendarRequest;
using events::v1::ExportCalendarResponse;
using events::v1::GetEventRequest;
using events::v1::ListEventsRequest;
using events::v1::ListEventsResponse;
using events::v1::ListSessionsRequest;
using events::v1::ListSessionsResponse;
using RequestPtr = std::shared_ptr<const Request>;

constexpr int kEventsOnAPage = 50;
constexpr int kMaxSessions = 500;

std::string OrganizerName(const Request& request) {
  return absl::StrCat("organizers/", Find(request.captures, "organizer"));
}

std::string EventName(const Request& request) {
  return absl::StrCat(OrganizerName(request), "/events/", Find(request.captures, "event"));
}

// What is not over. By the day, so that the pages of one list have one filter.
std::string Upcoming(absl::Time now) {
  return absl::StrCat("end_time >= \"",
                      absl::FormatTime("%Y-%m-%dT00:00:00Z", now, absl::UTCTimeZone()), "\"");
}

// Calendars differ from one asking to the next in the time of asking only.
std::string WithoutStamps(absl::string_view calendar) {
  std::vector<absl::string_view> lines = absl::StrSplit(calendar, "\r\n");
  const auto stamped = [](absl::string_view line) { return absl::StartsWith(line, "DTSTAMP"); };
  lines.erase(std::remove_if(lines.begin(), lines.end(), stamped), lines.end());
  return absl::StrJoin(lines, "\n");
}

class PublicPages {
 public:
  explicit PublicPages(const Kit& kit) : kit_(kit) {}

  void Landing(const RequestPtr& request, const Reply& reply) const {
    const Reader reader = Reader::Of(*request);
    ListEvents("organizers/-", *request, reply, [reader](Data& data) {
      data.set("heading", std::string(reader.Say("landing_title")));
      data.set("text", std::string(reader.Say("landing_text")));
      data.set("calendar", Flag(false));
      return std::string();
    });
  }

  void EventsOfOrganizer(const RequestPtr& request, const Reply& reply) const {
    AskOrganizer(*request, [this, request, reply](const absl::StatusOr<Organizer>& organizer) {
      const Reader reader = Reader::Of(*request);
      if (!organizer.ok()) return reply(ErrorPage(reader, organizer.status(), By::kAddress));
      const std::string name = organizer->display_name();
      const std::string calendar = absl::StrCat(request->path, ".ics");
      ListEvents(OrganizerName(*request), *request, reply,
                 [this, reader, name, calendar](Data& data) {
                   data.set("heading", reader.Say("organizer_title", {name}));
                   data.set("text", Flag(false));
                   data.set("calendar", calendar);
                   data.set("webcal", Webcal(calendar));
                   return name;
                 });
    });
  }

  void OneEvent(const RequestPtr& request, const Reply& reply) const {
    GetEventRequest get;
    get.set_name(EventName(*request));
    kit_.calls.Ask(kit_.calls.events(), &Calls::Events::async_interface::GetEvent, get,
                   [this, request, reply](const absl::StatusOr<Event>& event) {
                     if (!event.ok()) {
                       return reply(ErrorPage(Reader::Of(*request), event.status(), By::kAddress));
                     }
                     WithSessions(request, *event, reply);
                   });
  }

  void EventCalendar(const RequestPtr& request, const Reply& reply) const {
    ExportCalendarRequest ask;
    ask.set_parent(OrganizerName(*request));
    ask.add_names(EventName(*request));
    ask.set_include_sessions(true);
    Calendar(std::move(ask), request, reply);
  }

  void OrganizerCalendar(const RequestPtr& request, const Reply& reply) const {
    AskOrganizer(*request, [this, request, reply](const absl::StatusOr<Organizer>& organizer) {
      if (!organizer.ok()) {
        return reply(ErrorPage(Reader::Of(*request), organizer.status(), By::kAddress));
      }
      ExportCalendarRequest ask;
      ask.set_parent(OrganizerName(*request));
      Calendar(std::move(ask), request, reply);
    });
  }

  void SeriesCalendar(const RequestPtr& request, const Reply& reply) const {
    ExportCalendarRequest ask;
    ask.set_parent(OrganizerName(*request));
    ask.set_filter(absl::StrCat("series = \"", EventName(*request), "\""));
    Calendar(std::move(ask), request, reply);
  }

 private:
  std::string Webcal(const std::string& path) const {
    absl::string_view base = kit_.public_url;
    if (!absl::ConsumePrefix(&base, "https://")) absl::ConsumePrefix(&base, "http://");
    return absl::StrCat("webcal://", base, path);
  }

  // Only its name is shown, and only with what it has made public.
  template <typename Done>
  void AskOrganizer(const Request& request, Done done) const {
    GetOrganizerRequest get;
    get.set_name(OrganizerName(request));
    kit_.calls.Ask(kit_.calls.access(), &Calls::Access::async_interface::GetOrganizer, get,
                   std::move(done), As::kWeb);
  }

  // `describe` fills what stands above the list, and gives the organizer's name.
  template <typename Describe>
  void ListEvents(const std::string& parent, const Request& request, const Reply& reply,
                  Describe describe) const {
    ListEventsRequest list;
    list.set_parent(parent);
    list.set_page_size(kEventsOnAPage);
    list.set_page_token(std::string(Find(request.query, "page")));
    list.set_filter(Upcoming(kit_.now()));
    const auto copy = std::make_shared<const Request>(request);
    kit_.calls.Ask(kit_.calls.events(), &Calls::Events::async_interface::ListEvents, list,
                   [copy, reply, describe](const absl::StatusOr<ListEventsResponse>& answer) {
                     const Reader reader = Reader::Of(*copy);
                     if (!answer.ok())
                       return reply(ErrorPage(reader, answer.status(), By::kAddress));
                     Data data;
                     const std::string organizer = describe(data);
                     Data entries = List();
                     for (const Event& event : answer->events())
                       entries.push_back(EntryOf(event, reader));
                     data.set("entries", entries);
                     data.set("none", Flag(answer->events().empty()));
                     data.set("next", Optional(NextPage(*copy, answer->next_page_token())));
                     const std::string title = data.get("heading")->string_value();
                     Answer page = Render(reader, {.name = "list",
                                                   .title = title,
                                                   .data = data,
                                                   .organizer = organizer,
                                                   .path = copy->path});
                     const std::string body = page.body;
                     reply(Cacheable(std::move(page), body, *copy));
                   });
  }

  static std::string NextPage(const Request& request, const std::string& token) {
    if (token.empty()) return "";
    Fields query;
    if (Has(request.query, "lang"))
      query.emplace_back("lang", std::string(Find(request.query, "lang")));
    query.emplace_back("page", token);
    return absl::StrCat(request.path, "?", FormatForm(query));
  }

  void WithSessions(const RequestPtr& request, const Event& event, const Reply& reply) const {
    ListSessionsRequest list;
    list.set_parent(event.name());
    list.set_page_size(kMaxSessions);
    kit_.calls.Ask(
        kit_.calls.events(), &Calls::Events::async_interface::ListSessions, list,
        [this, request, event, reply](const absl::StatusOr<ListSessionsResponse>& sessions) {
          if (!sessions.ok()) {
            return reply(ErrorPage(Reader::Of(*request), sessions.status(), By::kAddress));
          }
          WithOrganizer(request, event, {sessions->sessions().begin(), sessions->sessions().end()},
                        reply);
        });
  }

  void WithOrganizer(const RequestPtr& request, const Event& event,
                     std::vector<events::v1::Session> sessions, const Reply& reply) const {
    AskOrganizer(*request, [this, request, event, sessions = std::move(sessions),
                            reply](const absl::StatusOr<Organizer>& organizer) {
      if (!organizer.ok()) {
        return reply(ErrorPage(Reader::Of(*request), organizer.status(), By::kAddress));
      }
      ShowEvent(*request, event, sessions, organizer->display_name(), reply);
    });
  }

  void ShowEvent(const Request& request, const Event& event,
                 const std::vector<events::v1::Session>& sessions, const std::string& organizer,
                 const Reply& reply) const {
    const Reader reader = Reader::Of(request);
    Data data = ViewOf(event, reader, /*shows_online_link=*/false);
    const std::string calendar = absl::StrCat(request.path, ".ics");
    data.set("calendar", calendar);
    data.set("webcal", Webcal(calendar));
    const std::string series = PathOf(event.series());
    data.set("series",
             Optional(series.empty() ? "" : absl::StrCat("/s", series.substr(2), ".ics")));
    data.set("has_timetable", Flag(!sessions.empty()));
    data.set("timetable", TimetableOf(event, sessions, reader));
    data.set("all_events", absl::StrCat("/o/", Find(request.captures, "organizer")));
    data.set("all_events_text", reader.Say("back_to_events", {organizer}));
    Answer page = Render(
        reader, {.name = "public_event",
                 .title = TitleOf(event, reader),
                 .data = data,
                 .organizer = organizer,
                 .description = Choose(event.summary(), reader, event.default_language()).text,
                 .path = request.path});
    // Whoever does not know its name shall not find it.
    if (event.visibility() == Event::UNLISTED) page.headers.emplace_back("X-Robots-Tag", "noindex");
    const std::string body = page.body;
    reply(Cacheable(std::move(page), body, request));
  }

  void Calendar(ExportCalendarRequest ask, const RequestPtr& request, const Reply& reply) const {
    const Reader reader = Reader::Of(*request);
    if (!reader.tags.empty()) ask.set_language_code(reader.tags[0]);
    kit_.calls.Ask(
        kit_.calls.events(), &Calls::Events::async_interface::ExportCalendar, std::move(ask),
        [request, reader, reply](const absl::StatusOr<ExportCalendarResponse>& answer) {
          if (!answer.ok()) return reply(ErrorPage(reader, answer.status(), By::kAddress));
          Answer calendar{.content_type = answer->content_type(), .body = answer->content()};
          calendar.headers.emplace_back("Vary", "Accept-Language");
          const std::string body = WithoutStamps(calendar.body);
          reply(Cacheable(std::move(calendar), body, *request));
        });
  }

  const Kit kit_;
};

}  // namespace

void AddPublicPages(const Kit& kit, Router& router) {
  const auto pages = std::make_shared<const PublicPages>(kit);
  const auto get = [&](absl::string_view pattern,
                       void (PublicPages::*show)(const RequestPtr&, const Reply&) const) {
    router.Add("GET", pattern, [pages, show](const RequestPtr& request, const Reply& reply) {
      (pages.get()->*show)(request, reply);
    });
  };
  get("/", &PublicPages::Landing);
  get("/o/{organizer}", &PublicPages::EventsOfOrganizer);
  get("/o/{organizer}.ics", &PublicPages::OrganizerCalendar);
  get("/e/{organizer}/{event}", &PublicPages::OneEvent);
  get("/e/{organizer}/{event}.ics", &PublicPages::EventCalendar);
  get("/s/{organizer}/{event}.ics", &PublicPages::SeriesCalendar);
}

}  // namespace colloquy::web
