#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "tests/unit/web/fake_services.h"

namespace colloquy::web {
namespace {

using errors::ErrorReason;
using registrations::v1::Invitation;
using registrations::v1::Registration;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kWhole[] = "party_size=2&answer-company=ACME&answer-photos=true";

class GuestPagesTest : public SiteTest {
 protected:
  Invitation& invitation() { return *guests_.invitations["good"].mutable_invitation(); }
  Registration& registration() { return *guests_.registrations["mine"].mutable_registration(); }
};

TEST_F(GuestPagesTest, LookingChangesNothing) {
  const Received page = Get("/i/good");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("cache-control"), "no-store");
  EXPECT_THAT(page.headers.at("x-robots-tag"), HasSubstr("noindex"));
  EXPECT_THAT(page.body, HasSubstr("Dear Ada Abbe,"));
  EXPECT_THAT(page.body, HasSubstr("action=\"/i/good/accept\""));
  EXPECT_THAT(page.body, HasSubstr("name=\"answer-diet\""));
  EXPECT_EQ(Client(site_->port()).Ask("HEAD", "/i/good").status, 200);
  Get("/u/good");
  Get("/r/mine");
  Get("/r/mine.ics");
  EXPECT_EQ(Get("/i/good/accept").status, 405);
  EXPECT_THAT(guests_.changes, IsEmpty());
}

TEST_F(GuestPagesTest, PagesSpeakTheGuestsLanguage) {
  invitation().mutable_guest()->set_language_code("de");
  EXPECT_THAT(Get("/i/good", "Accept-Language: fr\r\n").body, HasSubstr("Sensorik-Dialog"));
  const std::string chosen = Get("/i/good?lang=fr").body;
  EXPECT_THAT(chosen, HasSubstr("<html lang=\"fr\">"));
  EXPECT_THAT(chosen, HasSubstr("action=\"/i/good/accept?lang=fr\""));
}

TEST_F(GuestPagesTest, AcceptingTellsTheServiceAndLeadsToTheRegistration) {
  const Received accepted =
      Post("/i/good/accept?lang=de",
           absl::StrCat(kWhole,
                        "&answer-diet=all&answer-interests=a&answer-interests=b"
                        "&answer-years=2,5&answer-notes=x%0D%0Ay&answer-allergy=nuts"));
  EXPECT_EQ(accepted.status, 303);
  EXPECT_EQ(accepted.headers.at("location"), "/r/mine?lang=de");
  EXPECT_EQ(guests_.accepted.token(), "good");
  EXPECT_EQ(guests_.accepted.party_size(), 2);
  auto answers = guests_.accepted.answers().fields();
  EXPECT_EQ(answers["company"].string_value(), "ACME");
  EXPECT_EQ(answers["diet"].string_value(), "all");
  EXPECT_EQ(answers["interests"].list_value().values_size(), 2);
  EXPECT_EQ(answers["years"].number_value(), 2.5);
  EXPECT_EQ(answers["notes"].string_value(), "x\ny");
  EXPECT_TRUE(answers["photos"].bool_value());
  EXPECT_EQ(answers.count("allergy"), 0u) << "it was not asked";
  EXPECT_EQ(answers.count("arrival"), 0u) << "it was left empty";
}

TEST_F(GuestPagesTest, MistakesAreShownWhereTheyAreWithAllThatWasGiven) {
  const Received page =
      Post("/i/good/accept", "party_size=4&answer-years=many&answer-company=A%22%3Cb");
  EXPECT_EQ(page.status, 400);
  EXPECT_THAT(page.body, HasSubstr("<a href=\"#party_size\">"));
  EXPECT_THAT(page.body, HasSubstr("Please enter a whole number from 1 to 3."));
  EXPECT_THAT(page.body, HasSubstr("<a href=\"#answer-years\">Years</a>"));
  EXPECT_THAT(page.body, HasSubstr("value=\"many\""));
  EXPECT_THAT(page.body, HasSubstr("value=\"A&quot;&lt;b\""));
  EXPECT_THAT(guests_.changes, IsEmpty());

  guests_.failure =
      errors::InvalidFields({{"answers.company", "is required"}, {"answers.diet", "x"}});
  const Received refused = Post("/i/good/accept", "answer-photos=true&answer-diet=vegan");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("<a href=\"#answer-company\">Company</a>: Please answer"));
  EXPECT_THAT(refused.body, HasSubstr("value=\"vegan\" checked"));
  EXPECT_THAT(refused.body, Not(HasSubstr("is required\"")));
}

