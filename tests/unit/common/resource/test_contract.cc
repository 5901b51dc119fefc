#include "tests/unit/common/resource/test_contract.h"

#include "google/api/field_behavior.pb.h"
#include "google/protobuf/compiler/parser.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/timestamp.pb.h"
#include "gtest/gtest.h"

namespace colloquy::resource {
namespace {

using google::protobuf::FileDescriptor;

constexpr char kContract[] = R"pb(
  syntax = "proto3"
  ;
  package resource_test;
  import "google/api/field_behavior.proto";
  import "google/protobuf/field_mask.proto";
  import "google/protobuf/timestamp.proto";

  enum State {
    STATE_UNSPECIFIED = 0;
    DRAFT = 1;
    OPEN = 2;
    CLOSED = 3;
  }
  message Text { string text = 1 [(google.api.field_behavior) = REQUIRED]; }
  message Place {
    string city = 1 [(google.api.field_behavior) = REQUIRED];
    string country = 2;
    string verified_by = 3 [(google.api.field_behavior) = OUTPUT_ONLY];
    string code = 4 [(google.api.field_behavior) = IMMUTABLE];
  }
  message Category {
    string id = 1 [(google.api.field_behavior) = REQUIRED];
    int32 taken = 2 [(google.api.field_behavior) = OUTPUT_ONLY];
  }
  message Event {
    string name = 1 [(google.api.field_behavior) = IDENTIFIER];
    string title = 2 [(google.api.field_behavior) = REQUIRED];
    State state = 3 [(google.api.field_behavior) = OUTPUT_ONLY];
    Place place = 4;
    repeated Category categories = 5;
    map<string, string> labels = 6;
    map<string, Text> texts = 7;
    repeated string tags = 8;
    google.protobuf.Timestamp start_time = 9;
    State kind = 10;
    optional int32 seats = 11;
    oneof link {
      string url = 12;
      Text note = 13;
    }
    bytes blob = 14;
    Event parent_event = 15 [(google.api.field_behavior) = OUTPUT_ONLY];
    string series = 16 [(google.api.field_behavior) = IMMUTABLE];
  }
  message CreateEventRequest {
    string parent = 1 [(google.api.field_behavior) = REQUIRED];
    Event event = 2 [(google.api.field_behavior) = REQUIRED];
    string request_id = 3;
    bool validate_only = 4;
  }
  message UpdateEventRequest {
    Event event = 1 [(google.api.field_behavior) = REQUIRED];
    google.protobuf.FieldMask update_mask = 2;
  }
  message BatchRequest {
    repeated CreateEventRequest requests = 1 [(google.api.field_behavior) = REQUIRED];
  }
  message ListEventsRequest {
    string parent = 1;
    int32 page_size = 2;
    string page_token = 3;
    string filter = 4;
    map<string, string> options = 5;
  }
)pb";

const FileDescriptor& File() {
  static const FileDescriptor* const file = [] {
    google::protobuf::LinkMessageReflection<google::protobuf::FieldMask>();
    google::protobuf::LinkMessageReflection<google::protobuf::Timestamp>();
    // Needs the file of this extension in the generated pool, which using it sees to.
    EXPECT_EQ(google::api::field_behavior.number(), 1052);
    google::protobuf::io::ArrayInputStream stream(kContract, sizeof(kContract) - 1);
    google::protobuf::io::Tokenizer tokenizer(&stream, nullptr);
    google::protobuf::FileDescriptorProto proto;
    google::protobuf::compiler::Parser parser;
    if (!parser.Parse(&tokenizer, &proto)) std::abort();
    proto.set_name("resource_test.proto");
    auto* pool =
        new google::protobuf::DescriptorPool(google::protobuf::DescriptorPool::generated_pool());
    const FileDescriptor* built = pool->BuildFile(proto);
    if (built == nullptr) std::abort();
    return built;
  }();
  return *file;
}

}  // namespace

const google::protobuf::Descriptor& TestType(const std::string& name) {
  return *File().FindMessageTypeByName(name);
}

const google::protobuf::EnumDescriptor& TestEnum() { return *File().FindEnumTypeByName("State"); }

MessagePtr TestMessage(const std::string& type, absl::string_view text) {
  static auto* factory = new google::protobuf::DynamicMessageFactory;
  MessagePtr message(factory->GetPrototype(&TestType(type))->New());
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text), message.get()))
      << text;
  return message;
}

}  // namespace colloquy::resource
