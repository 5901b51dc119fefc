#include "tests/conformance/registrations/fixture.h"

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "google/protobuf/util/time_util.h"
#include "services/common/feed/sequencer.h"
#include "services/common/resource/ids.h"

namespace colloquy::registrations {
void RegistrationsTest::SetUp() {
  if (!db::TestStore::Available(GetParam())) GTEST_SKIP() << "COLLOQUY_TEST_MYSQL is not set";
  store_ = std::make_unique<db::TestStore>(GetParam());
  db_ = store_->Open();
  const std::vector<db::Schema> schemas = Schemas();
  ASSERT_TRUE(db_->Migrate(schemas).ok());
  feed_ = std::make_unique<feed::Feed>(*db_, tokens_);
  feed_->Start();
  {
    absl::MutexLock lock(&mutex_);
    event_.set_name(kEvent);
    event_.set_uid(resource::NewUid().ToUuid());
    event_.set_state(events::v1::Event::PUBLISHED);
    event_.set_mode(events::v1::Event::IN_PERSON);
    event_.set_revision(1);
    *event_.mutable_start_time() = google::protobuf::util::TimeUtil::SecondsToTimestamp(
        absl::ToUnixSeconds(absl::Now() + absl::Hours(24 * 30)));
    event_.mutable_registration()->set_capacity(2);
    event_.mutable_registration()->mutable_waiting_list()->set_mode(events::v1::WaitingList::ON);
  }
  service_ = std::make_unique<RegistrationsService>(
      *db_, *feed_, tokens_,
      RegistrationsService::Options{.event_source = [this](const std::string& name, absl::Time)
                                        -> absl::StatusOr<events::v1::Event> {
                                      if (name != kEvent)
                                        return errors::NotFound("colloquy/Event", name);
                                      return event();
                                    },
                                    .allocator = {}});
}

void RegistrationsTest::TearDown() {
  service_.reset();
  if (feed_ != nullptr) feed_->Stop();
  feed_.reset();
  if (db_ != nullptr) db_->Close();
}

events::v1::Event RegistrationsTest::event() const {
  absl::MutexLock lock(&mutex_);
  return event_;
}

void RegistrationsTest::ChangeEvent(const std::function<void(events::v1::Event&)>& change) {
  changes::v1::Change record;
  {
    absl::MutexLock lock(&mutex_);
    change(event_);
    event_.set_revision(event_.revision() + 1);
    record.mutable_payload()->PackFrom(event_);
  }
  record.set_kind(changes::v1::Change::UPDATED);
  record.set_actor("organizers/mst/apiKeys/office");
  const absl::Status status =
      db_->Write({}, [&](db::Transaction& tx) { return service_->Apply(tx, record); });
  ASSERT_TRUE(status.ok()) << status;
  service_->WakeHousekeeping();
}

absl::Status RegistrationsTest::Resize(int capacity, bool force) {
  const events::v1::Event now = event();
  if (capacity < now.registration().capacity()) {
    v1::LimitSeatsRequest request;
    request.set_event(kEvent);
    request.set_event_uid(now.uid());
    request.set_revision(now.revision() + 1);
    request.set_force(force);
    auto* limit = request.add_limits();
    limit->set_pool("event");
    limit->set_size(capacity);
    COLLOQUY_RETURN_IF_ERROR(
        service_->LimitSeats(*Call(auth::Role::kService, "LimitSeats"), request).status());
  }
  ChangeEvent(
      [&](events::v1::Event& event) { event.mutable_registration()->set_capacity(capacity); });
  return absl::OkStatus();
}

std::shared_ptr<rpc::CallContext> RegistrationsTest::Call(auth::Role role, absl::string_view method,
                                                          absl::string_view partner) const {
  auth::Caller caller{.role = role,
                      .organizer = "mst",
                      .actor = absl::StrCat("organizers/mst/apiKeys/", static_cast<int>(role))};
  if (role == auth::Role::kPartner) caller.partner = std::string(partner);
  return std::make_shared<rpc::CallContext>(std::move(caller), absl::Now() + absl::Seconds(60),
                                            "test", method);
}

absl::StatusOr<Registration> RegistrationsTest::Create(
    absl::string_view email, const std::function<void(v1::CreateRegistrationRequest&)>& edit,
    auth::Role role) {
  v1::CreateRegistrationRequest request;
  request.set_parent(kEvent);
  request.mutable_registration()->mutable_attendee()->set_email(std::string(email));
  if (edit) edit(request);
  Answer<Registration> answer;
  service_->CreateRegistration(Call(role), request, answer.done());
  return answer.Wait();
}

absl::StatusOr<v1::BatchCreateRegistrationsResponse> RegistrationsTest::CreateBatch(
    const v1::BatchCreateRegistrationsRequest& request) {
  Answer<v1::BatchCreateRegistrationsResponse> answer;
  service_->BatchCreateRegistrations(Call(auth::Role::kPartner, "BatchCreateRegistrations"),
                                     request, answer.done());
  return answer.Wait();
}

absl::StatusOr<Registration> RegistrationsTest::Cancel(const std::string& name, auth::Role role,
                                                       const std::string& request_id) {
  v1::CancelRegistrationRequest request;
  request.set_name(name);
  request.set_request_id(request_id);
  Answer<Registration> answer;
  service_->CancelRegistration(Call(role, "CancelRegistration"), request, answer.done());
  return answer.Wait();
}

absl::StatusOr<Registration> RegistrationsTest::Get(const std::string& name, auth::Role role,
                                                    absl::string_view partner) {
  v1::GetRegistrationRequest request;
  request.set_name(name);
  return service_->GetRegistration(*Call(role, "GetRegistration", partner), request);
}

std::vector<Registration> RegistrationsTest::List(const std::string& filter, auth::Role role) {
  v1::ListRegistrationsRequest request;
  request.set_parent(kEvent);
  request.set_filter(filter);
  request.set_page_size(7);
  std::vector<Registration> all;
  do {
    const auto response = service_->ListRegistrations(*Call(role, "ListRegistrations"), request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return all;
    all.insert(all.end(), response->registrations().begin(), response->registrations().end());
    request.set_page_token(response->next_page_token());
  } while (!request.page_token().empty());
  return all;
}

v1::VerifySeatsResponse RegistrationsTest::Verify() {
  v1::VerifySeatsRequest request;
  request.set_event(kEvent);
  const auto response = service_->VerifySeats(*Call(auth::Role::kManager, "VerifySeats"), request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.value_or(v1::VerifySeatsResponse());
}

v1::Availability RegistrationsTest::Explain() {
  v1::ExplainAvailabilityRequest request;
  request.set_event(kEvent);
  const auto response =
      service_->ExplainAvailability(*Call(auth::Role::kViewer, "ExplainAvailability"), request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.value_or(v1::Availability());
}

std::vector<changes::v1::Change> RegistrationsTest::History() {
  // On MySQL what is committed becomes visible when it is stamped.
  if (feed::Sequencer* sequencer = feed_->sequencer()) {
    EXPECT_TRUE(sequencer->StampOnce(absl::Now() + absl::Seconds(30)).ok());
  }
  changes::v1::ListChangesRequest request;
  request.set_parent("organizers/mst");
  request.set_page_size(1000);
  std::vector<changes::v1::Change> all;
  do {
    const auto response = feed_->List(*Call(auth::Role::kManager, "ListChanges"), request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return all;
    all.insert(all.end(), response->changes().begin(), response->changes().end());
    request.set_page_token(response->next_page_token());
  } while (!request.page_token().empty());
  return all;
}

}  // namespace colloquy::registrations