TEST_F(GuestPagesTest, RefusalsSayWhatToDo) {
  const std::pair<absl::Status, const char*> cases[] = {
      {errors::FailedPrecondition(ErrorReason::SOLD_OUT, "event", "secret"),
       "All places are taken"},
      {errors::FailedPrecondition(ErrorReason::REGISTRATION_CLOSED, "event", "secret"),
       "Registration is closed"},
      {errors::Make(absl::StatusCode::kAlreadyExists, ErrorReason::ADDRESS_ALREADY_REGISTERED,
                    "secret"),
       "You are registered already"},
      {errors::Make(absl::StatusCode::kInternal, ErrorReason::INTERNAL, "secret"),
       "Something went wrong"},
      {errors::Retryable(absl::StatusCode::kUnavailable, ErrorReason::DATABASE_UNAVAILABLE,
                         "secret", absl::Seconds(1)),
       "We will be back in a moment"},
      {absl::UnknownError("secret"), "Something went wrong"},
  };
  for (const auto& [failure, title] : cases) {
    guests_.failure = failure;
    const Received page = Post("/i/good/accept", kWhole);
    EXPECT_GE(page.status, 400);
    EXPECT_THAT(page.body, HasSubstr(absl::StrCat("<h1>", title))) << failure;
    EXPECT_THAT(page.body, Not(HasSubstr("secret")));
  }
}

TEST_F(GuestPagesTest, DecliningIsSaidOnThePageItLeadsTo) {
  const Received declined = Post("/i/good/decline", "reason=On+a+journey");
  EXPECT_EQ(declined.status, 303);
  EXPECT_EQ(declined.headers.at("location"), "/i/good");
  EXPECT_EQ(guests_.declined.reason(), "On a journey");
  const std::string page = Get("/i/good").body;
  EXPECT_THAT(page, HasSubstr("You have declined"));
  EXPECT_THAT(page, HasSubstr("action=\"/i/good/accept\"")) << "plans change";
  EXPECT_THAT(page, Not(HasSubstr("/i/good/decline")));
}

TEST_F(GuestPagesTest, AnInvitationShowsWhereItStands) {
  invitation().set_state(Invitation::ACCEPTED);
  guests_.invitations["good"].set_registration_token("mine");
  std::string page = Get("/i/good").body;
  EXPECT_THAT(page, HasSubstr("href=\"/r/mine\""));
  EXPECT_THAT(page, Not(HasSubstr("<form")));
  invitation().set_state(Invitation::EXPIRED);
  guests_.invitations["good"].set_acceptable(false);
  page = Get("/i/good").body;
  EXPECT_THAT(page, HasSubstr("This invitation has expired"));
  EXPECT_THAT(page, Not(HasSubstr("<form")));
  invitation().set_state(Invitation::SENT);
  page = Get("/i/good").body;
  EXPECT_THAT(page, HasSubstr("Registration is closed"));
  EXPECT_THAT(page, HasSubstr("/i/good/decline"));
}

TEST_F(GuestPagesTest, ARegistrationShowsItsSeatOrItsPlaceInTheQueue) {
  std::string page = Get("/r/mine").body;
  EXPECT_THAT(page, HasSubstr("You are registered"));
  EXPECT_THAT(page, HasSubstr("ABCDEFGHJKMNPQRSTVWXYZ0123"));
  EXPECT_THAT(page, HasSubstr("https://meet.example.org/secret"));
  registration().set_state(Registration::WAITLISTED);
  registration().set_waiting_position(7);
  registration().clear_check_in_code();
  page = Get("/r/mine").body;
  EXPECT_THAT(page, HasSubstr("You are number 7 in the queue."));
  EXPECT_THAT(page, Not(HasSubstr("meet.example.org")));
  EXPECT_THAT(page, Not(HasSubstr(".ics")));
}

TEST_F(GuestPagesTest, WithdrawingLeadsBackToTheRegistration) {
  const Received withdrawn = Post("/r/mine/withdraw", "reason=ill");
  EXPECT_EQ(withdrawn.status, 303);
  EXPECT_EQ(withdrawn.headers.at("location"), "/r/mine");
  EXPECT_EQ(guests_.withdrawn.token(), "mine");
  EXPECT_EQ(guests_.withdrawn.reason(), "ill");
  registration().set_state(Registration::CANCELLED);
  const std::string page = Get("/r/mine").body;
  EXPECT_THAT(page, HasSubstr("Your registration is cancelled"));
  EXPECT_THAT(page, Not(HasSubstr("<form")));
}

