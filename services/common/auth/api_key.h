// The credentials that callers present, as text: API keys of people and portals, and the secret by
// which the services of one installation know each other.
//
//   clq_<id>_<secret>          id: 26 characters, base32 of the key's 16-byte uid
//                              secret: 52 characters, base32 of 256 random bits
//   clqpeer_<service>_<secret> service: lower-case letters
//
// Both are sent as `authorization: Bearer <credential>` (RFC 6750, section 2.1). All functions are
// pure, but for the makers of random bits, and thread-safe. Credentials must never be logged.
#ifndef COLLOQUY_SERVICES_COMMON_AUTH_API_KEY_H_
#define COLLOQUY_SERVICES_COMMON_AUTH_API_KEY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace colloquy::auth {

inline constexpr size_t kKeyUidBytes = 16;
inline constexpr size_t kSecretBytes = 32;
inline constexpr size_t kApiKeyLength = 4 + 26 + 1 + 52;

using Digest = std::array<uint8_t, 32>;

struct ApiKeyCredential {
  std::string uid;     // kKeyUidBytes raw bytes
  std::string secret;  // kSecretBytes raw bytes
};

// Nothing unless `text` is a well-formed key; says nothing about whether it exists.
std::optional<ApiKeyCredential> ParseApiKey(absl::string_view text);
std::string FormatApiKey(const ApiKeyCredential& key);

struct PeerCredential {
  std::string service;
  absl::string_view secret;  // points into the parsed text
};

std::optional<PeerCredential> ParsePeerCredential(absl::string_view text);
std::string FormatPeerCredential(absl::string_view service, absl::string_view secret);

// kSecretBytes from the operating system's generator (OpenSSL RAND_priv_bytes). Ends the process if
// there is no entropy: there is no safe way to go on.
std::string NewSecret();
// A peer secret as it stands in a configuration: NewSecret() in base32.
std::string NewPeerSecret();

// What is stored of a secret. A plain SHA-256 suffices, where a password would need a slow salted
// hash: 256 random bits cannot be guessed from their digest, nor looked up in a table.
Digest HashSecret(absl::string_view secret);

// True if equal; takes the same time wherever they differ.
bool ConstantTimeEquals(const Digest& a, const Digest& b);
bool ConstantTimeEquals(const Digest& a, absl::string_view b);

}  // namespace colloquy::auth

#endif  // COLLOQUY_SERVICES_COMMON_AUTH_API_KEY_H_
