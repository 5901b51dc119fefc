// Mailings on both engines, sent over a relay that the test plays: what becomes of deliveries and
// of their invitations, and what a dispatcher does with letters that another one left.
#include "services/registrations/dispatcher.h"

#include <algorithm>
#include <functional>
#include <map>

#include "absl/time/clock.h"
#include "services/registrations/mailings_service.h"
#include "services/registrations/store/mailings.h"
#include "tests/conformance/registrations/invited_fixture.h"

namespace colloquy::registrations {
namespace {

using mail::SendResult;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using v1::Delivery;
using v1::Invitation;
using v1::Mailing;

// Answers as it is told, by address; takes what nothing was said about.
class Relay {
 public:
  void Answer(const std::string& address, SendResult result) {
    absl::MutexLock lock(&mutex_);
    answers_[address] = std::move(result);
  }
  std::vector<std::string> letters() const {
    absl::MutexLock lock(&mutex_);
    return letters_;
  }

  mail::TransportFactory Factory() {
    return [this](std::function<bool()>) { return std::make_unique<Connection>(*this); };
  }

 private:
  class Connection final : public mail::Transport {
   public:
    explicit Connection(Relay& relay) : relay_(relay) {}
    SendResult Send(const std::string&, const mail::Letter& letter) override {
      absl::MutexLock lock(&relay_.mutex_);
      relay_.letters_.push_back(letter.to);
      const auto answer = relay_.answers_.find(letter.to);
      if (answer == relay_.answers_.end())
        return {.kind = SendResult::kTaken, .code = 250, .text = "250 Ok"};
      return answer->second;
    }

   private:
    Relay& relay_;
  };

  mutable absl::Mutex mutex_;
  std::map<std::string, SendResult> answers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> letters_ ABSL_GUARDED_BY(mutex_);
};

class DispatcherTest : public InvitedTest {
 protected:
  void SetUp() override {
    InvitedTest::SetUp();
    if (IsSkipped()) return;
    ChangeEvent([](events::v1::Event& event) {
      event.set_default_language("en");
      event.set_time_zone("Europe/Berlin");
      (*event.mutable_title()->mutable_texts())["en"] = "Sensors";
      *event.mutable_end_time() = event.start_time();
    });
    mailings_ = std::make_unique<MailingsService>(*db_, *feed_, tokens_, service_->rules(), [this] {
      if (dispatcher_ != nullptr) dispatcher_->Wake();
    });
  }
  void TearDown() override {
    dispatcher_.reset();
    mailings_.reset();
    InvitedTest::TearDown();
  }

  void StartDispatcher() {
    dispatcher_ = std::make_unique<Dispatcher>(
        *db_, *feed_, service_->rules(), links_, organizers_,
        DispatcherOptions{.transport = relay_.Factory(),
                          .connections = 2,
                          .sender = "office@mst.example",
                          .web_url = [] { return std::string("https://events.example"); },
                          .event_age = absl::ZeroDuration(),
                          .log = log_.get()});
    dispatcher_->Start();
  }

  Mailing SendInvitations() {
    v1::SendInvitationsRequest request;
    request.set_parent(kEvent);
    const auto mailing =
        mailings_->SendInvitations(*Call(auth::Role::kManager, "SendInvitations"), request);
    EXPECT_TRUE(mailing.ok()) << mailing.status();
    return mailing.value_or(Mailing());
  }

  std::vector<Delivery> Deliveries() {
    v1::ListDeliveriesRequest request;
    request.set_parent("organizers/mst/mailings/-");
    const auto page =
        mailings_->ListDeliveries(*Call(auth::Role::kManager, "ListDeliveries"), request);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return {};
    return {page->deliveries().begin(), page->deliveries().end()};
  }

  // Waits until all deliveries are as `done` says; their states by address, or what they are by
  // then.
  std::vector<Delivery> Await(size_t count, const std::function<bool(const Delivery&)>& done) {
    std::vector<Delivery> all;
    for (const absl::Time patience = absl::Now() + absl::Seconds(30); absl::Now() < patience;) {
      all = Deliveries();
      if (all.size() == count && std::all_of(all.begin(), all.end(), done)) break;
      absl::SleepFor(absl::Milliseconds(10));
    }
    EXPECT_THAT(all, SizeIs(count));
    EXPECT_TRUE(std::all_of(all.begin(), all.end(), done)) << all.back().DebugString();
    return all;
  }
  static bool IsSent(const Delivery& delivery) { return delivery.state() == Delivery::SENT; }

