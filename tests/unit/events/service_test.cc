// The handlers, without gRPC, on both engines.
#include "services/events/service.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/ids.h"
#include "services/events/rules/civil_time.h"
#include "tests/conformance/db/test_store.h"

namespace colloquy::events {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;
using v1::Event;

constexpr absl::string_view kParent = "organizers/mst";

class EventsServiceTest : public testing::TestWithParam<db::Engine> {
 protected:
  void SetUp() override {
    if (!db::TestStore::Available(GetParam())) GTEST_SKIP() << "COLLOQUY_TEST_MYSQL is not set";
    store_ = std::make_unique<db::TestStore>(GetParam());
    db_ = store_->Open();
    const std::vector<db::Schema> schemas = Schemas();
    ASSERT_TRUE(db_->Migrate(schemas).ok());
    feed_ = std::make_unique<feed::Feed>(*db_, tokens_);
    feed_->Start();
    service_ = std::make_unique<EventsService>(
        *db_, *feed_, tokens_,
        EventsService::Options{
            .limit_seats =
                [this](const registrations::v1::LimitSeatsRequest& request, absl::Time) {
                  asked_.push_back(request);
                  if (while_asking_ != nullptr) std::exchange(while_asking_, nullptr)();
                  return refusal_;
                },
            .now = [this] { return now_; }});
  }

  void TearDown() override {
    service_.reset();
    if (feed_ != nullptr) feed_->Stop();
    feed_.reset();
    if (db_ != nullptr) db_->Close();
  }

  rpc::CallContext Call(auth::Role role, absl::string_view method = "UpdateEvent") const {
    const bool bound = role != auth::Role::kAnonymous && role != auth::Role::kOperator;
    // The context does not copy the method's name, so it must be one that lasts.
    static const auto* const names =
        new std::vector<std::string>{"/colloquy.events.v1.EventsService/CreateEvent",
                                     "/colloquy.events.v1.EventsService/UpdateEvent",
                                     "/colloquy.events.v1.EventsService/GetEvent"};
    absl::string_view found = names->front();
    for (const std::string& name : *names) {
      if (absl::EndsWith(name, absl::StrCat("/", method))) found = name;
    }
    return rpc::CallContext(
        {.role = role,
         .organizer = bound ? "mst" : "",
         .partner = role == auth::Role::kPartner ? "portal" : "",
         .actor = absl::StrCat("organizers/mst/apiKeys/k", static_cast<int>(role))},
        absl::Now() + absl::Seconds(60), "test", found);
  }

