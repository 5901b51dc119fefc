// `dialogues …` against servers that record what they were asked.
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "clients/cli/commands/dialogues/room_view.h"
#include "clients/cli/failures.h"
#include "gmock/gmock.h"
#include "tests/unit/cli/commands_fixture.h"
#include "tests/unit/cli/dialogues_fakes.h"

namespace colloquy::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DialoguesTest : public CommandsTest {
 protected:
  void SetUp() override {
    CommandsTest::SetUp();
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    for (grpc::Service* service : std::initializer_list<grpc::Service*>{
             &dialogues_, &statements_, &opinion_, &agenda_, &outcomes_, &polls_}) {
      builder.RegisterService(service);
    }
    dialogues_server_ = builder.BuildAndStart();
    env_["COLLOQUY_SERVER"] = absl::StrCat("127.0.0.1:", port);
  }
  void TearDown() override {
    dialogues_server_->Shutdown();
    CommandsTest::TearDown();
  }
  std::string PolisFolder() {
    Write("comments.csv", "comment-id,comment-body,moderated\n1,One,1\n2,Two,0\n");
    Write("votes.csv",
          "timestamp,comment-id,voter-id,vote\n1700000000000,1,4,1\n1700000000001,2,4,9\n");
    Write("summary.csv", "topic,What now?\nconversation-description,Long\n");
    return folder_;
  }

  FakeDialogues dialogues_;
  FakeStatements statements_;
  FakeOpinion opinion_;
  FakeAgenda agenda_;
  FakeOutcomes outcomes_;
  FakePolls polls_;
  std::unique_ptr<grpc::Server> dialogues_server_;
};

