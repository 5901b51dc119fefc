#include "services/web/qr_code.h"

#include <qrcodegen/qrcodegen.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace colloquy::web {
namespace {

constexpr size_t kMaxBytes = 2331;  // version 40 with error correction M
constexpr int kMargin = 4;

std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(text,
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

}  // namespace

std::string QrCodeSvg(absl::string_view text, absl::string_view label) {
  if (text.size() > kMaxBytes) return "";
  const auto code =
      qrcodegen::QrCode::encodeText(std::string(text).c_str(), qrcodegen::QrCode::Ecc::MEDIUM);
  const int size = code.getSize() + 2 * kMargin;
  std::string dark;
  for (int y = 0; y < code.getSize(); ++y) {
    for (int x = 0; x < code.getSize(); ++x) {
      if (code.getModule(x, y))
        absl::StrAppend(&dark, "M", x + kMargin, " ", y + kMargin, "h1v1h-1z");
    }
  }
  return absl::StrCat("<svg class=\"qr\" role=\"img\" aria-label=\"", Escaped(label),
                      "\" viewBox=\"0 0 ", size, " ", size, "\"><rect width=\"", size,
                      "\" height=\"", size, "\" fill=\"#fff\"/><path fill=\"#000\" d=\"", dark,
                      "\"/></svg>");
}

}  // namespace colloquy::web
