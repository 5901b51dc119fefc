#include "services/common/auth/authenticator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "colloquy/access/v1/access_mock.grpc.pb.h"
#include "services/common/errors/errors.h"

namespace colloquy::auth {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;

constexpr char kPeerSecret[] = "a-secret-that-all-services-share";

std::string Key(int number) {
  std::string uid(kKeyUidBytes, '\0');
  uid[0] = static_cast<char>(number);
  uid[1] = static_cast<char>(number >> 8);
  return FormatApiKey({.uid = uid, .secret = std::string(kSecretBytes, 's')});
}

access::v1::Caller Office() {
  access::v1::Caller caller;
  caller.set_role(access::v1::ApiKey::MANAGER);
  caller.set_api_key("organizers/acme/apiKeys/office");
  caller.set_organizer("organizers/acme");
  return caller;
}

class AuthenticatorTest : public testing::Test {
 protected:
  // What the source answers is what `answer_` says; `asked_` counts.
  CredentialSource source() {
    return [this](absl::string_view, absl::Time) {
      ++asked_;
      return answer_;
    };
  }
  std::function<absl::Time()> clock() {
    return [this] { return absl::FromUnixMicros(now_.load()); };
  }
  void Pass(absl::Duration duration) { now_ += absl::ToInt64Microseconds(duration); }
  absl::StatusOr<CallerPtr> Ask(Authenticator& authenticator, absl::string_view credential) {
    auto cached = authenticator.TryCached(credential);
    return cached ? *cached : authenticator.Authenticate(credential, absl::InfiniteFuture());
  }
  static absl::Status Away() {
    return errors::Retryable(absl::StatusCode::kUnavailable, ErrorReason::PEER_UNAVAILABLE, "away",
                             absl::Seconds(1));
  }

