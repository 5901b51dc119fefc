// Reports: read by a parser that nobody here wrote, with hostile texts, without anything, too
// large.
#include <expat.h>

#include <fstream>
#include <regex>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/dialogues/rules/report/html.h"
#include "services/dialogues/rules/report/markdown.h"
#include "services/dialogues/rules/report/markup.h"
#include "tests/unit/dialogues/report_sample.h"

namespace colloquy::dialogues::rules::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What expat finds in a page.
struct Parsed {
  std::string error;
  std::set<std::string> elements, ids, targets;
  std::multiset<std::string> all_ids;
  std::string text, attributes;
};

void OnElement(void* self, const char* name, const char** attributes) {
  auto& parsed = *static_cast<Parsed*>(self);
  parsed.elements.insert(name);
  for (; *attributes != nullptr; attributes += 2) {
    const std::string attribute = attributes[0], value = attributes[1];
    absl::StrAppend(&parsed.attributes, attribute, "=", value, "\n");
    if (attribute == "id") {
      parsed.ids.insert(value);
      parsed.all_ids.insert(value);
    }
    if (attribute == "href" && absl::StartsWith(value, "#")) parsed.targets.insert(value.substr(1));
  }
}

Parsed Parse(const std::string& page) {
  Parsed parsed;
  XML_Parser parser = XML_ParserCreate("UTF-8");
  XML_SetUserData(parser, &parsed);
  XML_SetElementHandler(parser, OnElement, [](void*, const char*) {});
  XML_SetCharacterDataHandler(parser, [](void* self, const char* text, int size) {
    static_cast<Parsed*>(self)->text.append(text, size);
  });
  if (XML_Parse(parser, page.data(), static_cast<int>(page.size()), 1) != XML_STATUS_OK) {
    parsed.error = absl::StrCat(XML_ErrorString(XML_GetErrorCode(parser)), " in line ",
                                XML_GetCurrentLineNumber(parser));
  }
  XML_ParserFree(parser);
  return parsed;
}

constexpr char kHostile[] =
    "</p><script>alert('x')</script>\"'&amp;<!-- ]]> \xe2\x80\xae gnp.exe \x01\xff [a](b) | *c*\n# "
    "d";

// Every text field of every message.
void MakeHostile(google::protobuf::Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    const bool text = field->type() == google::protobuf::FieldDescriptor::TYPE_STRING;
    if (field->is_map()) continue;
    if (field->message_type() != nullptr) {
      const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 0;
      for (int i = 0; i < count; ++i) {
        MakeHostile(*reflection->MutableRepeatedMessage(&message, field, i));
      }
      if (!field->is_repeated()) MakeHostile(*reflection->MutableMessage(&message, field));
    } else if (text && field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        const std::string old = reflection->GetRepeatedString(message, field, i);
        if (absl::StartsWith(old, "organizers/")) continue;
        reflection->SetRepeatedString(&message, field, i, absl::StrCat(old, kHostile));
      }
    } else if (text) {
      const std::string old = reflection->GetString(message, field);
      if (absl::StartsWith(old, "organizers/")) continue;
      reflection->SetString(&message, field, absl::StrCat(old, kHostile));
    }
  }
}

ReportData HostileReport() {
  ReportData data = SampleReport();
  MakeHostile(data.dialogue);
  MakeHostile(data.speaking);
  MakeHostile(data.opinion);
  const auto all = [](auto& list) {
    for (auto& message : list) MakeHostile(message);
  };
  all(data.statements);
  all(data.agenda);
  all(data.polls);
  all(data.decisions);
  all(data.actions);
  all(data.moderation);
  (*data.statements[0].mutable_translations())[kHostile] = kHostile;
  (*data.opinion.mutable_groups(0)->mutable_stakeholder_types())[kHostile] = 1;
  return data;
}

TEST(ReportTest, HtmlIsWellFormedAndEveryLinkLeadsSomewhere) {
  const std::string page = RenderHtml(SampleReport());
  std::ofstream(absl::StrCat(testing::TempDir(), "/colloquy-report.html")) << page;
  const Parsed parsed = Parse(page);
  EXPECT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.all_ids.size(), parsed.ids.size()) << "ids twice";
  for (const std::string& target : parsed.targets)
    EXPECT_TRUE(parsed.ids.contains(target)) << target;
  for (const char* section : {"decisions", "opinion", "polls", "agenda", "speaking",
                              "participation", "statements", "moderation", "method"}) {
    EXPECT_TRUE(parsed.ids.contains(section)) << section;
  }
}

