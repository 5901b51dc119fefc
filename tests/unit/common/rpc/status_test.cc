#include "services/common/rpc/status.h"

#include <gmock/gmock.h>

#include <random>

#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/common/errors/errors.h"

namespace colloquy::rpc {
namespace {

using errors::ErrorReason;
using ::testing::HasSubstr;
using ::testing::Not;

google::rpc::Status Decode(const grpc::Status& status) {
  google::rpc::Status proto;
  EXPECT_TRUE(proto.ParseFromString(status.error_details()));
  return proto;
}

TEST(StatusTest, DetailsMakeTheRoundTrip) {
  const absl::Status sent =
      errors::Retryable(absl::StatusCode::kUnavailable, ErrorReason::DATABASE_UNAVAILABLE, "away",
                        absl::Milliseconds(1500), {{"engine", "mysql"}});
  const grpc::Status wire = ToGrpc(sent);
  EXPECT_EQ(wire.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(wire.error_message(), "away");
  EXPECT_EQ(Decode(wire).code(), 14);
  EXPECT_EQ(Decode(wire).details_size(), 2);
  EXPECT_EQ(FromGrpc(wire), sent);
  EXPECT_EQ(errors::ReasonOf(FromGrpc(wire)), ErrorReason::DATABASE_UNAVAILABLE);
}

TEST(StatusTest, OkStaysOk) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

TEST(StatusTest, ForeignStatusesKeepCodeAndMessage) {
  const grpc::Status plain(grpc::StatusCode::UNIMPLEMENTED, "no such method");
  EXPECT_EQ(FromGrpc(plain), absl::UnimplementedError("no such method"));
  const grpc::Status junk(grpc::StatusCode::INTERNAL, "x", "\xff\xff not a proto");
  EXPECT_EQ(FromGrpc(junk), absl::InternalError("x"));
}

TEST(StatusTest, TheLargestOptionalDetailGoesFirst) {
  absl::Status status = errors::InvalidField("a.b", "is wrong");
  google::rpc::DebugInfo debug;
  debug.set_detail(std::string(100000, 'x'));
  status.SetPayload("type.googleapis.com/google.rpc.DebugInfo",
                    absl::Cord(debug.SerializeAsString()));
  const grpc::Status wire = ToGrpc(status);
  EXPECT_LE(wire.error_details().size(), kMaxStatusBytes);
  const absl::Status back = FromGrpc(wire);
  EXPECT_EQ(errors::ReasonOf(back), ErrorReason::FIELD_INVALID);
  EXPECT_TRUE(back.GetPayload("type.googleapis.com/google.rpc.BadRequest").has_value());
  EXPECT_FALSE(back.GetPayload("type.googleapis.com/google.rpc.DebugInfo").has_value());
}

TEST(StatusTest, AnErrorInfoThatIsTooLargeLosesItsLongestWords) {
  const absl::Status status =
      errors::Make(absl::StatusCode::kNotFound, ErrorReason::RESOURCE_NOT_FOUND,
                   std::string(5000, 'm'), {{"resource", std::string(9000, 'r')}, {"kind", "b"}});
  const grpc::Status wire = ToGrpc(status);
  EXPECT_LE(wire.error_details().size(), kMaxStatusBytes);
  EXPECT_LE(wire.error_message().size(), kMaxMessageBytes);
  const auto info = errors::InfoOf(FromGrpc(wire));
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->reason(), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(info->metadata().count("resource"), 0u);
  EXPECT_EQ(info->metadata().at("kind"), "b");
}

TEST(StatusTest, LongMessagesAreCutBetweenCharacters) {
  std::string message = "x";
  while (message.size() < 3 * kMaxMessageBytes) message += "漢";
  const grpc::Status wire =
      ToGrpc(errors::Make(absl::StatusCode::kAborted, ErrorReason::CONFLICT, message));
  EXPECT_LE(wire.error_message().size(), kMaxMessageBytes);
  EXPECT_GT(wire.error_message().size(), kMaxMessageBytes - 10);
  // proto3 refuses to parse a string that is cut within a character.
  EXPECT_EQ(Decode(wire).message(), wire.error_message());
}

TEST(StatusTest, WhateverIsPutInFits) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    absl::Status status = errors::Make(
        absl::StatusCode::kFailedPrecondition, ErrorReason::STATE_INVALID,
        std::string(random() % 3000, 'a'),
        {{"a", std::string(random() % 6000, 'b')}, {"c", std::string(random() % 6000, 'd')}});
    for (int i = random() % 6; i > 0; --i) {
      google::rpc::Help help;
      help.add_links()->set_description(std::string(random() % 5000, 'h'));
      status.SetPayload("type.googleapis.com/google.rpc.Help" + std::to_string(i),
                        absl::Cord(help.SerializeAsString()));
    }
    const grpc::Status wire = ToGrpc(status);
    ASSERT_LE(wire.error_details().size(), kMaxStatusBytes);
    ASSERT_EQ(errors::ReasonOf(FromGrpc(wire)), ErrorReason::STATE_INVALID);
  }
}

TEST(SanitiseTest, TypedStatusesPass) {
  const absl::Status status = errors::NotFound("colloquy/Event", "organizers/a/events/b");
  EXPECT_EQ(Sanitise(status).status, status);
  EXPECT_EQ(Sanitise(status).error_id, "");
  EXPECT_TRUE(IsTyped(status));
}

TEST(SanitiseTest, UntypedOnesSayNothing) {
  for (absl::StatusCode code :
       {absl::StatusCode::kInternal, absl::StatusCode::kUnknown, absl::StatusCode::kAlreadyExists,
        absl::StatusCode::kNotFound, absl::StatusCode::kPermissionDenied}) {
    const absl::Status leak(code, "SELECT * FROM secrets at /var/lib/x");
    EXPECT_FALSE(IsTyped(leak));
    const Sanitised sent = Sanitise(leak);
    EXPECT_EQ(sent.status.code(), absl::StatusCode::kInternal);
    EXPECT_THAT(std::string(sent.status.message()), Not(HasSubstr("SELECT")));
    EXPECT_EQ(errors::ReasonOf(sent.status), ErrorReason::INTERNAL);
    EXPECT_FALSE(sent.error_id.empty());
    EXPECT_EQ(errors::InfoOf(sent.status)->metadata().at("error_id"), sent.error_id);
    EXPECT_NE(Sanitise(leak).error_id, sent.error_id);
  }
}

TEST(SanitiseTest, UntypedCancellationAndDeadlineKeepTheirCodes) {
  const Sanitised cancelled = Sanitise(absl::CancelledError("thread 7 of pool"));
  EXPECT_EQ(cancelled.status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(errors::ReasonOf(cancelled.status), ErrorReason::CALL_CANCELLED);
  const Sanitised late = Sanitise(absl::DeadlineExceededError("lock /tmp/x"));
  EXPECT_EQ(late.status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(late.status.message()), Not(HasSubstr("/tmp")));
}

}  // namespace
}  // namespace colloquy::rpc
