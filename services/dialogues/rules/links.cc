#include "services/dialogues/rules/links.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace colloquy::dialogues::rules {
namespace {

using resource::Uid;

constexpr size_t kWordSize = 4;
constexpr size_t kMacSize = 32;
constexpr size_t kBodySize = Uid::kSize + 2 * kWordSize;
constexpr char kVersion = 1;

std::string Word(int64_t value) {
  std::string word;
  for (int shift = 24; shift >= 0; shift -= 8) word.push_back(static_cast<char>(value >> shift));
  return word;
}

int64_t ReadWord(absl::string_view bytes) {
  int64_t value = 0;
  for (char byte : bytes.substr(0, kWordSize)) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

char PathOf(LinkPurpose purpose) {
  return purpose == LinkPurpose::kSeat ? 'd' : static_cast<char>(purpose);
}

}  // namespace

std::string Links::Mac(LinkPurpose purpose, absl::string_view body) const {
  std::string input = "colloquy-dialogue-link";
  input.push_back(kVersion);
  input.push_back(static_cast<char>(purpose));
  absl::StrAppend(&input, body);
  std::string mac(kMacSize, '\0');
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(input.data()), input.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &size);
  return mac;
}

std::string Links::Token(LinkPurpose purpose, const LinkTarget& target) const {
  const std::string body =
      absl::StrCat(target.dialogue.bytes(), Word(target.number), Word(target.generation));
  return absl::WebSafeBase64Escape(absl::StrCat(body, Mac(purpose, body)));
}

std::string Links::Url(absl::string_view base, LinkPurpose purpose,
                       const LinkTarget& target) const {
  if (base.empty()) return "";
  const char path = PathOf(purpose);
  return absl::StrCat(absl::StripSuffix(base, "/"), "/", absl::string_view(&path, 1), "/",
                      Token(purpose, target));
}

std::optional<LinkTarget> Links::Open(LinkPurpose purpose, absl::string_view token) const {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes) || bytes.size() != kBodySize + kMacSize)
    return std::nullopt;
  // Bits that no byte uses, and padding, would give one link many spellings.
  if (absl::WebSafeBase64Escape(bytes) != token) return std::nullopt;
  const absl::string_view body = absl::string_view(bytes).substr(0, kBodySize);
  const std::string mac = Mac(purpose, body);
  if (CRYPTO_memcmp(mac.data(), bytes.data() + kBodySize, kMacSize) != 0) return std::nullopt;
  return LinkTarget{.dialogue = *Uid::FromBytes(body.substr(0, Uid::kSize)),
                    .number = ReadWord(body.substr(Uid::kSize)),
                    .generation = ReadWord(body.substr(Uid::kSize + kWordSize))};
}

}  // namespace colloquy::dialogues::rules
