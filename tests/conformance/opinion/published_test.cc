// The published analysis of a real conversation, and groups that do not depend on the votes' order.
#include <algorithm>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/dialogues/rules/opinion/random.h"
#include "tests/conformance/opinion/stages.h"
#include "tests/lib/test_data.h"

namespace colloquy::opinion_conformance {
namespace {

namespace rules = dialogues::rules::opinion;

std::string FolderOf(const std::string& name) { return testing_data::PathOf("polis/" + name); }

TEST(PublishedTest, BiodiversityAgreesStageByStage) {
  const std::string folder = FolderOf("scoop-hivemind.biodiversity");
  COLLOQUY_NEEDS_DATA(folder);
  auto conversation = ReadConversation(folder);
  ASSERT_TRUE(conversation.ok()) << conversation.status();
  auto expected = ReadExpectedMath(folder);
  ASSERT_TRUE(expected.ok()) << expected.status();
  auto stages = CompareStages(*conversation, *expected);
  ASSERT_TRUE(stages.ok()) << stages.status();
  for (const Stage& stage : *stages) {
    EXPECT_TRUE(stage.ok()) << stage.name << ": " << stage.mismatches << " of " << stage.compared
                            << ", largest difference " << stage.largest;
  }
  const ColdRun cold = RunCold(*conversation);
  EXPECT_EQ(cold.in, 441u);
  EXPECT_EQ(cold.base, 100u);
  EXPECT_THAT(cold.group_sizes, testing::UnorderedElementsAre(81, 19));
}

// A stage that could not fail would show nothing.
TEST(PublishedTest, EveryStageSeesAChangedExpectation) {
  const std::string folder = FolderOf("scoop-hivemind.biodiversity");
  COLLOQUY_NEEDS_DATA(folder);
  auto conversation = ReadConversation(folder);
  auto expected = ReadExpectedMath(folder);
  ASSERT_TRUE(conversation.ok() && expected.ok());
  const std::vector<std::pair<std::string, std::string>> places = {
      {"votes", "/user-vote-counts/0"},
      {"centre", "/pca/center/40"},
      {"components", "/pca/comps/1/40"},
      {"statement projections", "/pca/comment-projection/0/40"},
      {"extremity", "/pca/comment-extremity/40"},
      {"participant projections", "/base-clusters/x/3"},
      {"group centres", "/group-clusters/0/center/0"},
      {"group votes", "/group-votes/1/votes/33/A"},
      {"group-aware consensus", "/group-aware-consensus/33"},
      {"representative statements", "/repness/0/2/repness-test"},
      {"consensus", "/consensus/disagree/1/n-success"},
      {"priorities", "/comment-priorities/33"},
  };
  for (const auto& [name, place] : places) {
    nlohmann::json changed = *expected;
    nlohmann::json& value = changed[nlohmann::json::json_pointer(place)];
    if (value.is_number_integer()) {
      value = value.get<int64_t>() + 1;
    } else {
      value = value.get<double>() + 0.001;
    }
    auto stages = CompareStages(*conversation, changed);
    ASSERT_TRUE(stages.ok());
    auto stage = std::find_if(stages->begin(), stages->end(),
                              [&](const Stage& s) { return s.name == name; });
    ASSERT_NE(stage, stages->end()) << name;
    EXPECT_FALSE(stage->ok()) << name;
  }
}

TEST(PublishedTest, AnExpectationThatLacksSomethingIsAClearError) {
  const std::string folder = FolderOf("scoop-hivemind.biodiversity");
  COLLOQUY_NEEDS_DATA(folder);
  auto conversation = ReadConversation(folder);
  auto expected = ReadExpectedMath(folder);
  ASSERT_TRUE(conversation.ok() && expected.ok());
  for (const auto& [parent, key] :
       std::vector<std::pair<std::string, std::string>>{{"", "tids"},
                                                        {"/pca", "comps"},
                                                        {"/pca", "comment-projection"},
                                                        {"/base-clusters", "members"},
                                                        {"/group-clusters/0", "center"},
                                                        {"/group-votes/1", "n-members"},
                                                        {"/group-votes/1/votes", "33"},
                                                        {"/group-votes/1/votes/33", "S"},
                                                        {"/repness/0/0", "p-test"},
                                                        {"/consensus", "agree"}}) {
    nlohmann::json changed = *expected;
    changed[nlohmann::json::json_pointer(parent)].erase(key);
    const auto stages = CompareStages(*conversation, changed);
    EXPECT_EQ(stages.status().code(), absl::StatusCode::kInvalidArgument) << parent << "/" << key;
    EXPECT_THAT(std::string(stages.status().message()), testing::HasSubstr(key));
  }
  nlohmann::json shorter = *expected;
  shorter["pca"]["center"].erase(0);
  EXPECT_THAT(std::string(CompareStages(*conversation, shorter).status().message()),
              testing::HasSubstr("/pca/center has"));
  nlohmann::json text = *expected;
  text["pca"]["center"][3] = "0.5";
  EXPECT_EQ(CompareStages(*conversation, text).status().code(), absl::StatusCode::kInvalidArgument);
}

using Groups = std::vector<std::set<std::string>>;

Groups StableGroupsOf(const rules::VoteMatrix& matrix, rules::Uncertainty& uncertainty) {
  const rules::Snapshot votes(matrix, rules::Snapshot::Order::kCanonical);
  const rules::Analysis analysis = rules::AnalyseStably(votes, {});
  uncertainty = analysis.uncertainty;
  Groups groups;
  for (const rules::Group& group : analysis.groups) {
    groups.emplace_back();
    for (uint32_t member : group.members) groups.back().insert(votes.participant_keys[member]);
  }
  return groups;
}

// The same votes, in another order.
rules::VoteMatrix Shuffled(const rules::VoteMatrix& matrix, uint64_t seed) {
  std::vector<std::pair<uint32_t, rules::Cell>> votes;
  for (uint32_t i = 0; i < matrix.participants(); ++i) {
    for (const rules::Cell& cell : matrix.row(i)) votes.emplace_back(i, cell);
  }
  rules::Random random(seed);
  for (size_t i = votes.size(); i > 1; --i) std::swap(votes[i - 1], votes[random.Below(i)]);
  rules::VoteMatrix shuffled;
  for (const auto& [participant, cell] : votes) {
    const uint32_t row = shuffled.Participant(matrix.participant_key(participant));
    shuffled.Set(row, shuffled.Statement(matrix.statement_key(cell.statement())), cell.vote());
  }
  return shuffled;
}

class StableTest : public testing::TestWithParam<const char*> {};

TEST_P(StableTest, GroupsDoNotDependOnTheOrderOfVotes) {
  const std::string folder = FolderOf(GetParam());
  COLLOQUY_NEEDS_DATA(folder);
  auto conversation = ReadConversation(folder);
  ASSERT_TRUE(conversation.ok()) << conversation.status();
  rules::Uncertainty uncertainty, again;
  const Groups groups = StableGroupsOf(conversation->votes, uncertainty);
  ASSERT_GE(groups.size(), 2u);
  EXPECT_GT(uncertainty.silhouette_margin, 0);
  EXPECT_GT(uncertainty.bootstrap_agreement, 0);
  EXPECT_LE(uncertainty.bootstrap_agreement, 1);
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    EXPECT_EQ(StableGroupsOf(Shuffled(conversation->votes, seed), again), groups);
    EXPECT_EQ(again.silhouette_margin, uncertainty.silhouette_margin);
    EXPECT_EQ(again.bootstrap_agreement, uncertainty.bootstrap_agreement);
  }
}

INSTANTIATE_TEST_SUITE_P(Conversations, StableTest,
                         testing::Values("bg2050-volunteers", "brexit-consensus",
                                         "london.youth.policing", "scoop-hivemind.biodiversity",
                                         "vtaiwan.uberx"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return !std::isalnum(c); },
                               '_');
                           return name;
                         });

}  // namespace
}  // namespace colloquy::opinion_conformance
