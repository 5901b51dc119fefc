#include "clients/cli/terminal.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace colloquy::cli {
namespace {

// The code point at `*at` (moved behind it), or a negative number for a byte that is not UTF-8.
UChar32 Next(absl::string_view text, int32_t* at) {
  UChar32 c;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  U8_NEXT(bytes, *at, static_cast<int32_t>(text.size()), c);
  return c;
}

bool IsBidiControl(UChar32 c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
         c == 0x200F || c == 0x061C;
}

int WidthOf(UChar32 c) {
  if (c < 0) return 1;
  const int8_t type = u_charType(c);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return 0;
  const int width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

std::string Escape(absl::string_view text, bool keep_lines) {
  std::string result;
  for (int32_t at = 0; at < static_cast<int32_t>(text.size());) {
    const int32_t begin = at;
    const UChar32 c = Next(text, &at);
    if (c < 0) {
      for (int32_t i = begin; i < at; ++i) {
        absl::StrAppendFormat(&result, "\\x%02x", static_cast<uint8_t>(text[i]));
      }
    } else if (c == '\n') {
      result += keep_lines ? "\n" : "\\n";
    } else if (c == '\t') {
      result += keep_lines ? "\t" : "\\t";
    } else if (c < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&result, "\\x%02x", c);
    } else if ((c >= 0x80 && c < 0xa0) || IsBidiControl(c) || c == 0x2028 || c == 0x2029) {
      absl::StrAppendFormat(&result, "\\u%04x", c);
    } else {
      absl::StrAppend(&result, text.substr(begin, at - begin));
    }
  }
  return result;
}

}  // namespace

std::string Counted(int64_t count, absl::string_view one) {
  return Counted(count, one, absl::StrCat(one, "s"));
}

std::string Counted(int64_t count, absl::string_view one, absl::string_view more) {
  return absl::StrCat(count, " ", count == 1 ? one : more);
}

std::string Visible(absl::string_view text) { return Escape(text, /*keep_lines=*/false); }

std::string VisibleLines(absl::string_view text) { return Escape(text, /*keep_lines=*/true); }

bool IsUtf8(absl::string_view text) {
  for (int32_t at = 0; at < static_cast<int32_t>(text.size());) {
    if (Next(text, &at) < 0) return false;
  }
  return true;
}

int DisplayWidth(absl::string_view text) {
  int width = 0;
  for (int32_t at = 0; at < static_cast<int32_t>(text.size());) width += WidthOf(Next(text, &at));
  return width;
}

std::string CutToWidth(absl::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  int used = 0;
  int32_t end = 0;
  for (int32_t at = 0; at < static_cast<int32_t>(text.size());) {
    used += WidthOf(Next(text, &at));
    if (used > width - 1) break;
    end = at;
  }
  return absl::StrCat(text.substr(0, end), "…");
}

}  // namespace colloquy::cli
