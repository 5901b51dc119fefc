#include "services/colloquyd/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"

namespace colloquy::colloquyd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<Invocation> Read(std::vector<std::string> arguments,
                                std::vector<std::string> environment = {}) {
  return ReadInvocation(arguments, environment);
}

std::string MessageOf(const absl::StatusOr<Invocation>& invocation) {
  EXPECT_FALSE(invocation.ok());
  return std::string(invocation.status().message());
}

class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text)
      : path_(absl::StrCat(testing::TempDir(), "/colloquyd-", getpid(), ".yaml")) {
    std::ofstream(path_) << text;
  }
  ~ConfigFile() { unlink(path_.c_str()); }
  std::string flag() const { return "--config=" + path_; }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

TEST(OptionsTest, DefaultsServeEverythingOnLoopbackFromSqlite) {
  const auto read = Read({});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->text, "");
  EXPECT_EQ(read->options.listen, "127.0.0.1:8470");
  EXPECT_FALSE(read->options.mysql.has_value());
  EXPECT_THAT(read->options.services,
              ElementsAre("access", "events", "registrations", "dialogues", "web"));
  EXPECT_TRUE(read->options.reflection);
  EXPECT_EQ(read->options.shutdown_grace, absl::Seconds(10));
}

TEST(OptionsTest, FlagWinsOverEnvironmentOverFileOverDefault) {
  const ConfigFile file("listen: 127.0.0.1:1\nqueue: 11\ndata-dir: /file\n");
  const auto read = Read({file.flag(), "--listen=127.0.0.1:3"},
                         {"COLLOQUY_LISTEN=127.0.0.1:2", "COLLOQUY_QUEUE=22"});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->options.listen, "127.0.0.1:3");
  EXPECT_EQ(read->options.queue, 22);
  EXPECT_EQ(read->options.data_dir, "/file");
  EXPECT_EQ(read->options.executor_threads, 8);
}

TEST(OptionsTest, EnvironmentMayNameTheFile) {
  const ConfigFile file("queue: 7\n");
  const auto read = Read({}, {"COLLOQUYD_CONFIG=" + file.path()});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->options.queue, 7);
  const auto of_the_client = Read({}, {"COLLOQUY_CONFIG=" + file.path()});
  ASSERT_TRUE(of_the_client.ok()) << of_the_client.status();
  EXPECT_EQ(of_the_client->options.queue, 2048);
}

TEST(OptionsTest, ValuesMayFollowTheirFlag) {
  const auto read = Read({"--queue", "5", "--no-reflection", "--allow-plaintext"});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->options.queue, 5);
  EXPECT_FALSE(read->options.reflection);
  EXPECT_TRUE(read->options.allow_plaintext);
}

TEST(OptionsTest, UnknownOptionsAreRefusedWithTheNearest) {
  EXPECT_THAT(MessageOf(Read({"--lisen=127.0.0.1:1"})), HasSubstr("Did you mean --listen?"));
  EXPECT_THAT(MessageOf(Read({"--no-reflexion"})), HasSubstr("Did you mean --reflection?"));
  EXPECT_THAT(MessageOf(Read({"--frobnicate"})), HasSubstr("--help"));
  EXPECT_THAT(MessageOf(Read({"serve"})), HasSubstr("Unexpected argument"));
  EXPECT_THAT(MessageOf(Read({"--queue"})), HasSubstr("needs a value"));
  EXPECT_THAT(MessageOf(Read({}, {"COLLOQUY_LISTN=x"})), HasSubstr("COLLOQUY_LISTEN?"));
}

TEST(OptionsTest, VariablesOfOtherProgramsAreLeftAlone) {
  EXPECT_TRUE(Read({}, {"COLLOQUY_SERVER=x", "COLLOQUY_API_KEY=y", "PATH=/bin"}).ok());
}

TEST(OptionsTest, MistakesInTheFileSayWhereTheyAre) {
  const ConfigFile file("queue: 5\nlog-levle: info\nlisten: [a, b]\n");
  const std::string message = MessageOf(Read({file.flag()}));
  EXPECT_THAT(message, HasSubstr(":2: unknown option `log-levle`. Did you mean log-level?"));
  EXPECT_THAT(message, HasSubstr(":3: `listen` takes one value."));
  const ConfigFile broken("queue: [1\n");
  EXPECT_THAT(MessageOf(Read({broken.flag()})), HasSubstr(".yaml:2:"));
  EXPECT_THAT(MessageOf(Read({"--config=/nowhere/at.all"})), HasSubstr("Cannot read"));
}

