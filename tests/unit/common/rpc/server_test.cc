#include "services/common/rpc/server.h"

#include <gmock/gmock.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/support/channel_arguments.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/unit/common/rpc/harness.h"

namespace colloquy::rpc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ServerTest : public RpcTest {
 protected:
  absl::Status TryStart(std::vector<Service*> services) {
    return Server::Start(options_, policy_, std::move(services)).status();
  }
  // grpc.health.v1.Health/Check without its generated code: the answer is one enum field.
  int Health(const std::string& service) {
    std::string request;
    if (!service.empty()) request = absl::StrCat("\x0a", std::string(1, service.size()), service);
    grpc::Slice slice(request);
    grpc::ByteBuffer in(&slice, 1);
    grpc::ByteBuffer out;
    grpc::ClientContext context;
    const grpc::Status status =
        grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
            channel_.get(),
            grpc::internal::RpcMethod("/grpc.health.v1.Health/Check",
                                      grpc::internal::RpcMethod::NORMAL_RPC, channel_),
            &context, in, &out);
    if (!status.ok()) return -static_cast<int>(status.error_code());
    grpc::Slice answer;
    EXPECT_TRUE(out.TrySingleSlice(&answer).ok());
    return answer.size() == 2 ? answer.begin()[1] : 0;
  }
};

constexpr int kServing = 1;
constexpr int kNotServing = 2;

TEST_F(ServerTest, TellsItsHealthWithoutServices) {
  for (const bool reflection : {true, false}) {
    options_.reflection = reflection;
    const auto server = Server::Start(options_, policy_, {});
    ASSERT_TRUE(server.ok()) << server.status();
    channel_ = (*server)->InProcessChannel();
    EXPECT_EQ(Health(""), kServing);
  }
}

TEST_F(ServerTest, AMissingHandlerDoesNotStart) {
  operations_.Unary<DeleteOperationRequest, Empty>(
      "DeleteOperation", Execution::kInline,
      [](const CallContext&, const DeleteOperationRequest&) { return Empty(); });
  const absl::Status status = TryStart({&operations_});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(
      std::string(status.message()),
      AllOf(HasSubstr("google.longrunning.Operations"), HasSubstr("GetOperation has no handler"),
            HasSubstr("WaitOperation has no handler"),
            ::testing::Not(HasSubstr("DeleteOperation has no handler"))));
}

TEST_F(ServerTest, AMethodWithoutAPermissionDoesNotStart) {
  authorizer_.unknown.insert(kGetOperation);
  FillIn();
  const absl::Status status = TryStart({&operations_, &streams_});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("GetOperation is not in the permission table"));
}

TEST_F(ServerTest, MistakesInTheTableDoNotStart) {
  FillIn();
  auto wrong = [](const CallContext&, const GetOperationRequest&) { return Empty(); };
  operations_.Unary<GetOperationRequest, Empty>("GetOperation", Execution::kInline, wrong);
  operations_.Unary<GetOperationRequest, Empty>("NoSuchMethod", Execution::kInline, wrong);
  operations_.Unary<DeleteOperationRequest, Empty>(
      "DeleteOperation", Execution::kInline,
      [](const CallContext&, const DeleteOperationRequest&) { return Empty(); });
  streams_.Unary<GetOperationRequest, Operation>(
      "Watch", Execution::kInline,
      [](const CallContext&, const GetOperationRequest&) { return Operation(); });
  const std::string message(operations_.Check(authorizer_).message());
  EXPECT_THAT(
      message,
      AllOf(HasSubstr("GetOperation takes google.longrunning.GetOperationRequest and "
                      "returns google.longrunning.Operation, not"),
            HasSubstr("NoSuchMethod is not in"), HasSubstr("DeleteOperation has two handlers")));
  EXPECT_THAT(std::string(streams_.Check(authorizer_).message()),
              HasSubstr("Watch is of another kind"));
  EXPECT_FALSE(TryStart({&operations_, &streams_}).ok());
}

TEST_F(ServerTest, WithoutAPolicyItDoesNotStart) {
  FillIn();
  policy_.authorizer = nullptr;
  EXPECT_EQ(TryStart({&operations_}).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ServerTest, PlaintextIsForLoopback) {
  FillIn();
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.org:0", ":0"}) {
    options_.listen = address;
    const absl::Status status = TryStart({&operations_, &streams_});
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << address;
    EXPECT_THAT(std::string(status.message()), HasSubstr("loopback")) << address;
  }
  options_.allow_plaintext_anywhere = true;
  options_.listen = "0.0.0.0:0";
  EXPECT_TRUE(TryStart({&operations_, &streams_}).ok());
}

