// Hashes over requests and resources. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_DIGEST_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_DIGEST_H_

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace colloquy::resource {

// The 32 bytes of SHA-256.
std::string Sha256(absl::string_view data);

// The message's bytes with map entries in the order of their keys: equal messages give equal bytes
// within one build of the server. Not for keeping longer than such a build lives; a fingerprint of
// a request that a newer build reads otherwise is at worst a refused replay.
std::string DeterministicBytes(const google::protobuf::Message& message);

// Clears the field `name` if the message's type has it.
void ClearFieldByName(google::protobuf::Message* message, const std::string& name);

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_DIGEST_H_
