#include "services/common/auth/api_key.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/common/auth/base32.h"

namespace colloquy::auth {
namespace {

constexpr absl::string_view kKeyPrefix = "clq_";
constexpr absl::string_view kPeerPrefix = "clqpeer_";
constexpr size_t kIdLength = 26;
constexpr size_t kMaxServiceLength = 32;
constexpr size_t kMaxPeerSecretLength = 256;

}  // namespace

std::optional<ApiKeyCredential> ParseApiKey(absl::string_view text) {
  if (text.size() != kApiKeyLength || !absl::ConsumePrefix(&text, kKeyPrefix)) return std::nullopt;
  if (text[kIdLength] != '_') return std::nullopt;
  std::optional<std::string> uid = Base32Decode(text.substr(0, kIdLength));
  std::optional<std::string> secret = Base32Decode(text.substr(kIdLength + 1));
  if (!uid || !secret) return std::nullopt;
  return ApiKeyCredential{*std::move(uid), *std::move(secret)};
}

std::string FormatApiKey(const ApiKeyCredential& key) {
  return absl::StrCat(kKeyPrefix, Base32Encode(key.uid), "_", Base32Encode(key.secret));
}

std::optional<PeerCredential> ParsePeerCredential(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, kPeerPrefix)) return std::nullopt;
  const size_t end = text.find('_');
  if (end == absl::string_view::npos || end == 0 || end > kMaxServiceLength) return std::nullopt;
  const absl::string_view service = text.substr(0, end);
  const absl::string_view secret = text.substr(end + 1);
  if (!std::all_of(service.begin(), service.end(), absl::ascii_islower)) return std::nullopt;
  if (secret.empty() || secret.size() > kMaxPeerSecretLength) return std::nullopt;
  return PeerCredential{std::string(service), secret};
}

std::string FormatPeerCredential(absl::string_view service, absl::string_view secret) {
  return absl::StrCat(kPeerPrefix, service, "_", secret);
}

std::string NewSecret() {
  std::string secret(kSecretBytes, '\0');
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(secret.data()), kSecretBytes) != 1) {
    std::abort();
  }
  return secret;
}

std::string NewPeerSecret() { return Base32Encode(NewSecret()); }

Digest HashSecret(absl::string_view secret) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest.data());
  return digest;
}

bool ConstantTimeEquals(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool ConstantTimeEquals(const Digest& a, absl::string_view b) {
  return b.size() == a.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace colloquy::auth