  static Event Draft(absl::string_view civil_day = "2027-03-09") {
    Event event;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(R"(
      kind: WORKSHOP mode: HYBRID title { texts { key: "en" value: "Lasers for all" } }
      time_zone: "Europe/Berlin" venue { address { region_code: "DE" locality: "München" } }
      languages: "de-AT" online_uri: "https://example.org/join"
      registration { capacity: 40 in_person_capacity: 30 }
      categories { id: "student" title { texts { key: "en" value: "Students" } } quota: 10 }
    )",
                                                              &event));
    event.set_civil_start(absl::StrCat(civil_day, "T14:00:00"));
    event.set_civil_end(absl::StrCat(civil_day, "T17:00:00"));
    return event;
  }

  absl::StatusOr<Event> Create(const std::string& id, const Event& event = Draft(),
                               const std::string& request_id = "") {
    v1::CreateEventRequest request;
    request.set_parent(std::string(kParent));
    request.set_event_id(id);
    *request.mutable_event() = event;
    request.set_request_id(request_id);
    return service_->CreateEvent(Call(auth::Role::kManager, "CreateEvent"), request);
  }

  absl::StatusOr<Event> Publish(const std::string& id) {
    v1::PublishEventRequest request;
    request.set_name(Name(id));
    return service_->PublishEvent(Call(auth::Role::kManager), request);
  }

  absl::StatusOr<Event> Get(const std::string& id, auth::Role role = auth::Role::kManager) {
    v1::GetEventRequest request;
    request.set_name(Name(id));
    return service_->GetEvent(Call(role, "GetEvent"), request);
  }

  absl::StatusOr<Event> Update(const std::string& id, const std::function<void(Event&)>& change,
                               const std::vector<std::string>& paths,
                               const std::string& request_id = "") {
    v1::UpdateEventRequest request;
    request.mutable_event()->set_name(Name(id));
    change(*request.mutable_event());
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    request.set_request_id(request_id);
    return service_->UpdateEvent(Call(auth::Role::kManager), request);
  }

  std::vector<std::string> List(const std::string& filter, auth::Role role = auth::Role::kManager,
                                int page_size = 3) {
    v1::ListEventsRequest request;
    request.set_parent(role == auth::Role::kAnonymous ? "organizers/-" : std::string(kParent));
    request.set_filter(filter);
    request.set_page_size(page_size);
    std::vector<std::string> ids;
    do {
      const auto page = service_->ListEvents(Call(role), request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return ids;
      for (const Event& event : page->events())
        ids.push_back(event.name().substr(event.name().rfind('/') + 1));
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }

  static std::string Name(const std::string& id) { return absl::StrCat(kParent, "/events/", id); }

  absl::Time now_ = absl::FromUnixSeconds(1'790'000'000);
  absl::Status refusal_;
  std::vector<registrations::v1::LimitSeatsRequest> asked_;
  std::function<void()> while_asking_;
  resource::PageTokens tokens_{"a secret of thirty-two bytes or more"};
  std::unique_ptr<db::TestStore> store_;
  std::unique_ptr<db::Database> db_;
  std::unique_ptr<feed::Feed> feed_;
  std::unique_ptr<EventsService> service_;
};

INSTANTIATE_TEST_SUITE_P(Engines, EventsServiceTest,
                         testing::Values(db::Engine::kSqlite, db::Engine::kMysql),
                         [](const testing::TestParamInfo<db::Engine>& info) {
                           return info.param == db::Engine::kSqlite ? "Sqlite" : "Mysql";
                         });

TEST_P(EventsServiceTest, CreatedAsDraftAndReadBack) {
  const auto created = Create("lasers");
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->state(), Event::DRAFT);
  EXPECT_EQ(created->revision(), 1);
  const auto read = Get("lasers");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->SerializeAsString(), created->SerializeAsString());
  EXPECT_EQ(ReasonOf(Create("lasers").status()), ErrorReason::RESOURCE_ALREADY_EXISTS);
}

TEST_P(EventsServiceTest, HiddenAndMissingLookTheSame) {
  ASSERT_TRUE(Create("draft").ok());
  for (auth::Role role : {auth::Role::kAnonymous, auth::Role::kPartner}) {
    const absl::Status hidden = Get("draft", role).status();
    const absl::Status missing = Get("nothing", role).status();
    EXPECT_TRUE(absl::IsPermissionDenied(hidden));
    EXPECT_EQ(hidden, missing);
  }
  EXPECT_TRUE(absl::IsNotFound(Get("nothing").status()));
}

TEST_P(EventsServiceTest, PublicSeesPublishedButNotWhereOneJoins) {
  Event unlisted = Draft();
  unlisted.set_visibility(Event::UNLISTED);
  Event invited = Draft();
  invited.set_visibility(Event::INVITATION_ONLY);
  ASSERT_TRUE(Create("open").ok() && Create("unlisted", unlisted).ok() &&
              Create("invited", invited).ok());
  for (const char* id : {"open", "unlisted", "invited"}) ASSERT_TRUE(Publish(id).ok());
  const auto open = Get("open", auth::Role::kAnonymous);
  ASSERT_TRUE(open.ok()) << open.status();
  EXPECT_EQ(open->online_uri(), "");
  EXPECT_EQ(Get("open")->online_uri(), "https://example.org/join");
  EXPECT_TRUE(Get("unlisted", auth::Role::kAnonymous).ok());
  EXPECT_FALSE(Get("invited", auth::Role::kAnonymous).ok());
  EXPECT_TRUE(Get("invited", auth::Role::kPartner).ok());
  EXPECT_THAT(List("", auth::Role::kAnonymous), testing::ElementsAre("open"));
  EXPECT_THAT(List("", auth::Role::kPartner),
              testing::UnorderedElementsAre("open", "unlisted", "invited"));
}

