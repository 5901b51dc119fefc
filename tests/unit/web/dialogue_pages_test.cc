#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/web/dialogue_forms.h"
#include "services/web/qr_code.h"
#include "tests/unit/web/fake_services.h"

namespace colloquy::web {
namespace {

using dialogues::v1::Dialogue;
using errors::ErrorReason;
using testing::HasSubstr;
using testing::Not;

class DialoguePagesTest : public SiteTest {
 protected:
  ~DialoguePagesTest() override { seats_.Stop(); }
};

TEST_F(DialoguePagesTest, TheLobbyTakesASeatOnceHoweverOftenItsFormIsSent) {
  const Received lobby = Get("/j/join");
  EXPECT_EQ(lobby.status, 200);
  EXPECT_THAT(lobby.body, HasSubstr("Sensors &lt;for&gt; cities"));
  EXPECT_THAT(lobby.body, HasSubstr("value=\"research\""));
  EXPECT_THAT(lobby.headers.at("content-security-policy"), HasSubstr("script-src 'self'"));
  EXPECT_THAT(lobby.headers.at("x-robots-tag"), HasSubstr("noindex"));
  const size_t at = lobby.body.find("name=\"seat_id\" value=\"");
  ASSERT_NE(at, std::string::npos);
  const std::string seat = lobby.body.substr(at + 22, 36);
  EXPECT_NE(Get("/j/join").body.find("name=\"seat_id\""), std::string::npos);
  EXPECT_THAT(Get("/j/join").body, Not(HasSubstr(seat))) << "everybody gets a seat of their own";
  const Received joined =
      Post("/j/join?lang=de", absl::StrCat("stakeholder_type=research&seat_id=", seat));
  EXPECT_EQ(joined.status, 303);
  EXPECT_EQ(joined.headers.at("location"), "/d/seat?lang=de");
  EXPECT_EQ(seats_.joined.seat_id(), seat);
  EXPECT_EQ(seats_.joined.join_token(), "join");
  EXPECT_EQ(seats_.joined.stakeholder_type(), "research");
  EXPECT_EQ(seats_.joined.language_code(), "de");
}

TEST_F(DialoguePagesTest, ASeatVotesWithoutAScript) {
  const Received page = Get("/d/seat");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("Noise &lt;b&gt;matters&lt;/b&gt;"));
  EXPECT_THAT(page.body, HasSubstr("name=\"statement\" value=\"7\""));
  EXPECT_THAT(page.body, HasSubstr("2 left"));
  EXPECT_THAT(Get("/d/seat?lang=de").body, HasSubstr("lang=\"de\">Lärm zählt"));
  const Received voted = Post("/d/seat/votes", "statement=7&value=disagree");
  EXPECT_EQ(voted.status, 303);
  EXPECT_EQ(voted.headers.at("location"), "/d/seat");
  EXPECT_EQ(seats_.voted.token(), "seat");
  EXPECT_EQ(seats_.voted.statement(), 7);
  EXPECT_EQ(seats_.voted.value(), dialogues::v1::DISAGREE);
}

TEST_F(DialoguePagesTest, ScriptsGetJson) {
  EXPECT_THAT(Get("/d/seat/seat").body, HasSubstr("\"pseudonym\":\"Participant 12\""));
  const Received voted = Post("/d/seat/votes", "statement=7&value=agree&live=1");
  EXPECT_EQ(voted.status, 200);
  EXPECT_EQ(voted.headers.at("content-type"), "application/json");
  EXPECT_THAT(voted.body, HasSubstr("\"sequence\":\"5\""));
  EXPECT_THAT(Post("/d/seat/next", "except=1,2&live=1").body, HasSubstr("\"remainingCount\":2"));
  Post("/d/seat/statements", "text=Light&request_id=r&live=1");
  EXPECT_EQ(seats_.written.text(), "Light");
  Post("/d/seat/speaking", "kind=question&topic=why&live=1");
  EXPECT_EQ(seats_.asked.kind(), dialogues::v1::SpeakerRequest::QUESTION);
  Post("/d/seat/speaking", "kind=none&live=1");
  EXPECT_TRUE(seats_.cancelled);
  Post("/d/seat/ballots", "poll=3&entry-0=5&entry-2=1&live=1");
  EXPECT_EQ(seats_.cast.poll(), 3);
  EXPECT_EQ(seats_.cast.ballot().entries_size(), 2);
}

TEST_F(DialoguePagesTest, RefusalsSayWhy) {
  EXPECT_EQ(Post("/d/seat/votes", "statement=7&value=maybe&live=1").status, 400);
  EXPECT_EQ(Post("/d/seat/votes", "value=agree").status, 400);
  seats_.failure = errors::FailedPrecondition(ErrorReason::STATE_INVALID, "x", "closed");
  const Received refused = Post("/d/seat/votes?lang=fr", "statement=7&value=agree&live=1");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("pour le moment"));
  const Received told = Post("/d/seat/statements", "text=x");
  EXPECT_EQ(told.status, 409);
  EXPECT_THAT(told.body, HasSubstr("href=\"/d/seat\""));
  seats_.failure = absl::ResourceExhaustedError("slow down");
  EXPECT_EQ(Post("/d/seat/votes", "statement=7&value=agree&live=1").status, 429);
}

