#include "services/common/resource/ids.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace colloquy::resource {
namespace {

constexpr absl::string_view kBase32Hex = "0123456789abcdefghijklmnopqrstuv";
constexpr absl::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr absl::string_view kHex = "0123456789abcdef";
// 128 bits are 25 digits of 5 bits and one of 3, whose low 2 bits are zero.
constexpr size_t kBase32Digits = 26;
constexpr uint64_t kLowMask = (uint64_t{1} << 62) - 1;
constexpr uint16_t kHighMask = (1 << 12) - 1;

void FillRandom(void* out, size_t size) {
  if (RAND_bytes(static_cast<uint8_t*>(out), static_cast<int>(size)) == 1) return;
  std::fputs("The random generator failed\n", stderr);
  std::abort();
}

std::string EncodeBase32(absl::string_view bytes, absl::string_view alphabet) {
  std::string digits;
  digits.reserve(kBase32Digits);
  uint32_t buffer = 0;
  int bits = 0;
  for (unsigned char byte : bytes) {
    buffer = (buffer << 8 | byte) & 0xffff;
    for (bits += 8; bits >= 5; bits -= 5) digits += alphabet[(buffer >> (bits - 5)) & 31];
  }
  if (bits > 0) digits += alphabet[(buffer << (5 - bits)) & 31];
  return digits;
}

// The 16 bytes of 26 digits; nullopt unless EncodeBase32 would write the same digits.
std::optional<std::array<uint8_t, Uid::kSize>> DecodeBase32(absl::string_view digits,
                                                            absl::string_view alphabet) {
  if (digits.size() != kBase32Digits) return std::nullopt;
  std::array<uint8_t, Uid::kSize> bytes{};
  uint32_t buffer = 0;
  int bits = 0;
  size_t size = 0;
  for (char digit : digits) {
    size_t value = alphabet.find(digit);
    if (value == absl::string_view::npos) return std::nullopt;
    buffer = (buffer << 5 | static_cast<uint32_t>(value)) & 0xffff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[size++] = static_cast<uint8_t>(buffer >> bits);
  }
  if ((buffer & ((1u << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

bool IsHyphenPlace(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

std::optional<Uid> Uid::FromBytes(absl::string_view bytes) {
  if (bytes.size() != kSize) return std::nullopt;
  Uid uid;
  std::memcpy(uid.bytes_.data(), bytes.data(), kSize);
  return uid;
}

std::optional<Uid> Uid::FromId(absl::string_view id, char letter) {
  if (id.size() != kIdSize || id[0] != letter) return std::nullopt;
  auto bytes = DecodeBase32(id.substr(1), kBase32Hex);
  if (!bytes.has_value()) return std::nullopt;
  return Uid(*bytes);
}

std::optional<Uid> Uid::FromUuid(absl::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uid uid;
  size_t digit = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsHyphenPlace(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    size_t value = kHex.find(absl::ascii_tolower(text[i]));
    if (value == absl::string_view::npos) return std::nullopt;
    uint8_t& byte = uid.bytes_[digit / 2];
    byte = static_cast<uint8_t>(byte << 4 | value);
    ++digit;
  }
  return uid;
}

std::string Uid::ToId(char letter) const {
  return absl::StrCat(absl::string_view(&letter, 1), EncodeBase32(bytes(), kBase32Hex));
}

std::string Uid::ToUuid() const {
  std::string text;
  text.reserve(36);
  for (uint8_t byte : bytes_) {
    if (IsHyphenPlace(text.size())) text += '-';
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

absl::Time Uid::time() const {
  int64_t millis = 0;
  for (size_t i = 0; i < 6; ++i) millis = millis << 8 | bytes_[i];
  return absl::FromUnixMillis(millis);
}

Uid UidGenerator::Next(absl::Time now) {
  int64_t now_millis = std::max<int64_t>(absl::ToUnixMillis(now), 0);
  absl::MutexLock lock(&mutex_);
  if (unused_ == 0) {
    FillRandom(random_.data(), sizeof(random_));
    unused_ = random_.size();
  }
  const Random random = random_[--unused_];
  if (now_millis > last_millis_) {
    last_millis_ = now_millis;
    low_ = random.low & kLowMask;
    high_ = random.high & kHighMask;
  } else {
    low_ += uint64_t{random.step} + 1;
    if (low_ > kLowMask) {
      low_ &= kLowMask;
      high_ = (high_ + 1) & kHighMask;
      if (high_ == 0) ++last_millis_;
    }
  }
  std::array<uint8_t, Uid::kSize> bytes;
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<uint8_t>(last_millis_ >> (40 - 8 * i));
  bytes[6] = static_cast<uint8_t>(0x70 | high_ >> 8);
  bytes[7] = static_cast<uint8_t>(high_);
  for (int i = 0; i < 8; ++i) bytes[8 + i] = static_cast<uint8_t>(low_ >> (56 - 8 * i));
  bytes[8] |= 0x80;
  return Uid(bytes);
}

Uid NewUid() {
  static UidGenerator* generator = new UidGenerator;
  return generator->Next(absl::Now());
}

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  FillRandom(bytes.data(), size);
  return bytes;
}

std::string NewCode() { return EncodeBase32(RandomBytes(Uid::kSize), kCrockford); }

std::optional<std::string> NormalizeCode(absl::string_view text) {
  std::string code;
  for (char c : text) {
    if (c == '-' || c == ' ') continue;
    c = absl::ascii_toupper(c);
    if (c == 'I' || c == 'L') c = '1';
    if (c == 'O') c = '0';
    code += c;
    if (code.size() > kBase32Digits) return std::nullopt;
  }
  if (!DecodeBase32(code, kCrockford).has_value()) return std::nullopt;
  return code;
}

}  // namespace colloquy::resource
