// Calls as bytes, of any method, with any credential: for what generated stubs would not send.
#ifndef COLLOQUY_TESTS_LIB_CALLS_H_
#define COLLOQUY_TESTS_LIB_CALLS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "grpcpp/channel.h"

namespace colloquy::test {

struct Answer {
  // With every detail as a payload.
  absl::Status status;
  // The first message, if there was one.
  std::string bytes;
  // Size of the serialized google.rpc.Status that came along.
  size_t detail_bytes = 0;
};

// One call of "/package.Service/Method" on the channel; an empty credential sends none. Of a
// stream the first message is read, which makes the call OK, and the rest is cancelled. Nothing is
// retried. Thread-safe.
Answer Invoke(const std::shared_ptr<grpc::Channel>& channel, absl::string_view method,
              absl::string_view credential, absl::string_view request,
              absl::Duration timeout = absl::Seconds(60));

// The same, typed.
template <typename Response>
absl::StatusOr<Response> Call(const std::shared_ptr<grpc::Channel>& channel,
                              absl::string_view method, absl::string_view credential,
                              const google::protobuf::Message& request) {
  const Answer answer = Invoke(channel, method, credential, request.SerializeAsString());
  if (!answer.status.ok()) return answer.status;
  Response response;
  if (!response.ParseFromString(answer.bytes)) return absl::DataLossError("no such message");
  return response;
}

// The method of the linked contract; null if there is none.
const google::protobuf::MethodDescriptor* FindMethod(absl::string_view method);

// The method's request from protobuf's text format; an unparsable text ends the test.
std::unique_ptr<google::protobuf::Message> RequestOf(absl::string_view method,
                                                     const std::string& text);

// "PERMISSION_DENIED PERMISSION_DENIED": code and ErrorInfo's reason; "OK" for success.
std::string Outcome(const absl::Status& status);

// All that a client can see of an error, but for the id of the call.
std::string Visible(const absl::Status& status);

}  // namespace colloquy::test

#endif  // COLLOQUY_TESTS_LIB_CALLS_H_