  std::string LogText() {
    absl::MutexLock lock(&log_mutex_);
    return log_text_;
  }

  Relay relay_;
  absl::Mutex log_mutex_;
  std::string log_text_ ABSL_GUARDED_BY(log_mutex_);
  const std::unique_ptr<telemetry::Log> log_ =
      telemetry::Log::ToSink(telemetry::Level::kInfo, [this](absl::string_view line) {
        absl::MutexLock lock(&log_mutex_);
        absl::StrAppend(&log_text_, line, "\n");
      });
  std::unique_ptr<MailingsService> mailings_;
  std::unique_ptr<Dispatcher> dispatcher_;
};
INSTANTIATE_ENGINES(DispatcherTest);

TEST_P(DispatcherTest, ALetterEachAndTheInvitationsAreSent) {
  for (const std::string email : {"a@example.org", "b@example.org", "c@example.org"})
    ASSERT_TRUE(Invite(email).ok());
  StartDispatcher();
  const Mailing mailing = SendInvitations();
  Await(3, IsSent);
  EXPECT_THAT(relay_.letters(),
              testing::UnorderedElementsAre("a@example.org", "b@example.org", "c@example.org"));
  for (const Invitation& invitation : Invitations())
    EXPECT_EQ(invitation.state(), Invitation::SENT);
  // Those who got theirs get no second one.
  SendInvitations();
  ASSERT_TRUE(Invite("d@example.org").ok());
  SendInvitations();
  Await(4, IsSent);
  EXPECT_THAT(relay_.letters(), SizeIs(4));
}

TEST_P(DispatcherTest, WhatTheRelaySaysIsKept) {
  relay_.Answer("no@example.org",
                {.kind = SendResult::kRefused, .code = 550, .text = "550 No such user\r\n"});
  relay_.Answer("later@example.org",
                {.kind = SendResult::kLater, .code = 451, .text = "451 Try again"});
  ASSERT_TRUE(Invite("no@example.org").ok() && Invite("later@example.org").ok());
  StartDispatcher();
  SendInvitations();
  std::map<std::string, Delivery> found;
  for (const Delivery& delivery : Await(2, [](const Delivery& delivery) {
         return delivery.state() == Delivery::FAILED || delivery.state() == Delivery::RETRY;
       }))
    found[delivery.email()] = delivery;
  const Delivery& refused = found["no@example.org"];
  EXPECT_EQ(refused.state(), Delivery::FAILED);
  EXPECT_EQ(refused.smtp_code(), 550);
  EXPECT_EQ(refused.reason(), "550 No such user");
  const Delivery& later = found["later@example.org"];
  EXPECT_EQ(later.state(), Delivery::RETRY);
  EXPECT_EQ(later.attempt_count(), 1);
  EXPECT_GT(later.next_attempt_time().seconds(), later.update_time().seconds());
  // Not mailed, so it may be sent again.
  EXPECT_THAT(Invitations("state = CREATED"), SizeIs(1));

  // The address was mended at the relay, say.
  relay_.Answer("no@example.org", {.kind = SendResult::kTaken, .code = 250, .text = "250 Ok"});
  v1::RetryDeliveriesRequest retry;
  retry.set_parent(refused.name().substr(0, refused.name().rfind("/deliveries")));
  const auto retried =
      mailings_->RetryDeliveries(*Call(auth::Role::kManager, "RetryDeliveries"), retry);
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(retried->delivery_count(), 1);
  Await(2, [](const Delivery& delivery) {
    return delivery.email() != "no@example.org" || IsSent(delivery);
  });
}

// Its certificate is not trusted, say, or its login is wrong.
TEST_P(DispatcherTest, ARelayThatCannotBeUsedIsNoGuestsFault) {
  const std::string why = "The relay's certificate is not trusted";
  for (const std::string email : {"a@example.org", "b@example.org"}) {
    relay_.Answer(email, {.kind = SendResult::kAway, .text = why});
    ASSERT_TRUE(Invite(email).ok());
  }
  StartDispatcher();
  SendInvitations();
  for (const Delivery& delivery :
       Await(2, [](const Delivery& delivery) { return delivery.state() == Delivery::RETRY; })) {
    EXPECT_EQ(delivery.reason(), why);
    EXPECT_EQ(delivery.attempt_count(), 0);
    EXPECT_EQ(delivery.smtp_code(), 0);
  }
  EXPECT_THAT(Invitations("state = QUEUED"), SizeIs(2));
  EXPECT_THAT(LogText(), testing::HasSubstr(why));

  for (const std::string email : {"a@example.org", "b@example.org"})
    relay_.Answer(email, {.kind = SendResult::kTaken, .code = 250, .text = "250 Ok"});
  for (const Delivery& delivery : Await(2, IsSent)) EXPECT_EQ(delivery.attempt_count(), 1);
  EXPECT_THAT(LogText(), testing::HasSubstr("mail goes out again"));
}

TEST_P(DispatcherTest, WhoWantsNoMailGetsNone) {
  const auto invited = Invite("a@example.org");
  ASSERT_TRUE(invited.ok()) << invited.status();
  ASSERT_TRUE(Unsubscribe(LinkTo(*invited, rules::LinkPurpose::kUnsubscribe)).ok());
  ASSERT_TRUE(Invite("b@example.org").ok());
  StartDispatcher();
  SendInvitations();
  Await(1, IsSent);
  EXPECT_THAT(relay_.letters(), ElementsAre("b@example.org"));
}

// A dispatcher is killed with a letter in hand: whoever comes finds it by the lease, and says that
// the guest may get it twice.
TEST_P(DispatcherTest, LettersOfAKilledDispatcherGoOutAsUncertain) {
  ASSERT_TRUE(Invite("a@example.org").ok());
  const Mailing mailing = SendInvitations();
  const Uid dead = resource::NewUid();
  const absl::Status claimed = db_->Write({}, [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const auto work, store::ListMailingsWithWork(tx, 10));
    EXPECT_THAT(work, SizeIs(1));
    COLLOQUY_RETURN_IF_ERROR(
        AdvanceMailing(tx, *feed_, work[0], "office@mst.example", 100, absl::Now()).status());
    COLLOQUY_ASSIGN_OR_RETURN(const std::vector<DeliveryJob> jobs,
                              Exchange(tx, *feed_, dead, {}, 10, absl::Now()));
    EXPECT_THAT(jobs, SizeIs(1));
    return store::RenewLease(tx, dead, absl::Now() - absl::Seconds(1));
  });
  ASSERT_TRUE(claimed.ok()) << claimed;
  ASSERT_EQ(Deliveries().at(0).state(), Delivery::CLAIMED);
  const std::string message_id = Deliveries().at(0).message_id();
  StartDispatcher();
  const std::vector<Delivery> sent = Await(1, IsSent);
  EXPECT_TRUE(sent[0].uncertain());
  EXPECT_EQ(sent[0].message_id(), message_id);
  EXPECT_THAT(relay_.letters(), SizeIs(1));
}

// From the first claim on, others can find that a dispatcher is gone.
TEST_P(DispatcherTest, NoClaimIsWithoutALease) {
  ASSERT_TRUE(Invite("a@example.org").ok());
  StartDispatcher();
  SendInvitations();
  Await(1, IsSent);
  std::vector<Uid> dispatchers;
  const absl::Status read = db_->Read({}, [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(dispatchers, store::ListLost(tx, absl::InfiniteFuture()));
    return absl::OkStatus();
  });
  ASSERT_TRUE(read.ok()) << read;
  EXPECT_THAT(dispatchers, SizeIs(1));
}

TEST_P(DispatcherTest, AnEventThatIsCalledOffIsNotMailed) {
  ASSERT_TRUE(Invite("a@example.org").ok());
  SendInvitations();
  ChangeEvent([](events::v1::Event& event) { event.set_state(events::v1::Event::CANCELLED); });
  StartDispatcher();
  Await(1, [](const Delivery& delivery) { return delivery.state() == Delivery::SUPPRESSED; });
  EXPECT_THAT(relay_.letters(), IsEmpty());
}

}  // namespace
}  // namespace colloquy::registrations
