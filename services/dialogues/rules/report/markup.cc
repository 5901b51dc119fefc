#include "services/dialogues/rules/report/markup.h"

#include <unicode/utf8.h>

#include <cmath>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace colloquy::dialogues::rules::report {
namespace {

constexpr char kReplacement[] = "\xef\xbf\xbd";

bool Shows(UChar32 c) {
  if (c < 0x20) return c == '\n' || c == '\t';
  const bool control = c >= 0x7f && c < 0xa0;
  const bool direction = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  const bool noncharacter = (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
  return !control && !direction && !noncharacter;
}

}  // namespace

std::string Clean(absl::string_view words) {
  std::string out;
  out.reserve(words.size());
  const auto* bytes = reinterpret_cast<const uint8_t*>(words.data());
  const auto size = static_cast<int32_t>(words.size());
  for (int32_t at = 0; at < size;) {
    const int32_t begin = at;
    UChar32 c;
    U8_NEXT(bytes, at, size, c);
    if (Shows(c)) {
      out.append(words.data() + begin, at - begin);
    } else if (c != '\r') {
      out += kReplacement;
    }
  }
  return out;
}

std::string EscapeHtml(absl::string_view words) {
  return absl::StrReplaceAll(
      Clean(words),
      {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

void Markup::AddPart(double number) {
  // What came of dividing by nothing is drawn at the origin rather than as "nan".
  if (!std::isfinite(number)) number = 0;
  std::string digits = absl::StrFormat("%.1f", number);
  if (digits.ends_with(".0")) digits.resize(digits.size() - 2);
  out_ += digits == "-0" ? "0" : digits;
}

}  // namespace colloquy::dialogues::rules::report
