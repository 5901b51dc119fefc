#include "tests/lib/calls.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "google/protobuf/text_format.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/status.h"

namespace colloquy::test {
namespace {

grpc::ByteBuffer ToBuffer(absl::string_view bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  return {&slice, 1};
}

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

}  // namespace

Answer Invoke(const std::shared_ptr<grpc::Channel>& channel, absl::string_view method,
              absl::string_view credential, absl::string_view request, absl::Duration timeout) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  if (!credential.empty()) {
    context.AddMetadata("authorization", absl::StrCat("Bearer ", credential));
  }
  grpc::CompletionQueue queue;
  // One step at a time: the outcome of the operation that was begun last.
  const auto done = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  grpc::GenericStub stub(channel);
  const auto call = stub.PrepareCall(&context, std::string(method), &queue);
  call->StartCall(nullptr);
  grpc::ByteBuffer response;
  bool answered = false;
  if (done()) {
    call->WriteLast(ToBuffer(request), {}, nullptr);
    done();
    call->Read(&response, nullptr);
    answered = done();
  }
  const google::protobuf::MethodDescriptor* known = FindMethod(method);
  const bool stream = answered && known != nullptr && known->server_streaming();
  if (stream) context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  done();
  queue.Shutdown();
  return {.status = stream ? absl::OkStatus() : rpc::FromGrpc(status),
          .bytes = answered ? ToString(response) : "",
          .detail_bytes = status.error_details().size()};
}

const google::protobuf::MethodDescriptor* FindMethod(absl::string_view method) {
  absl::ConsumePrefix(&method, "/");
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
      absl::StrReplaceAll(method, {{"/", "."}}));
}

std::unique_ptr<google::protobuf::Message> RequestOf(absl::string_view method,
                                                     const std::string& text) {
  const google::protobuf::MethodDescriptor* found = FindMethod(method);
  if (found == nullptr) {
    fprintf(stderr, "no method %s in the contract\n", std::string(method).c_str());
    std::abort();
  }
  std::unique_ptr<google::protobuf::Message> request(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(found->input_type())
          ->New());
  if (!google::protobuf::TextFormat::ParseFromString(text, request.get())) {
    fprintf(stderr, "%s is not sent this:\n%s\n", std::string(method).c_str(), text.c_str());
    std::abort();
  }
  return request;
}

std::string Outcome(const absl::Status& status) {
  if (status.ok()) return "OK";
  return absl::StrCat(absl::StatusCodeToString(status.code()), " ",
                      errors::v1::ErrorReason_Name(errors::ReasonOf(status)));
}

std::string Visible(const absl::Status& status) {
  // By type, since the order of payloads is that of a hash map.
  std::map<std::string, std::string> details;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    const std::string type(url.substr(url.rfind('/') + 1));
    const auto* known =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
    if (known == nullptr) {
      details[type] = std::string(payload);
      return;
    }
    std::unique_ptr<google::protobuf::Message> detail(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(known)->New());
    detail->ParseFromString(std::string(payload));
    details[type] = detail->Utf8DebugString();
  });
  std::string all = absl::StrCat(Outcome(status), "\n", std::string(status.message()), "\n");
  for (const auto& [type, payload] : details) absl::StrAppend(&all, type, "\n", payload, "\n");
  return all;
}

}  // namespace colloquy::test