TEST_F(DialoguesTest, CreatesFromFlags) {
  EXPECT_EQ(Colloquy({"dialogues", "create", "roadmap", "--title", "Packaging", "--admission",
                      "join-link", "--moderation", "before", "--type", "company", "--dry-run"}),
            kSuccess)
      << err_;
  ASSERT_EQ(dialogues_.creates.size(), 1);
  const pb::CreateDialogueRequest& request = dialogues_.creates[0];
  EXPECT_EQ(request.dialogue_id(), "roadmap");
  EXPECT_EQ(request.dialogue().admission(), pb::Dialogue::JOIN_LINK);
  EXPECT_EQ(request.dialogue().moderation(), pb::Dialogue::BEFORE);
  EXPECT_EQ(request.dialogue().stakeholder_types(0), "company");
  EXPECT_TRUE(request.validate_only());
  EXPECT_EQ(Colloquy({"dialogues", "create", "x", "--admission", "all"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("own-list, join-link"));
}

TEST_F(DialoguesTest, UpdatesWithMaskAndEtag) {
  EXPECT_EQ(Colloquy({"dialogues", "update", "roadmap", "--statements-closed"}), kSuccess) << err_;
  EXPECT_THAT(dialogues_.update.update_mask().paths(), testing::ElementsAre("statements_closed"));
  EXPECT_EQ(dialogues_.update.dialogue().etag(), "\"4\"");
  EXPECT_EQ(Colloquy({"dialogues", "update", "roadmap", "--title", "", "--event", ""}), kSuccess)
      << err_;
  EXPECT_THAT(dialogues_.update.update_mask().paths(), testing::ElementsAre("title", "event"));
  EXPECT_EQ(dialogues_.update.dialogue().title(), "") << "given empty: cleared";
  EXPECT_EQ(Colloquy({"dialogues", "update", "roadmap"}), kUsage);
}

TEST_F(DialoguesTest, ClosingAsksFirst) {
  EXPECT_EQ(Colloquy({"dialogues", "close", "roadmap"}), kUsage);
  EXPECT_TRUE(dialogues_.closed.empty());
  EXPECT_EQ(Colloquy({"dialogues", "close", "roadmap", "--yes"}), kSuccess) << err_;
  EXPECT_EQ(dialogues_.closed[0].name(), kRoom);
}

TEST_F(DialoguesTest, ParticipantsComeFromCsv) {
  const std::string file =
      Write("people.csv", "Name;email;type;viewer\nAda;ada@x.org;research;\nBob;;;yes\n");
  EXPECT_EQ(Colloquy({"dialogues", "participants", "add", "roadmap", "-f", file}), kSuccess)
      << err_;
  ASSERT_EQ(dialogues_.batches.size(), 1);
  ASSERT_EQ(dialogues_.batches[0].requests_size(), 2);
  EXPECT_EQ(dialogues_.batches[0].requests(0).participant().stakeholder_type(), "research");
  EXPECT_TRUE(dialogues_.batches[0].requests(1).participant().viewer());
  const std::string id = dialogues_.batches[0].request_id();
  Colloquy({"dialogues", "participants", "add", "roadmap", "-f", file});
  EXPECT_EQ(dialogues_.batches[1].request_id(), id);
  EXPECT_EQ(Colloquy({"dialogues", "participants", "add", "roadmap", "-f",
                      Write("bad.csv", "name,shoe\nA,9\n")}),
            kUsage);
  EXPECT_THAT(err_, HasSubstr("'shoe'"));
}

TEST_F(DialoguesTest, LinksAreListedForMailing) {
  EXPECT_EQ(Colloquy({"dialogues", "participants", "links", "roadmap", "-o", "csv"}), kSuccess)
      << err_;
  EXPECT_THAT(out_, HasSubstr("1,,p1@example.org,https://x/d/1,"));
  EXPECT_EQ(Colloquy({"dialogues", "participants", "links", "roadmap", "-o", "json"}), kUsage);
}

TEST_F(DialoguesTest, NextOnTheAgendaIsWhatFollowsTheLastThatBegan) {
  using Item = pb::AgendaItem;
  const auto next = [&](std::vector<Item::State> states) {
    agenda_.states = std::move(states);
    return Colloquy({"dialogues", "agenda", "next", "roadmap"});
  };
  EXPECT_EQ(next({Item::PLANNED, Item::PLANNED}), kSuccess) << err_;
  EXPECT_EQ(next({Item::FINISHED, Item::PLANNED, Item::RUNNING, Item::PLANNED, Item::PLANNED}),
            kSuccess)
      << err_;
  ASSERT_EQ(agenda_.started.size(), 2);
  EXPECT_EQ(agenda_.started[0].name(), absl::StrCat(kRoom, "/agendaItems/1"));
  EXPECT_EQ(agenda_.started[1].name(), absl::StrCat(kRoom, "/agendaItems/4"));
  EXPECT_EQ(agenda_.started[1].etag(), "\"3\"");
  EXPECT_EQ(next({Item::FINISHED, Item::RUNNING}), kPrecondition);
  EXPECT_THAT(err_, HasSubstr("agenda finish"));
  EXPECT_EQ(agenda_.started.size(), 2);
}

TEST_F(DialoguesTest, SeedsComeFromLinesAndFromCsv) {
  EXPECT_EQ(Colloquy({"dialogues", "statements", "seed", "roadmap",
                      Write("s.txt", "One\n\n  Two  \r\n")}),
            kSuccess)
      << err_;
  ASSERT_EQ(statements_.seeds.requests_size(), 2);
  EXPECT_EQ(statements_.seeds.requests(1).statement().text(), "Two");
  EXPECT_EQ(Colloquy({"dialogues", "statements", "seed", "roadmap",
                      Write("s.csv", "text,language,de,meta\nOne,en,Eins,true\n")}),
            kSuccess)
      << err_;
  const pb::Statement& seed = statements_.seeds.requests(0).statement();
  EXPECT_EQ(seed.translations().at("de"), "Eins");
  EXPECT_TRUE(seed.meta());
  EXPECT_EQ(Colloquy({"dialogues", "statements", "seed", "roadmap", Write("t.csv", "a\nb\n")}),
            kUsage);
}

TEST_F(DialoguesTest, TranslationsAreAddedToThoseThatAreThere) {
  EXPECT_EQ(
      Colloquy({"dialogues", "statements", "translate", "roadmap/3", "de=Glas = reif", "fr="}),
      kSuccess)
      << err_;
  const auto& translations = statements_.update.statement().translations();
  EXPECT_EQ(translations.at("de"), "Glas = reif");
  EXPECT_FALSE(translations.contains("fr"));
  EXPECT_EQ(statements_.update.statement().etag(), "\"2\"");
}

TEST_F(DialoguesTest, ModeratesOneAfterAnotherOnATerminal) {
  std::istringstream in("a\nx\nr\nNames a person\nm\n1\n\nq\n");
  std::ostringstream out, err;
  Io io{.in = in, .out = out, .err = err, .in_is_terminal = true, .env = [this](const char* name) {
          return env_[name];
        }};
  EXPECT_EQ(cli::Run({"dialogues", "statements", "moderate", "roadmap"}, io), kSuccess)
      << err.str();
  EXPECT_EQ(statements_.filter, "state = UNDECIDED");
  EXPECT_THAT(statements_.log,
              testing::ElementsAre(
                  absl::StrCat("accept ", kRoom, "/statements/1"),
                  absl::StrCat("reject ", kRoom, "/statements/2 Names a person"),
                  absl::StrCat("merge ", kRoom, "/statements/3 ", kRoom, "/statements/1")));
  EXPECT_THAT(err.str(), HasSubstr("3 of 3 decided"));
}

TEST_F(DialoguesTest, ModeratingIsAListElsewhere) {
  EXPECT_EQ(Colloquy({"dialogues", "statements", "moderate", "roadmap"}), kSuccess) << err_;
  EXPECT_THAT(out_, HasSubstr("Words 2"));
  EXPECT_TRUE(statements_.log.empty());
}

TEST_F(DialoguesTest, DecisionsNameStatementsAndPollsByNumber) {
  EXPECT_EQ(Colloquy({"dialogues", "decisions", "add", "roadmap", "--text", "Plan it",
                      "--statement", "3", "--statement", "7", "--poll", "1", "--item", "2"}),
            kSuccess)
      << err_;
  const pb::Decision& decision = outcomes_.decided.decision();
  EXPECT_THAT(decision.statements(), testing::ElementsAre(absl::StrCat(kRoom, "/statements/3"),
                                                          absl::StrCat(kRoom, "/statements/7")));
  EXPECT_EQ(decision.polls(0), absl::StrCat(kRoom, "/polls/1"));
  EXPECT_EQ(decision.agenda_item(), absl::StrCat(kRoom, "/agendaItems/2"));
  EXPECT_EQ(Colloquy({"dialogues", "decisions", "show", "roadmap/1"}), kSuccess) << err_;
  EXPECT_THAT(out_, HasSubstr("after vote 212"));
  EXPECT_THAT(out_, HasSubstr("Statement 3: Words then"));
  EXPECT_THAT(out_, HasSubstr("group A   30 agree"));
}

TEST_F(DialoguesTest, ActionsHaveDatesAndAreListedEverywhere) {
  EXPECT_EQ(Colloquy({"dialogues", "actions", "add", "roadmap", "--title", "Write", "--owner",
                      "Ada", "--due", "2027-03-09"}),
            kSuccess)
      << err_;
  EXPECT_EQ(outcomes_.action.action_item().due_date().month(), 3);
  EXPECT_EQ(Colloquy({"dialogues", "actions", "add", "roadmap", "--due", "2027-02-30"}), kUsage);
  EXPECT_EQ(Colloquy({"dialogues", "actions", "list"}), kSuccess) << err_;
  EXPECT_EQ(outcomes_.listed.parent(), "organizers/a/dialogues/-");
}

TEST_F(DialoguesTest, PollsAboutABudgetHaveCosts) {
  EXPECT_EQ(
      Colloquy({"dialogues", "polls", "create", "roadmap", "--question", "What?", "--method",
                "budget", "--budget", "500", "--option", "A=b=400", "--option", "C=90", "--open"}),
      kSuccess)
      << err_;
  EXPECT_EQ(polls_.created.poll().options(0).text(), "A=b");
  EXPECT_EQ(polls_.created.poll().options(0).cost(), 400);
  EXPECT_EQ(polls_.opened, absl::StrCat(kRoom, "/polls/1"));
  EXPECT_EQ(Colloquy({"dialogues", "polls", "results", "roadmap/1", "-o", "csv"}), kSuccess)
      << err_;
  EXPECT_THAT(out_, HasSubstr("1,1,Polymer,7,"));
}

TEST_F(DialoguesTest, ImportSendsRunsAndReportsRows) {
  statements_.unavailable = 1;
  EXPECT_EQ(Colloquy({"dialogues", "import", PolisFolder(), "--as", "roadmap", "--analyse"}),
            kPartial)
      << err_;
  EXPECT_EQ(dialogues_.creates[0].dialogue().title(), "What now?");
  ASSERT_EQ(statements_.runs.size(), 1);
  EXPECT_EQ(statements_.runs[0].parent(), kRoom);
  EXPECT_EQ(statements_.runs[0].votes_size(), 1);
  EXPECT_THAT(err_, HasSubstr("votes.csv, line 3: vote is '9', not -1, 0 or 1; left out."));
  EXPECT_THAT(out_, HasSubstr("Words 2"));
  EXPECT_EQ(opinion_.compute.name(), kRoom);
}

TEST_F(DialoguesTest, ImportGoesOnInADialogueThatIsThere) {
  dialogues_.exists = true;
  statements_.repeated = true;
  EXPECT_EQ(Colloquy({"dialogues", "import", PolisFolder(), "--as", "roadmap"}), kPartial) << err_;
  EXPECT_THAT(err_, HasSubstr("1 of 1 runs were there already"));
}

TEST_F(DialoguesTest, ImportOfNothingIsAMistake) {
  EXPECT_EQ(Colloquy({"dialogues", "import", folder_ + "/nowhere"}), kUsage);
  EXPECT_EQ(Colloquy({"dialogues", "import", PolisFolder(), "--dry-run"}), kPartial);
  EXPECT_TRUE(dialogues_.creates.empty());
}

TEST_F(DialoguesTest, ExportWritesWhatImportReads) {
  const std::string to = folder_ + "/out";
  EXPECT_EQ(Colloquy({"dialogues", "export", "roadmap", to}), kSuccess) << err_;
  EXPECT_EQ(statements_.through, 2);
  for (const char* name :
       {"votes.csv", "comments.csv", "participants-votes.csv", "summary.csv", "opinion.json"}) {
    EXPECT_TRUE(std::filesystem::exists(to + "/" + name)) << name;
  }
  EXPECT_EQ(Colloquy({"dialogues", "import", to, "--as", "copy"}), kSuccess) << err_;
  EXPECT_EQ(statements_.runs[0].votes_size(), 2);
  EXPECT_EQ(statements_.runs[0].statements_size(), 3);
}

TEST_F(DialoguesTest, ReportsGoToAFile) {
  EXPECT_EQ(Colloquy({"dialogues", "report", "roadmap", "--format", "markdown", "--to",
                      folder_ + "/r.md"}),
            kSuccess)
      << err_;
  EXPECT_EQ(opinion_.format, pb::MARKDOWN);
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/r.md"));
}

TEST_F(DialoguesTest, WatchingGoesOnAtItsCursor) {
  EXPECT_EQ(Colloquy({"dialogues", "watch", "roadmap"}), kSuccess) << err_;
  EXPECT_THAT(dialogues_.cursors, testing::ElementsAre("", "2"));
  EXPECT_THAT(out_, HasSubstr("room LIVE: 1 statement,"));
  EXPECT_THAT(out_, HasSubstr("votes on 3: +5 -0 ~0"));
  EXPECT_THAT(out_, HasSubstr("What\\x1b[31m first?"));
}

TEST_F(DialoguesTest, WatchingDrawsOnATerminal) {
  out_is_terminal_ = true;
  EXPECT_EQ(Colloquy({"dialogues", "watch", "roadmap", "--limit", "2"}), kSuccess) << err_;
  EXPECT_THAT(out_, HasSubstr("\x1b[?1049h"));
  EXPECT_THAT(out_, testing::EndsWith("\x1b[?25h\x1b[?1049l"));
}

TEST(RoomViewTest, FollowsTheRoom) {
  RoomView view;
  pb::RoomUpdate update;
  update.mutable_dialogue()->set_title("Packaging");
  update.mutable_dialogue()->set_state(pb::Dialogue::LIVE);
  pb::AgendaItem* item = update.add_agenda_items();
  item->set_name(absl::StrCat(kRoom, "/agendaItems/1"));
  item->set_title("Glass\nor polymer");
  item->set_state(pb::AgendaItem::RUNNING);
  item->set_planned_minutes(10);
  item->mutable_start_time()->set_seconds(1000);
  for (int i = 1; i < 4; ++i) {
    pb::SpeakerRequest* request = update.add_speaker_requests();
    request->set_name(absl::StrCat(kRoom, "/speakerRequests/", i));
    request->set_pseudonym(absl::StrCat("Participant ", i));
    request->set_state(i == 3 ? pb::SpeakerRequest::SPEAKING : pb::SpeakerRequest::WAITING);
    request->set_position(i == 3 ? 0 : 3 - i);
    request->mutable_resume_time()->set_seconds(1500);
  }
  for (int i = 0; i < 2; ++i) {
    pb::Opinion::Group* group = update.mutable_opinion()->add_groups();
    group->set_id(i);
    group->set_participant_count(i == 0 ? 30 : 10);
  }
  update.mutable_opinion()->set_participant_count(40);
  pb::Statement* statement = update.add_statements();
  statement->set_name(absl::StrCat(kRoom, "/statements/5"));
  statement->mutable_tally()->set_agree_count(3);
  statement->mutable_tally()->set_disagree_count(1);
  view.Apply(update);
  std::string screen = absl::StrJoin(view.Screen(absl::FromUnixSeconds(1630), 70, 24), "\n");
  EXPECT_THAT(screen, HasSubstr("Glass\\nor polymer  10:30 of 10:00  OVER"));
  EXPECT_THAT(screen, HasSubstr("Group B  #####...............  10 people"));
  EXPECT_THAT(screen, HasSubstr("   5  +++++++++++++++-----  +3 -1 ~0"));
  EXPECT_THAT(screen, HasSubstr("Speaks Participant 3    2:10\n  1. Participant 2"));
  update.Clear();
  update.add_deleted(absl::StrCat(kRoom, "/speakerRequests/2"));
  view.Apply(update);
  screen = absl::StrJoin(view.Screen(absl::FromUnixSeconds(1630), 70, 24), "\n");
  EXPECT_THAT(screen, Not(HasSubstr("Participant 2")));
  EXPECT_LE(view.Screen(absl::Now(), 20, 3).size(), 3);
  update.Clear();
  update.set_reset(true);
  view.Apply(update);
  EXPECT_THAT(absl::StrJoin(view.Screen(absl::Now(), 70, 24), "\n"), Not(HasSubstr("Glass")));
}

}  // namespace
}  // namespace colloquy::cli
