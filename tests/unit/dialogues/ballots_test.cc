// Polls of every method: what may be asked and answered, and how it is counted.
#include "services/dialogues/rules/ballots.h"

#include <algorithm>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"

namespace colloquy::dialogues::rules {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;
using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using v1::Ballot;
using v1::Poll;
using v1::PollResult;

constexpr char kDialogue[] = "organizers/mst/dialogues/rooms";

Poll MakePoll(Poll::Method method, int options = 3) {
  Poll poll;
  poll.set_question("What first?");
  poll.set_method(method);
  for (int i = 0; i < options; ++i) {
    Poll::Option* option = poll.add_options();
    option->set_text(absl::StrCat("Option ", i));
    if (method == Poll::BUDGET) option->set_cost(10 * (i + 1));
  }
  if (method == Poll::BUDGET) poll.set_budget(30);
  return poll;
}

Poll Normal(Poll poll) {
  EXPECT_EQ(NormalizePoll("poll", kDialogue, &poll), absl::OkStatus());
  return poll;
}

Ballot Entries(const std::vector<std::pair<int, int>>& entries) {
  Ballot ballot;
  for (const auto& [option, value] : entries) {
    Ballot::Entry* entry = ballot.add_entries();
    entry->set_option(option);
    entry->set_value(value);
  }
  return ballot;
}

Ballot Comparisons(const std::vector<std::pair<int, int>>& comparisons) {
  Ballot ballot;
  for (const auto& [winner, loser] : comparisons) {
    Ballot::Comparison* one = ballot.add_comparisons();
    one->set_winner(winner);
    one->set_loser(loser);
  }
  return ballot;
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  google::rpc::BadRequest bad;
  if (const auto details = status.GetPayload("type.googleapis.com/google.rpc.BadRequest"))
    bad.ParseFromString(std::string(*details));
  std::vector<std::string> fields;
  for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
  return fields;
}

std::vector<std::string> WrongIn(Poll poll) {
  return FieldsOf(NormalizePoll("poll", kDialogue, &poll));
}
std::vector<std::string> WrongIn(const Poll& poll, Ballot ballot) {
  return FieldsOf(NormalizeBallot(poll, &ballot));
}

std::vector<int> OptionsOf(const PollResult& result) {
  std::vector<int> options;
  for (const auto& standing : result.standings()) options.push_back(standing.option());
  return options;
}
std::vector<int> RanksOf(const PollResult& result) {
  std::vector<int> ranks;
  for (const auto& standing : result.standings()) ranks.push_back(standing.rank());
  return ranks;
}
std::vector<double> ScoresOf(const PollResult& result) {
  std::vector<double> scores;
  for (const auto& standing : result.standings()) scores.push_back(standing.score());
  return scores;
}

TEST(Polls, OptionsAreNumberedAndDefaultsFilled) {
  Poll choice = MakePoll(Poll::CHOICE);
  choice.mutable_options(1)->set_text("  Two words ");
  choice = Normal(choice);
  EXPECT_EQ(choice.options(2).number(), 2);
  EXPECT_EQ(choice.options(1).text(), "Two words");
  EXPECT_EQ(choice.max_choices(), 1);
  EXPECT_EQ(choice.result_visibility(), Poll::AFTER_CLOSE);
  EXPECT_EQ(Normal(MakePoll(Poll::SCORE)).max_score(), 5);
  EXPECT_EQ(Normal(MakePoll(Poll::DOTS)).dots(), 5);
  EXPECT_EQ(Normal(MakePoll(Poll::BUDGET)).max_score(), 5);
  EXPECT_EQ(Normal(MakePoll(Poll::RANKING)).max_score(), 0);
}

TEST(Polls, EverythingWrongIsSaidAtOnce) {
  EXPECT_THAT(WrongIn(Poll()), ElementsAre("poll.question", "poll.method", "poll.options"));

  Poll poll = MakePoll(Poll::RANKING);
  poll.mutable_options(1)->set_text("option 0");
  poll.mutable_options(2)->set_cost(7);
  poll.mutable_options(2)->set_statement("organizers/mst/dialogues/other/statements/1");
  poll.set_max_choices(2);
  poll.set_max_score(2);
  poll.set_dots(2);
  poll.set_budget(2);
  poll.set_anonymous(true);
  poll.set_result_visibility(Poll::AFTER_VOTE);
  poll.set_agenda_item("third");
  EXPECT_THAT(WrongIn(poll),
              ElementsAre("poll.options[1].text", "poll.options[2].statement",
                          "poll.options[2].cost", "poll.max_choices", "poll.max_score", "poll.dots",
                          "poll.budget", "poll.result_visibility", "poll.agenda_item"));

  Poll budget = MakePoll(Poll::BUDGET);
  budget.mutable_options(0)->set_cost(0);
  budget.set_budget(0);
  EXPECT_THAT(WrongIn(budget), ElementsAre("poll.options[0].cost", "poll.budget"));
  EXPECT_THAT(WrongIn(MakePoll(Poll::CHOICE, 101)), ElementsAre("poll.options"));
  EXPECT_THAT(WrongIn(MakePoll(Poll::CHOICE, 1)), ElementsAre("poll.options"));
  Poll choice = MakePoll(Poll::CHOICE);
  choice.set_max_choices(4);
  EXPECT_THAT(WrongIn(choice), ElementsAre("poll.max_choices"));
}

TEST(Ballots, AreCheckedByTheMethodOfThePoll) {
  const Poll choice = Normal(MakePoll(Poll::CHOICE));
  Ballot plain = Entries({{2, 0}});
  ASSERT_EQ(NormalizeBallot(choice, &plain), absl::OkStatus());
  EXPECT_EQ(plain.entries(0).value(), 1) << "0 means 1";
  EXPECT_THAT(WrongIn(choice, Ballot()), ElementsAre("ballot.entries"));
  EXPECT_THAT(WrongIn(choice, Entries({{0, 1}, {1, 1}})), ElementsAre("ballot.entries"));
  EXPECT_THAT(WrongIn(choice, Entries({{3, 1}})), ElementsAre("ballot.entries[0].option"));
  EXPECT_THAT(WrongIn(choice, Entries({{-1, 2}})),
              ElementsAre("ballot.entries[0].option", "ballot.entries[0].value"));
  EXPECT_THAT(WrongIn(choice, Comparisons({{0, 1}})),
              ElementsAre("ballot.comparisons", "ballot.entries"));

  const Poll score = Normal(MakePoll(Poll::SCORE));
  EXPECT_THAT(WrongIn(score, Entries({{0, 0}, {1, 5}})), ElementsAre());
  EXPECT_THAT(WrongIn(score, Entries({{0, 6}, {0, -1}})),
              ElementsAre("ballot.entries[0].value", "ballot.entries[1].option",
                          "ballot.entries[1].value"));

  const Poll dots = Normal(MakePoll(Poll::DOTS));
  EXPECT_THAT(WrongIn(dots, Entries({{0, 3}, {1, 2}})), ElementsAre());
  EXPECT_THAT(WrongIn(dots, Entries({{0, 3}, {1, 3}})), ElementsAre("ballot.entries"));
  EXPECT_THAT(WrongIn(dots, Entries({{0, 0}})), ElementsAre("ballot.entries"));

  const Poll ranking = Normal(MakePoll(Poll::RANKING));
  EXPECT_THAT(WrongIn(ranking, Entries({{0, 1}, {1, 1}, {2, 3}})), ElementsAre());
  EXPECT_THAT(WrongIn(ranking, Entries({{0, 0}, {1, 4}})),
              ElementsAre("ballot.entries[0].value", "ballot.entries[1].value"));

  const Poll pairwise = Normal(MakePoll(Poll::PAIRWISE));
  EXPECT_THAT(WrongIn(pairwise, Comparisons({{0, 1}, {2, 1}})), ElementsAre());
  EXPECT_THAT(WrongIn(pairwise, Comparisons({{0, 1}, {1, 0}, {2, 2}, {9, 0}})),
              ElementsAre("ballot.comparisons[1]", "ballot.comparisons[2]",
                          "ballot.comparisons[3].winner"));
  EXPECT_THAT(WrongIn(pairwise, Entries({{0, 1}})),
              ElementsAre("ballot.entries", "ballot.comparisons"));
}

TEST(Ballots, ChoicesAndPointsAreAddedAndTiesShown) {
  const Poll choice = Normal(MakePoll(Poll::CHOICE));
  const PollResult none = CountBallots(choice, {});
  EXPECT_EQ(none.ballot_count(), 0);
  EXPECT_FALSE(none.tied()) << "nobody voted";
  EXPECT_THAT(OptionsOf(none), ElementsAre(0, 1, 2));

  const PollResult tied = CountBallots(
      choice, std::vector<Ballot>{Entries({{1, 1}}), Entries({{2, 1}}), Entries({{2, 1}}),
                                  Entries({{1, 1}}), Entries({{0, 1}})});
  EXPECT_TRUE(tied.tied());
  EXPECT_THAT(OptionsOf(tied), ElementsAre(1, 2, 0));
  EXPECT_THAT(RanksOf(tied), ElementsAre(1, 1, 3));
  EXPECT_THAT(ScoresOf(tied), ElementsAre(2, 2, 1));

  const PollResult score =
      CountBallots(Normal(MakePoll(Poll::SCORE)),
                   std::vector<Ballot>{Entries({{0, 5}, {1, 0}}), Entries({{0, 2}, {2, 4}})});
  EXPECT_THAT(OptionsOf(score), ElementsAre(0, 2, 1));
  EXPECT_THAT(ScoresOf(score), ElementsAre(7, 4, 0));
  EXPECT_EQ(score.standings(2).ballot_count(), 1) << "0 points is an answer";
  const PollResult dots =
      CountBallots(Normal(MakePoll(Poll::DOTS)), std::vector<Ballot>{Entries({{0, 5}, {1, 0}})});
  EXPECT_EQ(dots.standings(1).ballot_count(), 0) << "no dot is none";
}

TEST(Ballots, RankingsAreCountedBySchulze) {
  const Poll poll = Normal(MakePoll(Poll::RANKING));
  // 0 beats 1 by 2 to 1, 1 beats 2 by 3 to 0; who is left out comes last.
  const PollResult result = CountBallots(
      poll, std::vector<Ballot>{Entries({{0, 1}, {1, 2}, {2, 3}}), Entries({{0, 1}, {1, 2}}),
                                Entries({{1, 1}, {0, 2}, {2, 2}})});
  EXPECT_THAT(OptionsOf(result), ElementsAre(0, 1, 2));
  EXPECT_THAT(RanksOf(result), ElementsAre(1, 2, 3));
  EXPECT_THAT(ScoresOf(result), ElementsAre(2, 1, 0));
  EXPECT_FALSE(result.tied());
  EXPECT_EQ(result.preferences(0).winner(), 0);
  EXPECT_EQ(result.preferences(0).loser(), 1);
  EXPECT_EQ(result.preferences(0).ballot_count(), 2);
  const PollResult tied =
      CountBallots(poll, std::vector<Ballot>{Entries({{0, 1}, {1, 2}}), Entries({{1, 1}, {0, 2}})});
  EXPECT_TRUE(tied.tied());
  EXPECT_THAT(RanksOf(tied), ElementsAre(1, 1, 3));
}

TEST(Ballots, ComparisonsAreCountedByBradleyAndTerry) {
  const Poll poll = Normal(MakePoll(Poll::PAIRWISE));
  const PollResult result =
      CountBallots(poll, std::vector<Ballot>{Comparisons({{0, 1}, {1, 2}}), Comparisons({{0, 2}})});
  EXPECT_THAT(OptionsOf(result), ElementsAre(0, 1, 2));
  EXPECT_TRUE(result.regularized()) << "0 never lost";
  const auto& scores = result.standings();
  EXPECT_NEAR(scores[0].score() * scores[1].score() * scores[2].score(), 1, 1e-9);
  EXPECT_EQ(scores[0].ballot_count(), 2) << "of two ballots, however often in each";
  const PollResult none = CountBallots(poll, {});
  EXPECT_FALSE(none.regularized());
  EXPECT_THAT(RanksOf(none), ElementsAre(1, 1, 1));
}

TEST(Ballots, ABudgetFundsInTheOrderOfChoice) {
  // Costs 10, 20 and 30; two groups with 15 each.
  const Poll poll = Normal(MakePoll(Poll::BUDGET));
  const PollResult result =
      CountBallots(poll, std::vector<Ballot>{Entries({{2, 5}}), Entries({{2, 5}}),
                                             Entries({{0, 3}, {1, 0}}), Entries({{0, 3}})});
  EXPECT_EQ(result.standings(0).option(), 0);
  EXPECT_TRUE(result.standings(0).funded());
  EXPECT_FALSE(result.standings(1).funded());
  EXPECT_EQ(result.standings(1).option(), 2) << "then by total utility";
  EXPECT_EQ(result.standings(2).ballot_count(), 0) << "worth nothing is no mention";
  EXPECT_EQ(result.spent(), 10);
}

// Whatever the method: nothing depends on the order of ballots, every option has one standing, and
// ranks do not fall.
TEST(Ballots, TheirOrderDoesNotMatter) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    const auto method = static_cast<Poll::Method>(1 + random() % 6);
    const int options = 2 + static_cast<int>(random() % 6);
    const Poll poll = Normal(MakePoll(method, options));
    std::vector<Ballot> ballots;
    for (int i = 0; i < 20; ++i) {
      const int a = static_cast<int>(random() % options), b = static_cast<int>(random() % options);
      Ballot ballot = method == Poll::PAIRWISE ? Comparisons({{a, b}})
                      : method == Poll::CHOICE
                          ? Entries({{a, 1}})
                          : Entries({{a, 1 + random() % 2}, {b, random() % 3}});
      if (NormalizeBallot(poll, &ballot).ok()) ballots.push_back(ballot);
    }
    const PollResult result = CountBallots(poll, ballots);
    std::set<int> seen;
    for (int i = 0; i < result.standings_size(); ++i) {
      seen.insert(result.standings(i).option());
      EXPECT_LE(result.standings(i).rank(), i + 1);
      EXPECT_GE(result.standings(i).rank(), i == 0 ? 1 : result.standings(i - 1).rank());
    }
    EXPECT_EQ(static_cast<int>(seen.size()), options);
    std::shuffle(ballots.begin(), ballots.end(), random);
    MessageDifferencer differencer;
    google::protobuf::util::DefaultFieldComparator close;
    close.set_float_comparison(google::protobuf::util::DefaultFieldComparator::APPROXIMATE);
    close.SetDefaultFractionAndMargin(1e-9, 1e-9);
    differencer.set_field_comparator(&close);
    EXPECT_TRUE(differencer.Compare(CountBallots(poll, ballots), result))
        << Poll::Method_Name(method) << "\n"
        << result.DebugString();
  }
}

}  // namespace
}  // namespace colloquy::dialogues::rules
