#include "services/common/resource/etags.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/digest.h"

namespace colloquy::resource {
namespace {

std::string Quoted(absl::string_view bytes) {
  return absl::StrCat("\"", absl::WebSafeBase64Escape(bytes), "\"");
}

}  // namespace

std::string MakeEtag(const Uid& uid, int64_t revision) {
  // The uid's last 8 bytes are random; a revision XORed onto them is hidden, and still unique.
  std::string bytes(uid.bytes().substr(8));
  for (int i = 0; i < 8; ++i)
    bytes[i] = static_cast<char>(bytes[i] ^ static_cast<char>(revision >> (56 - 8 * i)));
  return Quoted(bytes);
}

std::string ContentEtag(const google::protobuf::Message& content) {
  return Quoted(Sha256(DeterministicBytes(content)).substr(0, 12));
}

absl::Status CheckEtag(absl::string_view given, absl::string_view current, absl::string_view name) {
  if (given.empty() || given == current) return absl::OkStatus();
  return errors::EtagMismatch(name);
}

}  // namespace colloquy::resource
