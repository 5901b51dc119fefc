// Whole command lines against servers that record what they were asked.
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "clients/cli/failures.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/unit/cli/commands_fixture.h"

namespace colloquy::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(CommandsTest, CreateTurnsFlagsIntoTheEvent) {
  ASSERT_EQ(Colloquy({"events",
                      "create",
                      "lasers",
                      "--title",
                      "Lasers",
                      "--title",
                      "de=Laser",
                      "--kind",
                      "research-dialogue",
                      "--mode",
                      "in-person",
                      "--zone",
                      "Europe/Berlin",
                      "--start",
                      "2027-03-09T14:00",
                      "--end",
                      "2027-03-09T16:00:00Z",
                      "--capacity",
                      "40",
                      "--waiting-list",
                      "fill-gaps",
                      "--category",
                      "student:10:Students",
                      "--closes",
                      "1d",
                      "--dry-run"}),
            0)
      << err_;
  events::v1::Event expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(kind: RESEARCH_DIALOGUE
           mode: IN_PERSON
           default_language: "en"
           title {
             texts { key: "en" value: "Lasers" }
             texts { key: "de" value: "Laser" }
           }
           time_zone: "Europe/Berlin"
           civil_start: "2027-03-09T14:00:00"
           civil_end: "2027-03-09T17:00:00"
           registration {
             capacity: 40
             close { before_start { seconds: 86400 } }
             waiting_list { mode: ON order: FILL_GAPS }
           }
           categories {
             id: "student"
             quota: 10
             title { texts { key: "en" value: "Students" } }
           })pb",
      &expected));
  ASSERT_EQ(events_.creates.size(), 1u);
  EXPECT_EQ(events_.creates[0].event().DebugString(), expected.DebugString());
  EXPECT_EQ(events_.creates[0].parent(), "organizers/a");
  EXPECT_EQ(events_.creates[0].event_id(), "lasers");
  EXPECT_TRUE(events_.creates[0].validate_only());
  EXPECT_EQ(events_.creates[0].request_id().size(), 36u);
  EXPECT_THAT(err_, HasSubstr("nothing was changed"));
}

TEST_F(CommandsTest, CreateReadsFilesAndStandardInput) {
  ASSERT_EQ(Colloquy({"events", "create", "x", "-f", "-", "--capacity", "5"},
                     "kind: TRAINING\nregistration: {maxPartySize: 2}\n"),
            0)
      << err_;
  EXPECT_EQ(events_.creates[0].event().kind(), events::v1::Event::TRAINING);
  EXPECT_EQ(events_.creates[0].event().registration().max_party_size(), 2);
  EXPECT_EQ(events_.creates[0].event().registration().capacity(), 5);
  EXPECT_EQ(Colloquy({"events", "create", "x", "-f", folder_ + "/absent"}), kUsage);
  EXPECT_EQ(Colloquy({"events", "create", "x", "-f", "-"}, "colour: red"), kInvalid);
}

TEST_F(CommandsTest, RepeatsUnavailableCallsWithOneRequestId) {
  events_.unavailable = 2;
  ASSERT_EQ(Colloquy({"events", "create", "x"}), 0) << err_;
  ASSERT_EQ(events_.creates.size(), 3u);
  EXPECT_EQ(events_.creates[0].request_id(), events_.creates[2].request_id());
}

TEST_F(CommandsTest, UpdateNamesOnlyWhatWasGiven) {
  ASSERT_EQ(Colloquy({"events", "update", "lasers", "--title", "de=Laser", "--capacity", "none"}),
            0)
      << err_;
  EXPECT_THAT(events_.update.update_mask().paths(),
              testing::ElementsAre("title", "registration.capacity"));
  EXPECT_EQ(events_.update.event().title().texts().size(), 2u);
  EXPECT_EQ(events_.update.event().etag(), "\"1\"");
  EXPECT_EQ(Colloquy({"events", "update", "lasers"}), kUsage);
}

