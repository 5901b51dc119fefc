#include "services/common/rpc/internal/call.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/executor.h"
#include "services/common/rpc/status.h"
#include "services/common/telemetry/log.h"
#include "services/common/telemetry/metrics.h"

namespace colloquy::rpc::internal {
namespace {

using errors::ErrorReason;
using telemetry::Level;

constexpr char kRequestIdHeader[] = "x-request-id";
constexpr size_t kMaxRequestIdBytes = 64;
// An answer that took longer is worth a line even when it is OK.
constexpr absl::Duration kSlow = absl::Seconds(1);

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

bool IsRequestId(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxRequestIdBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

// Random, not secret: it only has to be unlike the others in the log.
std::string NewRequestId() {
  thread_local std::mt19937_64 random(std::random_device{}());
  constexpr char kHex[] = "0123456789abcdef";
  std::string id(16, '0');
  uint64_t bits = random();
  for (char& c : id) {
    c = kHex[bits & 15];
    bits >>= 4;
  }
  return id;
}

absl::Status BadCredential(absl::string_view message) {
  return errors::Make(absl::StatusCode::kUnauthenticated, ErrorReason::CREDENTIALS_INVALID,
                      message);
}

Level LevelOf(absl::StatusCode code, absl::Duration took) {
  switch (code) {
    case absl::StatusCode::kOk:
      return took < kSlow ? Level::kDebug : Level::kInfo;
    // How streams usually end, and what a refused flood consists of: a line for each would be a
    // second flood. They are counted.
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kResourceExhausted:
      return Level::kDebug;
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kUnavailable:
      return Level::kWarn;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
      return Level::kError;
    default:
      return Level::kInfo;
  }
}

}  // namespace

absl::Span<const CallBase::Stage> CallBase::Stages() {
  static constexpr Stage kStages[] = {
      {"request id", &CallBase::ReadRequestId},
      {"deadline", &CallBase::SetDeadline},
      {"authenticate", &CallBase::Authenticate},
      // Not before: strangers' bytes are not worth parsing.
      {"decode", &CallBase::Decode},
      {"authorise", &CallBase::Authorise},
      {"validate", &CallBase::Validate},
      {"admit", &CallBase::Admit},
  };
  return kStages;
}

CallBase::CallBase(const Method& method, grpc::CallbackServerContext* grpc,
                   const grpc::ByteBuffer* raw)
    : method_(method),
      grpc_(grpc),
      context_(new CallContext(method.full_name)),
      start_(absl::Now()),
      raw_(raw) {
  if (method_.runtime->policy.metrics != nullptr) method_.runtime->policy.metrics->CallStarted();
}

CallBase::~CallBase() = default;

void CallBase::Proceed() {
  absl::Status status = RunStages();
  if (!status.ok()) return Refuse(std::move(status));
  if (must_block_) return MoveToPool();
  if (method_.pooled && !on_pool_) {
    if (!SeeTo()) MoveToPool();
    return;
  }
  LeaveStages();
  Invoke();
}

absl::Status CallBase::RunStages() {
  const absl::Span<const Stage> stages = Stages();
  for (; next_stage_ < stages.size(); ++next_stage_) {
    absl::Status status = (this->*stages[next_stage_].run)();
    if (!status.ok() || must_block_) return status;
  }
  return absl::OkStatus();
}

Executor& CallBase::Pool() const {
  const bool peer = context_->caller_ != nullptr && context_->caller().role == auth::Role::kService;
  return peer ? *method_.runtime->peer_executor : *method_.runtime->executor;
}

void CallBase::MoveToPool() {
  on_pool_ = true;
  must_block_ = false;
  absl::Status status = Pool().Submit(context_->deadline(), [this](absl::Status status) {
    if (status.ok() && context_->cancelled()) status = absl::CancelledError();
    status.ok() ? Proceed() : Refuse(std::move(status));
  });
  // Submit took the call unless it failed: *this may be finished and gone by now.
  if (!status.ok()) Refuse(std::move(status));
}

absl::Status CallBase::ReadRequestId() {
  const auto& metadata = grpc_->client_metadata();
  const auto found = metadata.find(kRequestIdHeader);
  if (found != metadata.end() && IsRequestId(View(found->second))) {
    context_->request_id_ = std::string(View(found->second));
  } else {
    context_->request_id_ = NewRequestId();
  }
  return absl::OkStatus();
}

absl::Status CallBase::SetDeadline() {
  const auto asked = grpc_->deadline();
  const bool none = asked == std::chrono::system_clock::time_point::max();
  const Runtime& runtime = *method_.runtime;
  if (method_.stream != nullptr) {
    context_->deadline_ = none ? absl::InfiniteFuture() : absl::FromChrono(asked);
  } else if (none) {
    context_->deadline_ = start_ + runtime.default_deadline;
  } else {
    context_->deadline_ = std::min(absl::FromChrono(asked), start_ + runtime.max_deadline);
  }
  if (context_->deadline_ > start_) return absl::OkStatus();
  return errors::Make(absl::StatusCode::kDeadlineExceeded, ErrorReason::DEADLINE_EXCEEDED,
                      "the deadline had passed when the call arrived");
}

absl::Status CallBase::ReadCredential(absl::string_view* credential) const {
  const auto& metadata = grpc_->client_metadata();
  const auto bearer = metadata.equal_range("authorization");
  const auto key = metadata.equal_range("x-api-key");
  const auto given =
      std::distance(bearer.first, bearer.second) + std::distance(key.first, key.second);
  if (given == 0) return absl::OkStatus();
  if (given > 1) return BadCredential("more than one credential; send one");
  if (key.first != key.second) {
    *credential = View(key.first->second);
  } else {
    constexpr absl::string_view kScheme = "Bearer ";
    *credential = View(bearer.first->second);
    if (!absl::StartsWithIgnoreCase(*credential, kScheme)) {
      return BadCredential("the authorization header must be 'Bearer' and an API key");
    }
    credential->remove_prefix(kScheme.size());
  }
  *credential = absl::StripAsciiWhitespace(*credential);
  // Empty means "none" to the authenticator, and this client did mean to send one.
  if (credential->empty()) return BadCredential("the credential is empty");
  return absl::OkStatus();
}

absl::Status CallBase::Authenticate() {
  absl::string_view credential;
  COLLOQUY_RETURN_IF_ERROR(ReadCredential(&credential));
  Authenticator& authenticator = *method_.runtime->policy.authenticator;
  std::optional<absl::StatusOr<CallerPtr>> caller = authenticator.TryCached(credential);
  if (!caller.has_value()) {
    if (!on_pool_) {
      must_block_ = true;  // and come back to this stage
      return absl::OkStatus();
    }
    caller = authenticator.Authenticate(credential, context_->deadline());
  }
  COLLOQUY_ASSIGN_OR_RETURN(context_->caller_, *std::move(caller));
  return absl::OkStatus();
}

absl::Status CallBase::Decode() {
  request_.reset(method_.request->New());
  // gRPC hands the buffer out as const, but it belongs to this call alone and is not read again.
  auto* raw = const_cast<grpc::ByteBuffer*>(raw_);
  bool decoded = false;
  {
    grpc::ProtoBufferReader reader(raw);
    decoded = reader.status().ok() && request_->ParseFromZeroCopyStream(&reader);
  }
  raw->Clear();
  if (decoded) return absl::OkStatus();
  return errors::Make(absl::StatusCode::kInvalidArgument, ErrorReason::REQUEST_MALFORMED,
                      absl::StrFormat("the request is no valid %s: the bytes are damaged, or a "
                                      "string in it is not UTF-8",
                                      request_->GetDescriptor()->full_name()),
                      {{"type", request_->GetDescriptor()->full_name()}});
}

absl::Status CallBase::Authorise() {
  return method_.runtime->policy.authorizer->Authorize(method_.full_name, context_->caller(),
                                                       *request_);
}

absl::Status CallBase::Validate() {
  const Validator& validator = method_.runtime->policy.validator;
  return validator ? validator(*request_) : absl::OkStatus();
}

absl::Status CallBase::Admit() {
  Limiter* limiter = method_.runtime->policy.limiter;
  return limiter != nullptr ? limiter->Admit(context_->caller()) : absl::OkStatus();
}

grpc::Status CallBase::Conclude(const absl::Status& status) {
  const Policy& policy = method_.runtime->policy;
  const absl::Duration took = absl::Now() - start_;
  const Sanitised sent = status.ok() ? Sanitised{} : Sanitise(status);
  if (method_.metrics != nullptr) {
    method_.metrics->Count(static_cast<int>(sent.status.code()));
    if (method_.stream == nullptr) method_.metrics->Observe(took);
  }
  if (policy.metrics != nullptr) {
    policy.metrics->CallEnded();
    if (in_stages_) {
      policy.metrics->CountDenial(errors::v1::ErrorReason_Name(errors::ReasonOf(sent.status)));
    }
  }
  if (policy.log != nullptr) LogEnd(status, sent, took);
  grpc_->AddTrailingMetadata(kRequestIdHeader, context_->request_id());
  return ToGrpc(sent.status);
}

void CallBase::LogEnd(const absl::Status& original, const Sanitised& sent,
                      absl::Duration took) const {
  telemetry::Log& log = *method_.runtime->policy.log;
  const Level level = LevelOf(sent.status.code(), took);
  if (!log.enabled(level)) return;
  const std::string code = absl::StatusCodeToString(sent.status.code());
  const double ms = absl::ToDoubleMilliseconds(took);
  const absl::string_view actor =
      context_->caller_ != nullptr ? absl::string_view(context_->caller_->actor) : "";
  if (sent.status.ok()) {
    log.Write(level, "rpc",
              {{"request_id", context_->request_id()},
               {"method", method_.full_name},
               {"actor", actor},
               {"code", code},
               {"ms", ms}});
    return;
  }
  log.Write(level, "rpc",
            {{"request_id", context_->request_id()},
             {"method", method_.full_name},
             {"actor", actor},
             {"code", code},
             {"ms", ms},
             {"reason", errors::v1::ErrorReason_Name(errors::ReasonOf(sent.status))},
             {"error_id", sent.error_id},
             {"error", original.message()}});
}

void CallBase::LogEscaped(const Method& method, absl::string_view what) {
  telemetry::Log* log = method.runtime->policy.log;
  if (log == nullptr) return;
  log->Error("an exception escaped from a handler",
             {{"method", method.full_name}, {"error", what}});
}

}  // namespace colloquy::rpc::internal