TEST_P(EventsServiceTest, StatesFollowTheClockInAnswersAndFilters) {
  ASSERT_TRUE(Create("a", Draft("2027-03-09")).ok() && Publish("a").ok());
  ASSERT_TRUE(Create("b", Draft("2027-03-10")).ok() && Publish("b").ok());
  now_ =
      rules::InstantOf(absl::CivilSecond(2027, 3, 10, 15, 0, 0), *rules::LoadZone("Europe/Berlin"))
          .value();
  EXPECT_EQ(Get("a")->state(), Event::COMPLETED);
  EXPECT_EQ(Get("b")->state(), Event::IN_PROGRESS);
  EXPECT_THAT(List("state = COMPLETED"), testing::ElementsAre("a"));
  EXPECT_THAT(List("state = IN_PROGRESS"), testing::ElementsAre("b"));
  EXPECT_THAT(List("state = PUBLISHED"), testing::IsEmpty());
  EXPECT_THAT(List("NOT state = COMPLETED"), testing::ElementsAre("b"));
  v1::ArchiveEventRequest archive;
  archive.set_name(Name("b"));
  EXPECT_EQ(ReasonOf(service_->ArchiveEvent(Call(auth::Role::kManager), archive).status()),
            ErrorReason::STATE_INVALID);
  archive.set_name(Name("a"));
  EXPECT_TRUE(service_->ArchiveEvent(Call(auth::Role::kManager), archive).ok());
}

TEST_P(EventsServiceTest, PagesCoverTheListOnceInOrder) {
  std::vector<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    // Two at each time: the tie is broken too.
    const std::string id = absl::StrCat("e", 10 + i);
    ASSERT_TRUE(Create(id, Draft(absl::StrCat("2027-04-", 10 + i / 2))).ok());
    expected.push_back(id);
  }
  EXPECT_EQ(List(""), expected);
  EXPECT_EQ(List("country = \"DE\" AND kind = WORKSHOP AND languages:de LASERS"), expected);
  EXPECT_EQ(List("city = \"münchen\"").size(), 20u);
  EXPECT_THAT(List("country = \"FR\""), testing::IsEmpty());
  EXPECT_EQ(List("start_time >= \"2027-04-18T00:00:00Z\"").size(), 4u);
}

TEST_P(EventsServiceTest, ReplaysTheFirstAnswer) {
  const std::string id = resource::NewUid().ToUuid();
  const auto first = Create("", Draft(), id);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Create("", Draft(), id)->name(), first->name());
  Event other = Draft();
  other.set_kind(Event::TRAINING);
  EXPECT_EQ(ReasonOf(Create("", other, id).status()), ErrorReason::REQUEST_ID_REUSED);

  ASSERT_TRUE(Create("b").ok());
  const std::string update_id = resource::NewUid().ToUuid();
  const auto move = [](Event& event) { event.set_civil_start("2027-03-09T13:00:00"); };
  const auto updated = Update("b", move, {"civil_start"}, update_id);
  ASSERT_TRUE(updated.ok()) << updated.status();
  now_ += absl::Hours(1);
  const auto replayed = Update("b", move, {"civil_start"}, update_id);
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_EQ(replayed->SerializeAsString(), updated->SerializeAsString());
}