TEST_F(ServerTest, ASecondServerOnThePortIsRefused) {
  Start();
  Service other(StreamsDescriptor());
  other.ServerStream<GetOperationRequest, Operation>(
      "Watch", [](auto, const GetOperationRequest&, auto) { return absl::OkStatus(); });
  ServerOptions options = options_;
  options.listen = absl::StrCat("127.0.0.1:", server_->port());
  const absl::Status status = Server::Start(options, policy_, {&other}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(options.listen));
  EXPECT_TRUE(Get("x").ok()) << "the first goes on";
}

TEST_F(ServerTest, HealthFollowsReadiness) {
  std::atomic<bool> ready{true};
  operations_.SetReadiness([&]() -> absl::Status {
    if (ready) return absl::OkStatus();
    return absl::UnavailableError("schema is at revision 3, not 4");
  });
  options_.readiness_interval = absl::Milliseconds(5);
  Start();
  EXPECT_EQ(Health(""), kServing);
  EXPECT_EQ(Health("google.longrunning.Operations"), kServing);
  EXPECT_EQ(Health("test.Streams"), kServing);
  EXPECT_EQ(Health("no.Such"), -static_cast<int>(grpc::StatusCode::NOT_FOUND));
  ready = false;
  while (Health("") != kNotServing) std::this_thread::yield();
  EXPECT_EQ(Health("google.longrunning.Operations"), kNotServing);
  EXPECT_EQ(Health("test.Streams"), kServing);
  ready = true;
  while (Health("") != kServing) std::this_thread::yield();
}

TEST_F(ServerTest, HealthIsTrueFromTheFirstMoment) {
  operations_.SetReadiness([] { return absl::UnavailableError("migrating"); });
  Start();
  EXPECT_EQ(Health(""), kNotServing);
}