  std::atomic<int64_t> now_{1'700'000'000'000'000};
  absl::StatusOr<access::v1::Caller> answer_ = Office();
  std::atomic<int> asked_{0};
};

TEST_F(AuthenticatorTest, NobodyPeersAndNonsenseNeedNoLookUp) {
  Authenticator authenticator(source(), kPeerSecret, {}, clock());
  EXPECT_EQ((**Ask(authenticator, "")).role, Role::kAnonymous);
  const auto peer = Ask(authenticator, FormatPeerCredential("events", kPeerSecret));
  ASSERT_TRUE(peer.ok());
  EXPECT_EQ((*peer)->role, Role::kService);
  EXPECT_EQ((*peer)->actor, "services/events");
  for (const std::string& bad :
       {std::string("nonsense"), std::string("clq_"), FormatPeerCredential("events", "wrong"),
        std::string(1 << 20, 'a'), Key(1) + "x"}) {
    EXPECT_EQ(ReasonOf(Ask(authenticator, bad).status()), ErrorReason::CREDENTIALS_INVALID);
  }
  EXPECT_EQ(asked_, 0);
}

TEST_F(AuthenticatorTest, WithoutAPeerSecretNobodyIsAPeer) {
  Authenticator authenticator(source(), "", {}, clock());
  EXPECT_FALSE(Ask(authenticator, FormatPeerCredential("events", "x")).ok());
}

TEST_F(AuthenticatorTest, AKeyIsLookedUpOnceAndAgainAfterItsLifetime) {
  Authenticator authenticator(source(), kPeerSecret, {}, clock());
  for (int i = 0; i < 10; ++i) {
    const auto caller = Ask(authenticator, Key(1));
    ASSERT_TRUE(caller.ok());
    EXPECT_EQ((*caller)->role, Role::kManager);
    EXPECT_EQ((*caller)->organizer, "acme");
    EXPECT_EQ((*caller)->actor, "organizers/acme/apiKeys/office");
  }
  EXPECT_EQ(asked_, 1);
  // Revoked elsewhere: refused within 30 s, whoever refreshes meanwhile.
  answer_ = InvalidCredentials();
  Pass(absl::Seconds(30));
  EXPECT_EQ(ReasonOf(Ask(authenticator, Key(1)).status()), ErrorReason::CREDENTIALS_INVALID);
  EXPECT_EQ(asked_, 2);
}

TEST_F(AuthenticatorTest, RefusalsAreRememberedBriefly) {
  answer_ = InvalidCredentials();
  Authenticator authenticator(source(), kPeerSecret, {}, clock());
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(Ask(authenticator, Key(1)).ok());
  EXPECT_EQ(asked_, 1);
  Pass(absl::Seconds(4));
  answer_ = Office();
  EXPECT_TRUE(Ask(authenticator, Key(1)).ok());
}

TEST_F(AuthenticatorTest, ExpiryIsHonouredWhileCached) {
  access::v1::Caller caller = Office();
  caller.mutable_expire_time()->set_seconds(now_ / 1'000'000 + 5);
  answer_ = caller;
  Authenticator authenticator(source(), kPeerSecret, {}, clock());
  EXPECT_TRUE(Ask(authenticator, Key(1)).ok());
  Pass(absl::Milliseconds(4999));
  EXPECT_TRUE(Ask(authenticator, Key(1)).ok());
  Pass(absl::Milliseconds(1));
  EXPECT_EQ(ReasonOf(Ask(authenticator, Key(1)).status()), ErrorReason::CREDENTIALS_INVALID);
}

TEST_F(AuthenticatorTest, WhileAccessIsAwayKnownCallersGoOnUntilTheLifetimeEnds) {
  Authenticator authenticator(source(), kPeerSecret, {}, clock());
  ASSERT_TRUE(Ask(authenticator, Key(1)).ok());
  answer_ = Away();
  EXPECT_EQ(ReasonOf(Ask(authenticator, Key(2)).status()), ErrorReason::PEER_UNAVAILABLE);
  Pass(absl::Seconds(20));  // a refresh is due, and fails
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Ask(authenticator, Key(1)).ok());
  Pass(absl::Seconds(6));
  EXPECT_EQ(ReasonOf(Ask(authenticator, Key(1)).status()), ErrorReason::PEER_UNAVAILABLE);
  answer_ = Office();  // an outage is not remembered
  EXPECT_TRUE(Ask(authenticator, Key(1)).ok());
  EXPECT_TRUE(Ask(authenticator, Key(2)).ok());
}

TEST_F(AuthenticatorTest, OneCallRefreshesWhileTheOthersUseTheOldAnswer) {
  Authenticator authenticator(source(), kPeerSecret, {}, clock());
  ASSERT_TRUE(Ask(authenticator, Key(1)).ok());
  Pass(absl::Seconds(16));
  EXPECT_FALSE(authenticator.TryCached(Key(1)).has_value());
  EXPECT_TRUE(authenticator.TryCached(Key(1)).has_value());
  EXPECT_TRUE(authenticator.Authenticate(Key(1), absl::InfiniteFuture()).ok());
  EXPECT_EQ(asked_, 2);
  Pass(absl::Seconds(14));
  EXPECT_TRUE(authenticator.TryCached(Key(1)).has_value());
}

TEST_F(AuthenticatorTest, ForgetIsEffectiveAtOnce) {
  Authenticator authenticator(source(), kPeerSecret, {}, clock());
  ASSERT_TRUE(Ask(authenticator, Key(1)).ok());
  answer_ = InvalidCredentials();
  authenticator.Forget("organizers/acme/apiKeys/other");
  EXPECT_TRUE(Ask(authenticator, Key(1)).ok());
  authenticator.Forget("organizers/acme/apiKeys/office");
  EXPECT_FALSE(Ask(authenticator, Key(1)).ok());
}

TEST_F(AuthenticatorTest, AnAnswerFromBeforeForgetIsNotKept) {
  absl::Notification looking;
  absl::Notification go_on;
  CredentialCache cache(
      [&](absl::string_view, absl::Time) -> absl::StatusOr<access::v1::Caller> {
        if (++asked_ == 1) {
          looking.Notify();
          go_on.WaitForNotification();
          return Office();
        }
        return InvalidCredentials();
      },
      {}, clock());
  std::thread early([&] { EXPECT_TRUE(cache.Resolve(Key(1), absl::InfiniteFuture()).ok()); });
  looking.WaitForNotification();
  cache.Forget("organizers/acme/apiKeys/office");
  go_on.Notify();
  early.join();
  EXPECT_FALSE(cache.Resolve(Key(1), absl::InfiniteFuture()).ok());
}

TEST_F(AuthenticatorTest, ManyCallersOfOneKeyAskOnce) {
  absl::Notification go_on;
  CredentialCache cache(
      [&](absl::string_view, absl::Time) -> absl::StatusOr<access::v1::Caller> {
        ++asked_;
        go_on.WaitForNotification();
        return Office();
      },
      {}, clock());
  std::atomic<int> served{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 16; ++i) {
    callers.emplace_back(
        [&] { served += cache.Resolve(Key(1), absl::InfiniteFuture()).ok() ? 1 : 0; });
  }
  while (asked_ == 0) std::this_thread::yield();
  // One who cannot wait is told so.
  EXPECT_EQ(cache.Resolve(Key(1), absl::Now() + absl::Milliseconds(20)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  go_on.Notify();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(served, 16);
  EXPECT_EQ(asked_, 1);
}

TEST_F(AuthenticatorTest, GuessingNeitherFillsMemoryNorPushesGoodKeysOut) {
  CredentialCache cache(
      [&](absl::string_view credential, absl::Time) -> absl::StatusOr<access::v1::Caller> {
        ++asked_;
        if (credential == Key(1)) return Office();
        return InvalidCredentials();
      },
      {.max_entries = 100}, clock());
  ASSERT_TRUE(cache.Resolve(Key(1), absl::InfiniteFuture()).ok());
  for (int i = 2; i < 2000; ++i) {
    EXPECT_FALSE(cache.Resolve(Key(i), absl::InfiniteFuture()).ok());
  }
  EXPECT_LE(cache.size(), 101u);
  EXPECT_TRUE(cache.Peek(Key(1)).has_value());
}

TEST(RemoteCredentialSourceTest, MapsWhatAccessAnswers) {
  auto stub = std::make_shared<access::v1::MockAccessServiceStub>();
  const CredentialSource source = RemoteCredentialSource(stub, "events", kPeerSecret);
  const absl::Time deadline = absl::Now() + absl::Seconds(5);
  access::v1::ResolveCredentialResponse response;
  *response.mutable_caller() = Office();
  EXPECT_CALL(*stub, ResolveCredential)
      .WillOnce([&](auto*, const auto& request, auto* out) {
        EXPECT_EQ(request.credential(), "clq_x");
        *out = response;
        return grpc::Status::OK;
      })
      .WillOnce(testing::Return(grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "")))
      .WillOnce(testing::Return(grpc::Status(grpc::StatusCode::UNAVAILABLE, "")))
      .WillOnce(testing::Return(grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "")));
  EXPECT_EQ(source("clq_x", deadline)->api_key(), "organizers/acme/apiKeys/office");
  EXPECT_EQ(ReasonOf(source("clq_x", deadline).status()), ErrorReason::CREDENTIALS_INVALID);
  EXPECT_EQ(ReasonOf(source("clq_x", deadline).status()), ErrorReason::PEER_UNAVAILABLE);
  EXPECT_EQ(ReasonOf(source("clq_x", deadline).status()), ErrorReason::PEER_UNAVAILABLE);
}

TEST(FromProtoTest, UnknownRolesMayDoNothing) {
  access::v1::Caller message = Office();
  message.set_role(static_cast<access::v1::ApiKey::Role>(77));
  const Caller caller = FromProto(message);
  EXPECT_EQ(caller.role, Role::kAnonymous);
  EXPECT_EQ(caller.actor, "anonymous");
}

}  // namespace
}  // namespace colloquy::auth
