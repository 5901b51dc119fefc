#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/web/fake_services.h"

namespace colloquy::web {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using PublicPagesTest = SiteTest;

TEST_F(PublicPagesTest, AnEventHasAPageInThreeLanguages) {
  const Received english = Get("/e/demo/dialogue");
  EXPECT_EQ(english.status, 200);
  EXPECT_THAT(english.body, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(english.body, HasSubstr("<h1>Sensors dialogue</h1>"));
  EXPECT_THAT(english.body, HasSubstr("Friday, 7 May 2027"));
  EXPECT_THAT(english.body, HasSubstr("<li>Morning: needs</li>"));
  EXPECT_THAT(english.body, HasSubstr("Dialogue office"));
  EXPECT_EQ(english.headers.at("vary"), "Accept-Language");
  EXPECT_EQ(english.headers.at("content-language"), "en");

  const Received german = Get("/e/demo/dialogue", "Accept-Language: de-AT, en;q=0.5\r\n");
  EXPECT_THAT(german.body, HasSubstr("<h1>Sensorik-Dialog</h1>"));
  EXPECT_THAT(german.body, HasSubstr("lang=\"en\">What sensors should do."));
  EXPECT_THAT(Get("/e/demo/dialogue?lang=fr").body, HasSubstr("Dialogue de recherche"));
}

TEST_F(PublicPagesTest, WhereOneJoinsOnlineIsNotForThePublic) {
  EXPECT_THAT(Get("/e/demo/dialogue").body, Not(HasSubstr("meet.example.org")));
}

TEST_F(PublicPagesTest, ListsShowWhatIsNotOverPageByPage) {
  events_.next_page_token = "a/b+c";
  const Received page = Get("/o/demo?lang=de&page=xyz");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("Veranstaltungen von Dialogue office"));
  EXPECT_THAT(page.body, HasSubstr("href=\"/e/demo/dialogue?lang=de\""));
  EXPECT_THAT(page.body, HasSubstr("href=\"/o/demo?lang=de&amp;page=a%2Fb%2Bc\""));
  EXPECT_EQ(events_.listed.parent(), "organizers/demo");
  EXPECT_EQ(events_.listed.page_token(), "xyz");
  EXPECT_EQ(events_.listed.filter(), "end_time >= \"2027-01-15T00:00:00Z\"");
  EXPECT_EQ(Get("/").status, 200);
  EXPECT_EQ(events_.listed.parent(), "organizers/-");
  events_.events.clear();
  EXPECT_THAT(Get("/").body, HasSubstr("No public events"));
}

TEST_F(PublicPagesTest, CalendarsAreWhatTheServiceWrites) {
  const Received calendar = Get("/e/demo/dialogue.ics");
  EXPECT_EQ(calendar.status, 200);
  EXPECT_EQ(calendar.headers.at("content-type"), "text/calendar; charset=utf-8");
  EXPECT_THAT(calendar.body, StartsWith("BEGIN:VCALENDAR"));
  EXPECT_THAT(events_.exported.names(), testing::ElementsAre(kEvent));
  EXPECT_EQ(events_.exported_by, "") << "the public sees what anybody sees";
  EXPECT_EQ(Get("/o/demo.ics").status, 200);
  EXPECT_THAT(events_.exported.names(), testing::IsEmpty());
  EXPECT_EQ(Get("/s/demo/dialogue.ics").status, 200);
  EXPECT_EQ(events_.exported.filter(), "series = \"organizers/demo/events/dialogue\"");
}

TEST_F(PublicPagesTest, WhatABrowserHasIsNotSentAgain) {
  for (const char* path : {"/e/demo/dialogue", "/e/demo/dialogue.ics", "/assets/style.css", "/"}) {
    const std::string tag = Get(path).headers.at("etag");
    const Received again = Get(path, "If-None-Match: \"x\", W/" + tag + "\r\n");
    EXPECT_EQ(again.status, 304) << path;
    EXPECT_EQ(again.body, "");
    EXPECT_THAT(again.headers.at("cache-control"), HasSubstr("public"));
    EXPECT_EQ(Get(path, "If-None-Match: \"x\"\r\n").status, 200);
  }
}

TEST_F(PublicPagesTest, WhatIsNotThereIsSaidInTheReadersLanguage) {
  for (const char* path : {"/e/demo/none", "/o/nobody", "/o/nobody.ics", "/x", "/e", "/assets/",
                           "/i/", "/../etc/passwd", "/%2e%2e/x"}) {
    const Received page = Get(path, "Accept-Language: fr\r\n");
    EXPECT_EQ(page.status, 404) << path;
    EXPECT_THAT(page.body, HasSubstr("<html lang=\"")) << path;
  }
  EXPECT_THAT(Get("/x", "Accept-Language: fr\r\n").body, HasSubstr("Il n’y a rien ici"));
}

TEST_F(PublicPagesTest, MethodsAreAnswered) {
  Client client(site_->port());
  const Received head = client.Ask("HEAD", "/e/demo/dialogue");
  EXPECT_EQ(head.status, 200);
  EXPECT_GT(std::stoi(head.headers.at("content-length")), 1000);
  const Received options = client.Ask("OPTIONS", "/u/good");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.at("allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(client.Ask("OPTIONS", "*").status, 204);
  const Received wrong = client.Ask("DELETE", "/e/demo/dialogue");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(client.Get("/healthz").body, "ok\n");
}

TEST_F(PublicPagesTest, EveryAnswerHasTheSecurityHeaders) {
  Client client(site_->port());
  for (const char* path : {"/", "/e/demo/dialogue", "/x", "/assets/style.css", "/healthz",
                           "/i/good", "/i/wrong", "/r/mine", "/r/mine.ics", "/robots.txt"}) {
    const auto headers = client.Get(path).headers;
    EXPECT_THAT(headers.at("content-security-policy"), HasSubstr("default-src 'none'")) << path;
    EXPECT_THAT(headers.at("content-security-policy"), HasSubstr("frame-ancestors 'none'"));
    EXPECT_EQ(headers.at("referrer-policy"), "no-referrer") << path;
    EXPECT_EQ(headers.at("x-content-type-options"), "nosniff") << path;
    EXPECT_EQ(headers.count("set-cookie"), 0u) << path;
  }
  Client malformed(site_->port());
  malformed.Send("nonsense\r\n\r\n");
  const Received refused = malformed.Read();
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.headers.at("content-security-policy"), HasSubstr("default-src 'none'"));
}

// Whatever organisers write is text.
TEST_F(PublicPagesTest, HostileTextsStayText) {
  const std::string hostile[] = {"<script>alert(1)</script>",
                                 "\"><img src=x onerror=alert(1)>",
                                 "'; drop",
                                 "</title></textarea><svg/onload=x>",
                                 "{{{body}}}",
                                 "{{#t}}{{/t}}",
                                 "javascript:alert(1)",
                                 "&lt;b&gt;",
                                 "\xE2\x80\xAE"};
  for (const std::string& text : hostile) {
    events::v1::Event event = SampleEvent();
    for (auto* each :
         {event.mutable_title(), event.mutable_summary(), event.mutable_description()}) {
      (*each->mutable_texts())["en"] = text;
    }
    event.mutable_venue()->set_display_name(text);
    event.mutable_venue()->mutable_address()->set_locality(text);
    event.set_topics(0, text);
    event.set_website_uri(text);
    event.set_contact_email(text);
    event.set_cancel_reason(text);
    event.set_state(events::v1::Event::CANCELLED);
    event.set_languages(0, text);
    events_.events[kEvent] = event;
    access_.display_name = text;
    for (const char* path : {"/e/demo/dialogue", "/o/demo", "/"}) {
      const std::string body = Get(path).body;
      for (const char* raw : {"<script", "<img", "<svg", "</textarea>",
                              "href=\"javascript:", "onerror=alert(1)>\""}) {
        EXPECT_THAT(body, Not(HasSubstr(raw))) << path << " with " << text;
      }
      // The frame is whole, and nothing in it was taken for a template.
      EXPECT_THAT(body, HasSubstr("</main>"));
    }
  }
}

}  // namespace
}  // namespace colloquy::web
