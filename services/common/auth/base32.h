// Base32 with the alphabet of RFC 4648, section 6, in lower case and without padding: no character
// that a terminal, a URL or a double click treats specially, and none of '_' and '-'.
#ifndef COLLOQUY_SERVICES_COMMON_AUTH_BASE32_H_
#define COLLOQUY_SERVICES_COMMON_AUTH_BASE32_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace colloquy::auth {

// ceil(8n / 5) characters for n bytes.
std::string Base32Encode(absl::string_view bytes);

// The bytes, if `text` is exactly what Base32Encode makes of them: one credential has one spelling.
std::optional<std::string> Base32Decode(absl::string_view text);

}  // namespace colloquy::auth

#endif  // COLLOQUY_SERVICES_COMMON_AUTH_BASE32_H_