TEST_P(EventsServiceTest, SequenceGrowsWithTimePlaceAndStatusOnly) {
  ASSERT_TRUE(Create("a").ok());
  const auto text =
      Update("a", [](Event& e) { (*e.mutable_title()->mutable_texts())["en"] = "New"; }, {"title"});
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(text->calendar_sequence(), 0);
  EXPECT_EQ(text->revision(), 2);
  const auto moved = Update(
      "a", [](Event& e) { e.mutable_start_time()->set_seconds(1'804'593'600); }, {"start_time"});
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(moved->calendar_sequence(), 1);
  EXPECT_EQ(moved->civil_start(), "2027-03-09T13:00:00");
  EXPECT_EQ(Publish("a")->calendar_sequence(), 2);
}

TEST_P(EventsServiceTest, StaleEtagsAndWrongMasksChangeNothing) {
  const auto created = Create("a");
  ASSERT_TRUE(Publish("a").ok());
  EXPECT_EQ(
      ReasonOf(Update("a", [&](Event& e) { e.set_etag(created->etag()); }, {"title"}).status()),
      ErrorReason::ETAG_MISMATCH);
  EXPECT_EQ(ReasonOf(Update("a", [](Event&) {}, {"colour"}).status()),
            ErrorReason::FIELD_MASK_INVALID);
  EXPECT_EQ(Get("a")->revision(), 2);
}

TEST_P(EventsServiceTest, AsksForSeatsBeforeItPromisesFewer) {
  ASSERT_TRUE(Create("a").ok());
  const auto shrink = [](Event& e) {
    e.mutable_registration()->set_capacity(20);
    e.mutable_registration()->set_in_person_capacity(35);
    e.mutable_registration()->set_online_capacity(5);
  };
  const std::vector<std::string> paths = {"registration", "categories"};
  EXPECT_TRUE(Update("a", [](Event& e) { e.mutable_registration()->set_capacity(39); },
                     {"registration.capacity"})
                  .ok());
  EXPECT_TRUE(asked_.empty()) << "nobody can have registered for a draft";
  ASSERT_TRUE(Publish("a").ok());

  refusal_ = errors::FailedPrecondition(ErrorReason::CAPACITY_BELOW_TAKEN, Name("a"), "taken");
  EXPECT_EQ(Update("a", shrink, paths).status(), refusal_);
  EXPECT_EQ(Get("a")->registration().capacity(), 39);
  ASSERT_EQ(asked_.size(), 1u);
  std::vector<std::string> limits;
  for (const auto& limit : asked_[0].limits())
    limits.push_back(absl::StrCat(limit.pool(), "=", limit.size()));
  EXPECT_THAT(limits,
              testing::UnorderedElementsAre("event=20", "mode:ONLINE=5", "category:student=0"));
  EXPECT_EQ(asked_[0].revision(), Get("a")->revision() + 1);

  v1::UpdateEventRequest dry;
  *dry.mutable_event() = *Get("a");
  dry.mutable_event()->mutable_registration()->set_capacity(20);
  dry.mutable_update_mask()->add_paths("registration.capacity");
  dry.set_validate_only(true);
  EXPECT_EQ(service_->UpdateEvent(Call(auth::Role::kManager), dry).status(), refusal_);
  EXPECT_TRUE(asked_.back().validate_only()) << "no seats are held back for a question";

  refusal_ = absl::OkStatus();
  EXPECT_TRUE(Update("a", shrink, paths).ok());
  EXPECT_FALSE(asked_.back().validate_only());
  asked_.clear();
  EXPECT_TRUE(Update("a", [](Event& e) { e.mutable_registration()->set_capacity(50); },
                     {"registration.capacity"})
                  .ok());
  EXPECT_TRUE(asked_.empty()) << "more seats need no permission";
}

TEST_P(EventsServiceTest, TwoUpdatesWithOneRequestIdAtATimeGiveOneAnswer) {
  ASSERT_TRUE(Create("a").ok());
  ASSERT_TRUE(Publish("a").ok());
  const auto shrink = [](Event& e) { e.mutable_registration()->set_capacity(35); };
  const std::string id = resource::NewUid().ToUuid();
  absl::StatusOr<Event> first;
  while_asking_ = [&] { first = Update("a", shrink, {"registration.capacity"}, id); };
  const auto second = Update("a", shrink, {"registration.capacity"}, id);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Get("a")->revision(), first->revision()) << "changed once";
}

TEST_P(EventsServiceTest, SessionsConflictUnlessForced) {
  const auto event = Create("a");
  ASSERT_TRUE(event.ok());
  v1::CreateSessionRequest request;
  request.set_parent(Name("a"));
  auto* session = request.mutable_session();
  (*session->mutable_title()->mutable_texts())["en"] = "Opening";
  *session->mutable_start_time() = event->start_time();
  *session->mutable_end_time() = event->end_time();
  session->set_room("Hall");
  session->add_speakers()->set_display_name("Eva");
  session->mutable_speakers(0)->set_email("eva@example.org");
  const auto call = Call(auth::Role::kModerator);
  request.set_session_id("one");
  ASSERT_TRUE(service_->CreateSession(call, request).ok());
  request.set_session_id("two");
  EXPECT_EQ(ReasonOf(service_->CreateSession(call, request).status()),
            ErrorReason::SESSION_CONFLICT);
  request.set_force(true);
  EXPECT_TRUE(service_->CreateSession(call, request).ok());

  EXPECT_EQ(
      ReasonOf(Update("a", [](Event& e) { e.set_civil_end("2027-03-09T15:00:00"); }, {"civil_end"})
                   .status()),
      ErrorReason::SESSION_CONFLICT);
  v1::DeleteEventRequest remove;
  remove.set_name(Name("a"));
  EXPECT_EQ(ReasonOf(service_->DeleteEvent(call, remove).status()),
            ErrorReason::RESOURCE_HAS_CHILDREN);

  ASSERT_TRUE(Publish("a").ok());
  const auto shrink = [](Event& e) {
    e.set_civil_end("2027-03-09T15:00:00");
    e.mutable_registration()->set_capacity(1);
  };
  EXPECT_EQ(ReasonOf(Update("a", shrink, {"civil_end", "registration.capacity"}).status()),
            ErrorReason::SESSION_CONFLICT);
  EXPECT_TRUE(asked_.empty()) << "no seats are held back for a change that cannot be made";
  v1::ListSessionsRequest list;
  list.set_parent(Name("a"));
  const auto sessions = service_->ListSessions(Call(auth::Role::kAnonymous), list);
  ASSERT_TRUE(sessions.ok()) << sessions.status();
  ASSERT_EQ(sessions->sessions_size(), 2);
  EXPECT_EQ(sessions->sessions(0).speakers(0).email(), "");
  EXPECT_EQ(service_->ListSessions(call, list)->sessions(0).speakers(0).email(), "eva@example.org");
}

TEST_P(EventsServiceTest, SeriesKeepsTheClockAndLeavesDatesOut) {
  ASSERT_TRUE(Create("a", Draft("2027-03-16")).ok());
  v1::CreateEventSeriesRequest request;
  request.set_name(Name("a"));
  request.set_recurrence_rule("FREQ=WEEKLY;COUNT=4");
  request.add_excluded_dates("2027-03-23");
  request.set_request_id(resource::NewUid().ToUuid());
  const auto call = Call(auth::Role::kManager);
  const auto series = service_->CreateEventSeries(call, request);
  ASSERT_TRUE(series.ok()) << series.status();
  std::vector<std::string> starts;
  for (const Event& event : series->events()) {
    starts.push_back(event.civil_start());
    EXPECT_EQ(event.series(), Name("a"));
  }
  EXPECT_THAT(starts, testing::ElementsAre("2027-03-16T14:00:00", "2027-03-30T14:00:00",
                                           "2027-04-06T14:00:00"));
  EXPECT_EQ(series->events(1).start_time().seconds() - series->events(0).start_time().seconds(),
            14 * 86400 - 3600);
  EXPECT_EQ(service_->CreateEventSeries(call, request)->SerializeAsString(),
            series->SerializeAsString());
  EXPECT_EQ(List("").size(), 3u);
}

TEST_P(EventsServiceTest, CopiesTakeTheirDeadlinesAlong) {
  Event draft = Draft("2027-03-16");
  draft.mutable_registration()->mutable_open()->mutable_time()->set_seconds(1804593600);
  draft.mutable_registration()->mutable_close()->mutable_before_start()->set_seconds(3600);
  ASSERT_TRUE(Create("a", draft).ok());
  v1::CloneEventRequest request;
  request.set_name(Name("a"));
  request.set_civil_start("2027-02-09T14:00:00");  // before the day on which the original opens
  const auto clone = service_->CloneEvent(Call(auth::Role::kManager), request);
  ASSERT_TRUE(clone.ok()) << clone.status();
  EXPECT_EQ(clone->registration().open().time().seconds(), 1804593600 - 35 * 86400);
}

TEST_P(EventsServiceTest, SeriesAreExtendedAndNeverDoubled) {
  ASSERT_TRUE(Create("a", Draft("2027-03-16")).ok());
  v1::CreateEventSeriesRequest request;
  request.set_name(Name("a"));
  request.set_recurrence_rule("FREQ=WEEKLY;COUNT=3");
  const auto call = Call(auth::Role::kManager);
  const auto first = service_->CreateEventSeries(call, request);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = service_->CreateEventSeries(call, request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());

  request.set_recurrence_rule("FREQ=WEEKLY;COUNT=5");
  const auto longer = service_->CreateEventSeries(call, request);
  ASSERT_TRUE(longer.ok()) << longer.status();
  ASSERT_EQ(longer->events_size(), 5);
  EXPECT_EQ(longer->events(2).name(), first->events(2).name());
  EXPECT_EQ(longer->events(4).civil_start(), "2027-04-13T14:00:00");
  EXPECT_EQ(List("").size(), 5u);
}

TEST_P(EventsServiceTest, EveryChangeLeavesOneRecord) {
  ASSERT_TRUE(Create("a").ok() && Publish("a").ok());
  v1::CancelEventRequest cancel;
  cancel.set_name(Name("a"));
  cancel.set_reason("storm");
  ASSERT_TRUE(service_->CancelEvent(Call(auth::Role::kManager), cancel).ok());
  EXPECT_FALSE(service_->CancelEvent(Call(auth::Role::kManager), cancel).ok());
  changes::v1::ListChangesRequest request;
  request.set_parent(std::string(kParent));
  std::vector<std::string> states;
  const auto call = Call(auth::Role::kOwner);
  for (int i = 0; i < 200 && states.size() < 3; ++i) {  // MySQL stamps records after their commit
    const auto changes = feed_->List(call, request);
    ASSERT_TRUE(changes.ok()) << changes.status();
    states.clear();
    for (const auto& change : changes->changes()) states.push_back(change.new_state());
    if (states.size() < 3) absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_THAT(states, testing::ElementsAre("DRAFT", "PUBLISHED", "CANCELLED"));
  EXPECT_EQ(Get("a", auth::Role::kAnonymous)->cancel_reason(), "storm");
}

TEST_P(EventsServiceTest, ValidateOnlyChangesNothing) {
  v1::CreateEventRequest request;
  request.set_parent(std::string(kParent));
  request.set_event_id("a");
  request.set_validate_only(true);
  *request.mutable_event() = Draft();
  EXPECT_TRUE(service_->CreateEvent(Call(auth::Role::kManager, "CreateEvent"), request).ok());
  EXPECT_TRUE(absl::IsNotFound(Get("a").status()));
}

TEST_P(EventsServiceTest, CivilTimesSurviveNewZoneRules) {
  const auto created = Create("a");
  ASSERT_TRUE(created.ok());
  EXPECT_EQ(service_->FollowZoneRules().value(), 0);
  // As if the zone's offset had been another one when the event was stored.
  Event stale = *created;
  stale.mutable_start_time()->set_seconds(created->start_time().seconds() + 3600);
  stale.set_revision(2);
  ASSERT_TRUE(db_->Write({}, [&](db::Transaction& tx) { return store::Update(tx, stale); }).ok());
  EXPECT_EQ(service_->FollowZoneRules().value(), 1);
  EXPECT_EQ(Get("a")->start_time().seconds(), created->start_time().seconds());
  EXPECT_EQ(Get("a")->calendar_sequence(), 1);
}

}  // namespace
}  // namespace colloquy::events
