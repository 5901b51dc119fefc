// Any text as a credential: what is accepted formats to itself, and has the sizes that it promises.
#include <cstdint>
#include <cstdlib>

#include "services/common/auth/api_key.h"
#include "services/common/auth/base32.h"

namespace {

using namespace colloquy::auth;  // NOLINT(google-build-using-namespace)

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto key = ParseApiKey(text)) {
    Require(key->uid.size() == kKeyUidBytes && key->secret.size() == kSecretBytes);
    Require(FormatApiKey(*key) == text);
  }
  if (const auto peer = ParsePeerCredential(text)) {
    Require(FormatPeerCredential(peer->service, peer->secret) == text);
    Require(!ParseApiKey(text).has_value());
  }
  if (const auto bytes = Base32Decode(text)) Require(Base32Encode(*bytes) == text);
  Require(Base32Decode(Base32Encode(text)) == std::string(text));
  return 0;
}
