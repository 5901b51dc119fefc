#include "services/common/resource/folding.h"

#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/common/resource/email_address.h"
#include "services/common/resource/validation.h"

namespace colloquy::resource {
namespace {

icu::StringPiece Piece(absl::string_view text) {
  return icu::StringPiece(text.data(), static_cast<int32_t>(text.size()));
}

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// ICU finds its data or the installation is broken; nothing can be compared then.
[[noreturn]] void DieOfIcu(UErrorCode error) {
  std::fprintf(stderr, "ICU: %s\n", u_errorName(error));
  std::abort();
}

const icu::Normalizer2& Casefold() {
  static const icu::Normalizer2* const casefold = [] {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* instance = icu::Normalizer2::getNFKCCasefoldInstance(error);
    if (U_FAILURE(error)) DieOfIcu(error);
    return instance;
  }();
  return *casefold;
}

const icu::IDNA& Idna() {
  static const icu::IDNA* const idna = [] {
    UErrorCode error = U_ZERO_ERROR;
    const icu::IDNA* instance =
        icu::IDNA::createUTS46Instance(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_USE_STD3_RULES |
                                           UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ,
                                       error);
    if (U_FAILURE(error)) DieOfIcu(error);
    return instance;
  }();
  return *idna;
}

}  // namespace

std::string FoldText(absl::string_view text) {
  if (IsAscii(text)) return absl::AsciiStrToLower(text);
  // normalizeUTF8 passes bytes on that are no UTF-8; the way through UTF-16 replaces them.
  std::string repaired;
  if (!IsCleanUtf8(text)) {
    icu::UnicodeString::fromUTF8(Piece(text)).toUTF8String(repaired);
    text = repaired;
  }
  std::string folded;
  icu::StringByteSink<std::string> sink(&folded);
  UErrorCode error = U_ZERO_ERROR;
  Casefold().normalizeUTF8(0, Piece(text), sink, nullptr, error);
  if (U_FAILURE(error)) DieOfIcu(error);
  return folded;
}

std::string FoldDomain(absl::string_view domain) {
  std::string ascii;
  icu::StringByteSink<std::string> sink(&ascii);
  icu::IDNAInfo info;
  UErrorCode error = U_ZERO_ERROR;
  Idna().nameToASCII_UTF8(Piece(domain), sink, info, error);
  if (U_FAILURE(error) || info.hasErrors()) return "";
  if (!ascii.empty() && ascii.back() == '.') ascii.pop_back();
  return ascii;
}

std::string FoldEmail(absl::string_view address) {
  address = absl::StripAsciiWhitespace(address);
  size_t at = address.rfind('@');
  if (at == absl::string_view::npos) return FoldText(address);
  std::string domain = FoldDomain(address.substr(at + 1));
  if (domain.empty()) return FoldText(address);
  // Folded inside its quotation marks: NFKC makes spaces, quotation marks and '@' of some letters.
  std::string local = FoldText(UnquoteLocalPart(address.substr(0, at)));
  return absl::StrCat(QuoteLocalPart(local), "@", domain);
}

}  // namespace colloquy::resource
