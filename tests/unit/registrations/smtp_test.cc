// How letters leave through a relay: what is encrypted, who logs in, and what is said to an
// operator whose settings do not fit the relay.
#include "services/registrations/mail/smtp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "absl/strings/str_cat.h"
#include "tests/unit/registrations/fake_relay.h"

namespace colloquy::registrations::mail {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Tls = RelayOptions::Tls;

constexpr char kHere[] = "IP:127.0.0.1";

class SmtpTest : public testing::Test {
 protected:
  // As the server does: either side may write to a connection that the other has closed.
  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

  // Settings that fit `relay`.
  RelayOptions Settings(const FakeRelay& relay) const {
    RelayOptions settings;
    settings.url = relay.url();
    settings.ca_file = authority_.file();
    settings.hello = "dialogue.example.org";
    settings.timeout = absl::Seconds(20);
    return settings;
  }

  static SendResult Send(const RelayOptions& settings) {
    const auto transport = ToRelay(settings)([] { return false; });
    return Send(*transport);
  }
  static SendResult Send(Transport& transport) {
    return transport.Send("d1", {.from = "office@dialogue.example.org",
                                 .to = "ada@example.org",
                                 .bytes = "Subject: Sensors\r\n\r\nCome.\r\n"});
  }

  // Nobody can do anything about a letter like that but the operator, and it can go later.
  static void ExpectKept(const SendResult& result, const std::string& option) {
    EXPECT_EQ(result.kind, SendResult::kAway);
    EXPECT_THAT(result.text, HasSubstr(option));
  }

  const Authority authority_;
  const Authority::Identity identity_ = authority_.Sign(kHere);
  const FakeRelay::Options login_{.user = "office", .password = "it's a secret"};
};

TEST_F(SmtpTest, LettersGoInTls) {
  const FakeRelay relay(identity_, {});
  const SendResult result = Send(Settings(relay));
  EXPECT_EQ(result.kind, SendResult::kTaken) << result.text;
  EXPECT_EQ(result.code, 250);
  ASSERT_THAT(relay.letters(), SizeIs(1));
  EXPECT_EQ(relay.letters()[0].to, "ada@example.org");
  EXPECT_TRUE(relay.letters()[0].encrypted);
  EXPECT_THAT(relay.heard_in_the_clear(), Not(HasSubstr("ada@example.org")));
}

TEST_F(SmtpTest, TlsFromTheFirstByte) {
  const FakeRelay relay(identity_, {.tls_at_once = true});
  const SendResult result = Send(Settings(relay));
  EXPECT_EQ(result.kind, SendResult::kTaken) << result.text;
  EXPECT_THAT(relay.letters(), SizeIs(1));
  EXPECT_THAT(relay.heard_in_the_clear(), IsEmpty());
}

TEST_F(SmtpTest, OneConnectionForManyLetters) {
  const FakeRelay relay(identity_, login_);
  RelayOptions settings = Settings(relay);
  settings.user = login_.user;
  settings.password = login_.password;
  const auto transport = ToRelay(settings)([] { return false; });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Send(*transport).kind, SendResult::kTaken);
  EXPECT_THAT(relay.letters(), SizeIs(3));
  EXPECT_EQ(relay.connections(), 1);
}

TEST_F(SmtpTest, ARelayThatNobodyVouchesForGetsNothing) {
  const FakeRelay relay(identity_, login_);
  const Authority other("Another authority");
  RelayOptions settings = Settings(relay);
  settings.user = login_.user;
  settings.password = login_.password;
  for (const std::string& trusted : {std::string(), other.file()}) {
    settings.ca_file = trusted;
    const SendResult result = Send(settings);
    ExpectKept(result, "--mail-ca");
    EXPECT_THAT(result.text, HasSubstr("certificate is not trusted"));
  }
  EXPECT_THAT(relay.letters(), IsEmpty());
  EXPECT_THAT(relay.heard_in_the_clear(), Not(HasSubstr("AUTH")));
}

// An authority that made itself a new key.
TEST_F(SmtpTest, NorDoesOneWhoseIssuerOnlyHasARightName) {
  const FakeRelay relay(identity_, {});
  const Authority renewed;
  RelayOptions settings = Settings(relay);
  settings.ca_file = renewed.file();
  ExpectKept(Send(settings), "--mail-ca");
  EXPECT_THAT(relay.letters(), IsEmpty());
}

TEST_F(SmtpTest, NorDoesOneWithAnothersCertificate) {
  const FakeRelay relay(authority_.Sign("DNS:relay.example"), {});
  const SendResult result = Send(Settings(relay));
  ExpectKept(result, "certificate is not trusted");
  EXPECT_THAT(result.text, HasSubstr("127.0.0.1"));
  EXPECT_THAT(relay.letters(), IsEmpty());
}

TEST_F(SmtpTest, AFileOfIssuersThatIsNoneIsSaid) {
  const FakeRelay relay(identity_, {});
  RelayOptions settings = Settings(relay);
  settings.ca_file = "/nowhere/ca.pem";
  ExpectKept(Send(settings), "--mail-ca cannot be read");
}

TEST_F(SmtpTest, NothingIsToldToARelayWithoutTls) {
  FakeRelay::Options plain = login_;
  plain.starttls = false;
  const FakeRelay relay(identity_, plain);
  RelayOptions settings = Settings(relay);
  settings.user = login_.user;
  settings.password = login_.password;
  ExpectKept(Send(settings), "--mail-tls");
  EXPECT_THAT(relay.letters(), IsEmpty());
  EXPECT_THAT(relay.heard_in_the_clear(), AllOf(Not(HasSubstr("AUTH")), Not(HasSubstr("MAIL"))));
}

