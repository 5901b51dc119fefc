#include "tests/fault/burst.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "tests/lib/calls.h"

namespace colloquy::test {
namespace {

using registrations::v1::Registration;

// Long enough that only a server that hangs lets a call run into it.
constexpr absl::Duration kCallTime = absl::Seconds(30);

std::string CreateText(const std::string& event, int caller, int guest) {
  return absl::StrCat("parent: '", event, "' registration { attendee { email: 'guest-", caller, "-",
                      guest, "@example.org' } } request_id: '",
                      absl::StrFormat("%08x-0000-4000-8000-%012x", caller, guest + 1), "'");
}

// "UNAVAILABLE DATABASE_UNAVAILABLE, says when to come again".
std::string Describe(const absl::Status& status) {
  const bool retry = status.GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value();
  return absl::StrCat(Outcome(status), retry ? ", says when to come again" : "");
}

}  // namespace

std::string MakeEvent(const World& world, absl::string_view id) {
  const auto made =
      world.Get<events::v1::Event>("owner", absl::StrCat(kEvents, "CreateEvent"),
                                   absl::StrCat("parent: '{organizer}' event_id: '", id,
                                                "' event { ", World::EventText(""), " }"));
  EXPECT_TRUE(made.ok()) << made.status();
  if (!made.ok()) return "";
  const auto published = world.Do("owner", absl::StrCat(kEvents, "PublishEvent"),
                                  absl::StrCat("name: '", made->name(), "'"));
  EXPECT_TRUE(published.ok()) << published.status();
  return made->name();
}

Burst::Burst(const Server& server, const World& world, std::string event, int callers)
    : channel_(server.channel()),
      world_(world),
      event_(std::move(event)),
      callers_(static_cast<size_t>(callers)) {
  for (int i = 0; i < callers; ++i) threads_.emplace_back([this, i] { Run(i); });
}

Burst::~Burst() { Stop(/*give_up=*/true); }

void Burst::Stop(bool give_up) {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    give_up_ = give_up;
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Burst::Run(int caller) {
  for (int guest = 0; RegisterGuest(caller, guest); ++guest) {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
  }
}

bool Burst::RegisterGuest(int caller, int guest) {
  const std::string method = absl::StrCat(kRegistrations, "CreateRegistration");
  const auto request = RequestOf(method, CreateText(event_, caller, guest));
  for (;;) {
    const Answer answer = Invoke(channel_, method, world_.credential("partner"),
                                 request->SerializeAsString(), kCallTime);
    absl::MutexLock lock(&mutex_);
    Caller& self = callers_[static_cast<size_t>(caller)];
    if (answer.status.ok()) {
      Registration registration;
      registration.ParseFromString(answer.bytes);
      acknowledged_[CreateText(event_, caller, guest)] = registration.name();
      ++self.successes;
      return true;
    }
    ++self.failures;
    ++failures_[Describe(answer.status)];
    if (stopping_ && give_up_) return false;
    // What a client does that was told to come again; the server's word is for a machine that is
    // not shared with it.
    const auto ended = [this]()
                           ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ && give_up_; };
    mutex_.AwaitWithTimeout(absl::Condition(&ended), absl::Milliseconds(20));
  }
}

bool Burst::Await(int Caller::*counter, int count) {
  absl::MutexLock lock(&mutex_);
  std::vector<int> wanted;
  for (const Caller& caller : callers_) wanted.push_back(caller.*counter + count);
  const auto reached = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (callers_[i].*counter < wanted[i]) return false;
    }
    return true;
  };
  return mutex_.AwaitWithTimeout(absl::Condition(&reached), absl::Minutes(1));
}

bool Burst::AwaitSuccesses(int count) { return Await(&Caller::successes, count); }
bool Burst::AwaitFailures(int count) { return Await(&Caller::failures, count); }

std::map<std::string, int> Burst::failures() const {
  absl::MutexLock lock(&mutex_);
  return failures_;
}

std::vector<std::string> ListRegistrations(const World& world, const std::string& event) {
  std::vector<std::string> names;
  std::string token;
  do {
    const auto page = world.Get<registrations::v1::ListRegistrationsResponse>(
        "owner", absl::StrCat(kRegistrations, "ListRegistrations"),
        absl::StrCat("parent: '", event, "' page_size: 1000 page_token: '", token, "'"));
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return names;
    for (const Registration& registration : page->registrations())
      names.push_back(registration.name());
    token = page->next_page_token();
  } while (!token.empty());
  return names;
}

void ExpectSeatsAgree(const World& world, const std::string& event) {
  const auto verified = world.Get<registrations::v1::VerifySeatsResponse>(
      "owner", absl::StrCat(kRegistrations, "VerifySeats"), absl::StrCat("event: '", event, "'"));
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->differences_size(), 0) << verified->ShortDebugString();
}

void ExpectNothingLost(const Server& server, const World& world, const std::string& event,
                       const std::map<std::string, std::string>& acknowledged) {
  std::vector<std::string> expected;
  for (const auto& [request, name] : acknowledged) expected.push_back(name);
  EXPECT_THAT(ListRegistrations(world, event), testing::UnorderedElementsAreArray(expected));
  const std::string method = absl::StrCat(kRegistrations, "CreateRegistration");
  for (const auto& [text, name] : acknowledged) {
    const auto again = Call<Registration>(server.channel(), method, world.credential("partner"),
                                          *RequestOf(method, text));
    ASSERT_TRUE(again.ok()) << again.status() << " for " << text;
    EXPECT_EQ(again->name(), name) << text;
  }
}

}  // namespace colloquy::test
