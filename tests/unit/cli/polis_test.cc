// Conversations from and to the files of compdemocracy/openData.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/cli/polis/conversation.h"
#include "clients/cli/polis/export.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace colloquy::cli::polis {
namespace {

namespace pb = dialogues::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kComments[] =
    "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"
    "1568101622999,x,3,7,1,0,-1,\"Two\nlines, and \"\"quotes\"\"\"\n"
    "1568101623000,x,1,2,1,0,1,Glass is ready\n";
constexpr char kVotes[] =
    "timestamp,datetime,comment-id,voter-id,vote\n"
    "1568101625000,x,1,5,1\n"
    "1568101624000,x,1,2,-1\n"
    "1568101624000,x,3,2,0\n";

TEST(PolisTest, ReadsCommentsAndVotesInTheOrderOfTheLog) {
  const absl::StatusOr<Conversation> read =
      ReadConversation({kVotes, kComments, "", "topic,\"A, b\"\n"});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->topic, "A, b");
  EXPECT_TRUE(read->findings.empty());
  ASSERT_EQ(read->statements.size(), 2);
  EXPECT_EQ(read->statements[0].number(), 1);
  EXPECT_EQ(read->statements[0].state(), pb::Statement::ACCEPTED);
  EXPECT_EQ(read->statements[1].text(), "Two\nlines, and \"quotes\"");
  EXPECT_EQ(read->statements[1].state(), pb::Statement::REJECTED);
  EXPECT_EQ(read->statements[1].author(), 7);
  EXPECT_EQ(read->statements[1].create_time().nanos(), 999'000'000);
  // 7 wrote and did not vote.
  std::vector<int> people;
  for (const auto& one : read->participants) people.push_back(one.number());
  EXPECT_THAT(people, ElementsAre(2, 5, 7));
  ASSERT_EQ(read->votes.size(), 3);
  EXPECT_EQ(read->votes[0].value(), pb::DISAGREE);
  EXPECT_EQ(read->votes[1].value(), pb::PASS);
  EXPECT_EQ(read->votes[2].participant(), 5);
}

TEST(PolisTest, SmallTimestampsAreSeconds) {
  const auto read = ReadConversation({"timestamp,comment-id,voter-id,vote\n1564624268,1,5,1\n",
                                      "comment-id,comment-body\n1,a\n", "", ""});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->votes[0].vote_time().seconds(), 1564624268);
}

TEST(PolisTest, BrokenRowsAreLeftOutWithTheirLines) {
  const std::string comments = absl::StrCat(kComments,
                                            "x,x,1,2,1,0,1,again\n"      // line 5: number twice
                                            "1,x,8,2,1,0,5,moderated\n"  // 6
                                            "1,x,9,2,1,0,1,  \n"         // 7: no text
                                            "1,x,10,2,1,0,1\n"           // 8: a cell is missing
                                            "1,x,11,2,1,0,1,GLASS  is ready\n"  // 9: same words
                                            "1,x,12,2,1,0,1,\xff\n");           // 10: no UTF-8
  const std::string votes = absl::StrCat(kVotes,
                                         "1,x,99,2,1\n"    // 5: no such comment
                                         "1,x,1,-2,1\n"    // 6
                                         "1,x,1,2,2\n"     // 7
                                         "soon,x,1,2,1\n"  // 8
                                         "1,x,1,99999999999,1\n");
  const auto read = ReadConversation({votes, comments, "participant\nx\n", ""});
  ASSERT_TRUE(read.ok());
  std::vector<std::string> found;
  for (const Finding& one : read->findings) {
    found.push_back(absl::StrCat(one.file, ":", one.line, one.left_out ? " out" : ""));
  }
  EXPECT_THAT(
      found, ElementsAre("comments.csv:5 out", "comments.csv:6 out", "comments.csv:7 out",
                         "comments.csv:8 out", "comments.csv:9", "comments.csv:10 out",
                         "votes.csv:5 out", "votes.csv:6 out", "votes.csv:7 out", "votes.csv:8 out",
                         "votes.csv:9 out", "participants-votes.csv:2 out"));
  EXPECT_THAT(read->findings[4].words, HasSubstr("line 4"));
  EXPECT_EQ(read->votes.size(), 3);
  EXPECT_EQ(read->statements.size(), 3);
}

