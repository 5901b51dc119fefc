// Reports of what is in the database, by staff and by whoever took part.
#include "services/dialogues/report.h"

#include "absl/strings/str_cat.h"
#include "services/dialogues/store/moderation.h"
#include "tests/conformance/dialogues/live_fixture.h"

namespace colloquy::dialogues {
namespace {

using testing::HasSubstr;
using testing::Not;
using v1::Dialogue;
using v1::Statement;

constexpr int kPeople = 16, kStatements = 8;

class ReportTest : public LiveTest {
 protected:
  // Two camps over eight statements.
  void MakeAndVote(Dialogue::AnalysisMode mode = Dialogue::STABLE) {
    uid_ = MakeDialogue(Dialogue::OPEN, [&](Dialogue& dialogue) {
      dialogue.set_title("Glass & polymers");
      dialogue.set_analysis_mode(mode);
    });
    AddParticipants(uid_, kPeople, [](int index, v1::Participant& participant) {
      participant.set_display_name(absl::StrCat("Person named ", index));
      participant.set_stakeholder_type(index % 2 == 0 ? "company" : "research");
    });
    AddStatements(uid_, kStatements);
    for (int person = 0; person < kPeople; ++person) {
      for (int statement = 0; statement < kStatements; ++statement) {
        const bool agrees = (person % 2 == 0) == (statement < 5);
        ASSERT_TRUE(Cast(uid_, person, statement, agrees ? v1::AGREE : v1::DISAGREE).ok());
      }
    }
  }

  absl::StatusOr<v1::RenderReportResponse> Render(v1::ReportFormat format,
                                                  const std::string& name = kDialogue) {
    v1::RenderReportRequest request;
    request.set_name(name);
    request.set_format(format);
    return server_->opinion.RenderReport(*Call("RenderReport"), request);
  }
  absl::StatusOr<v1::RenderReportResponse> ReadWith(const std::string& token,
                                                    v1::ReportFormat format = v1::HTML) {
    v1::ReadReportRequest request;
    request.set_token(token);
    request.set_format(format);
    return server_->seats.ReadReport(*Call("ReadReport", auth::Role::kAnonymous), request);
  }

  ReportDraft Gather() {
    std::optional<ReportDraft> draft;
    const absl::Status read = db_->Read({}, [&](db::Transaction& tx) -> absl::Status {
      COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::Room> room, store::ReadRoom(tx, uid_));
      COLLOQUY_ASSIGN_OR_RETURN(draft, GatherReport(tx, *room, absl::Now()));
      return absl::OkStatus();
    });
    EXPECT_EQ(read, absl::OkStatus());
    return *std::move(draft);
  }

