// One request's way through the adaptor, over a socket.
#include <gmock/gmock.h>

#include <atomic>
#include <random>
#include <stdexcept>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "google/rpc/error_details.pb.h"
#include "services/common/rpc/internal/call.h"
#include "tests/unit/common/rpc/harness.h"

namespace colloquy::rpc {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kRetryInfo[] = "type.googleapis.com/google.rpc.RetryInfo";

class CallTest : public RpcTest {
 protected:
  std::string LogText() { return absl::StrJoin(log_lines_.Take(), "\n"); }
};

TEST_F(CallTest, TheStagesInTheirOrder) {
  std::vector<std::string> names;
  for (const auto& stage : internal::CallBase::Stages()) names.emplace_back(stage.name);
  EXPECT_THAT(names, ElementsAre("request id", "deadline", "authenticate", "decode", "authorise",
                                 "validate", "admit"));
}

TEST_F(CallTest, EveryCallPassesThemInThatOrder) {
  for (Execution execution : {Execution::kInline, Execution::kPool}) {
    SCOPED_TRACE(static_cast<int>(execution));
    Journal* journal = &journal_;
    if (execution == Execution::kInline) {
      OnGet(execution, [journal](const CallContext& call, const GetOperationRequest& request) {
        journal->Add("handle");
        EXPECT_EQ(call.method(), kGetOperation);
        EXPECT_FALSE(call.cancelled());
        EXPECT_EQ(call.caller().actor, "anonymous");
        return Named(request.name());
      });
      Start();
    }
    Operation answer;
    if (execution == Execution::kInline) {
      EXPECT_TRUE(Get("operations/7", &answer).ok());
      EXPECT_EQ(answer.name(), "operations/7");
      EXPECT_THAT(journal_.Take(), ElementsAre("authenticate", "authorise GetOperationRequest",
                                               "validate", "admit", "handle"));
    } else {
      grpc::ClientContext context;
      WaitOperationRequest request;
      EXPECT_TRUE(Stub()->WaitOperation(&context, request, &answer).ok());
      EXPECT_THAT(journal_.Take(), ElementsAre("authenticate", "authorise WaitOperationRequest",
                                               "validate", "admit"));
    }
  }
}

TEST_F(CallTest, AnAuthenticationThatBlocksMovesToThePoolAndGoesOn) {
  std::atomic<int> handled{0};
  OnGet(Execution::kInline, [&](const CallContext& call, const GetOperationRequest&) {
    ++handled;
    EXPECT_EQ(call.caller().organizer, "acme");
    return Operation();
  });
  Start();
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer slow-good");
  EXPECT_TRUE(Get("x", nullptr, &context).ok());
  EXPECT_EQ(handled, 1);
  EXPECT_THAT(journal_.Take(), ElementsAre("authenticate: not cached", "authenticate: not cached",
                                           "authenticate: looked up",
                                           "authorise GetOperationRequest", "validate", "admit"));
}

TEST_F(CallTest, CredentialsInEitherHeaderAndOnlyOne) {
  std::atomic<int> as_acme{0};
  OnGet(Execution::kInline, [&](const CallContext& call, const GetOperationRequest&) {
    as_acme += call.caller().organizer == "acme";
    return Operation();
  });
  Start();
  struct Case {
    std::vector<std::pair<std::string, std::string>> headers;
    bool ok;
  };
  const Case cases[] = {
      {{{"authorization", "Bearer good"}}, true},
      {{{"authorization", "bearer   good "}}, true},
      {{{"x-api-key", "good"}}, true},
      {{{"authorization", "Bearer bad"}}, false},
      {{{"authorization", "Basic Z29vZA=="}}, false},
      {{{"authorization", "good"}}, false},
      {{{"authorization", "Bearer "}}, false},
      {{{"authorization", ""}}, false},
      {{{"x-api-key", ""}}, false},
      {{{"authorization", "Bearer good"}, {"x-api-key", "good"}}, false},
      {{{"authorization", "Bearer good"}, {"authorization", "Bearer good"}}, false},
  };
  int expected = 0;
  for (const Case& c : cases) {
    grpc::ClientContext context;
    for (const auto& [key, value] : c.headers) context.AddMetadata(key, value);
    const absl::Status status = Get("x", nullptr, &context);
    EXPECT_EQ(status.ok(), c.ok) << c.headers[0].second << ": " << status;
    if (!c.ok) {
      EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
      EXPECT_EQ(errors::ReasonOf(status), ErrorReason::CREDENTIALS_INVALID);
    }
    EXPECT_EQ(as_acme, expected += c.ok);
  }
}

TEST_F(CallTest, RefusalsStopAtTheirStage) {
  authorizer_.denies.insert(kGetOperation);
  Start();
  const absl::Status status = Get("x");
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(journal_.Take(), ElementsAre("authenticate", "authorise GetOperationRequest"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("colloquy_denials_total{reason=\"PERMISSION_DENIED\"} 1"));
}

TEST_F(CallTest, ValidationComesAfterPermission) {
  policy_.validator = [](const google::protobuf::Message&) {
    return errors::RequiredField("name");
  };
  Start();
  const absl::Status status = Get("");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(errors::ReasonOf(status), ErrorReason::FIELD_REQUIRED);
  EXPECT_THAT(journal_.Take(), ElementsAre("authenticate", "authorise GetOperationRequest"));
}

TEST_F(CallTest, RequestIdIsKeptOrMadeAndReturned) {
  Journal seen;
  OnGet(Execution::kPool, [&](const CallContext& call, const GetOperationRequest&) {
    seen.Add(call.request_id());
    return Operation();
  });
  Start();
  for (const std::string& sent :
       std::vector<std::string>{"", "my-trace.1_A", "has space", "\"quote", std::string(65, 'a')}) {
    grpc::ClientContext context;
    if (!sent.empty()) context.AddMetadata("x-request-id", sent);
    EXPECT_TRUE(Get("x", nullptr, &context).ok());
    const std::string used = seen.Take().at(0);
    const auto& trailers = context.GetServerTrailingMetadata();
    ASSERT_EQ(trailers.count("x-request-id"), 1u);
    const grpc::string_ref returned = trailers.find("x-request-id")->second;
    EXPECT_EQ(std::string(returned.data(), returned.size()), used);
    if (sent == "my-trace.1_A") {
      EXPECT_EQ(used, sent);
    } else {
      EXPECT_THAT(used, ::testing::MatchesRegex("[0-9a-f]{16}"));
    }
  }
}

TEST_F(CallTest, DeadlineOfTheClientOrTheDefault) {
  options_.default_deadline = absl::Seconds(30);
  options_.max_deadline = absl::Seconds(100);
  Journal seen;
  OnGet(Execution::kInline, [&](const CallContext& call, const GetOperationRequest&) {
    seen.Add(absl::StrCat(absl::ToInt64Seconds(call.deadline() - absl::Now() + absl::Seconds(1))));
    return Operation();
  });
  Start();
  EXPECT_TRUE(Get("x").ok());
  EXPECT_THAT(seen.Take().at(0), AnyOf("30", "31"));
  grpc::ClientContext long_context;
  long_context.set_deadline(std::chrono::system_clock::now() + std::chrono::hours(1));
  EXPECT_TRUE(Get("x", nullptr, &long_context).ok());
  EXPECT_THAT(seen.Take().at(0), AnyOf("100", "101"));
  grpc::ClientContext short_context;
  short_context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(50));
  EXPECT_TRUE(Get("x", nullptr, &short_context).ok());
  EXPECT_THAT(seen.Take().at(0), AnyOf("50", "51"));
}

TEST_F(CallTest, BytesThatAreNoRequest) {
  Start();
  std::string not_utf8("\x0a\x02\xff\xfe", 4);  // field 1, a string of two bytes
  for (const std::string& bytes :
       {std::string("\xff\xff\xff"), std::string("\x0a\x7f short"), not_utf8}) {
    const absl::Status status = SendRaw(bytes);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(errors::ReasonOf(status), ErrorReason::REQUEST_MALFORMED);
    EXPECT_EQ(errors::InfoOf(status)->metadata().at("type"),
              "google.longrunning.GetOperationRequest");
  }
  EXPECT_TRUE(SendRaw("").ok());
  EXPECT_TRUE(SendRaw(std::string("\xf8\x07\x01", 3)).ok()) << "unknown fields are no error";
}

TEST_F(CallTest, StrangersBytesAreNotParsed) {
  Start();
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer bad");
  EXPECT_EQ(SendRaw("\xff\xff\xff", &context).code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(CallTest, AnyBytesGetAnAnswer) {
  Start();
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    EXPECT_THAT(SendRaw(bytes).code(),
                AnyOf(absl::StatusCode::kOk, absl::StatusCode::kInvalidArgument));
  }
}

TEST_F(CallTest, MessagesAboveTheLimitAreRefusedByGrpc) {
  Start();
  const absl::Status status = Get(std::string(10 << 20, 'x'));
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(journal_.Take(), IsEmpty());
  EXPECT_TRUE(Get(std::string(3 << 20, 'x')).ok()) << "the connection is as good as before";
}

TEST_F(CallTest, CompressedMessagesAreLimitedByWhatTheyUnpackTo) {
  Start();
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  const absl::Status status = Get(std::string(64 << 20, 'x'), nullptr, &context);
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(journal_.Take(), IsEmpty());
  EXPECT_TRUE(Get("x").ok());
}

TEST_F(CallTest, DetailsArriveWhateverTheirSize) {
  OnGet(Execution::kInline,
        [](const CallContext&, const GetOperationRequest& request) -> absl::StatusOr<Operation> {
          absl::Status status =
              errors::InvalidField("filter", std::string(std::stoi(request.name()), 'd'));
          google::rpc::DebugInfo debug;
          debug.set_detail(std::string(20000, 'x'));
          status.SetPayload("type.googleapis.com/google.rpc.DebugInfo",
                            absl::Cord(debug.SerializeAsString()));
          return status;
        });
  Start();
  const absl::Status small = Get("100");
  EXPECT_EQ(small.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(small.GetPayload("type.googleapis.com/google.rpc.BadRequest").has_value());
  for (int size : {600, 2000, 4000, 9000, 100000}) {
    const absl::Status status = Get(absl::StrCat(size));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << size << " " << status;
    EXPECT_EQ(errors::ReasonOf(status), ErrorReason::FIELD_INVALID) << size;
  }
}

TEST_F(CallTest, MessagesThatGrowOnTheWireStillFit) {
  OnGet(Execution::kInline,
        [](const CallContext&, const GetOperationRequest&) -> absl::StatusOr<Operation> {
          std::string message;
          while (message.size() < 3000) message += "漢";
          std::string word;
          while (word.size() < 3000) word += "\xc3\xa9";
          return errors::Make(absl::StatusCode::kAborted, ErrorReason::CONFLICT, message,
                              {{"word", word}});
        });
  Start();
  const absl::Status status = Get("x");
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted) << status;
  EXPECT_EQ(errors::ReasonOf(status), ErrorReason::CONFLICT);
}

TEST_F(CallTest, UntypedErrorsSayOnlyAnIdThatTheLogHasToo) {
  OnGet(Execution::kPool,
        [](const CallContext&, const GetOperationRequest&) -> absl::StatusOr<Operation> {
          return absl::NotFoundError("table secrets in /var/lib/colloquy, key clq_id_s3cret");
        });
  Start();
  const absl::Status status = Get("x");
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(status.ToString(), Not(HasSubstr("secrets")));
  const std::string id = errors::InfoOf(status)->metadata().at("error_id");
  const std::string log = LogText();
  EXPECT_THAT(log, HasSubstr(absl::StrCat("\"error_id\":\"", id, "\"")));
  EXPECT_THAT(log, HasSubstr("table secrets"));
  EXPECT_THAT(log, Not(HasSubstr("s3cret\"")));
  EXPECT_THAT(log, HasSubstr("\"level\":\"error\""));
}

TEST_F(CallTest, CredentialsAreNotLogged) {
  Start();
  for (const char* key : {"clq_good_Verysecret", "clq_bad_Verysecret"}) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", absl::StrCat("Bearer ", key));
    context.AddMetadata("x-request-id", key);
    Get("x", nullptr, &context).IgnoreError();
  }
  const std::string log = LogText();
  EXPECT_THAT(log, HasSubstr("UNAUTHENTICATED"));
  EXPECT_THAT(log, Not(HasSubstr("Verysecret")));
}

TEST_F(CallTest, AHandlerThatThrowsFailsItsCallOnly) {
  OnGet(Execution::kInline,
        [](const CallContext&, const GetOperationRequest& request) -> absl::StatusOr<Operation> {
          if (request.name() == "throw") throw std::runtime_error("escaped");
          return Operation();
        });
  Start();
  EXPECT_EQ(Get("throw").code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(Get("x").ok());
  EXPECT_THAT(LogText(), HasSubstr("escaped"));
}

TEST_F(CallTest, AsyncHandlersAnswerFromAnyThread) {
  std::vector<std::thread> threads;
  OnGetAsync([&](std::shared_ptr<const CallContext> call, const GetOperationRequest& request,
                 Done<Operation> done) {
    if (request.name() == "inline") return done(Named("now"));
    threads.emplace_back([call, &request, done = std::move(done)]() mutable {
      Operation answer = Named(absl::StrCat("later ", request.name()));
      done(std::move(answer));
      done(absl::InternalError("the first answer counts"));
      EXPECT_EQ(call->method(), kGetOperation);  // held, so still there
    });
  });
  Start();
  Operation answer;
  EXPECT_TRUE(Get("inline", &answer).ok());
  EXPECT_EQ(answer.name(), "now");
  EXPECT_TRUE(Get("a", &answer).ok());
  EXPECT_EQ(answer.name(), "later a");
  for (std::thread& thread : threads) thread.join();
}

TEST_F(CallTest, ADroppedDoneIsAnInternalError) {
  OnGetAsync([](std::shared_ptr<const CallContext>, const GetOperationRequest& request,
                Done<Operation> done) {
    if (request.name() == "thread") {
      std::thread([done = std::move(done)]() mutable { done = nullptr; }).detach();
    }
  });
  Start();
  for (const char* name : {"inline", "thread"}) {
    const absl::Status status = Get(name);
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << name;
    EXPECT_EQ(errors::ReasonOf(status), ErrorReason::INTERNAL);
  }
}

// Holds calls of GetOperation "block" on the pool until Release().
class PoolTest : public CallTest {
 protected:
  void StartWith(int threads, size_t queue) {
    options_.executor_threads = threads;
    options_.executor_queue = queue;
    OnGet(Execution::kPool, [this](const CallContext& call, const GetOperationRequest& request) {
      handled_.Add(request.name());
      while (request.name() == "block" && !call.cancelled() && !release_.HasBeenNotified()) {
        release_.WaitForNotificationWithTimeout(absl::Milliseconds(1));
      }
      if (call.cancelled()) cancelled_.Add("cancelled");
      return Named(request.name());
    });
    Start();
  }

  Journal handled_;
  Journal cancelled_;
  absl::Notification release_;
};

TEST_F(PoolTest, OverloadIsRefusedWithRetryInfo) {
  StartWith(1, 1);
  std::thread running([this] { EXPECT_TRUE(Get("block").ok()); });
  handled_.Await(1);
  std::thread waiting([this] { EXPECT_TRUE(Get("waits").ok()); });
  while (metrics_.Text().find("colloquy_executor_queued 1") == std::string::npos) {
    std::this_thread::yield();
  }
  const absl::Status refused = Get("too many");
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(errors::ReasonOf(refused), ErrorReason::OVERLOADED);
  EXPECT_TRUE(refused.GetPayload(kRetryInfo).has_value());
  release_.Notify();
  running.join();
  waiting.join();
  EXPECT_THAT(handled_.Take(), ElementsAre("block", "waits"));
}

TEST_F(PoolTest, ACallWhoseDeadlinePassesInTheQueueIsNotHandled) {
  StartWith(1, 4);
  std::thread running([this] { EXPECT_TRUE(Get("block").ok()); });
  handled_.Await(1);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(30));
  EXPECT_EQ(Get("late", nullptr, &context).code(), absl::StatusCode::kDeadlineExceeded);
  // The server counts the client's 30 ms from the call's arrival, so its deadline is a little
  // later.
  absl::SleepFor(absl::Milliseconds(100));
  release_.Notify();
  running.join();
  EXPECT_TRUE(Get("after").ok());
  EXPECT_THAT(handled_.Take(), ElementsAre("block", "after"));
}

TEST_F(PoolTest, HandlersSeeThatTheClientLeft) {
  StartWith(1, 4);
  grpc::ClientContext context;
  std::thread running(
      [&] { EXPECT_EQ(Get("block", nullptr, &context).code(), absl::StatusCode::kCancelled); });
  handled_.Await(1);
  context.TryCancel();
  running.join();
  EXPECT_THAT(cancelled_.Await(1), ElementsAre("cancelled"));
}

TEST_F(PoolTest, ManyCallsAtOnceAreAllAnsweredOnce) {
  StartWith(2, 10000);
  std::vector<std::thread> clients;
  for (int t = 0; t < 4; ++t) {
    clients.emplace_back([this, t] {
      for (int i = 0; i < 250; ++i) {
        Operation answer;
        const std::string name = absl::StrCat(t, "/", i);
        EXPECT_TRUE(Get(name, &answer).ok());
        EXPECT_EQ(answer.name(), name);
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(handled_.Take().size(), 1000u);
  EXPECT_THAT(metrics_.Text(), HasSubstr(absl::StrCat("colloquy_rpc_total{code=\"OK\",method=\"",
                                                      kGetOperation, "\"} 1000")));
  EXPECT_THAT(metrics_.Text(), HasSubstr("colloquy_rpc_in_flight 0"));
}

TEST_F(CallTest, CallsOfPeersDoNotWaitBehindTheCallsThatWaitForThem) {
  options_.executor_threads = 1;
  OnGet(Execution::kPool,
        [&](const CallContext& call,
            const GetOperationRequest& request) -> absl::StatusOr<Operation> {
          if (call.caller().role == auth::Role::kService) return Named("from the peer");
          grpc::ClientContext context;
          context.AddMetadata("authorization", "Bearer good-peer");
          Operation answer;
          COLLOQUY_RETURN_IF_ERROR(FromGrpc(Operations::NewStub(server_->InProcessChannel())
                                                ->GetOperation(&context, request, &answer)));
          return answer;
        });
  Start();
  Operation answer;
  const absl::Status status = Get("x", &answer);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(answer.name(), "from the peer");
}

TEST_F(CallTest, TheInProcessChannelPassesTheSameStages) {
  Start();
  auto stub = Operations::NewStub(server_->InProcessChannel());
  for (const char* key : {"Bearer good", "Bearer bad"}) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", key);
    GetOperationRequest request;
    request.set_name("n");
    Operation answer;
    const absl::Status status = FromGrpc(stub->GetOperation(&context, request, &answer));
    EXPECT_EQ(status.code(), absl::EndsWith(key, "good") ? absl::StatusCode::kOk
                                                         : absl::StatusCode::kUnauthenticated);
  }
}

}  // namespace
}  // namespace colloquy::rpc
