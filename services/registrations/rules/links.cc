#include "services/registrations/rules/links.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace colloquy::registrations::rules {
namespace {

using resource::Uid;

constexpr size_t kMacSize = 32;
constexpr size_t kTokenBytes = 2 * Uid::kSize + kMacSize;
constexpr char kVersion = 1;

}  // namespace

std::string Links::Mac(LinkPurpose purpose, const LinkTarget& target, uint32_t generation) const {
  std::string input = "colloquy-link";
  input.push_back(kVersion);
  input.push_back(static_cast<char>(purpose));
  for (int shift = 24; shift >= 0; shift -= 8)
    input.push_back(static_cast<char>(generation >> shift));
  absl::StrAppend(&input, target.event.bytes(), target.resource.bytes());
  std::string mac(kMacSize, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  return mac;
}

std::string Links::Token(LinkPurpose purpose, const LinkTarget& target, uint32_t generation) const {
  return absl::WebSafeBase64Escape(absl::StrCat(target.event.bytes(), target.resource.bytes(),
                                                Mac(purpose, target, generation)));
}

std::string Links::Url(absl::string_view base, LinkPurpose purpose, const LinkTarget& target,
                       uint32_t generation) const {
  const char letter = static_cast<char>(purpose);
  return absl::StrCat(absl::StripSuffix(base, "/"), "/", absl::string_view(&letter, 1), "/",
                      Token(purpose, target, generation));
}

std::optional<LinkTarget> Links::Open(LinkPurpose purpose, absl::string_view token,
                                      uint32_t generation) const {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes) || bytes.size() != kTokenBytes)
    return std::nullopt;
  // Bits that no byte uses, and padding, would give one link many spellings.
  if (absl::WebSafeBase64Escape(bytes) != token) return std::nullopt;
  const absl::string_view view = bytes;
  const LinkTarget target{*Uid::FromBytes(view.substr(0, Uid::kSize)),
                          *Uid::FromBytes(view.substr(Uid::kSize, Uid::kSize))};
  const std::string mac = Mac(purpose, target, generation);
  if (CRYPTO_memcmp(mac.data(), view.data() + 2 * Uid::kSize, kMacSize) != 0) return std::nullopt;
  return target;
}

}  // namespace colloquy::registrations::rules
