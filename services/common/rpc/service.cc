#include "services/common/rpc/service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "services/common/rpc/internal/stream_call.h"
#include "services/common/rpc/internal/unary_call.h"
#include "services/common/telemetry/metrics.h"

namespace colloquy::rpc {
namespace {

using internal::Method;

// What a generated Service with raw callback methods makes.
std::unique_ptr<grpc::internal::RpcServiceMethod> MakeGrpcMethod(const Method* method) {
  using grpc::ByteBuffer;
  using grpc::internal::RpcMethod;
  using grpc::internal::RpcServiceMethod;
  std::unique_ptr<RpcServiceMethod> made;
  if (method->stream != nullptr) {
    made = std::make_unique<RpcServiceMethod>(
        method->full_name.c_str(), RpcMethod::SERVER_STREAMING,
        new grpc::internal::CallbackServerStreamingHandler<ByteBuffer, ByteBuffer>(
            [method](grpc::CallbackServerContext* context, const ByteBuffer* request) {
              return internal::StreamCall::Start(*method, context, request);
            }));
  } else {
    made = std::make_unique<RpcServiceMethod>(
        method->full_name.c_str(), RpcMethod::NORMAL_RPC,
        new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
            [method](grpc::CallbackServerContext* context, const ByteBuffer* request,
                     ByteBuffer* response) {
              return internal::UnaryCall::Start(*method, context, request, response);
            }));
  }
  made->SetServerApiType(RpcServiceMethod::ApiType::RAW_CALL_BACK);
  return made;
}

std::string FullName(const google::protobuf::MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

}  // namespace

Service::Service(const google::protobuf::ServiceDescriptor* descriptor) : descriptor_(descriptor) {}

Service::~Service() = default;

void Service::Add(absl::string_view name, bool streaming, const google::protobuf::Message& request,
                  const google::protobuf::Message& response, std::unique_ptr<Method> entry) {
  const google::protobuf::MethodDescriptor* method =
      descriptor_->FindMethodByName(std::string(name));
  if (method == nullptr) {
    mistakes_.push_back(absl::StrCat(name, " is not in ", descriptor_->full_name()));
    return;
  }
  if (method->client_streaming() || method->server_streaming() != streaming) {
    mistakes_.push_back(absl::StrCat(name, " is of another kind (unary or stream)"));
    return;
  }
  if (method->input_type() != request.GetDescriptor() ||
      method->output_type() != response.GetDescriptor()) {
    mistakes_.push_back(absl::StrCat(name, " takes ", method->input_type()->full_name(),
                                     " and returns ", method->output_type()->full_name(), ", not ",
                                     request.GetDescriptor()->full_name(), " and ",
                                     response.GetDescriptor()->full_name()));
    return;
  }
  entry->full_name = FullName(*method);
  entry->request = &request;
  for (const auto& other : methods_) {
    if (other->full_name == entry->full_name) {
      mistakes_.push_back(absl::StrCat(name, " has two handlers"));
      return;
    }
  }
  AddMethod(MakeGrpcMethod(entry.get()).release());
  methods_.push_back(std::move(entry));
}

absl::Status Service::Check(const Authorizer& authorizer) const {
  std::vector<std::string> mistakes = mistakes_;
  for (int i = 0; i < descriptor_->method_count(); ++i) {
    const google::protobuf::MethodDescriptor& method = *descriptor_->method(i);
    const std::string full_name = FullName(method);
    bool handled = false;
    for (const auto& entry : methods_) handled = handled || entry->full_name == full_name;
    if (!handled) mistakes.push_back(absl::StrCat(method.name(), " has no handler"));
    if (!authorizer.Knows(full_name)) {
      mistakes.push_back(absl::StrCat(method.name(), " is not in the permission table"));
    }
  }
  if (mistakes.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("service ", name(), ": ", absl::StrJoin(mistakes, "; ")));
}

void Service::Bind(const internal::Runtime* runtime) {
  for (const auto& method : methods_) {
    method->runtime = runtime;
    if (runtime->policy.metrics != nullptr) {
      method->metrics = runtime->policy.metrics->ForMethod(method->full_name);
    }
  }
}

}  // namespace colloquy::rpc