TEST_F(DialoguePagesTest, WhatIsClosedOrOnlyWatchedHasNoForms) {
  seats_.seat.mutable_participant()->set_viewer(true);
  EXPECT_THAT(Get("/d/seat").body, Not(HasSubstr("<form")));
  seats_.seat.mutable_participant()->set_viewer(false);
  seats_.dialogue.set_state(Dialogue::PUBLISHED);
  const std::string page = Get("/d/seat").body;
  EXPECT_THAT(page, Not(HasSubstr("<form")));
  EXPECT_THAT(page, HasSubstr("/d/seat/report"));
  const Received report = Get("/d/seat/report");
  EXPECT_THAT(report.body, HasSubstr("Report"));
  EXPECT_THAT(report.headers.at("content-security-policy"), HasSubstr("style-src 'unsafe-inline'"));
  EXPECT_THAT(Get("/j/join").body, Not(HasSubstr("<form")));
}

TEST_F(DialoguePagesTest, LinksThatDoNotWorkAreLimitedAndNotLogged) {
  for (const char* path :
       {"/d/wrong", "/j/wrong", "/p/wrong", "/d/wrong/events", "/p/wrong/events"}) {
    EXPECT_EQ(Get(path).status, 404) << path;
  }
  EXPECT_EQ(Get("/d/seat").status, 429);
  EXPECT_THAT(Logged(), Not(HasSubstr("wrong")));
  EXPECT_THAT(Logged(), HasSubstr("/d/{token}"));
}

TEST_F(DialoguePagesTest, TheStageShowsTheWayIn) {
  const Received page = Get("/p/stage");
  EXPECT_THAT(page.body, HasSubstr(absl::StrCat(site_->public_url(), "/j/join")));
  EXPECT_THAT(page.body, HasSubstr("<svg class=\"qr\""));
  for (const char* path : {"/assets/live.js", "/assets/seat.js", "/assets/stage.js",
                           "/assets/ballot.js", "/assets/join.js"}) {
    const Received script = Get(path);
    EXPECT_THAT(script.headers.at("content-type"), HasSubstr("text/javascript")) << path;
    EXPECT_EQ(script.headers.at("cache-control"), "no-cache") << path;
    EXPECT_EQ(Get(path, absl::StrCat("If-None-Match: ", script.headers.at("etag"), "\r\n")).status,
              304);
  }
}

TEST_F(DialoguePagesTest, BrowsersOfARoomShareOneStream) {
  Client first(site_->port());
  Client second(site_->port());
  ASSERT_TRUE(first.Send("GET /d/seat/events HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_THAT(first.ReadUntil("\"cursor\":\"c1\""), HasSubstr("text/event-stream"));
  ASSERT_TRUE(second.Send("GET /p/stage/events HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_THAT(second.ReadUntil("\"cursor\":\"c1\""), HasSubstr("id: c1"));
  dialogues::v1::RoomUpdate update;
  update.set_cursor("c2");
  update.add_statements()->set_text("</script>");
  seats_.Publish(update);
  EXPECT_THAT(first.ReadUntil("\"cursor\":\"c2\""), Not(HasSubstr("</script>")));
  EXPECT_THAT(second.ReadUntil("\"cursor\":\"c2\""), HasSubstr("id: c2"));
  EXPECT_EQ(seats_.streams_begun(), 1);
}

