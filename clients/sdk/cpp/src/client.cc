#include "colloquy/sdk/client.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "colloquy/sdk/errors.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/unknown_field_set.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "services/common/rpc/status.h"

namespace colloquy::sdk {
namespace {

using changes::v1::StreamChangesRequest;
using changes::v1::StreamChangesResponse;

// AIP-194: UNAVAILABLE is safe to repeat. The two that make secrets are named without a policy,
// which exempts them: repeated, they would make a second secret and lose the first.
constexpr char kServiceConfig[] = R"({"methodConfig": [
  {"name": [{"service": "colloquy.access.v1.AccessService", "method": "CreateApiKey"},
            {"service": "colloquy.access.v1.AccessService", "method": "RotateApiKey"}]},
  {"name": [{}],
   "retryPolicy": {"maxAttempts": 5, "initialBackoff": "0.2s", "maxBackoff": "5s",
                   "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}}]})";

// A calendar of a thousand events is larger than the default of 4 MiB.
constexpr int kMaxMessageBytes = 64 << 20;

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (!file || !(content << file.rdbuf())) {
    return absl::InvalidArgumentError(absl::StrCat("Cannot read ", path, "."));
  }
  return content.str();
}

// gRPC ends the process on some malformed metadata. The key is not repeated in the message.
absl::Status CheckKey(const std::string& key) {
  const bool usable = std::all_of(key.begin(), key.end(), absl::ascii_isgraph);
  return usable ? absl::OkStatus()
                : absl::InvalidArgumentError(
                      "The API key holds a space, a line break or a character outside ASCII.");
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const Options& options) {
  const bool tls_wanted = !options.ca_file.empty() || !options.certificate_file.empty();
  if (!tls_wanted && (options.plaintext_anywhere || IsLoopback(options.server))) {
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions ssl;
  for (const auto& [path, pem] : {std::pair{&options.ca_file, &ssl.pem_root_certs},
                                  {&options.certificate_file, &ssl.pem_cert_chain},
                                  {&options.private_key_file, &ssl.pem_private_key}}) {
    absl::StatusOr<std::string> content = ReadPem(*path);
    if (!content.ok()) return content.status();
    *pem = *std::move(content);
  }
  return grpc::SslCredentials(ssl);
}

// Whether the same stream, opened again, may get further.
bool WorthResuming(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         ReasonOf(status) == errors::v1::CONSUMER_TOO_SLOW;
}

absl::Duration PauseBefore(const absl::Status& status, absl::Duration backoff) {
  const std::optional<google::rpc::RetryInfo> retry = DetailOf<google::rpc::RetryInfo>(status);
  if (!retry.has_value()) return backoff;
  return std::max(backoff, absl::Seconds(retry->retry_delay().seconds()) +
                               absl::Nanoseconds(retry->retry_delay().nanos()));
}

}  // namespace

bool IsLoopback(absl::string_view server) {
  absl::ConsumePrefix(&server, "dns:///");
  absl::ConsumePrefix(&server, "dns:");
  if (absl::StartsWith(server, "unix:")) return true;
  if (absl::StartsWith(server, "[")) return absl::StartsWith(server, "[::1]");
  const absl::string_view host = server.substr(0, server.find(':'));
  if (host == "localhost") return true;
  const std::vector<absl::string_view> octets = absl::StrSplit(host, '.');
  return octets.size() == 4 && octets[0] == "127" &&
         std::all_of(octets.begin(), octets.end(), [](absl::string_view octet) {
           int value;
           return absl::SimpleAtoi(octet, &value) && value >= 0 && value <= 255;
         });
}

std::string NewUuid() {
  std::random_device random;
  uint32_t bits[4];
  for (uint32_t& word : bits) word = random();
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%04x%08x", bits[0], bits[1] >> 16, bits[1] & 0xfff,
                         0x8000 | ((bits[2] >> 16) & 0x3fff), bits[2] & 0xffff, bits[3]);
}

void FillRequestId(google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr) return;
  const auto* reflection = request.GetReflection();
  if (reflection->GetString(request, field).empty()) {
    reflection->SetString(&request, field, NewUuid());
  }
}

CallScope::CallScope(const Options& options, const CallOptions& call, bool unary)
    : cancellation_(call.cancellation), request_id_(NewUuid()) {
  if (!options.api_key.empty()) {
    context_.AddMetadata("authorization", absl::StrCat("Bearer ", options.api_key));
  }
  context_.AddMetadata("x-request-id", request_id_);
  if (unary) {
    const absl::Duration timeout =
        call.timeout > absl::ZeroDuration() ? call.timeout : options.timeout;
    context_.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  }
  if (cancellation_ != nullptr) cancellation_->Add(&context_);
}

CallScope::~CallScope() {
  if (cancellation_ != nullptr) cancellation_->Remove(&context_);
}

absl::Status CallScope::Finish(const grpc::Status& status) const {
  absl::Status result = rpc::FromGrpc(status);
  if (!result.ok() && RequestIdOf(result).empty()) {
    google::rpc::RequestInfo info;
    info.set_request_id(request_id_);
    SetDetail(result, info);
  }
  return result;
}

absl::StatusOr<std::unique_ptr<Client>> Client::Connect(const Options& options) {
  if (options.server.empty()) return absl::InvalidArgumentError("No server address.");
  if (absl::Status status = CheckKey(options.api_key); !status.ok()) return status;
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials = Credentials(options);
  if (!credentials.ok()) return credentials.status();
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kServiceConfig);
  arguments.SetUserAgentPrefix("colloquy-sdk-cpp/0.1.0");
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  return std::unique_ptr<Client>(
      new Client(options, grpc::CreateCustomChannel(options.server, *credentials, arguments)));
}

