#include "tests/unit/common/rpc/harness.h"

#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/sync_stream.h>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.pb.h"

namespace colloquy::rpc {

Operation Named(absl::string_view name) {
  Operation operation;
  operation.set_name(std::string(name));
  return operation;
}

const google::protobuf::ServiceDescriptor* StreamsDescriptor() {
  static const google::protobuf::ServiceDescriptor* descriptor = [] {
    // On top of the generated pool, so that its messages are the generated classes'.
    auto* pool =
        new google::protobuf::DescriptorPool(google::protobuf::DescriptorPool::generated_pool());
    google::protobuf::FileDescriptorProto file;
    file.set_name("test/streams.proto");
    file.set_package("test");
    file.set_syntax("proto3");
    file.add_dependency("google/longrunning/operations.proto");
    auto* service = file.add_service();
    service->set_name("Streams");
    auto* method = service->add_method();
    method->set_name("Watch");
    method->set_input_type(".google.longrunning.GetOperationRequest");
    method->set_output_type(".google.longrunning.Operation");
    method->set_server_streaming(true);
    GetOperationRequest::descriptor();  // the generated file is in the pool from here on
    return pool->BuildFile(file)->service(0);
  }();
  return descriptor;
}

RpcTest::RpcTest() {
  log_ = telemetry::Log::ToSink(telemetry::Level::kDebug, [this](absl::string_view line) {
    log_lines_.Add(std::string(line));
  });
  policy_.authenticator = &authenticator_;
  policy_.authorizer = &authorizer_;
  policy_.limiter = &limiter_;
  policy_.validator = [this](const google::protobuf::Message&) {
    journal_.Add("validate");
    return absl::OkStatus();
  };
  policy_.log = log_.get();
  policy_.metrics = &metrics_;
  options_.executor_threads = 2;
  options_.executor_queue = 16;
}

RpcTest::~RpcTest() {
  channel_.reset();
  server_.reset();
}

void RpcTest::FillIn() {
  if (!given_.contains("GetOperation")) {
    OnGet(Execution::kInline,
          [](const CallContext&, const GetOperationRequest& request) -> absl::StatusOr<Operation> {
            return Named(request.name());
          });
  }
  operations_.Unary<ListOperationsRequest, ListOperationsResponse>(
      "ListOperations", Execution::kInline,
      [](const CallContext&, const ListOperationsRequest&) { return ListOperationsResponse(); });
  operations_.Unary<DeleteOperationRequest, Empty>(
      "DeleteOperation", Execution::kInline,
      [](const CallContext&, const DeleteOperationRequest&) { return Empty(); });
  operations_.Unary<CancelOperationRequest, Empty>(
      "CancelOperation", Execution::kInline,
      [](const CallContext&, const CancelOperationRequest&) { return Empty(); });
  operations_.Unary<WaitOperationRequest, Operation>(
      "WaitOperation", Execution::kPool,
      [](const CallContext&, const WaitOperationRequest& request) {
        return Named(request.name());
      });
  if (!given_.contains("Watch")) {
    OnWatch([](auto, const GetOperationRequest&, auto writer) {
      writer->Finish(absl::OkStatus());
      return absl::OkStatus();
    });
  }
}

void RpcTest::Start() {
  FillIn();
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(options_, policy_, {&operations_, &streams_});
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  channel_ = Channel();
}

std::shared_ptr<grpc::Channel> RpcTest::Channel() {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                   grpc::InsecureChannelCredentials(), arguments);
}

absl::Status RpcTest::Get(absl::string_view name, Operation* operation,
                          grpc::ClientContext* context) {
  grpc::ClientContext own_context;
  Operation own_operation;
  GetOperationRequest request;
  request.set_name(std::string(name));
  return FromGrpc(Operations::NewStub(channel_)->GetOperation(
      context != nullptr ? context : &own_context, request,
      operation != nullptr ? operation : &own_operation));
}

std::unique_ptr<grpc::ClientReader<Operation>> RpcTest::Watch(grpc::ClientContext& context,
                                                              absl::string_view name) {
  GetOperationRequest request;
  request.set_name(std::string(name));
  return std::unique_ptr<grpc::ClientReader<Operation>>(
      grpc::internal::ClientReaderFactory<Operation>::Create(
          channel_.get(),
          grpc::internal::RpcMethod(kWatch, grpc::internal::RpcMethod::SERVER_STREAMING, channel_),
          &context, request));
}

absl::Status RpcTest::SendRaw(const std::string& bytes, grpc::ClientContext* context) {
  grpc::ClientContext own_context;
  grpc::Slice slice(bytes);
  grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  return FromGrpc(grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
      channel_.get(),
      grpc::internal::RpcMethod(kGetOperation, grpc::internal::RpcMethod::NORMAL_RPC, channel_),
      context != nullptr ? context : &own_context, request, &response));
}

}  // namespace colloquy::rpc