TEST(OptionsTest, EveryBadValueIsReportedAtOnce) {
  const std::string message =
      MessageOf(Read({"--queue=0", "--shutdown-grace=soon", "--listen=8470",
                      "--services=access,seats", "--rate-limit=nan", "--reflection=perhaps",
                      "--peer=access", "--log-level=loud", "--database=postgres://x"}));
  for (const char* option :
       {"--queue", "--shutdown-grace", "--listen", "--services", "--rate-limit", "--reflection",
        "--peer", "--log-level", "--database"}) {
    EXPECT_THAT(message, HasSubstr(absl::StrCat(option, " (from --")));
  }
}

TEST(OptionsTest, SplitInstallationsNeedPeersAndASecret) {
  const std::string message = MessageOf(Read({"--services=registrations"}));
  EXPECT_THAT(message, HasSubstr("--peer=access=HOST:PORT is needed"));
  EXPECT_THAT(message, HasSubstr("--peer=events=HOST:PORT is needed"));
  EXPECT_THAT(message, HasSubstr("--peer-secret-file is needed"));
  EXPECT_TRUE(Read({"--services=access", "--peer-secret-file=s"}).ok());
  const auto read = Read({"--services=registrations", "--peer-secret-file=s",
                          "--peer=access=127.0.0.1:1,events=[::1]:2"});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->options.peers.at("access"), "127.0.0.1:1");
  EXPECT_EQ(read->options.peers.at("events"), "[::1]:2");
  EXPECT_THAT(MessageOf(Read({"--peer=events=127.0.0.1:1"})), HasSubstr("makes no sense"));
}

TEST(OptionsTest, PagesAreOnLoopbackUnlessAProxyStandsInFront) {
  EXPECT_EQ(Read({})->options.web_listen, "127.0.0.1:8080");
  EXPECT_THAT(MessageOf(Read({"--web-listen=0.0.0.0:80"})), HasSubstr("--allow-plaintext"));
  const auto read =
      Read({"--web-listen=0.0.0.0:80", "--allow-plaintext", "--web-trusted-proxies=10.0.0.1,::1",
            "--public-url=https://events.example.org/"});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->options.public_url, "https://events.example.org");
  EXPECT_THAT(MessageOf(Read({"--public-url=events.example.org"})), HasSubstr("--public-url"));
  EXPECT_THAT(MessageOf(Read({"--web-trusted-proxies=proxy"})), HasSubstr("IP addresses"));
  EXPECT_THAT(MessageOf(Read({"--peer=web=127.0.0.1:1"})), HasSubstr("--peer"));
}

TEST(OptionsTest, MailGoesIntoAMaildirUntilARelayIsNamed) {
  const auto read = Read({});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->options.mail_relay, "");
  EXPECT_EQ(read->options.mail_tls, "required");
  EXPECT_EQ(read->options.mail_connections, 8);
  EXPECT_EQ(read->options.mail_rate, 0);
  const auto relay = Read({"--mail-relay=smtp://[::1]:587", "--mail-from=büro@events.example.org",
                           "--mail-tls=if-offered", "--mail-ca=ca.pem", "--mail-user=office",
                           "--mail-password-file=p", "--mail-rate=2.5", "--mail-connections=256"});
  ASSERT_TRUE(relay.ok()) << relay.status();
  EXPECT_EQ(relay->options.mail_relay, "smtp://[::1]:587");
  EXPECT_EQ(relay->options.mail_tls, "if-offered");
  EXPECT_EQ(relay->options.mail_ca, "ca.pem");
  EXPECT_EQ(relay->options.mail_user, "office");
  EXPECT_EQ(relay->options.mail_password_file, "p");
  EXPECT_EQ(relay->options.mail_rate, 2.5);
  EXPECT_EQ(relay->options.mail_connections, 256);
}

