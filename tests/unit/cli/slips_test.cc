// What goes wrong around a command: slips of the hand, full disks, keys for other servers.
#include "absl/strings/str_cat.h"
#include "clients/cli/failures.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/commands_fixture.h"

namespace colloquy::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using SlipsTest = CommandsTest;

TEST_F(SlipsTest, WrongColumnsAreRefusedBeforeAnythingIsChanged) {
  EXPECT_EQ(Colloquy({"events", "create", "x", "--fields", "id,colour"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("no field 'colour' in Event"));
  EXPECT_TRUE(events_.creates.empty());
  EXPECT_EQ(Colloquy({"events", "list", "--fields", "capacity"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("Is it registration.capacity?"));
  EXPECT_EQ(events_.list.parent(), "");
  // A deletion answers nothing that could be shown.
  EXPECT_EQ(Colloquy({"events", "delete", "lasers", "--yes", "--fields", "state"}), 0) << err_;
  EXPECT_EQ(out_, "");
}

TEST_F(SlipsTest, AnAnswerThatCannotBeWrittenIsAFailure) {
  disk_full_ = true;
  EXPECT_EQ(Colloquy({"events", "list", "-o", "json"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("could not be written"));
  EXPECT_EQ(Colloquy({"events", "template"}), kUsage);
  EXPECT_EQ(Colloquy({"--help"}), kUsage);
  EXPECT_EQ(Colloquy({"events", "get", "absent"}), kNotFound);
}

TEST_F(SlipsTest, NearlyRightWordsAreFound) {
  EXPECT_EQ(Colloquy({"event", "list"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("Did you mean `events`?"));
  EXPECT_EQ(Colloquy({"events", "lst"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("Did you mean `list`? `colloquy events --help`"));
  EXPECT_EQ(Colloquy({"events", "update", "lasers", "--capcity=4"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("no flag '--capcity=4'"));
  EXPECT_THAT(err_, HasSubstr("Did you mean `--capacity`?"));
  EXPECT_EQ(Colloquy({"events", "list", "--ouput", "json"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("Did you mean `--output`?"));
  EXPECT_EQ(Colloquy({"events", "bogus"}), kUsage);
  EXPECT_THAT(err_, Not(HasSubstr("Did you mean")));
  EXPECT_EQ(Colloquy({"events", "create", "x", "--kind", "workshopp"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("research-dialogue, workshop, training"));
  EXPECT_EQ(Colloquy({"events", "list", "--limit", "0"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("0 not in range 1 to 2147483647"));
}

TEST_F(SlipsTest, WhatAListCannotDoIsNoFlag) {
  EXPECT_EQ(Colloquy({"changes", "list", "--order-by", "sequence desc"}), kUsage);
  EXPECT_EQ(Colloquy({"operations", "list", "--order-by", "name"}), kUsage);
}

TEST_F(SlipsTest, IdsCutOutOfCsvMayKeepItsCarriageReturn) {
  EXPECT_EQ(Colloquy({"events", "get", "lasers\r"}), 0) << err_;
}

TEST_F(SlipsTest, ServersAreHostAndPort) {
  for (const char* server : {"nonsense", "127.0.0.1:99999", ":8470", "host:", "host:x"}) {
    EXPECT_EQ(Colloquy({"--server", server, "whoami"}), kUsage) << server;
    EXPECT_THAT(err_, HasSubstr("HOST:PORT")) << server;
  }
}

TEST_F(SlipsTest, TheKeyOfAContextStaysWithItsServer) {
  const std::string server = env_["COLLOQUY_SERVER"];
  env_ = {{"COLLOQUY_CONFIG", folder_ + "/config.yaml"}};
  ASSERT_EQ(Colloquy({"context", "set", "home", "--server", "127.0.0.1:1", "--key", "clq_k_k"}), 0);
  env_["COLLOQUY_SERVER"] = server;
  Colloquy({"whoami"});
  EXPECT_EQ(access_.authorization, "");
  ASSERT_EQ(Colloquy({"context", "set", "home", "--server", server}), 0);
  EXPECT_EQ(Colloquy({"whoami"}), 0) << err_;
  EXPECT_EQ(access_.authorization, "Bearer clq_k_k");
}

TEST_F(SlipsTest, AContextThatIsNamedComesBeforeTheEnvironment) {
  const std::string server = env_["COLLOQUY_SERVER"];
  ASSERT_EQ(Colloquy({"context", "set", "home", "--server", server, "--key", "clq_k_k",
                      "--organizer", "named"}),
            0);
  ASSERT_EQ(Colloquy({"events", "list"}), 0) << err_;
  EXPECT_EQ(events_.list.parent(), "organizers/a");
  ASSERT_EQ(Colloquy({"--context", "home", "events", "list"}), 0) << err_;
  EXPECT_EQ(events_.list.parent(), "organizers/named");
  ASSERT_EQ(Colloquy({"--context", "home", "whoami"}), 0);
  EXPECT_EQ(access_.authorization, "Bearer clq_k_k");
  ASSERT_EQ(Colloquy({"context", "use", "home"}), 0);
  EXPECT_THAT(err_, HasSubstr("COLLOQUY_SERVER is set"));
}

TEST_F(SlipsTest, KeyFilesOfContextsAreFoundFromAnyFolder) {
  const std::filesystem::path here = std::filesystem::current_path();
  Write("key", "clq_y_other\n");
  std::filesystem::current_path(folder_);
  ASSERT_EQ(Colloquy({"context", "set", "home", "--key-file", "key", "--server",
                      env_["COLLOQUY_SERVER"]}),
            0);
  std::filesystem::current_path(here);
  EXPECT_EQ(Colloquy({"--context", "home", "whoami"}), 0) << err_;
  EXPECT_EQ(access_.authorization, "Bearer clq_y_other");
}

TEST_F(SlipsTest, OnlyLongTextsOnTerminalsAreCut) {
  const std::string name = absl::StrCat("organizers/", std::string(80, 'n'));
  const std::string text = absl::StrCat(std::string(70, 'x'), " y");
  const std::string event = absl::StrCat("websiteUri: ", name, "\nvenue: {room: ", text, "}");
  const std::vector<std::string> create = {
      "events", "create", "x", "-f", "-", "--fields", "website_uri,venue.room"};
  ASSERT_EQ(Colloquy(create, event), 0) << err_;
  EXPECT_THAT(out_, HasSubstr(text));
  out_is_terminal_ = true;
  ASSERT_EQ(Colloquy(create, event), 0) << err_;
  EXPECT_THAT(out_, Not(HasSubstr(text)));
  EXPECT_THAT(out_, HasSubstr("…"));
  EXPECT_THAT(out_, HasSubstr(name));
}

TEST_F(SlipsTest, HelpIsAboutWhatWasAsked) {
  ASSERT_EQ(Colloquy({"help"}), 0);
  EXPECT_THAT(out_, HasSubstr("Subcommands:"));
  ASSERT_EQ(Colloquy({"help", "events", "create"}), 0);
  EXPECT_THAT(out_, HasSubstr("Usage: colloquy events create"));
}

TEST_F(SlipsTest, SpreadsheetsSemicolonsAreReadAndOtherEncodingsRefused) {
  ASSERT_EQ(Colloquy({"registrations", "import", "lasers", "-"}, "email;given_name\na@b.c;A,B\n"),
            0)
      << err_;
  EXPECT_EQ(registrations_.batches[0].requests(0).registration().attendee().given_name(), "A,B");
  EXPECT_EQ(Colloquy({"registrations", "import", "lasers", "-"}, "email,given_name\na@b.c,\xe9\n"),
            kInvalid);
  EXPECT_THAT(err_, HasSubstr("Record 1: given_name is not UTF-8"));
  EXPECT_EQ(registrations_.batches.size(), 1u);
}

TEST(RenderFailure, SaysInItsOwnWordsThatNobodyAnswers) {
  const std::string text =
      RenderFailure(absl::UnavailableError("failed to connect to all addresses"), "there:1");
  EXPECT_THAT(text, HasSubstr("Error: No server can be reached at there:1\n  failed to connect"));
  EXPECT_THAT(RenderFailure(absl::ResourceExhaustedError("Received message larger than max"), ""),
              HasSubstr("--batch-size"));
  EXPECT_THAT(RenderFailure(absl::DeadlineExceededError("Deadline Exceeded"), "there:1"),
              HasSubstr("Error: There was no answer from there:1 in time\n"));
}

TEST(RenderFailure, NamesTheFlagsAndSaysNothingTwice) {
  const std::string text = RenderFailure(
      errors::InvalidFields({{"event.venue", "is required"}, {"event.time_zone", "is odd"}}), "");
  EXPECT_THAT(text, HasSubstr("Set event.venue by --venue, --city and --country, event.time_zone"));
  const std::string once =
      RenderFailure(errors::FailedPrecondition(errors::v1::CAPACITY_BELOW_TAKEN,
                                               "organizers/a/events/b", "too few"),
                    "");
  EXPECT_EQ(once.find("too few"), once.rfind("too few"));
}

}  // namespace
}  // namespace colloquy::cli