TEST_F(CommandsTest, AnEmptyFlagClears) {
  ASSERT_EQ(Colloquy({"events", "update", "lasers", "--website", "", "--opens", "", "--title",
                      "en=", "--title", "de=Laser", "--topic", "", "--country", "de"}),
            0)
      << err_;
  EXPECT_THAT(events_.update.update_mask().paths(),
              testing::ElementsAre("title", "topics", "venue", "website_uri", "registration.open"));
  const events::v1::Event& event = events_.update.event();
  EXPECT_EQ(event.title().texts().count("en"), 0u);
  EXPECT_EQ(event.topics_size(), 0);
  EXPECT_EQ(event.website_uri(), "");
  EXPECT_EQ(event.registration().open().when_case(), events::v1::Deadline::WHEN_NOT_SET);
  EXPECT_EQ(event.venue().address().region_code(), "DE") << "codes may be typed in lower case";
  EXPECT_EQ(Colloquy({"events", "update", "lasers", "--kind", ""}), kUsage) << "has no empty value";
}

TEST_F(CommandsTest, RegistrationsAreUpdatedByFlags) {
  ASSERT_EQ(Colloquy({"registrations", "update", "lasers/r1", "--family-name", "King", "--title",
                      "", "--country", "gb", "--answer", "meal=soup", "--answer", "diet="}),
            0)
      << err_;
  const auto& update = registrations_.update;
  EXPECT_EQ(update.registration().name(), "organizers/a/events/lasers/registrations/r1");
  EXPECT_EQ(update.registration().etag(), "\"1\"");
  EXPECT_THAT(update.update_mask().paths(),
              testing::ElementsAre("attendee.family_name", "attendee.title", "attendee.region_code",
                                   "answers"));
  EXPECT_EQ(update.registration().attendee().region_code(), "GB");
  ASSERT_EQ(update.registration().answers().fields().size(), 1u);
  EXPECT_EQ(update.registration().answers().fields().at("meal").string_value(), "soup");
  EXPECT_EQ(Colloquy({"registrations", "update", "lasers/r1"}), kUsage);

  const std::string file = Write("r.yaml", "attendee: {givenName: Augusta}\n");
  ASSERT_EQ(Colloquy({"registrations", "update", "lasers/r1", "-f", file}), 0) << err_;
  EXPECT_TRUE(registrations_.update.update_mask().paths().empty());
  EXPECT_EQ(registrations_.update.registration().attendee().given_name(), "Augusta");
}

TEST_F(CommandsTest, TheOutputFormatIsHonouredWithoutAServersMessageToo) {
  env_["COLLOQUY_CONFIG"] = folder_ + "/config.yaml";
  ASSERT_EQ(Colloquy({"context", "set", "home", "--server", "localhost:1", "--organizer", "a"}), 0);
  ASSERT_EQ(Colloquy({"context", "list", "-o", "json"}), 0);
  EXPECT_EQ(out_,
            "[{\"current\":true,\"name\":\"home\",\"server\":\"localhost:1\","
            "\"organizer\":\"a\"}]\n");
  ASSERT_EQ(Colloquy({"context", "list", "-o", "csv"}), 0);
  EXPECT_EQ(out_, "current,name,server,organizer\r\ntrue,home,localhost:1,a\r\n");
  ASSERT_EQ(Colloquy({"context", "current", "-o", "yaml"}), 0);
  EXPECT_EQ(out_, "name: home\n");
  ASSERT_EQ(Colloquy({"version", "-o", "json"}), 0);
  EXPECT_THAT(out_, testing::StartsWith("{\"version\":\""));
  const std::string file = Write("people.csv", "email\na@b.c\nbad\n");
  EXPECT_EQ(Colloquy({"registrations", "import", "lasers", file, "--batch-size", "1", "-o", "csv"}),
            kPartial);
  EXPECT_EQ(out_, "name,state,attendee.email\r\n,CONFIRMED,\r\n");
  EXPECT_THAT(err_, HasSubstr("2\trefused"));
}