TEST(PolisTest, MissingColumnsAreNamed) {
  EXPECT_THAT(std::string(ReadConversation({kVotes, "a,b\n1,2\n", "", ""}).status().message()),
              HasSubstr("comments.csv lacks the columns comment-id, comment-body"));
  EXPECT_THAT(std::string(ReadConversation({"", kComments, "", ""}).status().message()),
              HasSubstr("votes.csv lacks the columns"));
}

TEST(PolisTest, RunsKeepTheirLimitsAndTheirOrder) {
  const auto read = ReadConversation({kVotes, kComments, "", ""});
  const auto runs = RunsOf(*read, "organizers/a/dialogues/d", 2);
  ASSERT_EQ(runs.size(), 3);
  int participants = 0, statements = 0, votes = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    EXPECT_EQ(runs[i].run(), static_cast<int>(i) + 1);
    EXPECT_LE(runs[i].participants_size(), 2);
    EXPECT_LE(runs[i].votes_size(), 2);
    participants += runs[i].participants_size();
    statements += runs[i].statements_size();
    votes += runs[i].votes_size();
    // Whoever votes came before.
    if (runs[i].votes_size() > 0) {
      EXPECT_EQ(participants, 3);
      EXPECT_EQ(statements, 2);
    }
  }
  EXPECT_EQ(votes, 3);
  EXPECT_TRUE(RunsOf({}, "organizers/a/dialogues/d").empty());
}

// What a server would answer after the import.
struct Stored {
  pb::Dialogue dialogue;
  std::vector<pb::Statement> statements;
  std::vector<pb::Vote> votes;
};

Stored Store(const Conversation& conversation) {
  Stored stored;
  stored.dialogue.set_name("organizers/a/dialogues/d");
  stored.dialogue.set_title(conversation.topic);
  stored.dialogue.set_description(conversation.description);
  stored.votes = conversation.votes;
  for (const pb::ImportedStatement& one : conversation.statements) {
    pb::Statement& statement = stored.statements.emplace_back();
    statement.set_name(absl::StrCat(stored.dialogue.name(), "/statements/", one.number()));
    statement.set_text(one.text());
    statement.set_state(one.state());
    statement.set_meta(one.meta());
    *statement.mutable_create_time() = one.create_time();
    if (one.has_author()) {
      statement.set_author(absl::StrCat(stored.dialogue.name(), "/participants/", one.author()));
    }
  }
  return stored;
}

Files ExportOf(const Conversation& conversation) {
  const Stored stored = Store(conversation);
  return ExportConversation(stored.dialogue, stored.statements, stored.votes, {}).files;
}

std::string Serialized(const Conversation& conversation) {
  std::string all = absl::StrCat(conversation.topic, "\n", conversation.description, "\n");
  for (const auto& one : conversation.participants)
    absl::StrAppend(&all, one.ShortDebugString(), "\n");
  for (const auto& one : conversation.statements)
    absl::StrAppend(&all, one.ShortDebugString(), "\n");
  for (const auto& one : conversation.votes) absl::StrAppend(&all, one.ShortDebugString(), "\n");
  return all;
}

// Words with whatever a spreadsheet might trip over.
std::string RandomText(std::mt19937& random) {
  static const char* const kPieces[] = {"a", "B",  " ", ",",  "\"", "\n", "'",
                                        ";", "=1", "ü", "界", "\t", "x"};
  std::string text = "t";
  const int count = static_cast<int>(random() % 20);
  for (int i = 0; i < count; ++i) text += kPieces[random() % std::size(kPieces)];
  return text + "z";
}