TEST_F(ServerTest, ReflectionAndChannelzCanBeSwitchedOff) {
  auto call = [this](const char* method) {
    grpc::Slice slice("");
    grpc::ByteBuffer in(&slice, 1);
    grpc::ByteBuffer out;
    grpc::ClientContext context;
    return grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
               channel_.get(),
               grpc::internal::RpcMethod(method, grpc::internal::RpcMethod::NORMAL_RPC, channel_),
               &context, in, &out)
        .error_code();
  };
  Start();
  EXPECT_EQ(call("/grpc.channelz.v1.Channelz/GetServers"), grpc::StatusCode::OK);
  server_.reset();

  options_.reflection = false;
  options_.channelz = false;
  absl::StatusOr<std::unique_ptr<Server>> off =
      Server::Start(options_, policy_, {&operations_, &streams_});
  ASSERT_TRUE(off.ok()) << off.status();
  server_ = *std::move(off);
  channel_ = Channel();
  EXPECT_EQ(call("/grpc.channelz.v1.Channelz/GetServers"), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(call("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(Health(""), kServing);
}

TEST_F(ServerTest, StopLetsCallsInFlightFinish) {
  absl::Notification running;
  absl::Notification release;
  OnGet(Execution::kPool, [&](const CallContext& call, const GetOperationRequest&) {
    running.Notify();
    release.WaitForNotification();
    EXPECT_FALSE(call.cancelled());
    return Named("finished");
  });
  Start();
  std::thread client([this] {
    Operation answer;
    EXPECT_TRUE(Get("x", &answer).ok());
    EXPECT_EQ(answer.name(), "finished");
  });
  running.WaitForNotification();
  absl::Notification stopped;
  std::thread stopper([&] {
    EXPECT_TRUE(server_->Stop(absl::Seconds(60)).ok());
    stopped.Notify();
  });
  while (Health("") == kServing) std::this_thread::yield();
  EXPECT_FALSE(stopped.HasBeenNotified());
  release.Notify();
  client.join();
  stopper.join();
  EXPECT_EQ(Get("y").code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(server_->Stop(absl::ZeroDuration()).ok()) << "idempotent";
}

TEST_F(ServerTest, AfterTheGraceCallsAreCancelled) {
  absl::Notification running;
  OnGet(Execution::kPool, [&](const CallContext& call, const GetOperationRequest&) {
    running.Notify();
    while (!call.cancelled()) std::this_thread::yield();
    return Operation();
  });
  Start();
  std::thread client([this] { EXPECT_FALSE(Get("x").ok()); });
  running.WaitForNotification();
  EXPECT_TRUE(server_->Stop(absl::Milliseconds(20)).ok());
  client.join();
}

TEST_F(ServerTest, AStuckHandlerCannotHoldUpTheStop) {
  absl::Notification running;
  absl::Notification release;
  absl::Notification left;
  OnGet(Execution::kPool, [&](const CallContext&, const GetOperationRequest&) {
    running.Notify();
    release.WaitForNotification();
    left.Notify();
    return Operation();
  });
  options_.stop_watchdog = absl::Milliseconds(50);
  Start();
  std::thread client([this] { EXPECT_FALSE(Get("x").ok()); });
  running.WaitForNotification();
  EXPECT_EQ(server_->Stop(absl::Milliseconds(20)).code(), absl::StatusCode::kDeadlineExceeded);
  client.join();
  // What a process would leave to its end, a test must wait for: gRPC then lets go of the service.
  release.Notify();
  left.WaitForNotification();
  log_lines_.Await(1);
  while (metrics_.Text().find("colloquy_rpc_in_flight 0") == std::string::npos) {
    std::this_thread::yield();
  }
}

TEST_F(ServerTest, ConcurrentStopsAgree) {
  Start();
  std::vector<std::thread> stoppers;
  for (int i = 0; i < 4; ++i) {
    stoppers.emplace_back([this] { EXPECT_TRUE(server_->Stop(absl::Seconds(5)).ok()); });
  }
  for (std::thread& stopper : stoppers) stopper.join();
}

class TlsTest : public ServerTest {
 protected:
  TlsTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rpc_tls.XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    MakePair("first");
    options_.tls = TlsFiles{.certificate_chain = Path("cert.pem"),
                            .private_key = Path("key.pem"),
                            .reload_interval = absl::Seconds(1)};
    options_.listen = "127.0.0.1:0";
  }
  ~TlsTest() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) { return (directory_ / name).string(); }
  // A new self-signed pair for localhost, moved into place.
  void MakePair(const std::string& common_name) {
    const std::string command = absl::StrCat(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "
        "/CN=",
        common_name, " -addext subjectAltName=DNS:localhost -keyout ", Path("key.new"), " -out ",
        Path("cert.new"), " 2>/dev/null");
    ASSERT_EQ(std::system(command.c_str()), 0);
    std::filesystem::rename(Path("key.new"), Path("key.pem"));
    std::filesystem::copy_file(Path("cert.new"), Path(common_name + ".pem"),
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::rename(Path("cert.new"), Path("cert.pem"));
  }
  // A call by a client that trusts only this certificate.
  bool Trusts(const std::string& name) {
    std::ifstream file(Path(name + ".pem"));
    grpc::SslCredentialsOptions ssl;
    ssl.pem_root_certs.assign(std::istreambuf_iterator<char>(file), {});
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetSslTargetNameOverride("localhost");
    channel_ = grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                         grpc::SslCredentials(ssl), arguments);
    return Get("x").ok();
  }

  std::filesystem::path directory_;
};

TEST_F(TlsTest, ServesAndFollowsItsFiles) {
  Start();
  EXPECT_TRUE(Trusts("first"));
  MakePair("second");
  while (!Trusts("second")) absl::SleepFor(absl::Milliseconds(50));
  EXPECT_FALSE(Trusts("first"));
}

TEST_F(TlsTest, FilesThatCannotServeDoNotStart) {
  FillIn();
  const TlsFiles good = *options_.tls;
  auto refused = [&](TlsFiles files, const std::string& word) {
    options_.tls = files;
    const absl::Status status = TryStart({&operations_, &streams_});
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << word;
    EXPECT_THAT(std::string(status.message()), HasSubstr(word));
  };
  TlsFiles files = good;
  files.certificate_chain = Path("absent.pem");
  refused(files, "absent.pem");
  files = good;
  files.private_key = Path("first.pem");
  refused(files, "first.pem");
  files = good;
  std::filesystem::copy_file(Path("key.pem"), Path("oldkey.pem"));
  MakePair("other");
  files.private_key = Path("oldkey.pem");
  refused(files, "oldkey.pem");
  files = good;
  files.require_client_certificate = true;
  refused(files, "client CA");
}

TEST_F(TlsTest, TlsAllowsAddressesOffLoopback) {
  options_.listen = "0.0.0.0:0";
  Start();
  EXPECT_TRUE(Trusts("first"));
}

}  // namespace
}  // namespace colloquy::rpc