TEST_F(CommandsTest, ListWalksPagesInEveryFormat) {
  ASSERT_EQ(Colloquy({"events", "list", "--filter", "kind = TRAINING", "--page-size", "2"}), 0);
  EXPECT_EQ(events_.list.filter(), "kind = TRAINING");
  EXPECT_EQ(events_.list.page_size(), 2);
  EXPECT_EQ(events_.list.parent(), "organizers/a");
  EXPECT_THAT(out_, HasSubstr("ID "));
  EXPECT_THAT(out_, HasSubstr("\ne3 "));
  ASSERT_EQ(Colloquy({"-o", "csv", "--fields", "id,name", "events", "list", "--limit", "3"}), 0);
  EXPECT_EQ(out_,
            "id,name\r\ne0,organizers/a/events/e0\r\ne1,organizers/a/events/e1\r\n"
            "e2,organizers/a/events/e2\r\n");
  ASSERT_EQ(Colloquy({"events", "list", "-o", "json", "--limit", "1"}), 0);
  EXPECT_EQ(out_, "[\n {\"name\":\"organizers/a/events/e0\"}\n]\n");
  ASSERT_EQ(Colloquy({"events", "list", "-o", "yaml", "--limit", "2"}), 0);
  EXPECT_EQ(out_, "name: organizers/a/events/e0\n---\nname: organizers/a/events/e1\n");
}

TEST_F(CommandsTest, GetShowsTimesInTheEventsZoneAndNoControlCharacters) {
  ASSERT_EQ(Colloquy({"events", "get", "lasers"}), 0);
  EXPECT_THAT(out_, HasSubstr("2027-03-09 14:00 CET"));
  EXPECT_THAT(out_, HasSubstr("Lasers\\x1b[31m"));
  EXPECT_EQ(Colloquy({"events", "get", "list"}), kNotFound);  // an id, not a command
  EXPECT_THAT(err_, HasSubstr("organizers/a/events/list"));
  EXPECT_THAT(err_, HasSubstr("request "));
}

