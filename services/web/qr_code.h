// QR codes (ISO/IEC 18004) as pictures. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_WEB_QR_CODE_H_
#define COLLOQUY_SERVICES_WEB_QR_CODE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace colloquy::web {

// An <svg> element, dark on light whatever the page's colours, four modules of margin. `label` says
// what it is to those who cannot see it. Empty if the text is too long (2,331 bytes).
std::string QrCodeSvg(absl::string_view text, absl::string_view label);

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_QR_CODE_H_