TEST_F(SmtpTest, TlsIfOffered) {
  const Authority unknown;
  const FakeRelay encrypted(unknown.Sign(kHere), {});
  const FakeRelay plain(identity_, {.starttls = false});
  for (const FakeRelay* relay : {&encrypted, &plain}) {
    RelayOptions settings = Settings(*relay);
    settings.tls = Tls::kIfOffered;
    const SendResult result = Send(settings);
    EXPECT_EQ(result.kind, SendResult::kTaken) << result.text;
    ASSERT_THAT(relay->letters(), SizeIs(1));
    EXPECT_EQ(relay->letters()[0].encrypted, relay == &encrypted);
  }
}

TEST_F(SmtpTest, NoTlsWhereItIsSwitchedOff) {
  const FakeRelay relay(identity_, {});
  RelayOptions settings = Settings(relay);
  settings.tls = Tls::kOff;
  EXPECT_EQ(Send(settings).kind, SendResult::kTaken);
  ASSERT_THAT(relay.letters(), SizeIs(1));
  EXPECT_FALSE(relay.letters()[0].encrypted);
}

TEST_F(SmtpTest, LogsInAsTheRelayOffers) {
  for (const std::string mechanism : {"PLAIN", "LOGIN"}) {
    FakeRelay::Options offers = login_;
    offers.mechanisms = mechanism;
    const FakeRelay relay(identity_, offers);
    RelayOptions settings = Settings(relay);
    settings.user = login_.user;
    settings.password = login_.password;
    const SendResult result = Send(settings);
    EXPECT_EQ(result.kind, SendResult::kTaken) << result.text;
    ASSERT_THAT(relay.letters(), SizeIs(1));
    EXPECT_EQ(relay.letters()[0].mechanism, mechanism);
  }
}

TEST_F(SmtpTest, AWrongLoginIsTheOperatorsToMend) {
  for (const std::string mechanism : {"PLAIN", "LOGIN"}) {
    FakeRelay::Options offers = login_;
    offers.mechanisms = mechanism;
    const FakeRelay relay(identity_, offers);
    RelayOptions settings = Settings(relay);
    settings.user = login_.user;
    settings.password = "wrong";
    const SendResult result = Send(settings);
    ExpectKept(result, "--mail-password-file");
    EXPECT_EQ(result.code, 535);
    EXPECT_THAT(result.text,
                AllOf(HasSubstr("535 5.7.8"), Not(HasSubstr("wrong"))));  // the password stays here
    EXPECT_THAT(relay.letters(), IsEmpty());
  }
}

TEST_F(SmtpTest, AMissingLoginToo) {
  const FakeRelay relay(identity_, login_);
  const SendResult result = Send(Settings(relay));
  ExpectKept(result, "--mail-user");
  EXPECT_EQ(result.code, 530);
}

// One that offers no way to log in gets no password, and its refusal is no guest's.
TEST_F(SmtpTest, ARelayThatTakesNoLogin) {
  FakeRelay::Options offers = login_;
  offers.mechanisms = "";
  const FakeRelay relay(identity_, offers);
  RelayOptions settings = Settings(relay);
  settings.user = login_.user;
  settings.password = login_.password;
  const SendResult result = Send(settings);
  ExpectKept(result, "--mail-user");
  EXPECT_THAT(relay.letters(), IsEmpty());
}

TEST_F(SmtpTest, WhatTheRelaySaysOfARecipient) {
  const std::vector<std::pair<std::string, SendResult::Kind>> answers = {
      {"550 5.1.1 No such mailbox", SendResult::kRefused},
      {"451 4.3.0 Come back later", SendResult::kLater},
      {"421 4.3.2 Closing down", SendResult::kAway}};
  for (const auto& [answer, kind] : answers) {
    const FakeRelay relay(identity_, {.to_recipients = answer});
    const SendResult result = Send(Settings(relay));
    EXPECT_EQ(result.kind, kind) << answer;
    EXPECT_EQ(absl::StrCat(result.code), answer.substr(0, 3));
    EXPECT_THAT(result.text, HasSubstr(answer));
    EXPECT_THAT(relay.letters(), IsEmpty());
  }
}

TEST_F(SmtpTest, WhatTheRelaySaysOfALetter) {
  const std::vector<std::pair<std::string, SendResult::Kind>> answers = {
      {"554 5.7.1 Looks like advertising", SendResult::kRefused},
      {"452 4.3.1 The disk is full", SendResult::kLater}};
  for (const auto& [answer, kind] : answers) {
    const FakeRelay relay(identity_, {.to_letters = answer});
    const SendResult result = Send(Settings(relay));
    EXPECT_EQ(result.kind, kind) << answer;
    EXPECT_EQ(absl::StrCat(result.code), answer.substr(0, 3));
    EXPECT_THAT(result.text, HasSubstr(answer));
  }
}

TEST_F(SmtpTest, NobodyListens) {
  RelayOptions settings;
  {
    const FakeRelay relay(identity_, {});
    settings = Settings(relay);
  }
  const SendResult result = Send(settings);
  EXPECT_EQ(result.kind, SendResult::kAway);
  EXPECT_THAT(result.text, HasSubstr("connect"));
}

}  // namespace
}  // namespace colloquy::registrations::mail
