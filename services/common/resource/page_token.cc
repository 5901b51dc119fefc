#include "services/common/resource/page_token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/digest.h"

namespace colloquy::resource {
namespace {

constexpr char kVersion = 1;
constexpr size_t kMacSize = 16;
constexpr size_t kMaxTokenBytes = 16 << 10;

// An encoded value is its type's letter and, in big-endian order, the 8 bytes of a number or a
// length of 4 bytes and the bytes of a string.
enum Tag : char { kNull = 'n', kInt = 'i', kUint = 'u', kReal = 'd', kText = 't', kBytes = 'b' };

void AppendBigEndian(std::string& out, uint64_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

struct Encoder {
  std::string& out;

  void operator()(std::monostate) const { out += kNull; }
  void operator()(int64_t value) const { Number(kInt, static_cast<uint64_t>(value)); }
  void operator()(uint64_t value) const { Number(kUint, value); }
  void operator()(double value) const {
    uint64_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    Number(kReal, bits);
  }
  void operator()(const std::string& text) const { String(kText, text); }
  void operator()(const SqlValue::Bytes& bytes) const { String(kBytes, bytes.bytes); }

  void Number(Tag tag, uint64_t value) const {
    out += tag;
    AppendBigEndian(out, value, 8);
  }
  void String(Tag tag, absl::string_view text) const {
    out += tag;
    AppendBigEndian(out, text.size(), 4);
    absl::StrAppend(&out, text);
  }
};

class Decoder {
 public:
  explicit Decoder(absl::string_view data) : data_(data) {}

  std::optional<PagePosition> All() {
    PagePosition position;
    while (!data_.empty() && ok_) position.push_back(One());
    if (!ok_) return std::nullopt;
    return position;
  }

 private:
  SqlValue One() {
    switch (Take(1)[0]) {
      case kNull:
        return SqlValue::Null();
      case kInt:
        return static_cast<int64_t>(Number(8));
      case kUint:
        return Number(8);
      case kReal: {
        uint64_t bits = Number(8);
        double value;
        std::memcpy(&value, &bits, sizeof(value));
        return value;
      }
      case kText:
        return std::string(Take(Number(4)));
      case kBytes:
        return SqlValue::Blob(Take(Number(4)));
      default:
        ok_ = false;
        return SqlValue::Null();
    }
  }

  uint64_t Number(size_t size) {
    uint64_t value = 0;
    for (char c : Take(size)) value = value << 8 | static_cast<uint8_t>(c);
    return value;
  }

  absl::string_view Take(size_t size) {
    if (size > data_.size()) {
      ok_ = false;
      data_ = absl::string_view();
      return data_;
    }
    absl::string_view taken = data_.substr(0, size);
    data_.remove_prefix(size);
    return taken;
  }

  absl::string_view data_;
  bool ok_ = true;
};

absl::Status InvalidToken() {
  return errors::InvalidField("page_token",
                              "is not a token of this list; repeat the arguments of the call that "
                              "returned it, or leave it out to start from the first page",
                              errors::ErrorReason::PAGE_TOKEN_INVALID);
}

}  // namespace

std::string PageBinding(absl::string_view method, absl::string_view actor,
                        const google::protobuf::Message& request) {
  std::unique_ptr<google::protobuf::Message> arguments(request.New());
  arguments->CopyFrom(request);
  ClearFieldByName(arguments.get(), "page_token");
  ClearFieldByName(arguments.get(), "page_size");
  // A NUL cannot be part of a method or an actor, so no two triples run together.
  constexpr absl::string_view kSeparator("\0", 1);
  return Sha256(
      absl::StrCat(method, kSeparator, actor, kSeparator, DeterministicBytes(*arguments)));
}

std::string PageTokens::Sign(absl::string_view binding, absl::string_view position) const {
  std::string data(1, kVersion);
  AppendBigEndian(data, binding.size(), 4);
  absl::StrAppend(&data, binding, position);
  uint8_t mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const uint8_t*>(data.data()), data.size(), mac, &size);
  return std::string(reinterpret_cast<const char*>(mac), kMacSize);
}

std::string PageTokens::Encode(absl::string_view binding, const PagePosition& position) const {
  std::string encoded;
  for (const SqlValue& value : position) std::visit(Encoder{encoded}, value.variant());
  std::string mac = Sign(binding, encoded);
  return absl::WebSafeBase64Escape(absl::StrCat(absl::string_view(&kVersion, 1), mac, encoded));
}

absl::StatusOr<PagePosition> PageTokens::Decode(absl::string_view token,
                                                absl::string_view binding) const {
  if (token.empty()) return PagePosition();
  std::string raw;
  if (token.size() > kMaxTokenBytes || !absl::WebSafeBase64Unescape(token, &raw)) {
    return InvalidToken();
  }
  if (raw.size() < 1 + kMacSize || raw[0] != kVersion) return InvalidToken();
  absl::string_view mac = absl::string_view(raw).substr(1, kMacSize);
  absl::string_view encoded = absl::string_view(raw).substr(1 + kMacSize);
  std::string expected = Sign(binding, encoded);
  if (CRYPTO_memcmp(mac.data(), expected.data(), kMacSize) != 0) return InvalidToken();
  std::optional<PagePosition> position = Decoder(encoded).All();
  // The second condition refuses other spellings of the same bytes: padding, white space.
  if (!position.has_value() || absl::WebSafeBase64Escape(raw) != token) return InvalidToken();
  return *std::move(position);
}

absl::StatusOr<int32_t> NormalizePageSize(int32_t page_size) {
  if (page_size < 0) return errors::InvalidField("page_size", "must not be negative");
  if (page_size == 0) return kDefaultPageSize;
  return std::min(page_size, kMaxPageSize);
}

}  // namespace colloquy::resource