TEST_F(GuestPagesTest, WithdrawingIsOfferedUntilItsDeadline) {
  auto& event = *guests_.registrations["mine"].mutable_event();
  event.mutable_registration()->mutable_cancellation()->mutable_before_start()->set_seconds(86400);
  EXPECT_THAT(Get("/r/mine").body, HasSubstr("/r/mine/withdraw"));
  event.mutable_registration()->mutable_cancellation()->mutable_time()->set_seconds(1'799'000'000);
  EXPECT_THAT(Get("/r/mine").body, Not(HasSubstr("/r/mine/withdraw")));
}

TEST_F(GuestPagesTest, TheCalendarOfARegistrationIsForThoseWhoHaveASeat) {
  EXPECT_THAT(Get("/r/mine.ics").body, HasSubstr("DTSTAMP"));
  EXPECT_EQ(events_.exported_by, "Bearer web") << "the event may be for the invited only";
  EXPECT_EQ(events_.exported.parent(), "organizers/demo");
  registration().set_state(Registration::CANCELLED);
  const Received empty = Get("/r/mine.ics");
  EXPECT_EQ(empty.status, 200);
  EXPECT_THAT(empty.body, Not(HasSubstr("DTSTAMP")));
}

TEST_F(GuestPagesTest, OneClickUnsubscribes) {
  const Received done = Post("/u/good", "List-Unsubscribe=One-Click");
  EXPECT_EQ(done.status, 200);
  EXPECT_THAT(guests_.unsubscribed, ElementsAre("good"));
  EXPECT_THAT(Get("/u/good").body, HasSubstr("You will get no more mail"));
  const std::string multipart =
      "--b\r\nContent-Disposition: form-data; "
      "name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
  EXPECT_EQ(Client(site_->port())
                .Ask("POST", "/u/good",
                     absl::StrCat("Content-Type: multipart/form-data; boundary=b\r\n"
                                  "Content-Length: ",
                                  multipart.size(), "\r\n"),
                     multipart)
                .status,
            200);
  EXPECT_THAT(guests_.unsubscribed, testing::SizeIs(2));
}

TEST_F(GuestPagesTest, ThePagesOwnButtonUnsubscribesToo) {
  const std::string page = Get("/u/good").body;
  EXPECT_THAT(page, HasSubstr("<form method=\"post\" action=\"/u/good\">"));
  EXPECT_EQ(Post("/u/good", "something=else").status, 400);
  EXPECT_THAT(guests_.unsubscribed, IsEmpty());
  const Received done = Post("/u/good", "confirm=yes");
  EXPECT_EQ(done.status, 303);
  EXPECT_EQ(done.headers.at("location"), "/u/good");
}

TEST_F(GuestPagesTest, OtherMediaTypesAreRefused) {
  Client client(site_->port());
  EXPECT_EQ(
      client.Ask("POST", "/u/good", "Content-Type: application/json\r\nContent-Length: 2\r\n", "{}")
          .status,
      415);
  EXPECT_EQ(client.Post("/u/good", "a=%zz").status, 400);
  EXPECT_THAT(guests_.changes, IsEmpty());
}

TEST_F(GuestPagesTest, GuessingIsStoppedAndRightLinksAreNot) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Get("/i/good").status, 200);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Get(absl::StrCat("/i/wrong", i)).status, 404);
  const Received refused = Get("/i/wrong");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.at("retry-after"), "60");
  EXPECT_EQ(Get("/e/demo/dialogue").status, 200) << "public pages are not concerned";
}

TEST_F(GuestPagesTest, TokensAreInNoLog) {
  Get("/i/good");
  Get("/i/some-wrong-token");
  Post("/u/good", "List-Unsubscribe=One-Click");
  Get("/i/good/nowhere");
  const std::string logged = Logged();
  EXPECT_THAT(logged, HasSubstr("/i/{token}"));
  EXPECT_THAT(logged, Not(HasSubstr("good")));
  EXPECT_THAT(logged, Not(HasSubstr("wrong-token")));
}

TEST_F(GuestPagesTest, HostileTextsStayText) {
  const std::string text = "\"><script>alert(1)</script>{{t.accept}}";
  auto& found = guests_.invitations["good"];
  found.set_organizer_display_name(text);
  invitation().mutable_guest()->set_family_name(text);
  (*found.mutable_event()->mutable_title()->mutable_texts())["en"] = text;
  for (auto& field : *found.mutable_event()->mutable_form()) {
    (*field.mutable_label()->mutable_texts())["en"] = text;
    (*field.mutable_help()->mutable_texts())["en"] = text;
    for (auto& option : *field.mutable_options()) {
      option.set_value(text);
      (*option.mutable_label()->mutable_texts())["en"] = text;
    }
  }
  registration().mutable_attendee()->set_given_name(text);
  registration().set_check_in_code(text);
  for (const std::string& body :
       {Get("/i/good").body, Get("/r/mine").body, Get("/u/good").body,
        Post("/i/good/accept", "party_size=x&answer-company=%22%3E%3Cscript%3E").body}) {
    EXPECT_THAT(body, Not(HasSubstr("<script")));
    EXPECT_THAT(body, HasSubstr("</html>"));
  }
}

}  // namespace
}  // namespace colloquy::web
