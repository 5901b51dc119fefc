// The rules of validation.h for single values: texts, codes and addresses.
#include <unicode/uchar.h>
#include <unicode/uloc.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/resource/folding.h"
#include "services/common/resource/validation.h"

namespace colloquy::resource {
namespace {

// ISO 3166-1, officially assigned: 249 codes, sorted.
constexpr absl::string_view kRegions =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ "
    "BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM "
    "DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS "
    "GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN "
    "KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ "
    "MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
    "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
    "SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI "
    "VN VU WF WS YE YT ZA ZM ZW ";

constexpr size_t kMaxLanguageTagBytes = 64;
constexpr size_t kMaxLocalPartBytes = 64;  // RFC 5321 section 4.5.3.1.1
constexpr size_t kMaxDomainBytes = 255;    // 4.5.3.1.2
constexpr size_t kMaxAddressBytes = 254;   // a path of 256 with its angle brackets, 4.5.3.1.3

// Controls, format characters (which can hide or turn text), separators, unassigned, private use
// and surrogates.
constexpr uint32_t kNotInAddresses = U_GC_C_MASK | U_GC_Z_MASK;

// RFC 5322's atext and what RFC 6531 adds to it.
bool IsAtext(UChar32 c) {
  if (c >= 0x80) return (U_GET_GC_MASK(c) & kNotInAddresses) == 0;
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("!#$%&'*+-/=?^_`{|}~", static_cast<char>(c));
}

bool IsDotAtom(absl::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  if (absl::StrContains(text, "..")) return false;
  int32_t at = 0;
  int32_t size = static_cast<int32_t>(text.size());
  while (at < size) {
    UChar32 c;
    U8_NEXT(text.data(), at, size, c);
    if (c < 0 || (c != '.' && !IsAtext(c))) return false;
  }
  return true;
}

// What is wrong with the domain of an address, or nothing.
absl::string_view DomainFault(absl::string_view domain) {
  if (domain.empty()) return "has no domain";
  if (domain.size() > kMaxDomainBytes) return "has a domain longer than 255 bytes";
  if (domain.back() == '.') return "ends with a dot";
  std::string ascii = FoldDomain(domain);
  size_t dot = ascii.rfind('.');
  if (ascii.empty() || dot == std::string::npos) return "has no valid domain after the '@'";
  auto top = absl::string_view(ascii).substr(dot + 1);
  if (std::all_of(top.begin(), top.end(), absl::ascii_isdigit))
    return "has a number where a domain is expected";
  return "";
}

absl::string_view AddressFault(absl::string_view address) {
  if (address.empty()) return "is empty";
  if (address.size() > kMaxAddressBytes) return "is longer than 254 bytes";
  size_t at = address.find('@');
  if (at == absl::string_view::npos) return "has no '@'";
  if (address.find('@', at + 1) != absl::string_view::npos) return "has more than one '@'";
  absl::string_view local = address.substr(0, at);
  if (local.size() > kMaxLocalPartBytes) return "has more than 64 bytes before the '@'";
  if (!IsDotAtom(local)) return "has characters before the '@' that an address cannot have";
  return DomainFault(address.substr(at + 1));
}

}  // namespace

bool IsCleanUtf8(absl::string_view text) {
  bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) > 0; });
  if (plain) return true;
  int32_t at = 0;
  int32_t size = static_cast<int32_t>(text.size());
  while (at < size) {
    UChar32 c;
    U8_NEXT(text.data(), at, size, c);
    if (c <= 0) return false;
  }
  return true;
}

absl::StatusOr<std::string> CanonicalLanguageTag(absl::string_view tag, absl::string_view field) {
  auto invalid = [&] {
    return errors::InvalidField(field,
                                "must be a BCP 47 language tag such as de, en-GB or zh-Hant");
  };
  if (tag.empty() || tag.size() > kMaxLanguageTagBytes) return invalid();
  std::string text(tag);
  char locale[ULOC_FULLNAME_CAPACITY];
  int32_t parsed = 0;
  UErrorCode error = U_ZERO_ERROR;
  uloc_forLanguageTag(text.c_str(), locale, sizeof(locale), &parsed, &error);
  if (U_FAILURE(error) || error == U_STRING_NOT_TERMINATED_WARNING ||
      parsed != static_cast<int32_t>(tag.size())) {
    return invalid();
  }
  char canonical[ULOC_FULLNAME_CAPACITY];
  int32_t size = uloc_toLanguageTag(locale, canonical, sizeof(canonical), /*strict=*/true, &error);
  if (U_FAILURE(error) || size >= static_cast<int32_t>(sizeof(canonical))) return invalid();
  return std::string(canonical, size);
}

absl::Status ValidateLanguageTag(absl::string_view tag, absl::string_view field) {
  return CanonicalLanguageTag(tag, field).status();
}

absl::Status ValidateRegionCode(absl::string_view code, absl::string_view field) {
  bool two_letters =
      code.size() == 2 && absl::ascii_isupper(code[0]) && absl::ascii_isupper(code[1]);
  if (two_letters && absl::StrContains(kRegions, code)) return absl::OkStatus();
  return errors::InvalidField(field, "must be an ISO 3166-1 alpha-2 country code such as AT");
}

absl::Status ValidateEmailAddress(absl::string_view address, absl::string_view field) {
  absl::string_view fault = AddressFault(address);
  if (fault.empty()) return absl::OkStatus();
  return errors::InvalidField(field, absl::StrCat("must be an e-mail address; this one ", fault));
}

}  // namespace colloquy::resource
