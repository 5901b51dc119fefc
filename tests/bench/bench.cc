// Speed, side by side: a method of a running colloquyd, and an RPC that does nothing but answer the
// same bytes.
//
//   bench get_event|register_burst SERVER KEY [CALLERS [SECONDS]]
//
// The server is a colloquyd with an empty database and KEY its root key; the counterpart runs in a
// process of its own (bench noop FILE: answers FILE's bytes to every call, prints its port). Prints
// one JSON line.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "colloquy/access/v1/access.grpc.pb.h"
#include "colloquy/events/v1/events.grpc.pb.h"
#include "colloquy/registrations/v1/registrations.grpc.pb.h"
#include "services/common/resource/ids.h"

namespace colloquy::bench {
namespace {

using grpc::ByteBuffer;

ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return ByteBuffer(&slice, 1);
}

std::string ToString(ByteBuffer buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

// The RPC that does nothing: decodes nothing, answers stored bytes.
using NoopBase =
    events::v1::EventsService::WithRawCallbackMethod_GetEvent<events::v1::EventsService::Service>;
class Noop final : public NoopBase {
 public:
  explicit Noop(const std::string& bytes) : answer_(ToBuffer(bytes)) {}
  grpc::ServerUnaryReactor* GetEvent(grpc::CallbackServerContext* context, const ByteBuffer*,
                                     ByteBuffer* response) override {
    *response = answer_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const ByteBuffer answer_;
};

int ServeNoop(const char* file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  Noop service(bytes);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  std::printf("%d\n", port);
  std::fflush(stdout);
  server->Wait();
  return 0;
}

struct Result {
  double per_second = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  int64_t failed = 0;
};

// `callers` calls are always under way; each that ends begins the next.
class Load {
 public:
  using Request = std::function<std::string(int64_t)>;
  Load(const std::string& address, std::string method, std::string key, Request request,
       int callers)
      : method_(std::move(method)),
        authorization_("Bearer " + key),
        request_(std::move(request)),
        callers_(callers),
        ended_(callers) {
    for (int i = 0; i < 2; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt("bench.connection", i);
      stubs_.push_back(std::make_unique<grpc::GenericStub>(
          grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments)));
    }
  }

  Result Run(absl::Duration length) {
    const absl::Time begin = absl::Now();
    until_ = begin + length;
    for (int i = 0; i < callers_; ++i) Begin();
    ended_.Wait();
    Result result;
    result.failed = failed_;
    std::sort(latencies_.begin(), latencies_.end());
    if (latencies_.empty()) return result;
    result.per_second =
        static_cast<double>(latencies_.size()) / absl::ToDoubleSeconds(absl::Now() - begin);
    result.p50_ms = absl::ToDoubleMilliseconds(latencies_[latencies_.size() / 2]);
    result.p99_ms = absl::ToDoubleMilliseconds(latencies_[latencies_.size() * 99 / 100]);
    return result;
  }

 private:
  struct One {
    grpc::ClientContext context;
    ByteBuffer request;
    ByteBuffer response;
    absl::Time begin;
  };

  void Begin() {
    if (absl::Now() >= until_) {
      ended_.DecrementCount();
      return;
    }
    const int64_t number = next_.fetch_add(1);
    auto one = std::make_shared<One>();
    one->request = ToBuffer(request_(number));
    one->begin = absl::Now();
    one->context.AddMetadata("authorization", authorization_);
    stubs_[static_cast<size_t>(number) % stubs_.size()]->UnaryCall(
        &one->context, method_, grpc::StubOptions(), &one->request, &one->response,
        [this, one](grpc::Status status) {
          Record(status, absl::Now() - one->begin);
          Begin();
        });
  }

  void Record(const grpc::Status& status, absl::Duration latency) {
    absl::MutexLock lock(&mutex_);
    if (status.ok()) {
      latencies_.push_back(latency);
    } else if (failed_++ == 0) {
      std::cerr << "first failure: " << status.error_message() << "\n";
    }
  }

  const std::string method_;
  const std::string authorization_;
  const Request request_;
  const int callers_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  std::atomic<int64_t> next_{0};
  absl::Time until_;
  absl::BlockingCounter ended_;
  absl::Mutex mutex_;
  std::vector<absl::Duration> latencies_;
  int64_t failed_ = 0;
};

[[noreturn]] void Fail(const grpc::Status& status) {
  std::cerr << status.error_message() << "\n";
  std::exit(1);
}

template <typename Stub, typename Request, typename Response>
Response Call(Stub& stub, const std::string& key,
              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + key);
  Response response;
  if (const grpc::Status status = (stub.*method)(&context, request, &response); !status.ok())
    Fail(status);
  return response;
}

events::v1::Event Sample() {
  events::v1::Event event;
  event.set_kind(events::v1::Event::RESEARCH_DIALOGUE);
  event.set_mode(events::v1::Event::IN_PERSON);
  event.set_default_language("en");
  (*event.mutable_title()->mutable_texts())["en"] =
      "Heterogeneous integration: a dialogue with industry";
  (*event.mutable_summary()->mutable_texts())["en"] =
      "What the cluster should work on next, and with whom.";
  event.set_time_zone("Europe/Berlin");
  event.set_civil_start("2035-03-09T14:00:00");
  event.set_civil_end("2035-03-09T17:00:00");
  event.mutable_venue()->mutable_address()->set_region_code("DE");
  event.mutable_venue()->mutable_address()->set_locality("Dresden");
  return event;
}

// An organizer with its owner's key.
struct Tenant {
  std::string name;
  std::string key;
};

Tenant MakeTenant(const std::shared_ptr<grpc::Channel>& channel, const std::string& root) {
  using access::v1::AccessService;
  AccessService::Stub access(channel);
  access::v1::CreateOrganizerRequest organizer;
  organizer.mutable_organizer()->set_display_name("Bench");
  Tenant tenant;
  tenant.name = Call(access, root, &AccessService::Stub::CreateOrganizer, organizer).name();
  access::v1::CreateApiKeyRequest key;
  key.set_parent(tenant.name);
  key.mutable_api_key()->set_display_name("bench");
  key.mutable_api_key()->set_role(access::v1::ApiKey::OWNER);
  tenant.key = Call(access, root, &AccessService::Stub::CreateApiKey, key).secret();
  return tenant;
}

std::string MakeEvent(const std::shared_ptr<grpc::Channel>& channel, const Tenant& tenant) {
  using events::v1::EventsService;
  EventsService::Stub events(channel);
  events::v1::CreateEventRequest create;
  create.set_parent(tenant.name);
  *create.mutable_event() = Sample();
  const std::string name =
      Call(events, tenant.key, &EventsService::Stub::CreateEvent, create).name();
  events::v1::PublishEventRequest publish;
  publish.set_name(name);
  Call(events, tenant.key, &EventsService::Stub::PublishEvent, publish);
  return name;
}

// What to measure: a method and its requests.
struct Job {
  std::string method;
  Load::Request request;
};

Job JobOf(absl::string_view name, const std::shared_ptr<grpc::Channel>& channel,
          const Tenant& tenant) {
  const std::string event = MakeEvent(channel, tenant);
  if (name == "get_event") {
    events::v1::GetEventRequest request;
    request.set_name(event);
    return {"/colloquy.events.v1.EventsService/GetEvent",
            [bytes = request.SerializeAsString()](int64_t) { return bytes; }};
  }
  if (name == "register_burst") {
    return {"/colloquy.registrations.v1.RegistrationsService/CreateRegistration",
            [event](int64_t number) {
              registrations::v1::CreateRegistrationRequest request;
              request.set_parent(event);
              request.set_request_id(resource::NewUid().ToUuid());
              auto* attendee = request.mutable_registration()->mutable_attendee();
              attendee->set_email(absl::StrCat("guest", number, "@example.org"));
              attendee->set_given_name("Ada");
              attendee->set_family_name("Lovelace");
              return request.SerializeAsString();
            }};
  }
  std::cerr << "no measurement is called " << name << "\n";
  std::exit(2);
}

// The counterpart's process and port.
struct Counterpart {
  pid_t pid = 0;
  std::string address;
};

Counterpart StartNoop(const char* self, const std::string& answer) {
  char file[] = "/tmp/colloquy-bench-XXXXXX";
  const int handle = mkstemp(file);
  if (write(handle, answer.data(), answer.size()) != static_cast<ssize_t>(answer.size()))
    std::exit(1);
  close(handle);
  int pipes[2];
  if (pipe(pipes) != 0) std::exit(1);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(pipes[1], STDOUT_FILENO);
    execl(self, self, "noop", file, static_cast<char*>(nullptr));
    _exit(127);
  }
  close(pipes[1]);
  char port[16] = {};
  const ssize_t size = read(pipes[0], port, sizeof(port) - 1);
  close(pipes[0]);
  unlink(file);
  if (size <= 0) std::exit(1);
  return {pid, absl::StrCat("127.0.0.1:", std::atoi(port))};
}

