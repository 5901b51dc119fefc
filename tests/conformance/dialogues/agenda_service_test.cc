// A meeting as staff and participants hold it, on either engine.
#include "services/dialogues/agenda_service.h"

#include "services/dialogues/dialogues_service.h"
#include "tests/conformance/dialogues/live_fixture.h"

namespace colloquy::dialogues {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using v1::AgendaItem;
using v1::Dialogue;
using v1::SpeakerRequest;

class AgendaServiceTest : public LiveTest {
 protected:
  void SetUp() override {
    LiveTest::SetUp();
    if (book_ == nullptr) return;
    agenda_ = std::make_unique<AgendaService>(*book_, tokens_);
    dialogues_ =
        std::make_unique<DialoguesService>(*book_, links_, tokens_, DialoguesService::Options());
  }

  absl::StatusOr<AgendaItem> Add(const std::string& title, const std::string& parent = "",
                                 int minutes = 0) {
    v1::CreateAgendaItemRequest request;
    request.set_parent(kDialogue);
    request.mutable_agenda_item()->set_title(title);
    request.mutable_agenda_item()->set_parent_item(parent);
    request.mutable_agenda_item()->set_planned_minutes(minutes);
    return agenda_->CreateAgendaItem(*Call("CreateAgendaItem"), request);
  }
  absl::StatusOr<AgendaItem> Start(const std::string& name, const std::string& etag = "") {
    v1::StartAgendaItemRequest request;
    request.set_name(name);
    request.set_etag(etag);
    return agenda_->StartAgendaItem(*Call("StartAgendaItem"), request);
  }
  std::vector<std::string> Titles(int page_size = 0) {
    std::vector<std::string> titles;
    v1::ListAgendaItemsRequest request;
    request.set_parent(kDialogue);
    request.set_page_size(page_size);
    do {
      const auto page = agenda_->ListAgendaItems(*Call("ListAgendaItems"), request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return titles;
      for (const AgendaItem& item : page->agenda_items()) titles.push_back(item.title());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return titles;
  }

  absl::StatusOr<SpeakerRequest> Ask(const Uid& uid, int64_t participant,
                                     const std::string& topic = "",
                                     SpeakerRequest::Kind kind = SpeakerRequest::CONTRIBUTION) {
    v1::AskToSpeakRequest request;
    request.set_token(SeatToken(uid, participant));
    request.set_topic(topic);
    request.set_kind(kind);
    return server_->seats.AskToSpeak(*Call("AskToSpeak", auth::Role::kAnonymous), request);
  }
  absl::Status Cancel(const Uid& uid, int64_t participant) {
    v1::CancelSpeakingRequest request;
    request.set_token(SeatToken(uid, participant));
    return server_->seats.CancelSpeaking(*Call("CancelSpeaking", auth::Role::kAnonymous), request)
        .status();
  }
  absl::StatusOr<SpeakerRequest> CallNext() {
    v1::CallNextSpeakerRequest request;
    request.set_parent(kDialogue);
    return agenda_->CallNextSpeaker(*Call("CallNextSpeaker"), request);
  }
  absl::StatusOr<SpeakerRequest> Begin(const std::string& name) {
    v1::BeginSpeakerRequestRequest request;
    request.set_name(name);
    return agenda_->BeginSpeakerRequest(*Call("BeginSpeakerRequest"), request);
  }
  std::vector<SpeakerRequest> Speakers(const std::string& filter = "") {
    v1::ListSpeakerRequestsRequest request;
    request.set_parent(kDialogue);
    request.set_filter(filter);
    const auto page = agenda_->ListSpeakerRequests(*Call("ListSpeakerRequests"), request);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return {};
    return {page->speaker_requests().begin(), page->speaker_requests().end()};
  }
  absl::Status Close() {
    v1::CloseDialogueRequest request;
    request.set_name(kDialogue);
    return dialogues_->CloseDialogue(*Call("CloseDialogue"), request).status();
  }

  std::unique_ptr<AgendaService> agenda_;
  std::unique_ptr<DialoguesService> dialogues_;
};

TEST_P(AgendaServiceTest, AnAgendaIsArrangedAndListedInItsOrder) {
  MakeDialogue(Dialogue::DRAFT);
  const auto welcome = Add("Welcome");
  ASSERT_TRUE(welcome.ok()) << welcome.status();
  EXPECT_EQ(welcome->name(), absl::StrCat(kDialogue, "/agendaItems/1"));
  EXPECT_EQ(welcome->position(), 1);
  EXPECT_EQ(welcome->revision(), 1);
  const auto topics = Add("Topics", "", 60);
  ASSERT_TRUE(Add("Packaging", topics->name(), 40).ok());
  EXPECT_EQ(ReasonOf(Add("Sensors", topics->name(), 21).status()), ErrorReason::FIELD_INVALID);
  ASSERT_TRUE(Add("Sensors", topics->name(), 20).ok());
  EXPECT_EQ(ReasonOf(Add("").status()), ErrorReason::FIELD_REQUIRED);
  EXPECT_EQ(ReasonOf(Add("Lost", absl::StrCat(kDialogue, "/agendaItems/99")).status()),
            ErrorReason::FIELD_INVALID);
  EXPECT_THAT(Titles(), ElementsAre("Welcome", "Topics", "Packaging", "Sensors"));
  EXPECT_THAT(Titles(1), ElementsAre("Welcome", "Topics", "Packaging", "Sensors"));

  v1::MoveAgendaItemRequest move;
  move.set_name(welcome->name());
  move.set_etag("\"stale\"");
  EXPECT_EQ(ReasonOf(agenda_->MoveAgendaItem(*Call("MoveAgendaItem"), move).status()),
            ErrorReason::ETAG_MISMATCH);
  move.set_etag(welcome->etag());
  const auto moved = agenda_->MoveAgendaItem(*Call("MoveAgendaItem"), move);
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->position(), 2);
  EXPECT_NE(moved->etag(), welcome->etag());
  EXPECT_THAT(Titles(), ElementsAre("Topics", "Packaging", "Sensors", "Welcome"));

  v1::DeleteAgendaItemRequest remove;
  remove.set_name(topics->name());
  EXPECT_EQ(ReasonOf(agenda_->DeleteAgendaItem(*Call("DeleteAgendaItem"), remove).status()),
            ErrorReason::RESOURCE_HAS_CHILDREN);
  remove.set_name(welcome->name());
  ASSERT_TRUE(agenda_->DeleteAgendaItem(*Call("DeleteAgendaItem"), remove).ok());
  EXPECT_THAT(Titles(), ElementsAre("Topics", "Packaging", "Sensors"));
  EXPECT_EQ(ReasonOf(agenda_->DeleteAgendaItem(*Call("DeleteAgendaItem"), remove).status()),
            ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_EQ(History().back().kind(), changes::v1::Change::DELETED);
}

TEST_P(AgendaServiceTest, ItemsRunInALiveDialogueAndMinutesAreTakenAfterwards) {
  const Uid uid = MakeDialogue(Dialogue::OPEN);
  const auto first = Add("First");
  const auto second = Add("Second");
  EXPECT_EQ(ReasonOf(Start(first->name()).status()), ErrorReason::STATE_INVALID);
  SetState(uid, Dialogue::LIVE);
  ASSERT_TRUE(Start(first->name(), first->etag()).ok());
  ASSERT_TRUE(Start(second->name()).ok());
  EXPECT_EQ(History().back().old_state(), "PLANNED");
  v1::GetAgendaItemRequest get;
  get.set_name(first->name());
  EXPECT_EQ(agenda_->GetAgendaItem(*Call("GetAgendaItem"), get)->state(), AgendaItem::FINISHED);
  ASSERT_TRUE(Close().ok());
  get.set_name(second->name());
  const auto over = agenda_->GetAgendaItem(*Call("GetAgendaItem"), get);
  EXPECT_EQ(over->state(), AgendaItem::FINISHED) << "a closed dialogue runs nothing";

  v1::UpdateAgendaItemRequest update;
  update.mutable_agenda_item()->set_name(second->name());
  update.mutable_agenda_item()->set_minutes("We agreed.");
  const auto minuted = agenda_->UpdateAgendaItem(*Call("UpdateAgendaItem"), update);
  ASSERT_TRUE(minuted.ok()) << minuted.status();
  EXPECT_EQ(minuted->title(), "Second");
  EXPECT_EQ(minuted->minutes(), "We agreed.");
  update.mutable_agenda_item()->set_parent_item(first->name());
  EXPECT_EQ(ReasonOf(agenda_->UpdateAgendaItem(*Call("UpdateAgendaItem"), update).status()),
            ErrorReason::FIELD_INVALID);
}

TEST_P(AgendaServiceTest, ParticipantsAskAndAreCalledInOrder) {
  const Uid uid = MakeDialogue(Dialogue::LIVE);
  AddParticipants(uid, 3);
  const auto item = Add("Topics");
  ASSERT_TRUE(Start(item->name()).ok());
  const auto first = Ask(uid, 0, "Lead-free solder");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->pseudonym(), "Participant 0");
  EXPECT_EQ(first->position(), 1);
  EXPECT_EQ(first->agenda_item(), item->name());
  EXPECT_EQ(History().back().actor(), absl::StrCat(kDialogue, "/participants/0"));
  EXPECT_EQ(Ask(uid, 1)->position(), 2);
  EXPECT_EQ(Ask(uid, 2, "Time!", SpeakerRequest::POINT_OF_ORDER)->position(), 1);

  const auto called = CallNext();
  ASSERT_TRUE(called.ok()) << called.status();
  EXPECT_EQ(called->topic(), "Time!");
  EXPECT_EQ(called->state(), SpeakerRequest::CALLED);
  ASSERT_TRUE(Begin(called->name()).ok());
  ASSERT_TRUE(Begin(first->name()).ok());
  const std::vector<SpeakerRequest> speakers = Speakers();
  ASSERT_EQ(speakers.size(), 3u);
  EXPECT_EQ(speakers[0].name(), first->name());
  EXPECT_EQ(speakers[1].state(), SpeakerRequest::PAUSED) << "one speaks at a time";
  EXPECT_EQ(speakers[2].position(), 1);
  EXPECT_EQ(Speakers("state = WAITING").size(), 1u);
  EXPECT_EQ(Speakers(absl::StrCat("participant = \"", kDialogue, "/participants/2\"")).size(), 1u);
  ASSERT_TRUE(CallNext().ok());
  EXPECT_EQ(ReasonOf(CallNext().status()), ErrorReason::STATE_INVALID) << "nobody waits";

  ASSERT_TRUE(Close().ok());
  for (const SpeakerRequest& request : Speakers()) {
    EXPECT_EQ(request.state(), rules::NumberIn(request.participant()) == 1
                                   ? SpeakerRequest::WITHDRAWN
                                   : SpeakerRequest::SPOKEN)
        << request.DebugString();
  }
  v1::SummarizeSpeakingRequest summarize;
  summarize.set_parent(kDialogue);
  EXPECT_EQ(agenda_->SummarizeSpeaking(*Call("SummarizeSpeaking"), summarize)->participants_size(),
            2);
}

TEST_P(AgendaServiceTest, AParticipantHasOneRequestHoweverOftenItIsMade) {
  const Uid uid = MakeDialogue(Dialogue::LIVE);
  AddParticipants(uid, 2, [](int index, v1::Participant& p) { p.set_viewer(index == 1); });
  const auto first = Ask(uid, 0, "One thing");
  const auto again = Ask(uid, 0, "Another thing");
  EXPECT_EQ(again->name(), first->name());
  EXPECT_EQ(again->topic(), "Another thing");
  ASSERT_TRUE(Cancel(uid, 0).ok());
  ASSERT_TRUE(Cancel(uid, 0).ok()) << "nothing there, nothing happens";
  EXPECT_EQ(Speakers()[0].state(), SpeakerRequest::WITHDRAWN);
  EXPECT_EQ(Ask(uid, 0)->name(), first->name()) << "taken up again";
  EXPECT_EQ(Speakers().size(), 1u);
  EXPECT_EQ(ReasonOf(Ask(uid, 1).status()), ErrorReason::PERMISSION_DENIED) << "a viewer";

  v1::CreateSpeakerRequestRequest request;
  request.set_parent(kDialogue);
  request.mutable_speaker_request()->set_participant(absl::StrCat(kDialogue, "/participants/0"));
  const auto create = [&] {
    return agenda_->CreateSpeakerRequest(*Call("CreateSpeakerRequest"), request).status();
  };
  EXPECT_EQ(ReasonOf(create()), ErrorReason::RESOURCE_ALREADY_EXISTS);
  for (const char* nobody : {"/participants/1", "/participants/17", "/statements/0"}) {
    request.mutable_speaker_request()->set_participant(absl::StrCat(kDialogue, nobody));
    EXPECT_EQ(ReasonOf(create()), ErrorReason::FIELD_INVALID) << nobody;
  }
  SetState(uid, Dialogue::OPEN);
  EXPECT_EQ(ReasonOf(Ask(uid, 0).status()), ErrorReason::STATE_INVALID);
}

TEST_P(AgendaServiceTest, TheReportTellsHowTheMeetingWent) {
  const Uid uid = MakeDialogue(Dialogue::LIVE);
  AddParticipants(uid, 1);
  const auto item = Add("Cleaner rooms", "", 30);
  ASSERT_TRUE(Start(item->name()).ok());
  const auto asked = Ask(uid, 0);
  ASSERT_TRUE(Begin(asked->name()).ok());
  ASSERT_TRUE(Close().ok());
  v1::RenderReportRequest request;
  request.set_name(kDialogue);
  request.set_format(v1::MARKDOWN);
  const auto report = server_->opinion.RenderReport(*Call("RenderReport"), request);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->data(), HasSubstr("Cleaner rooms"));
  EXPECT_THAT(report->data(), HasSubstr("Participant 0"));
}

INSTANTIATE_ENGINES(AgendaServiceTest);

}  // namespace
}  // namespace colloquy::dialogues
