// The registrations service on a real database of either engine, with an events service that the
// test plays.
#ifndef COLLOQUY_TESTS_CONFORMANCE_REGISTRATIONS_FIXTURE_H_
#define COLLOQUY_TESTS_CONFORMANCE_REGISTRATIONS_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "services/common/feed/feed.h"
#include "services/registrations/service.h"
#include "tests/conformance/db/test_store.h"

namespace colloquy::registrations {

using errors::ErrorReason;
using errors::ReasonOf;
using v1::Registration;

inline constexpr char kEvent[] = "organizers/mst/events/dialogue";

// The answer of an asynchronous handler.
template <typename Response>
class Answer {
 public:
  rpc::Done<Response> done() {
    return [this](absl::StatusOr<Response> response) {
      response_ = std::move(response);
      arrived_.Notify();
    };
  }
  absl::StatusOr<Response> Wait() {
    arrived_.WaitForNotification();
    return std::move(response_);
  }

 private:
  absl::StatusOr<Response> response_ = absl::UnknownError("none");
  absl::Notification arrived_;
};

class RegistrationsTest : public testing::TestWithParam<db::Engine> {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Changes the event as the events service would, and lets the registrations follow.
  void ChangeEvent(const std::function<void(events::v1::Event&)>& change);
  // Asks to lower a pool first, as the events service does; then changes it. The refusal, if any.
  absl::Status Resize(int capacity, bool force = false);
  events::v1::Event event() const;

  std::shared_ptr<rpc::CallContext> Call(auth::Role role,
                                         absl::string_view method = "CreateRegistration",
                                         absl::string_view partner = "portal") const;

  absl::StatusOr<Registration> Create(
      absl::string_view email, const std::function<void(v1::CreateRegistrationRequest&)>& edit = {},
      auth::Role role = auth::Role::kPartner);
  absl::StatusOr<v1::BatchCreateRegistrationsResponse> CreateBatch(
      const v1::BatchCreateRegistrationsRequest& request);
  absl::StatusOr<Registration> Cancel(const std::string& name,
                                      auth::Role role = auth::Role::kPartner,
                                      const std::string& request_id = "");
  absl::StatusOr<Registration> Get(const std::string& name, auth::Role role = auth::Role::kManager,
                                   absl::string_view partner = "portal");
  std::vector<Registration> List(const std::string& filter = "",
                                 auth::Role role = auth::Role::kManager);
  v1::VerifySeatsResponse Verify();
  v1::Availability Explain();
  // Everything the feed has of this event, by sequence.
  std::vector<changes::v1::Change> History();

  std::unique_ptr<db::TestStore> store_;
  std::unique_ptr<db::Database> db_;
  resource::PageTokens tokens_{"a secret of thirty-two bytes or more"};
  std::unique_ptr<feed::Feed> feed_;
  std::unique_ptr<RegistrationsService> service_;

 private:
  mutable absl::Mutex mutex_;
  events::v1::Event event_ ABSL_GUARDED_BY(mutex_);
};

#define INSTANTIATE_ENGINES(suite)                                                          \
  INSTANTIATE_TEST_SUITE_P(Engines, suite,                                                  \
                           testing::Values(db::Engine::kSqlite, db::Engine::kMysql),        \
                           [](const testing::TestParamInfo<db::Engine>& info) {             \
                             return info.param == db::Engine::kSqlite ? "Sqlite" : "Mysql"; \
                           })

}  // namespace colloquy::registrations

#endif  // COLLOQUY_TESTS_CONFORMANCE_REGISTRATIONS_FIXTURE_H_