// Alternating, best of three each: what else the machine does hits both alike.
void Measure(const char* self, absl::string_view name, const std::string& server,
             const std::string& root, int callers, absl::Duration length) {
  const auto channel = grpc::CreateChannel(server, grpc::InsecureChannelCredentials());
  const Tenant tenant = MakeTenant(channel, root);
  const Job job = JobOf(name, channel, tenant);
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + tenant.key);
  grpc::GenericStub probe(channel);
  const ByteBuffer request = ToBuffer(job.request(1'000'000'000));
  ByteBuffer response;
  absl::BlockingCounter answered(1);
  probe.UnaryCall(&context, job.method, grpc::StubOptions(), &request, &response,
                  [&](const grpc::Status& status) {
                    if (!status.ok()) Fail(status);
                    answered.DecrementCount();
                  });
  answered.Wait();
  const Counterpart noop = StartNoop(self, ToString(response));

  Result best;
  Result best_noop;
  int64_t offset = 0;
  for (int round = 0; round < 3; ++round) {
    const auto numbered = [&](int64_t number) { return job.request(offset + number); };
    const Result result = Load(server, job.method, tenant.key, numbered, callers).Run(length);
    offset += 10'000'000;
    const Result nothing = Load(noop.address, "/colloquy.events.v1.EventsService/GetEvent",
                                tenant.key, numbered, callers)
                               .Run(length);
    offset += 10'000'000;
    if (result.per_second > best.per_second) best = result;
    if (nothing.per_second > best_noop.per_second) best_noop = nothing;
  }
  kill(noop.pid, SIGTERM);
  waitpid(noop.pid, nullptr, 0);
  std::printf(
      "{\"name\":\"%s\",\"value\":%.0f,\"unit\":\"calls/s\",\"ratio\":%.2f,\"of\":\"an RPC that "
      "does nothing, same payload: %.0f calls/s\","
      "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"failed\":%lld,\"conditions\":\"%d callers, client and "
      "server on one machine, best of 3 alternating runs of %.0f s\"}\n",
      std::string(name).c_str(), best.per_second, best.per_second / best_noop.per_second,
      best_noop.per_second, best.p50_ms, best.p99_ms, static_cast<long long>(best.failed), callers,
      absl::ToDoubleSeconds(length));
}

int Main(int argc, char** argv) {
  if (argc == 3 && absl::string_view(argv[1]) == "noop") return ServeNoop(argv[2]);
  if (argc < 4) {
    std::cerr << "usage: bench get_event|register_burst SERVER KEY [CALLERS [SECONDS]]\n";
    return 2;
  }
  int callers = 64;
  int seconds = 3;
  if (argc > 4 && !absl::SimpleAtoi(argv[4], &callers)) return 2;
  if (argc > 5 && !absl::SimpleAtoi(argv[5], &seconds)) return 2;
  Measure(argv[0], argv[1], argv[2], argv[3], callers, absl::Seconds(seconds));
  return 0;
}

}  // namespace
}  // namespace colloquy::bench

int main(int argc, char** argv) { return colloquy::bench::Main(argc, argv); }