  Uid uid_;
};

TEST_P(ReportTest, HasWhatIsThereAtOneMoment) {
  MakeAndVote();
  ASSERT_TRUE(Cast(uid_, 0, 0, v1::PASS).ok());
  ASSERT_TRUE(Cast(uid_, 2, 0, v1::VOTE_VALUE_UNSPECIFIED).ok());
  ChangeStatement(uid_, 7, [](Statement& statement) { statement.set_state(Statement::REJECTED); });
  Change(uid_, [&](RoomChange& change) {
    v1::ModerationEntry entry;
    entry.set_sequence(change.room.next_moderation++);
    entry.set_statement(absl::StrCat(kDialogue, "/statements/7"));
    entry.set_new_state(Statement::REJECTED);
    entry.set_reason("Names a person");
    return store::AddModerationEntry(change.tx, uid_, entry);
  });
  const ReportDraft draft = Gather();
  EXPECT_EQ(draft.data.dialogue.title(), "Glass & polymers");
  ASSERT_EQ(draft.data.statements.size(), static_cast<size_t>(kStatements));
  const store::Tallies counted = Count(uid_);
  for (int i = 0; i < kStatements; ++i) {
    const v1::StatementTally& tally = draft.data.statements[i].tally();
    EXPECT_EQ(tally.SerializeAsString(), counted.at(i).SerializeAsString()) << i;
  }
  EXPECT_EQ(draft.data.statements[0].tally().agree_count(), kPeople / 2 - 2);
  EXPECT_EQ(draft.data.statements[0].tally().pass_count(), 1);
  ASSERT_EQ(draft.data.moderation.size(), 1u);
  EXPECT_EQ(draft.data.moderation[0].reason(), "Names a person");
  int64_t votes = 0, voters = 0;
  for (const rules::report::Interval& interval : draft.data.participation) {
    votes += interval.votes;
    voters += interval.new_voters;
  }
  EXPECT_EQ(votes, RoomOf(uid_).vote_sequence) << "changed ones too";
  EXPECT_EQ(voters, kPeople);
  EXPECT_EQ(draft.context.stakeholder_types.at(1), "research");
}

TEST_P(ReportTest, IsRenderedInBothFormats) {
  MakeAndVote();
  const auto html = Render(v1::REPORT_FORMAT_UNSPECIFIED);
  ASSERT_TRUE(html.ok()) << html.status();
  EXPECT_EQ(html->content_type(), "text/html; charset=utf-8");
  EXPECT_THAT(html->data(), HasSubstr("Glass &amp; polymers"));
  EXPECT_THAT(html->data(), HasSubstr("Group A"));
  EXPECT_THAT(html->data(), HasSubstr("Group B"));
  EXPECT_THAT(html->data(), HasSubstr("<svg"));
  EXPECT_THAT(html->data(), Not(HasSubstr("Person named"))) << "pseudonymous";
  const auto markdown = Render(v1::MARKDOWN);
  ASSERT_TRUE(markdown.ok()) << markdown.status();
  EXPECT_EQ(markdown->content_type(), "text/markdown; charset=utf-8");
  EXPECT_THAT(markdown->data(), HasSubstr("Group B"));
  EXPECT_THAT(markdown->data(), Not(HasSubstr("<svg")));
  EXPECT_EQ(ReasonOf(Render(static_cast<v1::ReportFormat>(9)).status()),
            ErrorReason::FIELD_INVALID);
  EXPECT_EQ(ReasonOf(Render(v1::HTML, "organizers/mst/dialogues/none").status()),
            ErrorReason::RESOURCE_NOT_FOUND);
}

TEST_P(ReportTest, OfADialogueWithoutAnythingIsAReportToo) {
  MakeDialogue(Dialogue::DRAFT);
  const auto html = Render(v1::HTML);
  ASSERT_TRUE(html.ok()) << html.status();
  EXPECT_THAT(html->data(), HasSubstr("</html>"));
}

// What the report shows of a dialogue that is over is what its screens showed.
TEST_P(ReportTest, ShowsWhatThePublishedMethodRemembers) {
  MakeAndVote(Dialogue::POLIS_COMPATIBLE);
  SetState(uid_, Dialogue::CLOSED);
  v1::Opinion newest;
  newest.set_mode(Dialogue::POLIS_COMPATIBLE);
  newest.set_vote_sequence(RoomOf(uid_).vote_sequence);
  newest.add_groups()->set_participant_count(4321);
  newest.add_positions();
  const auto data = [&](const v1::Opinion* opinion) {
    return RenderReport(Gather(), opinion, v1::MARKDOWN).data();
  };
  EXPECT_THAT(data(&newest), HasSubstr("4321"));
  newest.set_vote_sequence(newest.vote_sequence() - 1);
  EXPECT_THAT(data(&newest), Not(HasSubstr("4321"))) << "it lacks a vote";
  EXPECT_THAT(data(nullptr), HasSubstr("Group B"));
  const auto markdown = Render(v1::MARKDOWN);
  ASSERT_TRUE(markdown.ok()) << markdown.status();
  EXPECT_THAT(markdown->data(), HasSubstr("Group B"));
}

TEST_P(ReportTest, ParticipantsReadItWhenItIsPublished) {
  MakeAndVote();
  for (const Dialogue::State state : {Dialogue::OPEN, Dialogue::LIVE, Dialogue::CLOSED}) {
    SetState(uid_, state);
    const absl::Status refused = ReadWith(SeatToken(uid_, 3)).status();
    EXPECT_EQ(ReasonOf(refused), ErrorReason::STATE_INVALID) << refused;
  }
  SetState(uid_, Dialogue::PUBLISHED);
  const auto read = ReadWith(SeatToken(uid_, 3));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->data(), HasSubstr("Group A"));
  EXPECT_EQ(ReasonOf(ReadWith(SeatToken(uid_, 3), static_cast<v1::ReportFormat>(9)).status()),
            ErrorReason::FIELD_INVALID);
  EXPECT_EQ(ReasonOf(ReadWith("nonsense").status()), ErrorReason::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(ReadWith(SeatToken(uid_, kPeople)).status()), ErrorReason::PERMISSION_DENIED);
  ChangeParticipant(uid_, 3, [](v1::Participant& p) { p.set_state(v1::Participant::REMOVED); });
  EXPECT_EQ(ReasonOf(ReadWith(SeatToken(uid_, 3)).status()), ErrorReason::PERMISSION_DENIED);
}

INSTANTIATE_ENGINES(ReportTest);

}  // namespace
}  // namespace colloquy::dialogues