TEST_F(CommandsTest, ErrorsAreReadableAndSafe) {
  EXPECT_EQ(Colloquy({"events", "create", "bad"}), kInvalid);
  EXPECT_THAT(err_, HasSubstr("event.title"));
  EXPECT_THAT(err_, Not(HasSubstr("\x1b")));
  EXPECT_EQ(Colloquy({"events", "create", "there"}), kPrecondition);
  EXPECT_EQ(Colloquy({"events", "bogus"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("bogus"));
  EXPECT_EQ(Colloquy({"events", "list", "--bogus"}), kUsage);
  EXPECT_EQ(Colloquy({"--server", "127.0.0.1:1", "--timeout", "1s", "whoami"}), kUnavailable);
}

TEST_F(CommandsTest, AsksBeforeDeleting) {
  EXPECT_EQ(Colloquy({"events", "delete", "lasers"}), kUsage);
  EXPECT_EQ(events_.deletes, 0);
  EXPECT_EQ(Colloquy({"events", "delete", "lasers", "--yes"}), 0);
  EXPECT_EQ(events_.deletes, 1);
}

TEST_F(CommandsTest, ContextsHoldServerKeyAndOrganizer) {
  const std::string server = env_["COLLOQUY_SERVER"];
  env_ = {{"COLLOQUY_CONFIG", folder_ + "/config.yaml"}};
  const std::string key = Write("key", "clq_y_other\n");
  ASSERT_EQ(Colloquy({"context", "set", "home", "--server", server, "--key-file", key}), 0);
  ASSERT_EQ(Colloquy({"context", "current"}), 0);
  EXPECT_EQ(out_, "home\n");
  ASSERT_EQ(Colloquy({"events", "list"}), 0) << err_;
  EXPECT_EQ(access_.authorization, "Bearer clq_y_other");
  EXPECT_EQ(events_.list.parent(), "organizers/own");  // the key's
  EXPECT_EQ(Colloquy({"context", "use", "nowhere"}), kUsage);
  ASSERT_EQ(Colloquy({"context", "list"}), 0);
  EXPECT_THAT(out_, Not(HasSubstr("clq_")));
  ASSERT_EQ(Colloquy({"context", "delete", "home"}), 0);
  EXPECT_EQ(Colloquy({"context", "current"}), kUsage);
}

TEST_F(CommandsTest, ImportsEventsAndReportsEachRefusal) {
  const std::string file = Write("events.jsonl",
                                 "{\"name\": \"organizers/z/events/new\"}\n"
                                 "{\"name\": \"events/there\"}\n{\"name\": \"events/bad\"}\n"
                                 "{\"colour\": 1}\n");
  EXPECT_EQ(Colloquy({"events", "import", file, "--parallel", "1"}), kPartial);
  EXPECT_THAT(err_, HasSubstr("4 records: 1 created, 1 were there already, 2 refused."));
  EXPECT_THAT(out_,
              HasSubstr("3\trefused\torganizers/a/events/bad\tevent.title: is \\x1b[31mrude"));
  EXPECT_THAT(out_, HasSubstr("4\trefused"));
  EXPECT_EQ(events_.creates[0].event_id(), "new");
}

TEST_F(CommandsTest, ImportsRegistrationsInAtomicBatches) {
  const std::string file = Write("people.csv", "email\na@b.c\nbad\nd@e.f\n");
  EXPECT_EQ(Colloquy({"registrations", "import", "lasers", file, "--batch-size", "2"}), kPartial);
  ASSERT_EQ(registrations_.batches.size(), 2u);
  EXPECT_EQ(registrations_.batches[0].parent(), "organizers/a/events/lasers");
  EXPECT_THAT(out_, HasSubstr("1\trefused\t\tanother record of its batch was refused"));
  EXPECT_THAT(out_, HasSubstr("2\trefused\t\tregistration.attendee.email: is no address"));
  EXPECT_THAT(out_, HasSubstr("3\tCONFIRMED"));
  const std::string first_id = registrations_.batches[1].request_id();
  Colloquy({"registrations", "import", "lasers", file, "--batch-size", "2", "--singly"});
  EXPECT_THAT(out_, HasSubstr("1\tCONFIRMED"));
  EXPECT_EQ(registrations_.batches.back().request_id(), first_id);  // replayed, not repeated
}

TEST_F(CommandsTest, HelpAndCompletionCoverTheTree) {
  ASSERT_EQ(Colloquy({"--help"}), 0);
  EXPECT_THAT(out_, HasSubstr("registrations"));
  ASSERT_EQ(Colloquy({"events", "create", "--help"}), 0);
  EXPECT_THAT(out_, HasSubstr("Example:"));
  ASSERT_EQ(Colloquy({"help", "exit-codes"}), 0);
  EXPECT_THAT(out_, HasSubstr("130"));
  ASSERT_EQ(Colloquy({"help", "events", "clone"}), 0);
  EXPECT_THAT(out_, HasSubstr("--start"));
  EXPECT_EQ(Colloquy({"help", "nonsense"}), kUsage);
  for (const char* shell : {"bash", "zsh", "fish"}) {
    ASSERT_EQ(Colloquy({"completion", shell}), 0);
    EXPECT_THAT(out_, HasSubstr("verify-all"));
  }
  ASSERT_EQ(Colloquy({"completion", "bash"}), 0);
  const std::string script = Write("completion.bash", out_);
  EXPECT_EQ(std::system(("bash -n " + script).c_str()), 0);
  const std::string use = ". " + script +
                          "; COMP_WORDS=(colloquy events pub); COMP_CWORD=2; _colloquy; "
                          "test \"${COMPREPLY[*]}\" = publish";
  EXPECT_EQ(std::system(("bash -c '" + use + "'").c_str()), 0);
}

}  // namespace
}  // namespace colloquy::cli