TEST(OptionsTest, EveryBadMailOptionIsReportedAtOnce) {
  const std::string message =
      MessageOf(Read({"--mail-relay=relay.example.org:25", "--mail-tls=yes", "--mail-from=office",
                      "--mail-rate=-1", "--mail-connections=0"}));
  EXPECT_THAT(message, HasSubstr("--mail-relay (from --mail-relay) must be smtp://HOST[:PORT]"));
  EXPECT_THAT(message, HasSubstr("--mail-tls (from --mail-tls) must be required, if-offered"));
  EXPECT_THAT(message, HasSubstr("--mail-from (from --mail-from) must be an address; this one"));
  EXPECT_THAT(message, HasSubstr("--mail-rate (from --mail-rate) must be a number from 0"));
  EXPECT_THAT(message, HasSubstr("--mail-connections (from --mail-connections) must be a whole"));
}

TEST(OptionsTest, ARelaysUrlHoldsNoLogin) {
  for (const char* url : {"smtp://office:s3cret@relay.example.org", "smtp://", "smtp://a/b",
                          "smtp://a?b", "http://relay.example.org"}) {
    const std::string message =
        MessageOf(Read({absl::StrCat("--mail-relay=", url), "--mail-from=a@example.org"}));
    EXPECT_THAT(message, HasSubstr("options of their own")) << url;
    EXPECT_THAT(message, Not(HasSubstr("s3cret")));
  }
}

TEST(OptionsTest, MailOptionsNeedEachOther) {
  EXPECT_THAT(MessageOf(Read({"--mail-relay=smtp://relay.example.org"})),
              HasSubstr("--mail-relay needs --mail-from"));
  for (const char* half : {"--mail-user=office", "--mail-password-file=p"}) {
    EXPECT_THAT(MessageOf(Read(
                    {"--mail-relay=smtp://relay.example.org", "--mail-from=a@example.org", half})),
                HasSubstr("--mail-user and --mail-password-file need each other"));
  }
  // Without a relay they would do nothing, and whoever gave them believes that they do.
  for (const auto& alone :
       std::vector<std::vector<std::string>>{{"--mail-ca=ca.pem"},
                                             {"--mail-user=office", "--mail-password-file=p"},
                                             {"--mail-tls=off"}}) {
    EXPECT_THAT(
        MessageOf(Read(alone)),
        HasSubstr(absl::StrCat(alone[0].substr(0, alone[0].find('=')), " needs --mail-relay=URL")));
  }
  EXPECT_THAT(MessageOf(Read({"--mail-relay=smtps://relay.example.org", "--mail-from=a@example.org",
                              "--mail-tls=off"})),
              HasSubstr("smtps:// is TLS from the first byte"));
}

TEST(OptionsTest, PrintedConfigurationHidesPasswordsAndNamesSources) {
  const auto read = Read({"--print-config", "--database=mysql://app:s3cret@db.example:3307/clq"},
                         {"COLLOQUY_QUEUE=9"});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->text, Not(HasSubstr("s3cret")));
  EXPECT_THAT(read->text, HasSubstr("mysql://app:hidden@db.example:3307/clq"));
  EXPECT_THAT(read->text, HasSubstr("# COLLOQUY_QUEUE"));
  EXPECT_THAT(MessageOf(Read({"--database=mysql://app:s3cret@db.example:x/clq"})),
              Not(HasSubstr("s3cret")));
}

TEST(OptionsTest, PrintedConfigurationIsAConfiguration) {
  const auto first = Read({"--print-config", "--queue=17", "--services=access,events",
                           "--peer=registrations=127.0.0.1:9", "--peer-secret-file=it's # here"});
  ASSERT_TRUE(first.ok()) << first.status();
  const ConfigFile file(first->text);
  const auto second = Read({file.flag()});
  ASSERT_TRUE(second.ok()) << second.status() << "\n" << first->text;
  EXPECT_EQ(second->options.queue, 17);
  EXPECT_THAT(second->options.services, ElementsAre("access", "events"));
  EXPECT_EQ(second->options.peers.at("registrations"), "127.0.0.1:9");
  EXPECT_EQ(second->options.peer_secret_file, "it's # here");
}

TEST(OptionsTest, HelpShowsEveryOption) {
  const auto read = Read({"--help"});
  ASSERT_TRUE(read.ok()) << read.status();
  for (const OptionSpec& option : OptionTable()) {
    EXPECT_THAT(read->text, HasSubstr(option.name));
  }
}

}  // namespace
}  // namespace colloquy::colloquyd