TEST_F(DialoguePagesTest, ManyBrowsersGetEveryUpdate) {
  constexpr int kBrowsers = 300;
  std::vector<std::unique_ptr<Client>> browsers;
  for (int i = 0; i < kBrowsers; ++i) {
    browsers.push_back(std::make_unique<Client>(site_->port()));
    ASSERT_TRUE(browsers.back()->Send("GET /d/seat/events HTTP/1.1\r\nHost: x\r\n\r\n"));
  }
  for (const auto& browser : browsers) {
    ASSERT_THAT(browser->ReadUntil("\"cursor\":\"c1\""), HasSubstr("id: c1"));
  }
  // Some vanish. Nobody else is held up, and all are told how many are left.
  browsers.resize(kBrowsers * 2 / 3);
  const std::string left = absl::StrCat("{\"watcherCount\":", browsers.size(), "}");
  EXPECT_THAT(browsers[0]->ReadUntil(left), HasSubstr(left));
  constexpr int kUpdates = 50;
  for (int i = 0; i < kUpdates; ++i) {
    dialogues::v1::RoomUpdate update;
    update.set_cursor(absl::StrCat("u", i, "."));
    update.add_statements()->set_text(std::string(2000, 'x'));
    seats_.Publish(update);
  }
  for (const auto& browser : browsers) {
    for (int i = 0; i < kUpdates; ++i) {
      const std::string id = absl::StrCat("id: u", i, ".\n");
      ASSERT_THAT(browser->ReadUntil(id), HasSubstr(id));
    }
  }
  EXPECT_EQ(seats_.streams_begun(), 1);
}

TEST_F(DialoguePagesTest, TheStreamGoesWithTheLastBrowser) {
  {
    Client browser(site_->port());
    ASSERT_TRUE(browser.Send("GET /d/seat/events HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_THAT(browser.ReadUntil("c1"), HasSubstr("c1"));
    EXPECT_TRUE(seats_.AwaitStreams(1));
  }
  EXPECT_TRUE(seats_.AwaitStreams(0));
}

TEST_F(DialoguePagesTest, WhoeverLosesTheLinkIsTold) {
  Client browser(site_->port());
  ASSERT_TRUE(browser.Send("GET /d/seat/events HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_THAT(browser.ReadUntil("c1"), HasSubstr("c1"));
  seats_.Break(errors::PermissionDenied("/colloquy.dialogues.v1.SeatsService/WatchRoom"));
  EXPECT_THAT(browser.ReadUntil("event: gone"), HasSubstr("event: gone"));
  EXPECT_TRUE(browser.Closed());
}

TEST_F(DialoguePagesTest, ADeletedDialogueIsLeftByEverybody) {
  Client first(site_->port());
  Client second(site_->port());
  for (Client* browser : {&first, &second}) {
    ASSERT_TRUE(browser->Send("GET /d/seat/events HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_THAT(browser->ReadUntil("c1"), HasSubstr("c1"));
  }
  seats_.Break(errors::NotFound("colloquy/Dialogue", seats_.dialogue.name()));
  for (Client* browser : {&first, &second}) {
    EXPECT_THAT(browser->ReadUntil("event: gone"), HasSubstr("event: gone"));
    EXPECT_TRUE(browser->Closed());
  }
}

TEST(DialogueFormsTest, BallotsAreReadWhole) {
  const auto pairs = ReadBallot({{"poll", "2"}, {"pair", "0-2"}, {"pair", "1-0"}});
  ASSERT_TRUE(pairs.has_value());
  EXPECT_EQ(pairs->ballot().comparisons(1).winner(), 1);
  for (const Fields& wrong :
       {Fields{{"entry-0", "1"}}, Fields{{"poll", "-1"}}, Fields{{"poll", "1"}, {"pair", "0"}},
        Fields{{"poll", "1"}, {"entry-x", "1"}},
        Fields{{"poll", "1"}, {"entry-0", "9999999999"}}}) {
    EXPECT_FALSE(ReadBallot(wrong).has_value());
  }
  EXPECT_FALSE(ReadNext({{"except", "1,x"}}).has_value());
  EXPECT_FALSE(ReadSpeaking({{"kind", "shout"}}).has_value());
}

TEST(QrCodeTest, IsAPictureWithAName) {
  const std::string code = QrCodeSvg("https://example.org/j/x", "Join \"in\"");
  EXPECT_THAT(code, HasSubstr("aria-label=\"Join &quot;in&quot;\""));
  // Version 2 of 25 modules, with its margin.
  EXPECT_THAT(code, HasSubstr("viewBox=\"0 0 33 33\""));
  EXPECT_EQ(QrCodeSvg(std::string(3000, 'x'), ""), "");
}

}  // namespace
}  // namespace colloquy::web
