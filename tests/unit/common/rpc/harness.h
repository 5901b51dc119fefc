// A server with google.longrunning.Operations and a stream, over fakes that remember what they were
// asked.
#ifndef COLLOQUY_TESTS_UNIT_COMMON_RPC_HARNESS_H_
#define COLLOQUY_TESTS_UNIT_COMMON_RPC_HARNESS_H_

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "google/protobuf/empty.pb.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/server.h"
#include "services/common/rpc/status.h"
#include "services/common/telemetry/log.h"
#include "services/common/telemetry/metrics.h"

namespace colloquy::rpc {

using errors::ErrorReason;
using google::longrunning::CancelOperationRequest;
using google::longrunning::DeleteOperationRequest;
using google::longrunning::GetOperationRequest;
using google::longrunning::ListOperationsRequest;
using google::longrunning::ListOperationsResponse;
using google::longrunning::Operation;
using google::longrunning::Operations;
using google::longrunning::WaitOperationRequest;
using google::protobuf::Empty;

// Lines that any thread may add.
class Journal {
 public:
  void Add(std::string line) {
    absl::MutexLock lock(&mutex_);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> Take() {
    absl::MutexLock lock(&mutex_);
    return std::exchange(lines_, {});
  }
  // Waits, for as long as it takes, until there are `count` lines.
  std::vector<std::string> Await(size_t count) {
    absl::MutexLock lock(&mutex_);
    auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return lines_.size() >= count; };
    mutex_.Await(absl::Condition(&enough));
    return lines_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
};

// Keys "good…" open, "good-peer" as another service, those with "slow" in them only after a
// look-up.
class FakeAuthenticator : public Authenticator {
 public:
  explicit FakeAuthenticator(Journal* journal) : journal_(journal) {}
  std::optional<absl::StatusOr<CallerPtr>> TryCached(absl::string_view credential) override {
    if (credential.find("slow") != absl::string_view::npos) {
      journal_->Add("authenticate: not cached");
      return std::nullopt;
    }
    journal_->Add("authenticate");
    return Resolve(credential);
  }
  absl::StatusOr<CallerPtr> Authenticate(absl::string_view credential, absl::Time) override {
    journal_->Add("authenticate: looked up");
    return Resolve(credential);
  }

 private:
  absl::StatusOr<CallerPtr> Resolve(absl::string_view credential) {
    auto caller = std::make_shared<auth::Caller>();
    if (credential.empty()) return caller;
    if (credential.find("good") == absl::string_view::npos) {
      return errors::Make(absl::StatusCode::kUnauthenticated, ErrorReason::CREDENTIALS_INVALID,
                          "no");
    }
    if (credential == "good-peer") {
      caller->role = auth::Role::kService;
      caller->actor = "services/events";
      return caller;
    }
    caller->role = auth::Role::kOwner;
    caller->organizer = "acme";
    caller->actor = "organizers/acme/apiKeys/k";
    return caller;
  }
  Journal* journal_;
};

class FakeAuthorizer : public Authorizer {
 public:
  explicit FakeAuthorizer(Journal* journal) : journal_(journal) {}
  absl::Status Authorize(absl::string_view method, const auth::Caller&,
                         const google::protobuf::Message& request) const override {
    journal_->Add("authorise " + request.GetDescriptor()->name());
    return denies.contains(method) ? errors::PermissionDenied(method) : absl::OkStatus();
  }
  bool Knows(absl::string_view method) const override { return !unknown.contains(method); }

  absl::flat_hash_set<std::string> denies;
  absl::flat_hash_set<std::string> unknown;

 private:
  Journal* journal_;
};

class FakeLimiter : public Limiter {
 public:
  explicit FakeLimiter(Journal* journal) : journal_(journal) {}
  absl::Status Admit(const auth::Caller&) override {
    journal_->Add("admit");
    return absl::OkStatus();
  }

 private:
  Journal* journal_;
};

inline constexpr char kGetOperation[] = "/google.longrunning.Operations/GetOperation";
inline constexpr char kWatch[] = "/test.Streams/Watch";

// service test.Streams { rpc Watch(GetOperationRequest) returns (stream Operation); }
const google::protobuf::ServiceDescriptor* StreamsDescriptor();

class RpcTest : public ::testing::Test {
 protected:
  RpcTest();
  ~RpcTest() override;

  // Handlers that answer at once, for every method that the test has not set.
  void FillIn();
  // Dies if the server does not start.
  void Start();

  std::unique_ptr<Operations::Stub> Stub() { return Operations::NewStub(Channel()); }
  // Over a socket; a connection of its own.
  std::shared_ptr<grpc::Channel> Channel();
  // Answers with `name` in `operation`, or the status as a client sees it.
  absl::Status Get(absl::string_view name, Operation* operation = nullptr,
                   grpc::ClientContext* context = nullptr);
  std::unique_ptr<grpc::ClientReader<Operation>> Watch(grpc::ClientContext& context,
                                                       absl::string_view name);
  // Any bytes as a request of GetOperation.
  absl::Status SendRaw(const std::string& bytes, grpc::ClientContext* context = nullptr);

  Journal journal_;
  Journal log_lines_;
  std::unique_ptr<telemetry::Log> log_;
  telemetry::Metrics metrics_;
  FakeAuthenticator authenticator_{&journal_};
  FakeAuthorizer authorizer_{&journal_};
  FakeLimiter limiter_{&journal_};
  Policy policy_;
  ServerOptions options_;
  Service operations_{google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      "google.longrunning.Operations")};
  Service streams_{StreamsDescriptor()};
  absl::flat_hash_set<std::string> given_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Server> server_;

  template <class Handler>
  void OnGet(Execution execution, Handler handler) {
    given_.insert("GetOperation");
    operations_.Unary<GetOperationRequest, Operation>("GetOperation", execution,
                                                      std::move(handler));
  }
  template <class Handler>
  void OnGetAsync(Handler handler) {
    given_.insert("GetOperation");
    operations_.UnaryAsync<GetOperationRequest, Operation>("GetOperation", std::move(handler));
  }
  template <class Handler>
  void OnWatch(Handler handler, Execution execution = Execution::kPool, StreamLimits limits = {}) {
    given_.insert("Watch");
    streams_.ServerStream<GetOperationRequest, Operation>("Watch", std::move(handler), execution,
                                                          limits);
  }
};

Operation Named(absl::string_view name);

}  // namespace colloquy::rpc

#endif  // COLLOQUY_TESTS_UNIT_COMMON_RPC_HARNESS_H_