Client::Client(Options options, std::shared_ptr<grpc::Channel> channel)
    : options_(std::move(options)), channel_(std::move(channel)) {}

absl::Status Client::Follow(StreamChangesRequest request, const StreamAttempt& attempt,
                            const std::function<bool(const StreamChangesResponse&)>& handle,
                            const CallOptions& options) {
  constexpr absl::Duration kFirstPause = absl::Milliseconds(200);
  constexpr absl::Duration kLongestPause = absl::Seconds(10);
  Cancellation never;
  const Cancellation& cancellation =
      options.cancellation != nullptr ? *options.cancellation : never;
  absl::Duration pause = kFirstPause;
  while (true) {
    const absl::Status status = attempt(request, [&](const StreamChangesResponse& response) {
      pause = kFirstPause;
      request.set_cursor(response.cursor());
      // A feed whose end is 0 is empty: from the start is then from now.
      request.set_from_now(false);
      return handle(response);
    });
    if (status.ok() || cancellation.cancelled() || !WorthResuming(status)) return status;
    if (!cancellation.SleepFor(PauseBefore(status, pause))) return absl::CancelledError();
    pause = std::min(pause * 2, kLongestPause);
  }
}

// Debian's gRPC does not install a stub of grpc.health.v1. Its request without a service name is
// empty on the wire, and its answer is one enum in field 1, where 1 means SERVING.
absl::StatusOr<bool> Client::CheckHealth(const CallOptions& options) {
  CallScope scope(options_, options, /*unary=*/true);
  grpc::TemplatedGenericStub<google::protobuf::Empty, google::protobuf::Empty> stub(channel_);
  google::protobuf::Empty request;
  google::protobuf::Empty response;
  grpc::Status status;
  absl::Notification done;
  stub.UnaryCall(scope.context(), "/grpc.health.v1.Health/Check", grpc::StubOptions(), &request,
                 &response, [&](grpc::Status result) {
                   status = std::move(result);
                   done.Notify();
                 });
  done.WaitForNotification();
  if (!status.ok()) return scope.Finish(status);
  const google::protobuf::UnknownFieldSet& fields =
      response.GetReflection()->GetUnknownFields(response);
  return fields.field_count() > 0 &&
         fields.field(0).type() == google::protobuf::UnknownField::TYPE_VARINT &&
         fields.field(0).varint() == 1;
}

}  // namespace colloquy::sdk
