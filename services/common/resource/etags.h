// Strong etags (AIP-154, RFC 9110 section 8.8.3): quoted, opaque, changed by every change. Pure and
// thread-safe.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_ETAGS_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_ETAGS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "services/common/resource/ids.h"

namespace colloquy::resource {

// From a revision number that every write raises. Different revisions of one uid always differ; the
// uid keeps a deleted and newly made resource of the same name apart.
std::string MakeEtag(const Uid& uid, int64_t revision);

// From the content: the first 12 bytes of the SHA-256 of its deterministic serialization. For
// resources without a revision column; leave out a field `etag` before.
std::string ContentEtag(const google::protobuf::Message& content);

// OK if `given` is empty (the caller does not ask) or equal to `current`; otherwise ETAG_MISMATCH
// for the resource `name`.
absl::Status CheckEtag(absl::string_view given, absl::string_view current, absl::string_view name);

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_ETAGS_H_
