// The speaker queue: its orders, and how time is counted.
#include "services/dialogues/rules/speakers.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/time_util.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"

namespace colloquy::dialogues::rules {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;
using ::testing::ElementsAre;
using v1::Dialogue;
using v1::SpeakerRequest;

absl::Time At(int second) { return absl::FromUnixSeconds(1'800'000'000) + absl::Seconds(second); }

// Somebody asked at `second`, for the participant `participant` of type `type`.
SpeakerRequest Asked(int number, int second, int participant, const std::string& type) {
  SpeakerRequest request;
  request.set_name(absl::StrCat("organizers/mst/dialogues/rooms/speakerRequests/", number));
  request.set_participant(
      absl::StrCat("organizers/mst/dialogues/rooms/participants/", participant));
  request.set_pseudonym(absl::StrCat("Participant ", participant));
  request.set_stakeholder_type(type);
  request.set_kind(SpeakerRequest::CONTRIBUTION);
  request.set_state(SpeakerRequest::WAITING);
  *request.mutable_create_time() =
      google::protobuf::util::TimeUtil::SecondsToTimestamp(absl::ToUnixSeconds(At(second)));
  return request;
}

SpeakerRequest Spoken(int number, int participant, const std::string& type, int seconds) {
  SpeakerRequest request = Asked(number, 0, participant, type);
  EXPECT_TRUE(Act(SpeakerAction::kBegin, At(0), request).ok());
  EXPECT_TRUE(Act(SpeakerAction::kEnd, At(seconds), request).ok());
  return request;
}

std::vector<int> Queue(Dialogue::SpeakerOrder order, SpeakerRequests requests) {
  SetPositions(order, At(1000), requests);
  SortForList(requests);
  std::vector<int> numbers;
  for (const SpeakerRequest& request : requests) {
    if (request.state() == SpeakerRequest::WAITING)
      numbers.push_back(std::stoi(request.name().substr(request.name().rfind('/') + 1)));
  }
  return numbers;
}

TEST(Speakers, OrdersOfTheQueue) {
  SpeakerRequests requests = {Spoken(1, 1, "research", 60), Spoken(2, 2, "company", 300),
                              Asked(3, 10, 1, "research"),  Asked(4, 11, 2, "company"),
                              Asked(5, 12, 3, "company"),   Asked(6, 13, 4, "policy")};
  EXPECT_THAT(Queue(Dialogue::FIFO, requests), ElementsAre(3, 4, 5, 6));
  EXPECT_THAT(Queue(Dialogue::LEAST_SPOKEN, requests), ElementsAre(5, 6, 3, 4));
  EXPECT_THAT(Queue(Dialogue::BALANCED, requests), ElementsAre(6, 3, 4, 5));
  requests[3].set_kind(SpeakerRequest::POINT_OF_ORDER);
  EXPECT_THAT(Queue(Dialogue::FIFO, requests), ElementsAre(4, 3, 5, 6));
  EXPECT_THAT(Queue(Dialogue::LEAST_SPOKEN, requests), ElementsAre(4, 5, 6, 3));
  EXPECT_THAT(Queue(Dialogue::BALANCED, requests), ElementsAre(4, 6, 3, 5));
}

TEST(Speakers, WhoSpeaksNowHasSpokenUntilNow) {
  SpeakerRequests requests = {Asked(1, 0, 1, "research"), Asked(2, 1, 2, "company"),
                              Asked(3, 2, 3, "research")};
  ASSERT_TRUE(Act(SpeakerAction::kBegin, At(5), requests[0]).ok());
  EXPECT_THAT(Queue(Dialogue::BALANCED, requests), ElementsAre(2, 3));
  requests.push_back(Spoken(4, 2, "company", 600));
  EXPECT_THAT(Queue(Dialogue::BALANCED, requests), ElementsAre(2, 3))
      << "995 seconds of research against 600 of companies";
  EXPECT_THAT(Queue(Dialogue::LEAST_SPOKEN, requests), ElementsAre(3, 2));
}

TEST(Speakers, TheListBeginsWithWhoSpeaks) {
  SpeakerRequests requests = {Spoken(1, 1, "a", 5), Asked(2, 1, 2, "a"), Asked(3, 2, 3, "a"),
                              Asked(4, 3, 4, "a"),  Asked(5, 4, 5, "a"), Spoken(6, 6, "a", 5)};
  ASSERT_TRUE(Act(SpeakerAction::kBegin, At(9), requests[4]).ok());
  ASSERT_TRUE(Act(SpeakerAction::kCall, At(9), requests[3]).ok());
  SetPositions(Dialogue::FIFO, At(10), requests);
  SortForList(requests);
  std::vector<std::string> numbers;
  for (const SpeakerRequest& request : requests)
    numbers.push_back(request.name().substr(request.name().rfind('/') + 1));
  EXPECT_THAT(numbers, ElementsAre("5", "4", "2", "3", "6", "1"));
}

TEST(Speakers, TimeIsCountedBetweenBeginningsAndPauses) {
  SpeakerRequest request = Asked(1, 0, 1, "research");
  ASSERT_TRUE(Act(SpeakerAction::kCall, At(0), request).ok());
  ASSERT_TRUE(Act(SpeakerAction::kBegin, At(10), request).ok());
  ASSERT_TRUE(Act(SpeakerAction::kBegin, At(15), request).ok()) << "asked for twice";
  EXPECT_EQ(request.resume_time().seconds(), absl::ToUnixSeconds(At(10)));
  ASSERT_TRUE(Act(SpeakerAction::kPause, At(30), request).ok());
  EXPECT_EQ(request.spoken_milliseconds(), 20'000);
  EXPECT_FALSE(request.has_resume_time());
  ASSERT_TRUE(Act(SpeakerAction::kBegin, At(100), request).ok());
  ASSERT_TRUE(Act(SpeakerAction::kEnd, At(101), request).ok());
  EXPECT_EQ(request.spoken_milliseconds(), 21'000);
  EXPECT_EQ(request.state(), SpeakerRequest::SPOKEN);
  for (SpeakerAction action : {SpeakerAction::kCall, SpeakerAction::kBegin, SpeakerAction::kPause,
                               SpeakerAction::kWithdraw})
    EXPECT_EQ(ReasonOf(Act(action, At(200), request)), ErrorReason::STATE_INVALID);
}

TEST(Speakers, SumsUpByPersonAndType) {
  SpeakerRequests requests = {Spoken(1, 1, "research", 60), Spoken(2, 2, "company", 50),
                              Spoken(3, 1, "research", 10), Spoken(4, 3, "company", 100),
                              Asked(5, 5, 4, "policy")};
  const v1::SummarizeSpeakingResponse summary = SummarizeSpeaking(requests, At(1000));
  ASSERT_EQ(summary.participants_size(), 3);
  EXPECT_EQ(summary.participants(0).pseudonym(), "Participant 3");
  EXPECT_EQ(summary.participants(1).spoken_milliseconds(), 70'000);
  EXPECT_EQ(summary.participants(1).speech_count(), 2);
  ASSERT_EQ(summary.stakeholder_types_size(), 2);
  EXPECT_EQ(summary.stakeholder_types(0).stakeholder_type(), "company");
  EXPECT_EQ(summary.stakeholder_types(0).spoken_milliseconds(), 150'000);
  EXPECT_EQ(summary.stakeholder_types(0).participant(), "");
}

TEST(Speakers, TopicsAreOneLineWithoutTricks) {
  SpeakerRequest wish;
  wish.set_topic("  Packaging  ");
  ASSERT_TRUE(NormalizeSpeakerRequest("", &wish).ok());
  EXPECT_EQ(wish.topic(), "Packaging");
  EXPECT_EQ(wish.kind(), SpeakerRequest::CONTRIBUTION);
  for (const std::string& topic :
       {std::string("two\nlines"), std::string("\u202Esdrow"), std::string(201, 'x')}) {
    wish.set_topic(topic);
    EXPECT_EQ(ReasonOf(NormalizeSpeakerRequest("", &wish)), ErrorReason::FIELD_INVALID) << topic;
  }
}

}  // namespace
}  // namespace colloquy::dialogues::rules