TEST(ReportTest, HtmlNeedsNothingElse) {
  const std::string page = RenderHtml(SampleReport());
  const Parsed parsed = Parse(page);
  for (const char* element :
       {"script", "link", "img", "iframe", "object", "form", "image", "use"}) {
    EXPECT_FALSE(parsed.elements.contains(element)) << element;
  }
  EXPECT_THAT(parsed.attributes, Not(HasSubstr("src=")));
  EXPECT_THAT(parsed.attributes, Not(HasSubstr("style=")));
  EXPECT_THAT(page, Not(HasSubstr("url(")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
}

TEST(ReportTest, DecisionsLeadBackToStatementsVotesAndPolls) {
  const std::string page = RenderHtml(SampleReport());
  const size_t begin = page.find("id=\"decision-1\"");
  ASSERT_NE(begin, std::string::npos);
  const std::string decision = page.substr(begin, page.find("</article>", begin) - begin);
  EXPECT_THAT(decision, HasSubstr("href=\"#statement-0\""));
  EXPECT_THAT(decision, HasSubstr("href=\"#poll-1\""));
  EXPECT_THAT(decision, HasSubstr("href=\"#item-2\""));
  EXPECT_THAT(decision, HasSubstr("The words at that moment"));
  EXPECT_THAT(decision, HasSubstr("after vote 212"));
  // 33 of 46 agreed; 30 of 32 in group A; 21 of 25 companies.
  EXPECT_THAT(decision, HasSubstr("72 % <i>33</i>"));
  EXPECT_THAT(decision, HasSubstr("94 % <i>30</i>"));
  EXPECT_THAT(decision, HasSubstr("84 % <i>21</i>"));
  EXPECT_THAT(decision, HasSubstr("<bdi>Polymer</bdi>"));
  EXPECT_THAT(decision, HasSubstr("Ada Lovelace"));
  EXPECT_THAT(decision, HasSubstr("2027-03-09"));
  // And from the statement to the decision.
  EXPECT_THAT(page.substr(page.find("id=\"statement-0\"")), HasSubstr("href=\"#decision-1\""));
}

TEST(ReportTest, TellsNothingThatParticipantsMustNotSee) {
  for (const std::string& report : {RenderHtml(SampleReport()), RenderMarkdown(SampleReport())}) {
    EXPECT_THAT(report, Not(HasSubstr("secret@example.org")));
    EXPECT_THAT(report, Not(HasSubstr("Words nobody must repeat")));
    EXPECT_THAT(report, Not(HasSubstr("Secret draft")));
    EXPECT_THAT(report, HasSubstr("Names a person"));
  }
}

TEST(ReportTest, HostileTextsStayTexts) {
  const std::string page = RenderHtml(HostileReport());
  const Parsed parsed = Parse(page);
  ASSERT_EQ(parsed.error, "");
  EXPECT_FALSE(parsed.elements.contains("script"));
  EXPECT_EQ(parsed.elements, Parse(RenderHtml(SampleReport())).elements);
  EXPECT_THAT(page, Not(HasSubstr("\xe2\x80\xae")));
  EXPECT_THAT(page, Not(HasSubstr("href=\"javascript")));
  EXPECT_THAT(parsed.text, HasSubstr("<script>alert('x')</script>"));
}

TEST(ReportTest, HostileTextsStayTextsInMarkdown) {
  const std::string report = RenderMarkdown(HostileReport());
  // The only HTML are anchors; every < of a text is escaped.
  const std::regex tag(R"((^|[^\\])<(?!a id="[a-z]+-[0-9]+"></a>|/a>))");
  std::smatch found;
  EXPECT_FALSE(std::regex_search(report, found, tag))
      << found.str() << found.suffix().str().substr(0, 60);
  EXPECT_THAT(report, Not(HasSubstr("\xe2\x80\xae")));
  EXPECT_THAT(report, Not(HasSubstr("\n# d")));
  // Rows of tables stay rows: as many bars that count as the first one has.
  const std::regex row(R"(\n\| [^\n]*)");
  for (std::sregex_iterator at(report.begin(), report.end(), row), end; at != end; ++at) {
    EXPECT_THAT(at->str(), testing::EndsWith(" |")) << at->str();
  }
}

TEST(ReportTest, MarkdownHasTheSameLinks) {
  const std::string report = RenderMarkdown(SampleReport());
  EXPECT_THAT(report, HasSubstr("[Statement 0](#statement-0): The words at that moment"));
  EXPECT_THAT(report, HasSubstr("| All | 72 % (33) | 4 % (2) | 24 % (11) |"));
  EXPECT_THAT(report, HasSubstr("- Poll: [What first?](#poll-1): Polymer"));
  EXPECT_THAT(report, HasSubstr("1\\. Not a list"));
  const std::regex link(R"(\]\(#([a-z]+-[0-9]+)\))");
  for (std::sregex_iterator at(report.begin(), report.end(), link), end; at != end; ++at) {
    EXPECT_THAT(report, HasSubstr(absl::StrCat("<a id=\"", (*at)[1].str(), "\"></a>")));
  }
}

TEST(ReportTest, AnEmptyDialogueHasAReport) {
  ReportData data;
  data.dialogue.set_title("Nothing yet");
  const Parsed parsed = Parse(RenderHtml(data));
  EXPECT_EQ(parsed.error, "");
  EXPECT_FALSE(parsed.ids.contains("decisions"));
  for (const std::string& target : parsed.targets)
    EXPECT_TRUE(parsed.ids.contains(target)) << target;
  EXPECT_THAT(RenderMarkdown(data), HasSubstr("# Nothing yet"));
}

TEST(ReportTest, OneVoterIsDrawn) {
  ReportData data;
  v1::Opinion::Position* position = data.opinion.add_positions();
  position->set_x(2);
  position->set_group(-1);
  const std::string page = RenderHtml(data);
  EXPECT_EQ(Parse(page).error, "");
  EXPECT_THAT(page, HasSubstr("M320 220h0"));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
}

TEST(ReportTest, ALargeDialogueFitsAndKeepsWhatDecisionsRestOn) {
  ReportData data = SampleReport();
  for (int i = 3; i < 4000; ++i) {
    AddStatement(data, absl::StrCat("Statement of many words ", i), v1::Statement::ACCEPTED);
    *data.statements.back().mutable_tally() = Tally(i, 1 + i % 500, 3, 1);
  }
  data.statements[0].mutable_tally()->Clear();
  for (int i = 0; i < 40000; ++i) {
    *data.opinion.add_positions() = data.opinion.positions(i % 60);
  }
  const std::string page = RenderHtml(data, 800 << 10);
  EXPECT_LE(page.size(), 800 << 10);
  const Parsed parsed = Parse(page);
  EXPECT_EQ(parsed.error, "");
  EXPECT_TRUE(parsed.ids.contains("statement-0"));
  EXPECT_THAT(page, HasSubstr("that decisions rest on or that have the most votes"));
  EXPECT_LE(RenderMarkdown(data, 100 << 10).size(), 100 << 10);
}

TEST(ReportTest, TheSameDataGivesTheSamePage) {
  EXPECT_EQ(RenderHtml(SampleReport()), RenderHtml(SampleReport()));
}

TEST(ParticipationTest, CountsVotesAndFirstVotesInRoundIntervals) {
  Participation participation;
  EXPECT_TRUE(participation.Intervals(10).empty());
  const absl::Time start =
      absl::FromCivil(absl::CivilMinute(2026, 11, 26, 9, 7), absl::UTCTimeZone());
  participation.Add(start, 1);
  participation.Add(start + absl::Minutes(1), 1);
  participation.Add(start + absl::Minutes(52), 2);
  const std::vector<Interval> intervals = participation.Intervals(10);
  ASSERT_EQ(intervals.size(), 6);
  EXPECT_EQ(intervals[0].start, start - absl::Minutes(7));
  EXPECT_EQ(intervals[0].length, absl::Minutes(10));
  EXPECT_EQ(intervals[0].votes, 2);
  EXPECT_EQ(intervals[0].new_voters, 1);
  EXPECT_EQ(intervals[5].votes, 1);
  participation.Add(absl::FromUnixSeconds(-5), 3);
  int64_t votes = 0;
  for (const Interval& one : participation.Intervals(60)) votes += one.votes;
  EXPECT_EQ(votes, 4);
}

}  // namespace
}  // namespace colloquy::dialogues::rules::report
