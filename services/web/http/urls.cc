#include "services/web/http/urls.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace colloquy::web {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Plus { kItself, kSpace };

// Bytes, of which nothing is known yet.
std::optional<std::string> Decode(absl::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::kSpace) {
      decoded.push_back(' ');
      continue;
    }
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexValue(text[i + 1]);
    const int low = HexValue(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

bool HasControl(absl::string_view text) {
  for (const char c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) return true;
  }
  return false;
}

// What browsers send as CR LF is one line end.
std::string WithPlainLineEnds(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\r\n", "\n"}, {"\r", "\n"}});
}

bool IsFieldText(absl::string_view text) {
  return IsUtf8(text) && text.find('\0') == absl::string_view::npos;
}

// The value of a parameter such as boundary in "multipart/form-data; boundary=x".
std::optional<std::string> Parameter(absl::string_view header, absl::string_view name) {
  for (absl::string_view part : absl::StrSplit(header, ';')) {
    part = absl::StripAsciiWhitespace(part);
    const size_t equals = part.find('=');
    if (equals == absl::string_view::npos) continue;
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(part.substr(0, equals)), name)) continue;
    absl::string_view value = absl::StripAsciiWhitespace(part.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return std::string(value);
  }
  return std::nullopt;
}

// One part: its header lines, an empty line, its text. False if it is malformed.
bool AddPart(absl::string_view part, Fields& fields) {
  const size_t end = part.find("\r\n\r\n");
  if (end == absl::string_view::npos) return false;
  for (absl::string_view line : absl::StrSplit(part.substr(0, end), "\r\n")) {
    constexpr absl::string_view header = "content-disposition:";
    if (!absl::StartsWithIgnoreCase(line, header)) continue;
    const absl::string_view value = line.substr(header.size());
    const std::optional<std::string> name = Parameter(value, "name");
    if (!name.has_value() || Parameter(value, "filename").has_value()) return name.has_value();
    const absl::string_view text = part.substr(end + 4);
    if (!IsFieldText(*name) || !IsFieldText(text)) return false;
    fields.emplace_back(*name, WithPlainLineEnds(text));
    return fields.size() <= kMaxFields;
  }
  return false;
}

}  // namespace

bool IsUtf8(absl::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int length = first < 0x80       ? 1
                       : first >> 5 == 6  ? 2
                       : first >> 4 == 14 ? 3
                       : first >> 3 == 30 ? 4
                                          : 0;
    if (length == 0 || i + length > text.size()) return false;
    uint32_t point = length == 1 ? first : first & (0x7F >> length);
    for (int k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if (next >> 6 != 2) return false;
      point = point << 6 | (next & 0x3F);
    }
    constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point < kLeast[length] || point > 0x10FFFF || surrogate) return false;
    i += length;
  }
  return true;
}

std::optional<std::string> PercentDecode(absl::string_view text) {
  std::optional<std::string> decoded = Decode(text, Plus::kItself);
  if (!decoded.has_value() || HasControl(*decoded) || !IsUtf8(*decoded)) return std::nullopt;
  return decoded;
}

std::string PercentEncode(absl::string_view text) {
  constexpr absl::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || absl::string_view("-._~").find(c) != absl::string_view::npos) {
      encoded.push_back(c);
      continue;
    }
    encoded.push_back('%');
    encoded.push_back(digits[byte >> 4]);
    encoded.push_back(digits[byte & 15]);
  }
  return encoded;
}

std::optional<Target> ParseTarget(absl::string_view target) {
  for (const absl::string_view scheme : {"http://", "https://"}) {
    if (!absl::StartsWithIgnoreCase(target, scheme)) continue;
    const size_t path = target.find_first_of("/?", scheme.size());
    target = path == absl::string_view::npos ? absl::string_view("/") : target.substr(path);
    break;
  }
  if (!absl::StartsWith(target, "/")) return std::nullopt;
  Target parsed;
  parsed.origin = std::string(target);
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(target, absl::MaxSplits('?', 1));
  std::optional<std::string> path = PercentDecode(parts.first);
  std::optional<Fields> query = ParseForm(parts.second);
  if (!path.has_value() || !query.has_value()) return std::nullopt;
  parsed.path = *std::move(path);
  parsed.query = *std::move(query);
  return parsed;
}

std::optional<Fields> ParseForm(absl::string_view body) {
  Fields fields;
  for (const absl::string_view pair : absl::StrSplit(body, '&', absl::SkipEmpty())) {
    if (fields.size() == kMaxFields) return std::nullopt;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    const std::optional<std::string> name = Decode(parts.first, Plus::kSpace);
    const std::optional<std::string> value = Decode(parts.second, Plus::kSpace);
    if (!name.has_value() || !value.has_value()) return std::nullopt;
    if (!IsFieldText(*name) || !IsFieldText(*value)) return std::nullopt;
    fields.emplace_back(*name, WithPlainLineEnds(*value));
  }
  return fields;
}

std::string FormatForm(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&text, text.empty() ? "" : "&", PercentEncode(name), "=", PercentEncode(value));
  }
  return text;
}

std::optional<Fields> ParseMultipart(absl::string_view content_type, absl::string_view body) {
  const std::optional<std::string> boundary = Parameter(content_type, "boundary");
  if (!boundary.has_value() || boundary->empty() || boundary->size() > 70) return std::nullopt;
  const std::string delimiter = absl::StrCat("\r\n--", *boundary);
  // The first delimiter may be the body's first line.
  const std::string text = absl::StrCat("\r\n", body);
  absl::string_view rest = text;
  size_t at = rest.find(delimiter);
  Fields fields;
  while (at != absl::string_view::npos) {
    rest.remove_prefix(at + delimiter.size());
    if (absl::StartsWith(rest, "--")) return fields;
    const size_t line_end = rest.find("\r\n");
    at = rest.find(delimiter);
    // Without a closing delimiter something was cut off.
    if (line_end == absl::string_view::npos || at == absl::string_view::npos) return std::nullopt;
    if (line_end + 2 > at || !AddPart(rest.substr(line_end + 2, at - line_end - 2), fields)) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::string MediaType(absl::string_view content_type) {
  const absl::string_view type = content_type.substr(0, content_type.find(';'));
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(type));
}

}  // namespace colloquy::web
