#include "services/dialogues/rules/texts.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/digest.h"
#include "services/common/resource/folding.h"
#include "services/common/resource/validation.h"
#include "services/common/resource/violations.h"

namespace colloquy::dialogues::rules {
namespace {

icu::UnicodeString FromUtf8(absl::string_view text) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
}

std::string ToUtf8(const icu::UnicodeString& text) {
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

// Room for a thousand characters, and a bound for what is looked at.
constexpr size_t kMaxBytes = 64 << 10;

bool TurnsDirection(UChar32 c) {
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

bool IsControl(UChar32 c) { return c != '\n' && u_charType(c) == U_CONTROL_CHAR; }

icu::UnicodeString Nfc(const icu::UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const nfc = icu::Normalizer2::getNFCInstance(error);
  icu::UnicodeString normalized = U_SUCCESS(error) ? nfc->normalize(text, error) : text;
  if (U_SUCCESS(error)) return normalized;
  // ICU finds its data or the installation is broken.
  std::fprintf(stderr, "ICU: %s\n", u_errorName(error));
  std::abort();
}

icu::UnicodeString UnixLines(icu::UnicodeString text) {
  text.findAndReplace(icu::UnicodeString("\r\n"), icu::UnicodeString("\n"));
  return text;
}

icu::UnicodeString Trim(const icu::UnicodeString& text) {
  int32_t begin = 0;
  int32_t end = text.length();
  // All white space is in the basic plane.
  while (begin < end && u_isUWhiteSpace(text[begin])) ++begin;
  while (end > begin && u_isUWhiteSpace(text[end - 1])) --end;
  return icu::UnicodeString(text, begin, end - begin);
}

// Folded, with one space between words and none around them.
std::string Comparable(absl::string_view text) {
  const icu::UnicodeString folded = FromUtf8(resource::FoldText(text));
  icu::UnicodeString collapsed;
  bool space = false;
  for (int32_t i = 0; i < folded.length(); ++i) {
    if (u_isUWhiteSpace(folded[i])) {
      space = true;
      continue;
    }
    if (space && !collapsed.isEmpty()) collapsed.append(u' ');
    space = false;
    collapsed.append(folded[i]);
  }
  return ToUtf8(collapsed);
}

// What must not be in a text; empty if nothing.
std::string Fault(const icu::UnicodeString& text) {
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (IsControl(c)) return "contains a control character other than a line break";
    if (TurnsDirection(c))
      return "contains a character that overrides or isolates the direction of writing";
  }
  return "";
}

}  // namespace

absl::StatusOr<std::string> NormalizeText(absl::string_view text, absl::string_view field,
                                          int limit) {
  if (!resource::IsCleanUtf8(text))
    return errors::InvalidField(field, "is not valid UTF-8, or contains a NUL character");
  if (text.size() > kMaxBytes)
    return errors::InvalidField(field, absl::StrCat("has more than ", limit, " characters"));
  const icu::UnicodeString normal = Trim(Nfc(UnixLines(FromUtf8(text))));
  if (const std::string fault = Fault(normal); !fault.empty())
    return errors::InvalidField(field, fault);
  if (normal.countChar32() > limit)
    return errors::InvalidField(field, absl::StrCat("has more than ", limit, " characters"));
  std::string utf8 = ToUtf8(normal);
  // Characters without a shape are no words.
  if (Comparable(utf8).empty()) return errors::RequiredField(field);
  return utf8;
}

std::string CleanText(absl::string_view text) {
  const icu::UnicodeString given = UnixLines(FromUtf8(text));
  icu::UnicodeString clean;
  for (int32_t i = 0; i < given.length(); i = given.moveIndex32(i, 1)) {
    const UChar32 c = given.char32At(i);
    clean.append(IsControl(c) || TurnsDirection(c) ? UChar32{' '} : c);
  }
  return ToUtf8(Trim(Nfc(clean)));
}

std::string TextKey(absl::string_view text) { return resource::Sha256(Comparable(text)); }

}  // namespace colloquy::dialogues::rules
