// A small contract with every kind of field, compiled at run time, so that the tests of this room
// do not change with the real one.
#ifndef COLLOQUY_TESTS_UNIT_COMMON_RESOURCE_TEST_CONTRACT_H_
#define COLLOQUY_TESTS_UNIT_COMMON_RESOURCE_TEST_CONTRACT_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace colloquy::resource {

using MessagePtr = std::unique_ptr<google::protobuf::Message>;

const google::protobuf::Descriptor& TestType(const std::string& name);  // "Event"
const google::protobuf::EnumDescriptor& TestEnum();

// A message of the type from text format.
MessagePtr TestMessage(const std::string& type, absl::string_view text);

}  // namespace colloquy::resource

#endif  // COLLOQUY_TESTS_UNIT_COMMON_RESOURCE_TEST_CONTRACT_H_
