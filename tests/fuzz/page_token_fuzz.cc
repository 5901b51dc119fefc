// Any text is refused as a page token, unless it encodes to itself. The signature would hide the
// decoder from random bytes, so the input is also read as a position: type, value, type, value, ….
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>

#include "services/common/resource/page_token.h"

using colloquy::resource::PagePosition;
using colloquy::resource::PageTokens;
using colloquy::resource::SqlValue;

namespace {

PagePosition PositionFrom(absl::string_view data) {
  PagePosition position;
  while (data.size() >= 2) {
    size_t length = std::min<size_t>(static_cast<uint8_t>(data[1]), data.size() - 2);
    absl::string_view bytes = data.substr(2, length);
    switch (data[0] % 5) {
      case 0:
        position.push_back(SqlValue::Null());
        break;
      case 1:
        position.push_back(static_cast<int64_t>(std::hash<std::string>()(std::string(bytes))));
        break;
      case 2:
        position.push_back(static_cast<double>(length) / 7);
        break;
      case 3:
        position.push_back(std::string(bytes));
        break;
      default:
        position.push_back(SqlValue::Blob(bytes));
    }
    data.remove_prefix(2 + length);
  }
  return position;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view text(reinterpret_cast<const char*>(data), size);
  static const auto* tokens = new PageTokens("a secret of this fuzzer, 32 bytes");
  absl::StatusOr<PagePosition> decoded = tokens->Decode(text, "binding");
  if (decoded.ok() && !text.empty() && tokens->Encode("binding", *decoded) != text) std::abort();
  if (size > 4096) return 0;
  std::string token = tokens->Encode("binding", PositionFrom(text));
  decoded = tokens->Decode(token, "binding");
  if (!decoded.ok() || tokens->Encode("binding", *decoded) != token) std::abort();
  if (tokens->Decode(token, "bindinG").ok()) std::abort();
  token[size % token.size()] ^= 1;
  if (tokens->Decode(token, "binding").ok()) std::abort();
  return 0;
}