TEST(PolisTest, ImportUndoesExportWhateverIsInIt) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Conversation conversation;
    conversation.topic = RandomText(random);
    conversation.description = RandomText(random);
    const int people = 1 + static_cast<int>(random() % 8),
              comments = 1 + static_cast<int>(random() % 8);
    std::set<int> seen;
    int64_t time = 1'700'000'000;
    for (int i = 0; i < comments; ++i) {
      pb::ImportedStatement& one = conversation.statements.emplace_back();
      one.set_number(3 * i);
      one.set_text(RandomText(random));
      one.set_state(static_cast<pb::Statement::State>(1 + random() % 3));
      one.set_meta(random() % 2 == 0);
      one.mutable_create_time()->set_seconds(time);
      if (random() % 2 == 0) {
        one.set_has_author(true);
        one.set_author(static_cast<int>(random() % people));
        seen.insert(one.author());
      }
    }
    for (int i = 0; i < 40; ++i) {
      pb::Vote& vote = conversation.votes.emplace_back();
      // No two at one time: the format does not order those of different people.
      vote.mutable_vote_time()->set_seconds(++time);
      vote.mutable_vote_time()->set_nanos(static_cast<int>(random() % 1000) * 1'000'000);
      vote.set_participant(static_cast<int>(random() % people));
      vote.set_statement(3 * static_cast<int>(random() % comments));
      vote.set_value(static_cast<pb::VoteValue>(1 + random() % 3));
      seen.insert(vote.participant());
    }
    for (const int number : seen) conversation.participants.emplace_back().set_number(number);
    const auto read = ReadConversation(ExportOf(conversation));
    ASSERT_TRUE(read.ok()) << read.status();
    for (const Finding& finding : read->findings) EXPECT_FALSE(finding.left_out) << finding.words;
    ASSERT_EQ(Serialized(*read), Serialized(conversation)) << "round " << round;
  }
}

TEST(PolisTest, VotesThatWereTakenBackAreNotThere) {
  Conversation conversation = *ReadConversation({kVotes, kComments, "", ""});
  Stored stored = Store(conversation);
  pb::Vote back = stored.votes[0];
  back.set_value(pb::VOTE_VALUE_UNSPECIFIED);
  stored.votes.push_back(back);
  const Exported exported =
      ExportConversation(stored.dialogue, stored.statements, stored.votes, {});
  EXPECT_EQ(exported.votes_left_out, 2);
  EXPECT_EQ(exported.files.votes,
            "timestamp,datetime,comment-id,voter-id,vote\n"
            "1568101625000,Tue Sep 10 07:47:05 UTC 2019,1,5,1\n"
            "1568101624000,Tue Sep 10 07:47:04 UTC 2019,3,2,0\n");
  EXPECT_EQ(exported.files.participants_votes,
            "participant,group-id,n-comments,n-votes,n-agree,n-disagree,1,3\n"
            "2,,1,1,0,0,,0\n"
            "5,,0,1,1,0,1,\n");
}

std::string Slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Rows without the column `datetime`, which published files write in whatever zone they were in.
std::string WithoutDatetime(const std::string& votes) {
  std::string all;
  for (const absl::string_view line : absl::StrSplit(votes, '\n')) {
    std::vector<absl::string_view> cells = absl::StrSplit(line, ',');
    if (cells.size() == 5) cells.erase(cells.begin() + 1);
    for (const absl::string_view cell : cells) absl::StrAppend(&all, cell, ",");
    all += '\n';
  }
  return all;
}

TEST(PolisTest, RealConversationsComeBackAsTheyWere) {
  const char* given = std::getenv("COLLOQUY_TEST_DATA");
  const std::filesystem::path folder =
      std::filesystem::path(given != nullptr ? given : COLLOQUY_TEST_DATA_DEFAULT) / "polis";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "missing folder " << folder;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename().string());
    const Files files = {Slurp(entry.path() / "votes.csv"), Slurp(entry.path() / "comments.csv"),
                         Slurp(entry.path() / "participants-votes.csv"),
                         Slurp(entry.path() / "summary.csv")};
    const auto read = ReadConversation(files);
    ASSERT_TRUE(read.ok()) << read.status();
    for (const Finding& finding : read->findings) {
      EXPECT_FALSE(finding.left_out) << finding.file << ":" << finding.line << " " << finding.words;
    }
    const Files again = ExportOf(*read);
    EXPECT_EQ(WithoutDatetime(again.votes), WithoutDatetime(files.votes));
  }
}

}  // namespace
}  // namespace colloquy::cli::polis
